package slackbridge

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/pawl-ops/pawl/internal/board"
	"github.com/pawl-ops/pawl/job"
	"github.com/pawl-ops/pawl/sandbox/slack"
	"github.com/stretchr/testify/require"
)

// blocksOf gives what Slack would be sent.
func blocksOf(t testing.TB, r rendered) string {
	t.Helper()
	raw, err := json.Marshal(r.blocks)
	require.NoError(t, err)
	var out strings.Builder
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	require.NoError(t, enc.Encode(json.RawMessage(raw)))
	return out.String()
}

// texts are the texts of a rendered message in which clients look for references; labels of buttons are shown as they are.
func texts(t testing.TB, r rendered) []string {
	t.Helper()
	var all []string
	var walk func(v any)
	walk = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			if s, ok := v["text"].(string); ok && v["type"] != "plain_text" {
				all = append(all, s)
			}
			for _, x := range v {
				walk(x)
			}
		case []any:
			for _, x := range v {
				walk(x)
			}
		}
	}
	raw, err := json.Marshal(r.blocks)
	require.NoError(t, err)
	var v any
	require.NoError(t, json.Unmarshal(raw, &v))
	walk(v)
	return append(all, r.text)
}

func TestABoardInBlocks(t *testing.T) {
	t.Parallel()
	m := board.Message{
		Sentence: "Refreshing your toy database, step 3 of 5: restore, 62 percent.",
		Head:     "Refreshing your toy database: step 3 of 5 · 2 min", ID: "toy-k4m7q2",
		Lines: []string{
			board.Emoji("white_check_mark") + board.Word(board.StepDone) + " Snapshot of master · state of " + board.Time(time.Unix(1700000000, 0).UTC()),
			board.Indent + "table orders, 1.2 of 1.9 million rows <now> & then",
			"asked by " + board.Mention(job.Actor{Kind: job.SlackUser, ID: alice, Full: "Alice"}) + ", for " + board.Group("S0ONCALL", "@oncall") +
				", see " + board.Link("https://acme.test/a?b=1&c=2", "the log"),
		},
		Quote:   []string{"df: 98 % ```used```", "<!channel>"},
		Buttons: []board.Button{{Label: "Cancel", Says: "Cancel: Refreshing your toy database", Action: ActionDecide, Value: "toy-k4m7q2|0|cancel", Style: board.Danger, Sure: "Stop it?"}},
		Hint:    "Or type `cancel`.",
	}
	r := render(m, "")
	require.Equal(t, "Refreshing your toy database, step 3 of 5: restore, 62 percent.", r.text)
	require.Equal(t, []string{
		"*Refreshing your toy database: step 3 of 5* · 2 min   `toy-k4m7q2`",
		":white_check_mark: Snapshot of master · state of <!date^1700000000^{time}|22:13>\n\u2003\u2003table orders, 1.2 of 1.9 million rows &lt;now&gt; &amp; then\n" +
			"asked by <@U0ALICE>, for <!subteam^S0ONCALL>, see <https://acme.test/a?b=1&amp;c=2|the log>",
		"```\ndf: 98 % `\u200b`\u200b`used`\u200b`\u200b`\n&lt;!channel&gt;\n```",
	}, texts(t, rendered{blocks: r.blocks[:3]})[:3])
	b := blocksOf(t, r)
	require.Contains(t, b, `"accessibility_label":"Cancel: Refreshing your toy database"`)
	require.Contains(t, b, `"action_id":"decide:1"`)
	require.Contains(t, b, `"style":"danger"`)
	require.Contains(t, b, `"value":"toy-k4m7q2|0|cancel"`)
	require.Contains(t, b, `"confirm":{"title"`)
	require.Contains(t, b, `"block_id":"pawl"`)
	require.Equal(t, alice, addressee(addressed(alice)))
	require.Empty(t, addressee(addressed("")))
}

func TestTwoButtonsOfOneActionCanBeTold(t *testing.T) {
	t.Parallel()
	r := render(board.Message{Sentence: "x", Buttons: []board.Button{
		{Label: "Try again", Action: ActionDecide, Value: "a"}, {Label: "Stop", Action: ActionDecide, Value: "b"},
	}}, alice)
	b := blocksOf(t, r)
	require.Contains(t, b, "decide:1")
	require.Contains(t, b, "decide:2")
	require.Contains(t, b, "pawl.to.U0ALICE")
	require.Equal(t, 2, strings.Count(b, "accessibility_label"), "every button says its deed, even when nobody wrote it")
}

func TestWhatDoesNotFitIsSaid(t *testing.T) {
	t.Parallel()
	long := board.Message{Sentence: strings.Repeat("word ", 2000), Head: strings.Repeat("head ", 400)}
	for range 1000 {
		long.Lines = append(long.Lines, strings.Repeat("line ", 20))
	}
	for range 100 {
		long.Quote = append(long.Quote, strings.Repeat("log ", 20))
	}
	r := render(long, "")
	require.LessOrEqual(t, size(r.text), maxText)
	sum := 0
	for _, s := range texts(t, rendered{blocks: r.blocks}) {
		require.LessOrEqual(t, size(s), maxSection)
		sum += size(s)
	}
	require.LessOrEqual(t, sum, maxSum)
	require.LessOrEqual(t, len(r.blocks), 50)
	require.Regexp(t, `\.\.\. \d+ more lines`, blocksOf(t, r))
	p := renderPlain(long)
	require.LessOrEqual(t, size(p.text), maxText)
	require.Contains(t, p.text, "more lines")
}

