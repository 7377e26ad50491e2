package config

import (
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/pawl-ops/pawl/job"
)

// Limits of a step that is a script.
const (
	maxScript = 64 << 10 // bytes: it travels with its run, and over the wire with every host
	maxHosts  = 100
)

// scriptStepKeys is a step that is a script: what belongs to it stands beside it.
type scriptStepKeys struct {
	Script    value `yaml:"script,required" help:"a script for sh"`
	Host      value `yaml:"host" help:"the one of hosts it runs on"`
	Hosts     value `yaml:"hosts" help:"several of hosts it runs on, each once"`
	Rolling   int   `yaml:"rolling" help:"on so many hosts at a time; on all at once when not given"`
	AtFailure value `yaml:"at failure" help:"whether the other hosts go on where one fails"`
	Args      value `yaml:"args" help:"variables of the shell that it gets besides the arguments"`
}

// scriptKeys are the keys that belong to `script` and stand beside it.
func scriptKeys() []string {
	return slices.DeleteFunc(keys(fieldsOf(reflect.TypeFor[scriptStepKeys]())), func(key string) bool { return key == "script" })
}

// failures are what may stand under `at failure`: what becomes of the other hosts.
func failures() []string { return []string{failStop, failGoOn} }

const (
	failStop = "stop"
	failGoOn = "go on"
)

// scriptStep reads what a script is, and where and how it runs. The script is read now: a run keeps it as it was.
func (m *command) scriptStep(v value) *job.ScriptStep {
	at := func(key string) (found value) {
		if one, _, ok := step(v, key); ok {
			found = one
		}
		return found
	}
	s := &job.ScriptStep{}
	s.File, s.Body = m.script(at("script"))
	host, hosts := at("host"), at("hosts")
	switch {
	case host.node != nil && hosts.node != nil:
		m.at(hosts.node, "%s: there is a `host` already; write one of the two", hosts.name())
	case host.node != nil:
		s.Hosts = []job.Host{m.hostNamed(host)}
	case hosts.node != nil:
		s.Hosts = m.hostsNamed(hosts)
	default:
		m.at(v.node, "%s needs `host` or `hosts`: where the script runs", v.name())
	}
	if rolling := at("rolling"); rolling.node != nil {
		m.decode(rolling, &s.Rolling)
		if _, number := m.plain(rolling); number && (s.Rolling < 1 || s.Rolling > maxHosts) && kind(rolling.node) == kindNumber {
			m.at(rolling.node, "%s must be between 1 and %d: on so many hosts at a time", rolling.name(), maxHosts)
		}
		if len(s.Hosts) < 2 {
			m.at(rolling.node, "%s says nothing with one host", rolling.name())
		}
	}
	if failure := at("at failure"); failure.node != nil {
		if text, ok := m.text(failure); ok {
			s.GoOn = m.meant(failure, text, field{oneof: failures()}) == failGoOn
		}
		if len(s.Hosts) < 2 {
			m.at(failure.node, "%s is about the other hosts, and there is one", failure.name())
		}
	}
	if args := at("args"); args.node != nil {
		s.Args = m.scriptArgs(args)
	}
	return s
}

// script reads the text of a script.
func (m *command) script(v value) (file, body string) {
	file, ok := m.text(v)
	if !ok {
		return "", ""
	}
	path := m.path(file)
	if body, ok = m.bodies[path]; ok {
		return file, body
	}
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() { // a pipe would be waited for
		m.at(v.node, "%s: `%s` is not a file", v.name(), file)
		return file, ""
	}
	content, err := readFile(path, maxScript)
	body = string(content)
	switch {
	case os.IsNotExist(err):
		m.at(v.node, "%s: there is no file `%s` (looked for %s)", v.name(), file, path)
	case err != nil:
		m.at(v.node, "%s: `%s` cannot be read: %v", v.name(), file, reason(err))
	case strings.TrimSpace(body) == "":
		m.at(v.node, "%s: `%s` is empty", v.name(), file)
	case !utf8.ValidString(body), strings.ContainsRune(body, 0):
		m.at(v.node, "%s: `%s` is not a text; a script for `sh` is read here", v.name(), file)
	case strings.Contains(body, "\r\n"):
		m.at(v.node, "%s: `%s` has the line ends of Windows, and no host would understand it; save it with those of Unix", v.name(), file)
	case !forShell(body):
		first, _, _ := strings.Cut(body, "\n")
		m.at(v.node, "%s: `%s` begins with `%s`, and is run by `sh` whatever stands there; call such a program from a script for `sh`", v.name(), file, shorten(first))
	}
	m.bodies[path] = body
	return file, body
}

// forShell reports whether the first line of a script does not ask for something else than sh.
func forShell(body string) bool {
	first, _, _ := strings.Cut(body, "\n")
	return !strings.HasPrefix(first, "#!") || regexp.MustCompile(`[/ ](sh|dash|ash|ksh)\b`).MatchString(first)
}

// shorten keeps what is quoted from a file within a line.
func shorten(text string) string {
	const most = 40
	text = strings.Map(func(c rune) rune {
		if c < ' ' || c == 0x7f || c == '`' {
			return ' '
		}
		return c
	}, text)
	if r := []rune(text); len(r) > most {
		return string(r[:most]) + "..."
	}
	return strings.TrimSpace(text)
}

// hostsNamed are hosts by their names, each once.
func (m *command) hostsNamed(v value) (hosts []job.Host) {
	items := m.items(v)
	for _, item := range items {
		h := m.hostNamed(item)
		switch {
		case h.Name == "":
		case slices.Contains(hosts, h):
			m.at(item.node, "%s: `%s` is here twice", item.name(), h.Name)
		default:
			hosts = append(hosts, h)
		}
	}
	switch {
	case len(items) == 0:
		m.at(v.node, "%s has no hosts", v.name())
	case len(items) > maxHosts:
		m.at(v.node, "%s: these are %d hosts, at most %d are possible in one step", v.name(), len(items), maxHosts)
	}
	return hosts
}

// scriptArgs are what a script gets besides the arguments of the run. They are variables of the shell.
func (m *command) scriptArgs(v value) map[string]job.Text {
	args := map[string]job.Text{}
	for _, e := range m.entries(v) {
		text := m.filled(e.value)
		switch {
		case !regexp.MustCompile(variables).MatchString(e.key):
			m.at(e.keyNode, "%s: a variable of the shell has letters, digits and _, such as CACHE_DIR", e.value.name())
		case strings.HasPrefix(e.key, "PAWL_"), reserved(strings.ToUpper(e.key)) && len(text.Names()) > 0:
			m.at(e.keyNode, "%s: %s means something else to programs; choose another name", e.value.name(), e.key)
		case slices.ContainsFunc(m.params, func(p job.Param) bool { return job.Variable(p.Name) == e.key }):
			m.at(e.keyNode, "%s: the argument `%s` is there under this name already", e.value.name(), strings.ToLower(e.key))
		}
		args[e.key] = text
	}
	return args
}
