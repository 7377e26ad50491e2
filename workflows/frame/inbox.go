package frame

import (
	"fmt"
	"slices"

	"go.temporal.io/sdk/workflow"

	"github.com/pawl-ops/pawl/activities"
	"github.com/pawl-ops/pawl/internal/board"
	"github.com/pawl-ops/pawl/job"
)

// inbox is what a run hears: decisions of people, words of lanes, a cancel from the engine itself.
type inbox struct {
	outer   workflow.Context // the workflow's own context: cancelled through the engine
	cancel  *job.Decision    // the first cancel counts
	seen    map[job.Key]bool // a decision delivered twice has one effect
	ask     *question        // the open question
	asked   int              // number of the last question
	past    map[int]string   // how earlier questions were decided, for late answers
	telling int              // private answers on their way
	editing int              // questions that are edited into their answers
	heard   int              // how many signals were read
	flushed int              // how many requests of hearAll were met
	flushes int              // how many were made
	over    bool             // the run is ending: everything is too late now
	rescue  bool             // what went wrong is being put right: that is not stopped any more
}

// cancelled reports whether the run is to stop. What puts the world right again is not stopped.
func (i *inbox) cancelled() bool { return i.cancel != nil && !i.rescue }

// listen reads every signal as long as the run lives. It is blocked in one Select with the deadline of the open
// question, so that an answer and the expiry are decided by the order in which the server wrote them down.
func (f *F) listen(ctx workflow.Context) {
	decisions := workflow.GetSignalChannel(ctx, job.SignalDecide)
	words := workflow.GetSignalChannel(ctx, job.SignalLane)
	stopped := false
	for {
		s := workflow.NewSelector(ctx)
		s.AddReceive(decisions, func(c workflow.ReceiveChannel, _ bool) {
			var d job.Decision
			c.Receive(ctx, &d)
			f.hear(d)
		})
		s.AddReceive(words, func(c workflow.ReceiveChannel, _ bool) {
			var w job.LaneWord
			c.Receive(ctx, &w)
			f.hearLane(ctx, w)
		})
		if q := f.inbox.ask; q != nil && !q.closed() {
			s.AddFuture(q.expiry, func(workflow.Future) { f.close(q, func() { q.expired = true }) })
		}
		if !stopped {
			s.AddReceive(f.inbox.outer.Done(), func(workflow.ReceiveChannel, bool) {
				stopped = true
				f.hear(job.Decision{Choice: job.CancelChoice, Key: "engine", Actor: job.Actor{Kind: job.System, Name: "the engine"}})
			})
		}
		// The last case: it is taken when there is nothing else to read.
		s.AddReceive(f.wake(ctx), func(c workflow.ReceiveChannel, _ bool) {
			var flush bool
			c.Receive(ctx, &flush)
			if flush {
				f.inbox.flushed++
			}
		})
		s.Select(ctx)
	}
}

// hearAll waits until every signal that has arrived was read and answered. A signal that comes together with the last
// thing a run waits for would be lost otherwise: the run would end before listen had its turn.
func (f *F) hearAll() {
	for {
		_ = workflow.Await(f.ctx, func() bool { return f.inbox.telling == 0 })
		before := f.inbox.heard
		f.inbox.flushes++
		f.wake(f.ctx).SendAsync(true)
		_ = workflow.Await(f.ctx, func() bool { return f.inbox.flushed == f.inbox.flushes })
		if f.inbox.heard == before && f.inbox.telling == 0 {
			return
		}
	}
}

// wake is the channel by which the frame tells listen that a question was opened, or, with true, to say when it has read
// everything.
func (f *F) wake(ctx workflow.Context) workflow.Channel {
	if f.keeper.poke == nil {
		f.keeper.poke = workflow.NewBufferedChannel(ctx, 16)
	}
	return f.keeper.poke
}

