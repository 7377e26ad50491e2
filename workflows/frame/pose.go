package frame

import (
	"go.temporal.io/sdk/workflow"

	"github.com/pawl-ops/pawl/activities"
	"github.com/pawl-ops/pawl/internal/board"
)

// pose numbers a question, posts it and waits until it is closed. What was decided counts at once: the question is edited
// into its answer beside whatever the run does next.
func (f *F) pose(q *question) {
	f.inbox.asked++
	f.waits++
	timer, stopTimer := workflow.WithCancel(f.ctx)
	defer stopTimer()
	q.n, q.wait, q.until, q.expiry = f.inbox.asked, f.waits, f.now().Add(q.within), workflow.NewTimer(timer, q.within)
	f.inbox.ask = q
	if f.inbox.cancelled() {
		f.close(q, func() { q.cancel = true })
	}
	f.wake(f.ctx).SendAsync(false)

	f.keeper.live = len(f.current) > 0 // what runs beside it goes on
	f.board.State = board.Asking
	if q.posed != nil {
		q.posed(activities.Asked{})
	}
	f.touch()
	// A question stands under its board, in the place the board has found.
	_ = workflow.Await(f.ctx, func() bool { return f.keeper.placed || q.closed() })
	if !q.closed() {
		f.postQuestion(q)
	}
	_ = workflow.Await(f.ctx, q.closed)
	f.inbox.ask = nil
	if q.posting != nil {
		f.inbox.editing++
		workflow.Go(f.ctx, func(ctx workflow.Context) {
			defer func() { f.inbox.editing-- }()
			f.answered(ctx, q)
		})
	}
}

// close ends a question, once: what came first counts. From here on whoever answers it is told how it ended.
func (f *F) close(q *question, because func()) {
	if q.closed() {
		return
	}
	because()
	q.over = true
	f.inbox.past[q.n] = f.how(q)
}

// postQuestion posts it where those who may answer can see it. When there is no such place, a question to others is
// closed: nobody would ever answer it.
func (f *F) postQuestion(q *question) {
	if q.announce != nil {
		q.posting = q.announce(speaking(f.ctx))
		return
	}
	in := activities.AskInput{
		Run: f.ref(), Number: q.n, Wait: q.wait, Problem: board.PlainText(q.problem), Words: q.words(), Until: q.until, Board: f.at, Log: q.log,
		Post: board.Post{Place: f.place, Key: f.key("ask", q.n), Since: f.board.Started, Priority: board.Ask, Message: q.message()},
	}
	if in.By = q.by; q.need != nil {
		in.By = q.need.By
	}
	q.posting = workflow.ExecuteActivity(speaking(f.ctx), acts.PostAsk, in)
	workflow.Go(f.ctx, func(ctx workflow.Context) {
		var at activities.Asked
		err := q.posting.Get(ctx, &at)
		switch {
		case err != nil:
			workflow.GetLogger(ctx).Error("the question has no place", "error", err)
			if q.need != nil || len(q.by) > 0 {
				f.close(q, func() { q.unasked = board.Clean(cause(err)) })
			}
		case q.posed != nil && !q.closed():
			q.posed(at)
			f.touch()
		}
	})
}

// answered edits the question into its answer, wherever it stands by then, and tells the ledger that nobody is waited
// for any more.
func (f *F) answered(ctx workflow.Context, q *question) {
	var at activities.Asked
	if q.announce == nil { // an announcement is edited by the next one, and does not wait for the chat
		_ = q.posting.Get(ctx, &at) // without a place there is only the ledger to be told
	}
	problem, how := q.problem, f.inbox.past[q.n]
	if q.told != "" {
		problem = q.told
	}
	in := activities.AnsweredInput{Run: f.ref(), Wait: q.wait, At: at.Posted, Message: board.Message{
		Sentence: board.PlainText(problem + " " + how), Lines: []string{problem + " *" + how + "*"},
	}}
	if err := workflow.ExecuteActivity(speaking(ctx), acts.Answered, in).Get(ctx, nil); err != nil {
		workflow.GetLogger(ctx).Warn("editing a question into its answer", "error", err)
	}
}
