package jenkins

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/job"
)

// The fields are those of recorded answers: git 5.x, workflow-job 1400, a display name set by the pipeline.
const pipelineBuilds = `{"_class":"org.jenkinsci.plugins.workflow.job.WorkflowJob","builds":[
{"_class":"org.jenkinsci.plugins.workflow.job.WorkflowRun","actions":[{"_class":"hudson.model.CauseAction"},{"_class":"hudson.model.ParametersAction","parameters":[
  {"_class":"hudson.model.StringParameterValue","name":"BRANCH","value":"faster-search"},{"_class":"hudson.model.BooleanParameterValue","name":"FULL","value":true},
  {"_class":"hudson.model.PasswordParameterValue","name":"PASSWORD"}]},{}],
 "building":true,"displayName":"#419","duration":0,"number":419,"result":null,"timestamp":1795348770000,"changeSets":[]},
{"_class":"org.jenkinsci.plugins.workflow.job.WorkflowRun","actions":[{}],"building":false,"displayName":"2024.51\u202e","duration":190000,"number":418,"result":"SUCCESS","timestamp":1795348200000,
 "changeSets":[
  {"_class":"hudson.plugins.git.GitChangeSetList","items":[
   {"_class":"hudson.plugins.git.GitChangeSet","commitId":"9f2c1d","author":{"fullName":"Eve Adams"},"comment":"Faster search (#12)\n\nIt was slow.\n","id":"9f2c1d","msg":"Faster search (#12)"},
   {"_class":"hudson.plugins.git.GitChangeSet","commitId":"77aa01","author":{"fullName":"Bob"},"comment":"Merge pull request #14 from acme/invoice\n\nNew invoice PDF","id":"77aa01","msg":"Merge pull request #14 from acme/invoice"}],"kind":"git"},
  {"_class":"hudson.plugins.git.GitChangeSetList","items":[{"commitId":"c0ffee","author":{"fullName":"Jana"},"msg":"Library: one name less"}],"kind":"git"}]}]}`

const freestyleBuilds = `{"_class":"hudson.model.FreeStyleProject","builds":[
{"_class":"hudson.model.FreeStyleBuild","actions":[],"building":false,"displayName":"#7","duration":5000,"number":7,"result":null,"timestamp":1795348200000,
 "changeSet":{"_class":"hudson.scm.SubversionChangeLogSet","items":[{"commitId":"4711","author":{"fullName":"Bob"},"msg":"Fix the cart"}],"kind":"svn"}},
{"_class":"hudson.model.FreeStyleBuild","actions":[],"building":false,"displayName":"","duration":5000,"number":6,"result":"FAILURE","timestamp":1795348100000,"changeSet":{"_class":"hudson.scm.EmptyChangeLogSet","items":[],"kind":null}}]}`

