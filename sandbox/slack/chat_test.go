package slack_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/sandbox/slack"
)

func TestPostMessage(t *testing.T) {
	t.Parallel()
	w := open(t, calm())

	require.NoError(t, w.server.Edit(slack.Edit{Channel: "releases", Archived: new(true)}))
	require.NoError(t, w.server.Edit(slack.Edit{Channel: "secret", Private: true, Add: []string{"alice"}}))
	state, err := w.control.State(w.ctx)
	require.NoError(t, err)
	secret := state.Channels[len(state.Channels)-1].ID

	tooMany := "[" + strings.Repeat(`{"text":"a"},`, 100) + `{"text":"a"}]`
	for _, c := range []struct {
		name, token string
		form        fields
		code        string
	}{
		{"by id", pawl, fields{"channel": shopDev, "text": "hi"}, ""},
		{"by name", pawl, fields{"channel": "#shop-dev", "text": "hi"}, ""},
		{"to a person", pawl, fields{"channel": "U0ALICE", "text": "hi"}, ""},
		{"to nobody", pawl, fields{"channel": "U0NOBODY", "text": "hi"}, "channel_not_found"},
		{"where the bot is not", pawl, fields{"channel": "C0GENERAL", "text": "hi"}, "not_in_channel"},
		{"where a person is not", "xoxp-sam", fields{"channel": ops, "text": "hi"}, "not_in_channel"},
		{"where a partner is not", "xoxp-max", fields{"channel": ops, "text": "hi"}, "channel_not_found"},
		{"into a private channel of others", pawl, fields{"channel": secret, "text": "hi"}, "channel_not_found"},
		{"into the direct message of others", "xoxp-bob", fields{"channel": dm, "text": "hi"}, "channel_not_found"},
		{"into an archive", pawl, fields{"channel": "C0RELEASES", "text": "hi"}, "is_archived"},
		{"nothing", pawl, fields{"channel": shopDev}, "no_text"},
		{"an empty list of blocks", pawl, fields{"channel": shopDev, "blocks": "[]"}, "no_text"},
		{"blocks that are no JSON", pawl, fields{"channel": shopDev, "blocks": "{"}, "invalid_blocks_format"},
		{"blocks that are no blocks", pawl, fields{"channel": shopDev, "blocks": `[{"type":"carousel"}]`}, "invalid_blocks"},
		{"too many attachments", pawl, fields{"channel": shopDev, "attachments": tooMany}, "too_many_attachments"},
		{"thread_ts that is none", pawl, fields{"channel": shopDev, "text": "x", "thread_ts": "yesterday"}, "invalid_arguments"},
		{"markdown beside text", pawl, fields{"channel": shopDev, "text": "x", "markdown_text": "x"}, "markdown_text_conflict"},
		{"metadata that is none", pawl, fields{"channel": shopDev, "text": "x", "metadata": `{"event_type":"a"}`}, "invalid_metadata_format"},
		{"metadata in layers", pawl, fields{"channel": shopDev, "text": "x", "metadata": `{"event_type":"a","event_payload":{"a":{"b":1}}}`}, "invalid_metadata_schema"},
		{"metadata with bad keys", pawl, fields{"channel": shopDev, "text": "x", "metadata": `{"event_type":"a","event_payload":{"A-b":1}}`}, "invalid_metadata_schema"},
		{"too much metadata", pawl, fields{"channel": shopDev, "text": "x", "metadata": `{"event_type":"a","event_payload":{"a":"` + strings.Repeat("x", 9000) + `"}}`}, "metadata_too_large"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := w.call(c.token, "chat.postMessage", c.form)
			require.Equal(t, c.code, got.code(), got.Body)
		})
	}
}

func TestTimestampsAreUniqueAndRise(t *testing.T) {
	t.Parallel()
	w := open(t, calm())
	last := ""
	for i := range 200 {
		ts := w.say(pawl, shopDev, fmt.Sprint(i), "")
		require.Regexp(t, `^\d{10}\.\d{6}$`, ts)
		require.Greater(t, ts, last)
		last = ts
	}
}

