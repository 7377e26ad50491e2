package starter

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/pawl-ops/pawl/internal/access"
	"github.com/pawl-ops/pawl/internal/failpoint"
	"github.com/pawl-ops/pawl/internal/ledger"
	"github.com/pawl-ops/pawl/internal/slots"
	"github.com/pawl-ops/pawl/internal/words"
	"github.com/pawl-ops/pawl/job"
)

// Why a time of a schedule starts nothing, for the log and the engine's own page.
const (
	droppedGone    = "pawl.yaml has no such schedule"
	droppedPaused  = "the schedule is paused"
	droppedClock   = "the clock shows another time: clocks changed that day"
	droppedLate    = "pawl was not there in time"
	droppedEnded   = "its run has ended before"
	droppedRefused = "the schedule may not do that"
	droppedSenses  = "it is not a command any more"
)

// Due is the way in for schedules: it authorises and records one of their times, and says which run is to be started for
// it. It starts nothing itself, because whoever asks has to be the run's parent and wait for it. Asking again gives the
// same run, with another id when the one it was given belongs to somebody else. An error means that it is not known, and
// that it has to be asked again.
func (s *Starter) Due(ctx context.Context, slot job.Slot) (job.Launch, error) {
	l, err := s.due(ctx, slot)
	s.log.Info().Err(err).Str("schedule", slot.Schedule).Time("slot", slot.At).Str("run", l.Request.ID).Str("dropped", l.Dropped).
		Bool("redelivery", l.There).Int("lost", len(l.Lost)).Msg("a schedule's time came")
	return l, err
}

func (s *Starter) due(ctx context.Context, slot job.Slot) (job.Launch, error) {
	scheduled, known := s.schedules[slot.Schedule]
	if !known {
		return job.Launch{Dropped: droppedGone}, nil
	}
	times, err := slots.Of(scheduled)
	if err != nil {
		return job.Launch{}, err
	}
	before, err := s.before(ctx, slot.Key())
	if err != nil {
		return job.Launch{}, err
	}
	past, err := slots.Read(ctx, s.ledger, slot.Schedule)
	if err != nil {
		return job.Launch{}, err
	}
	if before.refused != nil {
		return job.Launch{Dropped: droppedRefused}, nil
	}
	asked, byHand, err := s.asked(ctx, slot.Key())
	if err != nil {
		return job.Launch{}, err
	}
	var lost []job.LostTimes
	if !byHand {
		why := ""
		if before.allowed == nil {
			why = untimely(scheduled, times, past, slot)
		}
		if why != "" && why != droppedLate {
			return job.Launch{Dropped: why}, nil
		}
		if lost, err = s.lost(ctx, scheduled, times, past, slot, why != ""); err != nil || why != "" {
			return job.Launch{Dropped: why, Lost: lost}, err
		}
	}
	due := job.Due{Schedule: slot.Schedule, At: slot.At.UTC(), Zone: scheduled.Zone, By: asked.By}
	if !past.Held.Paused {
		due.Next = times.Next(later(time.Now(), slot.At)).UTC()
	}
	launch, err := s.allow(ctx, scheduled, slot, due, before)
	launch.Lost = lost
	return launch, err
}

// untimely says why nothing is to be started for a slot that came by itself; empty when something is.
func untimely(s job.Scheduled, times slots.Slots, past slots.Past, slot job.Slot) string {
	switch {
	case past.Held.Paused, s.Paused: // also where the engine, of before a restart, has not heard of it yet
		return droppedPaused
	case !times.Shows(slot.At):
		return droppedClock
	case time.Since(slot.Began) > s.CatchUp():
		return droppedLate
	}
	return ""
}

// asked is the wish of a person that led to a slot, and whether there was one.
func (s *Starter) asked(ctx context.Context, key job.Key) (due job.Due, byHand bool, err error) {
	entries, err := s.ledger.Entries(ctx, key)
	if err != nil {
		return job.Due{}, false, err
	}
	for _, e := range entries {
		if e.Kind == ledger.KindNow {
			if err := e.Decode(&due); err != nil {
				return job.Due{}, false, &ledger.DownError{Doing: "reading who had a schedule run", Cause: err}
			}
			return due, true, nil
		}
	}
	return job.Due{}, false, nil
}

