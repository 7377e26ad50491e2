package activities

import (
	"context"
	"fmt"
	"time"

	"github.com/pawl-ops/pawl/internal/board"
	"github.com/pawl-ops/pawl/internal/failpoint"
	"github.com/pawl-ops/pawl/internal/jenkins"
)

// How long a build may take to end before it is ended harder, and how long a request to start one whose answer was lost
// may still be on its way.
const (
	stopPatience = 15 * time.Second
	triggerDelay = 6 * time.Second
)

// StopBuild ends a build and returns only when Jenkins says that it has ended: first it is told to stop, then its steps are
// ended, then it is killed. For one that never began it makes sure that it does not.
func (a *Activities) StopBuild(ctx context.Context, in BuildInput) (BuildSeen, error) {
	if a.Jenkins == nil {
		return BuildSeen{}, Refuse("There is no Jenkins in pawl.yaml any more.")
	}
	w := newWatch(ctx, in.Timers.Heartbeat)
	defer w.stop()
	attached, cancel := w.until(ctx)
	defer cancel()
	began := a.Now()
	for {
		seen, over, err := a.stopBuild(attached, in, began)
		switch {
		case err == nil && over:
			failpoint.Here("after the build was stopped", in.Run.ID)
			return seen, nil
		case w.stopping():
			return BuildSeen{}, errStopping
		case ctx.Err() != nil:
			return BuildSeen{}, ctx.Err()
		case err != nil && jenkins.OutcomeOf(err) == jenkins.Refused:
			return BuildSeen{}, faulty(err)
		case err != nil:
			w.note("Stopping the build: Jenkins does not answer since %s; trying again.", board.Time(w.lost()))
		default:
			w.found()
			w.note("Stopping the build in Jenkins.")
		}
		w.pause(attached)
	}
}

// stopBuild makes one try to end a build, the harder the longer it takes.
func (a *Activities) stopBuild(ctx context.Context, in BuildInput, began time.Time) (BuildSeen, bool, error) {
	ref, ok, err := a.Jenkins.Find(ctx, in.ref())
	if err != nil {
		return BuildSeen{}, false, err
	}
	waited := a.Now().Sub(began)
	if !ok {
		return BuildSeen{Over: true, Text: "it never began"}, waited >= triggerDelay, nil
	}
	level, deed := jenkins.Stop, "stopped"
	switch {
	case waited >= 2*stopPatience:
		level, deed = jenkins.Kill, "killed, because it did not stop when it was told to"
	case waited >= stopPatience:
		level, deed = jenkins.Term, "stopped the hard way, because it did not stop when it was told to"
	}
	st, err := a.Jenkins.Cancel(ctx, ref, level)
	if err != nil || !st.Over() {
		return BuildSeen{}, false, err
	}
	seen := a.seen(ctx, in, st)
	switch {
	case st.Phase == jenkins.Cancelled:
		seen.Text = "taken out of Jenkins' queue before it began"
	case st.Result == jenkins.Aborted:
		seen.Text = fmt.Sprintf("%s, %s; it ended at %s", buildName(st), deed, board.Time(endOf(st)))
	default:
		seen.Text = fmt.Sprintf("%s, %s at %s, before it could be stopped", buildName(st), resultWords(st.Result), board.Time(endOf(st)))
	}
	return seen, true, nil
}

// endOf is when a build ended, by Jenkins' clock.
func endOf(st jenkins.State) time.Time { return st.Began.Add(st.Took) }
