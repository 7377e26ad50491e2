package activities

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/pawl-ops/pawl/internal/board"
	"github.com/pawl-ops/pawl/internal/jenkins"
	"github.com/pawl-ops/pawl/job"
)

// FindBuild finds the build somebody means: by its address, by its job and number ("shop/build 41", "shop/build #41"), or
// the newest of a job.
func (a *Activities) FindBuild(ctx context.Context, typed string) (BuildInput, error) {
	if a.Jenkins == nil {
		return BuildInput{}, Refuse("I know no Jenkins: there is none in pawl.yaml (`jenkins:`).")
	}
	ref, given := jenkins.Link(typed)
	if !given {
		name, number, _ := strings.Cut(strings.TrimSpace(typed), " ")
		ref.Job = strings.Trim(name, "/")
		if number = strings.TrimPrefix(strings.TrimSpace(number), "#"); number != "" {
			n, err := strconv.ParseInt(number, 10, 64)
			if err != nil || n <= 0 {
				return BuildInput{}, Refuse(fmt.Sprintf("%q is not the number of a build. Type `follow %s 41`, or without a number for the newest.", board.Clean(number), board.Clean(ref.Job)))
			}
			ref.Build = n
		}
	}
	if ref.Build == 0 {
		newest, ok, err := a.Jenkins.Latest(ctx, ref.Job)
		switch {
		case err != nil:
			return BuildInput{}, refusedByJenkins(err)
		case !ok:
			return BuildInput{}, Refuse(fmt.Sprintf("Jenkins has no build of %s yet.", board.Clean(ref.Job)))
		}
		ref.Build = newest.Build
	}
	st, err := a.Jenkins.State(ctx, ref)
	switch {
	case err != nil:
		return BuildInput{}, refusedByJenkins(err)
	case st.Phase == jenkins.Gone:
		return BuildInput{}, Refuse(fmt.Sprintf("Jenkins has no build #%d of %s.", ref.Build, board.Clean(ref.Job)))
	}
	return BuildInput{Job: ref.Job, Build: ref.Build}, nil
}

// refusedByJenkins ends a run where trying again is pointless.
func refusedByJenkins(err error) error {
	var fault *job.Fault
	if errors.As(err, &fault) && fault.Final {
		return Refuse(fullStop(board.Clean(fault.Says)))
	}
	return faulty(err)
}

// whichBuild is a build as people call it.
func whichBuild(in BuildInput) string { return fmt.Sprintf("%s #%d", board.Clean(in.Job), in.Build) }
