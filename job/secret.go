package job

import (
	"encoding/json"
	"fmt"
	"log/slog"
)

// Secret holds a value that cannot print itself: every way of formatting, encoding or logging it gives a placeholder.
// Reveal is the only way out, and is called only where the value leaves for the wire.
type Secret struct{ value string }

const hidden = "<secret>"

// NewSecret wraps a value.
func NewSecret(value string) Secret { return Secret{value: value} }

// Reveal returns the value itself.
func (s Secret) Reveal() string { return s.value }

// Empty reports whether there is no value.
func (s Secret) Empty() bool { return s.value == "" }

// String gives the placeholder.
func (s Secret) String() string { return hidden }

// GoString gives the placeholder for %#v.
func (s Secret) GoString() string { return hidden }

// Format gives the placeholder for every verb, %x and %q included.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(hidden)) }

// MarshalText gives the placeholder to JSON, YAML and every other text encoder.
func (s Secret) MarshalText() ([]byte, error) { return []byte(hidden), nil }

// MarshalJSON gives the placeholder.
func (s Secret) MarshalJSON() ([]byte, error) { return json.Marshal(hidden) }

// LogValue gives the placeholder to log/slog.
func (s Secret) LogValue() slog.Value { return slog.StringValue(hidden) }
