package e2e

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/sandbox"
	"github.com/pawl-ops/pawl/sandbox/jenkins"
)

// sweeping are runbooks that leave a mark wherever they were. Any number of them may go on at once.
const sweeping = `  sweep:
    help: leave a mark on three hosts, tell another service, and say so
    arguments: {part: {help: "what is swept"}}
    steps:
      - Mark: {script: mark.sh, hosts: [app-1, app-2, cron-1], rolling: 1}
      - Tell: {http: {url: "%[1]s/told", json: {part: "{part}"}, retries: 2}}
      - Say: {say: {text: "Swept {part}.", channel: releases}}
  knock:
    help: tell another service, once
    arguments: {part: {help: "what is swept"}}
    steps:
      - Knock: {http: {url: "%[1]s/told", json: {part: "{part}"}}, once: true}
  roll:
    help: leave a mark on five hosts, two at a time
    arguments: {part: {help: "what is swept"}}
    steps:
      - Mark: {script: mark.sh, hosts: [db-master, app-2, toys, app-1, cron-1], rolling: 2}
  gate:
    help: build something that asks
    arguments: {part: {help: which one}}
    steps:
      - Gate: {jenkins: {job: shop/gate, parameters: {VERSION: "{part}"}}, once: true}
      - Say: {say: {text: "Open for {part}.", channel: releases}}
  never well:
    help: wait for what never comes
    steps:
      - Well: {wait: {until: "%[1]s/told", holds: .ok, within: 1h}}
  build long:
    help: build what takes long
    arguments: {version: {help: which one}}
    steps:
      - Build: {jenkins: {job: shop/long, parameters: {VERSION: "{version}"}}}
`

// marking leaves one line for each time it ran.
const marking = `echo "$PART" >>"$HOME/swept"
echo "pawl: done marked"
`

// sweeps is a world with those runbooks, and what the other service was told.
func sweeps(t *testing.T) (*fleet, *told) {
	t.Helper()
	f := newFleet(t, func(o *sandbox.Options) {
		o.Slack.Limits.Off, o.Extra = true, ", sweep, knock, gate, build long, roll, never well"
		o.CI = hastyCI()
		o.CI.Speed = 40
		params := []jenkins.Param{{Name: "VERSION"}, {Name: "PAWL_RUN_ID"}}
		o.CI.Jobs = append(o.CI.Jobs, jenkins.Job{
			Name: "shop/long", Concurrent: true, Params: params, Stages: []jenkins.Stage{{Name: "Compile", Takes: 100 * time.Hour}},
		}, jenkins.Job{
			Name: "shop/gate", Concurrent: true, Params: params,
			Stages: []jenkins.Stage{{Name: "Gate", Takes: time.Second, Input: &jenkins.Input{ID: "gate", Message: "Open for $VERSION?", OK: "Open it"}}},
		})
	})
	d := &told{keys: map[string][]string{}}
	service := httptest.NewServer(d)
	t.Cleanup(service.Close)
	require.NoError(t, os.WriteFile(filepath.Join(filepath.Dir(f.world.Config), "mark.sh"), []byte(marking), 0o600))
	f.writes("", "runbooks:  ", "runbooks:\n"+fmt.Sprintf(sweeping, service.URL)+"  #")
	return f, d
}

// told is another service, which remembers what it was told and under which key.
type told struct {
	mu   sync.Mutex
	keys map[string][]string // by what was swept
}

func (d *told) ServeHTTP(_ http.ResponseWriter, r *http.Request) {
	var body struct{ Part string }
	_ = json.NewDecoder(r.Body).Decode(&body)
	d.mu.Lock()
	defer d.mu.Unlock()
	d.keys[body.Part] = append(d.keys[body.Part], r.Header.Get("Idempotency-Key"))
}

func (d *told) of(part string) []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.keys[part])
}

// carried is a runbook under way when the plug is pulled.
type carried struct {
	point, book   string
	before, after string // what its person types into the thread, or the button they press there
	ends          string // what the last message says; empty: it is done
	asks, calls   int    // how often it asks, and how often the other service hears of it: 0 means once where it does at all
	never         bool   // its build is never asked for
}

const endsCancelled = "was cancelled"

// carriedOut are the places between two effects of a runbook.
var carriedOut = []carried{
	{point: "before the build", book: "build shop"},
	{point: "after the build began", book: "build shop"},
	{point: "while the build runs", book: "build shop"},
	{point: "after the build", book: "build shop"},
	{point: "before the build", book: "build long", before: "cancel", ends: endsCancelled, never: true},
	{point: "after the build began", book: "build long", before: "cancel", ends: endsCancelled},
	{point: "while the build runs", book: "build long", after: "cancel", ends: endsCancelled},
	{point: "after the build was stopped", book: "build long", before: "cancel", ends: endsCancelled},
	{point: "before the question", book: "gate", after: "[ Open it ]", asks: 1},
	{point: "while asking", book: "gate", after: "[ Open it ]", asks: 1},
	{point: "after the decision", book: "gate", before: "[ Open it ]", asks: 1},
	{point: "before the script", book: "sweep"},
	{point: "after the script", book: "sweep"},
	{point: "before the call", book: "sweep"},
	{point: "after the call", book: "sweep", calls: 2},
	{point: "after the call", book: "knock", after: "skip", asks: 1},
	{point: "before it is said", book: "sweep"},
	{point: "after it is said", book: "sweep"},
}

