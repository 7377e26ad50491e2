package slackbridge

import (
	"context"
	"time"

	"github.com/pawl-ops/pawl/internal/board"
	"github.com/pawl-ops/pawl/job"
)

// asked is a command that was asked for otherwise than by a message: with a button, in a window, as a slash command.
// Slack repeats none of these. So each is acknowledged whatever comes of it, and what is not known at first is told, and
// then the truth, by us.
type asked struct {
	cmd job.Command
	ack func()
	// tell says what became of it, in place of what was told before where that can be. The buttons of m are meant for one
	// person, when to is given.
	tell func(ctx context.Context, to string, m board.Message)
	// started says that it runs. sure is false when it was told before that this is not confirmed.
	started func(ctx context.Context, s job.Started, sure bool)
	// not takes back what was prepared for a run there will not be; nil when nothing was.
	not func(ctx context.Context)
}

// complete runs a command that was asked for, and says what became of it.
func (b *Bridge) complete(ctx context.Context, a asked) {
	if m, ok := b.look(ctx, a.cmd); ok {
		a.ack()
		b.errand(func(ctx context.Context) { a.tell(ctx, "", m) })
		return
	}
	b.start(ctx, a)
}

// start hands a command to the door. Whoever waits for it waits for the outcome, not for what is said of it.
func (b *Bridge) start(ctx context.Context, a asked) {
	s := b.opt.Door.Start(ctx, a.cmd)
	b.opt.Log.Debug().Str("run", s.ID).Str("job", a.cmd.Name).Str("verdict", string(s.Verdict)).Msg("the door answered")
	a.ack()
	b.errand(func(ctx context.Context) {
		if s.Verdict == job.Unknown {
			b.insistAsked(ctx, a)
			return
		}
		b.became(ctx, a, s, true)
	})
}

// became says what became of a command, once that is known.
func (b *Bridge) became(ctx context.Context, a asked, s job.Started, sure bool) {
	if s.Verdict == job.Accepted {
		b.errand(func(context.Context) { b.seen(a.cmd.Place) })
		a.started(ctx, s, sure)
		return
	}
	if s.Verdict == job.NotNow || !sure {
		b.chosen.forget(a.cmd.Key) // the new button may be pressed
	}
	if a.not != nil {
		a.not(ctx)
	}
	m, to := b.outcome(ctx, a.cmd, s)
	a.tell(ctx, to, m)
}

// insistAsked is insist for a command that nobody repeats: it is told that it is not confirmed, and later the truth.
func (b *Bridge) insistAsked(ctx context.Context, a asked) {
	a.tell(ctx, "", notConfirmed(a.cmd))
	end := time.Now().Add(b.opt.Timers.Insist)
	wait := backoff{least: b.opt.Timers.Reconnect, most: 15 * time.Second}
	for time.Now().Before(end) && pause(b.leisure, wait.next()) {
		if s := b.opt.Door.Start(ctx, a.cmd); s.Verdict != job.Unknown {
			b.became(ctx, a, s, false)
			return
		}
	}
	b.chosen.forget(a.cmd.Key)
	// Also when we stop meanwhile: nobody repeats it, so that the offer has to.
	a.tell(ctx, a.cmd.Actor.ID, neverKnown(a.cmd))
}
