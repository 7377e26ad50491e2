package config

import (
	"encoding/json"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/pawl-ops/pawl/job"
)

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
