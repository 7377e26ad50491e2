package engine_test

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/internal/engine"
)

const promised = 1500 * time.Millisecond

// With a hundred runs under way a killed process polls again within 1.5 s of
// its start, and within 1.5 s of that an interrupted activity runs again.
//
// This is time on the wall, measured in a process of its own and before the
// parallel tests begin. Other work on the machine can only add to it, so the
// best of a few kills counts; all of them are logged. The processor time has
// to fit each time, however busy the machine is.
func TestPromisedTimes(t *testing.T) {
	dir := t.TempDir()
	p := spawn(t, dir)
	p.next(t)
	c, err := engine.Dial(t.Context(), dir)
	require.NoError(t, err)
	const n = 100
	path := filepath.Join(t.TempDir(), "go")
	for i := 1; i < n; i++ {
		run(t, c, fmt.Sprint("parked-", i), "pawl", Parked)
	}
	for i := 1; i < n; i++ {
		eventually(t, "the run waits", func() bool { return parked(t, c, fmt.Sprint("parked-", i)) })
	}
	run(t, c, "watching", "pawl", Watching, path)
	eventually(t, "the activity runs", func() bool { return attempts(path) > 0 })
	c.Close()
	p.kill()

	polling, resumed := time.Hour, time.Hour
	for kill := 1; kill <= 5 && (polling >= promised || resumed >= promised); kill++ {
		before := attempts(path)
		p := spawn(t, dir)
		r := p.next(t)
		ready := time.Now()
		require.True(t, r.Unclean)
		require.Equal(t, 1, r.Revived)
		eventually(t, "the activity runs again", func() bool { return attempts(path) > before })
		again, total := time.Since(ready), r.Start+r.Revive+r.Guard+r.Poll
		p.kill()
		t.Logf("polling after %v (engine %v, revive %v, guard %v, workers %v; processor time %v, and %v to load the program), resumed %v later",
			total, r.Start, r.Revive, r.Guard, r.Poll, r.Processor, r.Loaded, again)
		require.Less(t, r.Processor, 2*promised, "two processors have this much in the promised time")
		polling, resumed = min(polling, total), min(resumed, again)
	}
	require.Less(t, polling, promised, "from the start until runs are polled")
	require.Less(t, resumed, promised, "until the activity ran again")
}
