package starter

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/pawl-ops/pawl/internal/ledger"
	"github.com/pawl-ops/pawl/job"
)

// choice is the Data of the entries about a decision.
type choice struct {
	Ask     int     `json:"ask"`
	Choice  string  `json:"choice"`
	Because string  `json:"because,omitempty"`
	Key     job.Key `json:"key"`
}

// answers is what the ledger knows of a run's questions and of the decisions that reached it.
type answers struct {
	counted []counted        // oldest first
	asked   map[int][]string // the questions it has put, by their number, and the words that answer them
	by      map[int][]string // names from `people:` of those who may answer a question, where not everybody may
	made    map[job.Key]int  // for which question each decision was made
	heard   []string         // kinds of the entries by which it said that it has taken a decision
	byHand  *job.Actor       // who had the schedule run out of turn that the run is of; nil: nobody
}

type counted struct {
	choice
	by job.Actor
	at time.Time
}

func (s *Starter) answers(ctx context.Context, key job.Key) (a answers, err error) {
	entries, err := s.ledger.Entries(ctx, key)
	if err != nil {
		return answers{}, err
	}
	a.asked, a.by, a.made = map[int][]string{}, map[int][]string{}, map[job.Key]int{}
	for _, e := range entries {
		switch kind, _, _ := strings.Cut(e.Kind, "/"); kind {
		case "decision":
			var c choice
			if err := e.Decode(&c); err != nil {
				return answers{}, &ledger.DownError{Doing: "reading decisions", Cause: err}
			}
			a.made[c.Key] = c.Ask
		case "counted":
			c := counted{by: e.Actor, at: e.At}
			if err := e.Decode(&c.choice); err != nil {
				return answers{}, &ledger.DownError{Doing: "reading decisions", Cause: err}
			}
			a.counted = append(a.counted, c)
		case ledger.KindNow:
			a.byHand = &e.Actor
		case "heard":
			a.heard = append(a.heard, e.Kind)
		case "waiting":
			var w ledger.Waiting
			if err := e.Decode(&w); err != nil {
				return answers{}, &ledger.DownError{Doing: "reading waits", Cause: err}
			}
			if w.For == ledger.ForPerson {
				a.asked[w.Ask], a.by[w.Ask] = w.Words, w.By
			}
		}
	}
	return a, nil
}

// settle answers what needs no telling the run: the same decision again, an answer to a question that is closed, a
// run that has ended. What it does not know for sure it lets through; the run decides, first come first served.
func (a answers) settle(r ledger.Run, d job.Decision) (job.Answer, bool) {
	for _, c := range a.counted {
		if c.Key == d.Key && c.Choice == d.Choice {
			return job.Answer{Counted: true, Pending: isAgreement(d), Text: sayAgain(r, d)}, true
		}
	}
	if !r.Open() {
		return job.Answer{Text: sayEnded(r)}, true
	}
	first := a.first(d)
	switch {
	case first != nil:
		return job.Answer{Counted: first.by.Same(d.Actor), Text: sayDecided(*first, d.Actor)}, true
	case a.closed(r, d):
		if last := a.agreed(d.Ask); last != nil && isAgreement(d) {
			return job.Answer{Text: sayDecided(*last, d.Actor)}, true
		}
		return job.Answer{Text: sayClosed(r)}, true
	}
	return job.Answer{}, false
}

// first is the decision that makes this one come too late: the actor's own of the same kind, or anybody's that settles
// the question. An approval settles nothing for others: two people may have to agree.
func (a answers) first(d job.Decision) *counted {
	if d.Ask == 0 && d.Choice != job.CancelChoice {
		return nil
	}
	for _, c := range a.counted {
		switch {
		case !a.takes(c.Ask, c.Choice): // it reached the run before the question did, and was no answer to it
		case (c.Choice == job.CancelChoice) != (d.Choice == job.CancelChoice):
		case c.Ask != d.Ask && d.Choice != job.CancelChoice:
		case c.by.Same(d.Actor) && c.Choice == d.Choice, c.Choice != "approve":
			return &c
		}
	}
	return nil
}

// agreed is the last agreement to a question, or nil.
func (a answers) agreed(ask int) *counted {
	for _, c := range slices.Backward(a.counted) {
		if c.Ask == ask && c.Choice == "approve" {
			return &c
		}
	}
	return nil
}

// closed reports whether the run itself has said that it no longer waits for this answer.
func (a answers) closed(r ledger.Run, d job.Decision) bool {
	if d.Ask == 0 || d.Choice == job.CancelChoice {
		return false
	}
	if slices.ContainsFunc(r.Waits, func(w ledger.Waiting) bool { return w.For == ledger.ForPerson && w.Ask == d.Ask }) {
		return false
	}
	for ask := range a.asked {
		if ask >= d.Ask {
			return true
		}
	}
	return false
}

// takes reports whether the word answers that question, as far as is known.
func (a answers) takes(ask int, choice string) bool {
	offered, known := a.asked[ask]
	return !known || choice == job.CancelChoice || slices.Contains(offered, choice)
}
