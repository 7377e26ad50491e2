package slots

import (
	"context"
	"time"

	"github.com/pawl-ops/pawl/internal/ledger"
	"github.com/pawl-ops/pawl/job"
)

// remembered is how many of the last times are read from the ledger.
const remembered = 20

// Ledger is where it is written what a schedule did.
type Ledger interface {
	Last(ctx context.Context, about, kind string, n int) ([]ledger.Entry, error)
	Run(ctx context.Context, id string) (ledger.Run, bool, error)
}

// Past is what the ledger knows of a schedule.
type Past struct {
	Known  bool        // Pawl has had the schedule before
	Held   ledger.Held // how it stands
	HeldAt time.Time   // since when
	HeldBy job.Actor
	Since  time.Time // everything up to here is accounted for; zero: nothing is known
	Runs   []Ran     // the last ones, the newest first
}

// Ran is one time at which the schedule's command was given.
type Ran struct {
	Due  job.Due
	Text string // what was said of it, when it was recorded
	Run  string // the run's id
}

// Read reads the past of the schedule of that name. The error is a *ledger.DownError.
func Read(ctx context.Context, l Ledger, name string) (Past, error) {
	var p Past
	held, err := l.Last(ctx, ledger.OfSchedule(name), ledger.KindHeld, 1)
	if err != nil {
		return Past{}, err
	}
	for _, e := range held {
		if err := e.Decode(&p.Held); err != nil {
			return Past{}, &ledger.DownError{Doing: "reading how a schedule stands", Cause: err}
		}
		p.Known, p.HeldAt, p.HeldBy, p.Since = true, e.At, e.Actor, e.At
	}
	due, err := l.Last(ctx, ledger.OfSchedule(name), ledger.KindDue, remembered)
	if err != nil {
		return Past{}, err
	}
	for _, e := range due {
		r := Ran{Run: e.Run, Text: e.Text}
		if err := e.Decode(&r.Due); err != nil {
			return Past{}, &ledger.DownError{Doing: "reading the times of a schedule", Cause: err}
		}
		p.Runs = append(p.Runs, r)
		if r.Due.By == "" && r.Due.At.After(p.Since) {
			p.Since = r.Due.At
		}
	}
	lost, err := l.Last(ctx, ledger.OfSchedule(name), ledger.KindLost, 1)
	if err != nil {
		return Past{}, err
	}
	for _, e := range lost {
		var times ledger.Lost
		if err := e.Decode(&times); err != nil {
			return Past{}, &ledger.DownError{Doing: "reading the lost times of a schedule", Cause: err}
		}
		if times.Last.After(p.Since) {
			p.Since = times.Last
		}
	}
	return p, nil
}
