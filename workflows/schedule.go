package workflows

import (
	"strings"

	"github.com/pawl-ops/pawl/activities"
	"github.com/pawl-ops/pawl/job"
	"github.com/pawl-ops/pawl/workflows/frame"
)

// SchedulePause keeps a schedule from running until somebody resumes it.
var SchedulePause = frame.Define(frame.Job[PauseArgs, job.ScheduleState]{
	Name:     "schedule pause",
	Help:     "keep a schedule from running",
	Examples: []string{"schedule pause fresh staging because of the holidays"},
	Doing:    "Pausing the schedule",
	What:     whichSchedule,
	Plan:     planPause,
	Says:     howItStands,
	Run:      pause,
})

// ScheduleResume lets a paused schedule run again.
var ScheduleResume = frame.Define(frame.Job[ScheduleArgs, job.ScheduleState]{
	Name:     "schedule resume",
	Help:     "let a paused schedule run again",
	Examples: []string{"schedule resume fresh staging"},
	Doing:    "Resuming the schedule",
	What:     whichSchedule,
	Plan:     planResume,
	Says:     howItStands,
	Run:      resume,
})

// ScheduleRun has a schedule run out of turn.
var ScheduleRun = frame.Define(frame.Job[ScheduleArgs, job.ScheduleState]{
	Name:     "schedule run",
	Help:     "run a schedule now, by its own rules",
	Examples: []string{"schedule run fresh staging"},
	Doing:    "Running the schedule",
	What:     whichSchedule,
	Plan:     planRunNow,
	Says:     whatItRuns,
	Run:      runNow,
})

// SyncPause keeps a sync from running by itself until somebody resumes it.
var SyncPause = frame.Define(frame.Job[PauseSyncArgs, job.ScheduleState]{
	Name:     "sync pause",
	Help:     "keep a sync from running by itself",
	Examples: []string{"sync pause deals because HubSpot is being mended"},
	Doing:    "Pausing the sync",
	What:     whichSchedule,
	Plan:     planPauseSync,
	Says:     howItStands,
	Run:      pauseSync,
})

// SyncResume lets a paused sync run by itself again.
var SyncResume = frame.Define(frame.Job[SyncTimesArgs, job.ScheduleState]{
	Name:     "sync resume",
	Help:     "let a paused sync run by itself again",
	Examples: []string{"sync resume deals"},
	Doing:    "Resuming the sync",
	What:     whichSchedule,
	Plan:     planResumeSync,
	Says:     howItStands,
	Run:      resume,
})

// ScheduleArgs is what may follow "schedule run" and "schedule resume".
type ScheduleArgs struct {
	Schedule string `type:"rest" help:"which one: a name under schedules: in pawl.yaml"`
}

// PauseArgs is what may follow "schedule pause".
type PauseArgs struct {
	Schedule string `type:"rest" help:"which one: a name under schedules: in pawl.yaml"`
	Because  string `type:"rest" word:"because" help:"why; whoever looks at schedules reads it"`
}

// SyncTimesArgs is what may follow "sync resume".
type SyncTimesArgs struct {
	Sync string `help:"which one: a name under syncs: in pawl.yaml"`
}

// PauseSyncArgs is what may follow "sync pause".
type PauseSyncArgs struct {
	Sync    string `help:"which one: a name under syncs: in pawl.yaml"`
	Because string `type:"rest" word:"because" help:"why; whoever looks at schedules reads it"`
}

// whichSchedule is its name: of the times of a sync, that of the sync.
func whichSchedule(s job.ScheduleState) string {
	if s.Scheduled.Sync != "" {
		return s.Scheduled.Sync
	}
	return s.Scheduled.Name
}

func planPause(v frame.View, a PauseArgs) (job.ScheduleState, error) {
	return pausable(v, activities.NamedInput{Name: a.Schedule}, a.Because)
}

func planPauseSync(v frame.View, a PauseSyncArgs) (job.ScheduleState, error) {
	return pausable(v, activities.NamedInput{Name: a.Sync, Sync: true}, a.Because)
}

