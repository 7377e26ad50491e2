package slackbridge

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/pawl-ops/pawl/internal/board"
	"github.com/pawl-ops/pawl/job"
)

// A press in a Home tab comes with neither a channel nor a message
// (https://docs.slack.dev/reference/interaction-payloads/block_actions-payload): its container is the view. It goes through
// the same door as one in a conversation, with a key of its own, and whoever pressed is told at the top of the tab, and
// privately where the question stands.

// inHome reports whether a button was pressed in our Home tab.
func (p press) inHome() bool {
	return p.Container.Type == "view" && p.View.Type == "home" && p.View.Callback == homeCallback && p.channel() == ""
}

// pressedHome handles a click in a Home tab.
func (b *Bridge) pressedHome(ctx context.Context, e envelope, p press) {
	act := p.Actions[0]
	action, _, _ := strings.Cut(act.ActionID, ":")
	if action == ActionOpen { // Slack opens the address, and only wants to be answered
		b.ack(e, nil)
		return
	}
	team := p.Team.ID
	if team == "" {
		team = b.me().team
	}
	c := click{
		envelope: e, home: true, at: e.came, block: act.BlockID, value: act.Value,
		key:   job.Key(strings.Join([]string{team, "home", p.View.ID, act.ActionID, p.User.ID, act.ActionTS}, ":")),
		place: job.Place{Team: team, Channel: p.User.ID},
	}
	if validTS(act.ActionTS) {
		c.at = b.skew.ours(timeOf(act.ActionTS))
	}
	if _, first := b.heard.begin(c.key); !first {
		b.ack(e, nil)
		return
	}
	var s standing
	if c.actor, s = b.people.who(p.User.ID, p.User.TeamID); s != insider {
		b.ack(e, nil)
		b.noted(p.User.ID, "")
		return
	}
	switch action {
	case ActionDecide:
		b.pressedDecide(ctx, b.placed(ctx, c))
	case ActionReason:
		b.pressedReason(ctx, b.placed(ctx, c), p.TriggerID)
	case ActionAgain:
		b.pressedAgainHome(c)
	default:
		b.declined(c, unknownButton)
	}
}

// placed is a click on a question in a Home tab, with the place where the question stands: what is told privately is told
// there. Where that is not known it is told in the direct message with the person.
func (b *Bridge) placed(ctx context.Context, c click) click {
	ctx, cancel := context.WithTimeout(ctx, placedWithin)
	defer cancel()
	run, ask, _, err := parseValue(c.value)
	if err == nil && b.opt.Asked != nil {
		if at, ok := b.opt.Asked(ctx, c.actor, run, ask); ok {
			at.Team, at.Message = c.place.Team, ""
			c.place = at
			return c
		}
	}
	b.tabs.mu.Lock()
	direct := b.tabs.of(c.actor.ID).direct
	b.tabs.mu.Unlock()
	if direct == "" {
		if direct, err = b.poster.conversation(ctx, c.actor.ID, board.Ask); err != nil {
			return c // then a message is tried, with the person's id
		}
	}
	c.place.Channel, c.place.Direct = direct, true
	return c
}

// placedWithin is how long a press may wait for the place where its question stands. It is acknowledged within 3 s.
const placedWithin = 500 * time.Millisecond

// declined acknowledges a click and says why nothing came of it, where it was made.
func (b *Bridge) declined(c click, text string) {
	if !c.home {
		b.tell(c.envelope, c.place, c.actor, text)
		return
	}
	b.ack(c.envelope, nil)
	b.noted(c.actor.ID, text)
}

// telling tells whoever decided by a click: privately, and at the top of their Home tab when it was made there. An empty
// text says that the run itself has told them.
func (b *Bridge) telling(c click, d job.Decision) func(context.Context, string) {
	private := b.whispering(d)
	if !c.home {
		return private
	}
	return func(ctx context.Context, text string) {
		if text == "" {
			b.noted(c.actor.ID, counted(d))
			return
		}
		b.noted(c.actor.ID, text)
		private(ctx, text)
	}
}

// counted says that an answer given in a Home tab counts.
func counted(d job.Decision) string {
	did := fmt.Sprintf("your `%s`", quoted(d.Choice))
	switch d.Choice {
	case "approve":
		did = "you approved"
	case "deny":
		did = "you denied"
	}
	return fmt.Sprintf("Counted: %s `%s`.", did, quoted(d.Run))
}

// pressedAgainHome asks for the same once more. There is no message for the run to hang under: it gets one in the direct
// message with the person, as a slash command would. However often it is pressed, one run comes of it.
func (b *Bridge) pressedAgainHome(c click) {
	run := c.value
	key := homeAgainKey(c.place.Team, c.actor.ID, run)
	if _, ok := keyParts(key); !ok {
		b.declined(c, unknownButton)
		return
	}
	if _, first := b.chosen.begin(key); !first {
		b.declined(c, chosenBefore)
		return
	}
	b.ack(c.envelope, nil)
	b.errand(func(ctx context.Context) {
		was, why, ok := b.opt.Again(ctx, run)
		if !ok {
			b.chosen.forget(key)
			b.noted(c.actor.ID, why)
			return
		}
		at := job.Place{Team: c.place.Team, Channel: c.actor.ID, Direct: true}
		s := slashed{key: key, place: at, actor: c.actor, text: was.Text, came: c.at, again: true}
		a := asked{
			cmd: again(was, key, c.actor, at, time.Now()), ack: func() {},
			tell: func(ctx context.Context, _ string, m board.Message) {
				b.chosen.forget(key) // it may be pressed again: the door knows what was started
				b.noted(c.actor.ID, m.Sentence)
				if len(m.Buttons) > 0 { // it can be tried again there
					_, _ = b.put(ctx, board.Post{Place: at, Key: "reply/" + string(c.key), Since: time.Now(), Priority: board.Ask, Message: m}, c.actor, c.actor.ID)
				}
			},
		}
		a.started = func(_ context.Context, s job.Started, _ bool) {
			text := runsAgain(a.cmd, s) + " Follow it under Messages."
			if s.Redelivery {
				text = runsAlready(s)
			}
			b.noted(c.actor.ID, text)
		}
		if may, _ := b.opt.May(c.actor, b.opt.Words.Canonical(was.Name, was.Args)); !may {
			b.start(ctx, a) // the door refuses it and keeps record; no message is made for that
			return
		}
		b.anchored(ctx, s, a)
	})
}
