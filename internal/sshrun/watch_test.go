package sshrun

import (
	"context"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/job"
)

// counting prints numbered lines until a file appears, then a few more.
const counting = `
i=0
while [ ! -e "$HOME/enough" ]; do
	i=$((i+1)); echo "line $i"; echo "pawl: $((i % 100))% part $i"
	[ $((i % 50)) -ne 0 ] || sleep 0.01
done
echo "last $i" ; echo "$i" >"$HOME/count"`

// recorder sees every line of a log on its way to the board.
type recorder struct {
	mu    sync.Mutex
	lines []string
}

func (r *recorder) mask(line string) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.lines = append(r.lines, line)
	return line
}

func (r *recorder) len() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.lines)
}

// require checks that every line of the counting script was seen once, in order.
func (r *recorder) require(t *testing.T, m machine) {
	t.Helper()
	n := atoi(m.lines("count")[0])
	var want []string
	for i := 1; i <= n; i++ {
		want = append(want, fmt.Sprintf("line %d", i), fmt.Sprintf("pawl: %d%% part %d", i%100, i))
	}
	require.Equal(t, append(want, fmt.Sprintf("last %d", n)), r.lines)
}

// A cable is cut and mended, connections are dropped: nothing of the log is lost and nothing comes twice.
func TestWatchSurvivesTheCable(t *testing.T) {
	t.Parallel()
	eachMachine(t, func(t *testing.T, m machine) {
		var seen recorder
		r, ctx := m.runner(t, func(o *Options) {
			o.Mask = seen.mask
			o.KeepAlive, o.Silence, o.Dial = 100*time.Millisecond, time.Second, 5*time.Second
		}), deadline(t)
		s := m.script(counting)
		_, err := r.Start(ctx, s, process(1))
		require.NoError(t, err)

		notes := make(chan string, 10000)
		done := make(chan job.Progress, 1)
		go func() {
			got, err := r.Watch(ctx, s, process(1), job.Progress{}, func(p job.Progress) { notes <- p.Note })
			if err != nil {
				t.Error(err)
			}
			done <- got
		}()
		more := func() {
			t.Helper()
			now := seen.len()
			eventually(t, "more of the log arrives", func() bool { return seen.len() > now+10 })
		}
		more()
		for range 3 {
			m.relay.drop()
			more()
		}
		m.relay.cut()
		eventually(t, "the board says that the host is silent", func() bool {
			for len(notes) > 0 {
				if strings.HasPrefix(<-notes, "toys does not answer") {
					return true
				}
			}
			return false
		})
		m.relay.mend()
		more()
		require.NoError(t, os.WriteFile(m.path("enough"), nil, 0o600))
		got := <-done
		require.Equal(t, job.Exited, got.State)
		require.NotContains(t, got.Note, "does not answer")
		require.Equal(t, int64(len(seen.lines)), got.Lines)
		seen.require(t, m)
	})
}

// Another process goes on watching with the progress the first one left.
func TestWatchGoesOnElsewhere(t *testing.T) {
	t.Parallel()
	eachMachine(t, func(t *testing.T, m machine) {
		ctx := deadline(t)
		var seen recorder
		mask := func(o *Options) { o.Mask = seen.mask }
		s := m.script(counting)
		_, err := m.runner(t).Start(ctx, s, process(1))
		require.NoError(t, err)
		var at job.Progress
		for range 4 {
			r := m.runner(t, mask)
			part, stop := context.WithCancel(ctx)
			before := at.Offset
			at, err = r.Watch(part, s, process(1), at, func(p job.Progress) {
				if p.Offset > before+1000 {
					stop()
				}
			})
			require.ErrorIs(t, err, context.Canceled)
			stop()
			r.Close()
		}
		require.NoError(t, os.WriteFile(m.path("enough"), nil, 0o600))
		got, err := m.runner(t, mask).Watch(ctx, s, process(1), at, nil)
		require.NoError(t, err)
		require.Equal(t, job.Exited, got.State)
		seen.require(t, m)
	})
}

// A daemon that keeps the script's output open does not keep the script from ending.
func TestADaemonThatHoldsTheLogDoesNotHoldTheRun(t *testing.T) {
	t.Parallel()
	eachMachine(t, func(t *testing.T, m machine) {
		r, ctx := m.runner(t), deadline(t)
		s := m.script(`setsid sleep 300 & echo "pawl: done started"; exit 5`)
		_, err := r.Start(ctx, s, process(1))
		require.NoError(t, err)
		got, err := r.Watch(ctx, s, process(1), job.Progress{}, nil)
		require.NoError(t, err)
		require.Equal(t, job.Exited, got.State)
		require.Equal(t, 5, got.Exit)
		require.Equal(t, "started", got.Done)
	})
}

// Many watchers share one connection, which has ten sessions at most.
func TestManyWatchersShareAConnection(t *testing.T) {
	t.Parallel()
	eachMachine(t, func(t *testing.T, m machine) {
		r, ctx := m.runner(t), deadline(t)
		var all sync.WaitGroup
		for step := range 30 {
			all.Go(func() {
				s := m.script(`echo "pawl: done $N"`, "N", itoa(step))
				if _, err := r.Start(ctx, s, process(step)); err != nil {
					t.Error(err)
					return
				}
				got, err := r.Watch(ctx, s, process(step), job.Progress{}, nil)
				if err != nil || got.Done != itoa(step) {
					t.Errorf("process %d: %+v, %v", step, got, err)
				}
			})
		}
		all.Wait()
	})
}
