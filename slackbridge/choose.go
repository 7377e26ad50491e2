package slackbridge

import (
	"context"
	"fmt"

	"github.com/pawl-ops/pawl/internal/board"
	"github.com/pawl-ops/pawl/internal/words"
	"github.com/pawl-ops/pawl/job"
)

// choices are those of the suggestions this person may give. One that leaves something open counts when some form of it
// may be given: what is chosen next is asked again.
func (b *Bridge) choices(a job.Actor, suggested []string) (can []string) {
	for _, s := range suggested {
		about, whole := b.opt.Words.About(s)
		var may bool
		switch {
		case about == "":
			may, _ = b.opt.May(a, s)
		case whole:
			may, _ = b.opt.May(a, about)
		default:
			may = b.opt.MayPart(a, about)
		}
		if may {
			can = append(can, s)
		}
	}
	return can
}

// question is a reply that asks for what a command still lacks, or for what was meant by it. Whoever may not give the
// command in any form is told so instead: there is nothing to choose.
func (b *Bridge) question(h heard, r words.Reply) board.Message {
	can := b.choices(h.actor, r.Suggest)
	asks := r.Kind == words.Which && len(r.Suggest) > 0 && len(can) == 0
	if r.Want.Name != "" {
		may, _ := b.opt.May(h.actor, b.opt.Words.Canonical(r.Sofar.Name, r.Sofar.Args))
		if asks = !may; may {
			m := suggestion(h.key, r, can)
			m.Buttons = append(m.Buttons, wantButton(h.key, b.typed(r.Sofar), r.Want))
			m.Hint = "Or type it."
			return m
		}
	}
	if asks {
		if _, who := b.opt.May(h.actor, r.Topic); len(who) > 0 {
			return notYours(r.Topic, who)
		}
		return saying(fmt.Sprintf("`%s` is not for you.", quoted(r.Topic))) // others may give narrower forms of it
	}
	return suggestion(h.key, r, can)
}

// askOn makes an offer ask for what the chosen command still lacks: a narrower choice, the reason. It all stays under the
// key of what was asked for first.
func (b *Bridge) askOn(c click, key job.Key, r words.Reply) {
	o, _ := keyParts(key)
	b.ack(c.envelope, nil)
	b.errand(func(ctx context.Context) {
		h := heard{envelope: c.envelope, key: key, place: c.placeOf(o), actor: c.actor, typed: c.at}
		m, to := b.replyTo(ctx, h, r)
		b.resolve(ctx, c, to, m)
	})
}
