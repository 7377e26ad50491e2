package slack

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

func mrkdwn(n int) string { return fmt.Sprintf(`{"type":"mrkdwn","text":%q}`, strings.Repeat("x", n)) }

func plainJSON(n int) string {
	return fmt.Sprintf(`{"type":"plain_text","text":%q}`, strings.Repeat("x", n))
}

func times(n int, item string) string { return strings.TrimSuffix(strings.Repeat(item+",", n), ",") }
func quoted(n int) string             { return `"` + strings.Repeat("x", n) + `"` }

// Every limit is held on both sides: the last value that passes, the first that
// does not, and what is said about it.
func TestBlockLimits(t *testing.T) {
	t.Parallel()
	button := func(extra string) string { return `{"type":"button","text":` + plainJSON(5) + extra + `}` }
	actions := func(elements string) string { return `[{"type":"actions","elements":[` + elements + `]}]` }
	confirm := func(title, text, yes int) string {
		return button(`,"confirm":{"title":` + plainJSON(title) + `,"text":` + plainJSON(text) + `,"confirm":` + plainJSON(yes) + `,"deny":` + plainJSON(1) + `}`)
	}
	option := `{"text":` + plainJSON(75) + `,"value":` + quoted(75) + `}`
	for _, c := range []struct{ name, good, bad, says string }{
		{
			"blocks", "[" + times(50, `{"type":"divider"}`) + "]", "[" + times(51, `{"type":"divider"}`) + "]",
			"no more than 50 items allowed [json-pointer:/blocks]",
		},
		{
			"section text", `[{"type":"section","text":` + mrkdwn(3000) + `}]`, `[{"type":"section","text":` + mrkdwn(3001) + `}]`,
			"must be less than 3001 characters [json-pointer:/blocks/0/text/text]",
		},
		{
			"empty text", `[{"type":"section","text":` + mrkdwn(1) + `}]`, `[{"type":"section","text":` + mrkdwn(0) + `}]`,
			"must be more than 0 characters [json-pointer:/blocks/0/text/text]",
		},
		{
			"section without text", `[{"type":"section","fields":[` + mrkdwn(1) + `]}]`, `[{"type":"section"}]`,
			"missing required field: text or fields [json-pointer:/blocks/0]",
		},
		{
			"fields", `[{"type":"section","fields":[` + times(10, mrkdwn(1)) + `]}]`, `[{"type":"section","fields":[` + times(11, mrkdwn(1)) + `]}]`,
			"no more than 10 items allowed [json-pointer:/blocks/0/fields]",
		},
		{
			"field text", `[{"type":"section","fields":[` + mrkdwn(2000) + `]}]`, `[{"type":"section","fields":[` + mrkdwn(2001) + `]}]`,
			"must be less than 2001 characters [json-pointer:/blocks/0/fields/0/text]",
		},
		{
			"header", `[{"type":"header","text":` + plainJSON(150) + `}]`, `[{"type":"header","text":` + plainJSON(151) + `}]`,
			"must be less than 151 characters [json-pointer:/blocks/0/text/text]",
		},
		{
			"header in mrkdwn", `[{"type":"header","text":` + plainJSON(1) + `}]`, `[{"type":"header","text":` + mrkdwn(1) + `}]`,
			"unsupported type: mrkdwn [json-pointer:/blocks/0/text/type]",
		},
		{
			"context", `[{"type":"context","elements":[` + times(10, mrkdwn(1)) + `]}]`, `[{"type":"context","elements":[` + times(11, mrkdwn(1)) + `]}]`,
			"no more than 10 items allowed [json-pointer:/blocks/0/elements]",
		},
		{
			"actions", actions(times(25, button(""))), actions(times(26, button(""))),
			"no more than 25 items allowed [json-pointer:/blocks/0/elements]",
		},
		{"no actions", actions(button("")), actions(""), "must provide at least 1 item(s) [json-pointer:/blocks/0/elements]"},
		{
			"button text", actions(`{"type":"button","text":` + plainJSON(75) + `}`), actions(`{"type":"button","text":` + plainJSON(76) + `}`),
			"must be less than 76 characters [json-pointer:/blocks/0/elements/0/text/text]",
		},
		{
			"button value", actions(button(`,"value":` + quoted(2000))), actions(button(`,"value":` + quoted(2001))),
			"must be less than 2001 characters [json-pointer:/blocks/0/elements/0/value]",
		},
		{
			"button url", actions(button(`,"url":` + quoted(3000))), actions(button(`,"url":` + quoted(3001))),
			"must be less than 3001 characters [json-pointer:/blocks/0/elements/0/url]",
		},
		{
			"action_id", actions(button(`,"action_id":` + quoted(255))), actions(button(`,"action_id":` + quoted(256))),
			"must be less than 256 characters [json-pointer:/blocks/0/elements/0/action_id]",
		},
		{
			"same action_id", actions(button(`,"action_id":"a"`) + "," + button(`,"action_id":"b"`)), actions(times(2, button(`,"action_id":"a"`))),
			"action_id already exists: a [json-pointer:/blocks/0/elements]",
		},
		{
			"style", actions(button(`,"style":"danger"`)), actions(button(`,"style":"red"`)),
			"must be one of [primary danger] [json-pointer:/blocks/0/elements/0/style]",
		},
		{
			"accessibility_label", actions(button(`,"accessibility_label":` + quoted(75))), actions(button(`,"accessibility_label":` + quoted(76))),
			"must be less than 76 characters [json-pointer:/blocks/0/elements/0/accessibility_label]",
		},
		{
			"confirm title", actions(confirm(100, 300, 30)), actions(confirm(101, 300, 30)),
			"must be less than 101 characters [json-pointer:/blocks/0/elements/0/confirm/title/text]",
		},
		{
			"confirm text", actions(confirm(100, 300, 30)), actions(confirm(100, 301, 30)),
			"must be less than 301 characters [json-pointer:/blocks/0/elements/0/confirm/text/text]",
		},
		{
			"confirm button", actions(confirm(100, 300, 30)), actions(confirm(100, 300, 31)),
			"must be less than 31 characters [json-pointer:/blocks/0/elements/0/confirm/confirm/text]",
		},
		{
			"overflow", actions(`{"type":"overflow","options":[` + times(5, option) + `]}`), actions(`{"type":"overflow","options":[` + times(6, option) + `]}`),
			"no more than 5 items allowed [json-pointer:/blocks/0/elements/0/options]",
		},
		{
			"select", actions(`{"type":"static_select","options":[` + times(100, option) + `]}`), actions(`{"type":"static_select","options":[` + times(101, option) + `]}`),
			"no more than 100 items allowed [json-pointer:/blocks/0/elements/0/options]",
		},
		{
			"block_id", `[{"type":"divider","block_id":` + quoted(255) + `}]`, `[{"type":"divider","block_id":` + quoted(256) + `}]`,
			"must be less than 256 characters [json-pointer:/blocks/0/block_id]",
		},
		{
			"same block_id", `[{"type":"divider","block_id":"a"},{"type":"divider","block_id":"b"}]`, `[{"type":"divider","block_id":"a"},{"type":"divider","block_id":"a"}]`,
			"block_id already exists: a [json-pointer:/blocks/1/block_id]",
		},
		{
			"image", `[{"type":"image","image_url":"https://a.test","alt_text":"a"}]`, `[{"type":"image","image_url":"https://a.test"}]`,
			"missing required field: alt_text [json-pointer:/blocks/0]",
		},
		{
			"rich text", `[{"type":"rich_text","elements":[{"type":"rich_text_list","style":"bullet","elements":[{"type":"rich_text_section","elements":[{"type":"text","text":"a"}]}]}]}]`,
			`[{"type":"rich_text","elements":[{"type":"rich_text_section","elements":[{"type":"video"}]}]}]`,
			"unsupported type: video [json-pointer:/blocks/0/elements/0/elements/0/type]",
		},
		{
			"table rows", `[{"type":"table","rows":[` + times(100, `[{"type":"raw_text","text":"a"}]`) + `]}]`, `[{"type":"table","rows":[` + times(101, `[{"type":"raw_text","text":"a"}]`) + `]}]`,
			"no more than 100 items allowed [json-pointer:/blocks/0/rows]",
		},
		{
			"table cells", `[{"type":"table","rows":[[` + times(20, `{"type":"raw_text","text":"a"}`) + `]]}]`, `[{"type":"table","rows":[[` + times(21, `{"type":"raw_text","text":"a"}`) + `]]}]`,
			"no more than 20 items allowed [json-pointer:/blocks/0/rows/0]",
		},
		{
			"one table", `[{"type":"table","rows":[[{"type":"raw_text","text":"a"}]]}]`, `[` + times(2, `{"type":"table","rows":[[{"type":"raw_text","text":"a"}]]}`) + `]`,
			"only one table allowed [json-pointer:/blocks/1]",
		},
		{"unknown block", `[{"type":"divider"}]`, `[{"type":"carousel"}]`, "unsupported type: carousel [json-pointer:/blocks/0/type]"},
		{"unknown field", `[{"type":"divider"}]`, `[{"type":"divider","colour":"blue"}]`, "invalid additional property: colour [json-pointer:/blocks/0]"},
		{"unknown element", actions(button("")), actions(`{"type":"datepicker"}`), "unsupported type: datepicker [json-pointer:/blocks/0/elements/0/type]"},
		{
			"accessory", `[{"type":"section","text":` + mrkdwn(1) + `,"accessory":` + button("") + `}]`, `[{"type":"section","text":` + mrkdwn(1) + `,"accessory":{"type":"x"}}]`,
			"unsupported type: x [json-pointer:/blocks/0/accessory/type]",
		},
		{
			"surrogates count twice", `[{"type":"header","text":{"type":"plain_text","text":"` + strings.Repeat("🌞", 75) + `"}}]`, `[{"type":"header","text":{"type":"plain_text","text":"` + strings.Repeat("🌞", 76) + `"}}]`,
			"must be less than 151 characters [json-pointer:/blocks/0/text/text]",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, err := checkBlocks([]byte(c.good))
			if err != nil {
				t.Fatalf("refused: %v", err.messages)
			}
			_, err = checkBlocks([]byte(c.bad))
			require.NotNil(t, err)
			require.Equal(t, "invalid_blocks", err.code)
			require.Contains(t, err.messages, "[ERROR] "+c.says)
		})
	}
}

