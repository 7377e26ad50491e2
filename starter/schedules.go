package starter

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"github.com/pawl-ops/pawl/internal/ledger"
	"github.com/pawl-ops/pawl/internal/slots"
	"github.com/pawl-ops/pawl/job"
)

// memoAs is the field of a launcher's memo with the hash of what its schedule was made from.
const memoAs = "as"

// byFile is the note of a schedule that pawl.yaml holds; that of one that a person holds begins with byPerson.
const (
	byFile   = "pawl.yaml"
	byPerson = "Paused by "
)

// Reconcile makes the engine's schedules those of pawl.yaml: it makes what is missing, changes what is written otherwise,
// and takes away what pawl.yaml no longer names. A pause made by a person stays. It writes down how each of them stands when
// that changed, and lets people know of times that will never be made up for. Doing it twice, or at once in several
// processes, is doing it once.
func (s *Starter) Reconcile(ctx context.Context) error {
	engine, err := s.client()
	if err != nil {
		return err
	}
	done, err := s.ledger.Turn(ctx, "schedules")
	if err != nil {
		return err
	}
	defer done()
	var errs []error
	for _, name := range s.order {
		if err := s.reconcile(ctx, engine, s.schedules[name]); err != nil {
			errs = append(errs, fmt.Errorf("setting up the schedule %q: %w", name, err))
		}
	}
	return errors.Join(append(errs, s.tidySchedules(ctx, engine))...)
}

// reconcile makes one schedule of the engine what pawl.yaml says.
func (s *Starter) reconcile(ctx context.Context, engine *engine, want job.Scheduled) error {
	past, err := slots.Read(ctx, s.ledger, want.Name)
	if err != nil {
		return err
	}
	made := s.madeOf(want)
	handle := engine.ScheduleClient().GetHandle(ctx, job.SchedulePrefix+want.Name)
	d, err := handle.Describe(ctx)
	var none *serviceerror.NotFound
	switch {
	case errors.As(err, &none):
		state := client.ScheduleState{Paused: want.Paused, Note: ""}
		switch {
		case past.Held.Paused && past.Held.By != "": // the engine is new, the wish is not
			state = client.ScheduleState{Paused: true, Note: noteOf(past.Held.By, past.Held.Because)}
		case want.Paused:
			state.Note = byFile
		}
		_, err := engine.ScheduleClient().Create(ctx, client.ScheduleOptions{
			ID: job.SchedulePrefix + want.Name, Spec: specOf(want), Action: s.actionOf(want, made), Overlap: overlapOf(want), CatchupWindow: want.CatchUp(),
			Paused: state.Paused, Note: state.Note,
		})
		if err != nil && !errors.Is(err, temporal.ErrScheduleAlreadyRunning) {
			return err
		}
		if err := s.took(ctx, handle, want.Name, func(*client.ScheduleDescription) bool { return true }); err != nil {
			return err
		}
		s.log.Info().Str("schedule", want.Name).Str("when", want.When).Bool("paused", state.Paused).Msg("a schedule was made")
		return s.noteHeld(ctx, want, past, state)
	case err != nil:
		return err
	}
	state := *d.Schedule.State
	switch {
	case want.Paused && !state.Paused:
		state.Paused, state.Note = true, byFile
	case !want.Paused && state.Paused && state.Note == byFile:
		state.Paused, state.Note = false, ""
	}
	if s.madeAs(d) != made || state.Paused != d.Schedule.State.Paused {
		err := handle.Update(ctx, client.ScheduleUpdateOptions{DoUpdate: func(client.ScheduleUpdateInput) (*client.ScheduleUpdate, error) {
			spec := specOf(want)
			return &client.ScheduleUpdate{Schedule: &client.Schedule{
				Action: s.actionOf(want, made), Spec: &spec, State: &state,
				Policy: &client.SchedulePolicies{Overlap: overlapOf(want), CatchupWindow: want.CatchUp()},
			}}, nil
		}})
		if err == nil {
			err = s.took(ctx, handle, want.Name, func(d *client.ScheduleDescription) bool {
				return s.madeAs(d) == made && d.Schedule.State.Paused == state.Paused
			})
		}
		if err != nil {
			return err
		}
		s.log.Info().Str("schedule", want.Name).Str("when", want.When).Bool("paused", state.Paused).Msg("a schedule was changed")
	}
	if err := s.lostForGood(ctx, engine, want, past, d); err != nil {
		return err
	}
	return s.noteHeld(ctx, want, past, state)
}

// took waits until the engine works with what it was told of a schedule. It answers before: the times that pass until its
// scheduler has begun, or has read the change, are none of the schedule's, and must not be taken for lost ones.
func (s *Starter) took(ctx context.Context, handle client.ScheduleHandle, name string, effect func(*client.ScheduleDescription) bool) error {
	for {
		d, err := handle.Describe(ctx)
		if err != nil {
			return fmt.Errorf("asking for the schedule %q: %w", name, err)
		}
		if effect(d) {
			return nil
		}
		timer := time.NewTimer(patchEvery)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return fmt.Errorf("changing the schedule %q: %w", name, ctx.Err())
		}
	}
}

// noteHeld writes down how a schedule stands, when that is not what the ledger says already.
func (s *Starter) noteHeld(ctx context.Context, want job.Scheduled, past slots.Past, state client.ScheduleState) error {
	now := ledger.Held{Paused: state.Paused, When: whenOf(want)}
	if state.Paused {
		now.By, now.Because = readNote(state.Note)
	}
	if past.Known && past.Held == now {
		return nil
	}
	return s.recordHeld(ctx, want, now, job.Actor{Kind: job.System, ID: byFile, Name: byFile}, time.Now())
}

