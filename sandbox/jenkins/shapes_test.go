package jenkins_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/sandbox/jenkins"
)

// What others recorded from real Jenkins, as facts: the names and types of the fields of an answer, with those inside
// behind a dot and [] for those of a list. "?" is what is null at other times. Read in
//
//	api4jenkins   joelee2012/api4jenkins, tests/unit/tests_data and tests/unit/test_input.py
//	jenkins-rest  cdancy/jenkins-rest, src/test/resources
//	stage view    jenkinsci/pipeline-stage-view-plugin, rest-api/README.md and its classes in external/
func recorded() map[string]string {
	item := "_class string, actions list, blocked bool, buildable bool, id number, inQueueSince number, params string, stuck bool, " +
		"task object, task._class string, task.name string, task.url string, task.color string, url string, " +
		"actions[]._class string, actions[].causes list, actions[].causes[]._class string, actions[].causes[].shortDescription string, " +
		"actions[].causes[].userId string, actions[].causes[].userName string, actions[].parameters list, " +
		"actions[].parameters[]._class string, actions[].parameters[].name string, actions[].parameters[].value string, "
	ref := func(name string) string {
		return fmt.Sprintf("%s object?, %[1]s._class string, %[1]s.number number, %[1]s.url string, ", name)
	}
	run := "_class string, actions list, artifacts list, building bool, description null, displayName string, duration number, " +
		"estimatedDuration number, executor null, fullDisplayName string, id string, inProgress bool, keepLog bool, number number, queueId number, " +
		"result string, timestamp number, url string, culprits list, actions[]._class string?, actions[].causes list, " +
		"actions[].causes[]._class string, actions[].causes[].shortDescription string, actions[].causes[].userId string, " +
		"actions[].causes[].userName string, actions[].parameters list, actions[].parameters[]._class string, " +
		"actions[].parameters[].name string, actions[].parameters[].value string, "
	node := "_links object, _links.self object, _links.self.href string, id string, name string, status string, startTimeMillis number, durationMillis number, " +
		"pauseDurationMillis number, " // in the classes, not in the README, as are queueDurationMillis and execNode
	prefixed := func(at, fields string) string {
		var all []string
		for f := range strings.SplitSeq(strings.TrimSuffix(fields, ", "), ", ") {
			all = append(all, at+f)
		}
		return strings.Join(all, ", ") + ", "
	}
	return map[string]string{
		"waiting":   item + "why string, timestamp number",                                                                                     // api4jenkins queue/waitingitem.json
		"blocked":   item + "why string, buildableStartMilliseconds number",                                                                    // api4jenkins queue/blockeditem.json, jenkins-rest queueItemPending.json
		"buildable": item + "why string, buildableStartMilliseconds number, pending bool",                                                      // api4jenkins queue/queue.json, jenkins-rest queue.json
		"left":      item + "why null, cancelled bool, " + ref("executable"),                                                                   // api4jenkins queue/leftitem.json
		"cancelled": item + "why null, cancelled bool, executable null",                                                                        // jenkins-rest queueItemCancelled.json
		"pipeline":  run + "changeSets list, nextBuild null, " + strings.Replace(ref("previousBuild"), "previousBuild._class string, ", "", 1), // api4jenkins run/workflowrun.json
		"freestyle": run + // api4jenkins run/freestylebuild.json
			"builtOn string, changeSet object, changeSet._class string, changeSet.items list, changeSet.kind null",
		"job": "_class string, actions list, description string, displayName string, displayNameOrNull null, fullDisplayName string, fullName string, " +
			"name string, url string, buildable bool, builds list, builds[]._class string, builds[].number number, builds[].url string, color string, " +
			"healthReport list, inQueue bool, keepDependencies bool, nextBuildNumber number, property list, queueItem null, concurrentBuild bool, " +
			"resumeBlocked bool, " + ref("firstBuild") + ref("lastBuild") + ref("lastCompletedBuild") + ref("lastStableBuild") + ref("lastSuccessfulBuild") +
			"lastFailedBuild null, lastUnstableBuild null, lastUnsuccessfulBuild null, " + // api4jenkins job/pipeline.json; property from jenkins-rest job-info.json
			"property[]._class string, property[].parameterDefinitions list, property[].parameterDefinitions[]._class string, " +
			"property[].parameterDefinitions[].name string, property[].parameterDefinitions[].type string, property[].parameterDefinitions[].description string, " +
			"property[].parameterDefinitions[].defaultParameterValue object, property[].parameterDefinitions[].defaultParameterValue._class string, " +
			"property[].parameterDefinitions[].defaultParameterValue.name string, property[].parameterDefinitions[].defaultParameterValue.value string",
		"folder": "_class string, actions list, description null, displayName string, displayNameOrNull null, fullDisplayName string, fullName string, name string, " +
			"url string, healthReport list, jobs list, jobs[]._class string, jobs[].name string, jobs[].url string, jobs[].color string, primaryView object, primaryView._class string, " +
			"primaryView.name string, primaryView.url string, views list, views[]._class string, views[].name string, views[].url string", // api4jenkins job/folder.json, mbranch.json
		"describe": prefixed("", node) + "endTimeMillis number, queueDurationMillis number, stages list, " + prefixed("stages[].", node+"execNode string, "), // stage view, and jenkins-rest workflow.json
		"node": node + "execNode string, stageFlowNodes list, " + prefixed("stageFlowNodes[].", node+"execNode string, ") + "stageFlowNodes[]._links.log object, " +
			"stageFlowNodes[]._links.log.href string, stageFlowNodes[].parentNodes list, stageFlowNodes[].parentNodes[] string", // jenkins-rest pipeline-node.json
		"node log": "nodeId string, nodeStatus string, length number, hasMore bool, text string, consoleUrl string", // stage view
		"runs":     "_links object, _links.self object, _links.self.href string, _links.runs object, _links.runs.href string, name string, runCount number",
		"input": "all list, all[].id string, all[].proceedText string, all[].message string, all[].inputs list, all[].proceedUrl string, " +
			"all[].abortUrl string, all[].redirectApprovalUrl string", // api4jenkins test_input.py
	}
}

