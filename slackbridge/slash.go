package slackbridge

import (
	"context"
	"strings"
	"sync/atomic"
	"time"

	"github.com/pawl-ops/pawl/internal/board"
	"github.com/pawl-ops/pawl/internal/words"
	"github.com/pawl-ops/pawl/job"
)

// slashed is a slash command. Slack keeps no message of it, offers none in threads, and repeats none: what it starts
// hangs under a message of ours, the anchor, and everything else is told to the person alone, by its response URL.
type slashed struct {
	envelope envelope
	key      job.Key
	place    job.Place // the conversation; it has no thread yet
	actor    job.Actor
	text     string // what was typed after the command's name
	came     time.Time
	response *response
	again    bool // an anchor may be there from an earlier attempt
}

// slash handles a slash command: https://docs.slack.dev/interactivity/implementing-slash-commands
func (b *Bridge) slash(ctx context.Context, e envelope, p slash) {
	me := b.me()
	if p.User == "" || p.Channel == "" || !triggerForm.MatchString(p.Trigger) {
		b.unreadable(e)
		return
	}
	team := p.Team
	if team == "" {
		team = me.team
	}
	s := slashed{
		envelope: e, key: slashKey(team, p.Channel, p.Trigger), came: e.came, response: b.newResponse(p.ResponseURL, e.came),
		place: job.Place{Team: team, Channel: p.Channel, Direct: strings.HasPrefix(p.Channel, "D")},
	}
	memo, first := b.heard.begin(s.key)
	if !first {
		if !memo.join(e) {
			b.ack(e, nil)
		}
		return
	}
	settle := func(payload any) {
		for _, other := range memo.settle() {
			b.ack(other, nil)
		}
		b.ack(e, payload)
	}
	defer func() {
		if p := recover(); p != nil {
			settle(plainly(troubled))
			panic(p)
		}
	}()
	var standing standing
	if s.actor, standing = b.people.who(p.User, ""); standing != insider {
		b.opt.Log.Info().Str("user", p.User).Str("standing", string(standing)).Msg("turned somebody away")
		b.slashReply(s, turnedAway(standing), "", settle)
		return
	}
	switch r := b.opt.Words.Parse(p.Text, words.Context{Self: me.user, Direct: true}).(type) {
	case words.Command:
		b.slashCommand(ctx, s, s.asHeard().command(r), settle)
	case words.Again:
		was, why, ok := b.opt.Again(ctx, r.Run)
		if !ok {
			b.slashReply(s, saying(why), "", settle)
			return
		}
		b.slashCommand(ctx, s, again(was, s.key, s.actor, s.place, s.came), settle)
	case words.Decision:
		b.slashDecision(ctx, s, r, settle)
	case words.Reply:
		m, to := b.replyTo(ctx, s.asHeard(), r)
		b.slashReply(s, m, to, settle)
	default: // thanks
		settle(nil)
	}
}

// asHeard is the command as if it had been a message, for what both have in common.
func (s slashed) asHeard() heard {
	return heard{envelope: s.envelope, key: s.key, place: s.place, actor: s.actor, typed: s.came}
}

// tell says something to whoever typed the command, and to nobody else.
func (b *Bridge) tellSlash(ctx context.Context, s slashed, to string, m board.Message) {
	b.only(ctx, s.response, s.place, s.actor, s.key, to, m, false)
}

// slashReply answers a slash command that starts nothing, and acknowledges it when that is said or takes too long.
func (b *Bridge) slashReply(s slashed, m board.Message, to string, settle func(any)) {
	said := b.errand(func(ctx context.Context) { b.tellSlash(ctx, s, to, m) })
	select {
	case <-said:
	case <-time.After(b.opt.Timers.Ack):
	}
	settle(nil)
}

func (b *Bridge) slashDecision(ctx context.Context, s slashed, d words.Decision, settle func(any)) {
	dec := job.Decision{
		Run: d.Run, Ask: d.Ask, Choice: d.Choice, Because: d.Because, Actor: s.actor, Key: s.key, Place: s.place, Source: source,
	}
	ans := b.opt.Door.Decide(ctx, dec)
	tell := func(ctx context.Context, text string) {
		if text != "" {
			b.tellSlash(ctx, s, "", saying(text))
		}
	}
	settle(nil)
	b.errand(func(ctx context.Context) {
		if ans.Retry {
			b.insistDecision(ctx, dec, ans, tell)
			return
		}
		b.toldDecision(ctx, dec, ans, tell)
	})
}

// slashCommand answers a look, or posts the anchor and starts the run under it. It is acknowledged when that is done, or
// when it takes so long that Slack would tell the person that it failed: then with the words that it is not confirmed.
func (b *Bridge) slashCommand(ctx context.Context, s slashed, cmd job.Command, settle func(any)) {
	if m, ok := b.look(ctx, cmd); ok {
		b.slashReply(s, m, "", settle)
		return
	}
	s.text = cmd.Text
	var told atomic.Int32 // what the acknowledgement said
	a := asked{cmd: cmd, ack: func() { told.CompareAndSwap(undecided, inTime) }}
	a.tell = func(ctx context.Context, to string, m board.Message) { b.tellSlash(ctx, s, to, m) }
	a.started = func(ctx context.Context, run job.Started, sure bool) {
		if told.Load() == tooLate || !sure {
			b.tellSlash(ctx, s, "", confirmed(cmd, run))
		}
	}
	if may, _ := b.opt.May(s.actor, b.opt.Words.Canonical(cmd.Name, cmd.Args)); !may {
		// The door refuses it and keeps record; nothing of that is for the channel.
		b.start(ctx, a)
		settle(nil)
		return
	}
	select {
	case <-b.errand(func(ctx context.Context) { b.anchored(ctx, s, a) }):
	case <-time.After(b.opt.Timers.Ack):
		if told.CompareAndSwap(undecided, tooLate) {
			settle(plainly(notConfirmed(cmd).Sentence))
			return
		}
	}
	settle(nil)
}

// What the acknowledgement of a slash command said of it.
const (
	undecided int32 = iota
	inTime          // nothing: the outcome was known
	tooLate         // that it is not confirmed
)

// plainly is an acknowledgement that says something to the person alone.
func plainly(text string) any {
	return map[string]string{"response_type": "ephemeral", "text": fit(text, maxText, mrkdwn)}
}
