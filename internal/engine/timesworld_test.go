package engine_test

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"
	sdkworker "go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"github.com/pawl-ops/pawl/activities"
	"github.com/pawl-ops/pawl/internal/access"
	"github.com/pawl-ops/pawl/internal/board"
	"github.com/pawl-ops/pawl/internal/engine"
	"github.com/pawl-ops/pawl/internal/ledger"
	"github.com/pawl-ops/pawl/job"
	"github.com/pawl-ops/pawl/starter"
	"github.com/pawl-ops/pawl/worker"
	"github.com/pawl-ops/pawl/workflows/frame"
)

var alice = job.Actor{Kind: job.SlackUser, ID: "U1", Name: "alice", Full: "Alice"}

// times is a Pawl with schedules on a real engine: the door, the launcher, and runs that end when they are told to.
type times struct {
	t      *testing.T
	dir    string
	engine *engine.Engine
	ledger *ledger.Ledger
	door   *starter.Starter
	stop   func()

	mu    sync.Mutex
	hold  bool          // runs wait until they are let go
	runs  []job.Request // in the order in which they began
	ended []string      // how each that ended did
	said  []string
}

func newTimes(t *testing.T, all ...job.Scheduled) *times {
	t.Helper()
	w := &times{t: t, dir: t.TempDir()}
	w.begin(all...)
	return w
}

// holding is the same with runs that wait until they are let go.
func holding(t *testing.T, all ...job.Scheduled) *times {
	t.Helper()
	w := &times{t: t, dir: t.TempDir(), hold: true}
	w.begin(all...)
	return w
}

// begin starts the engine and what works on it, with these schedules.
func (w *times) begin(all ...job.Scheduled) {
	w.t.Helper()
	e, err := engine.Start(w.t.Context(), engine.Options{Dir: w.dir, Logger: logger()})
	require.NoError(w.t, err)
	w.engine = e
	w.ledger, err = ledger.Open(w.t.Context(), filepath.Join(w.dir, "ledger.db"))
	require.NoError(w.t, err)
	off := w.serve(all...)
	w.stop = sync.OnceFunc(func() {
		off()
		require.NoError(w.t, w.engine.Stop(context.Background()))
		require.NoError(w.t, w.ledger.Close())
	})
	w.t.Cleanup(func() { w.stop() })
}

// serve opens the door with these schedules, and works until the function it returns is called.
func (w *times) serve(all ...job.Scheduled) func() {
	w.t.Helper()
	w.door = starter.New(starter.Options{
		Client: w.engine.Client(), Namespace: w.engine.Namespace(), Ledger: w.ledger, Schedules: all, Log: zerolog.Nop(),
		Policy: func() (access.Policy, string) {
			return access.Policy{Rules: []access.Rule{{Who: "everyone", Command: "work never", Deny: true}}}, "hash"
		},
		Specs:  []job.Spec{{Name: "work", Params: []job.Param{{Name: "on", Type: "rest", Optional: true}}}},
		Timers: job.Timers{WorkflowTask: 2 * time.Second, StartWithin: 20 * time.Second},
	})
	acts := &activities.Activities{Door: w.door, Ledger: w.ledger, Poster: poster{w: w}, Client: w.engine.Client(), Now: time.Now}
	at := worker.New(w.engine.Client(), worker.Options{Queue: job.QueueRuns, BoardQueue: job.QueueBoards, Register: func(r sdkworker.Registry) {
		r.RegisterWorkflowWithOptions(frame.LaunchWorkflow, workflow.RegisterOptions{Name: job.LaunchWorkflow})
		r.RegisterWorkflowWithOptions(toil, workflow.RegisterOptions{Name: "work"})
		r.RegisterActivity(acts)
		r.RegisterActivity(w.Begins)
		r.RegisterActivity(w.Ends)
	}})
	require.NoError(w.t, at.Start())
	require.NoError(w.t, w.door.Reconcile(w.t.Context()))
	return func() { require.NoError(w.t, at.Drain(context.Background())) }
}

