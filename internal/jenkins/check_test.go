package jenkins

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/job"
)

func TestCheckSaysWhatToAdd(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ answer, params, says string }{
		"all well": {answer: `{"buildable":true,"property":[{"parameterDefinitions":[{"name":"PAWL_RUN_ID","type":"StringParameterDefinition"},{"name":"ENV","type":"ChoiceParameterDefinition","choices":["blue","green"]}]}]}`, params: "blue"},
		"no parameters": {
			answer: `{"_class":"hudson.model.FreeStyleProject","buildable":true,"property":[]}`,
			says:   "The Jenkins job shop/build has no parameter PAWL_RUN_ID. Add a string parameter of that name to it, so that I can tell my builds apart.",
		},
		"a pipeline that never ran": {
			answer: `{"_class":"org.jenkinsci.plugins.workflow.job.WorkflowJob","buildable":true,"property":[{}]}`,
			says:   "The Jenkins job shop/build has no parameter PAWL_RUN_ID. Add a string parameter of that name to it, so that I can tell my builds apart. If it is in the Jenkinsfile already, build it once in Jenkins: before that, Jenkins does not know it.",
		},
		"hidden": {
			answer: `{"buildable":true,"property":[{"parameterDefinitions":[{"name":"PAWL_RUN_ID","type":"PasswordParameterDefinition"}]}]}`,
			says:   "The parameter PAWL_RUN_ID of the Jenkins job shop/build is no text (PasswordParameterDefinition). Make it a string parameter, so that I can tell my builds apart.",
		},
		"not declared": {
			answer: `{"buildable":true,"property":[{"parameterDefinitions":[{"name":"PAWL_RUN_ID"},{"name":"VERSION"}]}]}`, params: "blue",
			says: "The Jenkins job shop/build has no parameter ENV, and Jenkins would leave it out without a word. It has: VERSION.",
		},
		"no such choice": {
			answer: `{"buildable":true,"property":[{"parameterDefinitions":[{"name":"PAWL_RUN_ID"},{"name":"ENV","choices":["blue","green"]}]}]}`, params: "red",
			says: "red is no choice for ENV of the Jenkins job shop/build. There is: blue, green.",
		},
		"disabled": {answer: `{"buildable":false}`, says: "The Jenkins job shop/build is disabled. Enable it in Jenkins."},
		"a folder": {answer: `{"jobs":[{"name":"main"},{"name":"feature%2Fx"}]}`, says: "shop/build is a folder of Jenkins. Name a job in it: shop/build/main, shop/build/feature%2Fx."},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := serve(t, routes{"GET " + shopBuild + "/api/json": says(c.answer)})
			var params map[string]string
			if c.params != "" {
				params = map[string]string{"ENV": c.params}
			}
			about, err := open(t, b.URL).Check(t.Context(), "shop/build", "", params)
			require.Equal(t, b.URL+"/job/shop/job/build/", about.Link)
			if c.says == "" {
				require.NoError(t, err)
				require.Equal(t, []string{"PAWL_RUN_ID", "ENV"}, about.Parameters)
				return
			}
			f, outcome := fault(t, err)
			require.Equal(t, c.says, f.Says)
			require.Equal(t, job.FaultOurs, f.Class)
			require.Equal(t, Refused, outcome)
		})
	}
}

func TestHello(t *testing.T) {
	t.Parallel()
	b := serve(t, routes{"GET /api/json": says(`{}`)})
	_, err := open(t, b.URL).Hello(t.Context())
	f, outcome := fault(t, err)
	require.Equal(t, "What answers at "+b.URL+" is no Jenkins. Look at the address of Jenkins in pawl.yaml.", f.Says)
	require.Equal(t, Refused, outcome)
	_, err = open(t, serve(t, nil).URL).Hello(t.Context())
	_, outcome = fault(t, err)
	require.Equal(t, Refused, outcome)
}

func TestNamesThatMeanSomethingToJenkins(t *testing.T) {
	t.Parallel()
	b := serve(t, routes{"GET " + shopBuild + "/api/json": declares("", "RUN", "delay")})
	s := open(t, b.URL)
	for _, name := range []string{"delay", "RUN"} {
		_, err := s.Check(t.Context(), "shop/build", "RUN", map[string]string{name: "x"})
		_, outcome := fault(t, err)
		require.Equal(t, Refused, outcome)
	}
	_, err := s.Check(t.Context(), "shop/build", "RUN", nil)
	require.NoError(t, err)
}