func TestLongText(t *testing.T) {
	t.Parallel()
	w := open(t, calm())
	got := w.call(pawl, "chat.postMessage", fields{"channel": shopDev, "text": strings.Repeat("é", 40_001)})
	require.Equal(t, "message_truncated", got.Body["warning"])
	require.Equal(t, strings.Repeat("é", 40_000), got.Body["message"].(map[string]any)["text"])

	ts := got.Body["ts"].(string)
	at := func(n int) fields { return fields{"channel": shopDev, "ts": ts, "text": strings.Repeat("é", n)} }
	require.Equal(t, "", w.call(pawl, "chat.update", at(4000)).code())
	require.Equal(t, "msg_too_long", w.call(pawl, "chat.update", at(4001)).code())
}

// What Slack's servers make of text before anybody reads it.
func TestTextIsNormalised(t *testing.T) {
	t.Parallel()
	w := open(t, calm())
	for sent, kept := range map[string]string{
		"a & b < c > d":             "a &amp; b &lt; c &gt; d",
		"&lt;already&gt; &amp;":     "&lt;already&gt; &amp;",
		"<@U0BOB> and <#C0OPS>":     "<@U0BOB> and <#C0OPS>",
		"<!subteam^S0ONCALL> now":   "<!subteam^S0ONCALL> now",
		"<https://a.test|a> <b>":    "<https://a.test|a> &lt;b&gt;",
		"see https://a.test/x?y=1.": "see <https://a.test/x?y=1>.",
		"<!date^1^{time}|now>":      "<!date^1^{time}|now>",
		"<@nobody>":                 "&lt;@nobody&gt;",
	} {
		m := w.must("xoxp-alice", "chat.postMessage", fields{"channel": shopDev, "text": sent})["message"]
		require.Equal(t, kept, m.(map[string]any)["text"], sent)
	}
	m := w.must("xoxp-alice", "chat.postMessage", fields{"channel": shopDev, "text": "<@U0PAWL> toy at 10:30:15 :eyes:"})["message"]
	blocks, err := json.Marshal(m.(map[string]any)["blocks"])
	require.NoError(t, err)
	require.Contains(t, string(blocks), `{"type":"user","user_id":"U0PAWL"},{"text":" toy at 10:30:15 ","type":"text"},{"name":"eyes","type":"emoji"}`)
}

func TestUpdate(t *testing.T) {
	t.Parallel()
	w := open(t, calm())
	const block = `[{"type":"section","block_id":"b","text":{"type":"mrkdwn","text":"hi"}}]`
	posted := w.must(pawl, "chat.postMessage", fields{
		"channel": shopDev, "text": "hi", "blocks": block,
		"metadata": `{"event_type":"board","event_payload":{"key":"k"}}`,
	})
	ts := posted["ts"].(string)
	now := func() map[string]any {
		list := w.must(pawl, "conversations.history", fields{"channel": shopDev, "include_all_metadata": "true"})["messages"].([]any)
		return list[0].(map[string]any)
	}
	update := func(form fields) answer {
		form["channel"], form["ts"] = shopDev, ts
		return w.call(pawl, "chat.update", form)
	}
	kept := map[string]any{"event_type": "board", "event_payload": map[string]any{"key": "k"}}

	require.Equal(t, "", update(fields{"text": "two", "blocks": block}).code())
	require.Equal(t, "two", now()["text"])
	require.NotContains(t, now(), "edited", "messages with blocks do not say so")
	require.Equal(t, kept, now()["metadata"])

	require.Equal(t, "", update(fields{"text": "three"}).code())
	require.NotContains(t, now(), "blocks", "text without blocks takes the blocks away")
	require.Contains(t, now(), "edited")
	require.Equal(t, kept, now()["metadata"])

	got := update(fields{"blocks": block})
	require.Equal(t, "missing_text_in_message", got.Body["warning"])
	require.Equal(t, "This content can't be displayed.", now()["text"])

	require.Equal(t, "no_text", update(fields{"metadata": `{"event_type":"a","event_payload":{}}`}).code())
	alices := w.say("xoxp-alice", shopDev, "mine", "")
	for name, c := range map[string]struct {
		form fields
		code string
	}{
		"of somebody else":  {fields{"channel": shopDev, "ts": alices, "text": "x"}, "cant_update_message"},
		"that is not there": {fields{"channel": shopDev, "ts": "1.000001", "text": "x"}, "message_not_found"},
		"elsewhere":         {fields{"channel": "C0NOWHERE", "ts": ts, "text": "x"}, "channel_not_found"},
	} {
		require.Equal(t, c.code, w.call(pawl, "chat.update", c.form).code(), name)
	}

	require.NoError(t, w.server.Edit(slack.Edit{Channel: "shop-dev", Archived: new(true)}))
	require.Equal(t, "is_inactive", update(fields{"text": "x"}).code())
}

