package frame

import (
	"fmt"
	"slices"
	"strings"

	"go.temporal.io/sdk/workflow"

	"github.com/pawl-ops/pawl/internal/board"
	"github.com/pawl-ops/pawl/job"
)

// across says how a step runs on several hosts.
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

// toCome are the hosts before any of them began.
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

// onHost is a step on one of its hosts, and how it went there.
type onHost struct {
	step  Step
	proc  job.Process
	begun bool
	out   outcome
}

func (f *F) enterHosts(s Step) []*onHost {
	hosts := make([]*onHost, len(s.across.scripts))
	for i, script := range s.across.scripts {
		f.ordinal++
		hosts[i] = &onHost{
			step: Step{name: s.name, script: &script, once: s.once, atomic: s.atomic},
			proc: job.Process{Run: f.first, ID: f.req.ID, Label: s.name, Step: f.ordinal},
		}
	}
	return hosts
}

// tryHosts makes an attempt on every host where the step is not done.
func (f *F) tryHosts(ctx workflow.Context, w *effort) outcome {
	var todo []int
	for i, p := range w.hosts {
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
			for len(todo) > 0 && !f.halted() && (!failed || w.across.goOn) {
				i := todo[0]
				todo = todo[1:]
				failed = !f.tryHost(ctx, w, i) || failed
			}
			left--
		})
	}
	_ = workflow.Await(ctx, func() bool { return left == 0 })
	return w.judge()
}

// tryHost makes an attempt on one host, and reports whether it worked.
func (f *F) tryHost(ctx workflow.Context, w *effort, i int) bool {
	p := w.hosts[i]
	p.begun = true
	f.part(w, i, job.PartRunning)
	began := f.now()
	p.out = f.attempt(ctx, p.step, &p.proc)
	state := job.PartFailed
	switch {
	case p.out.done:
		state = job.PartDone
	case f.halted():
		state = job.PartCancelled
	}
	f.part(w, i, state)
	part := &f.board.Steps[w.n].Parts[i]
	part.Detail, part.Took = p.out.detail, f.now().Sub(began)
	return p.out.done
}

// part shows how one host stands.
func (f *F) part(w *effort, i int, state job.PartState) {
	line := &f.board.Steps[w.n]
	line.Parts = slices.Clone(line.Parts) // a query may be reading the others
	line.Parts[i] = job.Part{Name: w.hosts[i].step.script.Host.Name, State: state, Act: w.hosts[i].proc.Step}
	f.touch()
}

// sameEverywhere reports whether every host told the same.
func (w *effort) sameEverywhere() bool {
	return len(w.hosts) > 0 && !slices.ContainsFunc(w.hosts, func(p *onHost) bool { return p.out.detail != w.hosts[0].out.detail })
}

// problem is what went wrong on a host, and where.
func (p *onHost) problem() string {
	host := p.step.script.Host.Name
	if strings.Contains(p.out.problem, "on "+host) {
		return p.out.problem
	}
	return fmt.Sprintf("On %s: %s", host, board.LowerFirst(p.out.problem))
}

// judge puts together how it went on all hosts.
func (w *effort) judge() outcome {
	var failed []*onHost
	var notBegun, details []string
	for _, p := range w.hosts {
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
		detail := fmt.Sprintf("on %d hosts", len(w.hosts))
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
		says = append(says, fmt.Sprintf("It is done on %d of %d.", n, len(w.hosts)))
	}
	if len(notBegun) > 0 {
		says = append(says, fmt.Sprintf("It was not begun on %s.", board.Listed(notBegun, "and")))
	}
	out.done, out.detail, out.problem = false, "", strings.Join(says, " ")
	return out
}
