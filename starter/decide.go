package starter

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"go.temporal.io/api/serviceerror"

	"github.com/pawl-ops/pawl/internal/access"
	"github.com/pawl-ops/pawl/internal/board"
	"github.com/pawl-ops/pawl/internal/failpoint"
	"github.com/pawl-ops/pawl/internal/ledger"
	"github.com/pawl-ops/pawl/job"
)

// Decide records an answer or a cancel. Counted means that it is in the run's history; a worker need not be up for
// that. It takes at most Timers.StartWithin. Sending the same decision again with its key has no second effect.
func (s *Starter) Decide(ctx context.Context, d job.Decision) job.Answer {
	late := job.Answer{Retry: true, Text: sayUnconfirmed}
	answer := within(ctx, s.within, func(ctx context.Context) job.Answer { return s.decide(ctx, d) }, late)
	s.log.Info().Str("run", d.Run).Int("ask", d.Ask).Str("choice", d.Choice).Str("key", string(d.Key)).
		Str("actor", d.Actor.Name).Bool("counted", answer.Counted).Bool("retry", answer.Retry).Msg("decision")
	return answer
}

func (s *Starter) decide(ctx context.Context, d job.Decision) (answer job.Answer) {
	if why := s.paused.Load(); why != nil {
		return job.Answer{Text: *why + " It was not counted: answer again afterwards."}
	}
	if text := sayInvalidDecision(d); text != "" {
		return job.Answer{Text: text}
	}
	r, found, err := s.runOf(ctx, d)
	if err != nil {
		return s.unsettled(d, err)
	}
	if !found {
		return job.Answer{Text: sayNoRun(d)}
	}
	d.Run = r.ID
	// Two people press at the same moment: the second one's answer depends on the first one's.
	done, err := s.turns.Take(ctx, "decide "+r.ID)
	if err != nil {
		return s.unsettled(d, err)
	}
	defer done()

	answers, err := s.answers(ctx, r.Key)
	if err != nil {
		return s.unsettled(d, err)
	}
	if d.Ask == 0 && d.Choice != job.CancelChoice {
		d.Ask = onlyAsk(r)
		if ask, before := answers.made[d.Key]; before {
			d.Ask = ask // the same decision again is one to the same question, whatever is asked by now
		}
	}
	defer func() {
		if answer.Retry {
			answer.Ask = d.Ask
		}
	}()
	if !s.mayAnswer(r, d, answers) {
		return s.refuseDecision(ctx, r, d, answers)
	}
	if slices.Contains(answers.heard, ledger.KindHeard(d.Key)) {
		return s.arrived(ctx, r, d)
	}
	if a, settled := answers.settle(r, d); settled {
		return a
	}
	if !answers.takes(d.Ask, d.Choice) {
		return job.Answer{Text: board.OtherWords(answers.asked[d.Ask])}
	}
	return s.count(ctx, r, d)
}

// runOf is the run a decision names, or the one whose thread it was typed in.
func (s *Starter) runOf(ctx context.Context, d job.Decision) (ledger.Run, bool, error) {
	if d.Run == "" {
		return s.ledger.InThread(ctx, d.Place.Channel, d.Place.Thread)
	}
	return s.ledger.Run(ctx, strings.ToLower(d.Run))
}

// mayAnswer reports whether the actor may decide about the run: the one who asked for it and the groups that answered
// for it when it was started; a cancel also by everybody who might have typed the command. Nobody asked for a scheduled
// run: everybody who might have typed the command answers for it, and whoever had it run out of turn.
//
// Agreeing is for those who must agree, and never for who asked. A question may name who answers it: then nobody else does.
func (s *Starter) mayAnswer(r ledger.Run, d job.Decision, known answers) bool {
	asked := d.Actor.Same(r.Actor) || known.byHand != nil && d.Actor.Same(*known.byHand)
	switch by := known.by[d.Ask]; {
	case d.Choice != job.CancelChoice && !isAgreement(d) && len(by) > 0:
		return inAny(d.Actor, by)
	case isAgreement(d):
		return !asked && inAny(d.Actor, r.Terms.Approve.By)
	case asked:
		return true
	case inAny(d.Actor, r.Terms.Asks.Groups):
		return true
	case d.Choice != job.CancelChoice && r.Actor.Kind != job.Schedule:
		return false
	}
	policy, _ := s.policy()
	return access.DecideAll(policy, d.Actor, s.words.Counted(r.Job, r.Terms.Args)).Allowed
}

// isAgreement reports whether the decision answers the question whether others agree.
func isAgreement(d job.Decision) bool { return d.Choice == "approve" || d.Choice == "deny" }

func inAny(a job.Actor, groups []string) bool {
	return slices.ContainsFunc(a.Groups, func(g string) bool { return slices.Contains(groups, g) })
}

