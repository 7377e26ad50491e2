package frame

import (
	"context"
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/pawl-ops/pawl/activities"
	"github.com/pawl-ops/pawl/internal/board"
	"github.com/pawl-ops/pawl/job"
)

// Step is a named part of a run. Its name is a human phrase.
type Step struct {
	name     string
	script   *job.Script
	build    *activities.BuildInput
	tell     *activities.SayInput
	act      func(ctx workflow.Context, t job.Timers, id string) (string, error)
	cleanup  *tidying
	overrule *Choice
	waits    bool
	once     bool
	atomic   bool
	must     bool
	again    *int                       // how often it is tried again by itself; nil: as usual
	within   time.Duration              // how long one attempt may take; 0: as usual
	every    time.Duration              // between two looks of a Wait; 0: as usual
	about    string                     // what a plan says of it
	together []Step                     // it is several, at the same time
	across   *across                    // it runs on several hosts
	asks     *asks                      // it asks people
	with     string                     // the step without which this one makes no sense
	final    bool                       // nobody is asked when it does not work
	then     func()                     // done in the run's own history once it is done
	later    func() Step                // makes it when it begins
	note     func(now time.Time) string // what it says while it runs
	// stop ends what the step began elsewhere when the run is cancelled, and says how that ended; nil: cutting its activity does.
	stop func(ctx workflow.Context, t job.Timers, id string) (string, error)
}

// Option changes how a step is treated.
type Option func(*Step)

// Once marks a step that is never tried a second time without asking: when its outcome is unknown, a person decides.
func Once(s *Step) { s.once = true }

// Atomic marks a step that must not be interrupted: a cancel waits for its end.
func Atomic(s *Step) { s.atomic = true }

// Must marks a step that is never skipped.
func Must(s *Step) { s.must = true }

// Cleanup names the script that takes away what the step leaves behind when the run does not reach its end. It is
// registered before the step begins, because a step may have worked although it failed.
func Cleanup(script job.Script) Option {
	return func(s *Step) { s.cleanup = &tidying{script: &script} }
}

// Undo names the activity that takes away what the step leaves behind, in the place of a script. It is tried again until
// it is done; its text is told.
func Undo[In any](activity func(context.Context, In) (string, error), in In) Option {
	return func(s *Step) {
		s.cleanup = &tidying{act: func(ctx workflow.Context, t job.Timers, id string) (string, error) {
			var text string
			err := workflow.ExecuteActivity(working(ctx, t, id), activity, in).Get(ctx, &text)
			return text, err
		}}
	}
}

// Overrule offers one more answer when the step does not work: to go on as if it had. It is for steps that only look and
// warn.
func Overrule(c Choice) Option { return func(s *Step) { s.overrule = &c } }

// Skippable offers to go on without the step when it does not work.
func Skippable(s *Step) { s.overrule = &skipIt }

// Again is how often an activity of Do is tried again by itself, in place of four times; one attempt may take so long.
func Again(times int, within time.Duration) Option {
	return func(s *Step) { s.again, s.within = &times, within }
}

// Final marks a step that is not put to a person when it does not work: the run ends there. Where it has Once as well and
// its outcome is not known, a person is asked all the same.
func Final(s *Step) { s.final = true }

// Later is a step that is made when it begins, from what the steps before it found out.
func Later(name string, made func() Step, options ...Option) Step {
	s := Step{name: name, later: made}
	for _, o := range options {
		o(&s)
	}
	return s
}

// With names a step before this one without which it makes no sense: when a person goes on without that, nothing is said of
// this one either.
func With(step string) Option { return func(s *Step) { s.with = step } }

// Every is how often a Wait looks, in place of every two seconds: for what may take hours.
func Every(d time.Duration) Option { return func(s *Step) { s.every = d } }

// About is what a plan says of the step.
func About(text string) Option {
	return func(s *Step) {
		if text != "" {
			s.about = board.Clean(text)
		}
	}
}

// Stops names the activity that ends what the step began elsewhere, when the run is cancelled while it is at work. It is
// tried again until it is sure; its text is told.
func Stops[In any](activity func(context.Context, In) (string, error), in In) Option {
	return func(s *Step) {
		s.stop = func(ctx workflow.Context, t job.Timers, id string) (string, error) {
			var text string
			err := workflow.ExecuteActivity(working(ctx, t, id), activity, in).Get(ctx, &text)
			return text, err
		}
	}
}

// tidying takes away what a step left behind: a script or an activity.
type tidying struct {
	script *job.Script
	act    func(ctx workflow.Context, t job.Timers, id string) (string, error)
}

// Script is a step that runs a remote script, exactly once for each answer of a person.
func Script(name string, script job.Script, options ...Option) Step {
	s := Step{name: name, script: &script}
	for _, o := range options {
		o(&s)
	}
	return s
}

// Do is a step that calls an activity with the plan or a part of it. The activity's text is shown beside the step.
// Without Once it is tried again for up to a minute before a person is asked.
func Do[In any](name string, activity func(context.Context, In) (string, error), in In, options ...Option) Step {
	s := Step{name: name}
	for _, o := range options {
		o(&s)
	}
	o := acting{once: s.once, again: s.again, within: s.within}
	s.act = func(ctx workflow.Context, _ job.Timers, _ string) (string, error) {
		var text string
		err := workflow.ExecuteActivity(o.options(ctx), activity, in).Get(ctx, &text)
		return text, err
	}
	return s
}

// Pause is a step that lets time pass.
func Pause(name string, d time.Duration, options ...Option) Step {
	s := Step{name: name, about: board.Span(d), note: func(now time.Time) string { return "until " + board.Time(now.Add(d)) }}
	for _, o := range options {
		o(&s)
	}
	s.act = func(ctx workflow.Context, _ job.Timers, _ string) (string, error) { return "", workflow.Sleep(ctx, d) }
	return s
}

// Tell is a step that says something: in the run's thread, or in a channel. It is said once.
func Tell(name string, in activities.SayInput, options ...Option) Step {
	in.Text = board.Clean(in.Text)
	s := Step{name: name, tell: &in}
	for _, o := range options {
		o(&s)
	}
	return s
}

// Wait is a step that calls an observing activity every two seconds until it is content, and puts it to a person when it is
// not within the given time. The activity says that with activities.NotYet. Waiting adds nothing to the history.
func Wait[In any](name string, observe func(context.Context, In) (string, error), in In, within time.Duration, options ...Option) Step {
	s := Step{name: name, waits: true}
	for _, o := range options {
		o(&s)
	}
	s.act = func(ctx workflow.Context, _ job.Timers, id string) (string, error) {
		var text string
		err := workflow.ExecuteActivity(observing(ctx, id, within, s.every), observe, in).Get(ctx, &text)
		return text, err
	}
	return s
}

// Work is a step that calls an activity which may take hours and says in heartbeats how far it is, as a job.Progress. When
// its process dies it is begun again by another one; it must find where it was. What it says is wrong with an
// activities.Fault is put to a person at once; anything else is tried again.
func Work[In any](name string, activity func(context.Context, In) (string, error), in In, options ...Option) Step {
	s := Step{name: name}
	for _, o := range options {
		o(&s)
	}
	s.act = func(ctx workflow.Context, t job.Timers, id string) (string, error) {
		var text string
		err := workflow.ExecuteActivity(working(ctx, t, id), activity, in).Get(ctx, &text)
		return text, err
	}
	return s
}