func TestRichTextStaysRichText(t *testing.T) {
	t.Parallel()
	w := open(t, calm())
	rich := `[{"type":"rich_text","elements":[{"type":"rich_text_section","elements":[{"type":"text","text":"a"}]}]}]`
	ts := w.must(pawl, "chat.postMessage", fields{"channel": shopDev, "blocks": rich, "text": "a"})["ts"].(string)
	got := w.call(pawl, "chat.update", fields{"channel": shopDev, "ts": ts, "text": "b", "blocks": `[{"type":"divider"}]`})
	require.Equal(t, "block_mismatch", got.code())
}

func TestThreads(t *testing.T) {
	t.Parallel()
	w := open(t, calm())
	parent := w.say("xoxp-alice", shopDev, "toy", "")
	reply := w.must(pawl, "chat.postMessage", fields{"channel": shopDev, "text": "board", "thread_ts": parent})
	message := reply["message"].(map[string]any)
	require.Equal(t, parent, message["thread_ts"])
	require.Equal(t, "U0ALICE", message["parent_user_id"])
	w.must(pawl, "chat.postMessage", fields{"channel": shopDev, "text": "loud", "thread_ts": parent, "reply_broadcast": "true"})

	history := w.must(pawl, "conversations.history", fields{"channel": shopDev})
	require.Equal(t, []string{"loud", "toy"}, texts(history), "replies are not in the channel, broadcasts are")
	first := history["messages"].([]any)[1].(map[string]any)
	require.EqualValues(t, 2, first["reply_count"])
	require.Equal(t, []any{"U0PAWL"}, first["reply_users"])

	thread := w.must(pawl, "conversations.replies", fields{"channel": shopDev, "ts": parent})
	require.Equal(t, []string{"toy", "board", "loud"}, texts(thread))

	w.must("xoxp-alice", "chat.delete", fields{"channel": shopDev, "ts": parent})
	require.Equal(t, []string{"loud", "This message was deleted."}, texts(w.must(pawl, "conversations.history", fields{"channel": shopDev})))
	lost := w.must(pawl, "chat.postMessage", fields{"channel": shopDev, "text": "result", "thread_ts": parent})
	require.NotContains(t, lost["message"], "thread_ts", "a reply to a deleted message goes into the channel")

	again := w.must(pawl, "chat.postMessage", fields{"channel": shopDev, "text": "x", "thread_ts": reply["ts"].(string)})
	require.NotContains(t, again["message"], "thread_ts", "a reply is no thread")
}

