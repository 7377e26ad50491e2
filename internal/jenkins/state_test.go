package jenkins

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestWhyItWaits(t *testing.T) {
	t.Parallel()
	for said, want := range map[string]string{
		"In the quiet period. Expires in 4.6 sec":             "Jenkins starts it in 4.6 s",
		"Build #9 is already in progress (ETA:15 sec)":        "build 9 of the same job has to end first, in about 15 s",
		"Build #9 is already in progress (ETA:N/A)":           "build 9 of the same job has to end first",
		"Build #9 is already in progress (ETA: 1 min 15 sec)": "build 9 of the same job has to end first, in about 1 min 15 s",
		"Waiting for next available executor":                 "all places to build are taken",
		"Waiting for next available executor on ‘linux’":      "all places on linux are taken",
		"There are no nodes with the label ‘mac’":             "Jenkins has no machine with the label mac",
		"All nodes of label ‘linux’ are offline":              "all machines with the label linux are off",
		"‘agent-1’ is offline":                                "the machine agent-1 is off",
		"Jenkins is about to shut down":                       "Jenkins is about to restart and starts it afterwards",
		"Upstream project shop » lib is already building.":    "a build of shop » lib has to end first",
		"Blocked by the moon":                                 "the moon has to end first",
		"A plugin waits\x1b[31m for \"Friday\"":               `Jenkins says: "A plugin waits [31m for \"Friday\""`,
		"":                                                    "Jenkins does not say what it waits for",
	} {
		require.Equal(t, want, why(said), said)
	}
}

func TestTheWayOfABuild(t *testing.T) {
	t.Parallel()
	left := `{"_class":"hudson.model.Queue$LeftItem","why":null,"cancelled":false,"executable":`
	dated := func(h http.HandlerFunc) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Date", time.UnixMilli(1795348830000).UTC().Format(http.TimeFormat))
			h(w, r)
		}
	}
	b := serve(t, routes{
		"GET /queue/item/7/api/json": inTurn(
			says(`{"_class":"hudson.model.Queue$BuildableItem","why":"There are no nodes with the label ‘mac’","stuck":true}`),
			says(left+`null}`), says(left+`{"number":3}}`)),
		"GET " + shopBuild + "/3/api/json": inTurn(
			dated(says(`{"_class":"hudson.model.FreeStyleBuild","building":true,"result":null,"queueId":7,"timestamp":1795348800000,"estimatedDuration":60000,"duration":0}`)),
			dated(says(`{"_class":"hudson.model.FreeStyleBuild","building":true,"result":null,"queueId":7,"timestamp":1795348800000,"estimatedDuration":-1,"duration":0}`)),
			says(`{"_class":"hudson.model.FreeStyleBuild","building":false,"result":null,"queueId":7,"timestamp":1795348800000,"estimatedDuration":60000,"duration":0}`)),
	})
	s := open(t, b.URL)
	var seen []State
	last, err := s.Follow(t.Context(), Ref{Job: "shop/build", RunID: "r1", Queue: 7}, time.Second, func(st State) error {
		seen = append(seen, st)
		return nil
	})
	require.NoError(t, err)
	require.Equal(t, []Phase{Waiting, Waiting, Running, Running, Ended}, phases(seen))
	require.True(t, seen[0].Stuck)
	require.Equal(t, "Jenkins has no machine with the label mac", seen[0].Why)
	require.Equal(t, b.URL+"/job/shop/job/build/", seen[0].Link)
	require.Equal(t, "it is about to start", seen[1].Why)
	require.Equal(t, State{
		Ref: Ref{Job: "shop/build", RunID: "r1", Queue: 7, Build: 3}, Phase: Running, Link: b.URL + "/job/shop/job/build/3/", Name: "#3",
		Began: time.UnixMilli(1795348800000), Took: 30 * time.Second, Usually: time.Minute, Percent: 50,
	}, seen[2], "by Jenkins' clock")
	require.Equal(t, -1, seen[3].Percent)
	require.Equal(t, ResultUnknown, last.Result, "Jenkins was killed while it built")
	require.Empty(t, b.requests("GET "+shopBuild+"/3/wfapi"), "freestyle builds have no stages")
}