// hear takes one decision: a cancel, the answer to the open question, or something that comes too late.
func (f *F) hear(d job.Decision) {
	if d.Key != "" && f.inbox.seen[d.Key] {
		return
	}
	f.inbox.seen[d.Key] = true
	q := f.inbox.ask
	switch {
	case f.inbox.over && (d.Choice == job.CancelChoice || f.inbox.past[d.Ask] == ""):
		f.tell(d, "That came too late: this run has ended.")
	case d.Choice == job.CancelChoice:
		f.hearCancel(d)
	case q != nil && q.cancel && (d.Ask == 0 || d.Ask == q.n):
		f.tell(d, f.takenBack(q))
	case q == nil || q.closed() || d.Ask != 0 && d.Ask != q.n:
		n := d.Ask
		if n == 0 {
			n = f.inbox.asked
		}
		if how := f.inbox.past[n]; how != "" {
			f.tell(d, "That was decided already: "+how)
		} else {
			f.tell(d, "There is no open question here.")
		}
	case !q.offers(d.Choice):
		f.tell(d, board.OtherWords(q.words()))
	case q.need != nil:
		f.hearApproval(q, d)
	default:
		f.close(q, func() { q.answer = &d })
	}
}

func (f *F) hearCancel(d job.Decision) {
	if f.inbox.cancel != nil {
		f.tell(d, f.stoppedAlready())
		return
	}
	if f.inbox.rescue {
		f.tell(d, "It is being put right already; that must come to an end.")
		return
	}
	f.inbox.cancel = &d
	if f.inbox.ask != nil {
		f.close(f.inbox.ask, func() { f.inbox.ask.cancel = true })
	}
	f.board.Buttons = nil
	if slices.ContainsFunc(f.current, func(r *running) bool { return r.atomic }) {
		f.board.Notes = append(f.board.Notes, fmt.Sprintf("%s asked to stop%s. This step must not be interrupted; it stops after it.", d.Actor.Display(), takesOver(d)))
	} else {
		f.board.Notes = append(f.board.Notes, d.Actor.Display()+" asked to stop"+takesOver(d)+"; stopping.")
	}
	f.cutAll()
	f.touch()
}

// takesOver says which run a cancel is for, where it is for one.
func takesOver(d job.Decision) string {
	if d.Actor.Kind != job.System || d.Because == "" {
		return ""
	}
	return " (" + d.Because + ")"
}

func (f *F) stoppedAlready() string {
	return f.inbox.cancel.Actor.Display() + " has stopped it already; it is being cleaned up."
}

// takenBack is told to whoever answers a question in the moment in which the run was cancelled.
func (f *F) takenBack(q *question) string {
	if q.need != nil {
		return f.inbox.cancel.Actor.Display() + " took it back; nothing is done."
	}
	return f.stoppedAlready()
}

// cancelled is the end that a cancel leads to.
func (f *F) cancelled(step int) *failure {
	return &failure{state: board.Cancelled, step: step, by: f.inbox.cancel.Actor.Display()}
}

// tell answers somebody whose decision changes nothing, counted somebody whose answer has been taken.
func (f *F) tell(d job.Decision, text string)    { f.answer(d, text, true) }
func (f *F) counted(d job.Decision, text string) { f.answer(d, text, false) }

// answer answers one person privately, beside whatever the run is doing. Where they are not in the run's own conversation,
// the answer leads there.
func (f *F) answer(d job.Decision, text string, moot bool) {
	if d.Actor.Kind != job.SlackUser && d.Actor.Kind != job.CLIUser {
		return
	}
	f.inbox.telling++
	workflow.Go(f.ctx, func(ctx workflow.Context) {
		defer func() { f.inbox.telling-- }()
		place := f.place
		if d.Place.Channel != "" { // where the person looks: the question may stand elsewhere
			place = d.Place
		}
		if d.Source == job.SourceTerminal {
			place = job.Place{} // the door reads it out of the ledger
		}
		in := activities.WhisperInput{Run: f.ref(), Heard: d.Key, Moot: moot, Place: place, To: d.Actor, Message: board.Message{Sentence: board.PlainText(text), Lines: []string{text}}}
		if place.Channel != "" && place.Channel != f.place.Channel && !f.place.Direct {
			in.Follow = f.at
		}
		if err := workflow.ExecuteActivity(speaking(ctx), acts.Whisper, in).Get(ctx, nil); err != nil {
			workflow.GetLogger(ctx).Warn("answering a late decision", "error", err)
		}
	})
}
