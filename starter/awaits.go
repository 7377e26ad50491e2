package starter

import (
	"context"
	"slices"

	"github.com/pawl-ops/pawl/internal/access"
	"github.com/pawl-ops/pawl/internal/ledger"
	"github.com/pawl-ops/pawl/job"
)

// Awaits gives the questions of a run that the actor may answer at this moment and has not answered yet, the earliest
// first: those that Decide would count. The error is a *ledger.DownError.
func (s *Starter) Awaits(ctx context.Context, r ledger.Run, a job.Actor) (open []ledger.Waiting, err error) {
	known := answers{asked: map[int][]string{}, by: map[int][]string{}}
	var asked []ledger.Waiting
	for _, w := range r.Waits {
		if r.Open() && w.For == ledger.ForPerson && len(w.Words) > 0 {
			asked = append(asked, w)
			known.by[w.Ask] = w.By
		}
	}
	may := func(w ledger.Waiting) bool { return s.mayAnswer(r, answerTo(w, a), known) }
	// Whoever had a schedule run out of turn is found in the entries; of any other run the waits tell enough to pass on.
	if len(asked) == 0 || r.Actor.Kind != job.Schedule && !slices.ContainsFunc(asked, may) {
		return nil, nil
	}
	if known, err = s.answers(ctx, r.Key); err != nil {
		return nil, err
	}
	for _, w := range asked {
		if may(w) && known.first(answerTo(w, a)) == nil {
			open = append(open, w)
		}
	}
	return open, nil
}

// answerTo is the first answer the question takes, as if the actor gave it.
func answerTo(w ledger.Waiting, a job.Actor) job.Decision {
	return job.Decision{Ask: w.Ask, Choice: w.Words[0], Actor: a}
}

// MayAgain tells whether the actor may ask for what a run was asked for, by the rules as they stand now. It records nothing.
func (s *Starter) MayAgain(a job.Actor, r ledger.Run) bool {
	spec, known := s.specs[r.Job]
	if !known || spec.Look || spec.Retired != "" {
		return false
	}
	policy, _ := s.policy()
	return access.DecideAll(policy, a, s.words.Counted(r.Job, r.Terms.Args)).Allowed
}