func pausable(v frame.View, named activities.NamedInput, because string) (job.ScheduleState, error) {
	s, err := frame.See(v, acts.ScheduleOf, named)
	if err == nil && s.Paused {
		err = frame.Refuse("%s is paused already%s.", whichSchedule(s), byWhom(s))
	}
	s.Because = because
	return s, err
}

func planResume(v frame.View, a ScheduleArgs) (job.ScheduleState, error) {
	return resumable(v, activities.NamedInput{Name: a.Schedule})
}

func planResumeSync(v frame.View, a SyncTimesArgs) (job.ScheduleState, error) {
	return resumable(v, activities.NamedInput{Name: a.Sync, Sync: true})
}

func resumable(v frame.View, named activities.NamedInput) (job.ScheduleState, error) {
	s, err := frame.See(v, acts.ScheduleOf, named)
	switch {
	case err != nil:
		return s, err
	case s.Scheduled.Paused:
		return s, frame.Refuse("%s is held by `paused: true` in pawl.yaml. Take that away there and restart Pawl.", whichSchedule(s))
	case !s.Paused:
		return s, frame.Refuse("%s is not paused. It runs %s.", whichSchedule(s), s.Scheduled.When)
	}
	return s, nil
}

func planRunNow(v frame.View, a ScheduleArgs) (job.ScheduleState, error) {
	s, err := frame.See(v, acts.ScheduleOf, activities.NamedInput{Name: a.Schedule})
	if err == nil && s.Going != "" {
		err = frame.Refuse("%s runs already: `%s`.", whichSchedule(s), s.Going)
	}
	return s, err
}

// byWhom says who paused it, and why, as the rest of a sentence.
func byWhom(s job.ScheduleState) string {
	by := s.By
	if by == "" {
		by = "pawl.yaml"
	}
	if s.Because == "" {
		return ", by " + by
	}
	return ", by " + by + ": " + strings.TrimSuffix(s.Because, ".")
}

func howItStands(s job.ScheduleState) string {
	return "It runs `" + s.Scheduled.Run + "` " + s.Scheduled.When + "."
}

func whatItRuns(s job.ScheduleState) string { return "It runs `" + s.Scheduled.Run + "`, out of turn." }

func pause(f *frame.F, s job.ScheduleState) error {
	return hold(f, s, "Pause it", "schedule resume "+s.Scheduled.Name)
}

func pauseSync(f *frame.F, s job.ScheduleState) error {
	return hold(f, s, "Pause it", "sync resume "+s.Scheduled.Sync)
}

func hold(f *frame.F, s job.ScheduleState, step, back string) error {
	in := activities.HoldInput{Hold: job.Hold{Schedule: s.Scheduled.Name, Paused: true, By: f.Who(), Because: s.Because}, Sync: s.Scheduled.Sync}
	err := f.Do(frame.Do(step, acts.HoldSchedule, in))
	if err == nil {
		f.Done(called(s)+" is paused", "nothing begins by itself until somebody types `%s`", back)
	}
	return err
}

func resume(f *frame.F, s job.ScheduleState) error {
	in := activities.HoldInput{Hold: job.Hold{Schedule: s.Scheduled.Name, By: f.Who()}, Sync: s.Scheduled.Sync}
	err := f.Do(frame.Do("Resume it", acts.HoldSchedule, in))
	if err == nil {
		f.Done(called(s)+" runs again", "%s. What was missed meanwhile is not made up for", s.Scheduled.When)
	}
	return err
}

// starting is the step that has a schedule run.
const starting = "Start it"

func runNow(f *frame.F, s job.ScheduleState) error {
	err := f.Do(frame.Do(starting, acts.RunSchedule, activities.RunNowInput{Run: f.Ref(), Schedule: s.Scheduled.Name}))
	if err != nil {
		return err
	}
	if id := f.Told(starting); strings.HasPrefix(id, "`") {
		f.Done(called(s)+" runs", "%s speaks in %s", id, s.Scheduled.Channel)
	} else {
		f.Done(called(s)+" does not run now", "%s", id)
	}
	return nil
}

// called is how a sentence begins that is about it.
func called(s job.ScheduleState) string {
	if s.Scheduled.Sync != "" {
		return "The sync " + s.Scheduled.Sync
	}
	return "The schedule " + s.Scheduled.Name
}
