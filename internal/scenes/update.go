package scenes

import (
	"slices"
	"strings"
	"time"

	"golang.org/x/tools/txtar"
)

// quiet is how long nothing may happen until a transcript that is written takes it for the end.
const quiet = 4 * time.Second

// settled waits until a text has not changed for a while. It is only used while transcripts are written.
func settled(look func() string, patience time.Duration) []byte {
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	text, since, began := look(), time.Now(), time.Now()
	for range tick.C {
		now := look()
		switch {
		case now != text:
			text, since = now, time.Now()
		case now == "" && time.Since(began) < patience:
		case time.Since(since) > quiet:
			return []byte(text)
		}
	}
	return nil
}

func (s *Stage) settledAnswers(shown map[string]bool) []byte {
	look := func() string {
		s.meet()
		open, private := s.fresh(shown)
		return s.firstForms(slices.Concat(open, private))
	}
	before := quietBriefly(look)
	s.markFresh(shown)
	return before
}

// quietBriefly is settled for answers: what comes at once belongs to the deed, the rest to the next section.
func quietBriefly(look func() string) []byte {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	text, since := look(), time.Now()
	for range tick.C {
		now := look()
		if now != text {
			text, since = now, time.Now()
		}
		if text != "" && time.Since(since) > 500*time.Millisecond || time.Since(since) > quiet/2 {
			return []byte(text)
		}
	}
	return nil
}

func (s *Stage) markFresh(shown map[string]bool) {
	open, private := s.fresh(shown)
	for _, one := range slices.Concat(open, private) {
		shown[one.TS] = true
	}
}

// atTheEnd waits until the runs of a thread are over in the ledger as well, when the heading says that they are.
func (s *Stage) atTheEnd(heading string) {
	s.T.Helper()
	if th, ok := s.threadNamed(heading); ok && strings.HasSuffix(heading, "at the end") {
		s.Eventually(Within, heading, func() error { return s.over(th) })
	}
}

func (s *Stage) settledThread(heading string) []byte {
	th, ok := s.threadNamed(heading)
	s.atTheEnd(heading)
	if ok && strings.HasSuffix(heading, "when it asks") {
		s.sees(th, "I need a decision")
	}
	return settled(func() string { return s.threadOf(heading) }, time.Second)
}

// spaced sets the sections of a scene apart.
func spaced(scene *txtar.Archive) *txtar.Archive {
	for i, section := range scene.Files {
		scene.Files[i].Data = []byte(strings.Trim(string(section.Data), "\n") + "\n\n")
		if len(strings.TrimSpace(string(section.Data))) == 0 {
			scene.Files[i].Data = nil
		}
	}
	return scene
}
