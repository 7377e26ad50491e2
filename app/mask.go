package app

import (
	"cmp"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"

	"github.com/rs/zerolog"

	"github.com/pawl-ops/pawl/internal/engine"
	"github.com/pawl-ops/pawl/internal/secrets"
	"github.com/pawl-ops/pawl/job"
)

// shortestHidden is the length in bytes of the shortest secret that is hidden: a shorter one would blot out ordinary words.
const shortestHidden = 8

// letIn are the secrets that Pawl itself, and each of its jobs, is let in with anywhere.
func (h *house) letIn() []job.Secret {
	all := h.cfg.Secrets()
	if dsn, err := ledgerDSN(zerolog.Nop()); err == nil {
		all = append(all, dsn)
	}
	if s, _, err := secrets.Find(os.LookupEnv, "PGPASSWORD"); err == nil {
		all = append(all, s)
	}
	return append(all, engine.Options{}.Secrets()...)
}

// mask hides secrets in what scripts write, a line at a time, should one of them get hold of one.
func mask(all ...job.Secret) func(string) string {
	var forms []string
	for _, s := range all {
		for _, part := range partsOf(s.Reveal()) {
			if len(part) >= shortestHidden {
				forms = append(forms, part, url.QueryEscape(part), url.PathEscape(part))
			}
		}
	}
	// The longest first: one may be a part of another.
	slices.SortFunc(forms, func(a, b string) int { return cmp.Or(cmp.Compare(len(b), len(a)), cmp.Compare(a, b)) })
	var pairs []string
	for _, f := range slices.Compact(forms) {
		pairs = append(pairs, f, job.Secret{}.String())
	}
	return strings.NewReplacer(pairs...).Replace
}

// inDSN finds the password of a database written in words: host=... password='...'.
var inDSN = regexp.MustCompile(`(?:^|\s)(?:ssl)?password\s*=\s*('(?:\\.|[^'\\])*'|\S+)`)

// partsOf are the parts of a secret that give it away by themselves: its lines, the password in the address of a
// database, the token behind a "Bearer".
func partsOf(secret string) (parts []string) {
	for line := range strings.Lines(secret) {
		if line = strings.TrimSpace(line); !strings.HasPrefix(line, "-----") { // around a key
			parts = append(parts, line)
		}
	}
	if u, err := url.Parse(secret); err == nil && u.User != nil {
		if password, set := u.User.Password(); set {
			_, written, _ := strings.Cut(u.User.String(), ":")
			return append(parts, password, written)
		}
	}
	if found := inDSN.FindAllStringSubmatch(secret, -1); found != nil {
		for _, f := range found {
			word := strings.Trim(f[1], "'")
			parts = append(parts, word, strings.NewReplacer(`\'`, `'`, `\\`, `\`).Replace(word))
		}
		return parts
	}
	if kind, token, ok := strings.Cut(secret, " "); ok && (kind == "Bearer" || kind == "Basic") {
		parts = append(parts, strings.TrimSpace(token))
	}
	return parts
}
