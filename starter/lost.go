package starter

import (
	"context"
	"slices"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"

	"github.com/pawl-ops/pawl/internal/ledger"
	"github.com/pawl-ops/pawl/internal/slots"
	"github.com/pawl-ops/pawl/job"
)

// lost finds the times before a slot at which nothing ran, and writes them down, each once. With away the slot itself is
// one of them: it came when Pawl had been gone for too long.
func (s *Starter) lost(ctx context.Context, scheduled job.Scheduled, times slots.Slots, past slots.Past, slot job.Slot, away bool) ([]job.LostTimes, error) {
	told, err := s.lostAt(ctx, slot)
	if err != nil || len(told) > 0 {
		return told, err // an earlier attempt found them
	}
	now := time.Now()
	before := slot.At
	if scheduled.Overlap == job.OverlapBoth { // they come side by side, and in any order
		before = earlier(before, now.Add(-scheduled.CatchUp()-time.Minute))
	}
	lost, err := times.Lost(ctx, s.ledger, past, before)
	if err != nil {
		return nil, err
	}
	var more []time.Time
	if away {
		more = append(more, slot.At)
	}
	if scheduled.Overlap == job.OverlapSkip { // what came meanwhile is left out: this one comes first
		more = append(more, times.Between(slot.At, now)...)
	}
	rest, err := times.Why(ctx, s.ledger, past, more)
	if err != nil {
		return nil, err
	}
	return s.recordLost(ctx, scheduled, times, slot.Key(), joined(lost, rest), !away)
}

// joined puts two lists of lost times together.
func joined(a, b []job.LostTimes) []job.LostTimes {
	if len(a) > 0 && len(b) > 0 && a[len(a)-1].Why == b[0].Why {
		a[len(a)-1].Last = b[0].Last
		a[len(a)-1].Count += b[0].Count
		b = b[1:]
	}
	return append(a, b...)
}

// recordLost writes lost times down; found is the key of what they were found by.
func (s *Starter) recordLost(ctx context.Context, scheduled job.Scheduled, times slots.Slots, found job.Key, lost []job.LostTimes, runs bool) ([]job.LostTimes, error) {
	busy, err := s.busyLately(ctx, scheduled.Name)
	if err != nil {
		return nil, err
	}
	for i := range lost {
		lost[i].Again = busy && lost[i].Why == job.LostBusy
		lost[i].Once = runs && scheduled.Missed == job.MissedOnce && lost[i].Why == job.LostAway
		lost[i].Next = times.Next(time.Now())
		_, err := s.ledger.Record(ctx, ledger.Entry{
			Key: job.Slot{Schedule: scheduled.Name, At: lost[i].First}.Key(), Kind: ledger.KindLost, Job: ledger.OfSchedule(scheduled.Name),
			Place: job.Place{Channel: scheduled.Channel}, Text: string(found), Data: lost[i],
		})
		if err != nil {
			return nil, err
		}
	}
	return lost, nil
}

// lostAt gives the lost times that were written down when this slot came.
func (s *Starter) lostAt(ctx context.Context, slot job.Slot) (told []job.LostTimes, err error) {
	entries, err := s.ledger.Last(ctx, ledger.OfSchedule(slot.Schedule), ledger.KindLost, 10)
	if err != nil {
		return nil, err
	}
	for _, e := range slices.Backward(entries) {
		if e.Text != string(slot.Key()) {
			continue
		}
		var l job.LostTimes
		if err := e.Decode(&l); err != nil {
			return nil, &ledger.DownError{Doing: "reading lost times", Cause: err}
		}
		told = append(told, l)
	}
	return told, nil
}

// daily is how long nobody is told a second time that a schedule comes while its last run goes on.
const daily = 24 * time.Hour

// busyLately reports whether it was lately said that a run went on when the next one was due.
func (s *Starter) busyLately(ctx context.Context, name string) (bool, error) {
	entries, err := s.ledger.Last(ctx, ledger.OfSchedule(name), ledger.KindLost, 20)
	if err != nil {
		return false, err
	}
	for _, e := range entries {
		var l job.LostTimes
		if err := e.Decode(&l); err != nil {
			return false, &ledger.DownError{Doing: "reading lost times", Cause: err}
		}
		if l.Why == job.LostBusy && !l.Again && time.Since(e.At) < daily {
			return true, nil
		}
	}
	return false, nil
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// aside is how much longer than it has to a time may take to come, before it counts as lost.
const aside = time.Minute

// lostForGood lets people know of times of a schedule that are so long ago that the engine will not make up for them.
// Those that it may make up for are found when the next time comes, and so are those before a run that still goes on.
func (s *Starter) lostForGood(ctx context.Context, engine *engine, of job.Scheduled, past slots.Past, d *client.ScheduleDescription) error {
	times, err := slots.Of(of)
	if err != nil || len(d.Info.RunningWorkflows) > 0 || past.Held.When != whenOf(of) {
		return err
	}
	for _, a := range d.Info.RecentActions {
		past.Since = later(past.Since, a.ScheduleTime)
	}
	lost, err := times.Lost(ctx, s.ledger, past, time.Now().Add(-of.CatchUp()-aside))
	if err != nil {
		return err
	}
	for i := range lost {
		lost[i].Next = times.Next(time.Now())
		key := job.Slot{Schedule: of.Name, At: lost[i].First}.Key()
		if err := s.tellLost(ctx, engine, of, lost[i]); err != nil {
			return err
		}
		if _, err := s.recordLost(ctx, of, times, key, lost[i:i+1], false); err != nil {
			return err
		}
	}
	return nil
}

// tellLost starts a launcher that only tells people: like everything else that is said it is said once, also when the
// chat is away at the moment.
func (s *Starter) tellLost(ctx context.Context, engine *engine, of job.Scheduled, lost job.LostTimes) error {
	in := inputOf(of)
	in.Lost = &lost
	_, err := engine.ExecuteWorkflow(ctx, client.StartWorkflowOptions{
		ID:        job.LostID(of.Name, lost),
		TaskQueue: job.QueueRuns, WorkflowTaskTimeout: s.timers.WorkflowTask, StaticSummary: "schedule " + of.Name + ": times at which nothing ran",
		WorkflowIDReusePolicy:    enumspb.WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE,
		WorkflowIDConflictPolicy: enumspb.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING,
	}, job.LaunchWorkflow, in)
	return err
}
