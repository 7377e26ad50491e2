package own_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/app/own"
	"github.com/pawl-ops/pawl/job"
	"github.com/pawl-ops/pawl/workflows"
	"github.com/pawl-ops/pawl/workflows/frame"
)

type flags struct{ setup frame.Setup }

func (*flags) Flip(context.Context, string) (string, error) { return "flipped", nil }
func (*flags) Look(context.Context) error                   { return nil }
func (*flags) within() string                               { return "no activity, and not exported" }

// healthy has the name of an activity of Pawl's.
type healthy struct{}

func (*healthy) Healthy(context.Context, string) (string, error) { return "", nil }

type closes struct{}

func (*closes) Close() error                               { return nil }
func (*closes) Both(context.Context, string, string) error { return nil }
func (*closes) Nothing(context.Context)                    {}

func define(name string, config any, activities func(frame.Setup) any) frame.Definition {
	return frame.Define(frame.Job[frame.Nothing, string]{
		Name: name, Help: "a job of a company's own", Doing: "Working", Config: config, Activities: activities,
		Plan: func(frame.View, frame.Nothing) (string, error) { return "", nil },
		Run:  func(*frame.F, string) error { return nil },
	})
}

func TestActivitiesOfJobsAreFoundByTheirNames(t *testing.T) {
	t.Parallel()
	hosts := map[string]job.Host{"app-1": {Name: "app-1", Address: "ops@app-1"}}
	var asked []string
	var made *flags
	jobs := []frame.Definition{
		define("flag on", nil, func(s frame.Setup) any { made = &flags{s}; _ = made.within(); return made }),
		define("flag off", nil, nil),
	}
	got, err := own.Activities(jobs, func(name string) job.Section { asked = append(asked, name); return nil }, hosts)
	require.NoError(t, err)
	require.Len(t, got, 2)
	text, err := got["Flip"].(func(context.Context, string) (string, error))(t.Context(), "on")
	require.NoError(t, err)
	require.Equal(t, "flipped", text)
	require.Equal(t, []string{"flag", "flag"}, asked, "the section is that of the job's first word")
	require.Equal(t, "ops@app-1", made.setup.Hosts["app-1"].Address)
}

func TestActivitiesThatCannotBeToldApartAreRefused(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		jobs []frame.Definition
		says string
	}{
		"Pawl's own": {
			[]frame.Definition{define("flag on", nil, func(frame.Setup) any { return &healthy{} })},
			`*own_test.healthy.Healthy of the job "flag on" cannot be told from the Healthy of Pawl itself: give it another name`,
		},
		"those of two jobs": {
			[]frame.Definition{
				define("flag on", nil, func(s frame.Setup) any { return &flags{s} }),
				define("flag off", nil, func(s frame.Setup) any { return &flags{s} }),
			},
			`*own_test.flags.Flip of the job "flag off" cannot be told from the Flip of the job "flag on": give it another name, and where jobs share activities, leave them with one`,
		},
		"a value": {
			[]frame.Definition{define("flag on", nil, func(frame.Setup) any { return flags{} })},
			`the activities of the job "flag on" are own_test.flags: give a pointer to a struct with exported methods`,
		},
		"other methods": {
			[]frame.Definition{define("flag on", nil, func(frame.Setup) any { return &closes{} })},
			`*own_test.closes.Close of the job "flag on" is no activity: it does not begin with a context.Context; what is none must not be exported`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := own.Activities(c.jobs, func(string) job.Section { return nil }, nil)
			require.ErrorContains(t, err, c.says)
		})
	}
	_, err := own.Activities([]frame.Definition{define("flag on", nil, func(frame.Setup) any { return &closes{} })}, func(string) job.Section { return nil }, nil)
	require.ErrorContains(t, err, "Both of the job \"flag on\" is no activity: it takes more than one value")
	require.ErrorContains(t, err, "Nothing of the job \"flag on\" is no activity: it does not end with an error")
}

func TestTwoJobsCannotOwnOneSection(t *testing.T) {
	t.Parallel()
	known := map[string]any{"ssh": struct{}{}}
	require.NoError(t, own.Sections(known, append(workflows.All(), define("flag on", struct{}{}, nil))))
	require.Contains(t, known, "flag")
	require.Contains(t, known, "toy")
	for _, name := range []string{"ssh reset", "toy again"} {
		err := own.Sections(known, []frame.Definition{define(name, struct{}{}, nil)})
		require.ErrorContains(t, err, "the job \""+name+"\" has a section")
		require.ErrorContains(t, err, "call this one another name")
	}
}
