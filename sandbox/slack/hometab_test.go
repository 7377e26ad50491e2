package slack_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/sandbox/slack"
)

// homeView is a Home tab with these blocks.
func homeView(blocks string) string {
	return `{"type":"home","callback_id":"c","blocks":` + blocks + `}`
}

func TestOpeningTheHomeTabTellsTheApp(t *testing.T) {
	t.Parallel()
	w := open(t, calm())
	l := w.dial()
	watch, err := w.person("alice").Watch(w.ctx)
	require.NoError(t, err)
	defer func() { _ = watch.Close() }()
	require.NoError(t, w.person("alice").OpenHome(w.ctx))
	f := l.next()
	l.ack(f)
	event := f.Payload.Event
	require.NotEmpty(t, event["event_ts"])
	delete(event, "event_ts")
	require.Equal(t, map[string]any{"type": "app_home_opened", "user": "U0ALICE", "channel": dm, "tab": "home"}, event)

	w.must(pawl, "views.publish", fields{"user_id": "U0ALICE", "view": homeView(buttons)})
	for {
		e, err := watch.Next()
		require.NoError(t, err)
		if e.Type == "home" {
			require.Contains(t, string(e.Raw), "Restart blue")
			break
		}
	}
	v, err := w.person("alice").Home(w.ctx)
	require.NoError(t, err)
	require.Contains(t, string(v.Blocks), "Restart blue")
	v, err = w.person("bob").Home(w.ctx)
	require.NoError(t, err)
	require.Empty(t, v.ID, "everybody has their own")

	require.NoError(t, w.person("alice").OpenHome(w.ctx))
	f = l.next()
	l.ack(f)
	require.Contains(t, fmt.Sprint(f.Payload.Event["view"]), "Restart blue", "from then on the app is told what stands there")
}

func TestAPressInAHomeTabComesWithoutAChannel(t *testing.T) {
	t.Parallel()
	w := open(t, calm())
	l := w.dial()
	w.must(pawl, "views.publish", fields{"user_id": "U0BOB", "view": homeView(buttons)})
	done := make(chan error, 1)
	go func() { done <- w.person("bob").ClickHome(w.ctx, "", "yes") }()
	f := l.next()
	require.Equal(t, "block_actions", f.Payload.Type)
	require.Equal(t, "view", f.Payload.Container["type"])
	require.Empty(t, f.Payload.Channel)
	require.Empty(t, f.Payload.Message)
	require.Equal(t, "run-1", f.Payload.Actions[0]["value"])
	require.NotEmpty(t, f.Payload.TriggerID)
	l.ack(f)
	require.NoError(t, <-done)

	require.Equal(t, "action_not_found", refusal(w.person("bob").ClickHome(w.ctx, "", "no")))
	require.Equal(t, "view_not_found", refusal(w.person("alice").ClickHome(w.ctx, "", "yes")), "she has none")
	v, err := w.person("bob").Home(w.ctx)
	require.NoError(t, err)
	req, err := http.NewRequestWithContext(w.ctx, http.MethodPost, w.url+"/sandbox/click",
		strings.NewReader(fmt.Sprintf(`{"token":"xoxp-alice","view_id":%q,"action_id":"yes"}`, v.ID)))
	require.NoError(t, err)
	require.Equal(t, "view_not_found", w.do(req).code(), "it is Bob's")
}

func TestViewsPublishIsAsStrictAsSlack(t *testing.T) {
	t.Parallel()
	w := open(t, calm())
	hundred := "[" + strings.TrimSuffix(strings.Repeat(`{"type":"divider"},`, 100), ",") + "]"
	published := w.must(pawl, "views.publish", fields{"user_id": "U0BOB", "view": homeView(hundred)})["view"].(map[string]any)
	for _, c := range []struct {
		name, user, view, hash, code string
	}{
		{"a hash of before", "U0BOB", homeView(`[{"type":"divider"}]`), "1.2", "hash_conflict"},
		{"the hash of now", "U0BOB", homeView(`[{"type":"divider"}]`), published["hash"].(string), ""},
		{"101 blocks", "U0BOB", homeView(strings.Replace(hundred, "[", `[{"type":"divider"},`, 1)), "", "invalid_arguments"},
		{"nobody", "U0NOBODY", homeView(hundred), "", "invalid_arguments"},
		{"a bot", slack.BotUserID, homeView(hundred), "", "invalid_arguments"},
		{"no view", "U0BOB", "", "", "invalid_arguments"},
		{"a title", "U0BOB", `{"type":"home","title":{"type":"plain_text","text":"x"},"blocks":` + hundred + `}`, "", "invalid_arguments"},
		{"a text that is too long", "U0BOB", homeView(`[{"type":"section","text":{"type":"mrkdwn","text":"` + strings.Repeat("x", 3001) + `"}}]`), "", "invalid_arguments"},
		{"250 kB", "U0BOB", `{"type":"home","blocks":` + hundred + strings.Repeat(" ", 250_000) + `}`, "", "view_too_large"},
		{"the same block twice", "U0BOB", homeView(`[{"type":"divider","block_id":"x"},{"type":"divider","block_id":"x"}]`), "", "invalid_arguments"},
	} {
		form := fields{"user_id": c.user, "view": c.view}
		if c.hash != "" {
			form["hash"] = c.hash
		}
		require.Equal(t, c.code, w.call(pawl, "views.publish", form).code(), c.name)
	}
}

func TestAnAppWithoutAHomeTab(t *testing.T) {
	t.Parallel()
	opts := calm()
	opts.NoHome = true
	w := open(t, opts)
	require.Equal(t, "not_enabled", w.call(pawl, "views.publish", fields{"user_id": "U0BOB", "view": homeView(`[{"type":"divider"}]`)}).code())
	require.Equal(t, "not_enabled", refusal(w.person("bob").OpenHome(w.ctx)))
}
