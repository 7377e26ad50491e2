package jenkins_test

import (
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/sandbox/jenkins"
)

const start = "/job/shop/job/build/buildWithParameters?delay=0sec"

func TestALostAnswerHasItsEffect(t *testing.T) {
	t.Parallel()
	c := open(t, jenkins.Options{})
	require.NoError(t, c.Set(jenkins.Fault{Kind: jenkins.Lost, Method: http.MethodPost, Path: "buildWithParameters", Times: 1}))
	require.Equal(t, http.StatusOK, c.get("/job/shop/job/build/api/json").status)
	_, err := c.ask(http.MethodPost, start, "PAWL_RUN_ID=a")
	require.Error(t, err)
	builds, _ := c.Count("PAWL_RUN_ID", "a")
	require.Equal(t, 1, builds)
	faults, since := c.Faults()
	require.Empty(t, faults, "once")
	require.False(t, since.IsZero())
}

func TestDownHasNone(t *testing.T) {
	t.Parallel()
	c := open(t, jenkins.Options{})
	c.trigger("PAWL_RUN_ID", "a")
	require.NoError(t, c.Set(jenkins.Fault{Kind: jenkins.Down}))
	_, err := c.ask(http.MethodPost, start, "PAWL_RUN_ID=b")
	require.Error(t, err)
	builds, queued := c.Count("PAWL_RUN_ID", "b")
	require.Zero(t, builds+queued)
	c.time.pass(20 * time.Second)
	require.Equal(t, 1, c.Clear(""))
	require.Equal(t, "SUCCESS", c.json("/job/shop/job/build/1/api/json")["result"], "builds go on meanwhile")
}

func TestASlowAnswerHasItsEffectAtOnce(t *testing.T) {
	t.Parallel()
	c := open(t, jenkins.Options{})
	require.NoError(t, c.Set(jenkins.Fault{Kind: jenkins.Slow, MS: 60_000}))
	c.client.Timeout = 3 * time.Second // it has arrived by then
	_, err := c.ask(http.MethodPost, start, "PAWL_RUN_ID=a")
	require.Error(t, err)
	builds, _ := c.Count("PAWL_RUN_ID", "a")
	require.Equal(t, 1, builds)
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	c := open(t, jenkins.Options{})
	for kind, status := range map[string]int{
		jenkins.Starting: http.StatusServiceUnavailable, jenkins.Revoked: http.StatusUnauthorized,
		jenkins.Forbidden: http.StatusForbidden, jenkins.Broken: http.StatusInternalServerError,
	} {
		require.NoError(t, c.Set(jenkins.Fault{Kind: kind, Skip: 1}))
		require.Equal(t, http.StatusOK, c.get("/job/shop/job/build/api/json").status, kind)
		a := c.post(start, "PAWL_RUN_ID", kind)
		require.Equal(t, status, a.status, kind)
		require.Contains(t, a.body, "<html>", kind)
		builds, queued := c.Count("PAWL_RUN_ID", kind)
		require.Zero(t, builds+queued, kind)
		require.Equal(t, 1, c.Clear(kind))
	}
}

func TestNoExecutorsAndForgottenItems(t *testing.T) {
	t.Parallel()
	c := open(t, jenkins.Options{})
	require.NoError(t, c.Set(jenkins.Fault{Kind: jenkins.NoExecutor}))
	item := c.item(c.post("/job/nightly/build?delay=0sec"))
	require.Equal(t, "Waiting for next available executor", c.json(item)["why"])
	c.time.pass(time.Hour)
	require.Empty(t, c.Builds("nightly"))
	require.NoError(t, c.Set(jenkins.Fault{Kind: jenkins.Forgets}))
	require.Equal(t, 1, c.Clear(jenkins.NoExecutor))
	require.Len(t, c.Builds("nightly"), 1)
	require.Equal(t, http.StatusNotFound, c.get(item).status)
	require.NoError(t, c.Set(jenkins.Fault{Kind: jenkins.NoStages}))
	c.trigger()
	require.Equal(t, http.StatusNotFound, c.get("/job/shop/job/build/1/wfapi/describe").status)
	require.Equal(t, http.StatusOK, c.get("/job/shop/job/build/1/api/json").status)
}

func TestFaultsOverHTTP(t *testing.T) {
	t.Parallel()
	told := make(chan struct{}, 100)
	c := open(t, jenkins.Options{Changed: func() { told <- struct{}{} }, Root: root, Context: "/"})
	c.as = ""
	send := func(method, path, body string) (int, map[string]any) {
		a, err := c.ask(method, "sandbox/jenkins"+path, body, "Content-Type", "application/json")
		require.NoError(t, err)
		var v map[string]any
		require.NoError(t, json.Unmarshal([]byte(a.body), &v))
		return a.status, v
	}
	status, v := send(http.MethodPost, "/faults", `{"kind":"slow","ms":5,"path":"wfapi"}`)
	require.Equal(t, http.StatusOK, status)
	require.Equal(t, "slow", within(t, v, "faults", "0", "kind"))
	require.NotEmpty(t, told)
	status, v = send(http.MethodPost, "/faults", `{"kind":"rain"}`)
	require.Equal(t, http.StatusBadRequest, status)
	require.Len(t, v["kinds"], len(jenkins.Kinds()))
	status, _ = send(http.MethodPost, "/faults", `{"kind":"slow","ms":-1}`)
	require.Equal(t, http.StatusBadRequest, status)
	status, _ = send(http.MethodPost, "/faults", `{"sort":"slow"}`)
	require.Equal(t, http.StatusBadRequest, status)
	_, v = send(http.MethodGet, "/faults", "")
	require.Len(t, v["faults"], 1)
	_, v = send(http.MethodDelete, "/faults/slow", "")
	require.Equal(t, 1, number(t, v["removed"]))
	_, v = send(http.MethodDelete, "/faults", "")
	require.Equal(t, 0, number(t, v["removed"]))

	status, v = send(http.MethodPost, "/builds", `{"job":"shop/build","user":"eve","params":{"VERSION":"9"}}`)
	require.Equal(t, http.StatusOK, status)
	require.Equal(t, 1, number(t, v["queue"]))
	c.time.pass(5 * time.Second)
	require.Equal(t, "9", c.Builds("shop/build")[0].Params["VERSION"])
	require.Equal(t, []string{"eve"}, c.Builds("shop/build")[0].Causes)
	status, _ = send(http.MethodPost, "/builds", `{"job":"nothing"}`)
	require.Equal(t, http.StatusBadRequest, status)
	status, _ = send(http.MethodPost, "/restart", `{"ms":1000}`)
	require.Equal(t, http.StatusOK, status)
	_, v = send(http.MethodGet, "", "")
	require.Equal(t, true, v["starting"])
	a, err := c.ask(http.MethodPost, "sandbox/jenkins/restart", `{}`, "Sec-Fetch-Site", "cross-site")
	require.NoError(t, err)
	require.Equal(t, http.StatusForbidden, a.status)
}
