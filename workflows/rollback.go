package workflows

import (
	"cmp"
	"fmt"

	"github.com/pawl-ops/pawl/activities"
	"github.com/pawl-ops/pawl/job"
	"github.com/pawl-ops/pawl/workflows/frame"
)

// Rollback gives users back the version they had before, and locks the environment. A deploy that is under way is asked to
// stop and take itself back first.
var Rollback = frame.Define(frame.Job[RollbackArgs, activities.Rollback]{
	Name:      "rollback",
	Help:      "give users back the version they had before, at once",
	Examples:  []string{"rollback master because the cart is empty"},
	Overtakes: true,
	Doing:     "Rolling back",
	Safe:      "Nothing was changed.",
	What:      whichRollback,
	Plan:      planRollback,
	Lanes:     rollbackLane,
	Says:      saysRollback,
	Run:       rollback,
})

// RollbackArgs is what may follow "rollback".
type RollbackArgs struct {
	Environment string `type:"environment" help:"which environment"`
	Because     string `type:"rest" word:"because" help:"why; everybody reads it who wants to deploy there"`
}

func whichRollback(b activities.Rollback) string { return b.String() }

func planRollback(v frame.View, a RollbackArgs) (activities.Rollback, error) {
	in := activities.RollbackInput{Who: v.Who, Environment: a.Environment, Run: v.Run}
	if before, ok := frame.Before[activities.Rollback](v); ok {
		in.Before = &before
	}
	return frame.See(v, acts.PlanRollback, in)
}

func rollbackLane(b activities.Rollback) []frame.Lane { return deploymentLane(b.Deployment) }

func saysRollback(b activities.Rollback) string {
	says := fmt.Sprintf("Now: %s. Back to: %s.", orUnknown(b.Was), b.Goal)
	switch {
	case b.Stops != "" && b.There:
		return fmt.Sprintf("`%s` is stopped; users keep %s.", b.Stops, b.Goal)
	case b.Stops != "":
		return says + fmt.Sprintf(" `%s` is stopped and takes itself back.", b.Stops)
	case b.There:
		return fmt.Sprintf("Users have %s already.", b.Goal)
	case b.Standby:
		return says + fmt.Sprintf(" %s still runs it: users are moved in seconds.", upperFirst(b.To.Name))
	case b.Colours():
		return says + fmt.Sprintf(" Nothing runs it any more: it is started on %s first, which takes as long as a deploy.", b.To.Name)
	}
	return says
}

func rollback(f *frame.F, b activities.Rollback) error {
	r := &rollout{f: f, d: b.Deployment, began: f.Now()}
	err := f.Do(rollbackSteps(r, b)...)
	switch {
	case err != nil && f.Begun(r.stepMove()):
		return frame.Ends(err, frame.End{
			Title: "Rollback did not end well", Again: true,
			Means: fmt.Sprintf("Users were moved to %s, and it is not sure that all is well there. Look now: `status %s`.", b.To.Name, b.Environment),
		})
	case err != nil:
		return err
	}
	if b.Bad.Run != "" {
		in := activities.ReleaseInput{Run: f.Ref(), Board: f.At(), Release: b.Bad}
		in.Release.Taken = cmp.Or(f.Because(), f.Who().Display()+" rolled it back")
		frame.Note(f, acts.TakenBack, in)
	}
	if r.took == "" { // there was nothing to do for them
		r.took = f.Took()
	}
	f.Done(fmt.Sprintf("%s is back on %s", upperFirst(b.String()), b.Goal), "all users have it, %s after it began", r.took)
	f.Say("%s is locked until someone types `unlock %s`.", upperFirst(b.String()), b.Environment)
	return nil
}

// keeps is when users are known to have what they are to have, without having been moved.
func (r *rollout) keeps() { r.took = r.f.Took() }

// rollbackSteps are what is left to do, and the lock.
func rollbackSteps(r *rollout, b activities.Rollback) []frame.Step {
	var steps []frame.Step
	switch {
	case b.There:
	case b.Standby:
		steps = r.move()
	case b.Colours():
		steps = append(r.standby(), r.move()...)
	default:
		steps = r.each(b.Places, frame.Final)
		frame.Then(r.served)(&steps[len(steps)-1])
	}
	if b.There && b.Colours() {
		in := r.proven(b.From)
		in.Traffic, in.Front, in.Times = b.Traffic, b.URL, min(in.Times, 3)
		steps = append(steps, frame.Wait("Users have "+b.Goal, acts.Served, in, b.Within, frame.Then(r.keeps)))
	}
	lock := job.Lock{Held: true, All: true, By: r.f.Who(), Since: r.f.Now(), Because: cmp.Or(r.f.Because(), "rolled back to "+b.Goal)}
	steps = append(steps, frame.Later("Lock "+b.String(), func() frame.Step { return r.lock(lock) }))
	return append(steps, r.crons()...)
}
