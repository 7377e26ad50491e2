package frame_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/workflow"

	"github.com/pawl-ops/pawl/activities"
	"github.com/pawl-ops/pawl/internal/board"
	"github.com/pawl-ops/pawl/internal/ledger"
	"github.com/pawl-ops/pawl/job"
	"github.com/pawl-ops/pawl/workflows/frame"
)

var alice = job.Actor{Kind: job.SlackUser, ID: "U1", Name: "alice", Full: "Alice"}

// world is a chat, a host and a ledger in memory, for tests that need skipped time. What the wire does is tested elsewhere.
type world struct {
	nothing
	mu       sync.Mutex
	said     []string    // "post <key>: text", "edit <ts>: text"
	places   []job.Place // of everything that was posted
	last     map[string]string
	posted   map[string]job.Posted // by key
	rows     map[string]ledger.Entry
	scripts  map[string]func(job.Process) (job.Progress, error) // by script name
	hangs    string                                             // the script that runs until it is cancelled
	ran      []string
	stopped  []string
	lanes    []job.LaneWord
	gone     bool
	sees     bool // those who may agree see the run's own thread
	asked    []string
	finds    []string // what each look at the world finds
	refuses  int      // how many posts of the board it does not take
	released []string
	edited   func(ts string)         // told of every edit before it is made; nil: nobody is
	wrote    func(kind string)       // told of every row of the ledger before it is written; nil: nobody is
	fails    func(what string) error // whether a deed fails: "edit 2.0", "row question/1", "post ask/1 in #ops", "place #ops"; nil: none does
	order    []string                // kinds of the rows, in the order in which they were written
	held     []string                // what was written down about the lanes it holds
	book     []ledger.Entry          // all rows, in the order in which they were written
	source   func(n int) error       // what the n'th fetch of a sync meets; nil: it works
	fetches  int
	each     bool // every run of a sync is told
	now      func() time.Time
}

// fail is the error of a deed that is to fail.
func (w *world) fail(what string) error {
	if w.fails == nil {
		return nil
	}
	return w.fails(what)
}

// nothing is a ledger in which nothing was ever deployed or locked.
type nothing struct{}

func (nothing) OpenRuns(context.Context) ([]ledger.Run, error) { return nil, nil }
func (nothing) ReleasesOf(context.Context, string, string, int) ([]job.Release, error) {
	return nil, nil
}
func (nothing) Lock(context.Context, string, string) (job.Lock, error) { return job.Lock{}, nil }

func newWorld() *world {
	return &world{last: map[string]string{}, posted: map[string]job.Posted{}, rows: map[string]ledger.Entry{}, scripts: map[string]func(job.Process) (job.Progress, error){}}
}

func (w *world) Post(_ context.Context, p board.Post) (job.Posted, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.refuses > 0 && strings.HasSuffix(p.Key, "/board") {
		w.refuses--
		return job.Posted{}, errors.New("the chat is down")
	}
	if err := w.fail("post " + p.Key[strings.Index(p.Key, "/")+1:] + " in " + p.Place.Channel); err != nil {
		return job.Posted{}, err
	}
	if at, ok := w.posted[p.Key]; ok && p.Again {
		return at, nil
	}
	at := job.Posted{Channel: p.Place.Channel, TS: fmt.Sprintf("%d.0", len(w.said)+1)}
	w.posted[p.Key] = at
	w.places = append(w.places, p.Place)
	w.said = append(w.said, "post "+p.Key[strings.Index(p.Key, "/")+1:])
	if strings.Contains(p.Key, "/ask/") {
		w.asked = append(w.asked, p.Place.Channel+": "+p.Message.Plain())
	}
	w.last[at.TS] = p.Message.Plain()
	return at, nil
}

func (w *world) Edit(_ context.Context, at job.Posted, _ board.Priority, render func() board.Message) error {
	if w.edited != nil {
		w.edited(at.TS)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.gone {
		w.gone = false
		return board.ErrGone
	}
	if err := w.fail("edit " + at.TS); err != nil {
		return err
	}
	w.last[at.TS] = render().Plain()
	return nil
}

func (w *world) Whisper(_ context.Context, _ job.Place, to job.Actor, m board.Message) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.said = append(w.said, "whisper "+to.Name+": "+m.Sentence)
	return nil
}

func (w *world) File(_ context.Context, place job.Place, name, title string, content []byte) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.said = append(w.said, fmt.Sprintf("file %s in %s: %s: %s", name, place.Channel, title, content))
	return nil
}

// logs is the part of a host that keeps logs; the tests of frames run no scripts.
type logs struct{ activities.Remote }

