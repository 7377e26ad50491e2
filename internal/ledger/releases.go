package ledger

import (
	"context"
	"slices"
	"time"

	"github.com/pawl-ops/pawl/job"
)

// The kinds of entries about an environment, whose Job is OfEnvironment. Their keys are those of the runs that did it.
const (
	KindReleased  = "released"   // users got a version; Data is a job.Release
	KindTakenBack = "taken back" // and lost it again; under the key of the release, Data is its job.Release, which says why (Taken)
	KindLock      = "lock"       // who may deploy there since then; the newest counts; Data is a job.Lock
	KindNote      = "note"       // the release note can be read; under the key of the release, Data is a job.Posted
)

// OfEnvironment is the Job of entries about an environment of an app.
func OfEnvironment(app, environment string) string {
	return "environment/" + job.EnvironmentKey(app, environment)
}

const (
	releaseKinds = ` AND kind IN ('released', 'taken back', 'note') ORDER BY seq`

	whereReleases   = `WHERE key IN (SELECT key FROM entry WHERE kind = 'released' AND at >= ? ORDER BY at DESC, seq DESC LIMIT ?)` + releaseKinds
	whereReleasesOf = `WHERE key IN (SELECT key FROM entry WHERE job = ? AND kind = 'released' ORDER BY seq DESC LIMIT ?)` + releaseKinds
)

// Releases gives what users of all environments got since a time, the newest first, at most n; the zero time is ever. Each
// says by now whether it was taken back, and where its release note is. The error is a *DownError.
func (l *Ledger) Releases(ctx context.Context, since time.Time, n int) ([]job.Release, error) {
	entries, err := l.entries(ctx, whereReleases, since.UTC().Format(timeFormat), n)
	return releases(entries), err
}

// ReleasesOf gives the last n versions that users of an environment got, the newest first, as Releases does. The error is a
// *DownError.
func (l *Ledger) ReleasesOf(ctx context.Context, app, environment string, n int) ([]job.Release, error) {
	entries, err := l.entries(ctx, whereReleasesOf, OfEnvironment(app, environment), n)
	return releases(entries), err
}

// Lock gives who keeps an environment for themselves; one that was given back, or was never locked, is not Held. The error
// is a *DownError.
func (l *Ledger) Lock(ctx context.Context, app, environment string) (lock job.Lock, err error) {
	entries, err := l.Last(ctx, OfEnvironment(app, environment), KindLock, 1)
	if err != nil || len(entries) == 0 {
		return job.Lock{}, err
	}
	if err := entries[0].Decode(&lock); err != nil {
		return job.Lock{}, &DownError{Doing: "reading a lock", Cause: err}
	}
	return lock, nil
}

// releases puts together what the entries say of each release. One that cannot be read is left out: the ledger shows what
// it can.
func releases(entries []Entry) []job.Release {
	slices.SortStableFunc(entries, func(a, b Entry) int { return a.At.Compare(b.At) }) // one may have been written down late
	var all []job.Release
	at := map[job.Key]int{}
	for _, e := range entries {
		var r job.Release
		if e.Kind == KindReleased && e.Decode(&r) == nil {
			at[e.Key] = len(all)
			all = append(all, r)
		}
	}
	for _, e := range entries {
		i, known := at[e.Key]
		var r job.Release
		var p job.Posted
		switch {
		case !known:
		case e.Kind == KindTakenBack && e.Decode(&r) == nil:
			all[i].Taken = r.Taken
		case e.Kind == KindNote && e.Decode(&p) == nil:
			all[i].Note = p
		}
	}
	slices.Reverse(all)
	return all
}
