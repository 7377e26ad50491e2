package starter

import (
	"context"
	"fmt"
	"time"

	schedulepb "go.temporal.io/api/schedule/v1"
	"go.temporal.io/sdk/client"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/pawl-ops/pawl/internal/ledger"
	"github.com/pawl-ops/pawl/internal/slots"
	"github.com/pawl-ops/pawl/job"
)

// RunNow has a schedule give its command out of turn, with the rights and by the rules of the schedule. asked is the key of
// what the person typed: with it the same wish is the same run. It returns the id of the run when that is there; an empty
// id when the schedule's own rules kept it from running, and why.
func (s *Starter) RunNow(ctx context.Context, name string, by job.Actor, asked job.Key) (id, why string, err error) {
	scheduled, known := s.schedules[name]
	if !known {
		return "", "", &job.RefusedError{Says: fmt.Sprintf("There is no schedule called %s any more.", code(name))}
	}
	engine, err := s.client()
	if err != nil {
		return "", "", err
	}
	slot, err := s.outOfTurn(ctx, scheduled, by, asked)
	if err != nil {
		return "", "", err
	}
	launcher := job.LaunchPrefix + name + "-" + slot.At.UTC().Format(time.RFC3339)
	patch := &schedulepb.SchedulePatch{TriggerImmediately: &schedulepb.TriggerImmediatelyRequest{ScheduledTime: timestamppb.New(slot.At)}}
	began := func(*client.ScheduleDescription) bool {
		_, err := engine.DescribeWorkflowExecution(ctx, launcher, "")
		return err == nil
	}
	if began(nil) {
		return s.launched(ctx, engine, launcher, slot)
	}
	d, err := engine.ScheduleClient().GetHandle(ctx, job.SchedulePrefix+name).Describe(ctx)
	if err != nil {
		return "", "", fmt.Errorf("asking for the schedule %q: %w", name, err)
	}
	within := ctx
	behind := len(d.Info.RunningWorkflows) > 0 && scheduled.Overlap != job.OverlapBoth
	switch {
	case behind && scheduled.Overlap == job.OverlapSkip:
		return "", "its last run still goes on", nil
	case behind:
		var cancel context.CancelFunc
		within, cancel = context.WithTimeout(ctx, behindWithin)
		defer cancel()
	}
	if err := s.patch(within, engine, name, patch, began); err != nil {
		if behind && ctx.Err() == nil && within.Err() != nil {
			return "", "it begins when the run that goes on has ended", nil
		}
		return "", "", err
	}
	return s.launched(ctx, engine, launcher, slot)
}

// behindWithin is how long it is waited for a run that has to wait for another one itself.
const behindWithin = 3 * time.Second

// launched waits until a launcher has asked the door, and says what became of it.
func (s *Starter) launched(ctx context.Context, engine *engine, launcher string, slot job.Slot) (id, why string, err error) {
	tick := time.NewTicker(patchEvery)
	defer tick.Stop()
	for {
		h, err := s.before(ctx, slot.Key())
		switch {
		case err != nil:
			return "", "", err
		case h.refused != nil:
			return "", h.refused.Text, nil
		case h.allowed != nil:
			return h.id, "", nil
		}
		d, err := engine.DescribeWorkflowExecution(ctx, launcher, "")
		if err != nil {
			return "", "", fmt.Errorf("asking for %s: %w", launcher, err)
		}
		if d.GetWorkflowExecutionInfo().GetCloseTime() != nil {
			var out job.Launched
			if err := engine.GetWorkflow(ctx, launcher, "").Get(ctx, &out); err != nil {
				return "", "", fmt.Errorf("asking how %s ended: %w", launcher, err)
			}
			return out.Run, out.Dropped, nil
		}
		select {
		case <-ctx.Done():
			return "", "", ctx.Err()
		case <-tick.C:
		}
	}
}

// outOfTurn makes a time of its own for what a person asked for, once, and writes down who that was.
func (s *Starter) outOfTurn(ctx context.Context, of job.Scheduled, by job.Actor, asked job.Key) (job.Slot, error) {
	entry := ledger.Entry{Key: asked, Kind: ledger.KindNow, Job: ledger.OfSchedule(of.Name), Actor: by, Place: job.Place{Channel: of.Channel}}
	due, found, err := s.asked(ctx, asked)
	if err != nil {
		return job.Slot{}, err
	}
	times, err := slots.Of(of)
	if err != nil {
		return job.Slot{}, err
	}
	for at := time.Now().UTC().Truncate(time.Second); ; at = at.Add(time.Second) {
		if !found && times.Shows(at) {
			continue // that one comes by itself
		}
		if !found {
			due = job.Due{Schedule: of.Name, At: at, Zone: of.Zone, By: by.Display()}
		}
		slot := job.Slot{Schedule: of.Name, At: due.At}
		entry.Key, entry.Data, entry.Text = slot.Key(), due, string(asked)
		fresh, err := s.ledger.Record(ctx, entry)
		if err != nil {
			return job.Slot{}, err
		}
		if !fresh && !found {
			continue // somebody else's, in the same second
		}
		entry.Key, entry.Text = asked, ""
		_, err = s.ledger.Record(ctx, entry)
		return slot, err
	}
}
