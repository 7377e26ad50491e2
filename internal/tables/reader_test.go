package tables

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/job"
)

// TestAReaderNeverSeesHalfATable reads the table every 10 ms while it is replaced over and over. All rows of a run say its
// number, so a mixture of two runs would show. The reader takes any wait for a lock as an error.
func TestAReaderNeverSeesHalfATable(t *testing.T) {
	t.Parallel()
	for _, key := range [][]string{nil, {"id"}} {
		t.Run(fmt.Sprint(key), func(t *testing.T) {
			t.Parallel()
			const size = 5000
			w := newWorld(t)
			rows := func(run int) []job.Row {
				made := make([]job.Row, size)
				for i := range made {
					made[i] = row(int64(i), fmt.Sprint("run ", run))
				}
				return made
			}
			w.whole(deals(key...), "run-0", 1000, rows(0)...)

			reader, stop, seen := w.connect(w.dsn+" options='-c lock_timeout=1ms'"), make(chan struct{}), make(chan error, 1)
			looks := 0
			go func() {
				tick := time.NewTicker(10 * time.Millisecond)
				defer tick.Stop()
				for {
					var n, kinds int
					err := reader.QueryRow(t.Context(), `SELECT count(*), count(DISTINCT "Stage") FROM pipeline`).Scan(&n, &kinds)
					if err == nil && (n != size || kinds != 1) {
						err = fmt.Errorf("%d rows of %d runs", n, kinds)
					}
					looks++
					if err != nil {
						seen <- err
						return
					}
					select {
					case <-stop:
						seen <- nil
						return
					case <-tick.C:
					}
				}
			}()
			for run := 1; run <= 8; run++ {
				w.whole(deals(key...), fmt.Sprint("run-", run), 1000, rows(run)...)
			}
			close(stop)
			require.NoError(t, <-seen)
			require.Greater(t, looks, 8)
			require.Equal(t, "run 8", w.get(`SELECT max("Stage") FROM pipeline`))
		})
	}
}
