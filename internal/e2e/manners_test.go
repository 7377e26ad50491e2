package e2e

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"

	"github.com/stretchr/testify/require"
)

// What Pawl never says, wherever it speaks: words of our own kitchen, shouting, excuses, the language of logs.
var unmannered = regexp.MustCompile(`(?i)\b(lanes?|workflows?|keep-?board|activity|task queue|heartbeat|failed to|unable to|please|sorry|oops|nil|null|undefined)\b|%!|panic:|\bcontext (canceled|deadline)`)

// mannered holds every message of the scene to the rules of tone and to what a person with a screen reader needs.
func (s *stage) mannered() {
	s.t.Helper()
	for _, th := range s.threads {
		for _, one := range s.seen.in(th.channel, th.ts) {
			if !one.ours() || one.deleted {
				continue
			}
			for _, m := range []struct {
				text   string
				blocks json.RawMessage
				shown  string
			}{{one.first.Text, one.first.Blocks, shownBy(one.first)}, {one.last.Text, one.last.Blocks, shownBy(one.last)}} {
				require.Regexp(s.t, `[.?:]$`, strings.Join(strings.Fields(m.text), " "), "the text of a notification is a whole sentence")
				outside := regexp.MustCompile("(?s)```.*?```|`[^`]*`").ReplaceAllString(m.shown, "")
				require.NotRegexp(s.t, unmannered, outside)
				require.NotContains(s.t, regexp.MustCompile(`<[^>]*>|&lt;[^&]*&gt;`).ReplaceAllString(outside, ""), "!")
				s.buttonsAreSaid(m.blocks)
			}
		}
	}
}

// buttonsAreSaid holds buttons to what a person who does not see them needs.
func (s *stage) buttonsAreSaid(raw json.RawMessage) {
	s.t.Helper()
	var labels []string
	for _, b := range buttonsOf(raw) {
		require.NotEmpty(s.t, b.Says, "the button %q says nothing to a screen reader", b.Label)
		require.False(s.t, slices.Contains(labels, b.Label), "two buttons are called %q", b.Label)
		labels = append(labels, b.Label)
	}
	require.LessOrEqual(s.t, len(labels), 3)
}
