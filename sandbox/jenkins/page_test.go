package jenkins_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/sandbox/jenkins"
)

// browse is what a browser gets.
func (c *ci) browse(path string) said {
	c.Helper()
	a, err := c.ask(http.MethodGet, path, "", "Accept", "text/html,application/xhtml+xml")
	require.NoError(c, err)
	return a
}

// shownAs is what the page asks for.
func (c *ci) shownAs(path string) map[string]any {
	c.Helper()
	a := c.get("/-/" + path)
	require.Equal(c, http.StatusOK, a.status, a.body)
	return decoded[map[string]any](c.T, a.body)
}

func (c *ci) deed(what string, form ...string) said {
	c.Helper()
	return c.post("/-/"+what, form...)
}

func TestThePageLoadsOnlyItsOwn(t *testing.T) {
	t.Parallel()
	c := open(t, jenkins.Options{})
	c.trigger()
	c.as = ""
	for _, path := range []string{"/", "/job/shop/", "/job/shop/job/build/", "/job/shop/job/build/1/", "/job/shop/job/build/1/console", "/job/shop/job/build/1/input/"} {
		a := c.browse(path)
		require.Equal(t, http.StatusOK, a.status, path)
		require.Contains(t, a.header.Get("Content-Security-Policy"), "require-trusted-types-for 'script'")
		require.Contains(t, a.body, `src="/jenkins/-/page.js"`)
		require.NotContains(t, a.body, "BASE")
	}
	for _, path := range []string{"/nothing", "/job/nothing/", "/job/shop/job/build/2/", "/job/shop/job/build/1/deeper"} {
		require.Equal(t, http.StatusNotFound, c.browse(path).status, path)
	}
	require.Equal(t, http.StatusForbidden, c.browse("/job/shop/job/build/api/json").status, "who asks for data says who they are")
	for _, path := range []string{"/-/page.js", "/-/dom.js", "/-/page.css"} {
		a := c.get(path)
		require.Equal(t, http.StatusOK, a.status)
		require.NotContains(t, a.body, "innerHTML")
		require.NotContains(t, a.body, "https://")
	}
}

func TestThePageShowsWhatThereIs(t *testing.T) {
	t.Parallel()
	j := release(jenkins.Input{Message: "<b>$VERSION</b>?", Params: []jenkins.Param{{Name: "WHY"}}})
	c := open(t, jenkins.Options{Jobs: []jenkins.Job{j, script()}, Visitor: "eve", Accounts: []jenkins.Account{{ID: "pawl", Token: jenkins.Token}, {ID: "eve", Name: "Eve"}}})
	c.trigger("VERSION", "<script>")
	c.trigger("VERSION", "2")
	c.time.pass(12 * time.Second)
	c.as = ""
	s := c.shownAs("state")
	require.Equal(t, "Eve", s["visitor"])
	require.Equal(t, "shop » build", within(t, s, "jobs", "0", "spoken"))
	require.Equal(t, "notbuilt_anime", within(t, s, "jobs", "0", "color"))
	require.Equal(t, "Build #1 is already in progress (ETA: N/A)", within(t, s, "queue", "0", "why"))
	b := within(t, c.shownAs("builds?job="+url.QueryEscape("shop/build")), "builds", "0")
	require.Equal(t, "<b><script></b>?", within(t, b, "asks", "message"))
	require.Equal(t, "SUCCESS", within(t, b, "stages", "0", "status"))
	a := c.get("/-/log?job=shop/build&number=1&start=0")
	require.Contains(t, a.body, "+ make <script>\r\n")
	require.Equal(t, "text/plain;charset=utf-8", a.header.Get("Content-Type"))
	require.Equal(t, "nosniff", a.header.Get("X-Content-Type-Options"))
	require.Equal(t, http.StatusNotFound, c.get("/-/builds?job=x").status)
	require.Equal(t, http.StatusNotFound, c.get("/-/log?job=x&number=1").status)
	require.Equal(t, http.StatusNotFound, c.get("/-/log?job=shop/build&number=7").status)
}

func TestSomebodyElseBuilds(t *testing.T) {
	t.Parallel()
	c := open(t, jenkins.Options{Jobs: []jenkins.Job{release(jenkins.Input{Message: "Go?"}), script()}, Visitor: "eve"})
	c.as = ""
	require.Equal(t, http.StatusCreated, c.deed("build", "job", "shop/build", "VERSION", "3").status)
	require.Equal(t, http.StatusSeeOther, c.deed("build", "job", "shop/build", "VERSION", "3").status)
	require.Equal(t, http.StatusCreated, c.deed("build", "job", "nightly").status)
	c.time.pass(20 * time.Second)
	require.Equal(t, []string{"eve"}, c.Builds("shop/build")[0].Causes)
	in, err := json.Marshal(within(t, c.shownAs("builds?job=shop/build"), "builds", "0", "asks", "id"))
	require.NoError(t, err)
	id := strings.Trim(string(in), `"`)
	require.Equal(t, http.StatusOK, c.deed("proceed", "job", "shop/build", "number", "1", "id", id, "json", "{}").status)
	require.Contains(t, c.Builds("shop/build")[0].Log, "Approved by eve\n")
	require.Equal(t, http.StatusNoContent, c.deed("stop", "job", "shop/build", "number", "1").status)
	c.time.pass(time.Second)
	require.Equal(t, jenkins.Aborted, c.Builds("shop/build")[0].Result)
	require.Equal(t, http.StatusNotFound, c.deed("abort", "job", "shop/build", "number", "1", "id", id).status)
	require.Equal(t, http.StatusNotFound, c.deed("dance", "job", "shop/build", "number", "1").status)
	require.Equal(t, http.StatusNotFound, c.deed("stop", "job", "shop/build", "number", "9").status)
	require.Equal(t, http.StatusNotFound, c.deed("build", "job", "x").status)
	a, err := c.ask(http.MethodPost, "/-/build", "job=nightly", "Sec-Fetch-Site", "cross-site")
	require.NoError(t, err)
	require.Equal(t, http.StatusForbidden, a.status)
}

// That a page is open changes nothing for Pawl.
func TestThePageUsesUpNoFaults(t *testing.T) {
	t.Parallel()
	c := open(t, jenkins.Options{})
	for _, kind := range []string{jenkins.Down, jenkins.Starting, jenkins.Lost, jenkins.Broken} {
		require.NoError(t, c.Set(jenkins.Fault{Kind: kind, Times: 1}))
		require.Equal(t, http.StatusOK, c.get("/-/state").status, kind)
		faults, _ := c.Faults()
		require.Len(t, faults, 1, kind)
		c.Clear("")
	}
	require.NoError(t, c.Set(jenkins.Fault{Kind: jenkins.Starting}))
	require.Equal(t, http.StatusServiceUnavailable, c.get("/-/state").status)
	require.Equal(t, "5", c.browse("/").header.Get("Refresh"))
	require.NoError(t, c.Set(jenkins.Fault{Kind: jenkins.Down}))
	_, err := c.ask(http.MethodGet, "/-/state", "")
	require.Error(t, err)
}
