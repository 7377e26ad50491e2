package slackbridge

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/slack-go/slack"
)

// Bridge receives what people say and press in Slack, by its sockets or by HTTP, hands it to the door and answers. Make
// it with New, then Start, then Drain.
type Bridge struct {
	opt     Options
	api     *slack.Client
	http    *http.Client
	poster  *Poster
	people  *Directory
	sockets *sockets
	intake  *intake
	heard   *recent // messages
	chosen  *recent // messages completed by a button
	refused *recent // people turned away
	tabs    *tabs
	skew    skew

	mu       sync.Mutex
	self     self
	selfErr  error
	started  bool
	draining bool
	life     context.Context // ends everything
	cancel   context.CancelFunc
	leisure  context.Context // ends when Drain begins: what can be left undone
	hurry    context.CancelFunc
	loops    sync.WaitGroup // sockets, workers, directory
	errands  sync.WaitGroup // what outlives its envelope: answers, repeated starts, reactions
}

// New makes a bridge. It calls nobody yet.
func New(o Options) (*Bridge, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	o = o.withDefaults()
	b := &Bridge{
		opt: o, heard: newRecent(o.Timers.Remember), chosen: newRecent(o.Timers.Remember),
		refused: newRecent(time.Hour), tabs: newTabs(),
	}
	b.api, b.http = newAPI(o.APIURL, o.BotToken, o.AppToken, o.Timers.HTTP, slack.OptionOnResponseHeaders(b.skew.observe))
	b.poster = NewPoster(PosterOptions{
		APIURL: o.APIURL, BotToken: o.BotToken, Share: o.Share, Timeout: o.Timers.HTTP,
		EditGap: o.Timers.EditGap, LateSweep: o.Timers.LateSweep, Log: o.Log,
	})
	b.people = newDirectory(b.api, b.poster.budget, o)
	b.poster.know(b.people)
	b.intake = newIntake(b.handle)
	b.sockets = newSockets(b.api, o.Timers, o.Log, b.deliver)
	return b, nil
}

// Poster says things in Slack with the bridge's token and within its budget.
func (b *Bridge) Poster() *Poster { return b.poster }

// Directory knows who is who.
func (b *Bridge) Directory() *Directory { return b.people }

// Start begins to connect and returns at once: Slack may be away, and Ready tells when it is there. Ending ctx stops
// everything as it stands; Drain is the polite way.
func (b *Bridge) Start(ctx context.Context) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.started {
		return errors.New("the slack bridge was started before")
	}
	b.started = true
	b.life, b.cancel = context.WithCancel(ctx)
	b.leisure, b.hurry = context.WithCancel(b.life)
	b.loops.Go(func() { b.run(b.life) })
	return nil
}

// run connects in the order in which things are needed: who we are, who is who, the sockets.
func (b *Bridge) run(ctx context.Context) {
	if !b.introduce(ctx) {
		return
	}
	if err := b.people.load(); err != nil {
		b.opt.Log.Warn().Err(err).Msg("starting without a copy of the directory")
	}
	var wg sync.WaitGroup
	wg.Go(func() { b.people.run(ctx) })
	wg.Go(func() { b.intake.run(ctx) })
	wg.Go(func() { b.refreshHomes(ctx) })
	if !b.opt.AppToken.Empty() {
		wg.Go(func() { b.sockets.run(ctx) })
	}
	wg.Wait()
}

// introduce learns which workspace and which user we are. It insists until ctx ends: a token that Slack refuses now may
// be mended there.
func (b *Bridge) introduce(ctx context.Context) bool {
	wait := backoff{least: b.opt.Timers.Reconnect, most: 30 * time.Second}
	for {
		a, err := b.api.AuthTestContext(ctx)
		if err = calling("auth.test", err); err == nil {
			me := self{team: a.TeamID, user: a.UserID, bot: a.BotID, app: b.appOf(ctx, a.BotID)}
			b.mu.Lock()
			b.self, b.selfErr = me, nil
			b.mu.Unlock()
			b.poster.self.set(me)
			b.people.introduce(a.TeamID, a.EnterpriseID)
			return true
		}
		b.mu.Lock()
		b.selfErr = err
		b.mu.Unlock()
		if ctx.Err() == nil {
			b.opt.Log.Warn().Err(err).Msg("introducing ourselves to slack")
		}
		if !pause(ctx, wait.next()) {
			return false
		}
	}
}

// appOf is the id of our app, against which requests are held; empty when Slack does not say. On a socket, which is
// opened with a token of the app, nothing needs to be held against it.
func (b *Bridge) appOf(ctx context.Context, bot string) string {
	if b.opt.SigningSecret.Empty() {
		return ""
	}
	info, err := b.api.GetBotInfoContext(ctx, slack.GetBotInfoParameters{Bot: bot})
	if err = calling("bots.info", err); err != nil {
		b.opt.Log.Info().Err(err).Msg("asking for the id of our app: requests are not held against it")
		return ""
	}
	return info.AppID
}

// Ready says why commands cannot be taken just now, or nil. It tells the truth of this moment: a socket Slack greeted and
// that is not silent, and a directory young enough to say who may do what.
func (b *Bridge) Ready() error {
	b.mu.Lock()
	started, draining, me, err := b.started, b.draining, b.self, b.selfErr
	b.mu.Unlock()
	switch {
	case !started:
		return errors.New("the slack bridge was not started")
	case draining:
		return errors.New("the slack bridge is stopping")
	case me.team == "" && err != nil:
		return fmt.Errorf("connecting to slack: %w", denial(err))
	case me.team == "":
		return errors.New("connecting to slack")
	}
	if err := b.people.Ready(); err != nil {
		return denial(err)
	}
	if b.opt.AppToken.Empty() {
		return nil // requests come to HTTP, or do not: nothing of ours tells
	}
	if err := b.sockets.up(); err != nil {
		return fmt.Errorf("connecting to slack: %w", denial(err))
	}
	return nil
}

// denial says plainly when it is our token that Slack refuses.
func denial(err error) error {
	if code, ok := isDenied(err); ok {
		return fmt.Errorf("slack refuses the token or one of its scopes (%s): %w", code, err)
	}
	return err
}

// flushPatience is how long Drain waits for the last acknowledgements to leave.
const flushPatience = time.Second

// Drain stops politely: nothing more is taken, what was taken is finished, acknowledgements leave, the sockets close.
// Starts of unknown outcome are left to Slack, which delivers their messages again. When ctx ends first, the rest is
// dropped; everything that was promised to anybody is durable by then.
func (b *Bridge) Drain(ctx context.Context) error {
	b.mu.Lock()
	started := b.started
	b.draining = true
	b.mu.Unlock()
	var err error
	if started {
		b.hurry()
		err = b.intake.close(ctx)
		if err == nil {
			err = within(ctx, b.errands.Wait)
		}
		for _, s := range b.sockets.sessions() {
			until(flushPatience, s.flushed)
			s.pulse.calm.Store(true)
		}
		b.cancel()
		b.errands.Wait()
		b.loops.Wait()
	}
	b.poster.Close()
	b.http.CloseIdleConnections()
	if err != nil {
		return fmt.Errorf("draining the slack bridge: %w", err)
	}
	return nil
}

// me is who we are.
func (b *Bridge) me() self {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.self
}

// errand does something that outlives its envelope, and returns what to wait on.
func (b *Bridge) errand(do func(ctx context.Context)) <-chan struct{} {
	done := make(chan struct{})
	b.errands.Go(func() {
		defer close(done)
		do(b.life)
	})
	return done
}
