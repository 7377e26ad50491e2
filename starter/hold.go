package starter

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	schedulepb "go.temporal.io/api/schedule/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"

	"github.com/pawl-ops/pawl/internal/board"
	"github.com/pawl-ops/pawl/internal/ledger"
	"github.com/pawl-ops/pawl/internal/near"
	"github.com/pawl-ops/pawl/internal/slots"
	"github.com/pawl-ops/pawl/job"
)

// ScheduleOf is how the schedule of that name stands; sync says that the name is that of a sync, and its times are meant. A
// *job.RefusedError says, for whoever typed it, that there is none and which was probably meant.
func (s *Starter) ScheduleOf(ctx context.Context, typed string, sync bool) (job.ScheduleState, error) {
	name, err := s.scheduleNamed(typed, sync)
	if err != nil {
		return job.ScheduleState{}, err
	}
	scheduled := s.schedules[name]
	state := job.ScheduleState{Scheduled: scheduled}
	engine, err := s.client()
	if err != nil {
		return state, err
	}
	d, err := engine.ScheduleClient().GetHandle(ctx, job.SchedulePrefix+name).Describe(ctx)
	if err != nil {
		return state, fmt.Errorf("asking the engine for the schedule %q: %w", name, err)
	}
	times, err := slots.Of(scheduled)
	if err != nil {
		return state, err
	}
	state.Next = times.Next(time.Now()).UTC()
	if state.Paused = d.Schedule.State.Paused; state.Paused {
		state.By, state.Because = readNote(d.Schedule.State.Note)
	}
	if len(d.Info.RunningWorkflows) > 0 && scheduled.Overlap == job.OverlapSkip {
		state.Going, err = s.goingOn(ctx, name)
	}
	return state, err
}

// Scheduled is a schedule as pawl.yaml has it, and whether it does.
func (s *Starter) Scheduled(name string) (job.Scheduled, bool) {
	scheduled, ok := s.schedules[name]
	return scheduled, ok
}

// RunOf is a run as the ledger knows it, and whether it does. The error is a *ledger.DownError.
func (s *Starter) RunOf(ctx context.Context, id string) (ledger.Run, bool, error) {
	return s.ledger.Run(ctx, id)
}

// goingOn is the run of a schedule that has not ended; empty when there is none.
func (s *Starter) goingOn(ctx context.Context, name string) (string, error) {
	open, err := s.ledger.OpenRuns(ctx)
	if err != nil {
		return "", err
	}
	i := slices.IndexFunc(open, func(r ledger.Run) bool { return r.Actor.Kind == job.Schedule && r.Actor.ID == name })
	if i < 0 {
		return "", nil
	}
	return open[i].ID, nil
}

// scheduleNamed finds the schedule that was meant.
func (s *Starter) scheduleNamed(typed string, sync bool) (string, error) {
	name := strings.ToLower(strings.Join(strings.Fields(typed), " "))
	if sync {
		name = strings.TrimSpace("sync " + name)
	}
	if _, ok := s.schedules[name]; ok {
		return name, nil
	}
	var names []string
	for _, n := range s.order {
		if ofSync, isSync := strings.CutPrefix(n, "sync "); sync && isSync {
			names = append(names, ofSync)
		} else if !sync {
			names = append(names, n)
		}
	}
	if sync {
		name = strings.TrimPrefix(name, "sync ")
		if slices.ContainsFunc(s.syncs, func(y job.Sync) bool { return y.Name == name }) {
			return "", &job.RefusedError{Says: fmt.Sprintf("The sync %s has no times in pawl.yaml, so it runs only when somebody asks: %s.", code(name), code("sync run "+name))}
		}
	}
	what := "schedule"
	if sync {
		what = "sync"
	}
	text := fmt.Sprintf("There is no %s called %s.", what, code(name))
	switch meant := near.Nearest(name, names); {
	case len(meant) > 0:
		text += " Did you mean " + board.OneOf(meant) + "?"
	case len(names) == 0:
		text += " pawl.yaml has none."
	default:
		text += " There " + isAre(len(names)) + " " + board.Listed(quoted(names), "and") + "."
	}
	return "", &job.RefusedError{Says: text}
}

func isAre(n int) string {
	if n == 1 {
		return "is"
	}
	return "are"
}

func quoted(names []string) []string {
	out := make([]string, len(names))
	for i, n := range names {
		out[i] = code(n)
	}
	return out
}

// Hold pauses a schedule, or resumes it, and writes down who did. Doing it twice is doing it once.
func (s *Starter) Hold(ctx context.Context, h job.Hold) error {
	scheduled, known := s.schedules[h.Schedule]
	if !known {
		return &job.RefusedError{Says: fmt.Sprintf("There is no schedule called %s any more.", code(h.Schedule))}
	}
	if !h.Paused && scheduled.Paused {
		return &job.RefusedError{Says: sayHeldByFile(scheduled)}
	}
	engine, err := s.client()
	if err != nil {
		return err
	}
	done, err := s.ledger.Turn(ctx, "schedules")
	if err != nil {
		return err
	}
	defer done()
	held := ledger.Held{Paused: h.Paused, When: whenOf(scheduled)}
	patch := &schedulepb.SchedulePatch{Unpause: "Resumed by " + h.By.Display()}
	if h.Paused {
		held.By, held.Because = h.By.Display(), h.Because
		patch = &schedulepb.SchedulePatch{Pause: noteOf(held.By, held.Because)}
	}
	if err := s.patch(ctx, engine, h.Schedule, patch, func(d *client.ScheduleDescription) bool { return d.Schedule.State.Paused == h.Paused }); err != nil {
		return err
	}
	return s.recordHeld(ctx, scheduled, held, h.By, h.At)
}

func sayHeldByFile(s job.Scheduled) string {
	return fmt.Sprintf("%s is held by %s in pawl.yaml; take that away there, and restart Pawl.", code(s.Name), code("paused: true"))
}

// patchEvery is how often the engine is asked whether a patch has taken effect, patchAgain how often it is sent.
const (
	patchEvery = 50 * time.Millisecond
	patchAgain = 2 * time.Second
)

// patch changes a schedule and waits until that has taken effect. Of two patches that arrive at the same moment the
// engine's scheduler keeps the last (service/worker/scheduler/workflow.go of its server 1.32: sleep reads both into one
// variable), so it is sent again until it is seen to have worked.
func (s *Starter) patch(ctx context.Context, engine *engine, name string, patch *schedulepb.SchedulePatch, worked func(*client.ScheduleDescription) bool) error {
	handle := engine.ScheduleClient().GetHandle(ctx, job.SchedulePrefix+name)
	for {
		sum := sha256.Sum256([]byte(patch.String() + time.Now().String()))
		_, err := engine.WorkflowService().PatchSchedule(ctx, &workflowservice.PatchScheduleRequest{
			Namespace: engine.namespace, ScheduleId: job.SchedulePrefix + name, Patch: patch, Identity: "pawl", RequestId: hex.EncodeToString(sum[:16]),
		})
		if err != nil {
			return fmt.Errorf("changing the schedule %q: %w", name, err)
		}
		seen, cancel := context.WithTimeout(ctx, patchAgain)
		err = s.took(seen, handle, name, worked)
		cancel()
		if err == nil || ctx.Err() != nil || !errors.Is(err, context.DeadlineExceeded) {
			return err
		}
	}
}
