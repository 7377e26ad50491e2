package activities

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.temporal.io/api/workflow/v1"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/converter"

	"github.com/pawl-ops/pawl/internal/board"
	"github.com/pawl-ops/pawl/internal/ledger"
	"github.com/pawl-ops/pawl/job"
)

// KeepInput says which board to keep, and how often to look for news.
type KeepInput struct {
	Run  RunRef        `json:"run"`
	At   job.Posted    `json:"at"`
	Tick time.Duration `json:"tick"`
	Wait int           `json:"wait,omitempty"` // the number of the wait that is over now
}

// Kept is what a keeper knows that the run does not: it survives in heartbeat details and goes to the run at the end.
type Kept struct {
	Process  string      `json:"process,omitempty"` // the one that keeps the board: another attempt may be in the same one
	Restarts []time.Time `json:"restarts,omitempty"`
	Gone     bool        `json:"gone,omitempty"`
}

// Notes are the sentences for the board: a person who saw it stand still learns why.
func (k Kept) Notes() []string {
	if len(k.Restarts) == 0 {
		return nil
	}
	last := k.Restarts[len(k.Restarts)-1]
	return []string{RestartedNote + board.Time(last) + " and carried on here; nothing ran twice."}
}

// KeepBoard keeps one board up to date until it is cancelled: the states of the steps by query, and only when the
// history grew; the live tails from the heartbeat details of the run's pending activities. It adds no events to the
// history, however long it lasts. When it is told to stop it returns what it kept, and writes nothing after that.
func (a *Activities) KeepBoard(ctx context.Context, in KeepInput) (Kept, error) {
	k := keeping{a: a, in: in, sight: &Sight{Client: a.Client, Run: in.Run.ID}}
	if activity.HasHeartbeatDetails(ctx) && activity.GetHeartbeatDetails(ctx, &k.kept) == nil && k.kept.Process != a.process() {
		k.kept.Restarts = append(k.kept.Restarts, a.Now())
	}
	k.kept.Process = a.process()
	defer k.beat(ctx)()
	if in.Wait > 0 {
		if err := a.note(ctx, in.Run, ledger.KindWorking(in.Wait), nil); err != nil {
			activity.GetLogger(ctx).Warn("noting that the wait is over", "error", err)
		}
	}
	tick := time.NewTicker(in.Tick)
	defer tick.Stop()
	for {
		if err := k.look(ctx); err != nil && ctx.Err() == nil {
			activity.GetLogger(ctx).Debug("looking at the run", "error", err)
		}
		select {
		case <-activity.GetWorkerStopChannel(ctx):
			return k.kept, errStopping
		case <-ctx.Done():
			select {
			case <-activity.GetWorkerStopChannel(ctx): // the context of a worker that stops is cancelled as well
				return k.kept, errStopping
			default:
				return k.kept, nil
			}
		case <-tick.C:
		}
	}
}

var errStopping = errors.New("the worker is stopping; another one carries on")

// keeping is a keeper at work.
type keeping struct {
	a       *Activities
	in      KeepInput
	kept    Kept
	sight   *Sight
	shown   string // what the last edit said
	written string // the same without tails, to tell news from a tail
}

// beat says that the keeper lives, also while it waits for its share of Slack's budget, which may take longer than the
// silence after which it would count as dead. The returned function ends it.
func (k *keeping) beat(ctx context.Context) func() {
	done := make(chan struct{})
	kept := k.kept
	activity.RecordHeartbeat(ctx, kept)
	go func() {
		t := time.NewTicker(max(activity.GetInfo(ctx).HeartbeatTimeout/4, 50*time.Millisecond))
		defer t.Stop()
		for {
			select {
			case <-done:
				return
			case <-t.C:
				activity.RecordHeartbeat(ctx, kept)
			}
		}
	}()
	return func() { close(done) }
}

// look reads the run and edits the board when it says something new.
func (k *keeping) look(ctx context.Context) error {
	if k.kept.Gone || k.in.At.Zero() {
		return nil
	}
	seen, err := k.sight.Look(ctx)
	if err != nil {
		return err
	}
	with := func(b board.Board) board.Board {
		b.Notes = append(append([]string{}, b.Notes...), k.kept.Notes()...)
		return b
	}
	written, b := with(seen.Written).Message(time.Time{}).Plain(), with(seen.Live)
	if shown := b.Message(k.a.Now()).Plain(); shown == k.shown {
		return nil
	}
	priority := board.Tail
	if written != k.written {
		priority = board.Change
	}
	err = k.a.Poster.Edit(ctx, k.in.At, priority, func() board.Message { return b.Message(k.a.Now()) })
	switch {
	case errors.Is(err, board.ErrGone):
		k.kept.Gone = true // the end posts it again; until then there is nothing to keep
		return nil
	case err != nil:
		return err
	}
	k.shown, k.written = b.Message(k.a.Now()).Plain(), written
	return nil
}

// live adds to the running steps what their activities last said of themselves.
func live(steps []board.Step, pending []*workflow.PendingActivityInfo) []board.Step {
	out := slices.Clone(steps)
	for i := range out {
		out[i].Parts = slices.Clone(out[i].Parts)
	}
	for _, p := range pending {
		act, ok := ordinal(p.GetActivityId())
		if !ok {
			continue
		}
		var progress job.Progress
		if seen := p.GetLastFailure(); seen.GetApplicationFailureInfo().GetType() == NotYetType {
			progress.Note = board.Clean(seen.GetMessage())
		} else if converter.GetDefaultDataConverter().FromPayloads(p.GetHeartbeatDetails(), &progress) != nil {
			continue
		}
		for i := range out {
			if out[i].State == board.StepRunning {
				show(&out[i], act, progress)
			}
		}
	}
	return out
}

// ordinal is the number of the process that an activity of a step is about.
func ordinal(activityID string) (act int, ok bool) {
	rest, ok := strings.CutPrefix(activityID, StepPrefix)
	if !ok {
		return 0, false
	}
	first, _, _ := strings.Cut(rest, "/")
	act, err := strconv.Atoi(first)
	return act, err == nil
}

// show puts progress where it belongs: a step, or one of its parts. A board from before steps were numbered has one at work.
func show(s *board.Step, act int, p job.Progress) {
	if s.Act == act || s.Act == 0 {
		s.Percent, s.Note, s.Tail = p.Percent, p.Note, p.Tail
		if len(p.Parts) > 0 {
			s.Parts = p.Parts
		}
		return
	}
	for i := range s.Parts {
		if s.Parts[i].Act == act {
			s.Parts[i].Percent, s.Parts[i].Detail = p.Percent, strings.TrimPrefix(p.Note, s.Parts[i].Name+" ") // it stands behind its name
		}
	}
}
