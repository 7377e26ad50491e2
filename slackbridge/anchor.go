package slackbridge

import (
	"context"
	"fmt"

	"github.com/pawl-ops/pawl/internal/board"
	"github.com/pawl-ops/pawl/job"
)

// anchored posts the message a slash command's run hangs under, and starts the run there. Where we cannot speak, that is
// a direct message with the person, who is told so.
func (b *Bridge) anchored(ctx context.Context, s slashed, a asked) {
	posted, err := b.anchor(ctx, s)
	if err != nil {
		b.chosen.forget(s.key)
		a.tell(ctx, s.actor.ID, notNow(a.cmd, "I could post a message about it neither here nor to you, so nothing was started."))
		return
	}
	elsewhere := posted.Channel != s.place.Channel && !userForm.MatchString(s.place.Channel) // a person stands for the direct message with them
	place := job.Place{Team: s.place.Team, Channel: posted.Channel, Thread: posted.TS, Message: posted.TS, Direct: s.place.Direct || elsewhere}
	a.cmd.Place = place
	a.not = func(ctx context.Context) { b.withdraw(ctx, posted) }
	started := a.started
	a.started = func(ctx context.Context, run job.Started, sure bool) {
		if run.Redelivery && b.orphan(ctx, place, run) {
			b.withdraw(ctx, posted)
			a.tell(ctx, "", saying(runsAlready(run)))
			return
		}
		if elsewhere {
			a.tell(ctx, "", b.worksElsewhere(ctx, a.cmd, run, posted))
			return
		}
		started(ctx, run, sure)
	}
	b.start(ctx, a)
}

// anchor posts "@Alice: toy", once for each slash command however often it reaches us.
func (b *Bridge) anchor(ctx context.Context, s slashed) (job.Posted, error) {
	text := board.Mention(s.actor) + ": " + quoted(s.text)
	return b.put(ctx, board.Post{
		Place: s.place, Key: "anchor/" + string(s.key), Since: s.came, Again: s.again, Priority: board.First,
		Message: board.Message{Sentence: text, Lines: []string{text}},
	}, s.actor, "")
}

// orphan reports whether a run that was started before, by another process that got the same command, hangs under
// another anchor than ours.
func (b *Bridge) orphan(ctx context.Context, at job.Place, run job.Started) bool {
	id, ok := b.opt.Threads(ctx, at.Channel, at.Thread)
	return !ok || id != run.ID
}

// withdraw takes an anchor back under which there is no run.
func (b *Bridge) withdraw(ctx context.Context, at job.Posted) {
	ctx, cancel := context.WithTimeout(ctx, sayPatience)
	defer cancel()
	if err := b.poster.Delete(ctx, at); err != nil {
		b.opt.Log.Info().Err(err).Msg("taking back the message of a slash command")
	}
}

// worksElsewhere says where to look, when it cannot be here.
func (b *Bridge) worksElsewhere(ctx context.Context, c job.Command, s job.Started, at job.Posted) board.Message {
	m := saying(fmt.Sprintf("I am not in this conversation, so `%s` (`%s`) speaks in our direct message.", quoted(c.Text), s.ID))
	ctx, cancel := context.WithTimeout(ctx, b.opt.Timers.HTTP)
	defer cancel()
	if link, err := b.poster.Link(ctx, at); err == nil {
		m.Lines = append(m.Lines, board.Link(link, "Follow it there"))
	}
	return m
}
