package slackbridge

import (
	"context"
	"strings"
	"time"

	"github.com/pawl-ops/pawl/internal/board"
	"github.com/pawl-ops/pawl/internal/words"
	"github.com/pawl-ops/pawl/job"
)

// click is a button somebody pressed.
type click struct {
	envelope envelope
	key      job.Key
	place    job.Place
	message  job.Posted // the message the button stands in
	whisper  bool       // that message is one only this person sees
	actor    job.Actor
	at       time.Time
	block    string
	parent   string // who wrote the message the thread hangs under
	value    string
}

// owner is the person whose command a button completes: the one it was addressed to, and otherwise whoever wrote the
// message with that ts. Empty when neither is known: then the door alone decides.
func (c click) owner(ts string) string {
	if to := addressee(c.block); to != "" {
		return to
	}
	if c.place.Thread == ts {
		return c.parent
	}
	return ""
}

// pressed handles a click. Slack repeats no click, and tells the person that it failed when it is not acknowledged within
// three seconds: so it always is, and whoever pressed always gets an answer.
func (b *Bridge) pressed(ctx context.Context, e envelope, p press) {
	if p.Type != "block_actions" || len(p.Actions) == 0 || p.User.ID == "" || p.channel() == "" {
		if p.User.ID != "" && p.channel() != "" {
			b.tell(e, job.Place{Channel: p.channel(), Thread: p.thread()}, job.Actor{Kind: job.SlackUser, ID: p.User.ID}, unreadableClick)
			return
		}
		b.unreadable(e)
		return
	}
	me, act := b.me(), p.Actions[0]
	team := p.Team.ID
	if team == "" {
		team = me.team
	}
	c := click{
		envelope: e,
		key:      job.Key(strings.Join([]string{team, p.channel(), p.Container.MessageTS, act.ActionID, p.User.ID, act.ActionTS}, ":")),
		place:    job.Place{Team: team, Channel: p.channel(), Thread: p.thread(), Direct: strings.HasPrefix(p.channel(), "D")},
		message:  job.Posted{Channel: p.channel(), TS: p.Container.MessageTS},
		whisper:  p.Container.IsEphemeral,
		at:       b.skew.ours(timeOf(act.ActionTS)), block: act.BlockID, parent: p.Message.Parent, value: act.Value,
	}
	if !validTS(act.ActionTS) {
		c.at = e.came
	}
	if _, first := b.heard.begin(c.key); !first {
		b.ack(e, nil)
		return
	}
	var s standing
	if c.actor, s = b.people.who(p.User.ID, p.User.TeamID); s != insider {
		b.tell(e, c.place, c.actor, turnedAway(s).Sentence)
		return
	}
	action, _, _ := strings.Cut(act.ActionID, ":")
	switch action {
	case ActionDecide:
		b.pressedDecide(ctx, c)
	case ActionCommand:
		b.pressedCommand(ctx, c)
	default:
		b.tell(e, c.place, c.actor, unknownButton)
	}
}

// tell acknowledges a click and answers it with a sentence for whoever pressed.
func (b *Bridge) tell(e envelope, at job.Place, to job.Actor, text string) {
	b.ack(e, nil)
	b.errand(func(ctx context.Context) { b.whisper(ctx, at, to, job.Key(e.id), text) })
}

func (b *Bridge) pressedDecide(ctx context.Context, c click) {
	run, ask, choice, err := parseValue(c.value)
	if err != nil {
		b.opt.Log.Info().Err(err).Msg("a button nobody knows")
		b.tell(c.envelope, c.place, c.actor, unknownButton)
		return
	}
	d := job.Decision{Run: run, Ask: ask, Choice: choice, Actor: c.actor, Key: c.key, Place: c.place, Source: source}
	ans := b.opt.Door.Decide(ctx, d)
	b.opt.Log.Debug().Str("run", run).Int("ask", ask).Str("choice", choice).Bool("counted", ans.Counted).Msg("the door took a press")
	b.ack(c.envelope, nil)
	b.errand(func(ctx context.Context) {
		if ans.Retry {
			b.insistDecision(ctx, d, ans)
			return
		}
		b.toldDecision(ctx, d, ans)
	})
}

