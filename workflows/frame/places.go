package frame

import (
	"fmt"
	"slices"
	"strings"

	"go.temporal.io/sdk/workflow"

	"github.com/pawl-ops/pawl/internal/board"
	"github.com/pawl-ops/pawl/job"
)

// across says how a step runs in several places.
type across struct {
	scripts []job.Script
	atOnce  int  // 0: in all of them
	goOn    bool // with those to come when one fails
}

// Across is a step that runs a script on several hosts, on so many at once (0: on all), exactly once on each for each
// answer of a person. When it fails on one, hosts to come are not begun, unless goOn says so. What failed is put to a person
// when nothing of it runs any more; what worked is not done again.
func Across(name string, scripts []job.Script, atOnce int, goOn bool, options ...Option) Step {
	s := Step{name: name, across: &across{scripts: scripts, atOnce: atOnce, goOn: goOn}}
	for _, o := range options {
		o(&s)
	}
	return s
}

// toCome are the places before any of them began.
func (a *across) toCome() []job.Part {
	if a == nil {
		return nil
	}
	parts := make([]job.Part, len(a.scripts))
	for i, s := range a.scripts {
		parts[i] = job.Part{Name: s.Host.Name, State: job.PartToCome}
	}
	return parts
}

// place is one place of a step, and how it went there.
type place struct {
	step  Step
	proc  job.Process
	begun bool
	out   outcome
}

func (f *F) enterPlaces(s Step) []*place {
	places := make([]*place, len(s.across.scripts))
	for i, script := range s.across.scripts {
		f.ordinal++
		places[i] = &place{
			step: Step{name: s.name, script: &script, once: s.once, atomic: s.atomic},
			proc: job.Process{Run: f.first, ID: f.req.ID, Label: s.name, Step: f.ordinal},
		}
	}
	return places
}

// tryPlaces makes an attempt in every place where the step is not done.
func (f *F) tryPlaces(ctx workflow.Context, w *effort) outcome {
	var todo []int
	for i, p := range w.places {
		if p.out.done {
			continue
		}
		if p.begun { // a person had it tried again
			p.proc.Ask, p.proc.Try = w.proc.Ask, 0
		}
		p.begun, p.out = false, outcome{}
		f.part(w, i, job.PartToCome)
		todo = append(todo, i)
	}
	atOnce := w.across.atOnce
	if atOnce <= 0 || atOnce > len(todo) {
		atOnce = len(todo)
	}
	failed, left := false, atOnce
	for range atOnce {
		workflow.Go(ctx, func(ctx workflow.Context) {
			for len(todo) > 0 && !f.inbox.cancelled() && (!failed || w.across.goOn) {
				i := todo[0]
				todo = todo[1:]
				failed = !f.tryPlace(ctx, w, i) || failed
			}
			left--
		})
	}
	_ = workflow.Await(ctx, func() bool { return left == 0 })
	return w.judge()
}

// tryPlace makes an attempt in one place, and reports whether it worked.
func (f *F) tryPlace(ctx workflow.Context, w *effort, i int) bool {
	p := w.places[i]
	p.begun = true
	f.part(w, i, job.PartRunning)
	began := f.now()
	p.out = f.attempt(ctx, p.step, &p.proc)
	state := job.PartFailed
	switch {
	case p.out.done:
		state = job.PartDone
	case f.inbox.cancelled():
		state = job.PartCancelled
	}
	f.part(w, i, state)
	part := &f.board.Steps[w.n].Parts[i]
	part.Detail, part.Took = p.out.detail, f.now().Sub(began)
	return p.out.done
}

// part shows how one place stands.
func (f *F) part(w *effort, i int, state job.PartState) {
	line := &f.board.Steps[w.n]
	line.Parts = slices.Clone(line.Parts) // a query may be reading the others
	line.Parts[i] = job.Part{Name: w.places[i].step.script.Host.Name, State: state, Act: w.places[i].proc.Step}
	f.touch()
}

// sameEverywhere reports whether every place told the same.
func (w *effort) sameEverywhere() bool {
	return len(w.places) > 0 && !slices.ContainsFunc(w.places, func(p *place) bool { return p.out.detail != w.places[0].out.detail })
}

// problem is what went wrong in a place, and where.
func (p *place) problem() string {
	host := p.step.script.Host.Name
	if strings.Contains(p.out.problem, "on "+host) {
		return p.out.problem
	}
	return fmt.Sprintf("On %s: %s", host, lowerFirst(p.out.problem))
}

// judge puts together how it went in all places.
func (w *effort) judge() outcome {
	var failed []*place
	var notBegun, details []string
	for _, p := range w.places {
		host := p.step.script.Host.Name
		switch {
		case p.out.done:
			details = append(details, p.out.detail)
		case p.begun:
			failed = append(failed, p)
		default:
			notBegun = append(notBegun, host)
		}
	}
	if len(failed) == 0 && len(notBegun) == 0 {
		detail := fmt.Sprintf("on %d hosts", len(w.places))
		if same := slices.Compact(details); len(same) == 1 && same[0] != "" {
			detail = same[0] + ", " + detail
		}
		return outcome{done: true, detail: detail}
	}
	if len(failed) == 0 { // it was cancelled between two of them
		return outcome{}
	}
	out := failed[0].out
	out.refused = out.refused && len(details) == 0 && len(failed) == 1 // else something was done
	var says []string
	for _, p := range failed[:min(len(failed), 3)] {
		says = append(says, p.problem())
	}
	if n := len(failed); n > 3 {
		var more []string
		for _, p := range failed[3:] {
			more = append(more, p.step.script.Host.Name)
		}
		says = append(says, fmt.Sprintf("It failed also on %s.", board.Listed(more, "and")))
	}
	if n := len(details); n > 0 {
		says = append(says, fmt.Sprintf("It is done on %d of %d.", n, len(w.places)))
	}
	if len(notBegun) > 0 {
		says = append(says, fmt.Sprintf("It was not begun on %s.", board.Listed(notBegun, "and")))
	}
	out.done, out.detail, out.problem = false, "", strings.Join(says, " ")
	return out
}
