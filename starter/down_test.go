package starter_test

import (
	"database/sql"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/internal/ledger"
	"github.com/pawl-ops/pawl/job"
)

func TestWhileTheEngineIsDownNobodyIsToldALie(t *testing.T) {
	t.Parallel()
	d := newDoor(t, short)
	d.engine.down()
	first, second := toy("k1", alice), toy("k2", eve)
	// The first one notices. It may have got through, so it is not a no.
	require.Equal(t, job.Unknown, d.Start(t.Context(), first).Verdict)
	// The next ones are not even sent: nothing was started, for certain, and nothing says that they were allowed.
	require.Equal(t, job.NotNow, d.Start(t.Context(), second).Verdict)
	require.Empty(t, d.kinds(t, second.Key))
	require.Equal(t, job.Unknown, d.Start(t.Context(), first).Verdict, "of the first that cannot be said")

	d.engine.up(t)
	require.Equal(t, job.Accepted, d.settled(t, first).Verdict)
	require.Equal(t, job.Accepted, d.settled(t, second).Verdict)
	require.ElementsMatch(t, []string{job.ID("toy", "k1", 6), job.ID("toy", "k2", 6)}, d.engine.ids())
}

func TestBeforeTheEngineIsUp(t *testing.T) {
	t.Parallel()
	e := newEngine(t)
	d := newDoorTo(t, ample, e, nil)
	c := toy("k", alice)
	got := d.Start(t.Context(), c)
	require.Equal(t, job.Started{Verdict: job.NotNow, Text: "Nothing was started. The engine does not answer yet."}, got)
	require.Empty(t, d.kinds(t, c.Key))
	require.Equal(t, job.Refused, d.Start(t.Context(), toy("no", sam)).Verdict, "who may not is told at once")

	d.Connect(e.dial(t), namespace)
	require.Equal(t, job.Accepted, d.Start(t.Context(), c).Verdict)

	// After a restart the same command comes again, before the engine is up: an earlier life may have started it.
	reborn := newDoorTo(t, ample, e, nil)
	_, err := reborn.ledger.Record(t.Context(), ledger.Entry{Key: c.Key, Kind: ledger.KindAllowed, Run: job.ID("toy", "k", 6), Job: "toy"})
	require.NoError(t, err)
	require.Equal(t, job.Unknown, reborn.Start(t.Context(), c).Verdict)
	reborn.Connect(e.dial(t), namespace)
	require.True(t, reborn.Start(t.Context(), c).Redelivery)
}

func TestWithoutALedgerNothingIsStarted(t *testing.T) {
	t.Parallel()
	d := newDoor(t, short)
	before := toy("before", alice)
	require.Equal(t, job.Accepted, d.settled(t, before).Verdict)
	require.NoError(t, d.ledger.Close())

	got := d.Start(t.Context(), toy("k", eve))
	require.Equal(t, job.Started{
		Verdict: job.NotNow,
		Text:    "Nothing was started. I cannot write down who asks for what at the moment, and without that I start nothing.",
	}, got)
	require.Len(t, d.engine.ids(), 1)
	require.True(t, d.Start(t.Context(), before).Redelivery, "what was started before is still found")
	d.engine.down()
	require.Equal(t, job.Unknown, d.Start(t.Context(), before).Verdict, "and is not denied when nobody can look")
}

func TestALedgerThatHangsBlocksNobodyForLong(t *testing.T) {
	t.Parallel()
	d := newDoor(t, short)
	db, err := sql.Open("sqlite", "file:"+d.path+"?_txlock=immediate")
	require.NoError(t, err)
	defer func() { require.NoError(t, db.Close()) }()
	tx, err := db.Begin() // another process holds the lock
	require.NoError(t, err)
	began := time.Now()
	got := d.Start(t.Context(), toy("k", alice))
	require.Equal(t, job.NotNow, got.Verdict)
	require.Less(t, time.Since(began), 10*short)
	require.Empty(t, d.engine.ids())
	require.NoError(t, tx.Rollback())
	require.Equal(t, job.Accepted, d.settled(t, toy("k", alice)).Verdict)
}

func TestNothingThatHangsHoldsTheDoorOpen(t *testing.T) {
	t.Parallel()
	d := newDoor(t, short)
	release := make(chan struct{})
	defer close(release)
	d.hang.Store(&release)
	began := time.Now()
	require.Equal(t, job.Unknown, d.Start(t.Context(), toy("k", alice)).Verdict)
	require.Less(t, time.Since(began), 10*short)
}