func TestBlocksTogetherAreLimitedToo(t *testing.T) {
	t.Parallel()
	section := func(n int) string { return `{"type":"section","text":` + mrkdwn(n) + `}` }
	_, err := checkBlocks([]byte("[" + times(3, section(3000)) + "," + section(2000) + "]"))
	require.Nil(t, err)
	_, err = checkBlocks([]byte("[" + times(3, section(3000)) + "," + section(2001) + "]"))
	require.Equal(t, "msg_blocks_too_long", err.code)
	for _, text := range []string{"", "{}", "nul", `"a"`, "[] []"} {
		_, err := checkBlocks([]byte(text))
		require.NotNil(t, err, text)
		require.Equal(t, "invalid_blocks_format", err.code, text)
	}
}

// Slack fills in what the sender left out.
func TestBlocksGetTheirDefaults(t *testing.T) {
	t.Parallel()
	out, err := checkBlocks([]byte(`[{"type":"actions","elements":[{"type":"button","text":{"type":"plain_text","text":"a"}}]}]`))
	require.Nil(t, err)
	var blocks []struct {
		BlockID  string `json:"block_id"`
		Elements []struct {
			ActionID string `json:"action_id"`
			Text     struct{ Emoji bool }
		}
	}
	require.NoError(t, json.Unmarshal(out, &blocks))
	require.Len(t, blocks[0].BlockID, 5)
	require.NotEmpty(t, blocks[0].Elements[0].ActionID)
	require.True(t, blocks[0].Elements[0].Text.Emoji)
}

