package e2e

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/sandbox"
	"github.com/pawl-ops/pawl/sandbox/slack"
)

// watched are the people through whose eyes a stage is seen.
var watched = []string{"alice", "eve", "bob", "carol", "petra", "sam", "jana", "gus", "max"}

// stage is a world with Pawl on which scenes are played, one after the other.
type stage struct {
	*fleet
	seen    *chronicle
	slack   *slack.Control
	config  []byte              // pawl.yaml as it was written for this world
	changed bool                // pawl.yaml or the engine is not as it was
	began   string              // when this scene did, as a ts
	threads map[string]thread   // the last thread of each person
	last    string              // who typed last
	rooms   map[string]bool     // channels a scene looks into besides its threads
	pressed map[string]pressing // the last button of each person
	inUse   *sql.DB             // a toy database somebody works in
	screen  *screen
}

// pressing is a button that was pressed.
type pressing struct{ channel, ts, action string }

// newStage opens a world in which earlier runs have shown how long things take, so that no scene is the first.
func newStage(owner, t *testing.T) *stage {
	f := openFleet(owner, t, func(o *sandbox.Options) { o.Slack.Limits.Off, o.CRM, o.CI = true, steadyCRM(), hastyCI() })
	s := onStage(owner, f)
	s.up()
	carol := s.person("carol")
	books := []thread{carol.types("clear cache"), carol.types("build shop 2024.50"), carol.types("release shop 2024.50")}
	for _, command := range []string{"toy", "drill", "restart green master", "sync run deals"} {
		p := carol
		if command == "sync run deals" {
			p = s.person("alice")
		}
		th := p.types(command)
		f.eventually(sceneWithin, command+" has been done once", func() error { return f.endedIn(th) })
	}
	th := carol.types("force restart green master because of the first time")
	id := runID.FindString(shownBy(th.sees(sceneWithin, "waiting for a second person")))
	_, err := s.person("bob").Say(t.Context(), directOf("bob"), "approve "+id, "")
	require.NoError(t, err)
	require.NoError(t, s.answerInJenkins([]string{"", "answers", "release"}))
	for _, th := range books {
		f.eventually(sceneWithin, "a runbook has been carried out once", func() error { return f.endedIn(th) })
	}
	followed := carol.types("follow shop/release")
	f.eventually(sceneWithin, "a build has been followed once", func() error { return f.endedIn(followed) })
	f.eventually(sceneWithin, "a forced restart has been done once", func() error { return f.endedIn(th) })
	return s
}

// onStage makes a stage of a world, as long as owner lives.
func onStage(owner *testing.T, f *fleet) *stage {
	s := &stage{fleet: f, seen: newChronicle(owner, f.world.URL, watched...), slack: slack.NewControl(f.world.URL, nil)}
	var err error
	s.config, err = os.ReadFile(f.world.Config)
	require.NoError(f.t, err)
	return s
}

// begin makes the stage as it is before every scene.
func (s *stage) begin(t *testing.T) {
	s.t = t
	now := time.Now()
	s.began = fmt.Sprintf("%d.%06d", now.Unix(), now.Nanosecond()/1000)
	s.rooms = map[string]bool{}
	s.threads, s.pressed, s.screen, s.last = map[string]thread{}, map[string]pressing{}, &screen{dir: s.dir, names: map[string]string{}}, ""
}

// clear takes away what a scene left: faults, cut cables, open gates, a Pawl that is set up another way.
func (s *stage) clear() {
	s.t.Helper()
	require.NoError(s.t, s.slack.ClearFaults(context.Background(), ""))
	for _, h := range s.world.Hosts.Hosts() {
		require.NoError(s.t, s.world.Hosts.Mend(h.Name()))
		require.NoError(s.t, os.RemoveAll(filepath.Join(h.Home(), "enough")))
	}
	require.NoError(s.t, s.mendShop())
	s.world.CRM.Clear("")
	s.world.Jenkins.Clear("")
	if s.inUse != nil {
		require.NoError(s.t, s.inUse.Close())
		s.inUse = nil
	}
	for _, channel := range []string{"C0RELEASES", "C0OPS"} {
		no := false
		require.NoError(s.t, s.slack.Edit(context.Background(), slack.Edit{Channel: channel, Archived: &no, Add: []string{"pawl"}}))
	}
	if s.changed {
		s.restart(s.config)
		s.changed = false
	}
}

// restart ends Pawl as a service manager would and starts it again.
func (s *stage) restart(config []byte, env ...string) {
	s.end(syscall.SIGTERM)
	require.NoError(s.t, os.WriteFile(s.world.Config, config, 0o600))
	s.start(env...)
}

// channelID is the id the sandbox gives to a channel.
func channelID(name string) string {
	return "C0" + strings.ToUpper(strings.NewReplacer("#", "", "-", "").Replace(name))
}

// directOf is somebody's direct message with Pawl.
func directOf(name string) string { return "D0" + strings.ToUpper(name) }

func tokenOf(name string) string {
	if name == "otherbot" {
		return "xoxb-otherbot"
	}
	return "xoxp-" + name
}
