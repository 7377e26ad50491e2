package app

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"

	"github.com/pawl-ops/pawl/activities"
	"github.com/pawl-ops/pawl/internal/access"
	"github.com/pawl-ops/pawl/internal/board"
	"github.com/pawl-ops/pawl/internal/engine"
	"github.com/pawl-ops/pawl/internal/ledger"
	"github.com/pawl-ops/pawl/internal/terminal"
	"github.com/pawl-ops/pawl/job"
)

const (
	lookTakes = 2 * time.Second // one look at a run
	// sweepTakes is how long an end from outside may be without its outcome before it is told without.
	sweepTakes = 3 * time.Second
)

// watch begins to look at a run, for somebody who may see it: in Slack its board is where it was asked for.
func (b *bridgeRole) watch(ctx context.Context, a job.Actor, id string) (terminal.Watcher, string) {
	id = strings.ToLower(id)
	r, known, err := b.ledger.Run(ctx, id)
	switch {
	case err != nil:
		b.log.Warn().Err(err).Str("run", id).Msg("looking up a run that is to be followed")
		return nil, "I cannot look that run up just now: the ledger does not answer."
	case !known:
		return nil, fmt.Sprintf("I know of no run `%s`. `pawl runs` shows what is going on.", board.Clean(id))
	case !b.maySee(a, r):
		return nil, fmt.Sprintf("`%s` can be followed by whoever asked for it, who may type it, and who is asked about it.", id)
	}
	return &watcher{bridge: b, actor: a, run: r}, ""
}

// maySee reports whether a run concerns somebody: they asked for it, might have, or are asked about it.
func (b *bridgeRole) maySee(a job.Actor, r ledger.Run) bool {
	asked := append(slices.Clone(r.Terms.Asks.Groups), r.Terms.Approve.By...)
	counted := b.words.Counted(r.Job, r.Terms.Args)
	return a.Same(r.Actor) || inAny(a, asked) || access.DecideAll(b.cfg.Policy, a, counted).Allowed
}

func inAny(a job.Actor, groups []string) bool {
	return slices.ContainsFunc(a.Groups, func(g string) bool { return slices.Contains(groups, g) })
}

// watcher looks at one run for one person.
type watcher struct {
	bridge *bridgeRole
	actor  job.Actor
	run    ledger.Run
	sight  *activities.Sight
	engine *engine.Engine // that sight asks
	board  board.Board    // as it was seen last
	closed time.Time      // when it was first seen to have ended without an outcome
}

// Look gives the run as it stands.
func (w *watcher) Look(ctx context.Context) (terminal.Sight, error) {
	ctx, cancel := context.WithTimeout(ctx, lookTakes)
	defer cancel()
	if r, known, err := w.bridge.ledger.Run(ctx, w.run.ID); err == nil && known {
		w.run = r
	}
	seen, err := w.see(ctx)
	var none *serviceerror.NotFound
	var paused *pausedError
	switch over := !w.run.Open(); {
	case over: // what it looked like is a bonus: nobody may be there to tell
		return w.ended(w.run.Outcome), nil
	case errors.As(err, &paused):
		return terminal.Sight{}, terminal.Says("%s", sayPausedShort(paused.mark))
	case errors.As(err, &none):
		return terminal.Sight{}, terminal.Says("The engine knows nothing of this run yet.")
	case err != nil && seen.Status == enumspb.WORKFLOW_EXECUTION_STATUS_UNSPECIFIED:
		return terminal.Sight{}, terminal.Says("The engine does not answer. What runs on the hosts goes on; everything else when the engine is back.")
	case seen.Status != enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING:
		return w.overWithout(seen.Status)
	case err != nil:
		return terminal.Sight{}, terminal.Says("Pawl's worker does not answer. What runs on the hosts goes on; everything else when the worker is back.")
	}
	return terminal.Sight{Board: w.board, Mine: w.mine()}, nil
}

// see asks the engine, and keeps the board.
func (w *watcher) see(ctx context.Context) (activities.Seen, error) {
	e := w.bridge.house.engine.Load()
	if mark := w.bridge.pause.Load(); mark != nil {
		return activities.Seen{}, &pausedError{*mark}
	}
	if e == nil {
		return activities.Seen{}, errors.New("the engine was not reached yet")
	}
	if w.engine != e {
		w.engine, w.sight = e, &activities.Sight{Client: e.Client(), Run: w.run.ID}
	}
	seen, err := w.sight.Look(ctx)
	if err == nil {
		w.board = seen.Live
		w.board.Notes = append(slices.Clone(w.board.Notes), seen.Restarts...)
		if !w.actor.Same(w.run.Actor) {
			w.board.Only = nil // for the eyes of whoever asked
		}
	}
	return seen, err
}

// mine reports whether the open question is for whoever looks. The door has the last word.
func (w *watcher) mine() bool {
	q := w.board.Ask
	switch {
	case q == nil:
		return false
	case len(q.By) > 0:
		return inAny(w.actor, q.By) && !w.actor.Same(w.run.Actor)
	}
	return w.actor.Same(w.run.Actor) || inAny(w.actor, w.run.Terms.Asks.Groups)
}

func (w *watcher) ended(o ledger.Outcome) terminal.Sight {
	w.board.Ask = nil
	s := terminal.Sight{Board: w.board, Ended: true, State: o.State, Text: o.Text, By: o.By}
	if w.board.State != o.State {
		s.Board = board.Board{} // it is of before, or nobody could say
	}
	return s
}

// overWithout is a run that the engine says is over and that has not written down how. One that was ended from outside
// cannot; somebody does it soon.
func (w *watcher) overWithout(how enumspb.WorkflowExecutionStatus) (terminal.Sight, error) {
	if w.closed.IsZero() {
		w.closed = time.Now()
	}
	if time.Since(w.closed) < w.bridge.cfg.Timers.Sweep+sweepTakes {
		return terminal.Sight{Board: w.board}, nil
	}
	text := "It has ended, and has not said how."
	switch how {
	case enumspb.WORKFLOW_EXECUTION_STATUS_TERMINATED:
		text = "It was ended from outside."
	case enumspb.WORKFLOW_EXECUTION_STATUS_TIMED_OUT:
		text = "It took longer than it may."
	}
	return w.ended(ledger.Outcome{State: board.Failed, Text: text}), nil
}
