package frame

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/pawl-ops/pawl/activities"
	"github.com/pawl-ops/pawl/internal/board"
	"github.com/pawl-ops/pawl/job"
)

// live is the life of every run, from the first post to the outcome in the ledger.
func (f *F) live(b body) (Result, error) {
	if err := workflow.SetQueryHandler(f.ctx, job.QueryBoard, func() (board.Board, error) { return f.shown(), nil }); err != nil {
		return Result{}, err
	}
	f.board.Buttons = []board.Button{f.cancelButton("Cancel")}
	workflow.Go(f.ctx, f.listen)
	f.lead()
	if f.onlyAnnounced() {
		f.keeper.placed, f.keeper.done = true, true
	} else {
		posting := f.post()
		workflow.Go(f.ctx, func(ctx workflow.Context) { f.posted(ctx, posting); f.keep(ctx) })
	}
	f.settle(f.work(b))
	return f.end()
}

// work is everything between the first post and the end; its error says how the run ended. It does not wait for the
// post: the chat may be down, and a job does not depend on it.
func (f *F) work(b body) error {
	plan, err := f.plan(b)
	if err != nil {
		return err
	}
	if f.req.Command.Plan {
		return f.planOnly(b, plan)
	}
	if plan, err = f.clear(b, plan); err != nil {
		return err
	}
	says, err := b.says(plan)
	if err != nil {
		return err
	}
	f.says = says
	if f.sync, err = b.sync(plan); err != nil {
		return err
	}
	f.announceBegin()
	f.lead()
	f.keeper.live = true
	f.touch()
	return b.do(f, plan)
}

// clear gets everything a run needs before it may change the world: the agreement of others, its lanes, and a plan that
// is still true when it has them. Nothing waits for people while it holds a lane.
func (f *F) clear(b body, plan json.RawMessage) (json.RawMessage, error) {
	for {
		if err := f.confirm(b, plan); err != nil {
			return nil, err
		}
		if f.req.Approve.Needed() {
			if err := f.agree(b, plan); err != nil {
				return nil, err
			}
		}
		names, err := b.lanes(plan)
		if err != nil {
			return nil, err
		}
		f.lanes.wanted, f.lanes.granted = names, map[string]bool{}
		if err := f.takeLanes(); err != nil {
			return nil, err
		}
		now, err := plan, error(nil)
		if len(names) > 0 || f.pledged() {
			now, err = f.again(b, plan)
		}
		if err != nil || !f.pledged() {
			return now, err
		}
		same, err := f.still(b, plan, now)
		if err != nil || same {
			return now, err
		}
		f.releaseLanes()
		f.lanes = lanes{}
		plan = now
	}
}

// plan looks at the world. A refusal passes through; anything else that went wrong is told as not having looked.
func (f *F) plan(b body) (json.RawMessage, error) {
	if f.inbox.cancelled() {
		return nil, f.cancelled(0)
	}
	made, err := b.plan(f.view(), f.req.Command.Args)
	if err == nil {
		if f.planned == nil {
			f.planned = made
		}
		return made, f.name(b, made)
	}
	return nil, unseen(err)
}

// view is what a plan is made with.
func (f *F) view() View {
	return View{Who: f.Who(), Args: f.req.Command.Args, Runbook: f.req.Runbook, Run: f.req.ID, ctx: f.ctx, timers: f.req.Timers, first: f.planned}
}

// unseen is the end of a run that could not look at the world.
func unseen(err error) error {
	var no *refusal
	if errors.As(err, &no) {
		return err
	}
	var app *temporal.ApplicationError
	if errors.As(err, &app) && app.Type() == activities.RefusedType {
		return &refusal{text: app.Message()}
	}
	return &failure{state: board.Failed, problem: "I could not look at what is there: " + strings.TrimSuffix(board.Clean(cause(err)), ".") + ".", quote: quoted(faultOf(err))}
}

// name puts what the plan is about into the title.
func (f *F) name(b body, plan json.RawMessage) (err error) {
	if f.what, err = b.what(plan); err != nil {
		return err
	}
	if f.what = board.Clean(f.what); f.what != "" {
		f.board.Title = f.doing + " " + f.what
	}
	return err
}

// again makes the plan once more when the lanes are ours, because the world may have moved while the run waited.
// Where nobody agreed to it there is nothing to void: the newer plan counts.
func (f *F) again(b body, before json.RawMessage) (json.RawMessage, error) {
	if !f.lanes.waited && !f.pledged() {
		return before, nil
	}
	now, err := f.plan(b)
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(before, now) && !f.pledged() {
		workflow.GetLogger(f.ctx).Info("the situation changed while the run waited; the newer plan counts")
	}
	return now, nil
}

// post puts the board into the thread; the future is taken by posted.
func (f *F) post() workflow.Future {
	return workflow.ExecuteActivity(speaking(f.ctx), acts.PostBoard, activities.PostBoardInput{
		Job: f.req.Command.Name,
		Run: f.ref(),
		Post: board.Post{
			Place: f.place, Key: f.key("board"), Since: f.req.Command.Typed, Priority: board.First, Message: f.board.Message(f.now()),
		},
	})
}

func (f *F) posted(ctx workflow.Context, posting workflow.Future) {
	defer func() { f.keeper.placed = true }()
	var out activities.PostedBoard
	if err := posting.Get(ctx, &out); err != nil {
		// Nothing can be said anywhere; the run goes on, and its outcome is in the ledger.
		workflow.GetLogger(ctx).Error("the board has no place", "error", err)
		return
	}
	f.at, f.place, f.usual = out.At, out.Place, out.Usual
	f.under(out.At)
	f.lead()
	for i, s := range f.board.Steps {
		f.board.Steps[i].Usual = f.usual.Steps[s.Name]
	}
}

// lead says under the title how long it usually takes and what the plan says.
func (f *F) lead() {
	if f.board.State != board.Running && f.board.State != board.Asking {
		return // it says what is waited for, or how it ended
	}
	f.board.Lead = nil
	lines := strings.FieldsFunc(f.says, func(r rune) bool { return r == '\n' })
	if f.usual.Total > 0 {
		usual := "Usually " + board.Rough(f.usual.Total) + "."
		if len(lines) == 0 {
			lines = []string{usual}
		} else {
			lines[0] = usual + " " + lines[0]
		}
	}
	if by := f.scheduledBy(); by != "" {
		lines = append([]string{by}, lines...)
	}
	f.board.Lead = lines
}

// settle turns the error of a run into its last state.
func (f *F) settle(err error) {
	var fail *failure
	var no *refusal
	switch {
	case err == nil && f.inbox.cancelled() && f.unfinished():
		f.failed = f.cancelled(0)
	case err == nil:
		return
	case errors.As(err, &no):
		f.failed = &failure{state: board.Refused, problem: no.text}
	case errors.As(err, &fail):
		f.failed = fail
	default:
		f.failed = &failure{state: board.Failed, problem: cause(err)}
	}
}

func (f *F) unfinished() bool {
	for _, s := range f.board.Steps {
		if s.State != board.StepDone {
			return true
		}
	}
	return false
}

func (f *F) ref() activities.RunRef {
	return activities.RunRef{ID: f.req.ID, First: f.first, Job: f.req.Command.Name, Key: f.req.Command.Key, Actor: f.req.Command.Actor}
}

// cause is the innermost message of an engine error: the part that was written for a reader.
func cause(err error) string {
	var app *temporal.ApplicationError
	if errors.As(err, &app) {
		return app.Message()
	}
	var timeout *temporal.TimeoutError
	if errors.As(err, &timeout) {
		return "no answer in time"
	}
	return err.Error()
}
