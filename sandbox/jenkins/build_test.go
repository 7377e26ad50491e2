package jenkins_test

import (
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/sandbox/jenkins"
)

func TestFromTriggerToResult(t *testing.T) {
	t.Parallel()
	c := open(t, jenkins.Options{})
	a := c.post("/job/shop/job/build/buildWithParameters", "VERSION", "2024.51", "PAWL_RUN_ID", "deploy-1", "OTHER", "dropped")
	require.Equal(t, http.StatusCreated, a.status)
	require.Empty(t, a.body)
	item := c.item(a)
	c.time.pass(400 * time.Millisecond)
	q := c.json(item)
	require.Equal(t, "hudson.model.Queue$WaitingItem", q["_class"])
	require.Equal(t, "In the quiet period. Expires in 4.6 sec", q["why"])
	require.Equal(t, "\nVERSION=2024.51\nPAWL_RUN_ID=deploy-1", q["params"])
	require.NotContains(t, q, "executable")
	require.Equal(t, "deploy-1", within(t, q, "actions", "0", "parameters", "1", "value"))
	require.Equal(t, root+"/job/shop/job/build/", within(t, q, "task", "url"))
	require.Empty(t, c.Builds("shop/build"))

	c.time.pass(5 * time.Second)
	q = c.json(item)
	require.Equal(t, "hudson.model.Queue$LeftItem", q["_class"])
	require.Nil(t, q["why"])
	require.Equal(t, false, q["cancelled"])
	require.Equal(t, 1, number(t, within(t, q, "executable", "number")))
	require.Equal(t, root+"/job/shop/job/build/1/", within(t, q, "executable", "url"))

	b := c.json("/job/shop/job/build/1/api/json")
	require.Equal(t, true, b["building"])
	require.Nil(t, b["result"])
	require.InDelta(t, 0, b["duration"], 0)
	require.InDelta(t, -1, b["estimatedDuration"], 0)
	require.Equal(t, q["id"], b["queueId"])
	require.Equal(t, "Started by user Pawl", within(t, b, "actions", "1", "causes", "0", "shortDescription"))
	require.Equal(t, "shop » build #1", b["fullDisplayName"])

	c.time.pass(20 * time.Second)
	b = c.json("/job/shop/job/build/lastBuild/api/json")
	require.Equal(t, "SUCCESS", b["result"])
	require.Equal(t, false, b["building"])
	require.InDelta(t, 20000, b["duration"], 0)
	require.InDelta(t, 20000, b["estimatedDuration"], 0)
	builds, queued := c.Count("PAWL_RUN_ID", "deploy-1")
	require.Equal(t, []int{1, 0}, []int{builds, queued})

	c.time.pass(5 * time.Minute)
	a = c.get(item)
	require.Equal(t, http.StatusNotFound, a.status, "items that left are forgotten after five minutes")
	require.Contains(t, a.body, "<html>")
}

func TestWhatIsTheSameIsFolded(t *testing.T) {
	t.Parallel()
	c := open(t, jenkins.Options{Accounts: []jenkins.Account{{ID: "pawl", Token: jenkins.Token}, {ID: "eve", Token: "e"}}})
	first := c.item(c.post("/job/shop/job/build/buildWithParameters", "PAWL_RUN_ID", "a"))
	other := c.item(c.post("/job/shop/job/build/buildWithParameters", "PAWL_RUN_ID", "b"))
	require.NotEqual(t, first, other)
	c.as = "eve:e"
	again := c.post("/job/shop/job/build/buildWithParameters?delay=0sec", "VERSION", "1.0", "PAWL_RUN_ID", "a")
	require.Equal(t, http.StatusSeeOther, again.status)
	require.Equal(t, first, c.item(again))
	q := c.json(first)
	require.Equal(t, "hudson.model.Queue$LeftItem", q["_class"], "the shorter quiet period counts")
	require.Len(t, within(t, q, "actions", "1", "causes"), 2, "and both asked for it")
	last := c.post("/job/shop/job/build/buildWithParameters", "PAWL_RUN_ID", "a")
	require.Equal(t, http.StatusCreated, last.status, "what is built already does not count")
	require.Equal(t, 4, c.Triggers())
}

