package slackbridge

import (
	"cmp"
	"context"
	"time"

	"github.com/pawl-ops/pawl/internal/words"
	"github.com/pawl-ops/pawl/job"
)

// decision hands a typed answer to the door. It is acknowledged when the answer is recorded or refused.
func (b *Bridge) decision(ctx context.Context, h heard, d words.Decision) {
	dec := job.Decision{
		Run: d.Run, Ask: d.Ask, Choice: d.Choice, Because: d.Because, Actor: h.actor, Key: h.key,
		Place: h.place, Source: source,
	}
	if time.Since(h.typed) > b.opt.Timers.Late {
		// An answer of ten minutes ago may meet another question by now.
		h.settle(b)
		b.errand(func(ctx context.Context) { b.whisper(ctx, h.place, h.actor, h.key, lateDecision(d)) })
		return
	}
	ans := b.opt.Door.Decide(ctx, dec)
	b.opt.Log.Debug().Str("run", d.Run).Str("choice", d.Choice).Bool("counted", ans.Counted).Msg("the door took a typed decision")
	if ans.Retry {
		b.errand(func(ctx context.Context) {
			defer b.insistOver(h)
			if b.insistDecision(ctx, dec, ans, b.whispering(dec)) {
				h.settle(b)
			}
		})
		return
	}
	h.settle(b)
	b.errand(func(ctx context.Context) { b.toldDecision(ctx, dec, ans, b.whispering(dec)) })
}

// heardWithin is how long whoever decided waits for the run's own answer before they are told that it will come later.
const heardWithin = 2 * time.Second

// toldDecision answers whoever decided. Where the run itself answers, it is left to it and tell gets no text, unless no
// worker is there to carry it on.
func (b *Bridge) toldDecision(ctx context.Context, d job.Decision, ans job.Answer, tell func(context.Context, string)) {
	if ans.Pending {
		patience, cancel := context.WithTimeout(ctx, heardWithin)
		defer cancel()
		if b.opt.Door.Heard(patience, d) {
			tell(ctx, "")
			return
		}
	}
	tell(ctx, ans.Text)
}

// whispering tells whoever decided, where they did.
func (b *Bridge) whispering(d job.Decision) func(context.Context, string) {
	return func(ctx context.Context, text string) { b.whisper(ctx, d.Place, d.Actor, d.Key, text) }
}

// insistDecision sends a decision of unknown outcome again, with the same key, and tells first that it is not confirmed
// and then the truth. It reports whether the truth became known.
func (b *Bridge) insistDecision(ctx context.Context, d job.Decision, first job.Answer, tell func(context.Context, string)) bool {
	text := first.Text
	if text == "" {
		text = decisionNotConfirmed(d)
	}
	tell(ctx, text)
	// It is an answer to the question that was open then, not to one that comes meanwhile.
	d.Ask = cmp.Or(d.Ask, first.Ask)
	end := time.Now().Add(b.opt.Timers.Insist)
	wait := backoff{least: b.opt.Timers.Reconnect, most: 15 * time.Second}
	for time.Now().Before(end) && pause(b.leisure, wait.next()) {
		ans := b.opt.Door.Decide(ctx, d)
		if ans.Retry {
			d.Ask = cmp.Or(d.Ask, ans.Ask)
			continue
		}
		if ans.Text == "" {
			ans.Text = decisionConfirmed(d)
		}
		b.toldDecision(ctx, d, ans, tell)
		return true
	}
	tell(ctx, decisionNeverKnown(d))
	return false
}
