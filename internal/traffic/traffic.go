// Package traffic reads which instance of an environment serves users, where that is decided: in the map file of the
// load balancer.
//
// A map file of HAProxy has a line for every environment, its name and the name of the instance behind it, and comments:
//
//	# environment   instance
//	shop/master     blue
//	shop/staging    green
//
// HAProxy itself reads the file when it starts and is told of changes beside it; whoever switches writes the file first,
// because a reload reads it again and forgets what it was told (facts of HAProxy 2.6: `set map` is runtime state only).
// So the file is what users will get, also after the next reload.
package traffic

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/pawl-ops/pawl/job"
)

// Limits of a map file and of a name in it.
const (
	LargestMap  = 1 << 20 // bytes
	longestName = 64      // characters
)

// Files reads a file on a host. most bounds its bytes: a larger one is an error.
type Files interface {
	ReadFile(ctx context.Context, h job.Host, path string, most int64) ([]byte, error)
}

// Maps are the map files of load balancers.
type Maps struct{ files Files }

// New returns the map files that are read this way.
func New(f Files) *Maps { return &Maps{files: f} }

// Active is the name of the instance that serves users, as the map has it. That there is an instance of this name is not
// said: whoever asks compares. The error names the file, the host and the line.
func (m *Maps) Active(ctx context.Context, t job.Traffic) (string, error) {
	if t.Zero() {
		return "", errors.New("looking for who has users: nothing says where that is written")
	}
	text, err := m.files.ReadFile(ctx, t.Host, t.Map, LargestMap)
	if err != nil {
		return "", fmt.Errorf("reading the map: %w", err)
	}
	name, err := Find(string(text), t.Key)
	if err != nil {
		return "", fmt.Errorf("reading the map %s on %s: %w", t.Map, t.Host.Name, err)
	}
	return name, nil
}

// Find gives the value of a key in the text of a map file.
func Find(text, key string) (string, error) {
	value, at := "", 0
	for n, line := range strings.Split(text, "\n") {
		words := strings.Fields(line)
		if len(words) == 0 || strings.HasPrefix(words[0], "#") || words[0] != key {
			continue
		}
		if at > 0 {
			return "", fmt.Errorf("lines %d and %d both say which instance of %s serves users", at, n+1, key)
		}
		if len(words) != 2 {
			// HAProxy takes everything after the key as one value: a name no backend has, and 503 for every user.
			return "", fmt.Errorf("line %d has %d words after %q, it should be the name of one instance", n+1, len(words)-1, key)
		}
		if value, at = words[1], n+1; !plausible(value) {
			return "", fmt.Errorf("line %d does not say the name of an instance after %q", at, key)
		}
	}
	if at == 0 {
		return "", fmt.Errorf("no line begins with %q", key)
	}
	return value, nil
}

// plausible reports whether a word may be somebody's name: short, and nothing in it that cannot be seen.
func plausible(name string) bool {
	return utf8.ValidString(name) && utf8.RuneCountInString(name) <= longestName &&
		!strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsGraphic(r) || unicode.Is(unicode.Co, r) })
}

// Switch moves all users of an environment from one instance to another.
type Switch struct {
	To, From string // instances; users are moved only while they are on From
	Token    string // the same for every attempt at one switch, and for no other: it is carried out at most once
}

// Error says why users were not moved, or that nobody knows whether they were.
type Error struct {
	Says    string // a sentence for people
	Unknown bool   // it may have taken effect, or may yet; otherwise nothing was changed, and nothing will be
	Cause   error
}

// Error is the sentence, and what is behind it.
func (e *Error) Error() string {
	if e.Cause != nil {
		return e.Says + " (" + e.Cause.Error() + ")"
	}
	return e.Says
}

// Unwrap gives what is behind it.
func (e *Error) Unwrap() error { return e.Cause }

// Count is how many requests an instance was sent since its load balancer counts, and how many of them failed.
type Count struct {
	Requests int64 `json:"requests"`
	Failed   int64 `json:"failed"` // answered with 5xx, or not at all
}

// ErrNotCounted says that this kind of load balancer does not tell how requests went.
var ErrNotCounted = errors.New("the load balancer does not count requests")