func TestDelete(t *testing.T) {
	t.Parallel()
	w := open(t, calm())
	parent := w.say("xoxp-alice", shopDev, "toy", "")
	reply := w.say(pawl, shopDev, "board", parent)
	require.Equal(t, "cant_delete_message", w.call(pawl, "chat.delete", fields{"channel": shopDev, "ts": parent}).code())
	require.Equal(t, "message_not_found", w.call(pawl, "chat.delete", fields{"channel": shopDev, "ts": "1.000001"}).code())
	require.Equal(t, "channel_not_found", w.call(pawl, "chat.delete", fields{"channel": "C0GENERAL", "ts": parent}).code())
	w.must(pawl, "chat.delete", fields{"channel": shopDev, "ts": reply})
	require.Equal(t, []string{"toy"}, texts(w.must(pawl, "conversations.history", fields{"channel": shopDev})), "the thread ends, its first message stays")

	reply = w.say(pawl, shopDev, "board", parent)
	w.must("xoxp-alice", "chat.delete", fields{"channel": shopDev, "ts": parent})
	w.must(pawl, "chat.delete", fields{"channel": shopDev, "ts": reply})
	require.Equal(t, "message_not_found", w.call(pawl, "chat.delete", fields{"channel": shopDev, "ts": reply}).code())
	require.Empty(t, texts(w.must(pawl, "conversations.history", fields{"channel": shopDev})), "the last reply takes the tombstone along")
	require.Equal(t, "thread_not_found", w.call(pawl, "conversations.replies", fields{"channel": shopDev, "ts": parent}).code())
}

func TestPermalink(t *testing.T) {
	t.Parallel()
	w := open(t, calm())
	parent := w.say("xoxp-alice", shopDev, "toy", "")
	reply := w.say(pawl, shopDev, "board", parent)
	link := func(ts string) string {
		return w.must(pawl, "chat.getPermalink", fields{"channel": shopDev, "message_ts": ts})["permalink"].(string)
	}
	require.Equal(t, w.url+"/archives/C0SHOPDEV/p"+strings.ReplaceAll(parent, ".", ""), link(parent))
	require.Equal(t, w.url+"/archives/C0SHOPDEV/p"+strings.ReplaceAll(reply, ".", "")+"?cid=C0SHOPDEV&thread_ts="+parent, link(reply))
	require.Equal(t, "message_not_found", w.call(pawl, "chat.getPermalink", fields{"channel": shopDev, "message_ts": "1.000001"}).code())
	require.Equal(t, "channel_not_found", w.call(pawl, "chat.getPermalink", fields{"channel": "C0GENERAL", "message_ts": parent}).code())
}

func TestEphemeral(t *testing.T) {
	t.Parallel()
	w := open(t, calm())
	parent := w.say("xoxp-alice", shopDev, "toy", "")
	whisper := func(form fields) answer {
		form["channel"] = shopDev
		return w.call(pawl, "chat.postEphemeral", form)
	}
	require.Equal(t, "user_not_in_channel", whisper(fields{"user": "U0SAM", "text": "x"}).code())
	require.Equal(t, "msg_too_long", whisper(fields{"user": "U0ALICE", "text": strings.Repeat("x", 4001)}).code())
	require.Equal(t, "", whisper(fields{"user": "U0ALICE", "text": "never seen", "thread_ts": parent}).code(),
		"accepted, but a thread without replies does not show it")
	w.say(pawl, shopDev, "board", parent)
	got := whisper(fields{"user": "U0ALICE", "text": "password", "thread_ts": parent})
	require.Equal(t, "", got.code())
	ts := got.Body["message_ts"].(string)

	for name, want := range map[string][]string{"alice": {"password"}, "bob": {}} {
		seen, err := w.person(name).Ephemerals(w.ctx, shopDev)
		require.NoError(t, err)
		found := []string{}
		for _, m := range seen {
			found = append(found, m.Text)
		}
		require.Equal(t, want, found, name)
	}
	require.NotContains(t, texts(w.must("xoxp-alice", "conversations.replies", fields{"channel": shopDev, "ts": parent})), "password")
	require.Equal(t, "message_not_found", w.call(pawl, "chat.update", fields{"channel": shopDev, "ts": ts, "text": "x"}).code())
	require.Equal(t, "message_not_found", w.call(pawl, "chat.delete", fields{"channel": shopDev, "ts": ts}).code())
	require.Equal(t, "message_not_found", w.call("xoxp-alice", "reactions.add", fields{"channel": shopDev, "timestamp": ts, "name": "eyes"}).code())
}
