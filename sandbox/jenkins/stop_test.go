package jenkins_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/sandbox/jenkins"
)

func TestTheLadderOfAborting(t *testing.T) {
	t.Parallel()
	for stubborn, ends := range map[string]string{"": "stop", "term": "term", "kill": "kill"} {
		t.Run("ends at "+ends, func(t *testing.T) {
			t.Parallel()
			j := shop()
			j.Stubborn = stubborn
			c := open(t, jenkins.Options{Jobs: []jenkins.Job{j}})
			c.trigger()
			for _, rung := range []string{"stop", "term", "kill"} {
				require.Equal(t, http.StatusMethodNotAllowed, c.get("/job/shop/job/build/1/"+rung).status)
				a := c.post("/job/shop/job/build/1/" + rung)
				require.Equal(t, http.StatusFound, a.status)
				require.Equal(t, root+"/job/shop/job/build/1/", a.header.Get("Location"))
				b := c.Builds("shop/build")[0]
				require.Equal(t, rung != "kill", b.Building, "only a kill ends at once")
				c.time.pass(time.Second)
				b = c.Builds("shop/build")[0]
				require.Equal(t, rung != ends, b.Building, rung)
				if rung == ends {
					break
				}
			}
			b := c.json("/job/shop/job/build/1/api/json")
			require.Equal(t, "ABORTED", b["result"])
			require.Contains(t, c.Builds("shop/build")[0].Log, "Aborted by Pawl\n")
			require.Equal(t, http.StatusFound, c.post("/job/shop/job/build/1/stop").status, "also when there is nothing to stop")
			require.Equal(t, "ABORTED", within(t, c.json("/job/shop/job/build/1/wfapi/describe"), "stages", "0", "status"))
		})
	}
}

func TestFreestyleBuildsAreOnlyStopped(t *testing.T) {
	t.Parallel()
	c := open(t, jenkins.Options{Accounts: []jenkins.Account{{ID: "pawl", Token: jenkins.Token}, {ID: "eve", Token: "e", NoCancel: true}}})
	require.Equal(t, http.StatusCreated, c.post("/job/nightly/build?delay=0sec").status)
	require.Equal(t, http.StatusNotFound, c.post("/job/nightly/1/term").status)
	require.Equal(t, http.StatusNotFound, c.post("/job/nightly/1/kill").status)
	require.Equal(t, http.StatusNotFound, c.get("/job/nightly/1/wfapi/describe").status, "and has no stages")
	as := c.as
	c.as = "eve:e"
	require.Equal(t, http.StatusForbidden, c.post("/job/nightly/1/stop").status)
	c.as = as
	require.Equal(t, http.StatusFound, c.post("/job/nightly/1/stop").status)
	require.Equal(t, true, c.json("/job/nightly/1/api/json")["building"])
	c.time.pass(time.Second)
	require.Equal(t, "ABORTED", c.json("/job/nightly/1/api/json")["result"])
}
