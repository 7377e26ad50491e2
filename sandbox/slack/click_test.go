package slack_test

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/sandbox/slack"
)

const buttons = `[
	{"type":"section","block_id":"s","text":{"type":"mrkdwn","text":"Go on?"},
	 "accessory":{"type":"button","action_id":"log","text":{"type":"plain_text","text":"Log"}}},
	{"type":"actions","block_id":"b","elements":[
	 {"type":"button","action_id":"yes","value":"run-1","style":"danger","text":{"type":"plain_text","text":"Restart blue"}},
	 {"type":"button","action_id":"twice","text":{"type":"plain_text","text":"A"}}]},
	{"type":"actions","block_id":"c","elements":[
	 {"type":"button","action_id":"twice","text":{"type":"plain_text","text":"B"}},
	 {"type":"overflow","action_id":"more","options":[{"text":{"type":"plain_text","text":"x"},"value":"x"}]}]}]`

func (w *world) ask(channel string) string {
	return w.must(pawl, "chat.postMessage", fields{"channel": channel, "text": "Go on?", "blocks": buttons})["ts"].(string)
}

// press clicks in the background; the result comes on the channel.
func (w *world) press(name, channel, ts, action string) <-chan error {
	result := make(chan error, 1)
	go func() { result <- w.person(name).Click(w.ctx, channel, ts, action) }()
	return result
}

func refusal(err error) string {
	var r *slack.Refusal
	if errors.As(err, &r) {
		return r.Code
	}
	if err != nil {
		return err.Error()
	}
	return ""
}

func TestClickPayload(t *testing.T) {
	t.Parallel()
	opts := calm()
	opts.Events = []string{}
	w := open(t, opts)
	l := w.dial()
	ts := w.ask(ops)
	pressed := w.press("bob", ops, ts, "yes")
	f := l.next()
	require.Equal(t, "interactive", f.Type)
	require.True(t, f.Accepts)
	require.Nil(t, f.RetryAttempt)
	require.Equal(t, "block_actions", f.Payload.Type)
	require.Equal(t, map[string]any{"id": "U0BOB", "username": "bob", "name": "bob", "team_id": "T0ACME"}, f.Payload.User)
	require.Equal(t, map[string]any{"type": "message", "message_ts": ts, "channel_id": ops, "is_ephemeral": false}, f.Payload.Container)
	require.Equal(t, map[string]any{"id": ops, "name": "ops"}, f.Payload.Channel)
	action := f.Payload.Actions[0]
	require.NotEmpty(t, action["action_ts"])
	delete(action, "action_ts")
	require.Equal(t, map[string]any{
		"type": "button", "action_id": "yes", "block_id": "b", "value": "run-1", "style": "danger",
		"text": map[string]any{"type": "plain_text", "text": "Restart blue", "emoji": true},
	}, action)
	require.Equal(t, ts, f.Payload.Message["ts"])
	require.Regexp(t, `^\d+\.\d+\.\w+$`, f.Payload.TriggerID)
	l.ack(f)
	require.NoError(t, <-pressed)

	pressed = w.press("bob", ops, ts, "log")
	f = l.next()
	require.Equal(t, "s", f.Payload.Actions[0]["block_id"], "a button beside a section")
	l.ack(f)
	require.NoError(t, <-pressed)
}

func TestClicksThatAreNone(t *testing.T) {
	t.Parallel()
	w := open(t, calm())
	w.dial()
	ts := w.ask(ops)
	others := w.must("xoxb-otherbot", "chat.postMessage", fields{"channel": shopDev, "text": "x", "blocks": buttons})["ts"].(string)
	for _, c := range []struct{ name, person, channel, ts, action, code string }{
		{"nobody", "nobody", ops, ts, "yes", "invalid_auth"},
		{"a guest who does not see the channel", "gus", ops, ts, "yes", "channel_not_found"},
		{"a partner", "max", ops, ts, "yes", "channel_not_found"},
		{"another channel", "bob", shopDev, ts, "yes", "message_not_found"},
		{"no such button", "bob", ops, ts, "no", "action_not_found"},
		{"not clear which", "bob", ops, ts, "twice", "action_not_found"},
		{"not a button", "bob", ops, ts, "more", "action_not_a_button"},
		{"another app's", "bob", shopDev, others, "yes", "app_not_reachable"},
	} {
		require.Equal(t, c.code, refusal(w.person(c.person).Click(w.ctx, c.channel, c.ts, c.action)), c.name)
	}
	w.must(pawl, "chat.update", fields{"channel": ops, "ts": ts, "text": "answered"})
	require.Equal(t, "action_not_found", refusal(w.person("bob").Click(w.ctx, ops, ts, "yes")), "the button is gone")
	w.must(pawl, "chat.delete", fields{"channel": ops, "ts": ts})
	require.Equal(t, "message_not_found", refusal(w.person("bob").Click(w.ctx, ops, ts, "yes")))
}

