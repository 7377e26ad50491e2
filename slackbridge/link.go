package slackbridge

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/rs/zerolog"
	"github.com/slack-go/slack"
)

// sockets are the two sockets. Two, because slack-go drops a socket the moment Slack announces its end, and what is on its
// way then is lost until Slack repeats it. Nothing of ours ever takes both down at the same time.
type sockets struct {
	api     *slack.Client
	timers  Timers
	log     zerolog.Logger
	deliver func(envelope)
	turn    chan struct{} // held by the link that replaces its socket of its own will

	mu  sync.Mutex
	now [2]*session // sockets that Slack has greeted
	err error       // why the last attempt to open one did not go well
}

func newSockets(api *slack.Client, t Timers, log zerolog.Logger, deliver func(envelope)) *sockets {
	return &sockets{api: api, timers: t, log: log, deliver: deliver, turn: make(chan struct{}, 1)}
}

// run keeps both sockets open until ctx ends.
func (s *sockets) run(ctx context.Context) {
	var wg sync.WaitGroup
	for slot := range s.now {
		wg.Go(func() { s.keep(ctx, slot) })
	}
	wg.Wait()
}

// up reports whether at least one socket is open, and otherwise why not.
func (s *sockets) up() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, one := range s.now {
		if one != nil && one.pulse.silence() <= s.timers.Silence {
			return nil
		}
	}
	if s.err != nil {
		return s.err
	}
	return errors.New("no socket to slack is open yet")
}

// sessions are the sockets that are open.
func (s *sockets) sessions() []*session {
	s.mu.Lock()
	defer s.mu.Unlock()
	var open []*session
	for _, one := range s.now {
		if one != nil {
			open = append(open, one)
		}
	}
	return open
}

// keep holds one of the two open.
func (s *sockets) keep(ctx context.Context, slot int) {
	wait := backoff{least: s.timers.Reconnect, most: 30 * time.Second}
	// The two are replaced at different times from the first hour on.
	life := s.timers.Lifetime * time.Duration(2+slot) / 2
	log := s.log.With().Int("socket", slot+1).Logger()
	for holding := false; ctx.Err() == nil; {
		began := time.Now()
		one := newSession(s.api, log)
		why := one.run(ctx, s.timers.Silence, func() {
			s.set(slot, one, nil)
			log.Debug().Msg("socket open")
			holding = s.release(holding)
		}, func(silent time.Duration) error {
			if holding && time.Since(began) > s.timers.Silence/4 {
				holding = s.release(holding) // it does not come back: let the other one look after itself
			}
			err := s.due(slot, time.Since(began), life, silent)
			holding = holding || err != nil
			return err
		}, s.deliver)
		s.set(slot, nil, why)
		life = s.timers.Lifetime
		if ctx.Err() != nil {
			break
		}
		log.Info().AnErr("why", why).Dur("lived", time.Since(began)).Msg("socket over, opening another")
		if holding || time.Since(began) > 30*time.Second {
			wait.reset()
		}
		if holding {
			continue
		}
		holding = s.release(holding)
		var limited *slack.RateLimitedError
		rest := wait.next()
		if errors.As(why, &limited) {
			rest = max(rest, limited.RetryAfter)
		}
		if errors.Is(why, errClosed) && time.Since(began) > time.Second {
			rest = 0 // Slack refreshes sockets every few hours and says so
		}
		pause(ctx, rest)
	}
}

// due says whether a socket has to be replaced, and if so holds the turn for it. One that never greeted is given up at
// the same silence; one that is merely old waits until the other is open.
func (s *sockets) due(slot int, age, life, silent time.Duration) error {
	var why error
	switch {
	case silent > s.timers.Silence:
		why = errSilent
	case age > life && s.other(slot):
		why = errAged
	default:
		return nil
	}
	select {
	case s.turn <- struct{}{}:
		return why
	default:
		return nil
	}
}

func (s *sockets) release(holding bool) bool {
	if holding {
		<-s.turn
	}
	return false
}

func (s *sockets) other(slot int) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.now[1-slot] != nil
}

func (s *sockets) set(slot int, one *session, why error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now[slot] = one
	s.err = why
}
