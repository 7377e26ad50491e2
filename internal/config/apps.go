package config

import (
	"net/url"
	"regexp"
	"strings"

	"github.com/pawl-ops/pawl/internal/inventory"
	"github.com/pawl-ops/pawl/internal/words"
	"github.com/pawl-ops/pawl/job"
)

// appKeys is what stands under the name of an app. A value is read later, because its order or its lines matter.
type appKeys struct {
	Also         value  `yaml:"also" help:"other names, also of several words"`
	Build        value  `yaml:"build" help:"where its versions come from: a text, or the job of Jenkins that builds them"`
	Traffic      value  `yaml:"traffic" help:"the load balancer that decides which instances serve users"`
	Restart      string `yaml:"restart,file" help:"the script that restarts an instance, on its host"`
	Health       string `yaml:"health" help:"the path on which an instance says whether it is well"`
	Tasks        string `yaml:"tasks" help:"the path on which an instance with tasks says which it works off"`
	Environments value  `yaml:"environments,required" help:"where it runs, and the instances there"`
	Deploy       value  `yaml:"deploy" help:"how an instance gets another version, and what it is held to; without it nobody may deploy"`
}

type instanceKeys struct {
	Host   job.Host `yaml:"host,required" help:"the one of hosts it runs on"`
	URL    string   `yaml:"url,required" help:"where it answers"`
	Icon   string   `yaml:"icon" help:"an emoji, as Slack writes it; a name as well"`
	Role   string   `yaml:"role" oneof:"cron" help:"cron works off tasks and serves no users; all others take turns in serving them"`
	Also   value    `yaml:"also" help:"other names, also of several words"`
	Health string   `yaml:"health" help:"a path of its own on which it says whether it is well"`
	Tasks  string   `yaml:"tasks" help:"a path of its own on which it says what it works off"`
}

// What an instance is asked when the file does not say.
const (
	defaultHealth = "/health"
	defaultTasks  = "/tasks" // of those with a role that has tasks
)

// appReader reads `apps:`.
type appReader struct {
	*reader
	parser *words.Parser     // for what must not be a name; it knows no names yet
	places map[string]string // where it stands who serves users, and of which environment
	config *Config
}

// apps reads `apps:`, and holds the names to be clear: what is typed must never mean two things.
func (r *reader) apps(v value, parser *words.Parser, c *Config) *inventory.Inventory {
	a := appReader{r, parser, map[string]string{}, c}
	var apps []inventory.App
	for _, e := range r.entries(v) {
		apps = append(apps, a.app(e))
	}
	inv, wrong := inventory.New(apps)
	for _, m := range wrong {
		r.problems.List = append(r.problems.List, Problem{m.Line, m.Column, m.Text})
	}
	a.hidden(apps)
	return inv
}

func (r appReader) app(e entry) inventory.App {
	var k appKeys
	r.decode(e.value, &k)
	app := inventory.App{Name: r.name(e), Also: r.also(k.Also), Build: r.build(k.Build)}
	deploys := r.appDeploys(app, k)
	if k.Environments.node == nil {
		return app
	}
	base := job.Instance{App: app.Name.Text, Restart: k.Restart, Health: defaultHealth}
	if k.Health != "" {
		base.Health = r.below(e, "health", k.Health)
	}
	if k.Tasks != "" {
		r.below(e, "tasks", k.Tasks)
	} else {
		k.Tasks = defaultTasks
	}
	var lb *balancer
	if k.Traffic.node != nil {
		lb = r.balancer(k.Traffic)
	}
	environments := r.entries(k.Environments)
	for _, at := range environments {
		app.Environments = append(app.Environments, r.environment(at, base, lb, k.Tasks, deploys))
	}
	if len(environments) == 0 {
		r.at(k.Environments.node, "`%s` has no environments; without instances there is nothing to name", e.name())
	}
	return app
}

// environment reads the instances of an app in one environment. Among them stand other names of the environment (`also`),
// how it gets a version (`deploy`) and where users reach it (`url`).
func (r appReader) environment(e entry, base job.Instance, lb *balancer, tasks string, deploys deployed) inventory.Environment {
	env := inventory.Environment{Name: r.name(e)}
	base.Environment = env.Name.Text
	base.Traffic = r.in(lb, base.App, base.Environment)
	for _, at := range r.entries(e.value) {
		switch at.key {
		case "also":
			env.Also = r.also(at.value)
			continue
		case "deploy", "url":
			if r.noInstance(at) {
				deploys = r.environmentDeploys(e, at, deploys)
			}
			continue
		}
		env.Instances = append(env.Instances, r.instance(at, base, tasks))
	}
	if len(env.Instances) == 0 {
		r.at(e.keyNode, "`%s` has no instances", e.name())
	}
	r.backends(e, lb, env.Instances)
	r.config.remember(base.App, base.Environment, deploys)
	return env
}

func (r appReader) instance(e entry, i job.Instance, tasks string) inventory.Instance {
	var k instanceKeys
	r.decode(e.value, &k)
	in := inventory.Instance{Name: r.name(e), Also: r.also(k.Also)}
	i.Name, i.Host, i.Role = in.Name.Text, k.Host, k.Role
	if k.URL != "" {
		i.URL = r.url(e, k.URL)
	}
	if k.Icon != "" {
		if icon, ok := r.icon(e, k.Icon); ok {
			i.Icon, in.Also = icon.Text, append(in.Also, icon)
		}
	}
	if k.Health != "" {
		i.Health = r.below(e, "health", k.Health)
	}
	if k.Tasks != "" {
		i.Tasks = r.below(e, "tasks", k.Tasks)
	} else if i.Role == job.RoleCron {
		i.Tasks = tasks
	}
	if !i.Serves() {
		i.Traffic = job.Traffic{}
	}
	in.Job = i
	return in
}

// under is what stands under a key of an entry.
func (r appReader) under(e entry, key string) value {
	v, _, _ := step(e.value, key)
	return v
}

// url is where an instance answers: a scheme and a host. Paths have keys of their own.
func (r appReader) url(e entry, text string) string {
	u, err := url.Parse(text)
	v := r.under(e, "url")
	switch {
	case err != nil, u.Scheme != "http" && u.Scheme != "https", u.Hostname() == "":
		r.at(v.node, "%s is not an address; write one like http://app-1:8080", v.name())
	case u.User != nil: // without its text, which is a secret
		r.at(v.node, "%s must not contain a user or a password", v.name())
	case strings.Trim(u.Path, "/") != "", u.RawQuery != "", u.ForceQuery, u.Fragment != "":
		r.at(v.node, "%s must end after the host and its port; which path says how it is has a key of its own: health", v.name())
	default:
		return u.Scheme + "://" + u.Host
	}
	return ""
}

// below is a path below an instance's URL.
func (r appReader) below(e entry, key, text string) string {
	u, err := url.Parse(text)
	if err != nil || !strings.HasPrefix(text, "/") || strings.HasPrefix(text, "//") || u.Host != "" || u.Fragment != "" {
		v := r.under(e, key)
		r.at(v.node, "%s must be a path, such as /%s", v.name(), key)
		return ""
	}
	return text
}

// icon is an emoji, as Slack writes it, and a name of its instance.
func (r appReader) icon(e entry, text string) (inventory.Name, bool) {
	v := r.under(e, "icon")
	icon := inventory.Fold(text)
	if !regexp.MustCompile(`^:[a-z0-9_+'-]+:$`).MatchString(icon) {
		r.at(v.node, "%s: write an emoji as Slack does, \":sunny:\"", v.name())
		return inventory.Name{}, false
	}
	return r.called(v, icon), true
}
