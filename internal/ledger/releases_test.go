package ledger_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/internal/ledger"
	"github.com/pawl-ops/pawl/job"
)

func release(environment, version string, at time.Time) job.Release {
	return job.Release{
		App: "shop", Environment: environment, Version: version, Instance: "green", How: job.ByDeploy, By: "Petra", At: at, Took: time.Minute,
		Run: "deploy-" + version, Changes: []job.Change{{ID: "a1", Author: "Eve", Title: "Faster search", PR: 12}},
	}
}

func released(r job.Release) ledger.Entry {
	return ledger.Entry{At: r.At, Key: job.Key(r.Run), Kind: ledger.KindReleased, Run: r.Run, Job: ledger.OfEnvironment(r.App, r.Environment), Data: r}
}

func versions(all []job.Release) []string {
	out := []string{}
	for _, r := range all {
		out = append(out, r.Environment+" "+r.Version)
	}
	return out
}

func TestReleases(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, at place) {
		l := at.open(t)
		none, err := l.Releases(t.Context(), time.Time{}, 10)
		require.NoError(t, err)
		require.Empty(t, none)

		for i := range 5 {
			r := release([]string{"master", "staging"}[i%2], fmt.Sprint(i), noon.Add(time.Duration(i)*time.Hour))
			record(t, l, released(r))
			fresh, err := l.Record(t.Context(), released(r))
			require.NoError(t, err)
			require.False(t, fresh, "a run releases once")
		}
		back := release("master", "4", noon.Add(4*time.Hour))
		back.Taken = "errors rose to 4 %"
		record(t, l, ledger.Entry{At: noon.Add(5 * time.Hour), Key: "deploy-4", Kind: ledger.KindTakenBack, Job: ledger.OfEnvironment("shop", "master"), Data: back})
		note := job.Posted{Channel: "C9", TS: "9.9"}
		record(t, l, ledger.Entry{Key: "deploy-4", Kind: ledger.KindNote, Job: ledger.OfEnvironment("shop", "master"), Data: note})
		record(t, l, ledger.Entry{Key: "deploy-9", Kind: ledger.KindNote, Job: ledger.OfEnvironment("shop", "master"), Data: note})

		for _, c := range []struct {
			since time.Time
			n     int
			want  []string
		}{
			{time.Time{}, 10, []string{"master 4", "staging 3", "master 2", "staging 1", "master 0"}},
			{time.Time{}, 2, []string{"master 4", "staging 3"}},
			{noon.Add(2 * time.Hour), 10, []string{"master 4", "staging 3", "master 2"}},
			{noon.Add(2*time.Hour + time.Microsecond).In(time.FixedZone("", 7200)), 10, []string{"master 4", "staging 3"}},
			{noon.Add(9 * time.Hour), 10, []string{}},
		} {
			got, err := l.Releases(t.Context(), c.since, c.n)
			require.NoError(t, err)
			require.Equal(t, c.want, versions(got), "%v %d", c.since, c.n)
		}
		of, err := l.ReleasesOf(t.Context(), "shop", "master", 2)
		require.NoError(t, err)
		require.Equal(t, []string{"master 4", "master 2"}, versions(of))
		back.Note = note
		require.Equal(t, back, of[0])
		require.Equal(t, release("master", "2", noon.Add(2*time.Hour)), of[1])
		elsewhere, err := l.ReleasesOf(t.Context(), "crm", "master", 2)
		require.NoError(t, err)
		require.Empty(t, elsewhere)
	})
}

func TestTheNewestLockCounts(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, at place) {
		l := at.open(t)
		lock := func(key job.Key, v job.Lock) {
			record(t, l, ledger.Entry{Key: key, Kind: ledger.KindLock, Job: ledger.OfEnvironment("shop", "master"), Data: v})
		}
		is := func() job.Lock {
			t.Helper()
			got, err := l.Lock(t.Context(), "shop", "master")
			require.NoError(t, err)
			return got
		}
		require.Equal(t, job.Lock{}, is())
		held := job.Lock{Held: true, By: bob, Because: "debugging the cart", Since: noon, Run: "lock-aaaaaa"}
		lock("1", held)
		require.Equal(t, held, is())
		require.True(t, is().Keeps(alice))
		lock("2", job.Lock{By: bob})
		require.False(t, is().Held)
		lock("3", held)
		require.True(t, is().Held)
		other, err := l.Lock(t.Context(), "shop", "staging")
		require.NoError(t, err)
		require.False(t, other.Held)
		lock("4", job.Lock{})
		record(t, l, ledger.Entry{Key: "5", Kind: ledger.KindLock, Job: ledger.OfEnvironment("shop", "master"), Data: "no lock"})
		_, err = l.Lock(t.Context(), "shop", "master")
		var down *ledger.DownError
		require.ErrorAs(t, err, &down, "what cannot be read is not taken for free")
	})
}
