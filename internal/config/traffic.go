package config

import (
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/pawl-ops/pawl/internal/inventory"
	"github.com/pawl-ops/pawl/job"
)

// maxTrafficScript is how many bytes the script of a load balancer may have: every plan about an instance carries it.
const maxTrafficScript = 16 << 10

// haproxyKeys and the following are what stands under `traffic:`, for each kind of load balancer. Texts may name {app} and
// {environment}.
type haproxyKeys struct {
	HAProxy job.Host `yaml:"haproxy" help:"the one of hosts HAProxy runs on"`
	Map     value    `yaml:"map,required" help:"the file there that says to which instance users are sent"`
	Socket  value    `yaml:"socket" help:"its admin socket; without it users can be seen and not moved"`
	Backend value    `yaml:"backend" help:"what an instance is called in the map"`
}

type nginxKeys struct {
	Nginx   job.Host `yaml:"nginx" help:"the one of hosts nginx runs on"`
	File    value    `yaml:"file,required" help:"the file there that its upstream includes"`
	Program value    `yaml:"program" help:"the full path of a program that tests and reloads nginx, called like nginx itself"`
}

type caddyKeys struct {
	Caddy value `yaml:"caddy" help:"the address of its admin API"`
	ID    value `yaml:"id,required" help:"the @id of its reverse_proxy handler"`
}

type balancerScriptKeys struct {
	Script value    `yaml:"script" help:"a script of your own that says who serves users, and moves them"`
	Host   job.Host `yaml:"host,required" help:"the one of hosts it runs on"`
}

// balancer is who decides which instances of an app serve users, before it is known of which environment.
type balancer struct {
	job.Traffic
	file    value // of Map or ID
	backend value // the name of a backend of HAProxy, with {instance} in it
	pattern string
}

// balancer reads `traffic:`: exactly one kind of load balancer, and what belongs to it.
func (r appReader) balancer(v value) *balancer {
	kinds := map[string]func(value, *balancer){
		job.TrafficHAProxy: r.haproxy, job.TrafficNginx: r.nginx, job.TrafficCaddy: r.caddy, job.TrafficScript: r.ownScript,
	}
	before := len(r.problems.List)
	entries := r.entries(v)
	if len(r.problems.List) > before && entries == nil {
		return nil
	}
	var found []entry
	for _, e := range entries {
		if kinds[e.key] != nil {
			found = append(found, e)
		}
	}
	if len(found) != 1 {
		at := v.node
		if len(found) > 1 {
			at = found[1].keyNode
		}
		r.at(at, "%s needs exactly one of `haproxy`, `nginx`, `caddy` and `script`: what sends users to an instance", v.name())
		return nil
	}
	b := &balancer{Traffic: job.Traffic{Kind: found[0].key}}
	kinds[b.Kind](v, b)
	return b
}

func (r appReader) haproxy(v value, b *balancer) {
	var k haproxyKeys
	r.decode(v, &k)
	b.Host, b.file, b.backend, b.pattern = k.HAProxy, k.Map, k.Backend, "{instance}"
	b.Socket = r.word(k.Socket, "the path of a socket", ",!:")
	if k.Socket.node != nil {
		b.Map = r.word(k.Map, "the path of a file", "", "app", "environment")
	} else if text, ok := r.text(k.Map); ok { // it is only read
		if b.Map = text; text == "" || strings.ContainsFunc(text, func(c rune) bool { return c < ' ' || c == 0x7f }) {
			r.at(k.Map.node, "%s must be the path of a file", k.Map.name())
		}
	}
	if k.Backend.node == nil {
		return
	}
	b.pattern = r.word(k.Backend, "the name of a backend", "", "app", "environment", "instance")
	if b.pattern != "" && !strings.Contains(b.pattern, "{instance}") {
		r.at(k.Backend.node, "%s must contain {instance}; otherwise all of them would be the same backend", k.Backend.name())
	}
}

func (r appReader) nginx(v value, b *balancer) {
	var k nginxKeys
	r.decode(v, &k)
	b.Host, b.file = k.Nginx, k.File
	b.Map = r.word(k.File, "the path of a file", "", "app", "environment")
	if b.Program = r.word(k.Program, "the path of a program", ""); b.Program != "" && !strings.HasPrefix(b.Program, "/") {
		r.at(k.Program.node, "%s must be a whole path, such as /usr/local/sbin/our-nginx", k.Program.name())
	}
}

