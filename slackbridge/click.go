package slackbridge

import (
	"context"
	"strings"
	"time"

	"github.com/pawl-ops/pawl/job"
)

// click is a button somebody pressed.
type click struct {
	envelope envelope
	key      job.Key
	place    job.Place
	message  job.Posted // the message the button stands in; none when it stands in a Home tab
	home     bool       // it stands in the person's Home tab
	whisper  bool       // that message is one only this person sees
	actor    job.Actor
	at       time.Time
	block    string
	parent   string // who wrote the message the thread hangs under
	value    string
	response *response // answers where nothing else can; nil when there is none
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
	switch p.Type {
	case "view_submission":
		b.submitted(ctx, e, p)
		return
	case "view_closed":
		b.ack(e, nil) // a window that was closed asked for nothing
		return
	}
	if p.Type == "block_actions" && len(p.Actions) > 0 && userForm.MatchString(p.User.ID) && p.inHome() {
		b.pressedHome(ctx, e, p)
		return
	}
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
		response: b.newResponse(p.ResponseURL, e.came),
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
	case ActionReason:
		b.pressedReason(ctx, c, p.TriggerID)
	case ActionWhy:
		b.pressedWhy(ctx, c, p.TriggerID)
	case ActionAgain:
		b.pressedAgain(ctx, c)
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
		b.declined(c, unknownButton)
		return
	}
	d := job.Decision{Run: run, Ask: ask, Choice: choice, Actor: c.actor, Key: c.key, Place: c.place, Source: source}
	ans := b.opt.Door.Decide(ctx, d)
	b.opt.Log.Debug().Str("run", run).Int("ask", ask).Str("choice", choice).Bool("counted", ans.Counted).Msg("the door took a press")
	b.ack(c.envelope, nil)
	b.errand(func(ctx context.Context) {
		if ans.Retry {
			b.insistDecision(ctx, d, ans, b.telling(c, d))
			return
		}
		b.toldDecision(ctx, d, ans, b.telling(c, d))
	})
}
