package words_test

import (
	"os"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/internal/board"
	"github.com/pawl-ops/pawl/internal/words"
)

// FuzzParse holds what is true of every text whatsoever.
func FuzzParse(f *testing.F) {
	for _, file := range []string{"direct", "wire", "thread", "mentioned"} {
		content, err := os.ReadFile("testdata/" + file + ".txt")
		require.NoError(f, err)
		for _, line := range strings.Split(string(content), "\n") {
			typed, _, ok := strings.Cut(line, "=>")
			if ok {
				f.Add(characters(strings.TrimSpace(typed)), uint8(len(line)))
			}
		}
	}
	f.Add(`undo "x toy`, uint8(0))
	f.Add(`deploy "because"`, uint8(0))
	f.Add(`deploy a "please"`, uint8(0))
	f.Add(`b* lock until *a`, uint8(0))

	p := words.New(commands())
	f.Fuzz(func(t *testing.T, text string, where uint8) {
		at := words.Context{Direct: where&1 != 0, Mentioned: where&2 != 0, Raw: where&4 != 0}
		if where&8 != 0 {
			at.Run = "toy-k4m7q2"
		}
		if where&16 != 0 {
			at.Self = "UPAWL"
		}
		switch r := p.Parse(text, at).(type) {
		case words.Command:
			canonical(t, p, r)
			require.Equal(t, words.Plain(r.Text), r.Text)
		case words.Decision:
			require.NotEmpty(t, r.Run)
			require.NotEmpty(t, r.Choice)
			again := p.Parse(r.String(), words.Context{Direct: true, Raw: true})
			require.Equal(t, r.String(), again.(words.Decision).String())
		case words.Reply:
			require.Equal(t, r.Kind == words.Help, r.Text == "")
			require.Equal(t, board.Clean(r.Text), r.Text, "nothing from outside reaches a board uncleaned")
			require.Zero(t, strings.Count(r.Text, "`")%2, "code is closed: %s", r.Text)
			require.LessOrEqual(t, len(r.Suggest), 3, "nothing here has an inventory to choose from")
			for _, s := range r.Suggest {
				require.LessOrEqual(t, utf8.RuneCountInString(s), 75)
			}
			require.True(t, at.Direct || at.Mentioned || r.Kind == words.Missing, "nobody spoke to Pawl")
		case words.Again:
			require.NotEmpty(t, r.Run)
		case words.Ignore:
		default:
			t.Fatalf("%T is none of the five", r)
		}
	})
}

// canonical checks that the canonical text is the same command again, and its own canonical text.
func canonical(t *testing.T, p *words.Parser, c words.Command) {
	t.Helper()
	text := p.Canonical(c.Name, c.Args)
	require.True(t, strings.HasPrefix(text+" ", c.Name+" "), "%q begins with %q", text, c.Name)
	again, ok := p.Parse(text, words.Context{Direct: true, Raw: true}).(words.Command)
	require.True(t, ok || len(text) > words.MaxText, "%q is a command", text)
	if !ok {
		return
	}
	require.Equal(t, c.Name, again.Name, text)
	require.Equal(t, text, p.Canonical(again.Name, again.Args))
	for name, value := range c.Args {
		require.Equal(t, strings.ReplaceAll(value, `"`, "'"), strings.ReplaceAll(again.Args[name], `"`, "'"), text)
	}
}

// FuzzPlain holds that typography is undone once and for all, and that nothing gets through that a board must not show.
func FuzzPlain(f *testing.F) {
	for _, s := range []string{"", "toy", "\u201ctoy\u2026\u201d", "a\u00a0b\u200b", "\uff40\uff02x", "\ue000user|U1|x\ue001", "\xff\xfe", "`x`"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		plain := words.Plain(text)
		require.Equal(t, plain, words.Plain(plain))
		require.Equal(t, plain, board.Clean(plain))
		require.NotContains(t, plain, "`")
		require.True(t, utf8.ValidString(plain))
	})
}

// FuzzRule holds that a rule is read into the beginning of a canonical text, or refused with a sentence, whether or not
// anybody knows what things are called.
func FuzzRule(f *testing.F) {
	for _, s := range []string{"toy", "deploy staging", "staging deploy", "force restart master", "deplou", "", "cancel", "toy now", "restart blue", "status cron"} {
		f.Add(s)
	}
	parsers := []*words.Parser{words.New(commands()), parser()}
	f.Fuzz(func(t *testing.T, line string) {
		for _, p := range parsers {
			rule, err := p.Rule(line)
			if err != nil {
				require.Empty(t, rule)
				require.Zero(t, strings.Count(err.Error(), "`")%2, "code is closed: %s", err)
				continue
			}
			again, err := p.Rule(rule)
			require.NoError(t, err)
			require.Equal(t, rule, again)
			for _, form := range p.Forms(rule) {
				require.NotEqual(t, rule, form.Text)
			}
		}
	})
}

// FuzzCanonical holds that no value of one argument changes how another is written: else a value could be chosen that
// makes a command slip past a rule about `deploy master`.
func FuzzCanonical(f *testing.F) {
	for _, s := range []string{"", "2024.51", "undo", `""`, "because", `"`, `a "b" c`, "please", "until", "*", "a\nb"} {
		f.Add(s)
	}
	p := words.New(commands())
	f.Fuzz(func(t *testing.T, value string) {
		text := p.Canonical("deploy", map[string]string{"environment": "master", "version": value})
		require.True(t, strings.HasPrefix(text+" ", "deploy master "), text)
		text = p.Canonical("lock", map[string]string{"environment": "master", "until": value, "because": value})
		require.True(t, strings.HasPrefix(text+" ", "lock master "), text)
		if text := p.Canonical("deploy", map[string]string{"environment": value}); len(text) < words.MaxText && words.Plain(value) != "" {
			again, ok := p.Parse(text, words.Context{Direct: true, Raw: true}).(words.Command)
			require.True(t, ok, text)
			require.Equal(t, "deploy", again.Name, text)
			require.Equal(t, text, p.Canonical(again.Name, again.Args))
		}
	})
}