func (r appReader) caddy(v value, b *balancer) {
	var k caddyKeys
	r.decode(v, &k)
	b.file = k.ID
	if b.ID = r.word(k.ID, "an id", "", "app", "environment"); b.ID != "" && !regexp.MustCompile(`^[A-Za-z0-9._{}-]+$`).MatchString(b.ID) {
		r.at(k.ID.node, "%s: use letters, digits, dots, dashes and _ for an id", k.ID.name())
	}
	text, ok := r.text(k.Caddy)
	if !ok {
		return
	}
	u, err := url.Parse(text)
	switch {
	case err != nil, u.Scheme != "http" && u.Scheme != "https", u.Hostname() == "":
		r.at(k.Caddy.node, "%s is not an address; write that of the admin API, such as http://lb:2019", k.Caddy.name())
	case u.User != nil: // without its text, which is a secret
		r.at(k.Caddy.node, "%s must not contain a user or a password", k.Caddy.name())
	case strings.Trim(u.Path, "/") != "", u.RawQuery != "", u.ForceQuery, u.Fragment != "":
		r.at(k.Caddy.node, "%s must end after the host and its port", k.Caddy.name())
	default:
		b.URL, b.Host.Name = u.Scheme+"://"+u.Host, u.Hostname()
	}
}

// ownScript reads a script of the company's own: its text now, so that a plan keeps it as it was.
func (r appReader) ownScript(v value, b *balancer) {
	var k balancerScriptKeys
	r.decode(v, &k)
	b.Host = k.Host
	_, b.Script = (&command{reader: r.reader, bodies: map[string]string{}}).script(k.Script)
	if len(b.Script) > maxTrafficScript {
		r.at(k.Script.node, "%s is longer than %d KiB", k.Script.name(), maxTrafficScript>>10)
	}
}

// word is a text that a script of ours puts into a file, a command of a load balancer or a path, with names in braces.
func (r appReader) word(v value, what, not string, names ...string) string {
	if v.node == nil {
		return ""
	}
	text, ok := r.text(v)
	if !ok {
		return ""
	}
	bare := text
	for _, name := range names {
		bare = strings.ReplaceAll(bare, "{"+name+"}", "x")
	}
	if found := regexp.MustCompile(`\{[^{}]*\}`).FindString(bare); found != "" {
		accepted := "nothing in braces is replaced here"
		if len(names) > 0 {
			accepted = "accepted: {" + strings.Join(names, "}, {") + "}"
		}
		r.at(v.node, "%s: `%s` is nothing I know (%s)", v.name(), shorten(found), accepted)
		return ""
	}
	if bare == "" || strings.ContainsFunc(bare, func(c rune) bool { return c <= ' ' || c == 0x7f || strings.ContainsRune(`;\"'<#{}$`+not, c) }) {
		r.at(v.node, "%s must be %s, in one word and without quotes", v.name(), what)
		return ""
	}
	return text
}

// in is who decides in one environment. The same place for two environments is a mistake: the users of one would follow the
// other's.
func (r appReader) in(b *balancer, app, environment string) job.Traffic {
	if b == nil {
		return job.Traffic{}
	}
	t := b.Traffic
	fill := strings.NewReplacer("{app}", app, "{environment}", environment)
	t.Key, t.Map, t.ID = job.EnvironmentKey(app, environment), fill.Replace(t.Map), fill.Replace(t.ID)
	if t.Kind != job.TrafficNginx && t.Kind != job.TrafficCaddy || t.Map+t.ID == "" {
		return t
	}
	place := strings.Join([]string{t.Kind, t.Host.Name, t.URL, t.Map, t.ID}, "\x00")
	if other, taken := r.places[place]; taken {
		r.at(b.file.node, "%s: `%s` is that of %s already, and would be that of %s; write {environment} into it", b.file.name(), t.Map+t.ID, other, t.Key)
	}
	r.places[place] = t.Key
	return t
}

// backends gives every instance that takes turns what the load balancer knows it by, and tells each of all.
func (r appReader) backends(e entry, b *balancer, all []inventory.Instance) {
	if b == nil {
		return
	}
	names := map[string]string{}
	for _, i := range all {
		if !i.Job.Serves() {
			continue
		}
		name := i.Job.Name
		switch b.Kind {
		case job.TrafficHAProxy:
			name = strings.NewReplacer("{app}", i.Job.App, "{environment}", i.Job.Environment, "{instance}", i.Job.Name).Replace(b.pattern)
		case job.TrafficNginx, job.TrafficCaddy:
			name = dialed(i.Job.URL)
		}
		if name != "" {
			names[i.Job.Name] = name
		}
	}
	var taken []string
	for _, instance := range slices.Sorted(maps.Keys(names)) {
		name := names[instance]
		if _, other := names[name]; slices.Contains(taken, name) || other && name != instance {
			r.at(e.keyNode, "`%s`: the load balancer cannot tell %s from another instance, `%s` is both", e.name(), instance, name)
		}
		taken = append(taken, name)
	}
	for n := range all {
		if all[n].Job.Serves() {
			all[n].Job.Traffic.Backends = names
		}
	}
}

// dialed is the host and port of a URL.
func dialed(text string) string {
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Host == "":
		return ""
	case u.Port() != "":
		return u.Host
	case u.Scheme == "https":
		return u.Host + ":443"
	}
	return u.Host + ":80"
}
