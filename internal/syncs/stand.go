package syncs

import (
	"context"
	"fmt"
	"time"

	"github.com/pawl-ops/pawl/internal/ledger"
	"github.com/pawl-ops/pawl/internal/slots"
	"github.com/pawl-ops/pawl/job"
)

// How much of the past is added up.
const (
	maxDone  = 6  // times of one day that are told
	maxTries = 50 // tries that are counted
)

// Ledger is where a standing is read from.
type Ledger interface {
	Last(ctx context.Context, about, kind string, n int) ([]ledger.Entry, error)
}

// Stand reads how a sync stands at a moment. schedule is zero for one that is fetched only when somebody says so. The
// error is that of the ledger.
func Stand(ctx context.Context, l Ledger, s job.Sync, schedule job.Scheduled, zone *time.Location, now time.Time) (Standing, error) {
	st := Standing{Sync: s, Schedule: schedule, Zone: zone, State: Fine}
	p := past{ctx: ctx, ledger: l}
	goods := p.last(ledger.OfSync(s.Name), ledger.KindSynced, maxDone+1)
	troubles := p.last(ledger.OfSync(s.Name), ledger.KindTrouble, maxTries)
	began := p.last(ledger.OfSync(s.Name), ledger.KindBegan, 1)
	failed := p.last(ledger.OfSync(s.Name), ledger.KindFailed, 1)
	late := p.last(ledger.OfSchedule(schedule.Name), ledger.KindLate, 1)
	lost := p.last(ledger.OfSchedule(schedule.Name), ledger.KindLost, 1)
	held := p.last(ledger.OfSchedule(schedule.Name), ledger.KindHeld, 1)
	if p.err != nil {
		return st, fmt.Errorf("looking up how %s stands: %w", s.Name, p.err)
	}
	written := st.good(goods)
	var earlier time.Time
	if len(goods) > 1 {
		earlier = goods[1].At
	}
	st.trouble(troubles, written, earlier)
	if at := first(began); at.After(written) && at.After(first(failed)) {
		st.Began = at
	}
	st.late(late, written)
	st.lost(lost, written, earlier)
	st.held(held)
	st.next(now)
	return st, nil
}

// good takes what was written last, and the times before it on the same day; it gives the moment of the last one.
func (st *Standing) good(entries []ledger.Entry) (at time.Time) {
	for i, e := range entries {
		g := Good{At: e.At, Run: e.Run, Who: e.Actor}
		switch {
		case e.Decode(&g.Reconciled) != nil:
		case i == 0:
			st.Good, at = &g, e.At
		case sameDay(e.At, at, st.Zone):
			st.Done = append(st.Done, e.At)
		}
	}
	return at
}

// trouble splits what went wrong by when it was written: after it, it is broken; before it, it was mended.
func (st *Standing) trouble(entries []ledger.Entry, written, earlier time.Time) {
	for _, e := range entries {
		t := Trouble{First: e.At, Last: e.At, Tries: 1, Run: e.Run}
		if e.Decode(&t.Trouble) != nil {
			continue
		}
		switch {
		case e.At.After(written):
			st.Trouble, st.State = add(st.Trouble, t), Broken
		case e.At.After(earlier) && sameDay(e.At, written, st.Zone):
			st.Mended = add(st.Mended, t)
		}
	}
}

// add takes one try more, an earlier one.
func add(known *Trouble, t Trouble) *Trouble {
	if known == nil {
		return &t
	}
	known.First = t.First
	known.Tries++
	return known
}

func (st *Standing) late(entries []ledger.Entry, written time.Time) {
	var due job.Due
	if len(entries) == 0 || !entries[0].At.After(written) || entries[0].Decode(&due) != nil {
		return
	}
	st.Due = due.At
	if st.State == Fine {
		st.State = Late
	}
}

// lost takes the times at which nothing ran since it was written the last time but one. What is made up for at once is no
// reason to tell anybody that it is late.
func (st *Standing) lost(entries []ledger.Entry, written, earlier time.Time) {
	var lost ledger.Lost
	if len(entries) == 0 || entries[0].Decode(&lost) != nil || !lost.Last.After(earlier) {
		return
	}
	missed := lost.Last.After(written)
	if !missed && !sameDay(lost.Last, written, st.Zone) {
		return
	}
	st.Lost = &lost
	if missed && !lost.Once && lost.Why == ledger.LostAway && st.State == Fine {
		st.State, st.Due = Late, lost.Last
	}
}

func (st *Standing) held(entries []ledger.Entry) {
	var held ledger.Held
	if len(entries) > 0 && entries[0].Decode(&held) == nil && held.Paused {
		st.Paused = &held
	}
}

func (st *Standing) next(now time.Time) {
	if st.Schedule.When == "" || st.Paused != nil {
		return
	}
	if times, err := slots.Of(st.Schedule); err == nil {
		st.Next = times.Next(now)
	}
}

// past reads the ledger until something goes wrong.
type past struct {
	ctx    context.Context
	ledger Ledger
	err    error
}

func (p *past) last(about, kind string, n int) (entries []ledger.Entry) {
	if p.err == nil {
		entries, p.err = p.ledger.Last(p.ctx, about, kind, n)
	}
	return entries
}

func first(entries []ledger.Entry) (at time.Time) {
	if len(entries) > 0 {
		at = entries[0].At
	}
	return at
}

func sameDay(a, b time.Time, zone *time.Location) bool {
	return a.In(zone).Format(time.DateOnly) == b.In(zone).Format(time.DateOnly)
}
