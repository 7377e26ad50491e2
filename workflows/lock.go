package workflows

import (
	"fmt"
	"strings"
	"time"

	"github.com/pawl-ops/pawl/activities"
	"github.com/pawl-ops/pawl/job"
	"github.com/pawl-ops/pawl/workflows/frame"
)

// Lock keeps others from deploying to an environment.
var Lock = frame.Define(frame.Job[LockArgs, activities.Environment]{
	Name:     "lock",
	Help:     "keep others from deploying to an environment",
	Examples: []string{"lock staging because I debug the cart"},
	Doing:    "Locking",
	Safe:     "Nothing was changed.",
	What:     activities.Environment.String,
	Plan:     planLock,
	Lanes:    lockLane,
	Run:      lock,
})

// Unlock lets everybody deploy again.
var Unlock = frame.Define(frame.Job[EnvironmentArgs, activities.Environment]{
	Name:     "unlock",
	Help:     "let everybody deploy to an environment again",
	Examples: []string{"unlock staging"},
	Doing:    "Unlocking",
	Safe:     "Nothing was changed.",
	What:     activities.Environment.String,
	Plan:     planUnlock,
	Lanes:    lockLane,
	Run:      unlock,
})

// Steal takes an environment over: its lock, and its turn from whoever deploys there.
var Steal = frame.Define(frame.Job[StealArgs, activities.Environment]{
	Name:      "steal",
	Help:      "take an environment over from whoever locked it or deploys there",
	Examples:  []string{"steal staging because the demo begins in ten minutes"},
	Overtakes: true,
	Doing:     "Taking over",
	Safe:      "Nothing was changed.",
	What:      activities.Environment.String,
	Plan:      planSteal,
	Lanes:     stealLanes,
	Run:       steal,
})

// TellMe tells whoever asks when an environment is free for a deploy of theirs.
var TellMe = frame.Define(frame.Job[EnvironmentArgs, activities.Environment]{
	Name:     "tell me when free",
	Help:     "tell you when nobody locks an environment or deploys there any more",
	Examples: []string{"tell me when free staging"},
	Single:   true,
	Doing:    "Waiting until it is free:",
	Safe:     "Nothing was changed.",
	What:     activities.Environment.String,
	Plan:     planTellMe,
	Run:      tellMe,
})

// EnvironmentArgs is an environment and nothing else.
type EnvironmentArgs struct {
	Environment string `type:"environment" help:"which environment"`
}

// LockArgs is what may follow "lock".
type LockArgs struct {
	Environment string `type:"environment" help:"which environment"`
	Because     string `type:"rest" word:"because" optional:"false" help:"why; everybody reads it who wants to deploy there"`
}

// StealArgs is what may follow "steal".
type StealArgs LockArgs

func planLock(v frame.View, a LockArgs) (activities.Environment, error) {
	e, err := frame.See(v, acts.LockedBy, a.Environment)
	if err == nil && e.Lock.Held && !e.Lock.By.Same(v.Who) {
		err = frame.Refuse("%s is %s. To take it over: `steal %s because ...`.", e, activities.LockText(e.Lock), e.Name)
	}
	return e, err
}

func planUnlock(v frame.View, a EnvironmentArgs) (activities.Environment, error) {
	e, err := frame.See(v, acts.LockedBy, a.Environment)
	if err == nil && !e.Lock.Held {
		err = frame.Refuse("%s is not locked.", e)
	}
	return e, err
}

func planTellMe(v frame.View, a EnvironmentArgs) (activities.Environment, error) {
	e, err := frame.See(v, acts.LockedBy, a.Environment)
	if err == nil && e.Free(v.Who) {
		err = frame.Refuse("%s is free.", e)
	}
	return e, err
}

func planSteal(v frame.View, a StealArgs) (activities.Environment, error) {
	return frame.See(v, acts.LockedBy, a.Environment)
}

// lockLane has locks of an environment set one after the other. It is not the lane of its deploys: nobody waits for one to
// lock it.
func lockLane(e activities.Environment) []frame.Lane {
	return []frame.Lane{{Name: "lock/" + strings.ReplaceAll(e.Key(), "/", "_")}}
}

// stealLanes are both.
func stealLanes(e activities.Environment) []frame.Lane {
	return append([]frame.Lane{{Name: e.Key()}}, lockLane(e)...)
}

func lock(f *frame.F, e activities.Environment) error {
	err := setLock(f, e, "Lock "+e.String(), job.Lock{Held: true, By: f.Who(), Since: f.Now(), Because: f.Because()})
	if err == nil {
		f.Done(upperFirst(e.String())+" is locked", "nobody but you deploys there until someone types `unlock %s`", e.Name)
		for _, run := range e.Working {
			f.Say("`%s` is at work there and goes on. To stop it: `cancel %[1]s`.", run)
		}
	}
	return err
}

func unlock(f *frame.F, e activities.Environment) error {
	err := setLock(f, e, "Unlock "+e.String(), job.Lock{By: f.Who(), Since: f.Now()})
	if err == nil {
		f.Done(upperFirst(e.String())+" is free", "it was %s", activities.LockText(e.Lock))
	}
	return err
}

func steal(f *frame.F, e activities.Environment) error {
	err := setLock(f, e, "Take "+e.String()+" over", job.Lock{Held: true, By: f.Who(), Since: f.Now(), Because: f.Because()})
	if err != nil {
		return err
	}
	detail := "nobody but you deploys there"
	if e.Lock.Held && !e.Lock.By.Same(f.Who()) {
		detail = fmt.Sprintf("it was %s", activities.LockText(e.Lock))
	}
	f.Done(upperFirst(e.String())+" is yours", "%s", detail)
	f.Say("When you are done: `unlock %s`.", e.Name)
	return nil
}

// Patience of somebody who waits for an environment, and how often it is looked at.
const (
	freeWithin = 24 * time.Hour
	freeEvery  = 5 * time.Second
)

func tellMe(f *frame.F, e activities.Environment) error {
	in := activities.FreeInput{Who: f.Who(), Environment: e.String()}
	err := f.Do(frame.Wait("Nobody is there", acts.Free, in, freeWithin, frame.Every(freeEvery), frame.Final))
	if err == nil {
		f.Done(upperFirst(e.String())+" is free", "`deploy %s` would begin at once", e.Name)
	}
	return err
}

func setLock(f *frame.F, e activities.Environment, step string, l job.Lock) error {
	return f.Do(frame.Do(step, acts.SetLock, activities.LockInput{Run: f.Ref(), App: e.App, Environment: e.Name, Lock: l}))
}
