package jenkins_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/sandbox/jenkins"
)

// Twenty clients at once, by the real clock: each asks until it has an answer, half of which are lost, and looks until its
// build ended. Every request that arrived while the item still waited was folded into it, so each has its one build.
func TestACrowd(t *testing.T) {
	t.Parallel()
	j := shop()
	j.Concurrent = true
	c := open(t, jenkins.Options{Jobs: []jenkins.Job{j}, Now: time.Now, Quiet: -1, Speed: 1000, Executors: 8})
	require.NoError(t, c.Set(jenkins.Fault{Kind: jenkins.Quiet})) // so that all of them wait until all have arrived
	require.NoError(t, c.Set(jenkins.Fault{Kind: jenkins.Lost, Method: http.MethodPost, Times: 20}))
	var all sync.WaitGroup
	for n := range 20 {
		all.Go(func() {
			form := url.Values{"PAWL_RUN_ID": {fmt.Sprint(n)}}.Encode()
			for {
				a, err := c.ask(http.MethodPost, "/job/shop/job/build/buildWithParameters", form)
				if err == nil && (a.status == http.StatusCreated || a.status == http.StatusSeeOther) {
					break
				}
			}
		})
	}
	all.Wait()
	require.Equal(t, 1, c.Clear(jenkins.Quiet))
	require.Eventually(t, func() bool {
		done := 0
		for _, b := range c.Builds("shop/build") {
			if b.Result == jenkins.Success && strings.HasSuffix(b.Log, "Finished: SUCCESS\n") {
				done++
			}
		}
		return done == 20
	}, time.Minute, 5*time.Millisecond)
	for n := range 20 {
		builds, queued := c.Count("PAWL_RUN_ID", fmt.Sprint(n))
		require.Equal(t, []int{1, 0}, []int{builds, queued}, n)
	}
	require.Equal(t, 40, c.Triggers())
}
