package shown

import (
	"cmp"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"net/url"
	"slices"
	"strings"

	"github.com/pawl-ops/pawl/job"
)

// shortest is the length in bytes of the shortest part of a secret that is hidden by itself.
const shortest = 6

// Mask hides secrets. The zero value hides nothing.
type Mask struct{ r *strings.Replacer }

// NewMask knows the forms in which an answer may repeat secrets: as they are, quoted, escaped for an address or a page, in
// hex and in base64. Of one with several words, "Bearer x", the words are hidden by themselves, too.
func NewMask(secrets ...job.Secret) Mask {
	var forms []string
	for _, s := range secrets {
		whole := s.Reveal()
		for _, t := range append([]string{whole}, strings.Fields(whole)...) {
			if t == whole || len(t) >= shortest {
				forms = append(forms, formsOf(t)...)
			}
		}
	}
	slices.SortFunc(forms, func(a, b string) int { return cmp.Or(cmp.Compare(len(b), len(a)), cmp.Compare(a, b)) })
	var pairs []string
	for _, f := range slices.Compact(forms) {
		if f != "" && f != "Bearer" && f != "Basic" {
			pairs = append(pairs, f, job.Secret{}.String())
		}
	}
	return Mask{strings.NewReplacer(pairs...)}
}

func formsOf(t string) []string {
	if t == "" {
		return nil
	}
	forms := []string{
		t, url.QueryEscape(t), url.PathEscape(t), html.EscapeString(t), fmt.Sprintf("%x", t), strings.ReplaceAll(t, "/", `\/`),
		base64.StdEncoding.EncodeToString([]byte(t)), base64.RawURLEncoding.EncodeToString([]byte(t)),
	}
	if quoted, err := json.Marshal(t); err == nil {
		forms = append(forms, strings.Trim(string(quoted), `"`))
	}
	return forms
}

// Hide is the text without secrets.
func (m Mask) Hide(s string) string {
	if m.r == nil {
		return s
	}
	return m.r.Replace(s)
}

// Error is an error that shows no secret. One that does not is kept as it is.
func (m Mask) Error(err error) error {
	if err == nil {
		return nil
	}
	if text := err.Error(); m.Hide(text) != text {
		return errors.New(m.Hide(text))
	}
	return err
}
