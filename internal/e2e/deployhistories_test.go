package e2e

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/sandbox"
)

// deploysKept are runs that give environments another version, or keep others from it, recorded where they can stand still
// and when they are over.
var deploysKept = []string{
	"at-the-switch", "after-the-switch", "done", "rolled-back", "unlocked", "locked", "confirming", "agreeing", "taken-back",
	"gave-way", "overtaking", "watched", "waiting", "waiting-until-free",
}

func deployFile(name string) string { return filepath.Join(histories, "deploy-"+name+".json") }

// recordDeploys records them all anew when one is missing. Users of master are watched for a moment, those of staging as
// long as it takes to look on.
func recordDeploys(t *testing.T) {
	missing := false
	for _, name := range deploysKept {
		if _, err := os.Stat(deployFile(name)); err != nil {
			missing = true
		}
	}
	if !missing {
		return
	}
	f := newFleet(t, func(o *sandbox.Options) { o.Slack.Limits.Off, o.Bake, o.CI = true, "10m", hastyCI() })
	f.writes("", "deploy: {confirm: true}", "deploy: {confirm: true, bake: 1s}")
	f.ui = "127.0.0.1:0"
	keep := func(name, id string) { f.export(f.page(), id, deployFile(name)) }
	over := func(name string, th thread) {
		f.eventually(sceneWithin, name+" is over", func() error { return f.endedIn(th) })
		keep(name, th.runID())
	}
	alice, bob, carol := f.person("alice"), f.person("bob"), f.person("carol")
	agreed := func(th thread, deed string) {
		th.sees(sceneWithin, deed)
		th.replies("proceed")
		th.sees(sceneWithin, "waiting for a second person")
		_, err := bob.Say(t.Context(), directOf("bob"), "approve "+th.runID(), "")
		require.NoError(t, err)
	}

	f.up(haste, "PAWL_PARK=before the switch", "PAWL_PARKED="+f.parked())
	th := carol.types("deploy master 2024.51")
	agreed(th, "Deploy these 4 changes")
	id := th.runID()
	f.eventually(sceneWithin, "it is at the switch", func() error { return f.parks("before the switch", id) })
	keep("at-the-switch", id)
	f.kill()
	f.up(haste, "PAWL_PARK=after the switch@"+id, "PAWL_PARKED="+f.parked())
	f.eventually(sceneWithin, "users are moved", func() error { return f.parks("after the switch", id) })
	keep("after-the-switch", id)
	f.kill()
	f.up(haste)
	over("done", th)
	over("rolled-back", carol.types("rollback master because the cart is empty"))
	over("unlocked", carol.types("unlock master"))

	th = f.person("petra").types("deploy master")
	th.sees(sceneWithin, "Deploy these 7 changes")
	keep("confirming", th.runID())
	th = carol.types("deploy master")
	th.sees(sceneWithin, "Deploy these 7 changes")
	th.replies("proceed")
	th.sees(sceneWithin, "waiting for a second person")
	keep("agreeing", th.runID())

	watched := func() thread {
		th := alice.types("deploy staging")
		th.sees(sceneWithin, ":arrows_counterclockwise: Watch it")
		return th
	}
	unlocks := func() {
		th := alice.types("unlock staging")
		f.eventually(sceneWithin, "staging is free", func() error { return f.endedIn(th) })
	}
	th = watched()
	th.replies("cancel")
	over("taken-back", th)
	unlocks()
	over("locked", bob.types("lock staging because I debug the cart"))
	unlocks()
	th = watched()
	back := bob.types("rollback staging because the cart is empty")
	over("gave-way", th)
	over("overtaking", back)
	unlocks()
	keep("watched", watched().runID())
	th = bob.types("deploy staging 2024.50")
	th.sees(sceneWithin, "Waiting for your turn")
	keep("waiting", th.runID())
	th = f.person("sam").types("tell me when free staging")
	th.sees(sceneWithin, "Nobody is there")
	keep("waiting-until-free", th.runID())
}