func phases(all []State) []Phase {
	var p []Phase
	for _, st := range all {
		p = append(p, st.Phase)
	}
	return p
}

func TestForgottenByTheQueue(t *testing.T) {
	t.Parallel()
	b := serve(t, routes{
		"GET /queue/api/json":              says(`{"items":[` + carries(0, 9, "another") + `]}`),
		"GET " + shopBuild + "/api/json":   inTurn(declares(""), declares(carries(5, 11, "of another")+","+carries(4, 7, "r1"), "PAWL_RUN_ID")),
		"GET " + shopBuild + "/4/api/json": says(`{"_class":"hudson.model.FreeStyleBuild","building":false,"result":"SUCCESS","number":4,"queueId":7,"duration":5000}`),
	})
	st, err := open(t, b.URL).State(t.Context(), Ref{Job: "shop/build", RunID: "r1", Queue: 7})
	require.NoError(t, err)
	require.Equal(t, Ended, st.Phase)
	require.Equal(t, Ref{Job: "shop/build", RunID: "r1", Queue: 7, Build: 4}, st.Ref)
}

func TestWhatIsGone(t *testing.T) {
	t.Parallel()
	b := serve(t, routes{"GET /queue/api/json": says(nothing), "GET " + shopBuild + "/api/json": declares(carries(5, 11, "of another"), "PAWL_RUN_ID"), "GET " + shopBuild + "/5/api/json": says(`{"building":true,"actions":[{"parameters":[{"name":"PAWL_RUN_ID","value":"of another"}]}]}`)})
	s := open(t, b.URL)
	for why, ref := range map[string]Ref{
		"Jenkins has it neither in its queue nor among its builds": {Job: "shop/build", RunID: "r1", Queue: 7, Build: 5}, // another build has its number
		"somebody deleted build 6 in Jenkins":                      {Job: "shop/build", Build: 6},
	} {
		st, err := s.State(t.Context(), ref)
		require.NoError(t, err)
		require.Equal(t, Gone, st.Phase)
		require.Equal(t, why, st.Why)
	}
	_, err := s.State(t.Context(), Ref{Job: "shop/other", Build: 6})
	f, outcome := fault(t, err)
	require.Equal(t, Refused, outcome)
	require.Equal(t, "Jenkins has no job shop/other, or the user pawl may not see it.", f.Says)
}

// Jenkins keeps 100 builds at hand; those before them are read as far back as the run began.
func TestFindGoesBackAsFarAsTheRun(t *testing.T) {
	t.Parallel()
	began := time.UnixMilli(1795348800000)
	older := func(w http.ResponseWriter, r *http.Request) {
		var from, to int
		tree := r.URL.Query().Get("tree")
		_, err := fmt.Sscanf(tree[strings.Index(tree, "{"):], "{%d,%d}", &from, &to)
		if err != nil {
			t.Error(err)
		}
		var all []string
		for i := from; i < to && i < 350; i++ {
			run := "another"
			if i == 250 {
				run = "r1"
			}
			all = append(all, carries(350-i, 1000-i, run))
		}
		says(`{"`+tree[:strings.Index(tree, "[")]+`":[`+strings.Join(all, ",")+`]}`)(w, r)
	}
	b := serve(t, routes{"GET /queue/api/json": says(nothing), "GET " + shopBuild + "/api/json": older})
	s := open(t, b.URL)
	found, ok, err := s.Find(t.Context(), Ref{Job: "shop/build", RunID: "r1", Since: began})
	require.NoError(t, err)
	require.True(t, ok)
	require.EqualValues(t, 100, found.Build)
	require.EqualValues(t, 750, found.Queue)
	require.Len(t, b.requests("GET "+shopBuild), 3)

	_, ok, err = s.Find(t.Context(), Ref{Job: "shop/build", RunID: "r1", Since: began.Add(2 * time.Hour)})
	require.NoError(t, err)
	require.False(t, ok)
	require.Len(t, b.requests("GET "+shopBuild), 4, "what is older than the run is not looked at")
	_, ok, err = s.Find(t.Context(), Ref{Job: "shop/build", RunID: "never", Since: began})
	require.NoError(t, err)
	require.False(t, ok)
	require.Len(t, b.requests("GET "+shopBuild), 8)
}