// recordHeld writes down how a schedule stands from now on; at is when that was asked for.
func (s *Starter) recordHeld(ctx context.Context, of job.Scheduled, held ledger.Held, by job.Actor, at time.Time) error {
	_, err := s.ledger.Record(ctx, ledger.Entry{
		At: time.Now(), Key: job.Key("schedule/" + of.Name + "/held/" + at.UTC().Format(time.RFC3339Nano)), Kind: ledger.KindHeld,
		Job: ledger.OfSchedule(of.Name), Actor: by, Place: job.Place{Channel: of.Channel}, Data: held,
	})
	return err
}

// tidySchedules takes away the schedules of ours that pawl.yaml does not name.
func (s *Starter) tidySchedules(ctx context.Context, engine *engine) error {
	list, err := engine.ScheduleClient().List(ctx, client.ScheduleListOptions{PageSize: 100})
	if err != nil {
		return fmt.Errorf("listing the schedules: %w", err)
	}
	var errs []error
	for list.HasNext() {
		entry, err := list.Next()
		if err != nil {
			return fmt.Errorf("listing the schedules: %w", err)
		}
		name, ours := strings.CutPrefix(entry.ID, job.SchedulePrefix)
		if _, wanted := s.schedules[name]; !ours || wanted || entry.WorkflowType.Name != job.LaunchWorkflow {
			continue
		}
		var none *serviceerror.NotFound
		if err := engine.ScheduleClient().GetHandle(ctx, entry.ID).Delete(ctx); err != nil && !errors.As(err, &none) {
			errs = append(errs, fmt.Errorf("taking away the schedule %q: %w", name, err))
			continue
		}
		s.log.Info().Str("schedule", name).Msg("a schedule was taken away: pawl.yaml does not name it")
		errs = append(errs, s.recordHeld(ctx, job.Scheduled{Name: name}, ledger.Held{Paused: true, Because: "pawl.yaml does not name it"}, job.Actor{Kind: job.System, ID: byFile, Name: byFile}, time.Now()))
	}
	return errors.Join(errs...)
}

// specOf are the times of a schedule as the engine reads them. Cron lines and intervals are those that package when
// computes with.
func specOf(s job.Scheduled) client.ScheduleSpec {
	spec := client.ScheduleSpec{CronExpressions: s.Cron, TimeZoneName: s.Zone}
	if s.Every > 0 {
		spec.Intervals = []client.ScheduleIntervalSpec{{Every: s.Every}}
	}
	return spec
}

func overlapOf(s job.Scheduled) enumspb.ScheduleOverlapPolicy {
	switch s.Overlap {
	case job.OverlapQueue:
		return enumspb.SCHEDULE_OVERLAP_POLICY_BUFFER_ONE
	case job.OverlapReplace:
		return enumspb.SCHEDULE_OVERLAP_POLICY_CANCEL_OTHER
	case job.OverlapBoth:
		return enumspb.SCHEDULE_OVERLAP_POLICY_ALLOW_ALL
	default:
		return enumspb.SCHEDULE_OVERLAP_POLICY_SKIP
	}
}

// actionOf is what the engine does when the time comes: it starts a launcher. The hash travels in the launcher's memo,
// because the memo of a schedule itself cannot be changed.
func (s *Starter) actionOf(want job.Scheduled, made string) *client.ScheduleWorkflowAction {
	return &client.ScheduleWorkflowAction{
		ID: job.LaunchPrefix + want.Name, Workflow: job.LaunchWorkflow, Args: []any{inputOf(want)}, TaskQueue: job.QueueRuns,
		WorkflowTaskTimeout: s.timers.WorkflowTask, Memo: map[string]any{memoAs: made}, StaticSummary: "schedule " + want.Name + ": " + cut(want.Run, summaryBytes),
	}
}

func inputOf(want job.Scheduled) job.LaunchInput {
	return job.LaunchInput{Schedule: want.Name, Within: want.CatchUp(), Replaces: want.Overlap == job.OverlapReplace}
}

// madeOf identifies what a schedule of the engine is made from.
func (s *Starter) madeOf(want job.Scheduled) string {
	text, err := json.Marshal([]any{want.Cron, want.Every, want.Zone, want.Overlap, want.CatchUp(), want.Run, inputOf(want), s.timers.WorkflowTask})
	if err != nil { // of nothing but strings and numbers it cannot be
		return "unknown"
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:8])
}

// madeAs is the hash that a schedule of the engine carries; empty when it has none.
func (s *Starter) madeAs(d *client.ScheduleDescription) (made string) {
	action, ok := d.Schedule.Action.(*client.ScheduleWorkflowAction)
	if !ok {
		return ""
	}
	if p, ok := action.Memo[memoAs].(*commonpb.Payload); ok {
		if err := s.convert.FromPayload(p, &made); err != nil {
			return ""
		}
	}
	return made
}

// whenOf are the times of a schedule with their zone, for people.
func whenOf(s job.Scheduled) string { return s.When + ", " + s.Zone }

// noteOf is the note of a schedule that a person holds.
func noteOf(by, because string) string {
	if because == "" {
		return byPerson + by
	}
	return byPerson + by + ": " + because
}

// readNote says who holds a schedule, and why; nobody is pawl.yaml.
func readNote(note string) (by, because string) {
	if note == byFile {
		return "", ""
	}
	rest, ours := strings.CutPrefix(note, byPerson)
	if !ours {
		return "somebody in Temporal", note
	}
	by, because, _ = strings.Cut(rest, ": ")
	return by, because
}
