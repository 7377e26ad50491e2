package board_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/internal/board"
	"github.com/pawl-ops/pawl/job"
)

func TestTokensAreReadAsPeopleRead(t *testing.T) {
	t.Parallel()
	alice := job.Actor{Kind: job.SlackUser, ID: "U1", Name: "alice", Full: "Alice | Admin"}
	text := board.Mention(alice) + " at " + board.Time(time.Date(2026, 11, 21, 14, 5, 0, 0, time.UTC)) + ", " +
		board.Link("https://acme.test/a|b", "there") + board.Emoji("x") + board.Word(board.StepDone)
	require.Equal(t, "@Alice / Admin at 14:05, there[done]", board.PlainText(text))
	var kinds []string
	board.Render(text, func(s string) string { return s }, func(tok board.Token) string { kinds = append(kinds, tok.Kind+" "+tok.Ref); return "" })
	require.Equal(t, []string{"user U1", "time 1795269900", "link https://acme.test/a/b", "emoji x", "word done"}, kinds)
	require.Equal(t, "nightly", board.Mention(job.Actor{Kind: job.Schedule, Name: "nightly"}), "only people can be mentioned")
}

// Whatever comes from outside, cleaned, has no token in it: nobody is mentioned by the output of a script.
func FuzzClean(f *testing.F) {
	forged := board.Mention(job.Actor{Kind: job.SlackUser, ID: "U1", Name: "alice"})
	for _, seed := range []string{forged, "\x00\x1b[31m", "a\nb\tc", "\xff\xfe", "\u202egnp.exe", strings.Repeat("\uE000", 3)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		clean := board.Clean(s)
		require.Equal(t, clean, board.Clean(clean))
		board.Render("before "+clean+" after", func(s string) string { return s }, func(tok board.Token) string {
			t.Fatalf("%q became the token %+v", s, tok)
			return ""
		})
	})
}

func TestAnOpenTokenIsNoToken(t *testing.T) {
	t.Parallel()
	whole := board.Emoji("x")
	require.Equal(t, "aemoji|x|", board.PlainText("a"+whole[:len(whole)-3]))
}

// Steps and people are called in whatever language a team speaks.
func TestTheFirstLetterOfATextIsAWholeLetter(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ text, upper, lower string }{
		{"", "", ""},
		{"copy it", "Copy it", "copy it"},
		{"Überprüfen", "Überprüfen", "überprüfen"},
		{"özgür", "Özgür", "özgür"},
		{"4 changes", "4 changes", "4 changes"},
		{"DNS does not answer", "DNS does not answer", "DNS does not answer"},
		{"I do not know whether it ran", "I do not know whether it ran", "I do not know whether it ran"},
		{"It runs", "It runs", "it runs"},
		{"A toy", "A toy", "a toy"},
		{"\xff", "\xff", "\xff"},
		{board.Time(time.Unix(0, 0)), board.Time(time.Unix(0, 0)), board.Time(time.Unix(0, 0))},
	} {
		require.Equal(t, c.upper, board.UpperFirst(c.text))
		require.Equal(t, c.lower, board.LowerFirst(c.text))
	}
}