// pressedCommand completes a command: what was meant by a word nobody knew, what was typed too long ago, what could not be
// started. It runs under the key of the original message, so that pressing twice starts one run.
func (b *Bridge) pressedCommand(ctx context.Context, c click) {
	key, typed, err := parseCommandValue(c.value)
	if err != nil {
		b.tell(c.envelope, c.place, c.actor, unknownButton)
		return
	}
	team, channel, ts, _ := keyParts(key)
	switch to := c.owner(ts); {
	case to != "" && to != c.actor.ID:
		other, _ := b.people.who(to, "")
		b.tell(c.envelope, c.place, c.actor, notForYou(other, typed))
		return
	case team != c.place.Team || channel != c.place.Channel && !c.place.Direct, c.at.Sub(b.skew.ours(timeOf(ts))) > validOffer:
		b.tell(c.envelope, c.place, c.actor, oldOffer(typed))
		return
	}
	if _, first := b.chosen.begin(key); !first {
		b.tell(c.envelope, c.place, c.actor, chosenBefore)
		return
	}
	cmd, ok := b.opt.Words.Parse(typed, words.Context{Direct: true, Raw: true, Self: b.me().user}).(words.Command)
	if !ok {
		b.chosen.forget(key)
		b.tell(c.envelope, c.place, c.actor, unknownButton)
		return
	}
	place := job.Place{Team: team, Channel: channel, Thread: c.place.Thread, Message: ts, Direct: c.place.Direct}
	if place.Thread == "" {
		place.Thread = ts
	}
	b.complete(ctx, c, job.Command{
		Name: cmd.Name, Args: cmd.Args, Text: cmd.Text, Plan: cmd.Plan, Key: key, Actor: c.actor, Place: place,
		Typed: c.at, Source: source,
	})
}

// complete runs the completed command and makes the offer say what became of it.
func (b *Bridge) complete(ctx context.Context, c click, cmd job.Command) {
	if m, ok := b.look(ctx, cmd); ok {
		b.ack(c.envelope, nil)
		b.errand(func(ctx context.Context) { b.resolve(ctx, c, "", m) })
		return
	}
	s := b.opt.Door.Start(ctx, cmd)
	b.opt.Log.Debug().Str("run", s.ID).Str("job", cmd.Name).Str("verdict", string(s.Verdict)).Msg("the door answered a press")
	b.ack(c.envelope, nil)
	b.errand(func(ctx context.Context) {
		switch s.Verdict {
		case job.Accepted:
			b.errand(func(context.Context) { b.seen(cmd.Place) })
			b.resolve(ctx, c, "", understood(cmd, s))
			if s.Redelivery {
				b.whisper(ctx, c.place, c.actor, c.key, runsAlready(s))
			}
		case job.Unknown:
			b.insistClick(ctx, c, cmd)
		default:
			if s.Verdict == job.NotNow {
				b.chosen.forget(cmd.Key) // the new button may be pressed
			}
			m, to := b.outcome(ctx, cmd, s)
			b.resolve(ctx, c, to, m)
		}
	})
}

// insistClick is insist for a command completed by a button: the offer itself says what is known.
func (b *Bridge) insistClick(ctx context.Context, c click, cmd job.Command) {
	b.resolve(ctx, c, "", notConfirmed(cmd))
	end := time.Now().Add(b.opt.Timers.Insist)
	wait := backoff{least: b.opt.Timers.Reconnect, most: 15 * time.Second}
	for time.Now().Before(end) && pause(b.leisure, wait.next()) {
		s := b.opt.Door.Start(ctx, cmd)
		switch s.Verdict {
		case job.Unknown:
			continue
		case job.Accepted:
			b.errand(func(context.Context) { b.seen(cmd.Place) })
			b.resolve(ctx, c, "", confirmed(cmd, s))
		default:
			b.chosen.forget(cmd.Key)
			m, to := b.outcome(ctx, cmd, s)
			b.resolve(ctx, c, to, m)
		}
		return
	}
	b.chosen.forget(cmd.Key)
	// Also when we stop meanwhile: nobody repeats a click, so that the offer has to.
	b.resolve(ctx, c, c.actor.ID, neverKnown(cmd))
}

// resolve makes the message the button stood in say what became of it. A whisper cannot be edited: it is answered.
func (b *Bridge) resolve(ctx context.Context, c click, to string, m board.Message) {
	if c.whisper {
		b.whisper(ctx, c.place, c.actor, c.key, m.Sentence)
		return
	}
	b.amend(ctx, c.message, to, m)
}
