package starter_test

import (
	"io"
	"log/slog"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"
	"go.uber.org/goleak"

	"github.com/pawl-ops/pawl/internal/access"
	"github.com/pawl-ops/pawl/internal/ledger"
	"github.com/pawl-ops/pawl/job"
	"github.com/pawl-ops/pawl/starter"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func quiet() *slog.Logger { return slog.New(slog.NewTextHandler(io.Discard, nil)) }

// ample is a start deadline that only a hanging test reaches; short is for tests in which something hangs, and what does not
// hang still has to be done within it, on a machine that may stand still for a while.
const (
	ample = time.Minute
	short = 3 * time.Second
)

var (
	alice = job.Actor{Kind: job.SlackUser, ID: "U1", Name: "alice", Full: "Alice", Groups: []string{"engineers"}}
	eve   = job.Actor{Kind: job.SlackUser, ID: "U2", Name: "eve", Full: "Eve", Groups: []string{"engineers"}}
	carol = job.Actor{Kind: job.SlackUser, ID: "U3", Name: "carol", Full: "Carol", Groups: []string{"oncall"}}
	sam   = job.Actor{Kind: job.SlackUser, ID: "U4", Name: "sam", Full: "Sam", Groups: []string{"sales"}}
)

func specs() []job.Spec {
	return []job.Spec{
		{Name: "toy", Help: "Refresh your own toy database.", Single: true},
		{Name: "toy undo", Help: "Put the previous one back."},
		{Name: "restart", Help: "Restart an instance.", Params: []job.Param{
			{Name: "instance", Type: "text"}, {Name: "because", Word: "because", Type: "rest", Optional: true},
		}},
		{Name: "force restart", Help: "Restart an instance in use.", Always: true, Params: []job.Param{{Name: "instance", Type: "text"}}},
		{Name: "panic", Help: "Everything at once.", Always: true},
		{Name: "carry", CountsAs: "force restart {to}", Params: []job.Param{{Name: "from", Type: "text"}, {Name: "to", Word: "to", Type: "text"}}},
		{Name: "old", Retired: "`old` is gone; say `toy`."},
		{Name: "runs", Look: true},
	}
}

func policy(lines ...access.Rule) access.Policy { return access.Policy{Rules: lines} }

func usualPolicy() access.Policy {
	return policy(
		access.Rule{Who: "engineers", Command: "toy", Line: 21},
		access.Rule{Who: "engineers", Command: "restart green", Line: 22},
		access.Rule{Who: "oncall", Command: "restart", Line: 23},
		access.Rule{Who: "oncall", Command: "force restart", Line: 25},
		access.Rule{Who: "oncall", Command: "panic", Line: 26},
		access.Rule{Who: "sales", Command: "restart blue", Line: 24, Deny: true},
	)
}

// door is a starter with everything behind it.
type door struct {
	*starter.Starter
	engine *engine
	ledger *ledger.Ledger
	path   string // of the ledger
	rules  atomic.Pointer[access.Policy]
	hang   atomic.Pointer[chan struct{}] // when set, the rules cannot be had until it is closed
}

func newDoor(t *testing.T, deadline time.Duration) *door {
	t.Helper()
	e := newEngine(t)
	return newDoorTo(t, deadline, e, e.dial(t))
}

func newDoorTo(t *testing.T, deadline time.Duration, e *engine, c client.Client) *door {
	t.Helper()
	d := &door{engine: e, path: filepath.Join(t.TempDir(), "ledger.db")}
	l, err := ledger.Open(t.Context(), d.path)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, l.Close()) })
	d.ledger = l
	rules := usualPolicy()
	d.rules.Store(&rules)
	d.Starter = starter.New(starter.Options{
		Client: c, Namespace: namespace, Ledger: l, Specs: specs(), Asks: job.AskRules{Groups: []string{"oncall"}},
		Approval: func(command string) job.Approval {
			if strings.HasPrefix(command, "force restart") {
				return job.Approval{By: []string{"oncall"}, Within: 15 * time.Minute, Rule: "approve line 31"}
			}
			return job.Approval{}
		},
		Policy: func() (access.Policy, string) {
			if hang := d.hang.Load(); hang != nil {
				<-*hang
			}
			return *d.rules.Load(), "hash"
		},
		Timers: job.Timers{StartWithin: deadline, WorkflowTask: 2 * time.Second}, Log: zerolog.Nop(),
		Schedules: schedules(), Syncs: []job.Sync{{Name: "deals", Told: job.Told{Owner: "jana"}}},
	})
	return d
}

// setRules replaces the policy, as a restart with another pawl.yaml does.
func (d *door) setRules(p access.Policy) { d.rules.Store(&p) }

// kinds gives the kinds of the entries about a key, in order.
func (d *door) kinds(t *testing.T, key job.Key) []string {
	t.Helper()
	entries, err := d.ledger.Entries(t.Context(), key)
	require.NoError(t, err)
	out := []string{}
	for _, e := range entries {
		out = append(out, e.Kind)
	}
	return out
}

// openRuns gives the ids of the runs that the ledger takes for open.
func (d *door) openRuns(t *testing.T) []string {
	t.Helper()
	runs, err := d.ledger.OpenRuns(t.Context())
	require.NoError(t, err)
	out := []string{}
	for _, r := range runs {
		out = append(out, r.ID)
	}
	return out
}

func toy(key job.Key, who job.Actor) job.Command {
	return job.Command{
		Name: "toy", Text: "toy", Key: key, Actor: who, Typed: time.Date(2026, 11, 21, 14, 5, 0, 0, time.UTC), Source: "slack",
		Place: job.Place{Team: "T1", Channel: "C1", Thread: string(key), Message: string(key)},
	}
}

func restart(key job.Key, who job.Actor, instance string) job.Command {
	c := toy(key, who)
	c.Name, c.Text, c.Args = "restart", "restart "+instance, map[string]string{"instance": instance}
	return c
}

// collide gives keys whose shortest ids are the same.
func collide(t *testing.T) (first, second job.Key) {
	t.Helper()
	seen := map[string]job.Key{}
	for i := range 1_000_000 {
		key := job.Key("T1:C1:" + time.Unix(int64(i), 0).UTC().Format("150405.000000") + "/" + time.Duration(i).String())
		id := job.ID("toy", key, job.IDLength)
		if other, ok := seen[id]; ok {
			return other, key
		}
		seen[id] = key
	}
	t.Fatal("no two keys of a million share 30 bits")
	return "", ""
}