// Whatever passes is valid JSON, passes again, and has no unbounded text in it.
func FuzzBlocks(f *testing.F) {
	for _, seed := range []string{
		`[]`, `[{"type":"divider"}]`, `[{"type":"section","text":{"type":"mrkdwn","text":"a"},"accessory":{"type":"image","image_url":"u","alt_text":"a"}}]`,
		`[{"type":"actions","elements":[{"type":"button","text":{"type":"plain_text","text":"a"},"confirm":{}}]}]`,
		`[{"type":"table","rows":[[{"type":"raw_text","text":"a"},{"type":"rich_text","elements":[]}]]}]`,
		`[{"type":"rich_text","elements":[{"type":"rich_text_section","elements":[{"type":"date","timestamp":1e400}]}]}]`,
		`[null]`, `[[[]]]`, `[{"type":["section"]}]`, `[{"type":"markdown","text":"# a"}]`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		out, err := checkBlocks([]byte(text))
		if err != nil || out == nil {
			return
		}
		require.True(t, json.Valid(out))
		again, err := checkBlocks(out)
		if err != nil {
			t.Fatalf("%s passed, but not twice: %s %v", text, err.code, err.messages)
		}
		require.JSONEq(t, string(out), string(again))
	})
}

// Text that was normalised is normal, and its pieces say the same.
func FuzzText(f *testing.F) {
	for _, seed := range []string{"toy", "a & b <c>", "<@U0PAWL> :eyes: <!here>", "https://a.test/x.", "<a|b|c>", "::::", "&amp;lt;", "<https://x"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if !utf8.ValidString(text) {
			return
		}
		kept := normalise(text)
		require.Equal(t, kept, normalise(kept), "normalising twice")
		require.True(t, json.Valid(typed(kept)))
		for _, id := range mentionedIn(kept) {
			require.Contains(t, kept, id)
		}
		require.LessOrEqual(t, length(cut(text, 10)), 10)
	})
}

// Whatever Slack sends back as a cursor or a timestamp can be read again, and
// nothing else crashes.
func FuzzCursorAndTimestamp(f *testing.F) {
	f.Add("bmV4dF90czox")
	f.Add("1503435956.000247")
	f.Fuzz(func(t *testing.T, text string) {
		if id, ok := decodeCursor("next_ts", text); ok {
			back, ok := decodeCursor("next_ts", encodeCursor("next_ts", id))
			require.True(t, ok)
			require.Equal(t, id, back)
		}
		if at, ok := parseTS(text); ok {
			require.GreaterOrEqual(t, at, int64(0))
		}
	})
}
