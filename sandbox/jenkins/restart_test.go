package jenkins_test

import (
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/sandbox/jenkins"
)

func TestARestartInTheMiddle(t *testing.T) {
	t.Parallel()
	c := open(t, jenkins.Options{})
	gone := c.trigger("PAWL_RUN_ID", "a")
	kept := c.trigger("PAWL_RUN_ID", "b")
	require.Equal(t, http.StatusCreated, c.post("/job/nightly/build?delay=0sec").status)
	c.time.pass(6 * time.Second)
	c.Restart(8 * time.Second)
	for _, path := range []string{"/job/shop/job/build/1/api/json", "/api/json", "/", "/nothing", gone} {
		a := c.get(path)
		require.Equal(t, http.StatusServiceUnavailable, a.status, path)
		require.Contains(t, a.body, "Please wait while Jenkins is getting ready to work")
		require.Contains(t, a.header.Get("Content-Type"), "text/html")
	}
	require.Equal(t, http.StatusServiceUnavailable, c.post("/job/shop/job/build/buildWithParameters", "PAWL_RUN_ID", "c").status)
	require.True(t, c.IsStarting())
	c.time.pass(8 * time.Second)
	require.False(t, c.IsStarting())
	require.Equal(t, http.StatusNotFound, c.get(gone).status, "what left the queue is forgotten")
	require.Equal(t, "hudson.model.Queue$BlockedItem", c.json(kept)["_class"], "what waits in it is not")
	require.Equal(t, "ABORTED", c.json("/job/nightly/1/api/json")["result"])
	b := c.Builds("shop/build")[0]
	require.True(t, b.Building)
	require.Contains(t, b.Log, "Resuming build at Fri Nov 20 12:00:14 UTC 2026 after Jenkins restart\n")
	require.Equal(t, "Test", b.Stages[1].Name)
	require.Equal(t, "IN_PROGRESS", b.Stages[1].Status, "the step went on meanwhile, on its agent; what comes after it waited for Jenkins")
	c.time.pass(10 * time.Second)
	require.Equal(t, "SUCCESS", c.json("/job/shop/job/build/1/api/json")["result"])
	require.Equal(t, 2, number(t, within(t, c.json(kept), "executable", "number")))
	builds, queued := c.Count("PAWL_RUN_ID", "c")
	require.Equal(t, []int{0, 0}, []int{builds, queued})
}

func TestACrashLeavesNoLastLine(t *testing.T) {
	t.Parallel()
	c := open(t, jenkins.Options{})
	require.Equal(t, http.StatusCreated, c.post("/job/nightly/build?delay=0sec").status)
	c.time.pass(time.Second)
	c.Crash(time.Second)
	c.time.pass(time.Second)
	require.Equal(t, "FAILURE", c.json("/job/nightly/1/api/json")["result"])
	require.NotContains(t, c.get("/job/nightly/1/consoleText").body, "Finished")
}

func TestWhatOutlivesTheProcess(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "jenkins.json")
	c := open(t, jenkins.Options{Path: path})
	gone := c.trigger("PAWL_RUN_ID", "a")
	kept := c.trigger("PAWL_RUN_ID", "b")
	require.Equal(t, http.StatusCreated, c.post("/job/nightly/build?delay=0sec").status)
	c.time.pass(12 * time.Second)
	before := c.get("/job/shop/job/build/1/consoleText").body
	require.Equal(t, http.StatusCreated, c.post("/job/nightly/build?delay=0sec").status)

	// Not closed: this is a power cut.
	later := &clock{now: c.time.Now()}
	d := open(t, jenkins.Options{Path: path, Now: later.Now})
	require.Equal(t, http.StatusNotFound, d.get(gone).status)
	require.Equal(t, "hudson.model.Queue$BlockedItem", d.json(kept)["_class"])
	require.Equal(t, "SUCCESS", d.json("/job/nightly/1/api/json")["result"])
	require.Equal(t, "FAILURE", d.json("/job/nightly/2/api/json")["result"])
	require.True(t, strings.HasPrefix(d.get("/job/shop/job/build/1/consoleText").body, before+"Resuming build at"))
	next := d.post("/job/nightly/build?delay=0sec")
	later.pass(8 * time.Second)
	require.Equal(t, "SUCCESS", d.json("/job/shop/job/build/1/api/json")["result"])
	require.Equal(t, 3, number(t, within(t, d.json(d.item(next)), "executable", "number")), "numbers go on")
	require.Equal(t, 2, number(t, within(t, d.json(kept), "executable", "number")))
	d.Close()
	_, err := jenkins.New(jenkins.Options{Root: root, Path: filepath.Dir(path)})
	require.ErrorContains(t, err, "reading what jenkins remembers")
}