func TestCutting(t *testing.T) {
	t.Parallel()
	asIs := func(s string) string { return s }
	require.Equal(t, []string{"one", "two"}, cutLines([]string{"one", "two"}, 7, asIs))
	require.Equal(t, []string{"one", "two", "... 2 more lines"}, cutLines([]string{"one", "two", "three", "a longer line"}, 24, asIs))
	require.Equal(t, "ab...", fit("abcdefghijkl", 5, asIs))
	require.Equal(t, 2, size("\U0001f600"), "an emoji outside the basic plane counts twice")
	require.LessOrEqual(t, size(fit(strings.Repeat("\U0001f600<", 50), 40, mrkdwn)), 40)
	require.Equal(t, "... 1 more line", more(1))
}

func TestHostileReferencesAreText(t *testing.T) {
	t.Parallel()
	for _, s := range []string{
		board.Mention(job.Actor{Kind: job.SlackUser, ID: "!channel", Full: "<!channel>"}),
		board.Group("S0|<!here>", "@here"),
		board.Link("javascript:alert(1)", "click"),
		board.Link("https://acme.test/>|<!channel>", "click <!here>"),
		board.Link("https://acme.test", "a|b> <@U0BOB>"),
		board.Emoji("x: <!here> :x"),
		"<!channel> <@U0BOB> <#C0OPS> <https://evil.test|good> \uE000user|U0BOB|x",
		"\uE000user|U0BOB", "plain \uE001 marks \uE000",
		"\uE000\uE000user|U0BOB|x\uE001\uE001",
	} {
		for _, text := range texts(t, render(board.Message{
			Sentence: s, Lines: []string{s}, Quote: []string{s}, Hint: s, Head: s,
			Buttons: []board.Button{{Label: s, Says: s, Action: "x", Value: "v", Sure: s}},
		}, "")) {
			require.NotContains(t, text, "<!channel", s)
			require.NotContains(t, text, "<!here", s)
			if !strings.Contains(s, "\uE000\uE000") && !strings.HasPrefix(s, "\uE000user|U0BOB") {
				require.NotContains(t, text, "<@U0BOB", s)
			}
		}
	}
}

// references are what Slack would act on.
var references = regexp.MustCompile(`<[@#!][^>]*>`)

// FuzzRender holds that whatever comes from outside, Slack accepts the message and nobody is mentioned by it.
func FuzzRender(f *testing.F) {
	f.Add("Refreshing", "line one\nline two", "log", "Cancel", 1, 1)
	f.Add("*b* `c` <!channel>", strings.Repeat("x\n", 100), "```", "<@U0BOB>", 30, 20)
	f.Add("\uE000user|U0BOB|x\uE001", "\x00\x7f\u202e", strings.Repeat("\U0001f600", 2000), "", 3, 60)
	f.Add("", "", "", "\u200b", 0, 0)
	server, err := slack.New(slack.Options{Limits: slack.Limits{Off: true}})
	require.NoError(f, err)
	f.Cleanup(func() { require.NoError(f, server.Close()) })
	handler := server.Handler()
	f.Fuzz(func(t *testing.T, head, lines, quote, label string, buttons, times int) {
		clean := board.Clean
		m := board.Message{Sentence: clean(head), Head: clean(head), ID: clean(label), Hint: clean(label)}
		for range min(max(times, 0), 60) {
			m.Lines = append(m.Lines, strings.Split(clean(lines), "\n")...)
			m.Quote = append(m.Quote, clean(quote))
			if len(m.Lines) > 5000 {
				break
			}
		}
		for range min(max(buttons, 0), 40) {
			m.Buttons = append(m.Buttons, board.Button{Label: clean(label), Says: clean(head), Action: clean(label), Value: clean(quote), Sure: clean(lines)})
		}
		r := render(m, "")
		accepted(t, handler.ServeHTTP, r)
		for _, text := range texts(t, r) {
			require.Empty(t, references.FindAllString(text, -1))
		}
		p := renderPlain(m)
		accepted(t, handler.ServeHTTP, p)
		require.Empty(t, references.FindAllString(p.text, -1))
	})
}

// accepted posts a message into the sandbox, which checks blocks as strictly as Slack.
func accepted(t *testing.T, serve func(http.ResponseWriter, *http.Request), r rendered) {
	t.Helper()
	form := url.Values{"token": {botToken}, "channel": {dmAlice}, "text": {r.text}}
	if len(r.blocks) > 0 {
		raw, err := json.Marshal(r.blocks)
		require.NoError(t, err)
		form.Set("blocks", string(raw))
	}
	require.LessOrEqual(t, size(r.text), maxText)
	req := httptest.NewRequest(http.MethodPost, "/api/chat.postMessage", strings.NewReader(form.Encode()))
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	out := httptest.NewRecorder()
	serve(out, req)
	var answer struct {
		OK       bool
		Error    string
		Metadata struct{ Messages []string } `json:"response_metadata"`
	}
	require.NoError(t, json.Unmarshal(out.Body.Bytes(), &answer))
	require.True(t, answer.OK, "%s %v", answer.Error, answer.Metadata.Messages)
}
