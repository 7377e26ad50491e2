package e2e

import (
	"context"
	"database/sql"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/internal/scenes"
	"github.com/pawl-ops/pawl/sandbox"
	"github.com/pawl-ops/pawl/sandbox/slack"
)

// verbs begin the ids of the runs of these tests.
var verbs = []string{
	"toy", "undo", "drill", "restart", "run", "cache", "shop", "follow", "roll", "deploy", "promote", "rollback", "glass", "lock", "unlock", "steal", "free",
}

var runID = scenes.RunIDs(verbs...)

// watched are the people through whose eyes a stage is seen.
var watched = scenes.People()

// stage is a world with Pawl on which scenes are played, one after the other.
type stage struct {
	*fleet
	*scenes.Stage
	config  []byte  // pawl.yaml as it was written for this world
	changed bool    // pawl.yaml or the engine is not as it was
	inUse   *sql.DB // a toy database somebody works in
}

// newStage opens a world in which earlier runs have shown how long things take, so that no scene is the first.
func newStage(owner, t *testing.T) *stage {
	f := openFleet(owner, t, func(o *sandbox.Options) { o.Slack.Limits.Off, o.CRM, o.CI = true, steadyCRM(), hastyCI() })
	s := onStage(owner, f)
	s.up()
	alice, bob, carol, eve := s.person("alice"), s.person("bob"), s.person("carol"), s.person("eve")
	over := func(what string, th thread) {
		f.eventually(sceneWithin, what+" has been done once", func() error { return f.endedIn(th) })
	}
	// They have nothing to do with each other, and run side by side: each person's in a conversation of their own, for a
	// conversation takes one message a second.
	released, restarted := eve.types("release shop 2024.50"), carol.types("restart green master")
	beside := map[string]thread{
		"toy": carol.types("toy"), "drill": bob.types("drill"), "sync run": alice.types("sync run deals"),
		"clear cache": alice.types("clear cache"), "build": bob.types("build shop 2024.50"),
	}
	over("restart", restarted) // what it changes would make void what is agreed to now
	forced := carol.types("force restart green master because of the first time")
	id := runID.FindString(shownBy(forced.sees(sceneWithin, "waiting for a second person")))
	_, err := bob.Say(t.Context(), directOf("bob"), "approve "+id, "")
	require.NoError(t, err)
	require.NoError(t, s.answerInJenkins([]string{"", "answers", "release"}))
	over("release", released)
	beside["force restart"], beside["follow"] = forced, eve.types("follow shop/release")
	for command, th := range beside {
		over(command, th)
	}
	return s
}

// onStage makes a stage of a world, as long as owner lives.
func onStage(owner *testing.T, f *fleet) *stage {
	f.env = []string{haste} // the Slack of a stage has no limits
	s := &stage{fleet: f, Stage: scenes.New(owner, f.world, f.dir, verbs...)}
	s.Manners, s.Update, s.Ended, s.Shows[dealsHeading] = true, *update, f.ended, s.deals
	for _, d := range deeds() {
		s.Deeds = append(s.Deeds, scenes.Deed{Form: d.form, Do: func(m []string) error { return d.do(s, m) }})
	}
	s.Plug = func() error {
		s.kill()
		s.up()
		return nil
	}
	var err error
	s.config, err = os.ReadFile(f.world.Config)
	require.NoError(f.t, err)
	return s
}

// begin makes the stage as it is before every scene.
func (s *stage) begin(t *testing.T) {
	s.t = t
	s.Begin(t)
}

// clear takes away what a scene left: faults, cut cables, open gates, a Pawl that is set up another way.
func (s *stage) clear() {
	s.t.Helper()
	require.NoError(s.t, s.Slack.ClearFaults(context.Background(), ""))
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
		require.NoError(s.t, s.Slack.Edit(context.Background(), slack.Edit{Channel: channel, Archived: &no, Add: []string{"pawl"}}))
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
func channelID(name string) string { return scenes.ChannelID(name) }

// directOf is somebody's direct message with Pawl.
func directOf(name string) string { return scenes.DirectOf(name) }
