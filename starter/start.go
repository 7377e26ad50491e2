package starter

import (
	"context"
	"fmt"

	"github.com/pawl-ops/pawl/internal/access"
	"github.com/pawl-ops/pawl/internal/ledger"
	"github.com/pawl-ops/pawl/job"
)

// Start authorises, records and starts a command. It takes at most Timers.StartWithin. Calling it again with the same
// key is how Unknown is resolved and what NotNow offers: no key ever leads to two runs.
func (s *Starter) Start(ctx context.Context, c job.Command) job.Started {
	late := job.Started{Verdict: job.Unknown, Text: sayUnknown(c)}
	started := within(ctx, s.within, func(ctx context.Context) job.Started { return s.start(ctx, c) }, late)
	s.log.Info().Str("run", started.ID).Str("job", c.Name).Str("key", string(c.Key)).Str("actor", c.Actor.Name).
		Str("verdict", string(started.Verdict)).Bool("redelivery", started.Redelivery).Msg("command")
	return started
}

func (s *Starter) start(ctx context.Context, c job.Command) job.Started {
	if why := s.paused.Load(); why != nil {
		return job.Started{Verdict: job.NotNow, Text: *why + " Nothing was started."}
	}
	spec, ok := s.specs[c.Name]
	if text := sayInvalid(c, spec, ok); text != "" {
		return job.Started{Verdict: job.Refused, Text: text}
	}
	if spec.Single && !c.Plan {
		done, err := s.single(ctx, c)
		switch {
		case err != nil && ctx.Err() == nil:
			return s.unrecorded(ctx, c, err)
		case err != nil: // the start before this one may be this very command's
			return s.unknown(c, err)
		}
		defer done()
	}
	before, err := s.before(ctx, c.Key)
	if err != nil {
		return s.unrecorded(ctx, c, err)
	}
	switch {
	case before.refused != nil && before.refused.Actor.Same(c.Actor):
		return job.Started{Verdict: job.Refused, Text: before.refused.Text}
	case before.joined != nil && before.joined.Actor.Same(c.Actor):
		return s.joinedBefore(ctx, *before.joined)
	case before.allowed != nil:
		// An attempt was under way. Only the engine knows whether it got there.
		id, found, err := s.find(ctx, c, before.id)
		if err != nil {
			return s.unknown(c, err)
		}
		if found {
			return job.Started{Verdict: job.Accepted, ID: id, Redelivery: true}
		}
		// The engine forgets what ended long ago, the ledger does not: an old button starts nothing twice.
		if before.ended {
			return s.over(ctx, c, before.id)
		}
	}
	return s.startNew(ctx, c, spec, before)
}

// startNew starts a command of which the engine has no run.
func (s *Starter) startNew(ctx context.Context, c job.Command, spec job.Spec, before history) job.Started {
	policy, hash := s.policy()
	commands := s.words.Counted(c.Name, c.Args)
	decision := access.DecideAll(policy, c.Actor, commands)
	if !decision.Allowed {
		return s.refuse(ctx, c, decision)
	}
	approve := s.agreement(commands)
	if spec.Always && !approve.Needed() {
		return s.notNow(c, fmt.Errorf("nobody is named under approve: who could agree to %s", commands[0]))
	}
	if spec.Single && !c.Plan {
		if run, open, err := s.open(ctx, c); err != nil {
			return s.notNow(c, err)
		} else if open {
			return s.join(ctx, c, run)
		}
	}
	if err := s.reach(ctx); err != nil {
		return s.notNow(c, err)
	}
	r := job.Request{
		ID: job.ID(spec.Verb(), c.Key, job.IDLength), Command: c, Rule: decision.Rule, Policy: hash,
		Timers: s.timers, Approve: approve, Asks: s.asks, Runbook: s.runbooks[c.Name],
	}
	if _, err := s.ledger.Record(ctx, allowed(r)); err != nil {
		return s.notNow(c, err)
	}
	return s.launch(ctx, r, spec, before)
}

// agreement is whose agreement a command needs that counts as these.
func (s *Starter) agreement(commands []string) job.Approval {
	var all []job.Approval
	for _, command := range commands {
		all = append(all, s.approve(command))
	}
	return access.Strictest(all)
}

// over is the answer to a request whose run has ended and left the engine.
func (s *Starter) over(ctx context.Context, c job.Command, id string) job.Started {
	r, found, err := s.ledger.Run(ctx, id)
	if err != nil {
		return s.notNow(c, err)
	}
	if !found || r.Key != c.Key {
		r = ledger.Run{ID: id} // its id serves another by now
	}
	return job.Started{Verdict: job.Refused, Text: sayEnded(r) + " To run it once more, type it again."}
}

func (s *Starter) refuse(ctx context.Context, c job.Command, d access.Decision) job.Started {
	text := s.sayRefused(c, d)
	e := ledger.Entry{
		Key: c.Key, Kind: ledger.KindRefused, Job: c.Name, Actor: c.Actor, Place: c.Place, Rule: d.Rule, Text: text,
		Data: map[string]string{"typed": c.Text},
	}
	first, err := s.ledger.Record(ctx, e)
	if err == nil && !first { // somebody else was refused before, on the same button
		e.Kind = ledger.KindRefusedToo(c.Actor)
		_, err = s.ledger.Record(ctx, e)
	}
	if err != nil {
		return s.notNow(c, err)
	}
	return job.Started{Verdict: job.Refused, Text: text}
}

func allowed(r job.Request) ledger.Entry {
	c := r.Command
	return ledger.Entry{
		Key: c.Key, Kind: ledger.KindAllowed, Run: r.ID, Job: c.Name, Actor: c.Actor, Place: c.Place, Rule: r.Rule,
		Text: c.Text, Data: ledger.Terms{Policy: r.Policy, Asks: r.Asks, Approve: r.Approve, Args: c.Args, Plan: c.Plan},
	}
}

// unknown is the answer while nobody can tell whether the run exists.
func (s *Starter) unknown(c job.Command, why error) job.Started {
	s.log.Warn().Err(why).Str("job", c.Name).Str("key", string(c.Key)).Msg("not known whether the run was started")
	return job.Started{Verdict: job.Unknown, Text: sayUnknown(c)}
}

// notNow is the answer when this attempt sent nothing to the engine and none before it did.
func (s *Starter) notNow(c job.Command, why error) job.Started {
	s.log.Warn().Err(why).Str("job", c.Name).Str("key", string(c.Key)).Msg("nothing was started")
	return job.Started{Verdict: job.NotNow, Text: sayNotNow(why)}
}

// unrecorded is the answer when the ledger cannot be read: without it nothing is started, but what an earlier attempt
// did is still asked.
func (s *Starter) unrecorded(ctx context.Context, c job.Command, why error) job.Started {
	id, found, err := s.find(ctx, c, "")
	switch {
	case err != nil:
		return s.unknown(c, err)
	case found:
		return job.Started{Verdict: job.Accepted, ID: id, Redelivery: true}
	}
	return s.notNow(c, why)
}
