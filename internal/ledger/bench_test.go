package ledger_test

import (
	"fmt"
	"path/filepath"
	"runtime"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/internal/ledger"
	"github.com/pawl-ops/pawl/internal/pgtest"
	"github.com/pawl-ops/pawl/internal/testneed"
	"github.com/pawl-ops/pawl/job"
)

// BenchmarkRecord is one command after the other, and 200 at once, which share their waits for the disk. Both kinds of ledger
// wait for it.
func BenchmarkRecord(b *testing.B) {
	b.Run("file", func(b *testing.B) { records(b, place{path: filepath.Join(b.TempDir(), "ledger.db")}) })
	b.Run("database", func(b *testing.B) {
		folder, err := pgtest.Folder()
		if err != nil {
			testneed.LeftOut(b, err.Error())
		}
		server, err := pgtest.Start(folder, true)
		require.NoError(b, err)
		b.Cleanup(func() { require.NoError(b, server.Close()) })
		records(b, place{dsn: job.NewSecret(server.DSN(pgtest.Superuser, "postgres"))})
	})
}

func records(b *testing.B, at place) {
	b.Helper()
	l, err := at.dial(b.Context())
	require.NoError(b, err)
	b.Cleanup(func() { require.NoError(b, l.Close()) })
	var n atomic.Int64
	record := func(b *testing.B) {
		b.Helper()
		key := job.Key(fmt.Sprint(n.Add(1)))
		fresh, err := l.Record(b.Context(), ledger.Entry{Key: key, Kind: ledger.KindAllowed, Run: "toy-k4m7q2", Job: "toy", Actor: alice})
		if err != nil || !fresh {
			b.Errorf("%s: fresh %v, %v", key, fresh, err)
		}
	}
	b.Run("alone", func(b *testing.B) {
		for b.Loop() {
			record(b)
		}
	})
	b.Run("200 at once", func(b *testing.B) {
		b.SetParallelism(200 / runtime.GOMAXPROCS(0))
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				record(b)
			}
		})
	})
}
