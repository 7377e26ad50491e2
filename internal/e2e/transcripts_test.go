package e2e

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/tools/txtar"

	"github.com/pawl-ops/pawl/sandbox/slack"
)

var update = flag.Bool("update", false, "write what was seen into the transcripts, and record the histories again")

const (
	scenes      = "../../workflows/testdata"
	stages      = 3 // worlds with a Pawl each, so that scenes need not wait for each other's share of Slack
	sceneWithin = 60 * time.Second
)

// Transcripts are what people type and what the thread shows then. Each file is a scene: the heading of a section is
// what somebody does, and below it stands what Pawl says to it. A section whose heading ends in "thread" and maybe a few
// words more shows the whole thread as it stands at last.
//
// With -update the files are written anew from what was seen; read the difference before you keep it.
func TestTranscripts(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(filepath.Join(scenes, "*.txtar"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	waiting := make(chan string, len(files))
	for _, file := range files {
		waiting <- file
	}
	close(waiting)
	var playing sync.WaitGroup
	for range stages {
		playing.Go(func() {
			var s *stage
			for file := range waiting {
				alone := false
				good := t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(scene *testing.T) {
					if alone = playAlone(scene, file); alone {
						return
					}
					if s == nil {
						s = newStage(t, scene)
					}
					s.begin(scene)
					defer s.clear()
					s.play(file)
				})
				if !good && s == nil && !alone {
					return // there is no world to play in, and it says why
				}
			}
		})
	}
	playing.Wait()
}

// play acts a scene and holds what is seen against its sections.
func (s *stage) play(file string) {
	s.t.Helper()
	scene, err := txtar.ParseFile(file)
	require.NoError(s.t, err)
	if *update {
		defer func() { require.NoError(s.t, os.WriteFile(file, txtar.Format(spaced(scene)), 0o644)) }()
	}
	shown := map[string]bool{} // messages of which an earlier section told
	for i, section := range scene.Files {
		do, isDeed := s.deed(section.Name)
		want := strings.Trim(string(section.Data), "\n")
		if isDeed {
			require.NoError(s.t, do(), section.Name)
		}
		switch {
		case isDeed && *update:
			scene.Files[i].Data = s.settledAnswers(shown)
		case isDeed:
			s.answers(section.Name, want, shown)
		case *update:
			scene.Files[i].Data = s.settledThread(section.Name)
		default:
			s.eventually(sceneWithin, section.Name, func() error { return same(want, s.threadOf(section.Name)) })
			s.atTheEnd(section.Name)
		}
		if !isDeed {
			s.markShown(shown)
		}
	}
	s.over()
	last := scene.Files[len(scene.Files)-1]
	if _, isDeed := s.deed(last.Name); !isDeed {
		require.Equal(s.t, strings.Trim(string(last.Data), "\n"), s.threadOf(last.Name), "it went on after the end")
	}
	s.mannered()
	require.True(s.t, s.seen.whole())
}

// deed finds what a heading makes happen; a heading that shows something makes nothing happen.
func (s *stage) deed(heading string) (do func() error, is bool) {
	for _, d := range deeds() {
		if m := d.form.FindStringSubmatch(heading); m != nil {
			return func() error { return d.do(s, m) }, true
		}
	}
	if _, ok := s.threadNamed(heading); !ok && heading != hostsHeading && heading != dealsHeading && !hears.MatchString(heading) {
		s.t.Fatalf("nobody knows how to do %q", heading)
	}
	return nil, false
}

const hostsHeading = "on the hosts"

// hears shows what was said to somebody where nobody had asked.
var hears = regexp.MustCompile(`^(#[a-z-]+|\w+) hears(?: in (?:her|his) direct message)?`)

// threadNamed understands "the thread ..." and "alice's thread ...".
func (s *stage) threadNamed(heading string) (thread, bool) {
	first, rest, _ := strings.Cut(heading, " ")
	if !strings.HasPrefix(rest, "thread") {
		return thread{}, false
	}
	if first == "the" {
		return s.threads[s.last], true
	}
	name, ok := strings.CutSuffix(first, "'s")
	return s.threads[name], ok
}

// threadOf is what a heading shows as it is now.
func (s *stage) threadOf(heading string) string {
	if heading == hostsHeading {
		return s.running()
	}
	if heading == dealsHeading {
		return s.deals()
	}
	if m := hears.FindStringSubmatch(heading); m != nil {
		s.meet()
		return s.screen.thread(s.seen.unasked(conversationOf(m[1]), s.began), func(one said) slack.Message { return one.last })
	}
	th, _ := s.threadNamed(heading)
	s.meet()
	return s.screen.thread(s.seen.in(th.channel, th.ts), func(one said) slack.Message { return one.last })
}

// running lists the scripts that run on the hosts.
func (s *stage) running() string {
	left, err := s.world.Hosts.Orphans()
	if err != nil || len(left) == 0 {
		return "nothing runs"
	}
	var lines []string
	for _, o := range left {
		if line := "a script runs on " + o.Host + "\n"; !slices.Contains(lines, line) {
			lines = append(lines, line)
		}
	}
	slices.Sort(lines)
	return strings.TrimSpace(strings.Join(lines, ""))
}

// fresh are the messages no section has told of: those for everybody, and the private ones.
func (s *stage) fresh(shown map[string]bool) (open, private []said) {
	for _, one := range s.met() {
		switch {
		case shown[one.ts] || !one.ours():
		case one.to != "":
			private = append(private, one)
		default:
			open = append(open, one)
		}
	}
	slices.SortFunc(open, inOrder)
	slices.SortFunc(private, func(a, b said) int { return strings.Compare(a.ts, b.ts) })
	return open, private
}

// answers waits until the first of the fresh messages are what the section tells. What comes after them is for the next
// sections. Private answers come beside the others in no certain order.
func (s *stage) answers(heading, want string, shown map[string]bool) {
	s.t.Helper()
	if want == "" {
		return
	}
	s.eventually(sceneWithin, heading, func() error {
		open, private := s.fresh(shown)
		s.meet()
		for i := range len(open) + 1 {
			for j := range len(private) + 1 {
				told := slices.Concat(open[:i], private[:j])
				if s.firstForms(told) == want {
					for _, one := range told {
						shown[one.ts] = true
					}
					return nil
				}
			}
		}
		return same(want, s.firstForms(slices.Concat(open, private)))
	})
}

// met is everything that was said in the threads of the scene, and what was said to its people alone beside them.
func (s *stage) met() []said {
	var all []said
	channels := map[string]bool{}
	for _, th := range s.threads {
		all = append(all, s.seen.in(th.channel, th.ts)...)
		if !channels[th.channel] {
			channels[th.channel] = true
			all = append(all, s.seen.asides(th.channel, s.began)...)
		}
	}
	for channel := range s.rooms {
		if !channels[channel] {
			all = append(all, s.seen.asides(channel, s.began)...)
		}
	}
	return all
}

// conversationOf is a channel, or somebody's direct message with Pawl.
func conversationOf(name string) string {
	if strings.HasPrefix(name, "#") {
		return channelID(name)
	}
	return directOf(name)
}

func (s *stage) firstForms(messages []said) string {
	return s.screen.thread(messages, func(one said) slack.Message { return one.first })
}

// meet gives the runs their names in the order in which they were first spoken of.
func (s *stage) meet() {
	all := s.met()
	slices.SortFunc(all, func(a, b said) int { return strings.Compare(a.ts, b.ts) })
	for _, one := range all {
		for _, id := range runID.FindAllString(shownBy(one.first), -1) {
			s.screen.name(id)
		}
	}
}

func (s *stage) markShown(shown map[string]bool) {
	for _, one := range s.met() {
		shown[one.ts] = true
	}
}

// over waits until the runs of a scene have ended, so that the next one finds nothing of them.
func (s *stage) over() {
	s.t.Helper()
	for _, th := range s.threads {
		if len(idsIn(s.seen.in(th.channel, th.ts))) > 0 {
			s.eventually(sceneWithin, "the runs of the scene have ended", func() error { return s.endedIn(th) })
		}
	}
}

func same(want, got string) error {
	if want == got {
		return nil
	}
	return errors.New("it shows\n" + got + "and not\n" + want)
}

// endedIn reports whether every run that a thread speaks of has ended.
func (f *fleet) endedIn(th thread) error {
	var ids []string
	for _, m := range th.messages() {
		ids = append(ids, runID.FindAllString(shownBy(m), -1)...)
	}
	if len(ids) == 0 {
		return fmt.Errorf("there is no run yet")
	}
	for _, id := range ids {
		if err := f.ended(id); err != nil {
			return err
		}
	}
	return nil
}

func idsIn(messages []said) []string {
	var ids []string
	for _, one := range messages {
		ids = append(ids, runID.FindAllString(shownBy(one.first), -1)...)
	}
	return ids
}
