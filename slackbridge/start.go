package slackbridge

import (
	"context"
	"time"

	"github.com/pawl-ops/pawl/internal/board"
	"github.com/pawl-ops/pawl/internal/failpoint"
	"github.com/pawl-ops/pawl/job"
)

// command answers a look at once and hands anything else to the door.
func (b *Bridge) command(ctx context.Context, h heard, c job.Command) {
	if m, ok := b.look(ctx, c); ok {
		b.sayThenAck(h, m, "")
		return
	}
	if age := time.Since(c.Typed); age > b.opt.Timers.Late {
		b.late(ctx, h, c, age)
		return
	}
	s := b.opt.Door.Start(ctx, c)
	log := b.opt.Log.With().Str("run", s.ID).Str("job", c.Name).Str("verdict", string(s.Verdict)).Logger()
	log.Debug().Int("retry", h.envelope.retry).Dur("after", time.Since(h.envelope.came)).Msg("the door answered")
	if s.Verdict == job.Unknown {
		// Not acknowledged: Slack delivering it again is one more try with the same key.
		b.errand(func(ctx context.Context) { b.insist(ctx, h, c) })
		return
	}
	if s.Verdict == job.Accepted {
		failpoint.Here("before the acknowledgement", s.ID)
		h.settle(b)
		b.errand(func(context.Context) { b.seen(c.Place) })
		if h.envelope.retry > 0 {
			b.errand(func(ctx context.Context) { b.correct(ctx, h, c, s) })
		}
		return
	}
	m, to := b.outcome(ctx, c, s)
	b.sayThenAck(h, m, to)
}

// look answers a command that only looks, and reports whether it is one.
func (b *Bridge) look(ctx context.Context, c job.Command) (board.Message, bool) {
	if !b.opt.Words.Look(c.Name) {
		return board.Message{}, false
	}
	// Looking costs the world something, so it is for those who may.
	if may, who := b.opt.May(c.Actor, b.opt.Words.Canonical(c.Name, c.Args)); !may {
		return notYours(c.Name, who), true
	}
	return b.opt.Look(ctx, c)
}

// late asks before it runs what was typed some time ago: the person may have given up, or done it another way. When the
// run is there already, this is only Slack's last repetition.
func (b *Bridge) late(ctx context.Context, h heard, c job.Command, age time.Duration) {
	if _, runs := b.opt.Threads(ctx, c.Place.Channel, c.Place.Message); runs {
		h.settle(b)
		return
	}
	b.sayThenAck(h, runItNow(c, age), c.Actor.ID)
}

// outcome is what a person reads when nothing was started for this command, or not by it, and whom its buttons are for.
func (b *Bridge) outcome(ctx context.Context, c job.Command, s job.Started) (m board.Message, to string) {
	switch s.Verdict {
	case job.NotNow:
		return notNow(c, s.Text), c.Actor.ID
	case job.Joined:
		link := ""
		if !s.Board.Zero() {
			link, _ = b.poster.Link(ctx, s.Board)
		}
		return joined(s, link), ""
	default:
		return refusal(s.Text), ""
	}
}

// insist tries a start of unknown outcome again, with the same key, and tells the person first that it is not confirmed
// and then the truth, in the same message.
func (b *Bridge) insist(ctx context.Context, h heard, c job.Command) {
	defer b.insistOver(h)
	posted, sayErr := b.say(ctx, h, notConfirmed(c), "")
	end := time.Now().Add(b.opt.Timers.Insist)
	wait := backoff{least: b.opt.Timers.Reconnect, most: 15 * time.Second}
	var m board.Message
	to := ""
	for {
		s := b.opt.Door.Start(ctx, c)
		if s.Verdict == job.Accepted {
			h.settle(b)
			b.errand(func(context.Context) { b.seen(c.Place) })
			m = confirmed(c, s)
			break
		}
		if s.Verdict != job.Unknown {
			h.settle(b)
			m, to = b.outcome(ctx, c, s)
			break
		}
		if time.Now().After(end) {
			m, to = neverKnown(c), c.Actor.ID
			break
		}
		if !pause(b.leisure, wait.next()) {
			return
		}
	}
	if sayErr == nil {
		b.amend(ctx, posted, to, m)
	}
}

// correct mends an answer from before a restart: that the start was not confirmed is not true any more.
func (b *Bridge) correct(ctx context.Context, h heard, c job.Command, s job.Started) {
	if at := b.said(ctx, h); !at.Zero() {
		b.amend(ctx, at, "", confirmed(c, s))
	}
}

// insistOver lets a start that never became known be tried afresh when its message comes again.
func (b *Bridge) insistOver(h heard) {
	if !h.memo.isSettled() {
		b.heard.forget(h.key)
	}
}

// amend replaces an answer by what is true now.
func (b *Bridge) amend(ctx context.Context, at job.Posted, to string, m board.Message) {
	ctx, cancel := context.WithTimeout(ctx, sayPatience)
	defer cancel()
	wait := backoff{least: 500 * time.Millisecond, most: 15 * time.Second}
	for {
		err := b.poster.edit(ctx, at, board.Final, to, func() board.Message { return m })
		if err == nil || isGone(err) || isRefusal(err) {
			return
		}
		if !pause(ctx, wait.next()) {
			b.opt.Log.Warn().Err(err).Msg("amending an answer")
			return
		}
	}
}

// seen shows on the person's message that it was taken. It is a nicety: nobody waits for it.
func (b *Bridge) seen(at job.Place) {
	ctx, cancel := context.WithTimeout(b.leisure, sayPatience)
	defer cancel()
	if err := b.poster.React(ctx, at, "eyes"); err != nil && ctx.Err() == nil {
		b.opt.Log.Debug().Err(err).Msg("reacting to a command")
	}
}
