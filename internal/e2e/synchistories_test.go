package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/sandbox/crm"
)

// syncsKept are runs of syncs, recorded where they can stand still and when they are over. All but the last were started
// by a schedule.
var syncsKept = []string{"fetching", "asking", "paused", "done", "run-by-alice"}

func syncFile(name string) string { return filepath.Join(histories, "sync-"+name+".json") }

// recordSyncs records them all anew when one is missing.
func recordSyncs(t *testing.T) {
	missing := false
	for _, name := range syncsKept {
		if _, err := os.Stat(syncFile(name)); err != nil {
			missing = true
		}
	}
	if !missing {
		return
	}
	f := newFleet(t, announcing)
	for _, name := range syncsKept {
		f.addSync(fmt.Sprintf(`
  %[2]s:
    say: deals
    from: {name: HubSpot, url: "%[1]s/offset/deals", token: {env: CRM_TOKEN}, records: .deals, paging: {offset: offset, size: 100, size param: limit}}
    rows: {Deal: .name}
    to: {file: %[2]s.csv}
    when: on the 31st at 3:00
    channel: "#sales-data"
    owner: jana
`, f.world.URL, name))
	}
	f.ui = "127.0.0.1:0"
	f.up(haste)
	alice, jana := f.person("alice"), f.person("jana")
	run := func(name string) string {
		return idInText.FindStringSubmatch(shownBy(alice.types("schedule run sync "+name).sees(30*time.Second, "speaks in")))[1]
	}
	runs := map[string]string{"done": run("done")}
	f.eventually(30*time.Second, "it is over", func() error { return f.ended(runs["done"]) })
	th := alice.types("sync run run-by-alice")
	th.sees(30*time.Second, "none rejected.")
	runs["run-by-alice"] = th.runID()
	f.eventually(30*time.Second, "it is over", func() error { return f.ended(runs["run-by-alice"]) })
	require.NoError(t, f.world.CRM.Set(crm.Fault{Kind: crm.Revoked}))
	runs["paused"] = run("paused")
	paused := f.reads(3, "HubSpot does not let me in", "Or type `retry` or `pause` here.")
	_, err := jana.Say(t.Context(), channelID(salesData), "pause", paused[0].TS)
	require.NoError(t, err)
	f.eventually(30*time.Second, "it is over", func() error { return f.ended(runs["paused"]) })
	runs["asking"] = run("asking")
	f.reads(4, "HubSpot does not let me in", "Or type `retry` or `pause` here.")
	f.world.CRM.Clear("")
	require.NoError(t, f.world.CRM.Set(crm.Fault{Kind: crm.Slow, MS: slowly}))
	runs["fetching"] = run("fetching")
	for name, id := range runs {
		f.export(f.page(), id, syncFile(name))
	}
}