// A click is tried once; the person sees that nothing answered.
func TestClickWithoutAnswer(t *testing.T) {
	t.Parallel()
	w := open(t, quick(moment))
	watch := w.watch("bob")
	ts := w.ask(ops)
	failed := func() string {
		e, err := watch.Until(func(e slack.Event) bool { return e.Type == "click_failed" })
		require.NoError(t, err)
		require.Equal(t, "yes", e.ActionID)
		return e.Error
	}
	require.Equal(t, "operation_timeout", refusal(w.person("bob").Click(w.ctx, ops, ts, "yes")), "nobody is connected")
	require.Equal(t, "operation_timeout", failed())

	l := w.dial()
	require.Equal(t, "operation_timeout", refusal(w.person("bob").Click(w.ctx, ops, ts, "yes")), "not acknowledged")
	require.Equal(t, "operation_timeout", failed())
	late := l.next()
	l.ack(late)
	require.Equal(t, "unknown_envelope", w.logged("ack", 1)[0].Error)

	w.fault(slack.Fault{Kind: "lost_click", Times: 1})
	require.Equal(t, "operation_timeout", refusal(w.person("bob").Click(w.ctx, ops, ts, "yes")))
	require.Equal(t, "operation_timeout", failed())
	require.Empty(t, l.frames, "it never arrived, and clicks are not repeated")

	w.fault(slack.Fault{Kind: "lost_ack", Times: 1})
	pressed := w.press("bob", ops, ts, "yes")
	l.ack(l.next())
	require.Equal(t, "operation_timeout", refusal(<-pressed))
}

func TestEphemeralButtons(t *testing.T) {
	t.Parallel()
	w := open(t, calm())
	l := w.dial()
	ts := w.must(pawl, "chat.postEphemeral", fields{"channel": ops, "user": "U0BOB", "text": "Only you", "blocks": buttons})["message_ts"].(string)
	require.Equal(t, "message_not_found", refusal(w.person("alice").Click(w.ctx, ops, ts, "yes")))
	pressed := w.press("bob", ops, ts, "yes")
	f := l.next()
	require.Equal(t, true, f.Payload.Container["is_ephemeral"])
	require.Nil(t, f.Payload.Message, "Slack does not send the message along")
	l.ack(f)
	require.NoError(t, <-pressed)
}

func (w *world) respond(url, body string) (int, string) {
	w.Helper()
	req, err := http.NewRequestWithContext(w.ctx, http.MethodPost, url, strings.NewReader(body))
	require.NoError(w, err)
	req.Header.Set("Content-Type", "application/json; charset=utf-8")
	resp, err := http.DefaultClient.Do(req)
	require.NoError(w, err)
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	require.NoError(w, err)
	if resp.StatusCode == http.StatusOK {
		require.Equal(w, "text/plain; charset=utf-8", resp.Header.Get("Content-Type"))
	}
	return resp.StatusCode, string(text)
}

