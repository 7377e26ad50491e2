package workflows

import (
	"github.com/pawl-ops/pawl/activities"
	"github.com/pawl-ops/pawl/job"
	"github.com/pawl-ops/pawl/workflows/frame"
)

// SyncRun fetches data from a third party and writes it where people read it.
var SyncRun = frame.Define(frame.Job[SyncArgs, activities.SyncInput]{
	Name:     "sync run",
	Short:    "sync",
	Help:     "fetch data now and write it where people read it",
	Examples: []string{"sync run deals"},
	Doing:    "Syncing",
	Safe:     "What was there before is untouched.",
	What:     whichSync,
	Plan:     planSync,
	Lanes:    syncLane,
	Says:     whatIsSynced,
	Sync:     whichSync,
	Shows:    firstRows,
	Run:      syncNow,
})

// SyncArgs is what may follow "sync run".
type SyncArgs struct {
	Sync string `help:"which one: a name under syncs: in pawl.yaml"`
}

func whichSync(s activities.SyncInput) string { return s.Sync.Name }

func planSync(v frame.View, a SyncArgs) (activities.SyncInput, error) {
	s, err := frame.See(v, acts.SyncOf, a.Sync)
	return activities.SyncInput{Sync: s}, err
}

// firstRows lets people see whether the columns are right before anything is written.
func firstRows(v frame.View, s activities.SyncInput) (activities.Sample, error) {
	return frame.Peek(v, acts.PeekSync, s)
}

func whatIsSynced(s activities.SyncInput) string { return s.Sync.Title + "." }

// syncLane is the lane: a sync never runs beside itself.
func syncLane(s activities.SyncInput) []frame.Lane {
	return []frame.Lane{{Name: "sync/" + s.Sync.Name}}
}

// anyway lets a person overrule the warning that much less came than there is.
var anyway = frame.Choice{Word: "anyway", Label: "Replace anyway", Past: "said to replace them anyway"}

// publish is the step after which people read what is new.
const publish = "Put it where people read it"

func syncNow(f *frame.F, s activities.SyncInput) error {
	s.Run, s.Place = f.Ref(), f.Place()
	steps := []frame.Step{frame.Work("Fetch from "+s.Sync.From.Name, acts.FetchSync, s, frame.Undo(acts.AbandonSync, s))}
	if replaces(s.Sync) {
		steps = append(steps, frame.Work("Compare with what is there", acts.CompareSync, s, frame.Overrule(anyway)))
	}
	steps = append(steps, frame.Work(publish, acts.PublishSync, s, frame.Atomic))
	err := f.Do(steps...)
	if err == nil {
		f.Done("Up to date: "+s.Sync.Title, "")
		f.Say("%s.", f.Told(publish))
	}
	return err
}

// replaces reports whether everything there was is replaced, so that much less is worth a question.
func replaces(s job.Sync) bool { return s.Fewer > 0 }
