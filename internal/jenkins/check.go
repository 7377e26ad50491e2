package jenkins

import (
	"cmp"
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/bndr/gojenkins"

	"github.com/pawl-ops/pawl/internal/shown"
	"github.com/pawl-ops/pawl/job"
)

// About is what Jenkins says of a job.
type About struct {
	Link       string        // for people
	Parameters []string      // the names of those it declares, in its order
	Usually    time.Duration // how long a build takes by Jenkins' own estimate; 0 when there was none yet
}

// definition is a job as far as starting builds of it goes.
type definition struct {
	Class      string `json:"_class"`
	Buildable  *bool  `json:"buildable"` // folders have none
	Jobs       []gojenkins.InnerJob
	Properties []struct {
		Parameters []parameter `json:"parameterDefinitions"`
	} `json:"property"`
	LastBuild struct {
		EstimatedDuration float64 `json:"estimatedDuration"` // milliseconds, -1 unknown
	} `json:"lastBuild"`
}

// parameter is one that a job declares.
type parameter struct {
	gojenkins.ParameterDefinition
	Choices []string `json:"choices"`
}

const definitionTree = "buildable,jobs[name]{0,20},property[parameterDefinitions[name,type,choices]],lastBuild[estimatedDuration]"

// Hello is what a Jenkins says of itself.
type Hello struct {
	Version  string // "2.516.3"
	User     string // whom it takes us for
	Quieting bool   // it is about to shut down, and starts no builds
}

// Hello looks whether there is a Jenkins and whether it knows us. Nothing is changed.
func (s *Server) Hello(ctx context.Context) (h Hello, err error) {
	defer s.guard(&err, "greeting jenkins")
	var root struct {
		Quieting bool `json:"quietingDown"`
	}
	r, err := s.get(ctx, "/api/json", "quietingDown", &root)
	if err != nil {
		return Hello{}, err
	}
	if h.Version = shown.Line(r.header.Get("X-Jenkins"), 40); h.Version == "" {
		e := s.fault(Refused, job.FaultOurs, "What answers at %s is no Jenkins. Look at the address of Jenkins in pawl.yaml.", s.base.Redacted())
		e.Shown = s.shown(r.asked, r.status, r.body)
		return Hello{}, e
	}
	h.Quieting, h.User = root.Quieting, s.opt.User // a token that is not good is a 401
	return h, nil
}

// Check looks whether builds of a job can be started and told apart: it exists, is buildable, declares the run's
// parameter (runParam, "" for [RunParam]) as text and every parameter in params, and a choice among these has the value.
// A value "" is not looked at. The error says what to add and where. Nothing is changed.
func (s *Server) Check(ctx context.Context, name, runParam string, params map[string]string) (about About, err error) {
	defer s.guard(&err, "checking jenkins job "+name)
	path, err := s.jobPath(name)
	if err != nil {
		return About{}, err
	}
	def, err := s.define(ctx, name, path)
	if err != nil {
		return About{}, err
	}
	about = About{Link: s.people + path + "/", Usually: estimate(def.LastBuild.EstimatedDuration)}
	for _, p := range def.parameters() {
		about.Parameters = append(about.Parameters, p.Name)
	}
	if e := s.fits(name, def, cmp.Or(runParam, RunParam), params); e != nil {
		return about, e
	}
	return about, nil
}

// define reads what a job declares.
func (s *Server) define(ctx context.Context, name, path string) (definition, error) {
	var def definition
	r, err := s.get(ctx, path+"/api/json", definitionTree, &def)
	if err != nil {
		return def, s.noJob(r, name, err)
	}
	return def, nil
}

func (d definition) parameters() []parameter {
	var all []parameter
	for _, p := range d.Properties {
		all = append(all, p.Parameters...)
	}
	return all
}

// fits says what a job lacks.
func (s *Server) fits(name string, def definition, runParam string, params map[string]string) *Error {
	lacking := func(says string, args ...any) *Error { return s.fault(Refused, job.FaultOurs, says, args...) }
	switch {
	case def.Buildable == nil && len(def.Jobs) > 0:
		var inside []string
		for _, j := range def.Jobs {
			inside = append(inside, name+"/"+j.Name)
		}
		return lacking("%s is a folder of Jenkins. Name a job in it: %s.", name, shown.Line(strings.Join(inside, ", "), 200))
	case def.Buildable == nil:
		return lacking("%s is a folder of Jenkins with nothing in it that I may see. Name a job.", name)
	case !*def.Buildable:
		return lacking("The Jenkins job %s is disabled. Enable it in Jenkins.", name)
	}
	declared := map[string]parameter{}
	for _, p := range def.parameters() {
		declared[p.Name] = p
	}
	run, ok := declared[runParam]
	if !ok {
		says := "The Jenkins job " + name + " has no parameter " + runParam + ". Add a string parameter of that name to it, so that I can tell my builds apart."
		if len(declared) == 0 && strings.Contains(def.Class, "WorkflowJob") {
			says += " If it is in the Jenkinsfile already, build it once in Jenkins: before that, Jenkins does not know it."
		}
		return lacking("%s", says)
	}
	if run.Type != "" && !strings.Contains(run.Type, "String") && !strings.Contains(run.Type, "Text") {
		return lacking("The parameter %s of the Jenkins job %s is no text (%s). Make it a string parameter, so that I can tell my builds apart.", runParam, name, shown.Line(run.Type, 60))
	}
	for _, param := range slices.Sorted(maps.Keys(params)) {
		p, ok := declared[param]
		switch value := params[param]; {
		case param == runParam:
			return lacking("The parameter %s of the Jenkins job %s is mine: I put the name of the run into it. Leave it out.", param, name)
		case param == "delay" || param == "token" || param == "cause":
			// They mean something to Jenkins itself in the very same place (ParameterizedJobMixIn.doBuildWithParameters).
			return lacking("Jenkins takes a parameter called %s for something else. Give it another name in the job %s.", param, name)
		case !ok:
			return lacking("The Jenkins job %s has no parameter %s, and Jenkins would leave it out without a word. It has: %s.", name, param, list(declared, runParam))
		case len(p.Choices) > 0 && value != "" && !slices.Contains(p.Choices, value):
			return lacking("%s is no choice for %s of the Jenkins job %s. There is: %s.", shown.Line(value, 60), param, name, shown.Line(strings.Join(p.Choices, ", "), 200))
		}
	}
	return nil
}

// list names the parameters of a job, but for the run's.
func list(declared map[string]parameter, but string) string {
	names := slices.DeleteFunc(slices.Sorted(maps.Keys(declared)), func(n string) bool { return n == but })
	if len(names) == 0 {
		return "none"
	}
	return shown.Line(strings.Join(names, ", "), 200)
}

// text is the value of a parameter as Jenkins shows it: text, or a truth.
func text(value any) string {
	if s, ok := value.(string); ok {
		return s
	}
	b, err := json.Marshal(value)
	if err != nil {
		return ""
	}
	return string(b)
}

// estimate is a number of milliseconds that may be unknown.
func estimate(ms float64) time.Duration {
	if ms <= 0 {
		return 0
	}
	return time.Duration(ms) * time.Millisecond
}
