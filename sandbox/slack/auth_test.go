package slack_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/sandbox/slack"
)

func TestTokens(t *testing.T) {
	t.Parallel()
	opts := calm()
	opts.Scopes = []string{"channels:history", "channels:read", "users:read"}
	w := open(t, opts)
	require.NoError(t, w.server.Edit(slack.Edit{User: "sam", Deleted: new(true)}))

	for _, c := range []struct {
		name, token, method string
		form                fields
		code                string
	}{
		{"none", "", "auth.test", nil, "not_authed"},
		{"wrong", "xoxb-nobody", "auth.test", nil, "invalid_auth"},
		{"deactivated person", "xoxp-sam", "auth.test", nil, "account_inactive"},
		{"app token for a method of bots", "xapp-sandbox-pawl", "chat.postMessage", fields{"channel": shopDev}, "not_allowed_token_type"},
		{"bot token for a socket", pawl, "apps.connections.open", nil, "not_allowed_token_type"},
		{"unknown method", pawl, "files.upload", nil, "unknown_method"},
		{"missing argument", "xoxp-alice", "chat.postMessage", fields{"text": "hi"}, "invalid_arguments"},
		{"no scope", pawl, "chat.postMessage", fields{"channel": shopDev, "text": "hi"}, "missing_scope"},
		{"no scope for this kind of channel", pawl, "conversations.history", fields{"channel": dm}, "missing_scope"},
		{"no scope for one of the types", pawl, "conversations.list", fields{"types": "public_channel,im"}, "missing_scope"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := w.call(c.token, c.method, c.form)
			require.Equal(t, http.StatusOK, got.Status)
			require.Equal(t, false, got.Body["ok"])
			require.Equal(t, c.code, got.code())
		})
	}
	refused := w.call(pawl, "conversations.history", fields{"channel": dm})
	require.Equal(t, "im:history", refused.Body["needed"])
	require.Equal(t, "channels:history,channels:read,users:read", refused.Body["provided"])

	user := w.must(pawl, "users.info", fields{"user": "U0ALICE"})["user"].(map[string]any)
	require.NotContains(t, user["profile"], "email", "that takes users:read.email")
}

// Tokens and arguments come in several places, and not in others.
func TestPlacesOfTokensAndArguments(t *testing.T) {
	t.Parallel()
	w := open(t, calm())
	send := func(method, query, contentType, body, bearer string) answer {
		req, err := http.NewRequestWithContext(w.ctx, http.MethodPost, w.url+"/api/"+method+query, strings.NewReader(body))
		require.NoError(t, err)
		if contentType != "" {
			req.Header.Set("Content-Type", contentType)
		}
		if bearer != "" {
			req.Header.Set("Authorization", "Bearer "+bearer)
		}
		return w.do(req)
	}
	const form, json = "application/x-www-form-urlencoded", "application/json; charset=utf-8"
	for _, c := range []struct{ name, method, query, contentType, body, bearer, code string }{
		{"token in the form", "auth.test", "", form, "token=" + pawl, "", ""},
		{"token in the header", "auth.test", "", form, "", pawl, ""},
		{"token in the query", "auth.test", "?token=" + pawl, form, "", "", "not_authed"},
		{"token in JSON", "auth.test", "", json, `{"token":"` + pawl + `"}`, "", "not_authed"},
		{"arguments in JSON", "chat.postMessage", "", json, `{"channel":"C0OPS","blocks":[{"type":"divider"}],"text":"x"}`, pawl, ""},
		{"arguments in the query", "users.info", "?user=U0BOB", form, "", pawl, ""},
		{"JSON for a method that does not read it", "users.info", "", json, `{"user":"U0BOB"}`, pawl, "invalid_arguments"},
		{"broken JSON", "auth.test", "", json, `{`, pawl, "invalid_json"},
		{"JSON that is no object", "auth.test", "", json, `[]`, pawl, "json_not_object"},
		{"broken form", "auth.test", "", form, `%zz`, pawl, "invalid_form_data"},
		{"no type", "auth.test", "", "", `a=b`, pawl, "missing_post_type"},
		{"strange type", "auth.test", "", "text/xml", `<a/>`, pawl, "invalid_post_type"},
		{"unknown arguments are ignored", "auth.test", "", form, "colour=blue", pawl, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := send(c.method, c.query, c.contentType, c.body, c.bearer)
			require.Equal(t, c.code, got.code(), got.Body)
			require.Equal(t, c.code == "", got.Body["ok"])
		})
	}
	remark := send("auth.test", "", "application/json", `{}`, pawl)
	require.Equal(t, "missing_charset", remark.Body["warning"])

	req, err := http.NewRequestWithContext(w.ctx, http.MethodGet, w.url+"/api/users.info?user=U0BOB", nil)
	require.NoError(t, err)
	req.Header.Set("Authorization", "Bearer "+pawl)
	require.Equal(t, true, w.do(req).Body["ok"])
}

func TestAuthTest(t *testing.T) {
	t.Parallel()
	w := open(t, calm())
	bot := w.must(pawl, "auth.test", nil)
	require.Equal(t, "U0PAWL", bot["user_id"])
	require.Equal(t, "B0PAWL", bot["bot_id"])
	require.Equal(t, "T0ACME", bot["team_id"])
	alice := w.must("xoxp-alice", "auth.test", nil)
	require.Equal(t, "alice", alice["user"])
	require.NotContains(t, alice, "bot_id")
	require.Equal(t, "T0PARTNER", w.must("xoxp-max", "auth.test", nil)["team_id"])
}

// A web page of another origin must not be able to press buttons.
func TestOtherOriginsAreTurnedAway(t *testing.T) {
	t.Parallel()
	w := open(t, calm())
	for origin, status := range map[string]int{"https://evil.test": 403, w.url: 200, "": 200} {
		req, err := http.NewRequestWithContext(w.ctx, http.MethodPost, w.url+"/api/auth.test", nil)
		require.NoError(t, err)
		req.Header.Set("Authorization", "Bearer xoxp-alice")
		if origin != "" {
			req.Header.Set("Origin", origin)
		}
		require.Equal(t, status, w.do(req).Status, origin)
	}
}
