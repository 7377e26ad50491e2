// Package leakcheck looks for secrets in what a program printed.
//
// The full test run keeps everything it prints, and afterwards this package
// reads it. It knows secrets by their shape (Slack tokens, private keys,
// passwords in connection strings, bearer headers), and those that tests name
// with [Use] by their value, also in the encodings they travel in.
//
// It exists because a secret that cannot print itself is only as good as the
// last person who called Reveal.
package leakcheck

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// Leak is one secret found.
type Leak struct {
	Line int    // from 1
	Kind string // what it is, for people
	Hint string // its first characters: enough to find it, too few to use it
}

// String says where and what, without the secret.
func (l Leak) String() string {
	return fmt.Sprintf("line %d: %s that begins with %q", l.Line, l.Kind, l.Hint)
}

// hintLength is how much of a secret a report shows: too little to have the
// shape of one again.
const hintLength = 4

// shortest is the length below which a named secret is not looked for: it
// would be found in every other word.
const shortest = 6

// shape is a kind of secret that is known by its form. Group 1 is the secret.
type shape struct {
	kind    string
	pattern *regexp.Regexp
}

// Scanner finds secrets. The zero value knows the shapes alone.
type Scanner struct {
	shapes []shape
	named  []named
}

type named struct{ kind, text string }

// NewScanner returns a scanner that also looks for the given secrets by value:
// as they are, escaped for a URL, and in base64. Of a secret with several lines
// each line counts. Parts shorter than 6 characters are not looked for.
func NewScanner(secrets ...string) *Scanner {
	s := &Scanner{shapes: []shape{
		// https://docs.slack.dev/authentication/tokens
		{"a Slack token", regexp.MustCompile(`\b((?:xox[a-z]|xapp)-[0-9A-Za-z][0-9A-Za-z-]{2,})`)},
		// https://www.rfc-editor.org/rfc/rfc7468 section 2
		{"a private key", regexp.MustCompile(`(-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----)`)},
		{"a connection string with a password", regexp.MustCompile(`\b[a-z][a-z0-9+.-]*://[^\s/:@"']*:([^\s/@"']+)@`)},
		{"a password", regexp.MustCompile(`(?i)\b(?:password|passwd|pwd)=["']?([^\s&"',;]+)`)},
		{"a bearer token", regexp.MustCompile(`(?i)\bbearer ([0-9A-Za-z._~+/-]{8,}=*)`)},
	}}
	for _, secret := range secrets {
		for line := range strings.Lines(secret) {
			s.name("a secret of a test", strings.TrimSpace(line))
		}
		s.name("a secret of a test, escaped", url.QueryEscape(secret))
		s.name("a secret of a test, in base64", base64.StdEncoding.EncodeToString([]byte(secret)))
	}
	return s
}

func (s *Scanner) name(kind, text string) {
	known := slices.ContainsFunc(s.named, func(n named) bool { return n.text == text })
	if len(text) >= shortest && !known {
		s.named = append(s.named, named{kind, text})
	}
}

// Scan reads r to its end and gives every leak in it, in order. Lines may be
// of any length. An error is one of reading.
func (s *Scanner) Scan(r io.Reader) ([]Leak, error) {
	var leaks []Leak
	in := bufio.NewReader(r)
	for n := 1; ; n++ {
		line, err := in.ReadBytes('\n')
		leaks = append(leaks, s.line(n, line)...)
		if errors.Is(err, io.EOF) {
			return leaks, nil
		}
		if err != nil {
			return leaks, fmt.Errorf("looking for secrets: %w", err)
		}
	}
}

func (s *Scanner) line(n int, line []byte) []Leak {
	var leaks []Leak
	for _, shape := range s.shapes {
		for _, m := range shape.pattern.FindAllSubmatch(line, -1) {
			if !masked(string(m[1])) {
				leaks = append(leaks, Leak{Line: n, Kind: shape.kind, Hint: hint(string(m[1]))})
			}
		}
	}
	for _, known := range s.named {
		if bytes.Contains(line, []byte(known.text)) {
			leaks = append(leaks, Leak{Line: n, Kind: known.kind, Hint: hint(known.text)})
		}
	}
	return leaks
}

// masked reports whether a value stands for a secret instead of being one:
// ours is <secret>, net/url's is xxxxx, people write stars, dots and ${NAME}.
func masked(value string) bool {
	return strings.Trim(value, "*.x") == "" || strings.HasPrefix(value, "<") || strings.HasPrefix(value, "$") || strings.HasPrefix(value, "%")
}

// hint shows the beginning of a secret, and never more than half of it.
func hint(secret string) string { return secret[:min(hintLength, len(secret)/2)] }
