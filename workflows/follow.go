package workflows

import (
	"fmt"

	"github.com/pawl-ops/pawl/activities"
	"github.com/pawl-ops/pawl/workflows/frame"
)

// Follow shows how a build of Jenkins goes that somebody started elsewhere. It changes nothing there: cancelling it leaves
// the build alone.
var Follow = frame.Define(frame.Job[FollowArgs, activities.BuildInput]{
	Name:     "follow",
	Help:     "show how a build in Jenkins goes that somebody else started",
	Examples: []string{"follow shop/build", "follow shop/build 41"},
	Doing:    "Following",
	Safe:     "The build goes on without me.",
	What:     whichBuild,
	Plan:     planFollow,
	Run:      follow,
})

// FollowArgs is what may follow "follow".
type FollowArgs struct {
	Build string `type:"rest" help:"the job with its folders, and the build's number (the newest without it), or its address"`
}

func whichBuild(b activities.BuildInput) string { return fmt.Sprintf("%s #%d", b.Job, b.Build) }

func planFollow(v frame.View, a FollowArgs) (activities.BuildInput, error) {
	return frame.See(v, acts.FindBuild, a.Build)
}

func follow(f *frame.F, b activities.BuildInput) error {
	step := whichBuild(b)
	err := f.Do(frame.Build(step, b))
	if err == nil {
		f.Done(step+" went well", "")
	}
	return err
}
