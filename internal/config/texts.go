package config

import (
	"regexp"
	"slices"
	"strings"

	"github.com/pawl-ops/pawl/job"
)

// maxFilled is how many bytes a text may have that arguments are put into.
const maxFilled = 16 << 10

// filled is a text that may name arguments. Names that are none are mistakes: a misspelt one would reach the
// world as it stands.
func (m *command) filled(v value) job.Text {
	if v.node == nil {
		return ""
	}
	text, ok := m.text(v)
	if !ok {
		return ""
	}
	if len(text) > maxFilled {
		m.at(v.node, "%s is longer than %d KiB", v.name(), maxFilled>>10)
		return ""
	}
	m.named(v, text)
	return job.Text(text)
}

// argumentIn matches what is meant as an argument, also when no argument can be called so.
var argumentIn = regexp.MustCompile(`\{([A-Za-z][A-Za-z0-9_-]*)\}`)

// named holds the names in a text to the declared arguments.
func (m *command) named(v value, text string) {
	var names []string
	for _, p := range m.params {
		names = append(names, p.Name)
	}
	said := map[string]bool{}
	for _, found := range argumentIn.FindAllStringSubmatch(text, -1) {
		name := found[1]
		if slices.Contains(names, name) || said[name] {
			continue
		}
		said[name] = true
		if len(names) == 0 {
			m.at(v.node, "%s: `{%s}` is no argument, and `%s` has none; they stand under `arguments`", v.name(), name, m.name)
			continue
		}
		m.at(v.node, "%s: `{%s}` is no argument of `%s`%s", v.name(), name, m.name, choose(name, names))
	}
}

// spoken is a filled text for people.
func (m *command) spoken(v value) job.Text {
	t := m.filled(v)
	if text, ok := m.text(v); ok && strings.TrimSpace(text) == "" {
		m.at(v.node, "%s is empty; write a sentence", v.name())
	}
	return t
}

// always reports whether an argument always has a value.
func (m *command) always(name string) bool {
	p, ok := m.param(name)
	return !ok || !p.Optional || p.Default != ""
}

// reserved reports whether a variable changes how programs run, so that what somebody types must not become it.
func reserved(variable string) bool {
	for _, prefix := range []string{"LD_", "DYLD_", "LC_", "BASH", "PAWL_", "GIT_CONFIG"} {
		if strings.HasPrefix(variable, prefix) {
			return true
		}
	}
	return slices.Contains([]string{
		"PATH", "HOME", "SHELL", "USER", "LOGNAME", "PWD", "OLDPWD", "IFS", "ENV", "CDPATH", "FPATH", "PS1", "PS2", "PS3", "PS4", "OPTIND", "OPTARG", "PPID",
		"TERM", "LANG", "LANGUAGE", "TZ", "TMPDIR", "EDITOR", "VISUAL", "PAGER", "MAIL", "HOSTALIASES", "LOCPATH", "NLSPATH", "GCONV_PATH",
		"HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "PYTHONPATH", "PYTHONHOME", "PYTHONSTARTUP", "PERL5LIB", "PERL5OPT", "PERLLIB",
		"RUBYLIB", "RUBYOPT", "NODE_OPTIONS", "NODE_PATH", "JAVA_TOOL_OPTIONS", "GIT_DIR", "GIT_SSH", "GIT_SSH_COMMAND", "GIT_EXEC_PATH",
		"GIT_WORK_TREE", "GIT_EDITOR", "GIT_PAGER", "GIT_ASKPASS", "SSH_ASKPASS", "SSH_AUTH_SOCK",
	}, variable)
}
