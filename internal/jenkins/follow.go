package jenkins

import (
	"context"
	"time"
)

// Follow looks at a build every so often until it is over, and tells see every state, the last one included. While
// Jenkins cannot be asked (it is down, it restarts) it goes on, and tells the last state with Trouble; only what will not
// pass by itself ends it. It also ends when see gives an error, and with ctx.
func (s *Server) Follow(ctx context.Context, ref Ref, every time.Duration, see func(State) error) (State, error) {
	last := State{Ref: ref, Phase: Waiting, Percent: -1}
	for {
		st, err := s.State(ctx, last.Ref)
		switch {
		case ctx.Err() != nil:
			return last, err
		case err == nil:
			last = st
		case OutcomeOf(err) == Refused:
			return last, err
		default:
			last.Trouble = faultOf(err).Says
		}
		if err := see(last); err != nil {
			return last, err
		}
		if last.Over() {
			return last, nil
		}
		if err := s.wait(ctx, every); err != nil {
			return last, err
		}
	}
}
