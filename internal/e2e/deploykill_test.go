package e2e

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/sandbox/apps"
	"github.com/pawl-ops/pawl/sandbox/slack"
)

// shipped is what goes on in an environment of its own when the plug is pulled.
type shipped struct {
	point   string // where the run is parked
	types   string // %s is the environment
	setup   bool   // 2024.51 was deployed there before: on green, and users have it
	also    string // another command, typed while the first one is parked
	before  string // what is done before it parks: "cancel" while users are watched, "yes" to the question
	after   string // and after the restart
	deploy  string // what pawl.yaml says of the environment
	ends    string // what the last message says; empty: users have 2024.52
	asks    int
	moves   string   // where users were moved to, one after the other
	scripts []string // versions that were given to instances; nil: 2024.52 to green
	release []string // what the ledger has in the end, the newest first
	notes   int      // release notes
	locked  bool
}

const (
	gets52 = "deploy %s 2024.52"
	none   = "none" // the point of who is not parked
)

var (
	back50   = []string{"rollback 2024.50", "deploy 2024.51 taken"}
	just51   = []string{"green/2024.51"}
	nothing  = []string{}
	watching = `{bake: 1m}`
)

// shippedAt are the places between two effects of what changes an environment.
var shippedAt = []shipped{
	{point: "before the build", types: "deploy %s %s-new", moves: "green"},
	{point: "after the build began", types: "deploy %s %s-new", moves: "green"},
	{point: "while the build runs", types: "deploy %s %s-new", moves: "green"},
	{point: "before the script", types: gets52, moves: "green"},
	{point: "while the script runs", types: gets52, moves: "green"},
	{point: "after the script", types: gets52, moves: "green"},
	{point: "before the switch", types: gets52, moves: "green"},
	{point: "after the switch", types: gets52, moves: "green"},
	{point: "while users are watched", types: gets52, moves: "green"},
	{point: "before the release note", types: gets52, moves: "green"},
	{point: "after the release note", types: gets52, moves: "green"},
	{point: "before the lane is asked", types: gets52, moves: "green"},
	{point: "before the question", types: gets52, deploy: `{confirm: true}`, after: "yes", asks: 1, moves: "green"},
	{point: "while asking", types: gets52, deploy: `{confirm: true}`, after: "yes", asks: 1, moves: "green"},
	{point: "after the decision", types: gets52, deploy: `{confirm: true}`, before: "yes", asks: 1, moves: "green"},
	{point: "before the switch", types: "promote staging to %s", ends: "is on 2024.51", scripts: just51, release: []string{"promote 2024.51"}, moves: "green"},
	{point: "after the switch", types: "promote staging to %s", ends: "is on 2024.51", scripts: just51, release: []string{"promote 2024.51"}, moves: "green"},
	{point: "before it is said", types: "break glass %s 2024.52 because nobody can pay", moves: "green"},
	{point: "before the switch", types: "rollback %s", setup: true, ends: "is back on 2024.50", scripts: just51, release: back50, moves: "green blue", locked: true},
	{point: "after the switch", types: "rollback %s", setup: true, ends: "is back on 2024.50", scripts: just51, release: back50, moves: "green blue", locked: true},
	{point: "before the lock", types: "rollback %s", setup: true, ends: "is back on 2024.50", scripts: just51, release: back50, moves: "green blue", locked: true},
	{point: "after the lock", types: "rollback %s", setup: true, ends: "is back on 2024.50", scripts: just51, release: back50, moves: "green blue", locked: true},
	{point: "before the lock", types: "lock %s because I look at it", ends: "is locked", scripts: nothing, release: nothing, notes: -1, locked: true},
	{point: "after the lock", types: "lock %s because I look at it", ends: "is locked", scripts: nothing, release: nothing, notes: -1, locked: true},
	{point: "before users are moved back", types: gets52, deploy: watching, before: "cancel", ends: takenBack, release: []string{"deploy 2024.52 taken"}, notes: -1, moves: "green blue", locked: true},
	{point: "after users are moved back", types: gets52, deploy: watching, before: "cancel", ends: takenBack, release: []string{"deploy 2024.52 taken"}, notes: -1, moves: "green blue", locked: true},
	{point: "before the lock", types: gets52, deploy: watching, before: "cancel", ends: takenBack, release: []string{"deploy 2024.52 taken"}, notes: -1, moves: "green blue", locked: true},
	// One takes over from another, and one waits for another.
	{
		point: "while users are watched", types: gets52, deploy: watching, also: "rollback %s", ends: takenBack,
		release: []string{"deploy 2024.52 taken"}, notes: -1, moves: "green blue", locked: true,
	},
	{
		point: "before the script", types: gets52, also: "deploy %s 2024.51", scripts: []string{"blue/2024.51", "green/2024.52"},
		release: []string{"deploy 2024.51", "deploy 2024.52"}, notes: 2, moves: "green blue",
	},
}

const takenBack = "2024.50 again"