func TestOptions(t *testing.T) {
	t.Parallel()
	for _, url := range []string{"", "ci.example.com", "ftp://ci", "https://user:pw@ci", "https://ci/?x=1", "https://ci/#x", "http://", "::"} {
		_, err := New(Options{URL: url})
		require.ErrorContains(t, err, "reading the address of jenkins", url)
	}
	_, err := New(Options{URL: "https://ci", Root: "nowhere"})
	require.ErrorContains(t, err, "for people")
	_, err = New(Options{URL: "https://ci", User: "pawl"})
	require.EqualError(t, err, "reading the options of jenkins: the user pawl has no API token")
	_, err = New(Options{URL: " https://ci/jenkins/ "})
	require.NoError(t, err)
}

func TestLinksOfBuilds(t *testing.T) {
	t.Parallel()
	for link, want := range map[string]Ref{
		"https://ci/jenkins/job/shop/job/feature%252Fx/12/console": {Job: "shop/feature%2Fx", Build: 12},
		"https://ci/job/build/3":                                   {Job: "build", Build: 3},
		"https://ci/job/a%20b/3/":                                  {Job: "a b", Build: 3},
		"https://ci/job/build/lastBuild/":                          {},
		"https://ci/job/build/":                                    {},
		"https://ci/queue/item/4/":                                 {},
		"https://ci/job/a%2F..%2Fb/3/":                             {},
		"https://ci/job/%zz/3/":                                    {},
		"":                                                         {},
	} {
		got, ok := Link(link)
		require.Equal(t, want, got, link)
		require.Equal(t, want.Build > 0, ok, link)
	}
}

func TestAPanicIsAnError(t *testing.T) {
	t.Parallel()
	s := open(t, "http://127.0.0.1:1", func(o *Options) { o.Now = func() time.Time { panic("the token is " + secret) } })
	err := func() (err error) {
		defer s.guard(&err, "looking")
		s.opt.Now()
		return nil
	}()
	f, outcome := fault(t, err)
	require.Equal(t, Unknown, outcome)
	require.Equal(t, "Something unforeseen happened to Pawl while it spoke to Jenkins. (looking: the token is <secret>)", f.Error())
}

func TestTheTokenStaysWithUs(t *testing.T) {
	t.Parallel()
	b := serve(t, routes{"GET " + shopBuild + "/api/json": status(400, "You sent pawl:"+secret+" and 11e7c0ffee%2F42%2Btokens%3D and cGF3bDoxMWU3YzBmZmVlLzQyK3Rva2Vucz0=")})
	_, err := open(t, b.URL).Check(t.Context(), "shop/build", "", nil)
	f, _ := fault(t, err)
	require.Contains(t, f.Shown, "<secret>")
	require.NotContains(t, f.Shown, "11e7")
	require.NotContains(t, f.Says+f.Shown, "cGF3b")
	for range 2 { // nowhere else is it sent
		elsewhere := serve(t, nil)
		b := serve(t, routes{"GET " + shopBuild + "/api/json": status(302, "", "Location", elsewhere.URL+"/x")})
		_, err = open(t, b.URL).Check(t.Context(), "shop/build", "", nil)
		f, _ = fault(t, err)
		require.Equal(t, "Jenkins sends us on to another address (302). Look at the address of Jenkins in pawl.yaml.", f.Says)
		require.Empty(t, elsewhere.requests(""))
	}
}

func TestAnswersThatAreNone(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		answer string
		class  string
		says   string
	}{
		"a page":     {"<html>Maintenance</html>", job.FaultTheirs, "Something in front of Jenkins answered with a web page instead of data."},
		"a sign-in":  {`<html><form><input type="password"></form></html>`, job.FaultAccess, "Something in front of Jenkins wants us to sign in. Let Pawl reach Jenkins past it."},
		"half":       {`{"buildable":tr`, job.FaultData, "What Jenkins answered is not what we know of it."},
		"another":    {`{"buildable":"yes"}`, job.FaultData, "What Jenkins answered is not what we know of it."},
		"very large": {`{"buildable":true,"x":"` + string(make([]byte, 2<<20)) + `"}`, job.FaultData, "Jenkins answered with more than 1 MB, which is not read."},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := serve(t, routes{"GET " + shopBuild + "/api/json": func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(c.answer)) }})
			_, err := open(t, b.URL, func(o *Options) { o.LargestJSON = 1 << 20 }).Check(t.Context(), "shop/build", "", nil)
			f, _ := fault(t, err)
			require.Equal(t, c.says, f.Says)
			require.Equal(t, c.class, f.Class)
		})
	}
}