func (c carried) part(i int) string { return fmt.Sprintf("part-%d", i) }

func (c carried) last(i int) string {
	return cmp.Or(c.ends, "Done: "+c.book+" "+c.part(i))
}

// One kill while runbooks are everywhere a runbook can be. Never are there two builds of one run; each host was worked on
// once, each sentence was said once, and whoever is called twice sees by the key that it is the same call.
func TestOneKillWhileRunbooksAreCarriedOut(t *testing.T) {
	t.Parallel()
	f, service := sweeps(t)
	points := make([]string, len(carriedOut))
	for i, c := range carriedOut {
		points[i] = c.point
	}
	f.up("PAWL_PARK="+strings.Join(points, ","), "PAWL_PARKED="+f.parked(), haste)
	alice := f.person("alice")
	threads := make([]thread, len(carriedOut))
	for i, c := range carriedOut {
		threads[i] = alice.types(c.book + " " + c.part(i))
		f.eventually(20*time.Second, c.book+" takes its point", func() error { return holdsLines(f.parked(), "takes\t", i+1) })
	}
	runs := make([]string, len(carriedOut))
	for i, line := range linesOf(f.parked(), "takes\t") {
		runs[i] = strings.Split(line, "\t")[2]
	}
	for i, c := range carriedOut {
		switch {
		case c.before == "cancel" && c.point == "after the build was stopped":
			f.eventually(30*time.Second, "its build runs", func() error { return f.builds("shop/long", c.part(i), 1) })
		case c.before == "cancel":
			f.eventually(30*time.Second, runs[i]+" parks "+c.point, func() error { return f.parks(c.point, runs[i]) })
		}
		threads[i].does(c.before)
	}
	for i, c := range carriedOut {
		f.eventually(30*time.Second, runs[i]+" parks "+c.point, func() error { return f.parks(c.point, runs[i]) })
	}

	f.kill()
	f.up(haste)
	for i, c := range carriedOut {
		threads[i].does(c.after)
	}
	var said, swept []string
	for i, c := range carriedOut {
		what := fmt.Sprintf("%s, parked %s", c.book, c.point)
		threads[i].sees(60*time.Second, c.last(i))
		f.eventually(20*time.Second, what+": the outcome is in the ledger", func() error { return f.ended(runs[i]) })
		want := map[string]int{"board": 1, "result": 1}
		if c.asks > 0 {
			want["ask/1"] = 1
		}
		require.Equal(t, want, threads[i].said(), what)
		keys := service.of(c.part(i))
		switch c.book {
		case "sweep":
			swept = append(swept, c.part(i))
			said = append(said, "Swept "+c.part(i)+".")
			require.Len(t, keys, max(c.calls, 1), what)
			require.Len(t, slices.Compact(keys), 1, what)
		case "knock":
			require.Len(t, keys, 1, what)
		case "gate":
			said = append(said, "Open for "+c.part(i)+".")
			require.NoError(t, f.builds("shop/gate", c.part(i), 1), what)
		case "build long":
			want := 1
			if c.never {
				want = 0
			}
			require.NoError(t, f.builds("shop/long", c.part(i), want), what)
		case "build shop":
			require.NoError(t, f.builds("shop/build", c.part(i), 1), what)
		}
	}
	f.neverTwo()
	for _, b := range f.world.Jenkins.Builds("shop/long") {
		require.Equal(t, jenkins.Aborted, b.Result, "a cancelled run leaves no build behind")
	}
	for _, host := range []string{"app-1", "app-2", "cron-1"} {
		marks := f.marks(host, "swept")
		require.Len(t, marks, len(swept))
		for _, part := range swept {
			require.Equal(t, 1, marks[part], "%s on %s", part, host)
		}
	}
	var heard []string
	for _, m := range alice.stands("#releases") {
		heard = append(heard, shownBy(m))
	}
	require.ElementsMatch(t, said, heard)
	require.Contains(t, alice.look("runs"), "Nothing")
}

// does types into a thread, or presses a button of the question there.
func (th thread) does(what string) {
	f := th.p.f
	f.t.Helper()
	switch label, pressed := strings.CutPrefix(what, "[ "); {
	case what == "":
	case pressed:
		label = strings.TrimSuffix(label, " ]")
		th.p.presses(th.sees(30*time.Second, label), label)
	default:
		if what != "cancel" {
			th.sees(30*time.Second, "I need a decision")
		}
		th.replies(what)
	}
}

// builds reports whether Jenkins has so many builds of a version, in any state.
func (f *fleet) builds(name, version string, want int) error {
	n := 0
	for _, b := range f.world.Jenkins.Builds(name) {
		if b.Params["VERSION"] == version {
			n++
		}
	}
	if n != want {
		return fmt.Errorf("there are %d builds of %s", n, version)
	}
	return nil
}

// neverTwo holds that no run has two builds, and that every build is of a run.
func (f *fleet) neverTwo() {
	f.t.Helper()
	for _, name := range []string{"shop/build", "shop/smoke", "shop/release", "shop/long", "shop/gate"} {
		for _, b := range f.world.Jenkins.Builds(name) {
			key := b.Params["PAWL_RUN_ID"]
			if b.Past {
				continue
			}
			require.NotEmpty(f.t, key)
			n, queued := f.world.Jenkins.Count("PAWL_RUN_ID", key)
			require.Equal(f.t, [2]int{1, 0}, [2]int{n, queued}, "builds of %s, and in the queue", key)
		}
	}
}
