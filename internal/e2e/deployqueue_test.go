package e2e

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/internal/hosttools"
	"github.com/pawl-ops/pawl/sandbox"
)

// manyDeploys is how many deploys a long test makes, by PAWL_DEPLOYS.
func manyDeploys(otherwise int) int {
	if n, err := strconv.Atoi(os.Getenv("PAWL_DEPLOYS")); err == nil && n > 0 {
		return n
	}
	return otherwise
}

// Many deploys wait for their turn in one environment. All of them end, in the order in which they came to wait, and never
// are two at work at once. Five each want the same version: when the turn of the others comes it is there already.
// PAWL_DEPLOYS says how many.
func TestManyDeploysInOneQueue(t *testing.T) {
	t.Parallel()
	deploys := manyDeploys(20)
	versions := (deploys + 4) / 5
	f := shipping(t, []string{"queue"}, func(o *sandbox.Options) {
		o.Timers = strings.Replace(timers, "board_tick: 200ms", "board_tick: 2s", 1) // fifty boards are kept at once
	})
	f.writes("", "      healthy: 2 ", "      healthy: 1 ", "      bake: 2s", "      bake: 0s", `    build:   {jenkins: shop/build`, `    #build:  {jenkins: shop/build`)
	for n := range versions {
		require.NoError(t, f.world.Apps.Store(hosttools.Release{Version: fmt.Sprintf("q%02d", n)}))
	}
	f.up(haste)
	f.alone()
	carol := f.person("carol")
	began := time.Now()
	threads := make([]thread, deploys)
	for n := range threads { // who types a moment earlier need not come to wait earlier
		threads[n] = carol.types(fmt.Sprintf("deploy queue q%02d", n/5))
		threads[n].queues()
	}
	typed := time.Since(began)
	var went, order []string
	var last did
	for n, th := range threads {
		run := th.runID()
		f.eventually(10*time.Minute, run+" has ended", func() error { return f.ended(run) })
		deeds := f.deeds(run)
		begun, worked := first(deeds, "Unused")
		if !worked { // somebody before it brought the version
			th.sees(10*time.Second, fmt.Sprintf("runs q%02d already", n/5))
			continue
		}
		require.False(t, begun.asked.Before(last.end), "%s began before the one before it was done", run)
		note, told := first(deeds, "ReleaseNote")
		require.True(t, told)
		last = note
		went = append(went, fmt.Sprintf("deploy q%02d", n/5))
		require.Equal(t, map[string]int{"board": 1, "result": 1}, th.said())
	}
	for n := range versions {
		order = append(order, fmt.Sprintf("deploy q%02d", n))
	}
	require.Equal(t, order, went, "in the order in which they were typed")
	slices.Reverse(order)
	require.Equal(t, order, f.released("queue"))
	require.Len(t, f.world.Apps.Moved("queue"), versions)
	require.Len(t, f.deployed(), versions)
	t.Logf("%d deploys typed within %v; %d versions one after the other, all over after %v", deploys, typed.Round(time.Second), versions, time.Since(began).Round(time.Second))
}

// inQueue is what a board shows of a deploy that has its place, or had its turn at once.
var inQueue = regexp.MustCompile(`our turn|has no users|already`)

// queues waits until the run of the thread has its place.
func (th thread) queues() {
	th.p.f.t.Helper()
	th.p.f.eventually(30*time.Second, "it has its place", func() error {
		if board := th.board(); !inQueue.MatchString(board) {
			return fmt.Errorf("its board says:\n%s", board)
		}
		return nil
	})
}

// begins waits until the thread has a board.
func (th thread) begins() {
	th.p.f.t.Helper()
	th.p.f.eventually(30*time.Second, "there is a board", func() error {
		if th.board() == "" {
			return fmt.Errorf("there is none")
		}
		return nil
	})
}
