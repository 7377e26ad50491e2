package slackbridge

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/pawl-ops/pawl/internal/board"
	"github.com/pawl-ops/pawl/internal/words"
	"github.com/pawl-ops/pawl/job"
	"github.com/slack-go/slack"
)

// submission is a window that was sent in. Its id makes two deliveries of it one decision.
type submission struct {
	click
	action string
	reason string
	settle func(payload any)
}

// submitted handles a window that was sent in. What is wrong is shown in the window, which stays open then; otherwise it
// closes, and the person is told what became of it where they pressed.
func (b *Bridge) submitted(ctx context.Context, e envelope, p press) {
	var from pressContext
	if p.User.ID == "" || p.View.ID == "" || json.Unmarshal([]byte(p.View.Private), &from) != nil ||
		from.Channel == "" || p.View.Callback != "pawl."+from.Action {
		b.opt.Log.Warn().Str("callback", board.Clean(p.View.Callback)).Msg("a window nobody knows")
		b.ack(e, wrong(unknownButton))
		return
	}
	me := b.me()
	s := submission{action: from.Action, click: click{
		envelope: e, key: job.Key(strings.Join([]string{me.team, from.Channel, "view", p.View.ID, p.User.ID}, ":")),
		place:   job.Place{Team: me.team, Channel: from.Channel, Thread: from.Thread, Direct: strings.HasPrefix(from.Channel, "D")},
		message: job.Posted{Channel: from.Channel, TS: from.Message},
		whisper: from.Whisper, home: from.Home, at: time.Unix(from.At, 0), block: from.Block, parent: from.Parent, value: from.Value,
		response: b.newResponse(from.Response, time.Unix(from.At, 0)),
	}}
	memo, first := b.heard.begin(s.key)
	if !first {
		if !memo.join(e) {
			b.ack(e, nil)
		}
		return
	}
	s.settle = func(payload any) {
		for _, other := range append(memo.settle(), e) {
			b.ack(other, payload)
		}
	}
	defer func() {
		if p := recover(); p != nil {
			b.heard.forget(s.key)
			s.settle(wrong(troubled))
			panic(p)
		}
	}()
	if no := b.sentIn(ctx, &s, p); no != "" {
		b.heard.forget(s.key) // the window stays open, and may be sent in again
		s.settle(wrong(no))
	}
}

// sentIn does what a window asks for, or says what is wrong with it.
func (b *Bridge) sentIn(ctx context.Context, s *submission, p press) (no string) {
	var is standing
	if s.actor, is = b.people.who(p.User.ID, p.User.TeamID); is != insider {
		return turnedAway(is).Sentence
	}
	s.reason = words.Plain(p.View.State.Values[reasonBlock][reasonInput].Value)
	if n := utf8.RuneCountInString(s.reason); n > maxReason {
		return fmt.Sprintf("That is %d characters; a reason has at most %d.", n, maxReason)
	}
	switch s.action {
	case ActionReason:
		return b.decideWithReason(ctx, s)
	case ActionWhy:
		return b.commandWithReason(ctx, s)
	}
	return unknownButton
}

// decideWithReason hands an answer with its reason to the door. What the door refuses is shown in the window.
func (b *Bridge) decideWithReason(ctx context.Context, s *submission) (no string) {
	run, ask, choice, err := parseValue(s.value)
	if err != nil {
		return unknownButton
	}
	d := job.Decision{
		Run: run, Ask: ask, Choice: choice, Because: s.reason, Actor: s.actor, Key: s.key, Place: s.place, Source: source,
	}
	ans := b.opt.Door.Decide(ctx, d)
	b.opt.Log.Debug().Str("run", run).Int("ask", ask).Str("choice", choice).Bool("counted", ans.Counted).Msg("the door took a window")
	if !ans.Counted && !ans.Retry && ans.Text != "" {
		if s.home {
			b.noted(s.actor.ID, "") // what is asked there may be over
		}
		return ans.Text
	}
	s.settle(nil)
	b.errand(func(ctx context.Context) {
		if ans.Retry {
			b.insistDecision(ctx, d, ans, b.telling(s.click, d))
			return
		}
		b.toldDecision(ctx, d, ans, b.telling(s.click, d))
	})
	return ""
}

// commandWithReason runs the command that lacked its reason, as an offer that was taken.
func (b *Bridge) commandWithReason(ctx context.Context, s *submission) (no string) {
	key, typed, no := b.offer(s.click)
	if no != "" {
		return no
	}
	if r, ok := b.lacks(typed); ok && s.reason == "" && isReason(r.Want) {
		return "A reason is needed."
	} else if ok && s.reason == "" {
		return "The " + r.Want.Name + " is needed."
	}
	w, ok := b.reasoned(typed, s.reason)
	if !ok {
		return unknownButton
	}
	if _, first := b.chosen.begin(key); !first {
		return chosenBefore
	}
	c := s.click
	c.at = time.Now() // asked for now, with everything it needs
	b.take(ctx, c, key, w, func() { s.settle(nil) })
	return ""
}

// wrong is an acknowledgement that shows a sentence in the window and keeps it open.
func wrong(text string) any {
	return slack.NewErrorsViewSubmissionResponse(map[string]string{reasonBlock: clip(board.PlainText(strings.ReplaceAll(text, "`", "")), maxHead)})
}
