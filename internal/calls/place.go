package calls

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/pawl-ops/pawl/job"
)

// Kinds of bodies, as job.HTTPStep has them.
const (
	kindJSON = "json"
	kindForm = "form"
)

// address fills the arguments of a URL in: in the path each stays part of its segment, in the query each is a value.
func address(t job.Text, args map[string]string) (string, error) {
	scheme, rest, found := strings.Cut(string(t), "://")
	at := strings.IndexAny(rest, "/?#")
	if at < 0 {
		at = len(rest)
	}
	host, rest := rest[:at], rest[at:]
	if !found || len(job.Text(scheme).Names())+len(job.Text(host).Names()) > 0 {
		return "", errors.New("an argument stands where it would choose whom is called")
	}
	path, query, asked := strings.Cut(rest, "?")
	var segments []string
	for segment := range strings.SplitSeq(path, "/") {
		filled, err := pathSegment(job.Text(segment), args)
		if err != nil {
			return "", err
		}
		segments = append(segments, filled)
	}
	to := scheme + "://" + host + strings.Join(segments, "/")
	if asked {
		to += "?" + job.Text(query).Fill(args, url.QueryEscape)
	}
	return to, nil
}

// pathSegment fills a segment of a path. What would make servers on the way go up in the path, or drop the segment, is
// refused, also in the forms that some of them decode (%2F, %5C): RFC 3986, section 3.3.
func pathSegment(t job.Text, args map[string]string) (string, error) {
	names := t.Names()
	if len(names) == 0 {
		return string(t), nil
	}
	for _, name := range names {
		if value, given := args[name]; given && value == "" {
			return "", fmt.Errorf("the %s was left out, and the address needs it", name)
		}
	}
	parts := strings.FieldsFunc(t.Fill(args, nil), func(c rune) bool { return c == '/' || c == '\\' })
	if len(parts) == 0 || slices.ContainsFunc(parts, func(p string) bool { return p == "." || p == ".." }) {
		return "", fmt.Errorf("the %s would lead to another address", strings.Join(names, ", "))
	}
	return t.Fill(args, url.PathEscape), nil
}

// body fills the arguments of a body in, and says what kind of content it is.
func body(s job.HTTPStep, args map[string]string) (content, kind string, err error) {
	switch {
	case s.Body == "" && s.Kind == "":
		return "", "", nil
	case s.Kind == kindJSON:
		content = fillJSON(string(s.Body), args)
		if !json.Valid([]byte(content)) {
			return "", "", errors.New("what would be sent is not JSON")
		}
		return content, "application/json", nil
	case s.Kind == kindForm:
		return s.Body.Fill(args, url.QueryEscape), "application/x-www-form-urlencoded", nil
	}
	return s.Body.Fill(args, nil), "text/plain; charset=utf-8", nil
}

var (
	argument = regexp.MustCompile(`^\{([a-z][a-z0-9_]*)\}`)
	integer  = regexp.MustCompile(`^(0|-?[1-9][0-9]{0,17})$`)
)

// fillJSON fills the arguments of JSON in. Within quotes an argument is part of that text; by itself it is a number when it
// is written as a whole number, and a text otherwise.
func fillJSON(template string, args map[string]string) string {
	var b strings.Builder
	quoted := false
	for i := 0; i < len(template); {
		c := template[i]
		if c == '{' {
			if m := argument.FindStringSubmatch(template[i:]); m != nil {
				if value, ok := args[m[1]]; ok {
					b.WriteString(jsonValue(value, quoted))
					i += len(m[0])
					continue
				}
			}
		}
		switch {
		case c == '"':
			quoted = !quoted
		case c == '\\' && quoted && i+1 < len(template):
			b.WriteByte(c)
			i++
			c = template[i]
		}
		b.WriteByte(c)
		i++
	}
	return b.String()
}

// jsonValue is an argument as JSON: the inside of a text, or a value by itself.
func jsonValue(value string, quoted bool) string {
	if !quoted && integer.MatchString(value) {
		return value
	}
	text, err := json.Marshal(value)
	if err != nil {
		text = []byte(`""`) // a string can always be encoded
	}
	if quoted {
		return strings.TrimSuffix(strings.TrimPrefix(string(text), `"`), `"`)
	}
	return string(text)
}

// header fills the arguments of a header in. What is not one line is refused.
func header(name string, t job.Text, args map[string]string) (string, error) {
	value := t.Fill(args, nil)
	if !oneLine(value) {
		return "", fmt.Errorf("what would stand in the header %s has more than one line", name)
	}
	return value, nil
}

func oneLine(text string) bool {
	return !strings.ContainsFunc(text, func(c rune) bool { return c < ' ' || c == 0x7f })
}

// home reports whether a redirect stays on the host that was called. Going from http to https is staying.
func home(from, to *url.URL) bool {
	if !strings.EqualFold(from.Hostname(), to.Hostname()) {
		return false
	}
	upgraded := from.Scheme == "http" && to.Scheme == "https" && port(from) == "80" && port(to) == "443"
	return upgraded || from.Scheme == to.Scheme && port(from) == port(to)
}

func port(u *url.URL) string {
	switch {
	case u.Port() != "":
		return u.Port()
	case u.Scheme == "https":
		return "443"
	}
	return "80"
}