// toil is a run: it notes that it began, waits for a word, and notes how it ended.
func toil(ctx workflow.Context, req job.Request) (frame.Result, error) {
	ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{StartToCloseTimeout: time.Minute})
	var waits bool
	if err := workflow.ExecuteActivity(ctx, "Begins", req).Get(ctx, &waits); err != nil {
		return frame.Result{}, err
	}
	state := "done"
	if waits {
		workflow.NewSelector(ctx).
			AddReceive(workflow.GetSignalChannel(ctx, "go"), func(c workflow.ReceiveChannel, _ bool) { c.Receive(ctx, nil) }).
			AddReceive(workflow.GetSignalChannel(ctx, job.SignalDecide), func(c workflow.ReceiveChannel, _ bool) {
				var d job.Decision
				c.Receive(ctx, &d)
				state = "cancelled by " + d.Actor.Name
			}).Select(ctx)
	}
	return frame.Result{State: state}, workflow.ExecuteActivity(ctx, "Ends", req, state).Get(ctx, nil)
}

func (w *times) Begins(_ context.Context, req job.Request) (bool, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.runs = append(w.runs, req)
	return w.hold, nil
}

func (w *times) Ends(ctx context.Context, req job.Request, state string) error {
	_, err := w.ledger.Record(ctx, ledger.Entry{Key: req.Command.Key, Kind: ledger.KindOutcome, Run: req.ID, Job: "work", Data: ledger.Outcome{State: board.Done}})
	w.mu.Lock()
	defer w.mu.Unlock()
	w.ended = append(w.ended, req.ID+" "+state)
	return err
}

// began are the runs that began so far.
func (w *times) began() []job.Request {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.runs)
}

func (w *times) heard() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return strings.Join(w.said, "\n")
}

func (w *times) letGo(id string) {
	require.NoError(w.t, w.engine.Client().SignalWorkflow(w.t.Context(), id, "", "go", nil))
}

// runs waits until so many runs have begun.
func (w *times) awaits(n int) []job.Request {
	w.t.Helper()
	eventually(w.t, fmt.Sprintf("%d runs begin", n), func() bool { return len(w.began()) >= n })
	return w.began()
}

// describe is what the engine knows of a schedule.
func (w *times) describe(name string) *client.ScheduleDescription {
	w.t.Helper()
	d, err := w.engine.Client().ScheduleClient().GetHandle(w.t.Context(), job.SchedulePrefix+name).Describe(w.t.Context())
	require.NoError(w.t, err)
	return d
}

// last are the entries of a kind about a schedule, the newest first.
func (w *times) last(name, kind string) []ledger.Entry {
	w.t.Helper()
	list, err := w.ledger.Last(w.t.Context(), ledger.OfSchedule(name), kind, 100)
	require.NoError(w.t, err)
	return list
}

// lost are the lost times that were written down, the oldest first.
func (w *times) lost(name string) (all []ledger.Lost) {
	w.t.Helper()
	for _, e := range slices.Backward(w.last(name, ledger.KindLost)) {
		var l ledger.Lost
		require.NoError(w.t, e.Decode(&l))
		all = append(all, l)
	}
	return all
}

// poster hears what would be said in the chat.
type poster struct {
	activities.Poster
	w *times
}

func (p poster) Place(channel string) (job.Place, error) {
	return job.Place{Team: "T", Channel: channel}, nil
}

func (p poster) Post(_ context.Context, m board.Post) (job.Posted, error) {
	p.w.mu.Lock()
	defer p.w.mu.Unlock()
	p.w.said = append(p.w.said, m.Place.Channel+": "+m.Message.Plain())
	return job.Posted{Channel: m.Place.Channel, TS: "1"}, nil
}

// every is a schedule that comes so often, more often than pawl.yaml allows.
func every(name string, d time.Duration, overlap string) job.Scheduled {
	return job.Scheduled{
		Name: name, Run: "work on " + name, When: "every minute", Every: d, Zone: "Europe/Prague", Overlap: overlap, Missed: job.MissedSkip, Channel: "#ops",
	}
}

// yearly is a schedule whose time does not come while a test lasts.
func yearly(name, overlap string) job.Scheduled {
	far := time.Now().UTC().AddDate(0, 0, -2)
	line := fmt.Sprintf("0 0 %d %d *", far.Day(), far.Month())
	return job.Scheduled{Name: name, Run: "work on " + name, When: line, Cron: []string{line}, Zone: "UTC", Overlap: overlap, Missed: job.MissedSkip, Channel: "#ops"}
}

func (w *times) listed() string {
	list, err := w.engine.Client().ScheduleClient().List(w.t.Context(), client.ScheduleListOptions{})
	require.NoError(w.t, err)
	var ids []string
	for list.HasNext() {
		e, err := list.Next()
		require.NoError(w.t, err)
		ids = append(ids, e.ID)
	}
	slices.Sort(ids)
	return strings.Join(ids, " ")
}
