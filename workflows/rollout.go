package workflows

import (
	"fmt"
	"strings"
	"time"

	"github.com/pawl-ops/pawl/activities"
	"github.com/pawl-ops/pawl/job"
	"github.com/pawl-ops/pawl/workflows/frame"
)

// rollout is an environment on its way to another version: what deploys and rollbacks have in common.
type rollout struct {
	f     *frame.F
	d     activities.Deployment
	began time.Time
	took  string    // until users had it
	since time.Time // when they were known to have it
}

// deploy carries out a deployment, and takes it back when users were moved and it turns bad.
func deploy(f *frame.F, d activities.Deployment) error {
	r := &rollout{f: f, d: d, began: f.Now()}
	if !d.Colours() {
		if err := f.Do(r.inPlace()...); err != nil {
			return r.halfWay(err)
		}
		return r.finish(nil)
	}
	f.Safe(r.untouched())
	err := f.Do(r.steps()...)
	switch {
	case err == nil:
	case f.Begun(r.stepMove()) && frame.Undone(err) && !f.Begun(r.stepServed()): // what it did not do, it does not take back
		return frame.Ends(err, frame.End{
			Title: "Deploy stopped, and it moved nobody", Means: fmt.Sprintf("Where users are now: `status %s`.", r.d.Environment), Again: true,
		})
	case f.Begun(r.stepDrain()) && f.StoppedBy() == "": // users are well where they are, and nobody asked to move them
		return frame.Ends(err, frame.End{
			Title: fmt.Sprintf("%s is on %s, and the rest is not done", upperFirst(r.d.String()), r.version()),
			Means: fmt.Sprintf("Users have %s and keep it. `rollback %s` brings %s back.", r.version(), r.d.Environment, orUnknown(r.d.Was)),
		})
	case f.Begun(r.stepMove()):
		return r.takeBack(err)
	default:
		return frame.Ends(err, frame.End{
			Title: fmt.Sprintf("Deploy stopped. Users never saw %s.", r.version()), Again: true,
			Means: r.untouched() + " Nothing is broken and you need not do anything.",
		})
	}
	return r.finish(err)
}

// version is the version that is deployed, as soon as it is known.
func (r *rollout) version() string {
	switch built := r.f.Result(activities.ResultVersion); {
	case r.d.Version != "":
		return r.d.Version
	case built != "":
		return built
	}
	return "it"
}

// halfWay says who has which version after a deploy in place that did not reach its end.
func (r *rollout) halfWay(err error) error {
	var reached, left []string
	for _, i := range r.d.Places {
		if r.f.Begun("Start it on " + i.Name) {
			reached = append(reached, i.Name)
		} else {
			left = append(left, i.Name)
		}
	}
	switch {
	case len(reached) == 0:
		return frame.Ends(err, frame.End{Title: fmt.Sprintf("Deploy stopped. Users never saw %s.", r.version()), Means: "Everything runs as before.", Again: true})
	case len(left) == 0:
		return frame.Ends(err, frame.End{
			Title: "Deploy did not end well", Means: fmt.Sprintf("Users have %s. `rollback %s` brings %s back.", r.version(), r.d.Environment, orUnknown(r.d.Was)), Again: true,
		})
	}
	means := fmt.Sprintf("%s got %s; %s still %s %s. `rollback %s` brings %s back everywhere.",
		strings.Join(reached, ", "), r.version(), strings.Join(left, ", "), runs(len(left)), orUnknown(r.d.Was), r.d.Environment, orUnknown(r.d.Was))
	return frame.Ends(err, frame.End{Title: "Deploy stopped half-way", Means: means, Again: true})
}

func runs(n int) string {
	if n == 1 {
		return "runs"
	}
	return "run"
}

func (r *rollout) untouched() string {
	return fmt.Sprintf("All users are on %s with %s, as before.", r.d.From.Name, orUnknown(r.d.Was))
}

func orUnknown(version string) string {
	if version == "" {
		return "the version they had"
	}
	return version
}

// The steps by which it is known how far a deploy has come.
func (r *rollout) stepMove() string { return "Move all users to " + r.d.To.Name }

func (r *rollout) stepServed() string {
	if r.d.Version == "" {
		return "Users get the new version"
	}
	return "Users get " + r.d.Version
}
func (r *rollout) stepDrain() string { return "Let the last requests on " + r.d.From.Name + " end" }
func (r *rollout) stepBack() string  { return "Move all users back to " + r.d.From.Name }

