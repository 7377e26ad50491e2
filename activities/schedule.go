package activities

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/temporal"

	"github.com/pawl-ops/pawl/internal/board"
	"github.com/pawl-ops/pawl/internal/ledger"
	"github.com/pawl-ops/pawl/internal/slots"
	"github.com/pawl-ops/pawl/job"
)

// Schedules is the door as schedules and those who hold them use it: see package starter. A *job.RefusedError is for the
// person who asked.
type Schedules interface {
	Due(ctx context.Context, slot job.Slot) (job.Launch, error)
	ScheduleOf(ctx context.Context, typed string, sync bool) (job.ScheduleState, error)
	Hold(ctx context.Context, h job.Hold) error
	RunNow(ctx context.Context, name string, by job.Actor, asked job.Key) (id, why string, err error)
	// Scheduled is a schedule as pawl.yaml has it, and whether it does.
	Scheduled(name string) (job.Scheduled, bool)
	// RunOf is a run as the ledger knows it.
	RunOf(ctx context.Context, id string) (ledger.Run, bool, error)
}

// DueSlot asks the door which run is to be started for a time of a schedule.
func (a *Activities) DueSlot(ctx context.Context, slot job.Slot) (job.Launch, error) {
	return a.Door.Due(ctx, slot)
}

// NotLaunched writes down that a run which was allowed was never started.
func (a *Activities) NotLaunched(ctx context.Context, r RunRef) error {
	return a.note(ctx, r, ledger.KindNotStarted(1), nil)
}

// LostInput are times of a schedule at which nothing ran.
type LostInput struct {
	Schedule string        `json:"schedule"`
	Lost     job.LostTimes `json:"lost"`
}

// TellLost tells people of times at which nothing ran, where the schedule's runs speak. Telling it twice is telling it once.
func (a *Activities) TellLost(ctx context.Context, in LostInput) error {
	defer beating(ctx)()
	s, known := a.Door.Scheduled(in.Schedule)
	if !known || in.Lost.Again {
		return nil
	}
	if s.Sync != "" {
		_, err := a.AnnounceSync(ctx, SyncEvent{Sync: s.Sync, What: EventLost, Due: job.Due{Schedule: s.Name, At: in.Lost.First, Next: in.Lost.Next, Zone: s.Zone}})
		return err
	}
	lines := sayLost(s, in.Lost, a.Now())
	m := board.Message{Sentence: board.PlainText(lines[0]), Lines: lines, Hint: "To run it now, type `schedule run " + s.Name + "`."}
	if in.Lost.Once || in.Lost.Why == ledger.LostBusy {
		m.Hint = ""
	}
	_, err := a.post(ctx, RunRef{Actor: job.Actor{Kind: job.Schedule}}, board.Post{
		Place: job.Place{Channel: s.Channel}, Key: "schedule/" + s.Name + "/lost/" + in.Lost.First.UTC().Format(time.RFC3339), Since: a.Now().Add(-time.Hour),
		Priority: board.Ask, Message: m,
	})
	return nobodyThere(err)
}

// sayLost says which times of a schedule were lost, why, and what comes next.
func sayLost(s job.Scheduled, l job.LostTimes, now time.Time) []string {
	name := "*" + board.Clean(s.Name) + "*"
	when := slots.Said(l.First, s.Zone, now)
	if l.Count > 1 {
		when = fmt.Sprintf("%d times, from %s to %s", l.Count, slots.Said(l.First, s.Zone, now), slots.Said(l.Last, s.Zone, now))
	}
	why := "Pawl was not there."
	if l.Why == ledger.LostBusy {
		why = "Its run before was still going on."
	}
	lines := []string{fmt.Sprintf("%s did not run %s. %s", name, when, why)}
	if l.Why == ledger.LostBusy {
		lines[0] = fmt.Sprintf("%s was left out %s. %s", name, when, why)
	}
	switch {
	case l.Once:
		lines = append(lines, "One run makes up for that now.")
	case !l.Next.IsZero():
		lines = append(lines, "It runs next "+slots.Said(l.Next, s.Zone, now)+".")
	}
	return lines
}

// LateInput is a scheduled run that should have ended.
type LateInput struct {
	Run RunRef    `json:"run"`
	Due job.Due   `json:"due"`
	By  time.Time `json:"by"` // when it should have ended
}

