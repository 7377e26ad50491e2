package engine_test

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// quiet is the share of the machine that others may use while time on the wall
// is judged.
const quiet = 0.15

// crowd is what all programs of a machine have used of its processors.
type crowd struct {
	at          time.Time
	busy, total float64       // ticks of the machine
	ours        time.Duration // of it this process and those it has waited for
}

// measure reads /proc/stat, see proc_stat(5): time by kind in ticks, of which
// the fourth is idle and the fifth waiting for the disk. Time stolen by other
// machines of the same host counts as busy.
func measure(t *testing.T) crowd {
	t.Helper()
	stat, err := os.ReadFile("/proc/stat")
	require.NoError(t, err)
	line, _, _ := bytes.Cut(stat, []byte("\n"))
	c := crowd{at: time.Now(), ours: processor()}
	for i, field := range bytes.Fields(line)[1:9] {
		ticks, err := strconv.ParseFloat(string(field), 64)
		require.NoError(t, err)
		c.total += ticks
		if i != 3 && i != 4 {
			c.busy += ticks
		}
	}
	var children syscall.Rusage
	require.NoError(t, syscall.Getrusage(syscall.RUSAGE_CHILDREN, &children))
	c.ours += time.Duration(children.Utime.Nano() + children.Stime.Nano())
	return c
}

// others is the share of the machine that others used from then until now.
func (c crowd) others(then crowd) float64 {
	const tick = time.Second / 100 // USER_HZ
	if c.total <= then.total {
		return 0
	}
	return (c.busy - then.busy - float64((c.ours-then.ours)/tick)) / (c.total - then.total)
}

// notJudged says that a machine was too busy to tell anything. Where nothing
// may be left out that is a failure, elsewhere it is listed.
func notJudged(t *testing.T, what string) {
	t.Helper()
	why := fmt.Sprintf("%s: not judged, because others used more than %.0f %% of this machine all the time", what, 100*quiet)
	require.NotEqual(t, "all", os.Getenv("REQUIRE"), why)
	t.Log(why)
	if list := os.Getenv("PAWL_LEFT_OUT"); list != "" {
		f, err := os.OpenFile(list, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
		require.NoError(t, err)
		_, err = f.WriteString(t.Name() + ": " + why + "\n")
		require.NoError(t, err)
		require.NoError(t, f.Close())
	}
}
