package slackbridge

import (
	"context"
	"strings"
	"time"

	"github.com/pawl-ops/pawl/internal/board"
	"github.com/pawl-ops/pawl/internal/words"
	"github.com/pawl-ops/pawl/job"
)

// heard is a message that was said to us, or in the thread of one of our runs.
type heard struct {
	envelope envelope
	memo     *memo
	key      job.Key
	place    job.Place
	actor    job.Actor
	typed    time.Time
}

// hear handles a message. In direct messages only `message` counts, in channels only `app_mention`: the other event for
// the same message may come by another socket. Where nobody spoke to us, the words that decide about a run count in its
// thread.
func (b *Bridge) hear(ctx context.Context, e envelope, team string, m message) {
	me := b.me()
	if !m.typed() || m.User == me.user || !validTS(m.TS) || m.Channel == "" {
		b.ack(e, nil)
		return
	}
	if team == "" {
		team = me.team
	}
	at := words.Context{Self: me.user, Direct: m.direct(), Mentioned: m.Type == "app_mention"}
	if m.ThreadTS != "" {
		at.Run, _ = b.opt.Threads(ctx, m.Channel, m.ThreadTS)
	}
	mentioned := strings.Contains(m.Text, "<@"+me.user+">") || strings.Contains(m.Text, "<@"+me.user+"|")
	switch {
	case at.Direct && at.Mentioned, !at.Direct && !at.Mentioned && mentioned:
		b.ack(e, nil) // the other event tells
		return
	}
	result := b.opt.Words.Parse(m.Text, at)
	if _, ignore := result.(words.Ignore); ignore {
		b.ack(e, nil)
		return
	}
	h := heard{envelope: e, key: messageKey(team, m.Channel, m.TS), typed: b.skew.ours(timeOf(m.TS)), place: job.Place{
		Team: team, Channel: m.Channel, Thread: m.ThreadTS, Message: m.TS, Direct: at.Direct,
	}}
	if h.place.Thread == "" {
		h.place.Thread = m.TS
	}
	if b.again(&h) {
		return
	}
	defer func() {
		if p := recover(); p != nil {
			b.heard.forget(h.key) // unanswered: the next delivery is the first again
			panic(p)
		}
	}()
	var s standing
	if h.actor, s = b.people.who(m.User, m.team()); s != insider {
		b.turnAway(h, s)
		return
	}
	b.answer(ctx, h, result)
}

// again handles a message that was delivered before: it is acknowledged when the first delivery is, and waits for that
// without keeping anybody busy.
func (b *Bridge) again(h *heard) bool {
	var first bool
	if h.memo, first = b.heard.begin(h.key); first {
		return false
	}
	if !h.memo.join(h.envelope) {
		b.ack(h.envelope, nil)
	}
	return true
}

// answer does what was understood.
func (b *Bridge) answer(ctx context.Context, h heard, result words.Result) {
	switch r := result.(type) {
	case words.Command:
		b.command(ctx, h, h.command(r))
	case words.Decision:
		b.decision(ctx, h, r)
	case words.Again:
		b.repeat(ctx, h, r)
	case words.Reply:
		b.reply(ctx, h, r)
	}
}

// command is what was asked, as the door takes it.
func (h heard) command(c words.Command) job.Command {
	return job.Command{
		Name: c.Name, Args: c.Args, Text: c.Text, Plan: c.Plan, Key: h.key, Actor: h.actor, Place: h.place,
		Typed: h.typed, Source: source,
	}
}

const source = "slack"

// reply says what words alone can answer.
func (b *Bridge) reply(ctx context.Context, h heard, r words.Reply) {
	if own := b.ownReplies(h.place, r); len(own) > 0 {
		b.makeThenAck(h, func() (board.Message, string) {
			if text, ok := b.ownReply(h.place, own, r); ok {
				return saying(text), ""
			}
			return b.replyTo(ctx, h, r)
		})
		return
	}
	m, to := b.replyTo(ctx, h, r)
	b.sayThenAck(h, m, to)
}

// replyTo is the answer words alone can give, and whom its buttons are for.
func (b *Bridge) replyTo(ctx context.Context, h heard, r words.Reply) (m board.Message, to string) {
	if r.Kind == words.Help {
		c := h.command(words.Command{Name: "help", Text: "help"})
		if r.Topic != "" {
			c.Args, c.Text = map[string]string{"command": r.Topic}, "help "+r.Topic
		}
		m, ok := b.opt.Look(ctx, c)
		if !ok {
			m = helpless()
		}
		return m, ""
	}
	return b.question(h, r), h.actor.ID
}

// sayThenAck answers in the thread and acknowledges when that is said, or when it takes so long that Slack would repeat
// the message. The buttons are meant for one person, when to is given.
func (b *Bridge) sayThenAck(h heard, m board.Message, to string) {
	b.makeThenAck(h, func() (board.Message, string) { return m, to })
}

// makeThenAck is sayThenAck for an answer that takes time to make.
func (b *Bridge) makeThenAck(h heard, answer func() (m board.Message, to string)) {
	said := b.errand(func(ctx context.Context) {
		m, to := answer()
		_, _ = b.say(ctx, h, m, to) // logged where it happened; there is nobody else to tell
	})
	select {
	case <-said:
	case <-time.After(b.opt.Timers.Ack):
	}
	h.settle(b)
}

// settle acknowledges every delivery: what the message asked for is durable, or answered.
func (h heard) settle(b *Bridge) {
	for _, e := range append(h.memo.settle(), h.envelope) {
		b.ack(e, nil)
	}
}

// turnAway answers people who may ask for nothing, once an hour; bots get no answer at all. Who is merely not known yet
// is answered every time: it is not their doing, and passes.
func (b *Bridge) turnAway(h heard, s standing) {
	passing := s == unknown || s == outdated
	if !passing {
		b.opt.Log.Info().Str("user", h.actor.ID).Str("standing", string(s)).Msg("turned somebody away")
		if _, first := b.refused.begin(job.Key(h.actor.ID)); !first || s == machine {
			h.settle(b)
			return
		}
	}
	b.sayThenAck(h, turnedAway(s), "")
}
