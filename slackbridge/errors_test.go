package slackbridge

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/pawl-ops/pawl/internal/board"
	"github.com/slack-go/slack"
	"github.com/stretchr/testify/require"
)

// documented is every code that Slack's pages list for the methods we call.
func documented(t *testing.T) map[string][]string {
	raw, err := os.ReadFile("testdata/errors.tsv")
	require.NoError(t, err)
	codes := map[string][]string{}
	for line := range strings.Lines(string(raw)) {
		method, code, ok := strings.Cut(strings.TrimSpace(line), "\t")
		if ok {
			codes[method] = append(codes[method], code)
		}
	}
	return codes
}

func TestEveryDocumentedCodeHasAMeaning(t *testing.T) {
	t.Parallel()
	codes := documented(t)
	require.Len(t, codes, 22)
	for method, list := range codes {
		for _, code := range append(list, everyMethod()...) {
			require.NotEqual(t, unheard, meaningOf(method, code), "%s: %s", method, code)
		}
	}
}

// everyMethod lists codes that the pages of all methods share.
func everyMethod() []string {
	return []string{
		"access_denied", "account_inactive", "deprecated_endpoint", "ekm_access_denied", "enterprise_is_restricted",
		"fatal_error", "internal_error", "invalid_arg_name", "invalid_arguments", "invalid_array_arg", "invalid_auth",
		"invalid_charset", "invalid_form_data", "invalid_post_type", "is_bot", "method_deprecated", "missing_post_type",
		"missing_scope", "no_permission", "not_allowed_token_type", "not_authed", "org_login_required", "ratelimited",
		"request_timeout", "service_unavailable", "team_access_not_granted", "team_added_to_org", "token_expired",
		"token_revoked", "two_factor_setup_required",
	}
}

func TestWhatCodesMean(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		method, code string
		is           error
	}{
		{"chat.update", "message_not_found", board.ErrGone},
		{"chat.update", "edit_window_closed", board.ErrGone},
		{"chat.update", "is_inactive", board.ErrGone},
		{"chat.update", "channel_not_found", board.ErrGone},
		{"chat.postMessage", "channel_not_found", board.ErrNoPlace},
		{"chat.postMessage", "is_archived", board.ErrNoPlace},
		{"chat.postMessage", "not_in_channel", board.ErrNoPlace},
		{"chat.postMessage", "restricted_action_thread_locked", errNoThread},
		{"chat.postMessage", "restricted_action_thread_locked", board.ErrNoPlace},
		{"chat.postMessage", "invalid_blocks", errUnfit},
		{"chat.postMessage", "msg_blocks_too_long", errUnfit},
		{"chat.update", "msg_too_long", errUnfit},
		{"chat.postEphemeral", "user_not_in_channel", board.ErrNoPlace},
		{"chat.delete", "message_not_found", board.ErrGone},
		{"reactions.add", "already_reacted", nil},
		{"reactions.add", "message_not_found", board.ErrGone},
	} {
		err := calling(c.method, slack.SlackErrorResponse{Err: c.code})
		if c.is == nil {
			require.NoError(t, err, c.code)
			continue
		}
		require.ErrorIs(t, err, c.is, c.code)
	}
}

func TestWhatMayHaveTakenEffectIsAmbiguous(t *testing.T) {
	t.Parallel()
	for name, err := range map[string]error{
		"a timeout":        context.DeadlineExceeded,
		"a reset":          &net.OpError{Op: "read", Err: errors.New("connection reset by peer")},
		"an answer cut":    io.ErrUnexpectedEOF,
		"a server error":   slack.StatusCodeError{Code: http.StatusBadGateway},
		"an error of ours": slack.SlackErrorResponse{Err: "internal_error"},
		"a slow backend":   slack.SlackErrorResponse{Err: "request_timeout"},
		"service":          slack.SlackErrorResponse{Err: "service_unavailable"},
	} {
		var unclear *board.AmbiguousError
		require.ErrorAs(t, calling("chat.postMessage", err), &unclear, name)
	}
	var call *CallError
	require.ErrorAs(t, calling("chat.postMessage", &net.OpError{Op: "dial", Err: errors.New("connection refused")}), &call,
		"without a connection nothing can have happened")
	require.ErrorAs(t, calling("chat.postMessage", slack.StatusCodeError{Code: http.StatusForbidden}), &call)
}

func TestTooFast(t *testing.T) {
	t.Parallel()
	for _, err := range []error{
		slack.StatusCodeError{Code: http.StatusTooManyRequests},
		slack.SlackErrorResponse{Err: "ratelimited"},
		slack.SlackErrorResponse{Err: "rate_limited"},
		&slack.RateLimitedError{RetryAfter: unstated},
	} {
		var limited *board.ThrottledError
		require.ErrorAs(t, calling("chat.update", err), &limited)
		require.Equal(t, 5*time.Second, limited.After)
	}
}

func TestAMissingScopeIsNamed(t *testing.T) {
	t.Parallel()
	err := calling("users.list", slack.SlackErrorResponse{Err: "missing_scope", Needed: "users:read"})
	require.EqualError(t, err, "calling users.list: missing_scope (needs users:read)")
	code, ok := isDenied(err)
	require.True(t, ok)
	require.Equal(t, "missing_scope", code)
	require.NoError(t, calling("users.list", nil))
	_, ok = isDenied(io.EOF)
	require.False(t, ok)
}
