package scenes

import (
	"context"
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/pawl-ops/pawl/internal/ledger"
	"github.com/pawl-ops/pawl/sandbox"
	"github.com/pawl-ops/pawl/sandbox/slack"
)

// Within is how long a section may take to show what it says.
const Within = 60 * time.Second

// People are those of the world, through whose eyes a scene is seen.
func People() []string {
	return []string{"alice", "eve", "bob", "carol", "petra", "sam", "jana", "gus", "max"}
}

// Thread is where somebody typed a command.
type Thread struct {
	Person      *slack.Person
	Channel, TS string
}

// Stage is a world with a Pawl in it, on which scenes are played one after the other. Make one with New, and Begin a scene.
type Stage struct {
	World   *sandbox.World
	Seen    *Chronicle
	Slack   *slack.Control
	Update  bool                     // write what was seen into the scene instead of holding it
	Manners bool                     // hold every message to the rules of tone, which are about Pawl's own texts
	Deeds   []Deed                   // what a section can make happen, beside what every stage knows
	Shows   map[string]func() string // what a section can show, by its heading, beside what every stage knows
	Plug    func() error             // kills Pawl and brings it back
	Ended   func(run string) error   // what keeps a run from being over

	T       *testing.T        // of the scene that is played
	Screen  *Screen           // what differs from run to run, in this scene
	Threads map[string]Thread // the last thread of each person
	Last    string            // who typed last
	Began   string            // when this scene did, as a ts

	dir     string
	ids     *regexp.Regexp
	rooms   map[string]bool    // channels a scene looks into besides its threads
	pressed map[string]pressed // the last button of each person
}

// pressed is a button that was.
type pressed struct{ channel, ts, action string }

// New makes a stage of a world, watched until owner ends. The directory is another each time, and verbs begin the ids of
// its runs: neither is shown as it is.
func New(owner *testing.T, w *sandbox.World, dir string, verbs ...string) *Stage {
	owner.Helper()
	return &Stage{
		World: w, Seen: NewChronicle(owner, w.URL, People()...), Slack: slack.NewControl(w.URL, nil), dir: dir, ids: RunIDs(verbs...),
		Shows: map[string]func() string{},
	}
}

// RunIDs finds the ids of runs whose jobs end in one of these words.
func RunIDs(verbs ...string) *regexp.Regexp {
	return regexp.MustCompile(`\b(` + strings.Join(verbs, "|") + `)-[0-9a-hjkmnp-tv-z]{6,16}\b`)
}

// Begin makes the stage as it is before every scene.
func (s *Stage) Begin(t *testing.T) {
	t.Helper()
	now := time.Now()
	s.T, s.Began, s.Last = t, fmt.Sprintf("%d.%06d", now.Unix(), now.Nanosecond()/1000), ""
	s.rooms, s.Threads, s.pressed = map[string]bool{}, map[string]Thread{}, map[string]pressed{}
	s.Screen = &Screen{Dir: s.dir, IDs: s.ids, names: map[string]string{}}
}

// Eventually waits for a condition that somebody else makes true, and says at the end what was missing.
func (s *Stage) Eventually(within time.Duration, what string, cond func() error) {
	s.T.Helper()
	Eventually(s.T, within, what, cond)
}

// Eventually waits for a condition that somebody else makes true, and says at the end what was missing.
func Eventually(t *testing.T, within time.Duration, what string, cond func() error) {
	t.Helper()
	deadline := time.Now().Add(within)
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		err := cond()
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("waiting %s until %s: %v", within, what, err)
		}
		<-tick.C
	}
}

// EndedIn reads the ledger of a data directory, as another process would beside the running Pawl, and says what keeps a run
// from being over there.
func EndedIn(data string) func(run string) error {
	return func(run string) error {
		ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
		defer cancel()
		l, err := ledger.Open(ctx, filepath.Join(data, "ledger.db"))
		if err != nil {
			return err
		}
		defer func() { _ = l.Close() }()
		r, ok, err := l.Run(ctx, run)
		switch {
		case err != nil:
			return err
		case !ok:
			return fmt.Errorf("the ledger has no run %s", run)
		case r.Open():
			return fmt.Errorf("run %s is open", run)
		}
		return nil
	}
}

// ChannelID is the id the sandbox gives to a channel.
func ChannelID(name string) string {
	return "C0" + strings.ToUpper(strings.NewReplacer("#", "", "-", "").Replace(name))
}

// DirectOf is somebody's direct message with Pawl.
func DirectOf(name string) string { return "D0" + strings.ToUpper(name) }

func tokenOf(name string) string {
	if name == "otherbot" {
		return "xoxb-otherbot"
	}
	return "xoxp-" + name
}