func TestTheNewestBuilds(t *testing.T) {
	t.Parallel()
	answer := func(body string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Date", time.UnixMilli(1795348800000).UTC().Format(http.TimeFormat))
			says(body)(w, r)
		}
	}
	b := serve(t, routes{
		"GET " + shopBuild + "/api/json":                answer(pipelineBuilds),
		"GET /job/shop/job/slow/api/json":               answer(freestyleBuilds),
		"GET /job/lib/job/feature%252Fx/api/json":       answer(`{"builds":[{"number":1,"displayName":"#1","result":"SUCCESS"}]}`),
		"GET /job/lib/api/json":                         answer(`{"_class":"org.jenkinsci.plugins.workflow.multibranch.WorkflowMultiBranchProject","jobs":[{"name":"feature%2Fx"}]}`),
		"GET /job/shop/job/new/api/json":                answer(`{"_class":"hudson.model.FreeStyleProject","builds":[]}`),
		"GET /job/shop/job/endless/api/json":            answer(`{"builds":[` + strings.TrimSuffix(strings.Repeat(`{"number":1},`, 60), ",") + `]}`),
		"GET /job/shop/job/many%20changes/api/json":     answer(`{"builds":[{"number":1,"changeSet":{"items":[` + strings.TrimSuffix(strings.Repeat(`{"commitId":"1","msg":"x"},`, 300), ",") + `]}}]}`),
		"GET /job/shop/job/not%20what%20it%20/api/json": answer(`{"builds":"none"}`),
	})
	s := open(t, b.URL)
	got, err := s.Builds(t.Context(), "shop/build", 20)
	require.NoError(t, err)
	require.Equal(t, []Built{
		{
			Number: 419, Name: "#419", URL: b.URL + shopBuild + "/419/", Building: true, Params: map[string]string{"BRANCH": "faster-search", "FULL": "true"},
			At: time.UnixMilli(1795348770000), Took: 30 * time.Second,
		},
		{
			Number: 418, Name: "2024.51", URL: b.URL + shopBuild + "/418/", Result: Success, Params: map[string]string{}, At: time.UnixMilli(1795348200000), Took: 190 * time.Second,
			Changes: []job.Change{
				{ID: "9f2c1d", Author: "Eve Adams", Title: "Faster search", PR: 12},
				{ID: "77aa01", Author: "Bob", Title: "New invoice PDF", PR: 14},
				{ID: "c0ffee", Author: "Jana", Title: "Library: one name less"},
			},
		},
	}, got)
	require.Len(t, b.requests("GET "), 1, "one request")
	require.Contains(t, b.requests("GET ")[0], "%7B0%2C20%7D", "and no more builds than asked for")

	got, err = s.Builds(t.Context(), "shop/slow", 1000)
	require.NoError(t, err)
	require.Len(t, got, 2)
	require.Equal(t, ResultUnknown, got[0].Result, "Jenkins was killed while it built")
	require.Equal(t, []job.Change{{ID: "4711", Author: "Bob", Title: "Fix the cart"}}, got[0].Changes)
	require.Equal(t, "#6", got[1].Name)
	require.Equal(t, Failure, got[1].Result)
	require.Contains(t, b.requests("GET /job/shop/job/slow")[0], "%7B0%2C50%7D", "50 at most")

	got, err = s.Builds(t.Context(), Branch("lib", "feature/x"), 1)
	require.NoError(t, err)
	require.Len(t, got, 1)
	require.Equal(t, b.URL+"/job/lib/job/feature%252Fx/1/", got[0].URL)

	for name, n := range map[string]int{"shop/new": 0, "shop/endless": 50, "shop/many changes": 1} {
		got, err = s.Builds(t.Context(), name, 50)
		require.NoError(t, err, name)
		require.Len(t, got, n, name)
		if n == 1 {
			require.Len(t, got[0].Changes, mostChanges, "what Jenkins gives beyond what was asked for is left out")
		}
	}
	got, err = s.Builds(t.Context(), "shop/build", 0)
	require.NoError(t, err)
	require.Empty(t, got)

	for name, text := range map[string]string{
		"lib":               "lib has no builds of its own in Jenkins: it is a folder or a project with branches. Name the job in it, like lib/feature%2Fx.",
		"shop/nowhere":      "Jenkins has no job shop/nowhere, or the user pawl may not see it.",
		"../shop":           fmt.Sprintf("%q is not the name of a Jenkins job. Write its folders and its name with a / between them, like shop/build.", "../shop"),
		"shop/not what it ": "What Jenkins answered is not what we know of it.",
	} {
		_, err = s.Builds(t.Context(), name, 5)
		f, _ := fault(t, err)
		require.Equal(t, text, f.Says, name)
	}
}

func TestABuildTellsItsName(t *testing.T) {
	t.Parallel()
	b := serve(t, routes{"GET " + shopBuild + "/3/api/json": says(`{"_class":"hudson.model.FreeStyleBuild","building":false,"displayName":"2024.51\u001b[1m ","result":"SUCCESS","duration":5000}`)})
	st, err := open(t, b.URL).State(t.Context(), Ref{Job: "shop/build", Build: 3})
	require.NoError(t, err)
	require.Equal(t, "2024.51 [1m", st.Name)
}
