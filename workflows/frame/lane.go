package frame

import (
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/pawl-ops/pawl/job"
)

// LaneWorkflow queues and grants, and is never the parent of a run. It does not end: it continues as new when the
// engine suggests it. While somebody waits it watches its holders; one that ended without a word is reaped, which means
// that its scripts are stopped and confirmed, before the lane passes on.
func LaneWorkflow(ctx workflow.Context, s job.LaneState) error {
	l := &lane{LaneState: s, watched: map[string]func(){}}
	words := workflow.GetSignalChannel(ctx, job.SignalLane)
	if !l.Known {
		l.recall(ctx)
	}
	started := workflow.Now(ctx)
	// What it carried over is looked at before the first word: somebody may wait for a turn that is free already, or for a
	// run that ends without one.
	l.grant(ctx)
	l.watch(ctx)
	for {
		var w job.LaneWord
		workflow.NewSelector(ctx).
			AddReceive(words, func(c workflow.ReceiveChannel, _ bool) { c.Receive(ctx, &w); l.hear(w) }).
			AddReceive(l.endings(ctx), func(c workflow.ReceiveChannel, _ bool) { var r job.LaneRun; c.Receive(ctx, &r); l.drop(r) }).
			Select(ctx)
		for words.ReceiveAsync(&w) {
			l.hear(w)
		}
		l.grant(ctx)
		l.watch(ctx)
		info := workflow.GetInfo(ctx)
		// The engine holds back a continuation of a run younger than a second, and each grant would pay for it.
		if info.GetContinueAsNewSuggested() && workflow.Now(ctx).Sub(started) > time.Second {
			l.unwatch()
			for words.ReceiveAsync(&w) {
				l.hear(w)
			}
			return workflow.NewContinueAsNewError(ctx, job.LaneWorkflow, l.LaneState)
		}
	}
}

type lane struct {
	job.LaneState
	ended   workflow.Channel
	watched map[string]func() // by first execution id: how to stop watching
	told    map[string]string // the last place told to each waiting run
}

func (l *lane) endings(ctx workflow.Context) workflow.Channel {
	if l.ended == nil {
		l.ended = workflow.NewBufferedChannel(ctx, 256)
	}
	return l.ended
}

// recall asks which open runs believe they hold this lane: a lane that was terminated or lost starts without memory.
func (l *lane) recall(ctx workflow.Context) {
	var held []job.LaneRun
	if err := workflow.ExecuteActivity(recording(ctx), acts.HoldersOf, l.Name).Get(ctx, &held); err != nil {
		workflow.GetLogger(ctx).Error("looking for the holders of a lane", "lane", l.Name, "error", err)
	}
	for _, h := range held {
		if !has(l.Holders, h.First) {
			l.Holders = append(l.Holders, h)
		}
	}
	l.Known = true
}

func (l *lane) hear(w job.LaneWord) {
	r := job.LaneRun{Run: w.Run, First: w.First, Who: w.Who, Overtakes: w.Overtakes}
	switch w.Word {
	case job.LaneAsk:
		if w.Capacity > 0 {
			l.Capacity = w.Capacity
		}
		switch {
		case has(l.Holders, r.First):
			if !w.Holds {
				// It asks although it has it: the grant was lost on the way.
				l.Holders = without(l.Holders, r.First)
				l.Queue = append([]job.LaneRun{r}, l.Queue...)
			}
		case w.Holds:
			l.Holders = append(l.Holders, r)
		case !has(l.Queue, r.First):
			l.Queue = queued(l.Queue, r)
		default:
			delete(l.told, r.First) // it asks again: tell it its place again
		}
	case job.LaneLeave, job.LaneRelease:
		l.drop(r)
	}
}

func (l *lane) drop(r job.LaneRun) {
	l.Holders, l.Queue = without(l.Holders, r.First), without(l.Queue, r.First)
	delete(l.told, r.First)
	if stop := l.watched[r.First]; stop != nil {
		delete(l.watched, r.First)
		stop()
	}
}

// grant passes the lane on while there is room, and tells the rest their place. A run that cannot be told is gone.
func (l *lane) grant(ctx workflow.Context) {
	for len(l.Queue) > 0 && len(l.Holders) < max(l.Capacity, 1) {
		next := l.Queue[0]
		l.Queue = l.Queue[1:]
		if l.tell(ctx, next, job.LaneWord{Word: job.LaneGranted}) {
			l.Holders = append(l.Holders, next)
		}
	}
	if l.overtake(ctx); l.told == nil {
		l.told = map[string]string{}
	}
	for i, r := range l.Queue {
		w := job.LaneWord{Word: job.LanePlace, Before: shown(l.Queue[:i]), Now: shown(l.Holders)}
		place := people(w.Now) + "/" + people(w.Before)
		if l.told[r.First] == place {
			continue
		}
		l.told[r.First] = place
		if !l.tell(ctx, r, w) {
			l.Queue = without(l.Queue, r.First)
			return // the next turn of the loop tells the others
		}
	}
}

// shown is at most three names; an empty one stands for the rest, so that a long queue does not redraw every board.
func shown(runs []job.LaneRun) []string {
	var names []string
	for i, r := range runs {
		if i == 3 {
			return append(names, "")
		}
		names = append(names, r.Who)
	}
	return names
}

func (l *lane) tell(ctx workflow.Context, r job.LaneRun, w job.LaneWord) bool {
	w.Lane, w.Run, w.First = l.Name, r.Run, r.First
	return workflow.SignalExternalWorkflow(ctx, r.Run, r.First, job.SignalLane, w).Get(ctx, nil) == nil
}

// watch looks after the holders while somebody waits for them, and only then.
func (l *lane) watch(ctx workflow.Context) {
	if len(l.Queue) == 0 {
		l.unwatch()
		return
	}
	for _, h := range l.Holders {
		if _, on := l.watched[h.First]; on {
			continue
		}
		watching, stop := workflow.WithCancel(ctx)
		l.watched[h.First] = stop
		workflow.Go(watching, func(ctx workflow.Context) {
			if workflow.ExecuteActivity(stopping(ctx, l.Timers), acts.AwaitEnd, h).Get(ctx, nil) != nil {
				return // no longer watched
			}
			l.ended.SendAsync(h)
		})
	}
}

func (l *lane) unwatch() {
	for _, h := range append(append([]job.LaneRun{}, l.Holders...), l.Queue...) {
		if stop := l.watched[h.First]; stop != nil {
			delete(l.watched, h.First)
			stop()
		}
	}
}

func has(runs []job.LaneRun, first string) bool {
	for _, r := range runs {
		if r.First == first {
			return true
		}
	}
	return false
}

func without(runs []job.LaneRun, first string) []job.LaneRun {
	kept := make([]job.LaneRun, 0, len(runs))
	for _, r := range runs {
		if r.First != first {
			kept = append(kept, r)
		}
	}
	return kept
}