func TestResponseURL(t *testing.T) {
	t.Parallel()
	hand := newClock()
	opts := calm()
	opts.Now, opts.Events = hand.Now, []string{}
	w := open(t, opts)
	l := w.dial()
	ts := w.ask(ops)
	url := func() string {
		pressed := w.press("bob", ops, ts, "yes")
		f := l.next()
		l.ack(f)
		require.NoError(t, <-pressed)
		return f.Payload.ResponseURL
	}
	at := url()
	status, body := w.respond(at, `{"text":"Counted."}`)
	require.Equal(t, http.StatusOK, status)
	require.Equal(t, "ok", body)
	seen, err := w.person("bob").Ephemerals(w.ctx, ops)
	require.NoError(t, err)
	require.Equal(t, "Counted.", seen[0].Text)

	for _, use := range []string{
		`{"text":"for all","response_type":"in_channel"}`, `{"text":"answered","replace_original":true}`,
		`{"delete_original":true}`, `{"text":"5"}`,
	} {
		status, body := w.respond(at, use)
		require.Equal(t, http.StatusOK, status, body)
	}
	require.Equal(t, []string{"for all"}, texts(w.must(pawl, "conversations.history", fields{"channel": ops})))
	status, body = w.respond(at, `{"text":"6"}`)
	require.Equal(t, http.StatusNotFound, status)
	require.Contains(t, body, "used_url")

	ts = w.ask(ops)
	at = url()
	hand.pass(30*time.Minute + time.Second)
	_, body = w.respond(at, `{"text":"late"}`)
	require.Contains(t, body, "expired_url")
}

func TestTriggersOpenOneViewInTime(t *testing.T) {
	t.Parallel()
	hand := newClock()
	opts := calm()
	opts.Now, opts.Events = hand.Now, []string{}
	w := open(t, opts)
	l := w.dial()
	ts := w.ask(ops)
	trigger := func() string {
		pressed := w.press("bob", ops, ts, "yes")
		f := l.next()
		l.ack(f)
		require.NoError(t, <-pressed)
		return f.Payload.TriggerID
	}
	const view = `{"type":"modal","title":{"type":"plain_text","text":"Why?"},"blocks":[{"type":"divider"}]}`
	viewsOpen := func(trigger string) answer {
		return w.call(pawl, "views.open", fields{"trigger_id": trigger, "view": view})
	}
	id := trigger()
	got := viewsOpen(id)
	require.Equal(t, "", got.code())
	opened := got.Body["view"].(map[string]any)
	require.Equal(t, "exchanged_trigger_id", viewsOpen(id).code())
	late := trigger()
	hand.pass(3001 * time.Millisecond)
	require.Equal(t, "expired_trigger_id", viewsOpen(late).code())
	require.Equal(t, "invalid_trigger_id", viewsOpen("abc").code())

	update := fields{"view_id": opened["id"].(string), "hash": opened["hash"].(string), "view": view}
	require.Equal(t, "", w.call(pawl, "views.update", update).code())
	require.Equal(t, "hash_conflict", w.call(pawl, "views.update", update).code())
	require.Equal(t, "not_found", w.call(pawl, "views.update", fields{"view_id": "V0", "view": view}).code())
	require.Equal(t, "invalid_arguments", w.call(pawl, "views.publish", fields{"user_id": "U0BOB", "view": view}).code(), "a modal is no Home tab")
	require.Equal(t, "", w.call(pawl, "views.publish", fields{"user_id": "U0BOB", "view": `{"type":"home","blocks":[{"type":"divider"}]}`}).code())
	long := strings.Replace(view, "Why?", strings.Repeat("x", 25), 1)
	require.Equal(t, "invalid_arguments", w.call(pawl, "views.open", fields{"trigger_id": trigger(), "view": long}).code())
}

func TestSlashCommand(t *testing.T) {
	t.Parallel()
	w := open(t, quick(fair))
	l := w.dial()
	alice := w.person("alice")
	done := make(chan error, 1)
	go func() { done <- alice.Command(w.ctx, dm, "/pawl", "toy <now>") }()
	f := l.next()
	require.Equal(t, "slash_commands", f.Type)
	require.Equal(t, "/pawl", f.Payload.Command)
	require.Equal(t, "toy &lt;now&gt;", f.Payload.Text)
	l.ack(f, map[string]any{"text": "On it."})
	require.NoError(t, <-done)
	seen, err := alice.Ephemerals(w.ctx, dm)
	require.NoError(t, err)
	require.Equal(t, "On it.", seen[0].Text)
	require.Equal(t, "unknown_command", refusal(alice.Command(w.ctx, dm, "/nothing", "")))
	require.Equal(t, "operation_timeout", refusal(alice.Command(w.ctx, dm, "/pawl", "unheard")))
}