func TestOneBuildAtATime(t *testing.T) {
	t.Parallel()
	c := open(t, jenkins.Options{})
	c.trigger("PAWL_RUN_ID", "a")
	second := c.trigger("PAWL_RUN_ID", "b")
	c.time.pass(5 * time.Second)
	q := c.json(second)
	require.Equal(t, "hudson.model.Queue$BlockedItem", q["_class"])
	require.Equal(t, "Build #1 is already in progress (ETA: N/A)", q["why"])
	require.Contains(t, q, "buildableStartMilliseconds")
	c.time.pass(16 * time.Second)
	require.Equal(t, 2, number(t, within(t, c.json(second), "executable", "number")))
	third := c.trigger("PAWL_RUN_ID", "c")
	c.time.pass(4 * time.Second)
	require.Equal(t, "Build #2 is already in progress (ETA: 15 sec)", c.json(third)["why"])
	all := c.json("/queue/api/json?tree=items[id,why,task[name,url],actions[parameters[name,value]]]")
	require.Equal(t, "c", within(t, all, "items", "0", "actions", "0", "parameters", "1", "value"))
	require.Equal(t, "build", within(t, all, "items", "0", "task", "name"))
	require.Len(t, all["items"], 1)

	concurrent := shop()
	concurrent.Concurrent = true
	c = open(t, jenkins.Options{Jobs: []jenkins.Job{concurrent}})
	c.trigger("PAWL_RUN_ID", "a")
	c.trigger("PAWL_RUN_ID", "b")
	require.Len(t, c.Builds("shop/build"), 2)
}

func TestAnItemIsCancelled(t *testing.T) {
	t.Parallel()
	c := open(t, jenkins.Options{})
	item := c.item(c.post("/job/shop/job/build/buildWithParameters", "PAWL_RUN_ID", "a"))
	id := strings.Split(item, "/")[3]
	require.Equal(t, http.StatusNoContent, c.post("/queue/cancelItem?id="+id).status)
	q := c.json(item)
	require.Equal(t, "hudson.model.Queue$LeftItem", q["_class"])
	require.Equal(t, true, q["cancelled"])
	require.Contains(t, q, "executable")
	require.Nil(t, q["executable"])
	require.Equal(t, http.StatusInternalServerError, c.post("/queue/cancelItem?id="+id).status, "it left")
	require.Equal(t, http.StatusNotFound, c.post("/queue/cancelItem?id=4711").status)
	require.Equal(t, http.StatusMethodNotAllowed, c.get("/queue/cancelItem?id="+id).status)
	c.time.pass(time.Minute)
	require.Empty(t, c.Builds("shop/build"))
}

func TestWhatCannotBeTriggered(t *testing.T) {
	t.Parallel()
	off := shop()
	off.Name, off.Disabled = "shop/off", true
	c := open(t, jenkins.Options{Jobs: []jenkins.Job{shop(), script(), off}, Accounts: []jenkins.Account{
		{ID: "pawl", Token: jenkins.Token},
		{ID: "eve", Token: "e", NoBuild: true},
		{ID: "gus", Token: "g", Hidden: []string{"shop"}},
		{ID: "sam", Token: "s", Found: []string{"shop/build"}},
	}})
	for path, status := range map[string]int{
		"/job/shop/job/off/buildWithParameters":                          http.StatusConflict,
		"/job/nightly/buildWithParameters":                               http.StatusInternalServerError,
		"/job/nightly/build":                                             http.StatusCreated,
		"/job/shop/job/build/build":                                      http.StatusBadRequest,
		"/job/shop/job/nothing/buildWithParameters":                      http.StatusNotFound,
		"/job/shop/buildWithParameters":                                  http.StatusNotFound,
		"/job/shop/job/build/buildWithParameters?delay=soon":             http.StatusInternalServerError,
		"/job/shop/job/build/build?json=" + `{"parameter":{"name":"X"}}`: http.StatusInternalServerError,
	} {
		require.Equal(t, status, c.post(strings.ReplaceAll(path, `"`, "%22")).status, path)
	}
	require.Equal(t, http.StatusMethodNotAllowed, c.get("/job/nightly/build").status)
	require.Equal(t, http.StatusCreated, c.post("/job/shop/job/build/build", "json", `{"parameter":[{"name":"VERSION","value":"7"}]}`).status)
	c.as = "eve:e"
	a := c.post("/job/shop/job/build/buildWithParameters")
	require.Equal(t, http.StatusForbidden, a.status)
	require.Contains(t, a.body, "eve is missing the Job/Build permission")
	c.as = "gus:g"
	require.Equal(t, http.StatusNotFound, c.get("/job/shop/job/build/api/json").status)
	require.Len(t, c.json("/queue/api/json")["items"], 1, "what waits of shop is not shown")
	require.Len(t, c.json("/api/json")["jobs"], 1)
	c.as = "sam:s"
	require.Equal(t, http.StatusForbidden, c.get("/job/shop/job/build/api/json").status)
	require.Equal(t, http.StatusOK, c.get("/job/shop/job/off/api/json").status)
}