// steps are those of a deploy that moves users.
func (r *rollout) steps() []frame.Step {
	steps := append(r.announced(), r.build()...)
	steps = append(append(steps, r.standby()...), r.move()...)
	if r.d.Bake > 0 {
		steps = append(steps, frame.Later("Watch it for "+frame.Span(r.d.Bake), r.bake))
	}
	steps = append(steps, frame.Later(r.stepDrain(), r.drain))
	return append(append(steps, r.crons()...), r.note()...)
}

// announced tells everybody, before anything is done, that nobody is asked.
func (r *rollout) announced() []frame.Step {
	if !r.d.Glass {
		return nil
	}
	text := fmt.Sprintf("*%s breaks the glass*: %s goes to %s now, and nobody was asked. Reason: %q.", r.f.Who().Display(), newVersion(r.d), r.d, r.f.Because())
	return []frame.Step{frame.Tell("Tell everybody", activities.SayInput{Run: r.f.Ref(), Step: "glass", Text: text, Channel: r.d.Told}, frame.Skippable)}
}

// build is the step that makes a version which is not there.
func (r *rollout) build() []frame.Step {
	if r.d.Order == nil {
		return nil
	}
	return []frame.Step{frame.Build("Build "+r.d.Source, *r.d.Order, frame.Final)}
}

// standby starts the version where nobody is, and has it prove itself.
func (r *rollout) standby() []frame.Step {
	to := r.d.To
	return []frame.Step{
		frame.Wait(upperFirst(to.Name)+" has no users", acts.Unused, activities.ProvenInput{Instance: to, Traffic: r.d.Traffic}, r.d.Drain+time.Minute, frame.Final),
		frame.Later("Start it on "+to.Name+", without users", func() frame.Step {
			return frame.Script("", r.d.ScriptFor(to, r.version()), frame.Once, frame.Final)
		}),
		frame.Later(fmt.Sprintf("%s answers well, %s in a row", upperFirst(to.Name), times(r.d.Healthy)), func() frame.Step {
			return frame.Wait("", acts.Proven, r.proven(to), r.d.Within, frame.Final)
		}),
	}
}

func (r *rollout) proven(i job.Instance) activities.ProvenInput {
	return activities.ProvenInput{Instance: i, Version: r.version(), Times: max(r.d.Healthy, 1)}
}

// move moves users, and looks whether they get the version.
func (r *rollout) move() []frame.Step {
	return []frame.Step{
		frame.Work(r.stepMove(), acts.MoveUsers, r.moving(r.d.From, r.d.To, "to"), frame.Once, frame.Atomic, frame.Final),
		frame.Later(r.stepServed(), func() frame.Step {
			in := r.proven(r.d.To)
			in.Traffic, in.Front, in.Times = r.d.Traffic, r.d.URL, min(in.Times, 3)
			return frame.Wait("", acts.Served, in, r.d.Within, frame.Final, frame.Then(r.served))
		}),
	}
}

// movingBack undoes the move, and keeps a late attempt at it from taking effect.
func (r *rollout) movingBack() activities.MoveInput {
	in := r.moving(r.d.To, r.d.From, "back")
	in.Ends = r.moving(r.d.From, r.d.To, "to").Token
	return in
}

// served is when users are known to have the version.
func (r *rollout) served() {
	r.took, r.since = r.f.Took(), r.f.Now()
	frame.Note(r.f, acts.Released, r.release())
}

func (r *rollout) moving(from, to job.Instance, way string) activities.MoveInput {
	return activities.MoveInput{Run: r.f.Ref(), Traffic: r.d.Traffic, From: from, To: to, Token: r.f.Ref().First + "-" + way, Timers: r.f.Timers()}
}

func (r *rollout) bake() frame.Step {
	return frame.Work("", acts.Bake, activities.BakeInput{
		Run: r.f.Ref(), Instance: r.d.To, Version: r.version(), Traffic: r.d.Traffic, Front: r.d.URL,
		Until: r.f.Now().Add(r.d.Bake), Errors: r.d.Errors, Timers: r.f.Timers(),
	}, frame.Final)
}

func (r *rollout) drain() frame.Step {
	return frame.Work("", acts.Drain, activities.DrainInput{
		Run: r.f.Ref(), Instance: r.d.From, Traffic: r.d.Traffic, Until: r.f.Now().Add(r.d.Drain), Timers: r.f.Timers(),
	}, frame.Skippable)
}

// crons give the version to those who work off tasks: they serve nobody, so they get it in place, and a person decides when
// one of them does not start.
func (r *rollout) crons() []frame.Step { return r.each(r.d.Crons, frame.Skippable) }

