package syncs

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/pawl-ops/pawl/internal/board"
	"github.com/pawl-ops/pawl/internal/ledger"
	"github.com/pawl-ops/pawl/job"
)

// Line is a sync among others, as it is said on a day: its name, how it stands, when it is fetched next.
func (st Standing) Line(day time.Time) string {
	parts := []string{"*" + board.Clean(st.Sync.Name) + "*"}
	switch {
	case st.Good == nil && st.State == Fine:
		parts = append(parts, "nothing fetched yet")
	case st.State == Fine:
		parts = append(parts, "up to date, "+moment(st.Good.At, day, st.Zone), rows(st.Good.Written))
	case st.Good == nil:
		parts = append(parts, "*nothing fetched yet*")
	default:
		parts = append(parts, "*not newer than "+moment(st.Good.AsOf, day, st.Zone)+"*")
	}
	if st.State == Broken {
		parts = append(parts, strings.TrimSuffix(whose(st.Trouble.Fault, board.Clean(st.Sync.From.Name)), "."))
	}
	switch {
	case st.Paused != nil:
		parts = append(parts, "paused")
	case !st.Next.IsZero():
		parts = append(parts, "next "+moment(st.Next, day, st.Zone))
	}
	return strings.Join(parts, " · ")
}

// Times finds when a sync is fetched by itself: the zero Scheduled when it is not, and then the zone fallback.
func Times(name string, all []job.Scheduled, fallback *time.Location) (job.Scheduled, *time.Location) {
	if fallback == nil {
		fallback = time.UTC
	}
	for _, one := range all {
		if one.Sync != name {
			continue
		}
		if zone, err := time.LoadLocation(one.Zone); err == nil && one.Zone != "" {
			return one, zone
		}
		return one, fallback
	}
	return job.Scheduled{}, fallback
}

// History is a line for each time a sync was written, could not be, or was left out: the newest n of them, the newest first.
func History(ctx context.Context, l Ledger, name, schedule string, zone *time.Location, day time.Time, n int) ([]string, error) {
	p := past{ctx: ctx, ledger: l}
	all := slices.Concat(
		p.last(ledger.OfSync(name), ledger.KindSynced, n), p.last(ledger.OfSync(name), ledger.KindTrouble, n),
		p.last(ledger.OfSchedule(schedule), ledger.KindLost, n))
	if p.err != nil {
		return nil, fmt.Errorf("looking up how %s went: %w", name, p.err)
	}
	slices.SortStableFunc(all, func(a, b ledger.Entry) int { return cmp.Compare(b.At.UnixNano(), a.At.UnixNano()) })
	var lines []string
	for _, e := range all[:min(n, len(all))] {
		lines = append(lines, moment(e.At, day, zone)+" · "+event(e, day, zone))
	}
	return lines, nil
}

// event is what one entry says.
func event(e ledger.Entry, day time.Time, zone *time.Location) string {
	switch e.Kind {
	case ledger.KindSynced:
		var r job.Reconciled
		if e.Decode(&r) == nil {
			text := Figures(r)
			if e.Actor.Kind != job.Schedule {
				text += ", run by " + board.Clean(e.Actor.Display())
			}
			return text
		}
	case ledger.KindTrouble:
		var t ledger.Trouble
		if e.Decode(&t) == nil {
			return "*" + t.Fault.Class + "*: " + board.Clean(t.Fault.Says)
		}
	case ledger.KindLost:
		var l ledger.Lost
		if e.Decode(&l) == nil {
			return lost(l, day, zone)
		}
	}
	return "something that I cannot read any more"
}