// fields are the fields of an answer, each with its type.
func fields(v any, at string, into map[string]string) {
	note := func(kind string) {
		if at == "" {
			return
		}
		if kind != "null" || into[at] == "" {
			into[at] = kind
		}
	}
	switch v := v.(type) {
	case map[string]any:
		note("object")
		for name, inner := range v {
			fields(inner, strings.TrimPrefix(at+"."+name, "."), into)
		}
	case []any:
		note("list")
		for _, inner := range v {
			if _, ok := inner.(map[string]any); ok {
				sub := map[string]string{}
				fields(inner, at+"[]", sub)
				delete(sub, at+"[]")
				for name, kind := range sub {
					into[name] = kind
				}
				continue
			}
			fields(inner, at+"[]", into)
		}
	case string:
		note("string")
	case float64:
		note("number")
	case bool:
		note("bool")
	case nil:
		note("null")
	}
}

// Nothing that was recorded is missing, nothing has another type, and nothing is there that no Jenkins says.
func TestAnswersHaveTheShapeOfRecordedOnes(t *testing.T) {
	t.Parallel()
	ask := shop()
	ask.Name, ask.Stages[1].Input = "shop/release", &jenkins.Input{Message: "Go?"}
	// With the parameters of a freestyle job.
	nightly := script()
	nightly.Params = []jenkins.Param{{Name: "WHAT", Default: "all"}}
	c := open(t, jenkins.Options{Jobs: []jenkins.Job{shop(), ask, nightly}, Executors: 3})
	for _, job := range []string{"shop/job/build", "shop/job/build", "nightly"} {
		require.Equal(t, http.StatusCreated, c.post("/job/"+job+"/buildWithParameters?delay=0sec", "PAWL_RUN_ID", fmt.Sprint(c.Triggers())).status)
	}
	c.time.pass(time.Minute)
	paths := map[string]string{
		"job": "/job/shop/job/build/api/json", "folder": "/job/shop/api/json",
		"pipeline": "/job/shop/job/build/2/api/json", "freestyle": "/job/nightly/1/api/json",
		"describe": "/job/shop/job/build/2/wfapi/describe", "runs": "/job/shop/job/build/wfapi/describe",
		"node": "/job/shop/job/build/2/execution/node/6/wfapi/describe", "node log": "/job/shop/job/build/2/execution/node/7/wfapi/log",
		"input": "/job/shop/job/release/1/wfapi/pendingInputActions",
	}
	paths["waiting"] = c.item(c.post("/job/shop/job/build/buildWithParameters", "PAWL_RUN_ID", "w"))
	paths["cancelled"] = c.item(c.post("/job/shop/job/build/buildWithParameters", "PAWL_RUN_ID", "c"))
	require.Equal(t, http.StatusNoContent, c.post("/queue/cancelItem?id="+strings.Split(paths["cancelled"], "/")[3]).status)
	got := map[string]any{}
	look := func(kinds ...string) {
		for _, kind := range kinds {
			a := c.get(paths[kind])
			require.Equal(t, http.StatusOK, a.status, kind)
			var v any
			require.NoError(t, json.Unmarshal([]byte(a.body), &v))
			got[kind] = v
		}
	}
	look("waiting", "cancelled", "folder", "pipeline", "freestyle", "describe", "runs", "node", "node log")
	require.Equal(t, http.StatusNoContent, c.post("/queue/cancelItem?id="+strings.Split(paths["waiting"], "/")[3]).status)
	look("job")
	require.Equal(t, http.StatusCreated, c.post("/job/shop/job/release/buildWithParameters?delay=0sec").status)
	paths["left"] = c.item(c.post("/job/nightly/buildWithParameters?delay=0sec"))
	paths["blocked"] = c.item(c.post("/job/nightly/buildWithParameters?delay=0sec", "WHAT", "more"))
	look("left", "blocked")
	c.time.pass(15 * time.Second)
	look("input")
	require.NoError(t, c.Set(jenkins.Fault{Kind: jenkins.NoExecutor}))
	c.time.pass(time.Minute)
	paths["buildable"] = c.item(c.post("/job/nightly/buildWithParameters?delay=0sec", "WHAT", "buildable"))
	look("buildable")

	for kind, facts := range recorded() {
		t.Run(kind, func(t *testing.T) {
			v := got[kind]
			if list, ok := v.([]any); ok {
				v = map[string]any{"all": list}
			}
			has := map[string]string{}
			fields(v, "", has)
			var known []string
			for fact := range strings.SplitSeq(strings.TrimSuffix(facts, ", "), ", ") {
				name, want, _ := strings.Cut(fact, " ")
				known = append(known, name)
				if want, optional := strings.CutSuffix(want, "?"); !optional || has[name] != "null" {
					require.Equal(t, want, has[name], name)
				}
			}
			for name := range has {
				require.Contains(t, known, name, "no Jenkins says that")
			}
		})
	}
}
