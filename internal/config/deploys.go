package config

import (
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"

	"github.com/pawl-ops/pawl/internal/inventory"
	"github.com/pawl-ops/pawl/job"
)

// What a deploy is held to when the file does not say.
const (
	defaultHealthy = 5
	defaultWithin  = 3 * time.Minute
	defaultBake    = 10 * time.Minute
	defaultErrors  = 2 // percent
	defaultDrain   = 30 * time.Second
	maxHealthy     = 100
	maxProving     = time.Hour // each of these keeps others from deploying
	maxBake        = 24 * time.Hour
	maxDrain       = time.Hour
)

// shares is a part of a hundred.
const shares = `^([0-9]{1,3}(?:\.[0-9]{1,3})?) ?%$`

// releasesIn is the name under `channels:` of the place where release notes are read.
const releasesIn = "releases"

// deployKeys is what stands under `deploy` of an app, or of an environment, where it says what is different there.
type deployKeys struct {
	Script  string        `yaml:"script,file" help:"what takes an instance down, swaps its code and starts it again"`
	Healthy int           `yaml:"healthy" help:"how many good answers in a row prove an instance"`
	Within  time.Duration `yaml:"within" help:"how long it may take until then"`
	Bake    time.Duration `yaml:"bake" help:"how long users are watched on the new version; 0s is not at all"`
	Errors  value         `yaml:"errors" help:"the share of failed requests above which users are moved back; with 0 % only health counts"`
	Drain   time.Duration `yaml:"drain" help:"how long the last requests on the old instance are waited for"`
	Cron    bool          `yaml:"cron" help:"instances with the role cron get the version as well, after all others"`
	Confirm bool          `yaml:"confirm" help:"whoever asks sees the plan first, and says yes to it"`
	Channel value         `yaml:"channel" help:"where release notes are read"`
}

// deployed is how an app gets another version, while it is read.
type deployed struct {
	job.Deploys

	at    value // where `deploy` stands; nothing when nobody may deploy
	build value // where `build` of the app stands
}

// Deploys gives how an environment of an app gets another version; ok is false when there is no such environment. Where the
// file has no `deploy` it has no Script, and nobody may deploy there.
func (c *Config) Deploys(app, environment string) (d job.Deploys, ok bool) {
	d, ok = c.deploys[job.EnvironmentKey(app, environment)]
	return d, ok
}

// appDeploys reads what holds for all environments of an app.
func (r appReader) appDeploys(app inventory.App, k appKeys) deployed {
	d := deployed{Deploys: job.Deploys{
		App: app.Name.Text, Healthy: defaultHealthy, Within: defaultWithin, Bake: defaultBake, Errors: defaultErrors, Drain: defaultDrain, Cron: true,
		Channel: r.config.Channels[releasesIn], Build: r.builds(k.Build),
	}}
	if k.Deploy.node != nil {
		d = r.deploys(k.Deploy, d)
		r.jenkinsKnown(k.Build)
	}
	d.build = k.Build
	return d
}

// jenkinsKnown holds an app that is deployed, and built by Jenkins, to say where that is.
func (r appReader) jenkinsKnown(build value) {
	if name, _, ok := step(build, "jenkins"); ok && r.config.Jenkins == nil {
		r.at(name.node, "%s: to deploy, builds are started, and nothing says where Jenkins is; add the section `jenkins: {url: ..., user: ..., token: {env: JENKINS_TOKEN}}`", name.name())
	}
}

// environmentDeploys reads what an environment says for itself: `deploy`, of which what is left out is as in the app, or
// `url`.
func (r appReader) environmentDeploys(of, e entry, d deployed) deployed {
	if e.key == "deploy" {
		if d.at.node == nil {
			r.jenkinsKnown(d.build)
		}
		return r.deploys(e.value, d)
	}
	if text, ok := r.text(e.value); ok {
		d.URL = r.url(of, text)
	}
	return d
}

// noInstance reports whether a key of an environment that is none of an instance has no instance under it.
func (r appReader) noInstance(e entry) bool {
	_, _, host := step(e.value, "host")
	if host {
		r.at(e.keyNode, "`%s` cannot name an instance: `deploy` says how the environment gets a version, `url` where users reach it", e.key)
	}
	return !host
}

// deploys lays what is said over what was known.
func (r appReader) deploys(v value, d deployed) deployed {
	k := deployKeys{Script: d.Script, Healthy: d.Healthy, Within: d.Within, Bake: d.Bake, Drain: d.Drain, Cron: d.Cron, Confirm: d.Confirm}
	r.decode(v, &k)
	d.at = v
	d.Script, d.Healthy, d.Within, d.Bake, d.Drain, d.Cron, d.Confirm = k.Script, k.Healthy, k.Within, k.Bake, k.Drain, k.Cron, k.Confirm
	if healthy, _, ok := step(v, "healthy"); ok && isNumber(healthy.node) && (k.Healthy < 1 || k.Healthy > maxHealthy) {
		r.at(healthy.node, "%s must be between 1 and %d: so many good answers in a row", healthy.name(), maxHealthy)
	}
	for _, of := range []struct {
		key       string
		long      time.Duration
		most      time.Duration
		inWords   string
		something bool
	}{{"within", k.Within, maxProving, "1 hour", true}, {"bake", k.Bake, maxBake, "1 day", false}, {"drain", k.Drain, maxDrain, "1 hour", false}} {
		at, _, said := step(v, of.key)
		_, isText := textOf(at)
		switch {
		case !said:
		case of.long > of.most:
			r.at(at.node, "%s must be at most %s: nobody else can deploy meanwhile", at.name(), of.inWords)
		case of.something && of.long == 0 && isText:
			r.at(at.node, "%s must be longer than nothing: no instance is there at once", at.name())
		}
	}
	if k.Errors.node != nil {
		d.Errors = r.share(k.Errors)
	}
	if k.Channel.node != nil {
		d.Channel = r.config.channelNamed(k.Channel)
	}
	return d
}

// share is a part of a hundred: "2 %".
func (r *reader) share(v value) float64 {
	switch node := v.node.(type) {
	case *ast.IntegerNode, *ast.FloatNode:
		r.at(v.node, "%s: %s of what? Write \"%[2]s %%\"", v.name(), node.GetToken().Value)
		return 0
	}
	text, ok := r.text(v)
	if !ok {
		return 0
	}
	m := regexp.MustCompile(shares).FindStringSubmatch(strings.TrimSpace(text))
	if m == nil {
		r.at(v.node, "%s: `%s` is no part of all requests; write one like 2 %% or 0.5 %%", v.name(), shorten(text))
		return 0
	}
	n, err := strconv.ParseFloat(m[1], 64)
	if err != nil || n > 100 {
		r.at(v.node, "%s must be at most 100 %%", v.name())
		return 0
	}
	return n
}

// remember keeps how an environment gets a version.
func (c *Config) remember(app, environment string, d deployed) {
	d.App, d.Environment = app, environment
	if d.at.node != nil && d.Script == "" {
		if _, _, said := step(d.at, "script"); !said { // else its own mistake is told
			c.reader.at(d.at.node, "%s needs `script`: what takes an instance down, swaps its code and starts it again", d.at.name())
		}
	}
	if c.deploys == nil {
		c.deploys = map[string]job.Deploys{}
	}
	c.deploys[job.EnvironmentKey(app, environment)] = d.Deploys
}
