package frame

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/workflow"

	"github.com/pawl-ops/pawl/activities"
	"github.com/pawl-ops/pawl/internal/board"
	"github.com/pawl-ops/pawl/internal/ledger"
	"github.com/pawl-ops/pawl/job"
)

// F is a run under way: what a job's function works with.
type F struct {
	ctx   workflow.Context // disconnected: the frame alone decides what a cancel cuts
	req   job.Request
	first string // first execution run id: the same along continue-as-new and reset
	doing string // the board's title while it works
	safe  string // what still holds while nothing irreversible began

	board   board.Board
	at      job.Posted // where the board is
	place   job.Place  // where the run speaks; moves down the ladder when a place vanishes
	usual   activities.Usual
	says    string // the plan in a sentence or two
	what    string // what it is done to
	results map[string]string
	sample  []string // what a plan says of what it shows

	say      []string // sentences for the last message
	whispers []string // sentences for the person who asked alone
	leftOut  []string // steps that a person went on without, in quotes
	title    string   // set by Done
	detail   string

	keeper   keeper
	inbox    inbox
	lanes    lanes
	approval approval
	fixed    int           // how many lines of the board are the frame's own, before the job's steps
	listed   bool          // the job's steps are on the board before it began
	listing  *[]board.Step // where the steps are only listed and not run

	current []*running // the attempts under way
	givenUp bool       // a person, or a deadline, ended a step: what runs beside it is stopped
	ordinal int        // of the last remote process
	waits   int        // how often it waited for a person or a turn
	cleanup []tidying
	began   bool // an irreversible step has begun

	overtakes bool
	planned   json.RawMessage // the first plan that was made
	confirmed bool            // whoever asked said yes to the plan

	announced bool           // how it goes is told in a channel
	sync      string         // the sync whose channel that is
	trouble   ledger.Trouble // what kept it from going on last
	told      bool           // that trouble was told
	tried     string         // who had it tried again last
	failed    *failure
	last      *board.Message // what the last message says, once it is known
}

func newF(ctx workflow.Context, req job.Request, doing, safe string) *F {
	root, _ := workflow.NewDisconnectedContext(ctx)
	f := &F{
		ctx: root, req: req, first: workflow.GetInfo(ctx).FirstRunID, doing: doing, safe: safe,
		place: req.Command.Place, results: map[string]string{},
		board: board.Board{ID: req.ID, Title: strings.TrimSuffix(doing, ":"), State: board.Running, Started: workflow.Now(ctx)},
	}
	f.inbox = inbox{outer: ctx, seen: map[job.Key]bool{}, past: map[int]string{}}
	return f
}

// Who is the person who asked.
func (f *F) Who() job.Actor { return f.req.Command.Actor }

// Result is what a script told with "pawl: result name=value", or the empty text.
func (f *F) Result(name string) string { return f.results[name] }

// Done gives the board its last title and the last message its first sentence: "Your toy database is fresh", and
// what a person wants to know beside it: "master as of 14:02, 1.6 GB".
func (f *F) Done(title, detail string, args ...any) {
	f.title, f.detail = title, fmt.Sprintf(detail, args...)
}

// Told is what a step that is done said of itself; empty when there is no such step.
func (f *F) Told(step string) string {
	for _, s := range f.board.Steps {
		if s.Name == step {
			return s.Detail
		}
	}
	return ""
}

// Runbook is what the run does where pawl.yaml says it, as it was when the run started; nil when a Go file does.
func (f *F) Runbook() *job.Runbook { return f.req.Runbook }

// Now is the time, as the run's history has it.
func (f *F) Now() time.Time { return f.now() }

// Timers are how long the engine and the run wait for what.
func (f *F) Timers() job.Timers { return f.req.Timers }

// At is where the board of the run is; zero while it has none.
func (f *F) At() job.Posted { return f.at }

// Because is the reason that was given for the run, cleaned; empty when none was.
func (f *F) Because() string { return strings.TrimSpace(board.Clean(f.req.Command.Args[becauseArg])) }

// Span is a duration as people read it.
func Span(d time.Duration) string { return board.Span(d) }

// Day is a moment that may be some days away, as people read it, each in their own zone.
func Day(t time.Time) string { return board.Day(t) }