func TestParametersAreWhatTheJobDeclares(t *testing.T) {
	t.Parallel()
	j := shop()
	j.Params = append(j.Params,
		jenkins.Param{Name: "WHERE", Kind: jenkins.Choice, Choices: []string{"staging", "master"}, Description: "the environment"},
		jenkins.Param{Name: "DRY", Kind: jenkins.Boolean},
	)
	c := open(t, jenkins.Options{Jobs: []jenkins.Job{j}})
	require.Equal(t, http.StatusInternalServerError, c.post("/job/shop/job/build/buildWithParameters", "WHERE", "moon").status)
	c.trigger("WHERE", "master", "DRY", "true", "UNKNOWN", "x")
	require.Equal(t, map[string]string{"VERSION": "1.0", "PAWL_RUN_ID": "", "WHERE": "master", "DRY": "true"}, c.Builds("shop/build")[0].Params)
	b := c.json("/job/shop/job/build/1/api/json")
	require.Equal(t, true, within(t, b, "actions", "0", "parameters", "3", "value"), "a boolean is one")
	p := c.json("/job/shop/job/build/api/json?tree=property[parameterDefinitions[name,type,choices,defaultParameterValue[value]]]")
	require.Equal(t, "WHERE", within(t, p, "property", "0", "parameterDefinitions", "2", "name"))
	require.Equal(t, "ChoiceParameterDefinition", within(t, p, "property", "0", "parameterDefinitions", "2", "type"))
	require.Equal(t, []any{"staging", "master"}, within(t, p, "property", "0", "parameterDefinitions", "2", "choices"))
	require.Equal(t, "staging", within(t, p, "property", "0", "parameterDefinitions", "2", "defaultParameterValue", "value"))
	require.Equal(t, false, within(t, p, "property", "0", "parameterDefinitions", "3", "defaultParameterValue", "value"))
}

func TestExecutors(t *testing.T) {
	t.Parallel()
	far := script()
	far.Name, far.Label = "far", "mainframe"
	c := open(t, jenkins.Options{Jobs: []jenkins.Job{shop(), script(), far}, Executors: 1})
	item := c.item(c.post("/job/nightly/build?delay=0sec"))
	require.Equal(t, "hudson.model.Queue$LeftItem", c.json(item)["_class"])
	lost := c.json(c.item(c.post("/job/far/build?delay=0sec")))
	require.Equal(t, "There are no nodes with the label ‘mainframe’", lost["why"])
	require.Equal(t, true, lost["stuck"])
	require.Equal(t, "hudson.model.Queue$BuildableItem", lost["_class"])

	// A pipeline begins all the same, and waits inside, with an item of its own in the queue.
	q := c.json(c.trigger("PAWL_RUN_ID", "a"))
	require.Equal(t, "hudson.model.Queue$LeftItem", q["_class"])
	b := c.Builds("shop/build")[0]
	require.True(t, b.Building)
	require.Contains(t, b.Log, "Still waiting to schedule task\nWaiting for next available executor\n")
	require.Empty(t, within(t, c.json("/job/shop/job/build/1/wfapi/describe"), "stages"))
	all := c.json("/queue/api/json")
	require.Equal(t, "org.jenkinsci.plugins.workflow.support.steps.ExecutorStepExecution$PlaceholderTask", within(t, all, "items", "1", "task", "_class"))
	c.time.pass(10 * time.Second)
	require.Contains(t, c.Builds("shop/build")[0].Log, "Running on Jenkins in")
	c.time.pass(20 * time.Second)
	require.Equal(t, jenkins.Success, c.Builds("shop/build")[0].Result)
}

func TestResults(t *testing.T) {
	t.Parallel()
	j := shop()
	j.Concurrent, j.Stages[0].Fails = true, "VERSION=broken"
	shaky := shop()
	shaky.Name, shaky.Stages[0].Result = "shaky", jenkins.Unstable
	c := open(t, jenkins.Options{Jobs: []jenkins.Job{j, shaky}})
	c.trigger("VERSION", "broken")
	c.trigger()
	require.Equal(t, http.StatusCreated, c.post("/job/shaky/buildWithParameters?delay=0sec").status)
	c.time.pass(9 * time.Second)
	require.Nil(t, c.json("/job/shop/job/build/1/api/json")["result"])
	c.time.pass(time.Minute)
	require.Equal(t, "FAILURE", c.json("/job/shop/job/build/1/api/json")["result"])
	require.Equal(t, "SUCCESS", c.json("/job/shop/job/build/2/api/json")["result"])
	require.Equal(t, "UNSTABLE", c.json("/job/shaky/1/api/json")["result"])
	job := c.json("/job/shop/job/build/api/json")
	for name, want := range map[string]int{"lastBuild": 2, "lastFailedBuild": 1, "lastStableBuild": 2, "firstBuild": 1} {
		require.Equal(t, want, number(t, within(t, job, name, "number")), name)
		require.Equal(t, want, number(t, c.json("/job/shop/job/build/" + map[bool]string{true: strconv.Itoa(want), false: name}[name == "firstBuild"] + "/api/json")["number"]))
	}
	require.Nil(t, job["lastUnstableBuild"])
	require.Equal(t, http.StatusNotFound, c.get("/job/shop/job/build/lastUnstableBuild/api/json").status)
	require.Equal(t, "blue", job["color"])
	log := c.get("/job/shop/job/build/1/consoleText").body
	require.True(t, strings.HasSuffix(log, "Finished: FAILURE\n"), log)
	require.Contains(t, log, "+ make broken\n")
	require.NotContains(t, log, "+ make test")
}
