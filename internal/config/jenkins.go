package config

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/pawl-ops/pawl/job"
)

// Jenkins is the server whose jobs are built. Its token is an API token: requests with one need no crumb since Jenkins
// 2.96 (https://www.jenkins.io/doc/book/security/csrf-protection/).
type Jenkins struct {
	URL   string // without a slash at its end; may have a path
	User  string
	Token job.Secret
	RunID string // the parameter of a job that takes the run's id, where its step says no other
}

// defaultRunID is the parameter that takes the run's id when the file names none.
const defaultRunID = "PAWL_RUN_ID"

// jenkinsKeys is what stands under `jenkins`.
type jenkinsKeys struct {
	URL   value      `yaml:"url,required" help:"the address of the server"`
	User  string     `yaml:"user,required" help:"whose API token it is"`
	Token job.Secret `yaml:"token,required" help:"an API token, from the user's page in Jenkins"`
	RunID value      `yaml:"run id" help:"the parameter of jobs that takes the run's id, by which Pawl finds its own build again"`
}

// jenkins reads `jenkins:`.
func (r *reader) jenkins(v value) *Jenkins {
	var k jenkinsKeys
	r.decode(v, &k)
	j := &Jenkins{User: k.User, Token: k.Token, RunID: defaultRunID}
	if k.URL.node != nil {
		j.URL = r.jenkinsURL(k.URL)
	}
	if u, _, ok := step(v, "user"); ok && (strings.TrimSpace(k.User) != k.User || k.User == "" || strings.Contains(k.User, ":")) {
		if _, isText := textOf(u); isText {
			r.at(u.node, "%s is not the name of a user", u.name())
		}
	}
	if k.RunID.node != nil {
		j.RunID = r.parameter(k.RunID)
	}
	return j
}

func (r *reader) jenkinsURL(v value) string {
	text, ok := r.text(v)
	if !ok {
		return ""
	}
	u, err := url.Parse(text)
	switch {
	case err != nil, u.Scheme != "http" && u.Scheme != "https", u.Hostname() == "", u.RawQuery != "", u.Fragment != "", strings.ContainsAny(text, " \t\r\n"):
		r.at(v.node, "%s is not the address of a server; write one like https://jenkins.acme.test", v.name())
	case u.User != nil: // without its text, which is a secret
		r.at(v.node, "%s must not contain a user or a password; `user` and `token` are for them", v.name())
	}
	return strings.TrimRight(text, "/")
}

// parameter is the name of a parameter of a Jenkins job.
func (r *reader) parameter(v value) string {
	text, ok := r.text(v)
	if ok && !isParameter(text) {
		r.at(v.node, "%s: `%s` cannot be the name of a parameter; use letters, digits, dots, - and _", v.name(), text)
	}
	return text
}

func isParameter(text string) bool {
	return regexp.MustCompile(parameterNames).MatchString(text) && len(text) <= maxParameter
}

// jenkinsStepKeys is what stands under `jenkins` of a step.
type jenkinsStepKeys struct {
	Job        value         `yaml:"job,required" help:"its name with its folders: shop/smoke"`
	Branch     value         `yaml:"branch" help:"the branch of a multibranch job, as git names it"`
	Parameters value         `yaml:"parameters" help:"parameters of the job, which may name arguments"`
	RunID      value         `yaml:"run id" help:"the parameter that takes the run's id"`
	Accept     []string      `yaml:"accept" oneof:"UNSTABLE NOT_BUILT ABORTED FAILURE" help:"results besides SUCCESS that are good"`
	Within     time.Duration `yaml:"within" help:"how long the build may take, with its wait in the queue"`
}

// jenkinsStep reads a job of Jenkins: its name with its folders, or more about it.
func (m *command) jenkinsStep(v value) *job.JenkinsStep {
	s := &job.JenkinsStep{RunID: defaultRunID}
	if m.config.Jenkins != nil {
		s.RunID = m.config.Jenkins.RunID
	} else {
		m.at(v.node, "%s needs the section `jenkins: {url: ..., user: ..., token: {env: JENKINS_TOKEN}}`, which says where Jenkins is", v.name())
	}
	if _, mapping := pairsOf(v.node); !mapping {
		s.Job = m.jenkinsJob(v)
		return s
	}
	var k jenkinsStepKeys
	m.decode(v, &k)
	s.Accept, s.Within = k.Accept, k.Within
	if k.Job.node != nil {
		s.Job = m.jenkinsJob(k.Job)
	}
	if k.Branch.node != nil {
		s.Branch = m.filled(k.Branch)
		for _, name := range s.Branch.Names() {
			if !m.always(name) {
				m.at(k.Branch.node, "%s: `{%s}` may be left out, and there would be no branch; give it a default", k.Branch.name(), name)
			}
		}
		if strings.TrimSpace(string(s.Branch)) != string(s.Branch) || s.Branch == "" {
			m.at(k.Branch.node, "%s must be a branch as git names it, such as main or {branch}", k.Branch.name())
		}
	}
	if k.RunID.node != nil {
		s.RunID = m.parameter(k.RunID)
	}
	m.long(v, "within", k.Within, time.Minute)
	if k.Parameters.node == nil {
		return s
	}
	s.Params = map[string]job.Text{}
	for _, e := range m.entries(k.Parameters) {
		switch {
		case !isParameter(e.key):
			m.at(e.keyNode, "%s: this cannot be the name of a parameter; use letters, digits, dots, - and _", e.value.name())
		case e.key == s.RunID:
			m.at(e.keyNode, "%s: Pawl gives the run's id there, to find its own build again; choose another with `run id`", e.value.name())
		}
		s.Params[e.key] = m.filled(e.value)
	}
	return s
}

// jenkinsJob is the name of a job with its folders.
func (m *command) jenkinsJob(v value) string {
	text, ok := m.text(v)
	if !ok {
		return ""
	}
	// https://github.com/jenkinsci/jenkins/blob/master/core/src/main/java/jenkins/model/Jenkins.java, checkGoodName
	wrong := func(part string) bool {
		return part == "" || part == "." || part == ".." || strings.TrimSpace(part) != part || strings.HasSuffix(part, ".") ||
			strings.ContainsAny(part, `?*\%!@#$^&|<>[]:;{}`) || strings.ContainsFunc(part, func(c rune) bool { return c < ' ' || c == 0x7f })
	}
	switch {
	case strings.Contains(text, "://"):
		m.at(v.node, "%s must be the name of a job, not its address: shop/smoke", v.name())
	case slices.ContainsFunc(strings.Split(text, "/"), wrong):
		m.at(v.node, "%s: `%s` cannot be the name of a job; write its folders and its name, such as shop/smoke", v.name(), shorten(text))
	case strings.HasPrefix(text, "job/"), strings.Contains(text, "/job/"):
		m.at(v.node, "%s: write the folders and the name alone, without the `job/` of its address: shop/smoke", v.name())
	}
	return text
}
