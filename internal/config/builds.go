package config

import (
	"path"
	"strings"

	"github.com/pawl-ops/pawl/internal/inventory"
	"github.com/pawl-ops/pawl/job"
	"github.com/pawl-ops/pawl/scripts"
)

// buildKeys is what stands under `build` of an app.
type buildKeys struct {
	Jenkins    value `yaml:"jenkins" help:"the job that builds it, with its folders"`
	Parameters value `yaml:"parameters" help:"parameters of the job; {version}, {branch} and {pr} are what was asked for"`
	RunID      value `yaml:"run id" help:"the parameter that takes the run's id"`
	Version    value `yaml:"version" help:"the parameter of a build that has the version it made"`
	Changes    value `yaml:"changes" help:"what tells the changes between two versions, where Jenkins does not"`
}

// changesKeys is what stands under `changes` of a build: what tells the changes between two versions, and where it runs.
type changesKeys struct {
	Script value    `yaml:"script" help:"a script that prints the changes from FROM to TO"`
	Git    value    `yaml:"git" help:"the full path of a repository on the host"`
	Tag    value    `yaml:"tag" help:"how versions are called in git"`
	Host   job.Host `yaml:"host,required" help:"the one of hosts it is asked on"`
}

// build says where versions come from: a text, or the name of a Jenkins job.
func (r appReader) build(v value) (b inventory.Build) {
	if v.node == nil {
		return b
	}
	if _, mapping := pairsOf(v.node); !mapping {
		b.Text, _ = r.text(v)
		return b
	}
	if name, _, ok := step(v, "jenkins"); ok {
		b.Jenkins, _ = textOf(name)
	}
	return b
}

// builds reads how versions are built, and what tells the changes in them.
func (r appReader) builds(v value) (b job.Builds) {
	if _, mapping := pairsOf(v.node); !mapping {
		return b
	}
	var k buildKeys
	r.decode(v, &k)
	m := &command{reader: r.reader, config: r.config, name: "deploy", params: asked(), bodies: map[string]string{}}
	if b.RunID = defaultRunID; r.config.Jenkins != nil {
		b.RunID = r.config.Jenkins.RunID
	}
	if k.RunID.node != nil {
		b.RunID = r.parameter(k.RunID)
	}
	if k.Version.node != nil {
		b.Version = r.parameter(k.Version)
	}
	switch {
	case k.Jenkins.node != nil:
		b.Jenkins = m.jenkinsJob(k.Jenkins)
	case k.Changes.node == nil:
		r.at(v.node, "%s needs `jenkins` (the job that builds it)", v.name())
	}
	for key, of := range map[string]value{"parameters": k.Parameters, "run id": k.RunID, "version": k.Version} {
		if of.node != nil && k.Jenkins.node == nil && k.Changes.node != nil {
			r.at(of.node, "%s: `%s` belongs to a job of Jenkins, and none is named", of.name(), key)
		}
	}
	if k.Parameters.node != nil {
		b.Params = map[string]job.Text{}
		for _, e := range r.entries(k.Parameters) {
			switch {
			case !isParameter(e.key):
				r.at(e.keyNode, "%s: this cannot be the name of a parameter; use letters, digits, dots, - and _", e.value.name())
			case e.key == b.RunID:
				r.at(e.keyNode, "%s: Pawl gives the run's id there, to find its own build again; choose another with `run id`", e.value.name())
			}
			b.Params[e.key] = m.filled(e.value)
		}
	}
	if k.Changes.node != nil {
		b.Changes = m.changes(k.Changes)
	}
	if b.Jenkins == "" {
		b.RunID = ""
	}
	return b
}

// asked are what texts of a build may name: what was asked for, in the words of `deploy`.
func asked() []job.Param {
	return []job.Param{{Name: "version", Optional: true}, {Name: "branch", Optional: true}, {Name: "pr", Optional: true}}
}

// changes reads what prints the changes between two versions. It gets them as FROM and TO when it runs.
func (m *command) changes(v value) *job.Script {
	var k changesKeys
	m.decode(v, &k)
	s := &job.Script{Name: "changes", Host: k.Host}
	switch {
	case (k.Script.node == nil) == (k.Git.node == nil):
		m.at(v.node, "%s needs exactly one of `script` and `git`: what tells the changes between two versions", v.name())
	case k.Script.node != nil:
		_, s.Body = m.script(k.Script)
		if k.Tag.node != nil {
			m.at(k.Tag.node, "%s belongs to `git`", k.Tag.name())
		}
	default:
		s.Body = scripts.Changes()
		s.Args = map[string]string{"repository": m.repository(k.Git), "tag": "{version}"}
		if k.Tag.node != nil {
			s.Args["tag"] = m.tag(k.Tag)
		}
	}
	return s
}

// repository is the path of a git repository on a host.
func (m *command) repository(v value) string {
	text, ok := m.text(v)
	if ok && (!path.IsAbs(text) || strings.ContainsFunc(text, func(c rune) bool { return c < ' ' || c == 0x7f })) {
		m.at(v.node, "%s must be the full path of a repository on the host, such as /srv/git/shop.git", v.name())
	}
	return text
}

// tag is how versions are called in git.
func (m *command) tag(v value) string {
	text, ok := m.text(v)
	if ok && (strings.Count(text, "{version}") != 1 || strings.ContainsAny(strings.Replace(text, "{version}", "", 1), " ~^:?*[\\{}")) {
		m.at(v.node, "%s must be the name of a tag with {version} in it, such as v{version}", v.name())
	}
	return text
}