func (s *Starter) refuseDecision(ctx context.Context, r ledger.Run, d job.Decision, known answers) job.Answer {
	if _, err := s.ledger.Record(ctx, decided(r, d, ledger.KindDecisionRefused(d.Ask, d.Key))); err != nil {
		return s.unsettled(d, err)
	}
	return job.Answer{Text: s.sayNotYours(r, d, known)}
}

// count puts the decision into the run's history, between an entry that says it was made and one that says it arrived.
func (s *Starter) count(ctx context.Context, r ledger.Run, d job.Decision) job.Answer {
	if _, err := s.ledger.Record(ctx, decided(r, d, ledger.KindDecision(d.Ask, d.Key))); err != nil {
		return s.unsettled(d, err)
	}
	failpoint.Here("before the decision is signalled", r.ID)
	err := s.signal(ctx, r.ID, d)
	failpoint.Here("after the decision is signalled", r.ID)
	var gone *serviceerror.NotFound
	switch {
	case errors.As(err, &gone):
		return s.nobodyThere(ctx, r, d)
	case err != nil:
		return s.unsettled(d, err)
	}
	if _, err := s.ledger.Record(ctx, decided(r, d, ledger.KindCounted(d.Ask, d.Key))); err != nil {
		s.log.Warn().Err(err).Str("run", r.ID).Msg("the decision counts, but the ledger only says that it was made")
	}
	if isAgreement(d) {
		return job.Answer{Counted: true, Pending: true, Text: sayRecorded}
	}
	return job.Answer{Counted: true, Text: sayCounted(r, d)}
}

// arrived is the answer to a decision that comes again and that the run has taken. Whoever sent it first may have died
// before it could write down that it arrived.
func (s *Starter) arrived(ctx context.Context, r ledger.Run, d job.Decision) job.Answer {
	if _, err := s.ledger.Record(ctx, decided(r, d, ledger.KindCounted(d.Ask, d.Key))); err != nil {
		return s.unsettled(d, err)
	}
	return job.Answer{Counted: true, Pending: true, Text: sayAgain(r, d)}
}

// heardEvery is how often the ledger is asked whether a run has taken a decision.
const heardEvery = 50 * time.Millisecond

// Heard waits until the run has taken the decision, and reports whether it did before ctx ended.
func (s *Starter) Heard(ctx context.Context, d job.Decision) bool {
	r, found, err := s.runOf(ctx, d)
	if err != nil || !found {
		return false
	}
	tick := time.NewTicker(heardEvery)
	defer tick.Stop()
	for {
		// A ledger that cannot be read just now says nothing about the run.
		if heard, err := s.ledger.HasKind(ctx, r.Key, ledger.KindHeard(d.Key)); heard && err == nil {
			return true
		}
		select {
		case <-ctx.Done():
			return false
		case <-tick.C:
		}
	}
}

// nobodyThere is the answer when the engine has no open run to tell: it ended, or was never started.
func (s *Starter) nobodyThere(ctx context.Context, r ledger.Run, d job.Decision) job.Answer {
	key, exists, err := s.owner(ctx, r.ID)
	switch {
	case err != nil:
		return s.unsettled(d, err)
	case exists && key == r.Key:
		return job.Answer{Text: sayEnded(r)}
	}
	return job.Answer{Text: sayNeverStarted(r)}
}

// unsettled is the answer when the decision does not count yet.
func (s *Starter) unsettled(d job.Decision, why error) job.Answer {
	s.log.Warn().Err(why).Str("run", d.Run).Str("choice", d.Choice).Str("key", string(d.Key)).Msg("not known whether the decision was recorded")
	var down *ledger.DownError
	var busy *serviceerror.ResourceExhausted
	switch {
	case errors.As(why, &down):
		return job.Answer{Retry: true, Text: sayCannotWrite}
	case errors.Is(why, errNoEngine):
		return job.Answer{Retry: true, Text: sayStartingUp}
	case definite(why) && !errors.As(why, &busy):
		return job.Answer{Text: sayNotTaken}
	}
	return job.Answer{Retry: true, Text: sayUnconfirmed}
}

func decided(r ledger.Run, d job.Decision, kind string) ledger.Entry {
	return ledger.Entry{
		Key: r.Key, Kind: kind, Run: r.ID, Job: r.Job, Actor: d.Actor, Place: d.Place, Text: d.Choice,
		Data: choice{Ask: d.Ask, Choice: d.Choice, Because: d.Because, Key: d.Key},
	}
}

// onlyAsk is the number of the one question the run has put to people, or 0.
func onlyAsk(r ledger.Run) (ask int) {
	for _, w := range r.Waits {
		if w.For != ledger.ForPerson {
			continue
		}
		if ask != 0 {
			return 0
		}
		ask = w.Ask
	}
	return ask
}
