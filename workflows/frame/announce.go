package frame

import (
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/pawl-ops/pawl/activities"
	"github.com/pawl-ops/pawl/internal/board"
	"github.com/pawl-ops/pawl/internal/ledger"
	"github.com/pawl-ops/pawl/internal/syncs"
	"github.com/pawl-ops/pawl/job"
)

// announcePatience is how long the end of a run waits for the chat to take the announcement. It is made up for later;
// the times of a schedule do not wait for the chat.
const announcePatience = 30 * time.Second

// pauseIt holds the times of a sync and ends the run.
var pauseIt = Choice{Word: "pause", Label: "Pause", Past: "paused it"}

// onlyAnnounced reports whether the run has no board and no messages of its own: a schedule started it, and how it goes is told
// where people read of the sync.
func (f *F) onlyAnnounced() bool { return f.announced && !f.req.Due.Zero() }

// begun says that a sync began to fetch.
func (f *F) announceBegin() {
	if f.sync == "" {
		return
	}
	workflow.Go(f.ctx, func(ctx workflow.Context) {
		f.announce(announcing(ctx, announcePatience), activities.SyncEvent{What: activities.EventBegan})
	})
}

// ended says how it ended.
func (f *F) announceEnd(ctx workflow.Context) {
	if f.sync == "" || f.board.State == board.Planned {
		return
	}
	n := activities.SyncEvent{What: activities.EventEnded, Failed: f.failed != nil, By: f.tried}
	if !f.told && (f.board.State == board.Failed || f.board.State == board.Refused) {
		n.Trouble = f.trouble
		if n.Trouble.Fault.Class == "" {
			n.Trouble.Fault = job.Fault{Class: job.FaultOurs, Says: f.failed.problem}
		}
	}
	f.announce(announcing(ctx, announcePatience), n)
}

func (f *F) announce(ctx workflow.Context, n activities.SyncEvent) {
	n.Run, n.Sync, n.Due = f.ref(), f.sync, f.req.Due
	if err := workflow.ExecuteActivity(ctx, acts.AnnounceSync, n).Get(ctx, nil); err != nil {
		workflow.GetLogger(ctx).Warn("announcing", "what", n.What, "error", err)
	}
}

// persist puts a step that does not work to whoever mends it, as an announcement, and tries it again by itself as long as that makes
// sense and the next time of the schedule is not near. The answer is nil when nobody gave one; again says that its time
// has come.
func (f *F) persist(s Step, out outcome) (q *question, answer *job.Decision, again bool) {
	next, deadline := f.nextTry(out.fault), f.giveUp()
	q = &question{problem: out.problem, choices: append(s.choices()[:len(s.choices())-1], pauseIt), within: deadline.Sub(f.now())}
	f.trouble = ledger.Trouble{Fault: out.fault, Step: s.name}
	if !next.IsZero() && next.Before(deadline) {
		q.within, again = next.Sub(f.now()), true
		f.trouble.Next = next
	}
	if q.within <= 0 {
		return q, nil, false
	}
	q.announce = func(ctx workflow.Context) workflow.Future {
		n := activities.SyncEvent{What: activities.EventTrouble, Trouble: f.trouble, Ask: q.n, Wait: q.wait, Run: f.ref(), Sync: f.sync, Due: f.req.Due}
		for _, c := range q.choices {
			label := c.Label
			if c.Word == tryAgain.Word {
				label = "Try now"
			}
			n.Answers = append(n.Answers, syncs.Answer{Word: c.Word, Label: label})
		}
		return workflow.ExecuteActivity(ctx, acts.AnnounceSync, n)
	}
	f.told = true
	f.pose(q)
	f.board.State = board.Running
	if f.tried = ""; q.answer != nil {
		f.tried = q.answer.Actor.Display()
	}
	return q, q.answer, again && q.expired
}

// nextTry is when a step is tried again by itself; zero when that is pointless without a change.
func (f *F) nextTry(fault job.Fault) time.Time {
	if fault.Final {
		return time.Time{}
	}
	return f.now().Add(max(f.req.Timers.SyncRetry, fault.After))
}

// beforeNext is how long before its next time a run makes room.
const beforeNext = 5 * time.Second

// giveUp is when nobody is waited for any more: just before the schedule's next time, whose run begins anew, or
// when any question ends.
func (f *F) giveUp() time.Time {
	if f.req.Due.Next.IsZero() {
		return f.now().Add(f.req.Timers.AskWithin)
	}
	return f.req.Due.Next.Add(-beforeNext)
}

// hold pauses the times of the sync when somebody said so.
func (f *F) hold(d *job.Decision) {
	if d == nil || d.Choice != pauseIt.Word {
		return
	}
	in := activities.HoldInput{Hold: job.Hold{Schedule: f.req.Due.Schedule, Paused: true, By: d.Actor, Because: d.Because}}
	if err := workflow.ExecuteActivity(acting{}.options(f.ctx), acts.HoldSchedule, in).Get(f.ctx, nil); err != nil {
		workflow.GetLogger(f.ctx).Error("pausing a schedule", "schedule", in.Hold.Schedule, "error", err)
	}
}