// The world was updated while a build ran: what does not fit any more has failed, and what fits goes on.
func TestJobsAreDeclaredAnew(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "jenkins.json")
	jobs := []jenkins.Job{release(jenkins.Input{Message: "Go?"}), shop(), script()}
	jobs[1].Name = "asks"
	jobs[1].Stages[0].Input = &jenkins.Input{Message: "Go?"}
	c := open(t, jenkins.Options{Path: path, Jobs: jobs})
	for _, job := range []string{"job/shop/job/build", "job/asks"} {
		require.Equal(t, http.StatusCreated, c.post("/"+job+"/buildWithParameters?delay=0sec").status)
	}
	require.Equal(t, http.StatusCreated, c.post("/job/nightly/build").status)
	c.time.pass(12 * time.Second)
	asked := c.get("/job/shop/job/build/1/wfapi/pendingInputActions").body

	jobs[1].Stages[0].Input = nil
	d := open(t, jenkins.Options{Path: path, Jobs: jobs, Now: c.time.Now})
	require.Equal(t, asked, d.get("/job/shop/job/build/1/wfapi/pendingInputActions").body, "the same question has the same id")
	require.Equal(t, "FAILURE", d.json("/job/asks/1/api/json")["result"], "nobody asks any more")
	d.Close()
	jobs[0].Stages = jobs[0].Stages[:1]
	d = open(t, jenkins.Options{Path: path, Jobs: jobs[:1], Now: c.time.Now})
	b := d.json("/job/shop/job/build/1/api/json")
	require.Equal(t, "FAILURE", b["result"])
	require.Contains(t, d.get("/job/shop/job/build/1/consoleText").body, "not what it was when this build began")
	require.Len(t, within(t, d.json("/job/shop/job/build/1/wfapi/describe"), "stages"), 1)
}

func TestBeforeAShutdown(t *testing.T) {
	t.Parallel()
	c := open(t, jenkins.Options{})
	c.trigger("PAWL_RUN_ID", "a")
	require.NoError(t, c.Set(jenkins.Fault{Kind: jenkins.Quiet}))
	a := c.post("/job/nightly/build?delay=0sec")
	require.Equal(t, http.StatusCreated, a.status, "it is accepted")
	q := c.json(c.item(a))
	require.Equal(t, "Jenkins is about to shut down", q["why"])
	require.Equal(t, "hudson.model.Queue$BlockedItem", q["_class"])
	require.Equal(t, true, c.json("/api/json")["quietingDown"])
	c.time.pass(time.Hour)
	b := c.Builds("shop/build")[0]
	require.Contains(t, b.Log, "Pausing (Preparing for shutdown)\n")
	require.Contains(t, b.Log, "+ make 1.0", "the step goes on")
	require.Equal(t, "IN_PROGRESS", b.Stages[0].Status, "and nothing after it")
	require.Equal(t, 1, c.Clear(jenkins.Quiet))
	require.Contains(t, c.Builds("shop/build")[0].Log, "Resuming (Shutdown was canceled)\n")
	c.time.pass(10 * time.Second)
	require.Equal(t, jenkins.Success, c.Builds("shop/build")[0].Result)
	require.Equal(t, jenkins.Success, c.Builds("nightly")[0].Result)
}
