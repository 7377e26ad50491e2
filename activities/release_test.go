package activities_test

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/activities"
	"github.com/pawl-ops/pawl/job"
)

func TestAReleaseThatWasBuiltOnTheWayKnowsWhatCameWithIt(t *testing.T) {
	t.Parallel()
	d := newDeploys(t)
	in := activities.ReleaseInput{Run: activities.RunRef{ID: "deploy-1", Actor: petra}, Release: job.Release{
		App: "shop", Environment: "master", Version: "2024.53-x", Was: "2024.50", How: job.ByDeploy, Run: "deploy-1", At: noon,
	}}
	require.NoError(t, d.acts.Released(t.Context(), in))
	all, err := d.acts.Ledger.ReleasesOf(t.Context(), "shop", "master", 5)
	require.NoError(t, err)
	require.Len(t, all, 1)
	require.Equal(t, []string{"On a branch", "Faster search", "New invoice PDF"}, titles(all[0].Changes))

	d.ci = errors.New("Jenkins is away")
	in.Release.Run, in.Run.ID = "deploy-2", "deploy-2"
	require.NoError(t, d.acts.Released(t.Context(), in), "it is written down all the same")
}
