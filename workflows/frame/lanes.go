package frame

import (
	"strings"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/pawl-ops/pawl/activities"
	"github.com/pawl-ops/pawl/internal/board"
	"github.com/pawl-ops/pawl/job"
)

// lanes is what a run knows of the queues it stands in.
type lanes struct {
	wanted  []Lane
	asked   int // how many were asked for: the first of them
	granted map[string]bool
	place   job.LaneWord // the last word about our place
	news    bool         // it has come since we looked
	waited  bool         // the world had time to move
	wait    int          // the number of this wait in the run; 0: it did not have to
	held    bool         // it is written down that they are ours
}

// takeLanes takes the lanes in their declared order, which is what keeps two runs from waiting for each other. An
// unanswered request is repeated, so that a lane that lost its memory hears of us again.
func (f *F) takeLanes() error {
	for i, l := range f.lanes.wanted {
		if f.lanes.asked == i {
			f.lanes.asked++
			f.askLane(l, false)
		}
		for !f.lanes.granted[l.Name] {
			if f.inbox.cancelled() {
				f.word(f.ctx, l, job.LaneLeave)
				return f.cancelled(0)
			}
			timer, stop := workflow.WithCancel(f.ctx)
			again := workflow.NewTimer(timer, f.req.Timers.LaneRepeat)
			_ = workflow.Await(f.ctx, func() bool {
				return f.lanes.granted[l.Name] || f.inbox.cancelled() || again.IsReady() || f.lanes.news
			})
			stop()
			f.lanes.news = false
			f.showPlace(l)
			if again.IsReady() {
				for _, held := range f.lanes.wanted[:i] {
					f.askLane(held, true)
				}
				f.askLane(l, false)
			}
		}
		if f.inbox.cancelled() {
			return f.cancelled(0)
		}
	}
	if len(f.lanes.wanted) > 0 {
		f.board.State = board.Running
		f.board.Buttons = []board.Button{f.cancelButton("Cancel")}
		f.holding()
	}
	return nil
}

// hearLane takes a word of a lane.
func (f *F) hearLane(ctx workflow.Context, w job.LaneWord) {
	switch w.Word {
	case job.LaneGranted:
		if f.inbox.over || !f.wants(w.Lane) {
			f.word(ctx, Lane{Name: w.Lane}, job.LaneRelease)
			return
		}
		f.lanes.granted[w.Lane] = true
	case job.LaneYield:
		f.yield(w)
	case job.LanePlace:
		f.lanes.place, f.lanes.news, f.lanes.waited = w, true, true
	}
}

func (f *F) wants(name string) bool {
	for _, l := range f.lanes.wanted {
		if l.Name == name {
			return true
		}
	}
	return false
}

// showPlace puts our place on the board.
func (f *F) showPlace(l Lane) {
	w := f.lanes.place
	if w.Lane != l.Name || f.lanes.granted[l.Name] {
		return
	}
	lead := []string{"*Waiting for your turn* · " + turn(w)}
	if f.overtakes && len(w.Now) > 0 {
		lead[0] += " I asked " + people(w.Now) + " to stop and give way."
	}
	if f.usual.Total > 0 {
		lead = append(lead, "Usually "+board.Rough(f.usual.Total)+".")
	}
	if f.board.State != board.Waiting || strings.Join(f.board.Lead, "\n") != strings.Join(lead, "\n") {
		if f.lanes.wait == 0 {
			f.waits++
			f.lanes.wait = f.waits
		}
		f.board.State, f.board.Lead = board.Waiting, lead
		f.board.Buttons = []board.Button{f.cancelButton("Don't wait")}
		f.touch()
	}
}

// turn says who is at work and who is before us.
func turn(w job.LaneWord) string {
	now, before := len(w.Now), people(w.Before)
	text := people(w.Now) + " are at work now"
	switch now {
	case 0:
		text = "it is about to begin"
	case 1:
		text = people(w.Now) + " is at work now"
	}
	switch {
	case len(w.Before) == 0:
		return text + "; you are next."
	case len(w.Before) == 1:
		return text + ", " + before + " is before you."
	default:
		return text + ", " + before + " are before you."
	}
}

// people joins names; an empty name stands for more than the three that are shown.
func people(names []string) string {
	var known []string
	more := false
	for _, n := range names {
		if n == "" {
			more = true
		} else {
			known = append(known, n)
		}
	}
	switch {
	case more:
		return strings.Join(known, ", ") + " and others"
	case len(known) > 0:
		return board.Listed(known, "and")
	}
	return "somebody"
}

// ahead are the names of those this run waits for, as far as it was told.
func (l *lanes) ahead() []string {
	var names []string
	for _, n := range append(append([]string{}, l.place.Now...), l.place.Before...) {
		if n != "" {
			names = append(names, n)
		}
	}
	return names
}

// askLane tells the lane that we want it, creating it if need be. It does not wait for the answer.
func (f *F) askLane(l Lane, holds bool) {
	in := activities.LaneInput{Word: f.laneWord(l, job.LaneAsk), Timers: f.req.Timers}
	in.Word.Capacity, in.Word.Holds, in.Word.Overtakes = max(l.Capacity, 1), holds, f.overtakes
	workflow.Go(f.ctx, func(ctx workflow.Context) {
		if err := workflow.ExecuteActivity(recording(ctx), acts.AskLane, in).Get(ctx, nil); err != nil {
			workflow.GetLogger(ctx).Error("asking for a lane", "lane", l.Name, "error", err)
		}
	})
}

// word tells a lane something by signal. A lane that is not there has nothing to release.
func (f *F) word(ctx workflow.Context, l Lane, word string) {
	fut := workflow.SignalExternalWorkflow(ctx, job.LanePrefix+l.Name, "", job.SignalLane, f.laneWord(l, word))
	if err := fut.Get(ctx, nil); err != nil {
		workflow.GetLogger(ctx).Warn("telling a lane", "lane", l.Name, "word", word, "error", err)
	}
}

func (f *F) laneWord(l Lane, word string) job.LaneWord {
	return job.LaneWord{Word: word, Lane: l.Name, Run: f.req.ID, First: f.first, Who: f.Who().Display()}
}

// releaseLanes gives back everything that was asked for, granted or not.
func (f *F) releaseLanes() {
	if f.lanes.held {
		f.noteHeld(activities.HeldKey.ValueUnset())
		f.lanes.held = false
	}
	for i := range f.lanes.asked {
		f.word(f.ctx, f.lanes.wanted[i], job.LaneRelease)
	}
}

// holding writes the lanes we hold where a lane that lost its memory looks. It is taken back with the lanes: a run that
// waits for people, or for the chat to take its last words, keeps nobody waiting.
func (f *F) holding() {
	names := make([]string, len(f.lanes.wanted))
	for i, l := range f.lanes.wanted {
		names[i] = l.Name
	}
	f.noteHeld(activities.HeldKey.ValueSet(names))
	f.lanes.held = true
}

func (f *F) noteHeld(held temporal.SearchAttributeUpdate) {
	if err := workflow.UpsertTypedSearchAttributes(f.ctx, held); err != nil {
		workflow.GetLogger(f.ctx).Warn("noting the lanes", "error", err)
	}
}
