package slackbridge

import (
	"context"
	"strings"
	"time"

	"github.com/pawl-ops/pawl/internal/board"
	"github.com/pawl-ops/pawl/internal/words"
	"github.com/pawl-ops/pawl/job"
)

// pressedAgain asks for the same command once more. It is the presser who asks now, whoever asked before; and two presses
// on one button are one request.
func (b *Bridge) pressedAgain(ctx context.Context, c click) {
	run := c.value
	if !job.LooksLikeID(run) || run != strings.ToLower(run) {
		b.tell(c.envelope, c.place, c.actor, unknownButton)
		return
	}
	if to := addressee(c.block); to != "" && to != c.actor.ID {
		other, _ := b.people.who(to, "")
		b.tell(c.envelope, c.place, c.actor, notForYou(other, "again "+run))
		return
	}
	key := againKey(c.place.Team, c.place.Channel, run, c.message.TS)
	o, ok := keyParts(key)
	if !ok {
		b.tell(c.envelope, c.place, c.actor, unknownButton)
		return
	}
	was, why, ok := b.opt.Again(ctx, run)
	if !ok {
		b.tell(c.envelope, c.place, c.actor, why)
		return
	}
	a := asked{
		cmd: again(was, key, c.actor, c.placeOf(o), time.Now()),
		ack: func() { b.ack(c.envelope, nil) },
		// The message that holds the button tells how a run ended: that stays.
		tell: func(ctx context.Context, _ string, m board.Message) {
			b.whisperMessage(ctx, c.place, c.actor, c.key, m)
		},
	}
	a.started = func(ctx context.Context, s job.Started, _ bool) {
		text := runsAgain(a.cmd, s)
		if s.Redelivery {
			text = runsAlready(s)
		}
		b.whisper(ctx, c.place, c.actor, c.key, text)
	}
	b.complete(ctx, a)
}

// repeat is `again` typed by somebody, in the run's thread or with its id.
func (b *Bridge) repeat(ctx context.Context, h heard, r words.Again) {
	was, why, ok := b.opt.Again(ctx, r.Run)
	if !ok {
		b.sayThenAck(h, saying(why), "")
		return
	}
	b.command(ctx, h, again(was, h.key, h.actor, h.place, h.typed))
}

// again is a command of before as a new request.
func again(was job.Command, key job.Key, actor job.Actor, at job.Place, now time.Time) job.Command {
	return job.Command{
		Name: was.Name, Args: was.Args, Text: was.Text, Plan: was.Plan,
		Key: key, Actor: actor, Place: at, Typed: now, Source: source,
	}
}
