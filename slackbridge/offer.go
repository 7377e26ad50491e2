package slackbridge

import (
	"context"

	"github.com/pawl-ops/pawl/internal/board"
	"github.com/pawl-ops/pawl/internal/words"
	"github.com/pawl-ops/pawl/job"
)

// An offer is a button that completes a command: what was meant by a word nobody knew, what was typed too long ago, what
// lacks something, what could not be started. It runs under the key of what was asked for first, so that pressing twice
// starts one run.

// offer reads the value of such a button, or says why this person cannot take the offer now.
func (b *Bridge) offer(c click) (key job.Key, typed, no string) {
	key, typed, err := parseCommandValue(c.value)
	if err != nil {
		return "", "", unknownButton
	}
	o, _ := keyParts(key)
	made := o.ts
	if o.slash {
		made = c.message.TS // a slash command has no time of its own
	}
	switch to := c.owner(o.ts); {
	case to != "" && to != c.actor.ID:
		other, _ := b.people.who(to, "")
		return "", "", notForYou(other, typed)
	case o.team != c.place.Team || o.channel != c.place.Channel && !c.place.Direct,
		c.at.Sub(b.skew.ours(timeOf(made))) > validOffer:
		return "", "", oldOffer(typed)
	}
	return key, typed, ""
}

// pressedCommand takes an offer.
func (b *Bridge) pressedCommand(ctx context.Context, c click) {
	key, typed, no := b.offer(c)
	if no != "" {
		b.tell(c.envelope, c.place, c.actor, no)
		return
	}
	if _, first := b.chosen.begin(key); !first {
		b.tell(c.envelope, c.place, c.actor, chosenBefore)
		return
	}
	switch r := b.opt.Words.Parse(typed, words.Context{Direct: true, Raw: true, Self: b.me().user}).(type) {
	case words.Command:
		b.take(ctx, c, key, r, func() { b.ack(c.envelope, nil) })
	case words.Reply:
		b.chosen.forget(key) // nothing was started yet: the next choice counts
		b.askOn(c, key, r)
	default:
		b.chosen.forget(key)
		b.tell(c.envelope, c.place, c.actor, unknownButton)
	}
}

// take runs the command an offer completes, and makes the offer say what became of it.
func (b *Bridge) take(ctx context.Context, c click, key job.Key, w words.Command, ack func()) {
	o, _ := keyParts(key)
	a := asked{
		cmd: job.Command{
			Name: w.Name, Args: w.Args, Text: w.Text, Plan: w.Plan, Key: key, Actor: c.actor, Place: c.placeOf(o),
			Typed: c.at, Source: source,
		},
		ack:  ack,
		tell: func(ctx context.Context, to string, m board.Message) { b.resolve(ctx, c, to, m) },
	}
	a.started = func(ctx context.Context, s job.Started, sure bool) {
		said := understood(a.cmd, s)
		if !sure {
			said = confirmed(a.cmd, s)
		}
		b.resolve(ctx, c, "", said)
		if sure && s.Redelivery {
			b.whisper(ctx, c.place, c.actor, c.key, runsAlready(s))
		}
	}
	if o.slash && c.place.Thread == "" {
		b.takeSlash(c, a, o.channel)
		return
	}
	b.complete(ctx, a)
}

// placeOf is where the run of a completed command speaks: where the command was asked for first.
func (c click) placeOf(o origin) job.Place {
	p := job.Place{Team: o.team, Channel: o.channel, Thread: c.place.Thread, Message: o.ts, Direct: c.place.Direct}
	switch {
	case o.slash:
		p.Channel, p.Message = c.place.Channel, c.place.Thread
	case o.again != "":
		p.Channel, p.Message = c.place.Channel, ""
	}
	if p.Thread == "" {
		p.Thread = o.ts
	}
	return p
}

// takeSlash completes a slash command that was only answered so far: now it needs a message to hang its thread under.
func (b *Bridge) takeSlash(c click, a asked, channel string) {
	a.ack()
	a.ack = func() {}
	s := slashed{
		key: a.cmd.Key, actor: c.actor, text: a.cmd.Text, came: timeOf(c.message.TS), response: c.response, again: true,
		place: job.Place{Team: c.place.Team, Channel: channel, Direct: c.place.Direct},
	}
	b.errand(func(ctx context.Context) { b.anchored(ctx, s, a) })
}

// resolve makes the message the button stood in say what became of it. A message only one person sees can be replaced by
// the response URL of the press alone.
func (b *Bridge) resolve(ctx context.Context, c click, to string, m board.Message) {
	if c.whisper {
		b.only(ctx, c.response, c.place, c.actor, c.key, to, m, true)
		return
	}
	b.amend(ctx, c.message, to, m)
}
