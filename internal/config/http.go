package config

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"

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
	Method  value         `yaml:"method"`
	URL     value         `yaml:"url,required" help:"the address"`
	Headers value         `yaml:"headers"`
	Body    value         `yaml:"body"`
	JSON    value         `yaml:"json"`
	Form    value         `yaml:"form"`
	Expect  value         `yaml:"expect"`
	Holds   value         `yaml:"holds"`
	Line    value         `yaml:"line"`
	Retries int           `yaml:"retries"`
	Within  time.Duration `yaml:"within"`
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

// headers reads headers. A value is a text, or names a secret.
func (m *command) headers(v value, s *job.HTTPStep) {
	if v.node == nil {
		return
	}
	seen := map[string]string{}
	for _, e := range m.entries(v) {
		m.headerName(e.value, e.key)
		name := http.CanonicalHeaderKey(e.key)
		if other, twice := seen[name]; twice {
			m.at(e.keyNode, "%s is the header `%s` again", e.value.name(), other)
			continue
		}
		seen[name] = e.key
		if slices.Contains([]string{"Host", "Content-Length", "Transfer-Encoding", "Connection", "Idempotency-Key", "Trailer", "Upgrade", "Te"}, name) {
			m.at(e.keyNode, "%s: this header is set by Pawl", e.value.name())
			continue
		}
		if _, mapping := pairsOf(e.value.node); mapping {
			if s.Secrets == nil {
				s.Secrets = map[string]job.SecretRef{}
			}
			s.Secrets[name] = m.secretRef(e.value)
			continue
		}
		if slices.Contains([]string{"Authorization", "Proxy-Authorization", "Cookie"}, name) {
			m.at(e.value.node, "%s is a secret and never stands in this file; write {env: NAME} or {file: PATH}", e.value.name())
			continue
		}
		text := m.filled(e.value)
		if strings.ContainsFunc(string(text), func(c rune) bool { return c < ' ' || c == 0x7f }) {
			m.at(e.value.node, "%s must be one line of text", e.value.name())
		}
		if s.Headers == nil {
			s.Headers = map[string]job.Text{}
		}
		s.Headers[name] = text
	}
}

// secretRef reads {env: NAME} or {file: PATH}, holds it to be there now, and keeps only where it is.
func (r *reader) secretRef(v value) job.SecretRef {
	before := len(r.problems.List)
	r.secret(v)
	if len(r.problems.List) > before {
		return job.SecretRef{}
	}
	if env, _, ok := step(v, "env"); ok {
		name, _ := r.text(env)
		return job.SecretRef{Env: name}
	}
	file, _, _ := step(v, "file")
	path, _ := r.text(file)
	return job.SecretRef{File: r.path(path)}
}

// body reads what is sent: `json`, `form` or a text.
func (m *command) body(v value, k httpKeys, s *job.HTTPStep) {
	said := ""
	for _, one := range []struct {
		key string
		v   value
	}{{"body", k.Body}, {"json", k.JSON}, {"form", k.Form}} {
		switch {
		case one.v.node == nil:
		case said != "":
			m.at(one.v.node, "%s: there is `%s` already; write one of `body`, `json` and `form`", one.v.name(), said)
		default:
			said = one.key
		}
	}
	switch said {
	case "json":
		s.Kind = bodyJSON
		s.Body = m.jsonBody(k.JSON)
	case "form":
		s.Kind = bodyForm
		s.Body = m.formBody(k.Form)
	case "body":
		s.Kind, s.Body = bodyText, m.filled(k.Body)
		if trimmed := strings.TrimSpace(string(s.Body)); strings.HasPrefix(trimmed, "{") && !strings.HasPrefix(trimmed, "{"+firstName(s.Body)+"}") || strings.HasPrefix(trimmed, "[") {
			s.Kind = bodyJSON
		}
	}
	if s.Kind == bodyJSON && s.Body != "" && !json.Valid([]byte(fillWith(s.Body, "0"))) {
		at := k.JSON
		if at.node == nil {
			at = k.Body
		}
		m.at(at.node, "%s is not JSON once the arguments stand in it", at.name())
	}
	if len(s.Body) > maxFilled {
		m.at(v.node, "%s: what is sent is longer than %d KiB", v.name(), maxFilled>>10)
	}
}

func firstName(t job.Text) string {
	if names := t.Names(); len(names) > 0 {
		return names[0]
	}
	return ""
}

// jsonBody writes as JSON what stands there as YAML. A number that is nothing but an argument is a number; everything else
// that names arguments is a text.
func (m *command) jsonBody(v value) job.Text {
	node, ok := m.plain(v)
	if !ok {
		return ""
	}
	if _, isText := textOf(v); isText { // JSON as a text
		return m.filled(v)
	}
	var b strings.Builder
	m.writeJSON(&b, value{node, v.path})
	return job.Text(b.String())
}

