package workflows

import (
	"github.com/pawl-ops/pawl/activities"
	"github.com/pawl-ops/pawl/workflows/frame"
)

// Toy refreshes the toy database of the person who typed it from master.
var Toy = frame.Define(frame.Job[frame.Nothing, activities.Toy]{
	Name:     "toy",
	Help:     "refresh your own toy database",
	Examples: []string{"toy"},
	Single:   true,
	Config:   activities.ToyDefaults(),
	Doing:    "Refreshing your toy database",
	Safe:     "Your current toy works as before.",
	Plan:     myToy,
	Lanes:    toyLanes,
	Says:     untilTheLastStep,
	Run:      refreshToy,
})

// ToyUndo puts back the toy the person had before the last refresh.
var ToyUndo = frame.Define(frame.Job[frame.Nothing, activities.Toy]{
	Name:     "toy undo",
	Help:     "put back the toy you had before the last refresh",
	Examples: []string{"toy undo"},
	Single:   true,
	Doing:    "Putting your previous toy database back",
	Safe:     "Your current toy works as before.",
	Plan:     myToy,
	Lanes:    toyLanes,
	Run:      undoToy,
})

func myToy(v frame.View, _ frame.Nothing) (activities.Toy, error) {
	return frame.See(v, acts.ToyOf, v.Who)
}

func refreshToy(f *frame.F, t activities.Toy) error {
	err := f.Do(
		frame.Script("Snapshot of master", t.Snapshot), // single-flight on the host: five people, one snapshot
		frame.Script("Copy to the toy server", t.Copy, frame.Cleanup(t.Drop)),
		frame.Script("Restore next to your current toy", t.Restore),
		frame.Script("Hide personal data", t.Mask, frame.Must),
		frame.Script("Swap it in", t.Swap, frame.Once, frame.Atomic),
	)
	if err == nil {
		f.Done("Your toy database is fresh", "master as of %s, %s", f.Result("state"), f.Result("size"))
		f.Say("Not what you wanted? `toy undo` brings the previous one back.")
		f.Whisper("Connect with `%s`.", t.Connect)
	}
	return err
}

func undoToy(f *frame.F, t activities.Toy) error {
	err := f.Do(frame.Script("Put your previous toy back", t.SwapBack, frame.Once, frame.Atomic))
	if err == nil {
		f.Done("Your previous toy database is back", "the one from before the last refresh")
		f.Say("`toy undo` once more brings the newer one back.")
	}
	return err
}

func untilTheLastStep(activities.Toy) string { return "Your current toy works until the last step." }

func toyLanes(t activities.Toy) []frame.Lane {
	return []frame.Lane{{Name: "toy/" + t.Owner}, {Name: "toy/server", Capacity: t.AtOnce}}
}