// The same run may have a build of another job; a queue has the items of all of them.
func TestTheQueueIsOfAllJobs(t *testing.T) {
	t.Parallel()
	b := serve(t, routes{"GET /queue/api/json": says(`{"items":[` + carries(0, 9, "r1") + `]}`), "GET /job/build/api/json": declares(""), "GET /job/smoke/api/json": declares(""), "GET " + shopBuild + "/api/json": declares("")})
	s := open(t, b.URL)
	for name, want := range map[string]bool{"shop/build": true, "build": true, "smoke": false} {
		_, ok, err := s.Find(t.Context(), Ref{Job: name, RunID: "r1"})
		require.NoError(t, err)
		require.Equal(t, want, ok, name)
	}
}

func TestFollowGoesOnThroughARestart(t *testing.T) {
	t.Parallel()
	b := serve(t, routes{"GET " + shopBuild + "/3/api/json": inTurn(
		says(`{"_class":"org.jenkinsci.plugins.workflow.job.WorkflowRun","building":true}`),
		// The first may be asked again at once, over another connection.
		dropped(nil), dropped(nil), status(503, "Please wait while Jenkins is getting ready to work"), status(403, "who?"),
		says(`{"_class":"org.jenkinsci.plugins.workflow.job.WorkflowRun","building":false,"result":"SUCCESS"}`))})
	var troubles []string
	st, err := open(t, b.URL).Follow(t.Context(), ref(3), time.Second, func(st State) error {
		troubles = append(troubles, st.Trouble)
		return nil
	})
	require.NoError(t, err)
	require.Equal(t, Success, st.Result)
	require.Nil(t, st.Stages, "there is no plugin for them")
	require.Equal(t, []string{
		"", "Jenkins broke off the connection.", "Jenkins is starting and answers again in a moment.",
		"Jenkins does not let us in (403). Either it has only just started, or the user pawl lacks a permission there.", "",
	}, troubles)
}

func TestFollowEndsWithWhoeverWaits(t *testing.T) {
	t.Parallel()
	b := serve(t, routes{"GET " + shopBuild + "/3/api/json": says(`{"_class":"hudson.model.FreeStyleBuild","building":true}`)})
	ctx, cancel := context.WithCancel(t.Context())
	st, err := open(t, b.URL).Follow(ctx, ref(3), time.Second, func(State) error { cancel(); return nil })
	require.ErrorIs(t, err, context.Canceled)
	require.Equal(t, Running, st.Phase)
	enough := fmt.Errorf("enough")
	_, err = open(t, b.URL).Follow(t.Context(), ref(3), time.Second, func(State) error { return enough })
	require.ErrorIs(t, err, enough)
	_, err = open(t, b.URL).Follow(t.Context(), Ref{Job: "nothing", Build: 1}, time.Second, func(State) error { return nil })
	_, outcome := fault(t, err)
	require.Equal(t, Refused, outcome)
}

func TestStages(t *testing.T) {
	t.Parallel()
	states := map[string]StageState{
		"SUCCESS": StageDone, "UNSTABLE": StageUnstable, "FAILED": StageFailed, "ABORTED": StageCancelled,
		"NOT_EXECUTED": StageSkipped, "PAUSED_PENDING_INPUT": StageAsking, "IN_PROGRESS": StageRunning, "WHATEVER": StageRunning,
	}
	for status, want := range states {
		require.Equal(t, want, stageState(status))
	}
	b := serve(t, routes{
		"GET " + shopBuild + "/3/api/json":       says(`{"_class":"org.jenkinsci.plugins.workflow.job.WorkflowRun","building":false,"result":"ABORTED"}`),
		"GET " + shopBuild + "/3/wfapi/describe": says(`{"status":"IN_PROGRESS","stages":[{"name":"Build","status":"IN_PROGRESS","durationMillis":9223372036854775807}` + strings.Repeat(`,{"name":"More"}`, 150) + `]}`),
	})
	st, err := open(t, b.URL).State(t.Context(), ref(3))
	require.NoError(t, err)
	require.Len(t, st.Stages, 100)
	require.Equal(t, StageCancelled, st.Stages[0].State, "nothing runs in a build that ended")
	require.Positive(t, st.Stages[0].Took)
}
