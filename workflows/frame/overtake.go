package frame

import (
	"fmt"
	"slices"

	"go.temporal.io/sdk/workflow"

	"github.com/pawl-ops/pawl/job"
)

// queued puts a run into a queue: one that overtakes goes before all who do not.
func queued(queue []job.LaneRun, r job.LaneRun) []job.LaneRun {
	if !r.Overtakes {
		return append(queue, r)
	}
	at := slices.IndexFunc(queue, func(q job.LaneRun) bool { return !q.Overtakes })
	if at < 0 {
		at = len(queue)
	}
	return slices.Insert(slices.Clone(queue), at, r)
}

// overtake asks whoever holds the lane to give way when the next one overtakes. Who overtook is not overtaken: there the
// next one waits. A holder that cannot be told has ended, and is found so by the watch over it.
func (l *lane) overtake(ctx workflow.Context) {
	if len(l.Queue) == 0 || !l.Queue[0].Overtakes {
		return
	}
	by := l.Queue[0]
	for i, h := range l.Holders {
		if h.Overtakes || h.Yields {
			continue
		}
		l.Holders[i].Yields = true
		l.tell(ctx, h, job.LaneWord{Word: job.LaneYield, By: by.Run, Who: by.Who})
	}
}

// yield gives way to another run: as after a cancel, what was begun is cleaned up before the lane is given back.
func (f *F) yield(w job.LaneWord) {
	f.hear(job.Decision{
		Choice: job.CancelChoice, Key: job.Key("yield/" + w.By), Because: fmt.Sprintf("`%s` takes over", w.By),
		Actor: job.Actor{Kind: job.System, ID: w.By, Name: w.Who, Full: w.Who},
	})
}