// Place is where the run speaks: nowhere when it is only announced.
func (f *F) Place() job.Place {
	if f.onlyAnnounced() {
		return job.Place{}
	}
	return f.place
}

// Ref names the run to its activities.
func (f *F) Ref() activities.RunRef { return f.ref() }

// Say adds a sentence to the last message.
func (f *F) Say(format string, args ...any) { f.say = append(f.say, fmt.Sprintf(format, args...)) }

// Whisper tells something at the end to nobody but the person who asked.
func (f *F) Whisper(format string, args ...any) {
	f.whispers = append(f.whispers, fmt.Sprintf(format, args...))
}

// View can look at the world and change nothing.
type View struct {
	Who     job.Actor         // the person who asked
	Args    map[string]string // what was said after the command's name
	Runbook *job.Runbook      // what the run does, where pawl.yaml says it
	ctx     workflow.Context
	timers  job.Timers
	Run     string          // its id
	first   json.RawMessage // the first plan of the run; nil while that is being made
	before  any             // the same with its type
}

// Before is the plan as it was when the run began, when it is made once more: a job that puts something back must not
// lose sight of what it was to put back, though the world moved while it waited.
func Before[P any](v View) (plan P, ok bool) {
	plan, ok = v.before.(P)
	return plan, ok
}

// See calls an activity that observes. It is tried three times within half a minute.
func See[In, Out any](v View, observe func(context.Context, In) (Out, error), in In) (Out, error) {
	var out Out
	err := workflow.ExecuteActivity(looking(v.ctx), observe, in).Get(v.ctx, &out)
	return out, err
}

// Peek calls an activity that observes and may take up to a minute, in which its heartbeats say that it lives. When its
// process dies it is called again.
func Peek[In, Out any](v View, observe func(context.Context, In) (Out, error), in In) (Out, error) {
	var out Out
	err := workflow.ExecuteActivity(peeking(v.ctx, v.timers), observe, in).Get(v.ctx, &out)
	return out, err
}

// Refuse ends the run before anything happened; the text is shown as it is.
func Refuse(format string, args ...any) error { return &refusal{text: fmt.Sprintf(format, args...)} }

type refusal struct{ text string }

func (r *refusal) Error() string { return r.text }

// Took is how long the job's steps have taken so far, from the beginning of the first, in words: "35 s".
func (f *F) Took() string { return board.Span(f.worked()) }

func (f *F) worked() time.Duration {
	for _, s := range f.board.Steps[min(f.fixed, len(f.board.Steps)):] {
		if !s.Started.IsZero() {
			return f.now().Sub(s.Started)
		}
	}
	return 0
}

// failure is an end that is not a success: how the board says it, and the words for the last message.
type failure struct {
	state   board.State
	step    int // 1-based; 0: before the first
	problem string
	quote   []string
	by      string // who stopped it
	// withdrawn: it was taken back while others were asked whether they agree
	withdrawn bool
	// plainly: the problem says all there is
	plainly bool
	// unasked: there was no place to ask others whether they agree
	unasked bool
	// title and means are the job's own words for this end: the board's last title, and what it means for people
	title, means string
	// again: the same may be asked for once more with a button
	again bool
	// undone: the step is known to have changed nothing
	undone bool
	// decided: a person ended it, or the deadline of a question
	decided bool
	// quiet: the board says all there is, and nobody is notified
	quiet bool
}

func (f *failure) Error() string { return fmt.Sprintf("%s at step %d: %s", f.state, f.step, f.problem) }

// touch marks the board as changed.
func (f *F) touch() { f.keeper.dirty = true }

func (f *F) now() time.Time { return workflow.Now(f.ctx) }

// log writes lines with the run's id and job, and what else is given. Nothing is written while a run is replayed.
func (f *F) log(keyvals ...any) log.Logger { return log.With(workflow.GetLogger(f.ctx), keyvals...) }

// key is the identity of one of the run's messages.
func (f *F) key(what string, n ...int) string {
	parts := []string{f.first, what}
	for _, i := range n {
		parts = append(parts, fmt.Sprint(i))
	}
	return strings.Join(parts, "/")
}
