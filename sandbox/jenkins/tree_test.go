package jenkins_test

import (
	"fmt"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/sandbox/jenkins"
)

func TestATreeIsWhatIsAskedFor(t *testing.T) {
	t.Parallel()
	c := open(t, jenkins.Options{Keep: 200})
	for n := range 105 {
		require.Equal(t, http.StatusCreated, c.post(start, "PAWL_RUN_ID", fmt.Sprint(n)).status)
		c.time.pass(20 * time.Second)
	}
	tree := func(expression string) string {
		a := c.get("/job/shop/job/build/api/json?tree=" + url.QueryEscape(expression))
		require.Equal(t, http.StatusOK, a.status, expression)
		return a.body
	}
	run := `{"_class":"org.jenkinsci.plugins.workflow.job.WorkflowRun",`
	job := `{"_class":"org.jenkinsci.plugins.workflow.job.WorkflowJob",`
	for expression, want := range map[string]string{
		"name,nextBuildNumber":     job + `"name":"build","nextBuildNumber":106}`,
		"name,nothing[deep]":       job + `"name":"build"}`,
		"builds[number]{0,2}":      job + `"builds":[` + run + `"number":105},` + run + `"number":104}]}`,
		"builds[number]{1,2}":      job + `"builds":[` + run + `"number":104}]}`,
		"builds[number]{3}":        job + `"builds":[` + run + `"number":102}]}`,
		"builds[number]{,1}":       job + `"builds":[` + run + `"number":105}]}`,
		"allBuilds[number]{104,}":  job + `"allBuilds":[` + run + `"number":1}]}`,
		"builds[number]{100,}":     job + `"builds":[]}`,
		"lastBuild[result,number]": job + `"lastBuild":` + run + `"number":105,"result":"SUCCESS"}}`,
		"lastFailedBuild[number]":  job + `"lastFailedBuild":null}`,
		"lastBuild[actions[parameters[*]]]{0,1}": job + `"lastBuild":` + run + `"actions":[{"_class":"hudson.model.ParametersAction","parameters":[` +
			`{"_class":"hudson.model.StringParameterValue","name":"VERSION","value":"1.0"},` +
			`{"_class":"hudson.model.StringParameterValue","name":"PAWL_RUN_ID","value":"104"}]},{"_class":"hudson.model.CauseAction"},{},{},` +
			`{"_class":"org.jenkinsci.plugins.workflow.job.views.FlowGraphAction"}]}}`,
	} {
		require.Equal(t, want, tree(expression), expression)
	}
	require.Len(t, c.json("/job/shop/job/build/api/json")["builds"], 100, "the newest hundred")
	require.NotContains(t, within(t, c.json("/job/shop/job/build/api/json"), "builds", "0"), "result")
	require.Equal(t, "SUCCESS", within(t, c.json("/job/shop/job/build/api/json?depth=1"), "builds", "0", "result"))
	require.Equal(t, "104", within(t, c.json("/job/shop/job/build/api/json?depth=1"), "builds", "0", "actions", "0", "parameters", "1", "value"))
	for _, wrong := range []string{"", "[name]", "builds[", "builds[number]]", "builds[number]{x}", "builds{1", "name,,url"} {
		status := http.StatusInternalServerError
		if wrong == "" {
			status = http.StatusOK // as if nothing were said
		}
		require.Equal(t, status, c.get("/job/shop/job/build/api/json?tree="+url.QueryEscape(wrong)).status, wrong)
	}
}

func TestOldBuildsAreDropped(t *testing.T) {
	t.Parallel()
	c := open(t, jenkins.Options{Keep: 3})
	for n := range 5 {
		require.Equal(t, http.StatusCreated, c.post(start, "PAWL_RUN_ID", fmt.Sprint(n)).status)
		c.time.pass(20 * time.Second)
	}
	require.Len(t, c.Builds("shop/build"), 3)
	require.Equal(t, http.StatusNotFound, c.get("/job/shop/job/build/1/api/json").status)
	require.Equal(t, http.StatusFound, c.post("/job/shop/job/build/4/doDelete").status)
	require.Equal(t, http.StatusNotFound, c.get("/job/shop/job/build/4/api/json").status)
	runs := decoded[[]any](t, c.get("/job/shop/job/build/wfapi/runs").body)
	require.Len(t, runs, 2)
	require.Equal(t, "#5", within(t, runs, "0", "name"))
	runs = decoded[[]any](t, c.get("/job/shop/job/build/wfapi/runs?since="+url.QueryEscape("#5")+"&fullStages=true").body)
	require.Len(t, runs, 1)
	require.Len(t, within(t, runs, "0", "stages", "0", "stageFlowNodes"), 1)
}