func (logs) Log(_ context.Context, s job.Script, p job.Process, _ int64) (string, error) {
	return fmt.Sprintf("all %s said in step %d", s.Name, p.Step), nil
}

func (w *world) Sees(context.Context, job.Place, []string) (bool, error) { return w.sees, nil }

func (w *world) Place(channel string) (job.Place, error) {
	return job.Place{Channel: channel}, w.fail("place " + channel)
}

func (w *world) Link(_ context.Context, at job.Posted) (string, error) {
	return "https://acme.test/" + at.TS, nil
}

func (w *world) React(_ context.Context, _ job.Place, name string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.said = append(w.said, "react "+name)
	return nil
}

func (w *world) Record(_ context.Context, e ledger.Entry) (bool, error) {
	if w.wrote != nil {
		w.wrote(e.Kind)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.fail("row " + e.Kind); err != nil {
		return false, err
	}
	_, old := w.rows[string(e.Key)+"/"+e.Kind]
	if !old {
		w.rows[string(e.Key)+"/"+e.Kind] = e
		w.order = append(w.order, e.Kind)
		w.book = append(w.book, e)
	}
	return !old, nil
}

func (w *world) Last(_ context.Context, about, kind string, n int) (last []ledger.Entry, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for i := len(w.book) - 1; i >= 0 && len(last) < n; i-- {
		if e := w.book[i]; e.Job == about && e.Kind == kind {
			raw, err := json.Marshal(e.Data)
			if err != nil {
				return nil, err
			}
			e.Data = json.RawMessage(raw)
			last = append(last, e)
		}
	}
	return last, nil
}

func (w *world) Usual(context.Context, string) (ledger.Usual, error) {
	return ledger.Usual{Total: 4 * time.Minute, Steps: map[string]time.Duration{"First": time.Minute}, Runs: 3}, nil
}

// runScript stands for the activity that talks to hosts.
func (w *world) runScript(ctx context.Context, in activities.ScriptInput) (job.Progress, error) {
	w.mu.Lock()
	name := in.Script.Name
	w.ran = append(w.ran, fmt.Sprintf("%s %s", name, strings.TrimPrefix(in.Process.Dir(), in.Process.Run+".")))
	do := w.scripts[name]
	hangs := w.hangs == name
	w.mu.Unlock()
	if hangs {
		untilCancelled(ctx)
		return job.Progress{State: job.Running}, nil
	}
	if do == nil {
		return job.Progress{State: job.Exited, Done: name + " is done", Result: map[string]string{"of": name}}, nil
	}
	over := make(chan struct{})
	defer close(over)
	go beatUntil(ctx, over)
	return do(in.Process)
}

// beatUntil says that an activity lives while it waits for something else than the engine.
func beatUntil(ctx context.Context, over <-chan struct{}) {
	t := time.NewTicker(50 * time.Millisecond)
	defer t.Stop()
	for {
		activity.RecordHeartbeat(ctx)
		select {
		case <-over:
			return
		case <-t.C:
		}
	}
}

func (w *world) stopScript(_ context.Context, in activities.ScriptInput) (job.Progress, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.stopped = append(w.stopped, in.Script.Name)
	return job.Progress{State: job.Stopped}, nil
}

type plan struct {
	First, Second, Tidy job.Script
}

func two(f *frame.F, p plan) error {
	err := f.Do(
		frame.Script("First", p.First, frame.Cleanup(p.Tidy)),
		frame.Script("Second", p.Second, frame.Once, frame.Atomic),
	)
	if err == nil {
		f.Done("It is fresh", "as of %s", f.Result("of"))
		f.Say("Not what you wanted? `undo` it.")
		f.Whisper("Connect with `psql`.")
	}
	return err
}

func planTwo(frame.View, frame.Nothing) (plan, error) {
	host := job.Host{Name: "toys", Address: "toys:22"}
	return plan{First: job.Script{Name: "first", Host: host}, Second: job.Script{Name: "second", Host: host}, Tidy: job.Script{Name: "tidy", Host: host}}, nil
}

func twoLanes(plan) []frame.Lane {
	return []frame.Lane{{Name: "toy/alice"}, {Name: "toy/server", Capacity: 2}}
}

func define(change func(*frame.Job[frame.Nothing, plan])) frame.Definition {
	j := frame.Job[frame.Nothing, plan]{
		Name: "fresh", Help: "make it fresh", Doing: "Making it fresh", Safe: "The old one works as before.",
		Plan: planTwo, Run: two,
	}
	if change != nil {
		change(&j)
	}
	return frame.Define(j)
}

// start runs the job with skipped time, and gives the world as it was left.
func start(t *testing.T, d frame.Definition, w *world, during func(*testsuite.TestWorkflowEnvironment)) frame.Result {
	t.Helper()
	return startAs(t, d, w, func(*job.Request) {}, during)
}

// startAs is start with another request.
func startAs(t *testing.T, d frame.Definition, w *world, change func(*job.Request), during func(*testsuite.TestWorkflowEnvironment)) frame.Result {
	t.Helper()
	var suite testsuite.WorkflowTestSuite
	env := suite.NewTestWorkflowEnvironment()
	env.SetTestTimeout(2 * time.Minute)
	acts := &activities.Activities{Poster: w, Ledger: w, Remote: logs{}, Now: env.Now, AskIn: "#ops", Syncs: w.syncs()}
	env.RegisterActivity(acts)
	env.RegisterActivity(w.Look)
	env.RegisterActivity(w.Fetch)
	env.RegisterActivity(w.Move)
	env.RegisterWorkflowWithOptions(d.Workflow(), workflow.RegisterOptions{Name: d.Spec.Name})
	env.OnActivity("RunScript", anything, anything).Return(w.runScript).Maybe()
	env.OnActivity("StopScript", anything, anything).Return(w.stopScript).Maybe()
	env.OnActivity("KeepBoard", anything, anything).Return(func(ctx context.Context, _ activities.KeepInput) (activities.Kept, error) {
		untilCancelled(ctx)
		return activities.Kept{}, nil
	}).Maybe()
	env.OnActivity("AskLane", anything, anything).Return(func(_ context.Context, in activities.LaneInput) error {
		w.mu.Lock()
		w.lanes = append(w.lanes, in.Word)
		w.mu.Unlock()
		return nil
	}).Maybe()
	env.OnSignalExternalWorkflow(anything, anything, anything, job.SignalLane, anything).Return(
		func(_, id, _, _ string, arg any) error {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.released = append(w.released, id+" "+arg.(job.LaneWord).Word)
			return nil
		}).Maybe()
	env.OnUpsertTypedSearchAttributes(anything).Run(func(args mock.Arguments) {
		names, _ := args.Get(0).(temporal.SearchAttributes).GetKeywordList(activities.HeldKey)
		w.held = append(w.held, strings.Join(names, " "))
	}).Return(nil).Maybe()
	if during != nil {
		during(env)
	}
	req := job.Request{
		ID: "fresh-k4m7q2",
		Command: job.Command{
			Name: d.Spec.Name, Key: "T:C:1", Actor: alice, Text: "fresh",
			Place: job.Place{Channel: "C", Thread: "1", Message: "1"}, Typed: env.Now(),
		},
		Timers: job.Timers{Heartbeat: 500 * time.Millisecond, BoardTick: 2 * time.Second, AskWithin: time.Hour, LaneRepeat: 3 * time.Minute},
	}
	change(&req)
	env.ExecuteWorkflow(d.Spec.Name, req)
	require.True(t, env.IsWorkflowCompleted())
	var res frame.Result
	err := env.GetWorkflowError()
	if err == nil {
		require.NoError(t, env.GetWorkflowResult(&res))
		return res
	}
	var app *temporal.ApplicationError
	require.ErrorAs(t, err, &app)
	require.Equal(t, "JobFailed", app.Type(), err)
	require.NoError(t, app.Details(&res))
	return res
}

func decide(env *testsuite.TestWorkflowEnvironment, after time.Duration, d job.Decision) {
	env.RegisterDelayedCallback(func() { env.SignalWorkflow(job.SignalDecide, d) }, after)
}

func granted(env *testsuite.TestWorkflowEnvironment, after time.Duration, lane string) {
	env.RegisterDelayedCallback(func() {
		env.SignalWorkflow(job.SignalLane, job.LaneWord{Word: job.LaneGranted, Lane: lane})
	}, after)
}

// untilCancelled beats like a watching activity does: the test environment delivers a cancel with a heartbeat.
func untilCancelled(ctx context.Context) {
	t := time.NewTicker(2 * time.Millisecond)
	defer t.Stop()
	for {
		activity.RecordHeartbeat(ctx)
		select {
		case <-ctx.Done():
			return
		case <-t.C:
		}
	}
}

// What pawl.yaml leaves out of a section is as the declaration of the job has it, each time anew.
func TestASectionBeginsWithItsDefaults(t *testing.T) {
	t.Parallel()
	type section struct{ Reuse time.Duration }
	d := frame.Definition{Section: "toy", Config: section{Reuse: time.Hour}}
	first, ok := d.NewConfig().(*section)
	require.True(t, ok)
	require.Equal(t, &section{Reuse: time.Hour}, first)
	first.Reuse = 0
	require.Equal(t, &section{Reuse: time.Hour}, d.NewConfig())
}
