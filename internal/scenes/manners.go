package scenes

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
func (s *Stage) mannered() {
	s.T.Helper()
	for _, th := range s.Threads {
		for _, one := range s.Seen.In(th.Channel, th.TS) {
			if !one.Ours() || one.Deleted {
				continue
			}
			for _, m := range []struct {
				text   string
				blocks json.RawMessage
				shown  string
			}{{one.First.Text, one.First.Blocks, ShownBy(one.First)}, {one.Last.Text, one.Last.Blocks, ShownBy(one.Last)}} {
				require.Regexp(s.T, `[.?:]$`, strings.Join(strings.Fields(m.text), " "), "the text of a notification is a whole sentence")
				outside := regexp.MustCompile("(?s)```.*?```|`[^`]*`").ReplaceAllString(m.shown, "")
				require.NotRegexp(s.T, unmannered, outside)
				require.NotContains(s.T, regexp.MustCompile(`<[^>]*>|&lt;[^&]*&gt;`).ReplaceAllString(outside, ""), "!")
				s.buttonsAreSaid(m.blocks)
			}
		}
	}
}

// buttonsAreSaid holds buttons to what a person who does not see them needs.
func (s *Stage) buttonsAreSaid(raw json.RawMessage) {
	s.T.Helper()
	var labels []string
	for _, b := range ButtonsOf(raw) {
		require.NotEmpty(s.T, b.Says, "the button %q says nothing to a screen reader", b.Label)
		require.False(s.T, slices.Contains(labels, b.Label), "two buttons are called %q", b.Label)
		labels = append(labels, b.Label)
	}
	require.LessOrEqual(s.T, len(labels), 3)
}
