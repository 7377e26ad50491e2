package starter

import (
	"context"

	"github.com/pawl-ops/pawl/internal/ledger"
	"github.com/pawl-ops/pawl/job"
)

// single waits until no other start of this job by this actor is under way, here or by another process beside this one:
// whether one of them is open can only be asked when none is about to be.
func (s *Starter) single(ctx context.Context, c job.Command) (done func(), err error) {
	name := "start " + c.Name + " " + string(c.Actor.Kind) + " " + c.Actor.ID
	here, err := s.turns.Take(ctx, name)
	if err != nil {
		return nil, err
	}
	everywhere, err := s.ledger.Turn(ctx, name)
	if err != nil {
		here()
		return nil, err
	}
	return func() { everywhere(); here() }, nil
}

// open gives the run of the same job that the same actor has under way. The ledger proposes, the engine decides: a run
// that was terminated, or never got started, has no outcome in the ledger but blocks nobody.
func (s *Starter) open(ctx context.Context, c job.Command) (ledger.Run, bool, error) {
	runs, err := s.ledger.OpenOf(ctx, c.Name, c.Actor)
	if err != nil {
		return ledger.Run{}, false, err
	}
	for _, r := range runs {
		if r.Key == c.Key {
			continue
		}
		running, err := s.running(ctx, r.ID, r.Key)
		if err != nil || running {
			return r, running, err
		}
	}
	return ledger.Run{}, false, nil
}

// join answers a command with the run that is under way already, for good: the same key never starts one of its own.
func (s *Starter) join(ctx context.Context, c job.Command, r ledger.Run) job.Started {
	text := s.sayJoined(ctx, r)
	_, err := s.ledger.Record(ctx, ledger.Entry{
		Key: c.Key, Kind: ledger.KindJoined, Run: r.ID, Job: c.Name, Actor: c.Actor, Place: c.Place, Text: text, Data: r.Board,
	})
	if err != nil {
		return s.notNow(c, err)
	}
	return job.Started{Verdict: job.Joined, ID: r.ID, Board: r.Board, Text: text}
}

// joinedBefore repeats the answer of an earlier delivery, with what is known by now.
func (s *Starter) joinedBefore(ctx context.Context, e ledger.Entry) job.Started {
	started := job.Started{Verdict: job.Joined, ID: e.Run, Text: e.Text}
	if err := e.Decode(&started.Board); err != nil {
		s.log.Warn().Err(err).Str("run", e.Run).Msg("the board of a joined run is not readable")
	}
	if r, ok, err := s.ledger.Run(ctx, e.Run); err == nil && ok {
		started.Board = r.Board
	}
	return started
}
