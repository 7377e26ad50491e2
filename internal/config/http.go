package config

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/pawl-ops/pawl/job"
)

// Defaults and limits of a call over HTTP.
const (
	callWithin  = 30 * time.Second
	maxWithin   = 10 * time.Minute
	callRetries = 2 // of what only looks: GET and HEAD
	maxRetries  = 10
)

// Ways to encode a body.
const (
	bodyJSON = "json"
	bodyForm = "form"
	bodyText = "text"
)

func methods() []string { return []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"} }

// httpKeys is what stands under `http`.
type httpKeys struct {
	Method  value         `yaml:"method" help:"what is done there"`
	URL     value         `yaml:"url,required" help:"the address"`
	Headers value         `yaml:"headers" help:"headers; a value is a text, or a secret"`
	Body    value         `yaml:"body" help:"a text that is sent"`
	JSON    value         `yaml:"json" help:"what is sent as JSON, written as YAML"`
	Form    value         `yaml:"form" help:"names with values that are sent as a form"`
	Expect  value         `yaml:"expect" help:"which answers are good"`
	Holds   value         `yaml:"holds" help:"jq on the answer that must be true"`
	Line    value         `yaml:"line" help:"jq on the answer that makes a line for people"`
	Retries int           `yaml:"retries" help:"how often it is tried again by itself"`
	Within  time.Duration `yaml:"within" help:"how long an answer may take"`
}

// httpStep reads a call: a method and an address, or more about it.
func (m *command) httpStep(v value) *job.HTTPStep { return m.call(v, "") }

// pageToWaitFor reads an address that is looked at again and again.
func (m *command) pageToWaitFor(v value) *job.HTTPStep {
	s := m.call(v, http.MethodGet)
	if s == nil {
		return nil
	}
	if s.Method != http.MethodGet && s.Method != http.MethodHead {
		m.at(v.node, "%s: what is waited for is looked at again and again, and %s does something each time; only GET and HEAD can be waited for", v.name(), s.Method)
	}
	s.Retries = 0
	if retries, _, ok := step(v, "retries"); ok {
		m.at(retries.node, "%s says nothing here: it is asked until it is well, or until `within` is over", retries.name())
	}
	return s
}

// call reads a call. Without a method it is the one given; empty: one must be there.
func (m *command) call(v value, method string) *job.HTTPStep {
	s := &job.HTTPStep{Method: method, Within: callWithin}
	k := httpKeys{Within: callWithin, Retries: -1}
	if _, mapping := pairsOf(v.node); !mapping {
		text, ok := m.text(v)
		if !ok {
			return s
		}
		verb, address, both := strings.Cut(strings.TrimSpace(text), " ")
		if !both && method != "" {
			verb, address = method, verb
		} else if !both {
			m.at(v.node, "%s must be a method and an address, such as POST https://shop.acme.test/warm", v.name())
			return s
		}
		s.Method, s.URL = m.method(v, verb), m.address(v, strings.TrimSpace(address))
	} else {
		m.decode(v, &k)
		m.headers(k.Headers, s)
		m.body(v, k, s)
		if k.URL.node != nil {
			if text, ok := m.text(k.URL); ok {
				s.URL = m.address(k.URL, text)
			}
		}
		if k.Method.node != nil {
			if text, ok := m.text(k.Method); ok {
				s.Method = m.method(k.Method, text)
			}
		} else if method == "" {
			s.Method = http.MethodGet
			if s.Kind != "" {
				s.Method = http.MethodPost
			}
		}
		s.Expect = job.Expected{Status: m.statuses(k.Expect), Holds: m.program(k.Holds)}
		s.Line, s.Within = m.program(k.Line), k.Within
		if within, _, ok := step(v, "within"); ok && (k.Within < time.Second || k.Within > maxWithin) {
			m.at(within.node, "%s must be from 1 second to 10 minutes", within.name())
		}
	}
	m.again(v, k, s)
	if b := s.Method == http.MethodGet || s.Method == http.MethodHead; b && s.Kind != "" {
		m.at(v.node, "%s: %s has no body", v.name(), s.Method)
	}
	return s
}

// again reads how often a call is tried again by itself. What does something is tried again only when the file says so.
func (m *command) again(v value, k httpKeys, s *job.HTTPStep) {
	looks := s.Method == http.MethodGet || s.Method == http.MethodHead
	retries, _, said := step(v, "retries")
	switch {
	case said && (k.Retries < 0 || k.Retries > maxRetries):
		m.at(retries.node, "%s must be between 0 and %d", retries.name(), maxRetries)
	case said && m.once && k.Retries > 0:
		m.at(retries.node, "%s: the step is `once`, so it is never tried again by itself", retries.name())
	case said:
		s.Retries = k.Retries
	case looks && !m.once:
		s.Retries = callRetries
	}
}

func (m *command) method(v value, text string) string {
	method := strings.ToUpper(text)
	if !slices.Contains(methods(), method) {
		m.at(v.node, "%s: `%s` is not a method%s", v.name(), text, choose(method, methods()))
		return http.MethodGet
	}
	return method
}

// address holds a URL to what may stand there: no password, and no argument where it could choose whom we talk to.
func (m *command) address(v value, text string) job.Text {
	m.named(v, text)
	t := job.Text(text)
	scheme, rest, found := strings.Cut(text, "://")
	host, path, _ := strings.Cut(rest, "/")
	if i := strings.IndexAny(host, "?#"); i >= 0 {
		host, path = host[:i], host[i:]
	}
	u, err := url.Parse(fillWith(t, "x"))
	switch {
	case strings.ContainsAny(scheme, "{}"), found && strings.ContainsAny(host, "{}"):
		m.at(v.node, "%s: an argument cannot be part of whom is called; it may stand behind the first / of the path, in the query, in a header or in the body", v.name())
	case err != nil, u.Scheme != "http" && u.Scheme != "https", u.Hostname() == "", u.Fragment != "", strings.ContainsAny(text, " \t\r\n"):
		m.at(v.node, "%s is not an address; write one like https://shop.acme.test/warm", v.name())
	case u.User != nil: // without its text, which is a secret
		m.at(v.node, "%s must not contain a user or a password; write `headers: {Authorization: {env: SHOP_TOKEN}}`", v.name())
	default:
		path, _, _ = strings.Cut(path, "?")
		for _, name := range job.Text(path).Names() {
			if !m.always(name) {
				m.at(v.node, "%s: `{%s}` may be left out, and nothing would stand in the path; give it a default", v.name(), name)
			}
		}
		return t
	}
	return ""
}

// fillWith puts the same text in the place of every argument.
func fillWith(t job.Text, with string) string {
	args := map[string]string{}
	for _, name := range t.Names() {
		args[name] = with
	}
	return t.Fill(args, nil)
}