// inPlace are the steps where no traffic is moved: one instance after the other, and none after one that is not well.
func (r *rollout) inPlace() []frame.Step {
	steps := append(append(r.announced(), r.build()...), r.each(r.d.Places, frame.Final)...)
	if n := len(steps); n > 0 {
		frame.Then(r.served)(&steps[n-1])
	}
	return append(append(steps, r.crons()...), r.note()...)
}

func (r *rollout) each(all []job.Instance, option frame.Option) (steps []frame.Step) {
	for _, i := range all {
		steps = append(steps,
			frame.Later("Start it on "+i.Name, func() frame.Step {
				return frame.Script("", r.d.ScriptFor(i, r.version()), frame.Once, option)
			}),
			frame.Later(upperFirst(i.Name)+" answers well", func() frame.Step {
				return frame.Wait("", acts.Proven, r.proven(i), r.d.Within, option)
			}, frame.With("Start it on "+i.Name)))
	}
	return steps
}

// note tells people in the channel for it.
func (r *rollout) note() []frame.Step {
	if r.d.Channel == "" {
		return nil
	}
	return []frame.Step{frame.Later("Release note", func() frame.Step {
		in := r.release()
		in.Release.Took = r.f.Now().Sub(r.began)
		return frame.Do("", acts.ReleaseNote, in, frame.Skippable)
	}, frame.About("in "+r.d.Channel))}
}

// release is what is written down of it.
func (r *rollout) release() activities.ReleaseInput {
	f := r.f
	return activities.ReleaseInput{Run: f.Ref(), Board: f.At(), Channel: r.d.Channel, Release: job.Release{
		App: r.d.App, Environment: r.d.Environment, Version: r.version(), Was: r.d.Was, Instance: r.d.To.Name, How: r.d.How,
		By: f.Who().Display(), Agreed: f.Agreed(), Because: f.Because(), Forced: r.d.Past != "", Glass: r.d.Glass,
		At: f.Now(), Took: f.Now().Sub(r.began), Run: f.Ref().ID, Build: r.d.Built, Changes: r.d.Changes,
	}}
}

// takeBack moves users back after a deploy that did not go well with them, or that was stopped.
func (r *rollout) takeBack(err error) error {
	f, from := r.f, r.d.From
	why := frame.Problem(err)
	if who := f.StoppedBy(); why == "" && who != "" {
		why = who + " stopped it."
	}
	in := r.release()
	in.Release.Taken = why
	lock := job.Lock{Held: true, All: true, By: f.Who(), Since: f.Now(), Because: fmt.Sprintf("%s was taken back: %s", r.version(), strings.TrimSuffix(why, "."))}
	back := f.Rescue(
		frame.Work(r.stepBack(), acts.MoveBack, r.movingBack(), frame.Once, frame.Atomic),
		frame.Later("Lock "+r.d.String(), func() frame.Step { return r.lock(lock) }),
	)
	if back != nil {
		return frame.Ends(back, frame.End{
			Title: "Deploy failed, and users could not be moved back", Means: fmt.Sprintf("%s Look at %s now: `status %s`.", why, r.d, r.d.Environment),
		})
	}
	frame.Note(f, acts.TakenBack, in)
	means := fmt.Sprintf("All users are on %s with %s again. %s is locked until someone types `unlock %s`.", from.Name, orUnknown(r.d.Was), upperFirst(r.d.String()), r.d.Environment)
	if !r.since.IsZero() {
		means = fmt.Sprintf("Users had %s for %s. ", r.version(), frame.Span(f.Now().Sub(r.since))) + means
	}
	return frame.Ends(err, frame.End{Title: "Deploy taken back", Means: means})
}

func (r *rollout) lock(l job.Lock) frame.Step {
	return frame.Do("", acts.SetLock, activities.LockInput{Run: r.f.Ref(), App: r.d.App, Environment: r.d.Environment, Lock: l})
}

// finish says how a deploy ended that was not taken back.
func (r *rollout) finish(err error) error {
	if err != nil {
		return err
	}
	detail := "it was on " + orUnknown(r.d.Was) + " before"
	if r.d.Colours() {
		detail = fmt.Sprintf("users are on %s; %s stays ready with %s", r.d.To.Name, r.d.From.Name, orUnknown(r.d.Was))
	}
	r.f.Done(fmt.Sprintf("%s is on %s", upperFirst(r.d.String()), r.version()), "%s", detail)
	r.f.Say("Not what you wanted? `rollback %s` brings %s back.", r.d.Environment, orUnknown(r.d.Was))
	return nil
}

func times(n int) string {
	if n <= 1 {
		return "once"
	}
	return fmt.Sprintf("%d times", n)
}

func upperFirst(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}