// TellLate tells people that a scheduled run has not ended in time, and writes it down.
func (a *Activities) TellLate(ctx context.Context, in LateInput) error {
	defer beating(ctx)()
	s, known := a.Door.Scheduled(in.Due.Schedule)
	if !known {
		return nil
	}
	run, found, err := a.Door.RunOf(ctx, in.Run.ID)
	if err != nil || found && !run.Open() {
		return err
	}
	_, err = a.Ledger.Record(ctx, ledger.Entry{
		At: a.Now(), Key: in.Run.Key, Kind: ledger.KindLate, Run: in.Run.ID, Execution: in.Run.First, Job: ledger.OfSchedule(s.Name), Actor: in.Run.Actor, Data: in.Due,
	})
	switch {
	case err != nil:
		return err
	case s.Sync != "": // announcements are made from what was written down
		_, err = a.AnnounceSync(ctx, SyncEvent{Run: in.Run, Sync: s.Sync, What: EventLate, Due: in.Due})
		return err
	}
	return a.postLate(ctx, in, s, run)
}

func (a *Activities) postLate(ctx context.Context, in LateInput, s job.Scheduled, run ledger.Run) error {
	lines := []string{fmt.Sprintf("*%s* should have ended %s and still goes on.", board.Clean(s.Name), slots.Said(in.By, s.Zone, a.Now()))}
	if at := a.standing(ctx, in.Run.ID); at != "" {
		lines = append(lines, at)
	}
	if !run.Board.Zero() {
		if url, err := a.Poster.Link(ctx, run.Board); err == nil {
			lines = append(lines, board.Link(url, "Follow it there")+".")
		}
	}
	_, err := a.post(ctx, in.Run, board.Post{
		Place: job.Place{Channel: s.Channel}, Key: string(in.Run.Key) + "/late", Since: in.By.Add(-time.Minute), Priority: board.Ask,
		Message: board.Message{Sentence: board.PlainText(lines[0]), Lines: lines},
	})
	return nobodyThere(err)
}

// standing says which step a run is at; nothing when it does not tell.
func (a *Activities) standing(ctx context.Context, run string) string {
	if a.Client == nil {
		return ""
	}
	v, err := a.Client.QueryWorkflow(ctx, run, "", job.QueryBoard)
	if err != nil {
		activity.GetLogger(ctx).Debug("asking a late run how far it is", "run", run, "error", err)
		return ""
	}
	var b board.Board
	if v.Get(&b) != nil {
		return ""
	}
	return b.Message(a.Now()).Sentence
}

// nobodyThere lets a message go that has no place: trying again mends nothing.
func nobodyThere(err error) error {
	var none *temporal.ApplicationError
	if errors.Is(err, board.ErrNoPlace) || errors.As(err, &none) && none.Type() == NoPlaceType {
		return nil
	}
	return err
}

// HoldInput is a wish to pause a schedule or to resume it.
type HoldInput struct {
	Hold job.Hold `json:"hold"`
	Sync string   `json:"sync,omitempty"` // the sync whose times it is about
}

// NamedInput is a schedule as it was typed.
type NamedInput struct {
	Name string `json:"name"`
	Sync bool   `json:"sync,omitempty"` // it is the name of a sync, and its times are meant
}

// ScheduleOf looks how the schedule stands that somebody named.
func (a *Activities) ScheduleOf(ctx context.Context, in NamedInput) (job.ScheduleState, error) {
	state, err := a.Door.ScheduleOf(ctx, in.Name, in.Sync)
	return state, refusing(err)
}

// HoldSchedule pauses a schedule, or resumes it.
func (a *Activities) HoldSchedule(ctx context.Context, in HoldInput) (string, error) {
	if in.Hold.At.IsZero() {
		in.Hold.At = activity.GetInfo(ctx).ScheduledTime // the same in every attempt
	}
	if err := a.Door.Hold(ctx, in.Hold); err != nil {
		return "", refusing(err)
	}
	if in.Sync != "" {
		if _, err := a.AnnounceSync(ctx, SyncEvent{Sync: in.Sync, What: EventHeld, Due: job.Due{Schedule: in.Hold.Schedule, At: in.Hold.At}}); err != nil {
			return "", err
		}
	}
	return "", nil
}

// RunNowInput is a wish to have a schedule run out of turn.
type RunNowInput struct {
	Run      RunRef `json:"run"` // of the wish
	Schedule string `json:"schedule"`
}

// RunSchedule has a schedule give its command out of turn, and says where its run is.
func (a *Activities) RunSchedule(ctx context.Context, in RunNowInput) (string, error) {
	id, why, err := a.Door.RunNow(ctx, in.Schedule, in.Run.Actor, in.Run.Key)
	switch {
	case err != nil:
		return "", refusing(err)
	case id == "":
		return strings.TrimSuffix(board.Clean(why), "."), nil
	}
	return "`" + id + "`", nil
}

// refusing turns the door's no into the one that ends a run.
func refusing(err error) error {
	var no *job.RefusedError
	if errors.As(err, &no) {
		return Refuse(no.Says)
	}
	return err
}
