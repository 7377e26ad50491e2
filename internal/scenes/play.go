package scenes

import (
	"errors"
	"os"
	"slices"
	"strings"

	"github.com/stretchr/testify/require"
	"golang.org/x/tools/txtar"

	"github.com/pawl-ops/pawl/sandbox/slack"
)

// Play acts a scene and holds what is seen against its sections.
func (s *Stage) Play(file string) {
	s.T.Helper()
	scene, err := txtar.ParseFile(file)
	require.NoError(s.T, err)
	if s.Update {
		defer func() { require.NoError(s.T, os.WriteFile(file, txtar.Format(spaced(scene)), 0o644)) }() //nolint:gosec // a file of a repository, for whoever reads that
	}
	shown := map[string]bool{} // messages of which an earlier section told
	for i, section := range scene.Files {
		do, isDeed := s.deed(section.Name)
		want := strings.Trim(string(section.Data), "\n")
		if isDeed {
			require.NoError(s.T, do(), section.Name)
		}
		switch {
		case isDeed && s.Update:
			scene.Files[i].Data = s.settledAnswers(shown)
		case isDeed:
			s.answers(section.Name, want, shown)
		case s.Update:
			scene.Files[i].Data = s.settledThread(section.Name)
		default:
			s.Eventually(Within, section.Name, func() error { return same(want, s.threadOf(section.Name)) })
			s.atTheEnd(section.Name)
		}
		if !isDeed {
			s.markShown(shown)
		}
	}
	s.allOver()
	last := scene.Files[len(scene.Files)-1]
	if _, isDeed := s.deed(last.Name); !isDeed {
		require.Equal(s.T, strings.Trim(string(last.Data), "\n"), s.threadOf(last.Name), "it went on after the end")
	}
	if s.Manners {
		s.mannered()
	}
	require.True(s.T, s.Seen.Whole())
}

// fresh are the messages no section has told of: those for everybody, and the private ones.
func (s *Stage) fresh(shown map[string]bool) (open, private []Said) {
	for _, one := range s.met() {
		switch {
		case shown[one.TS] || !one.Ours():
		case one.To != "":
			private = append(private, one)
		default:
			open = append(open, one)
		}
	}
	slices.SortFunc(open, inOrder)
	slices.SortFunc(private, func(a, b Said) int { return strings.Compare(a.TS, b.TS) })
	return open, private
}

// answers waits until the first of the fresh messages are what the section tells. What comes after them is for the next
// sections. Private answers come beside the others in no certain order.
func (s *Stage) answers(heading, want string, shown map[string]bool) {
	s.T.Helper()
	if want == "" {
		return
	}
	s.Eventually(Within, heading, func() error {
		open, private := s.fresh(shown)
		s.meet()
		for i := range len(open) + 1 {
			for j := range len(private) + 1 {
				told := slices.Concat(open[:i], private[:j])
				if s.firstForms(told) == want {
					for _, one := range told {
						shown[one.TS] = true
					}
					return nil
				}
			}
		}
		return same(want, s.firstForms(slices.Concat(open, private)))
	})
}

// met is everything that was said in the threads of the scene, and what was said to its people alone beside them.
func (s *Stage) met() []Said {
	var all []Said
	channels := map[string]bool{}
	for _, th := range s.Threads {
		all = append(all, s.Seen.In(th.Channel, th.TS)...)
		if !channels[th.Channel] {
			channels[th.Channel] = true
			all = append(all, s.Seen.asides(th.Channel, s.Began)...)
		}
	}
	for channel := range s.rooms {
		if !channels[channel] {
			all = append(all, s.Seen.asides(channel, s.Began)...)
		}
	}
	return all
}

func (s *Stage) firstForms(messages []Said) string {
	return s.Screen.thread(messages, func(one Said) slack.Message { return one.First })
}

// meet gives the runs their names in the order in which they were first spoken of.
func (s *Stage) meet() {
	all := s.met()
	slices.SortFunc(all, func(a, b Said) int { return strings.Compare(a.TS, b.TS) })
	for _, one := range all {
		for _, id := range s.ids.FindAllString(ShownBy(one.First), -1) {
			s.Screen.name(id)
		}
	}
}

func (s *Stage) markShown(shown map[string]bool) {
	for _, one := range s.met() {
		shown[one.TS] = true
	}
}

// allOver waits until the runs of a scene have ended, so that the next one finds nothing of them.
func (s *Stage) allOver() {
	s.T.Helper()
	for _, th := range s.Threads {
		if len(s.idsIn(s.Seen.In(th.Channel, th.TS))) > 0 {
			s.Eventually(Within, "the runs of the scene have ended", func() error { return s.over(th) })
		}
	}
}

func same(want, got string) error {
	if want == got {
		return nil
	}
	return errors.New("it shows\n" + got + "and not\n" + want)
}

// over reports what keeps the runs that a thread speaks of from being over.
func (s *Stage) over(th Thread) error {
	ids := s.idsIn(s.Seen.In(th.Channel, th.TS))
	if len(ids) == 0 {
		return errors.New("there is no run yet")
	}
	for _, id := range ids {
		if err := s.Ended(id); err != nil {
			return err
		}
	}
	return nil
}

func (s *Stage) idsIn(messages []Said) []string {
	var ids []string
	for _, one := range messages {
		ids = append(ids, s.ids.FindAllString(ShownBy(one.First)+"\n"+ShownBy(one.Last), -1)...)
	}
	return ids
}