// allow authorises and records what a schedule gives, and finds the id of its run.
func (s *Starter) allow(ctx context.Context, scheduled job.Scheduled, slot job.Slot, due job.Due, before history) (job.Launch, error) {
	typed, ok := s.words.Parse(scheduled.Run, words.Context{Direct: true, Raw: true}).(words.Command)
	spec, known := s.specs[typed.Name]
	if !ok || !known || spec.Look || spec.Retired != "" {
		return job.Launch{Dropped: droppedSenses}, nil
	}
	policy, hash := s.policy()
	commands := s.words.Counted(typed.Name, typed.Args)
	actor, decision := access.Scheduled(policy, scheduled, commands...)
	c := job.Command{
		Name: typed.Name, Args: typed.Args, Text: scheduled.Run, Key: slot.Key(), Actor: actor,
		Place: job.Place{Channel: scheduled.Channel}, Typed: time.Now().UTC().Truncate(time.Microsecond), Source: "schedule",
	}
	if before.allowed != nil {
		c.Typed = before.allowed.At
	} else if !decision.Allowed {
		_, err := s.ledger.Record(ctx, ledger.Entry{
			Key: c.Key, Kind: ledger.KindRefused, Job: c.Name, Actor: actor, Place: c.Place, Rule: decision.Rule, Text: s.sayRefused(c, decision),
		})
		return job.Launch{Dropped: droppedRefused}, err
	}
	r := job.Request{
		ID: job.ID(spec.Verb(), c.Key, job.IDLength), Command: c, Rule: decision.Rule, Policy: hash, Timers: s.timers, Approve: s.agreement(commands), Due: due,
		Asks: s.mayAsk(scheduled, commands, policy, actor), Runbook: s.runbooks[c.Name],
	}
	if spec.Always && !r.Approve.Needed() {
		return job.Launch{Dropped: "nobody is named under approve who could agree to it"}, nil
	}
	failpoint.Here("before the time is allowed", r.ID)
	launch, err := s.identify(ctx, r, spec, before)
	if err != nil || launch.Dropped != "" {
		return launch, err
	}
	r = launch.Request
	entry := allowed(r)
	entry.At = c.Typed
	if _, err := s.ledger.Record(ctx, entry); err != nil {
		return job.Launch{}, err
	}
	if before.id != "" && before.id != r.ID {
		entry.Kind, entry.At, entry.Data = ledger.KindID(len(r.ID)-len(spec.Verb())-1), time.Time{}, nil
		if _, err := s.ledger.Record(ctx, entry); err != nil {
			return job.Launch{}, err
		}
	}
	_, err = s.ledger.Record(ctx, ledger.Entry{
		Key: c.Key, Kind: ledger.KindDue, Run: r.ID, Job: ledger.OfSchedule(slot.Schedule), Actor: actor, Place: c.Place, Text: c.Text, Data: due,
	})
	failpoint.Here("after the time is allowed", r.ID)
	return launch, err
}

// identify gives a request the first of its ids that no other key owns.
func (s *Starter) identify(ctx context.Context, r job.Request, spec job.Spec, before history) (job.Launch, error) {
	if err := s.reach(ctx); err != nil {
		return job.Launch{}, err
	}
	late := time.Time{}
	if scheduled := s.schedules[r.Due.Schedule]; scheduled.Late > 0 {
		late = r.Due.At.Add(scheduled.Late)
	}
	for n := job.IDLength; n <= job.MaxIDLength; n++ {
		r.ID = job.ID(spec.Verb(), r.Command.Key, n)
		owner, exists, err := s.owner(ctx, r.ID)
		switch {
		case err != nil:
			return job.Launch{}, err
		case exists && owner == r.Command.Key:
			return job.Launch{Request: r, There: true}, nil
		case exists:
			continue
		case before.ended: // the engine forgets what ended long ago, the ledger does not
			return job.Launch{Dropped: droppedEnded}, nil
		}
		return job.Launch{Request: r, Memo: memo(r.Command), Summary: summary(r.Command), Late: late}, nil
	}
	return job.Launch{}, errors.New("every id of this time belongs to another run")
}

// mayAsk are those who may answer the questions of a scheduled run: there is no person who asked for it, so it is whoever
// may give the command, and for a sync its owner.
func (s *Starter) mayAsk(scheduled job.Scheduled, commands []string, policy access.Policy, actor job.Actor) job.AskRules {
	groups := slices.Clone(s.asks.Groups)
	groups = append(groups, access.DecideAll(policy, actor, commands).Who...)
	if scheduled.As != "" {
		groups = append(groups, scheduled.As)
	}
	for _, sync := range s.syncs {
		if sync.Name == scheduled.Sync && sync.Told.Owner != "" {
			groups = append(groups, sync.Told.Owner)
		}
	}
	groups = slices.DeleteFunc(groups, func(name string) bool { return name == access.Everyone })
	slices.Sort(groups)
	return job.AskRules{Groups: slices.Compact(groups)}
}