// One kill while environments are changed everywhere. Never is there a second build or a second switch, never are there
// two servers of an instance; each script began once, each thread has one board and one last message, each release one
// note, and the ledger knows what users have.
func TestOneKillWhileUsersAreMoved(t *testing.T) {
	t.Parallel()
	names, points := make([]string, len(shippedAt)), []string{}
	for i, s := range shippedAt {
		names[i] = fmt.Sprintf("k%02d", i)
		if s.setup {
			points = append(points, none)
		}
	}
	for _, s := range shippedAt {
		points = append(points, s.point)
	}
	f := shipping(t, names, nil)
	var settings []string
	for i, s := range shippedAt {
		if s.deploy != "" {
			settings = append(settings, "      "+names[i]+":\n", "      "+names[i]+":\n        deploy: "+s.deploy+"\n")
		}
	}
	f.writes("", settings...)
	f.up("PAWL_PARK="+strings.Join(points, ","), "PAWL_PARKED="+f.parked(), haste)
	f.alone()
	carol := f.person("carol")
	taken := 0
	types := func(command string) (thread, string) {
		th := carol.types(command)
		taken++
		f.eventually(20*time.Second, command+" takes its point", func() error { return holdsLines(f.parked(), "takes\t", taken) })
		return th, strings.Split(linesOf(f.parked(), "takes\t")[taken-1], "\t")[2]
	}

	var setups []string
	for i, s := range shippedAt {
		if s.setup {
			_, run := types("deploy " + names[i] + " 2024.51")
			setups = append(setups, run)
		}
	}
	for _, run := range setups {
		f.eventually(60*time.Second, "users have 2024.51", func() error { return f.ended(run) })
	}
	threads, others := make([]thread, len(names)), make([]thread, len(names))
	runs, otherRuns := make([]string, len(names)), make([]string, len(names))
	for i, s := range shippedAt {
		threads[i], runs[i] = types(strings.ReplaceAll(s.types, "%s", names[i]))
	}
	for i, s := range shippedAt {
		switch s.before {
		case "yes":
			threads[i].agrees()
		case "cancel":
			threads[i].sees(60*time.Second, "about 1 minute left")
			threads[i].replies("cancel")
		}
	}
	for i, s := range shippedAt {
		f.eventually(60*time.Second, runs[i]+" of "+names[i]+" parks "+s.point, func() error { return f.parks(s.point, runs[i]) })
	}
	for i, s := range shippedAt {
		if s.also != "" { // nobody has a point for it
			others[i] = carol.types(strings.ReplaceAll(s.also, "%s", names[i]))
			others[i].sees(20*time.Second, "our turn")
			otherRuns[i] = others[i].runID()
		}
	}

	f.kill()
	f.up(haste)
	for i, s := range shippedAt {
		if s.after == "yes" {
			threads[i].agrees()
		}
	}
	for i, s := range shippedAt {
		what := fmt.Sprintf("%s: %s, parked %s", names[i], s.types, s.point)
		threads[i].sees(120*time.Second, cmp.Or(s.ends, "is on "+s.version(names[i])))
		f.eventually(20*time.Second, what+": the outcome is in the ledger", func() error { return f.ended(runs[i]) })
		want := map[string]int{"board": 1, "result": 1}
		if s.asks > 0 {
			want["ask/1"] = 1
		}
		said := threads[i].said()
		if said["reply"] == 1 {
			delete(said, "reply") // the start took long, so the person was told that it is not confirmed, and then the truth
		}
		require.Equal(t, want, said, what)
		if s.also != "" {
			f.eventually(60*time.Second, what+": "+s.also+" has ended", func() error { return f.ended(otherRuns[i]) })
			require.Equal(t, map[string]int{"board": 1, "result": 1}, others[i].said(), what)
		}
		if s.point == "after the switch" {
			require.Regexp(t, `white_check_mark: +\S* ?Users get`, threads[i].board(), what+": it goes on to verify")
		}
		require.Equal(t, s.moves, strings.Join(f.world.Apps.Moved(names[i]), " "), what)
		if want := s.release; want == nil {
			require.Equal(t, []string{"deploy " + s.version(names[i])}, f.released(names[i]), what)
		} else {
			require.ElementsMatch(t, want, f.released(names[i]), what)
		}
		_, held := f.locked(names[i])
		require.Equal(t, s.locked, held, what)
		active, err := f.world.Apps.Proxy(names[i]).Active()
		require.NoError(t, err)
		require.Equal(t, s.last(), active.Instance, what)
	}
	f.neverTwo()
	f.holdsScripts(names)
	f.holdsNotes(names)
	f.holdsJournal()
	require.Contains(t, carol.look("runs"), "Nothing")
}

// version is the one that users of the environment get.
func (s shipped) version(environment string) string {
	if strings.HasSuffix(s.types, "-new") {
		return environment + "-new"
	}
	return "2024.52"
}

// last is the instance that has the users in the end.
func (s shipped) last() string {
	moves := strings.Fields("blue " + s.moves)
	return moves[len(moves)-1]
}

// holdsScripts holds that each instance was given each version once.
func (f *fleet) holdsScripts(names []string) {
	f.t.Helper()
	deployed := f.deployed()
	for i, s := range shippedAt {
		want := s.scripts
		if want == nil {
			want = []string{"green/" + s.version(names[i])}
		}
		require.ElementsMatch(f.t, want, of(names[i], deployed), names[i])
	}
}

// holdsNotes holds that each release has one note, and that the glass was broken once.
func (f *fleet) holdsNotes(names []string) {
	f.t.Helper()
	notes := f.person("alice").stands("#releases")
	for i, s := range shippedAt {
		n := 0
		for _, m := range notes {
			if strings.Contains(shownBy(m), "Shop "+names[i]+" ") {
				n++
			}
		}
		require.Equal(f.t, max(cmp.Or(s.notes, 1), 0), n, "release notes of %s", names[i])
	}
	glass := slices.DeleteFunc(f.person("carol").stands("#ops"), func(m slack.Message) bool { return !strings.Contains(shownBy(m), "breaks the glass") })
	require.Len(f.t, glass, 1)
}

// holdsJournal holds that every switch of the load balancer has a token of its own, was carried out, and is over.
func (f *fleet) holdsJournal() {
	f.t.Helper()
	moves := 0
	for _, s := range shippedAt {
		moves += len(strings.Fields(s.moves))
	}
	journal := f.journal(apps.MapFile)
	require.Len(f.t, journal, moves)
	for token, state := range journal {
		require.True(f.t, strings.HasPrefix(state, "done "), "%s is %s", token, state)
	}
}
