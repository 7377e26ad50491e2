package config

import (
	"net/http"
	"slices"
	"strings"

	"github.com/pawl-ops/pawl/job"
)

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
