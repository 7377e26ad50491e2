package job

import (
	"crypto/sha256"
	"encoding/base32"
	"regexp"
	"strings"
)

// Key is what makes a request the same request: the full identity of the Slack event, an idempotency key, a schedule
// and its nominal time. Two deliveries of one message have one Key; it is compared whole and never shortened.
type Key string

// crockford is base32 without the letters people confuse (I, L, O, U): https://www.crockford.com/base32.html
var crockford = base32.NewEncoding("0123456789abcdefghjkmnpqrstvwxyz").WithPadding(base32.NoPadding)

// IDLength is how many characters of the key's hash an id carries at first: 30 bits. When a different key
// already owns that id, the next candidate has one character more.
const IDLength = 6

// MaxIDLength is how many characters an id may grow to before starting gives up: 80 bits.
const MaxIDLength = 16

// ID derives the short name people type for a run: the verb, a dash, and n characters of the hash of the key.
// It is deterministic, so that a redelivery walks the same candidates. n is held between IDLength and MaxIDLength.
func ID(verb string, key Key, n int) string {
	n = min(max(n, IDLength), MaxIDLength)
	sum := sha256.Sum256([]byte(key))
	return verb + "-" + crockford.EncodeToString(sum[:])[:n]
}

var idPattern = regexp.MustCompile(`^[a-z][a-z0-9]*-[0-9a-hjkmnp-tv-z]{6,16}$`)

// LooksLikeID reports whether a typed word has the form of a run's id, in any case.
func LooksLikeID(word string) bool { return idPattern.MatchString(strings.ToLower(word)) }
