package pages

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/pawl-ops/pawl/job"
)

// Mistake is one thing that is wrong with a source as it was declared.
type Mistake struct {
	Field string // as in pawl.yaml: "url", "records", "next", "total", "paging", "param", "size", "headers", "token"
	Why   string
}

// Mistakes are all of them. As an error they are one sentence each.
type Mistakes []Mistake

// Error gives a line for each.
func (m Mistakes) Error() string {
	lines := make([]string, len(m))
	for i, one := range m {
		lines[i] = one.Field + ": " + one.Why
	}
	return strings.Join(lines, "\n")
}

func (m *Mistakes) add(field, format string, args ...any) {
	*m = append(*m, Mistake{Field: field, Why: fmt.Sprintf(format, args...)})
}

// address checks where the source is.
func (m *Mistakes) address(text string) *url.URL {
	u, err := url.Parse(text)
	switch {
	case err != nil:
		// The error of url.Parse repeats the address, which may hold a password.
		m.add("url", "this is no address: it cannot be read")
	case u.Scheme != "http" && u.Scheme != "https":
		m.add("url", "an address begins with https:// or http://")
	case u.Hostname() == "":
		m.add("url", "the address names no host")
	case u.User != nil:
		m.add("url", "a user or a password in the address would be seen by everybody: use token")
	default:
		u.Fragment, u.RawFragment = "", ""
		return u
	}
	return nil
}

// paging checks that what a way of paging needs is there, and that nothing is which it would not look at.
func (m *Mistakes) paging(src job.Source, base *url.URL) {
	p := src.Paging
	ways := []string{job.ByCursor, job.ByLink, job.ByOffset, job.OnePage}
	if !slices.Contains(ways, p.By) {
		m.add("paging", "%q is no way of paging, there are %s", p.By, strings.Join(ways, ", "))
		return
	}
	byParam := p.By == job.ByCursor || p.By == job.ByOffset
	if byParam && p.Param == "" {
		m.add("param", "the query parameter that carries the %s is missing", p.By)
	}
	if !byParam && p.Param != "" {
		m.add("param", "paging by %s needs no parameter", p.By)
	}
	if p.Next != "" && (p.By == job.ByOffset || p.By == job.OnePage) {
		m.add("next", "paging by %s does not look at what the page says comes next", p.By)
	}
	if p.Size < 0 {
		m.add("size", "%d is no number of records", p.Size)
	}
	if (p.Size > 0) != (p.SizeParam != "") {
		m.add("size", "the number of records a page and the parameter that carries it belong together")
	}
	for _, name := range []string{p.Param, p.SizeParam} {
		if base != nil && name != "" && base.Query().Has(name) {
			m.add("url", "%s is in the address already, and paging sets it", name)
		}
	}
	if p.Param != "" && p.Param == p.SizeParam {
		m.add("param", "%s cannot carry the %s and the number of records", p.Param, p.By)
	}
}

// headers checks what would otherwise only be noticed by the first request, which must then not be shown.
func (m *Mistakes) headers(src job.Source, token job.Secret) {
	for _, name := range slices.Sorted(maps.Keys(src.Headers)) {
		if !headerName(name) {
			m.add("headers", "%q cannot be the name of a header", name)
		} else if !headerValue(src.Headers[name]) {
			m.add("headers", "the value of %s has a line break or another character that no header may have", name)
		}
	}
	if src.Header != "" && !headerName(src.Header) {
		m.add("token", "%q cannot be the name of a header", src.Header)
	}
	if !headerValue(token.Reveal()) {
		m.add("token", "the token has a line break or another character that no header may have")
	}
}

// query compiles one of the jq of a source.
func (m *Mistakes) query(field, text string, needed bool) *query {
	if strings.TrimSpace(text) == "" {
		if needed {
			m.add(field, "this jq is missing")
		}
		return nil
	}
	q, err := compile(text)
	if err != nil {
		m.add(field, "%s", err)
		return nil
	}
	return q
}

// headerName reports whether this is a token of RFC 9110, section 5.6.2.
func headerName(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool {
		return !('a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || strings.ContainsRune("!#$%&'*+-.^_`|~", r))
	})
}

func headerValue(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f })
}