func (m *command) writeJSON(b *strings.Builder, v value) {
	if _, null := v.node.(*ast.NullNode); null {
		b.WriteString("null")
		return
	}
	node, ok := m.plain(v)
	if !ok {
		b.WriteString("null")
		return
	}
	if _, mapping := pairsOf(node); mapping {
		b.WriteByte('{')
		for i, e := range m.entries(v) {
			if i > 0 {
				b.WriteByte(',')
			}
			b.WriteString(quoteJSON(e.key) + ":")
			m.named(value{e.keyNode, e.value.path}, e.key)
			m.writeJSON(b, e.value)
		}
		b.WriteByte('}')
		return
	}
	switch n := node.(type) {
	case *ast.SequenceNode:
		b.WriteByte('[')
		for i, item := range m.items(v) {
			if i > 0 {
				b.WriteByte(',')
			}
			m.writeJSON(b, item)
		}
		b.WriteByte(']')
	case *ast.BoolNode:
		b.WriteString(strconv.FormatBool(n.Value))
	case *ast.IntegerNode, *ast.FloatNode:
		if text := node.GetToken().Value; json.Valid([]byte(text)) {
			b.WriteString(text)
			return
		}
		m.at(v.node, "%s must be a number in plain digits", v.name())
		b.WriteByte('0')
	default:
		text := m.filled(v)
		if p, ok := m.param(strings.Trim(string(text), "{}")); ok && p.Type == job.TypeNumber && string(text) == "{"+p.Name+"}" {
			b.WriteString(string(text))
			if !m.always(p.Name) {
				m.at(v.node, "%s: `{%s}` may be left out, and nothing is no number; give it a default", v.name(), p.Name)
			}
			return
		}
		b.WriteString(quoteJSON(string(text)))
	}
}

// quoteJSON is a text in quotes. Only what must be escaped is, so that names of arguments stay as they are.
func quoteJSON(text string) string {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(text); err != nil {
		return `""`
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// formBody writes names with values as a form. What the file says is encoded now; names of arguments stay as they are.
func (m *command) formBody(v value) job.Text {
	var parts []string
	for _, e := range m.entries(v) {
		text := m.filled(e.value)
		m.named(value{e.keyNode, e.value.path}, e.key)
		parts = append(parts, url.QueryEscape(e.key)+"="+escapeAround(text))
	}
	return job.Text(strings.Join(parts, "&"))
}

// escapeAround encodes a text for a form, except for the names of arguments in it.
func escapeAround(t job.Text) string {
	text, mark := string(t), regexp.MustCompile(`\{[a-z][a-z0-9_]*\}`)
	var b strings.Builder
	for at := mark.FindStringIndex(text); at != nil; at = mark.FindStringIndex(text) {
		b.WriteString(url.QueryEscape(text[:at[0]]) + text[at[0]:at[1]])
		text = text[at[1]:]
	}
	return b.String() + url.QueryEscape(text)
}

// statuses reads which answers are good: 200, 2xx, "200, 404", [200, 404].
func (r *reader) statuses(v value) (all []job.StatusRange) {
	if v.node == nil {
		return nil
	}
	for _, item := range r.items(v) {
		node, ok := r.plain(item)
		if !ok {
			continue
		}
		text := node.GetToken().Value
		if !isNumber(node) {
			if text, ok = textOf(item); !ok {
				r.wrong(item, "a status such as 200, 2xx or \"200, 404\"")
				continue
			}
		}
		for one := range strings.SplitSeq(text, ",") {
			s, err := status(strings.TrimSpace(one))
			if err != nil {
				r.at(item.node, "%s: %v", item.name(), err)
				continue
			}
			all = append(all, s)
		}
	}
	return all
}

func status(text string) (job.StatusRange, error) {
	if m := regexp.MustCompile(`^([2-5])(?:xx|XX)$`).FindStringSubmatch(text); m != nil {
		first := int(m[1][0]-'0') * 100
		return job.StatusRange{From: first, To: first + 99}, nil
	}
	if n, err := strconv.Atoi(text); err == nil && n >= 200 && n <= 599 && len(text) == 3 {
		return job.StatusRange{From: n, To: n}, nil
	}
	return job.StatusRange{}, fmt.Errorf("`%s` is not a status; write one such as 200, 2xx or \"200, 404\"", text)
}

// textOf is the text of a value, without a word when it is none.
func textOf(v value) (string, bool) {
	switch n := v.node.(type) {
	case *ast.StringNode:
		return n.Value, true
	case *ast.LiteralNode:
		return n.Value.Value, true
	}
	return "", false
}
