package jenkins_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/sandbox/jenkins"
)

func TestWhoIsLetIn(t *testing.T) {
	t.Parallel()
	c := open(t, jenkins.Options{})
	c.as = jenkins.User + ":wrong"
	a := c.get("/api/json")
	require.Equal(t, http.StatusUnauthorized, a.status)
	require.Equal(t, `Basic realm="Jenkins"`, a.header.Get("WWW-Authenticate"))
	c.as = ""
	a = c.get("/job/shop/job/build/api/json")
	require.Equal(t, http.StatusForbidden, a.status)
	require.Contains(t, a.body, "Authentication required")
	require.NotEmpty(t, a.header.Get("X-Jenkins"))
	a = c.post(start)
	require.Equal(t, http.StatusForbidden, a.status)
	require.Contains(t, a.body, "No valid crumb was included in the request")
}

// With a password a change needs a crumb, which is good in its session only; with a token it needs none.
func TestCrumbs(t *testing.T) {
	t.Parallel()
	c := open(t, jenkins.Options{Accounts: []jenkins.Account{{ID: "pawl", Token: jenkins.Token}, {ID: "eve", Password: "secret"}}})
	require.Equal(t, http.StatusCreated, c.post(start).status)
	c.as = "eve:secret"
	a := c.post(start)
	require.Equal(t, http.StatusForbidden, a.status)
	require.Contains(t, a.body, "No valid crumb was included in the request")
	crumb := c.json("/crumbIssuer/api/json/api/json")
	require.Equal(t, "Jenkins-Crumb", crumb["crumbRequestField"])
	issued := c.get("/crumbIssuer/api/json")
	cookie, _, _ := strings.Cut(issued.header.Get("Set-Cookie"), ";")
	value, ok := within(t, decoded[any](t, issued.body), "crumb").(string)
	require.True(t, ok)
	for name, headers := range map[string][]string{
		"no session":      {"Jenkins-Crumb", value},
		"no crumb":        {"Cookie", cookie},
		"another's":       {"Jenkins-Crumb", "0" + value, "Cookie", cookie},
		"another session": {"Jenkins-Crumb", value, "Cookie", cookie + "0"},
	} {
		a, err := c.ask(http.MethodPost, start, "", headers...)
		require.NoError(t, err)
		require.Equal(t, http.StatusForbidden, a.status, name)
	}
	a, err := c.ask(http.MethodPost, start, "PAWL_RUN_ID=x", "Jenkins-Crumb", value, "Cookie", cookie)
	require.NoError(t, err)
	require.Equal(t, http.StatusCreated, a.status)
}

func TestPathsAsClientsWriteThem(t *testing.T) {
	t.Parallel()
	j := shop()
	j.Name = "shop/web/feature%2Fx"
	c := open(t, jenkins.Options{Jobs: []jenkins.Job{j, shop()}, Branches: []string{"shop/web"}})
	for path, status := range map[string]int{
		"/api/json":                                    http.StatusOK,
		"/api/json/api/json":                           http.StatusOK,
		"/job/shop/api/json":                           http.StatusOK,
		"/job/shop/job/build/api/json/":                http.StatusOK,
		"/job/shop/job/web/job/feature%252Fx/api/json": http.StatusOK,
		"/job/shop/job/web/job/feature%2Fx/api/json":   http.StatusNotFound,
		"/job/shop/job/web/job/feature/x/api/json":     http.StatusNotFound,
		"/job/shop/job/build/job/deeper/api/json":      http.StatusNotFound,
		"/job/build/api/json":                          http.StatusNotFound,
		"/job/shop/job/build/api/xml":                  http.StatusNotFound,
		"/job/shop/job/build/1/api/json":               http.StatusNotFound,
		"/job/shop/job/build/wfapi/describe/api/json":  http.StatusOK,
		"/queue/item/1/api/json":                       http.StatusNotFound,
		"/queue/item/x/api/json":                       http.StatusNotFound,
		"/queue/item/1/":                               http.StatusNotFound,
		"/":                                            http.StatusOK, "/job/shop/": http.StatusOK, "/job/shop/job/build/": http.StatusOK, "/job/shop/job/build/console": http.StatusNotFound,
		"/computer/api/json":                              http.StatusNotFound,
		"/job/shop/job/build/api/json?depth=1":            http.StatusOK,
		"/job/shop/job/build/api/json?depth=much":         http.StatusInternalServerError,
		"/job/shop/job/build/api/json?tree=builds[":       http.StatusInternalServerError,
		"/job/shop/job/build/api/json?tree=builds%7Bx%7D": http.StatusInternalServerError,
	} {
		a := c.get(path)
		require.Equal(t, status, a.status, path)
		if status != http.StatusOK {
			require.Contains(t, a.header.Get("Content-Type"), "text/html", path)
		}
	}
	b := c.json("/job/shop/job/web/api/json")
	require.Equal(t, "org.jenkinsci.plugins.workflow.multibranch.WorkflowMultiBranchProject", b["_class"])
	require.Equal(t, "feature%2Fx", within(t, b, "jobs", "0", "name"))
	require.Equal(t, root+"/job/shop/job/web/job/feature%252Fx/", within(t, b, "jobs", "0", "url"))
	require.Equal(t, "feature/x", c.json("/job/shop/job/web/job/feature%252Fx/api/json")["displayName"])
}

func TestWhatIsDeclaredWrong(t *testing.T) {
	t.Parallel()
	for text, o := range map[string]jenkins.Options{
		"is not the address":      {Root: "ci"},
		"its name is FOLDER/JOB":  {Root: root, Jobs: []jenkins.Job{{Name: "/x"}}},
		"there is one":            {Root: root, Jobs: []jenkins.Job{{Name: "x"}, {Name: "x"}}},
		"nothing to choose":       {Root: root, Jobs: []jenkins.Job{{Name: "x", Params: []jenkins.Param{{Name: "P", Kind: jenkins.Choice}}}}},
		"a parameter has no name": {Root: root, Jobs: []jenkins.Job{{Name: "x", Stages: []jenkins.Stage{{Input: &jenkins.Input{Params: []jenkins.Param{{}}}}}}}},
	} {
		_, err := jenkins.New(o)
		require.ErrorContains(t, err, text)
	}
}
