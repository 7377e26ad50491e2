package slackbridge

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/rs/zerolog"
	"github.com/slack-go/slack"
	"github.com/slack-go/slack/socketmode"
)

// Why a socket came to its end.
var (
	errSilent = errors.New("slack fell silent")
	errAged   = errors.New("old enough")
	errClosed = errors.New("slack closed the socket")
)

// session is one socket, from its opening to its end. slack-go would open the next by itself, with waits of up to five
// minutes and no jitter; we end it at its first loss instead, and let the link decide.
type session struct {
	client *socketmode.Client
	pulse  pulse
	queued atomic.Int64  // acknowledgements given to slack-go
	over   chan struct{} // closed when it ended
	log    zerolog.Logger
}

// maxFrame bounds what Slack may send in one message; large block_actions payloads are about 100 kB.
const maxFrame = 4 << 20

func newSession(api *slack.Client, log zerolog.Logger) *session {
	s := &session{over: make(chan struct{}), log: log}
	s.client = socketmode.New(api,
		socketmode.OptionDialer(s.pulse.dialer()),
		socketmode.OptionReadLimit(maxFrame),
		socketmode.OptionPingInterval(24*time.Hour)) // our own watch over the silence is exact
	return s
}

// run serves the socket until it ends and says why. hello is called when Slack greets; check is asked a few times within
// every period of silence whether the socket has to go, and gets how long it has been silent.
func (s *session) run(ctx context.Context, silence time.Duration, hello func(), check func(silent time.Duration) error, deliver func(envelope)) error {
	ctx, cancel := context.WithCancel(ctx)
	ended := make(chan error, 1)
	s.pulse.beat()
	go func() { ended <- s.client.RunContext(ctx) }()
	stop := func(why error) error {
		cancel()
		err := <-ended
		s.log.Debug().AnErr("why", why).AnErr("slack-go", err).Msg("socket closed")
		close(s.over)
		return why
	}
	tick := time.NewTicker(checkEvery(silence))
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return stop(ctx.Err())
		case err := <-ended:
			cancel()
			close(s.over)
			return fmt.Errorf("opening a socket: %w", err)
		case <-tick.C:
			if err := check(s.pulse.silence()); err != nil {
				return stop(err)
			}
		case e := <-s.client.Events:
			if err := s.take(e, hello, deliver); err != nil {
				return stop(err)
			}
		}
	}
}

// checkEvery is how often the silence is measured: it is noticed that much late at most.
func checkEvery(silence time.Duration) time.Duration { return max(silence/6, time.Millisecond) }

// take handles one event of slack-go. It never blocks: a consumer that does stops the answers to Slack's pings.
func (s *session) take(e socketmode.Event, hello func(), deliver func(envelope)) error {
	switch e.Type {
	case socketmode.EventTypeHello:
		hello()
	case socketmode.EventTypeConnecting:
		if c, ok := e.Data.(*slack.ConnectingEvent); ok && (c.ConnectionCount > 0 || c.Attempt > 1) {
			return errClosed
		}
	case socketmode.EventTypeConnectionError:
		if c, ok := e.Data.(*slack.ConnectionErrorEvent); ok {
			return fmt.Errorf("opening a socket: %w", c.ErrorObj)
		}
	case socketmode.EventTypeErrorWriteFailed:
		s.log.Warn().Msg("an acknowledgement did not get through")
	case socketmode.EventTypeErrorBadMessage:
		if bad, ok := e.Data.(*socketmode.ErrorBadMessage); ok {
			// slack-go cannot read it, which does not mean that we cannot.
			deliver(open(s, bad.Message))
		}
	case socketmode.EventTypeEventsAPI, socketmode.EventTypeInteractive, socketmode.EventTypeSlashCommand:
		if e.Request != nil {
			deliver(envelope{
				session: s, id: e.Request.EnvelopeID, kind: e.Request.Type, payload: e.Request.Payload,
				retry: e.Request.RetryAttempt, came: time.Now(),
			})
		}
	}
	return nil
}

// ack acknowledges an envelope. nil means that it was queued, not that it left.
func (s *session) ack(ctx context.Context, id string, payload any) error {
	select {
	case <-s.over:
		return errClosed
	default:
	}
	if err := s.client.AckCtx(ctx, id, payload); err != nil {
		return fmt.Errorf("acknowledging: %w", err)
	}
	s.queued.Add(1)
	return nil
}

// flushed reports whether every acknowledgement has left, or cannot any more.
func (s *session) flushed() bool {
	select {
	case <-s.over:
		return true
	default:
		return s.pulse.sent.Load() >= s.queued.Load()
	}
}
