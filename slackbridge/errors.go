package slackbridge

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/pawl-ops/pawl/internal/board"
	"github.com/slack-go/slack"
)

// CallError is an answer of Slack that neither waiting nor another place mends: our token, our scopes, or a mistake of
// ours in the call.
type CallError struct {
	Method string
	Code   string // as documented for the method; empty when Slack could not be reached
	Needs  string // the scope that is missing, when Slack says so
	Cause  error
}

func (e *CallError) Error() string {
	s := "calling " + e.Method + ": " + e.Cause.Error()
	if e.Needs != "" {
		s += " (needs " + e.Needs + ")"
	}
	return s
}

// Unwrap gives the cause.
func (e *CallError) Unwrap() error { return e.Cause }

// meaning is what an error code of Slack means for what we wanted to do.
type meaning int

const (
	unheard   meaning = iota // a code nobody documented: reported as it is, tried again by the caller
	throttled                // too fast
	ambiguous                // may have taken effect
	gone                     // the message cannot be edited, deleted or seen any more
	noPlace                  // nothing can be said in that conversation
	noThread                 // nothing can be said in that thread, the conversation is open
	unfit                    // the blocks or the text are refused: said in plain text instead
	already                  // what we wanted is the case
	denied                   // our token or its scopes
	ours                     // a mistake in our call, or a feature we never use
)

// everywhere lists what the codes mean, whichever method answers them: https://docs.slack.dev/reference/methods, the errors shared by all
// method pages.
func everywhere() map[string]meaning {
	return map[string]meaning{
		"ratelimited": throttled, "rate_limited": throttled, "message_limit_exceeded": throttled,

		"fatal_error": ambiguous, "internal_error": ambiguous, "request_timeout": ambiguous,
		"service_unavailable": ambiguous, "team_added_to_org": ambiguous, "update_failed": ambiguous,
		"fetch_members_failed": ambiguous, "file_update_failed": ambiguous,

		"access_denied": denied, "accesslimited": denied, "account_inactive": denied, "app_access_restricted": denied,
		"deprecated_endpoint": denied, "ekm_access_denied": denied, "enterprise_is_restricted": denied,
		"forbidden_team": denied, "invalid_auth": denied, "is_bot": denied, "method_deprecated": denied,
		"missing_scope": denied, "no_permission": denied, "not_allowed_token_type": denied, "not_authed": denied,
		"org_login_required": denied, "plan_upgrade_required": denied, "team_access_not_granted": denied,
		"team_not_found": denied, "token_expired": denied, "token_revoked": denied,
		"two_factor_setup_required": denied,

		"message_not_found": gone, "edit_window_closed": gone, "cant_update_message": gone, "cant_delete_message": gone,
		"is_inactive": gone, "block_mismatch": gone, "streaming_state_conflict": gone,

		"channel_not_found": noPlace, "not_in_channel": noPlace, "is_archived": noPlace, "restricted_action": noPlace,
		"restricted_action_read_only_channel": noPlace, "restricted_action_thread_only_channel": noPlace,
		"messages_tab_disabled": noPlace, "external_channel_migrating": noPlace, "posting_to_channel_denied": noPlace,
		"channel_is_limited_access": noPlace, "method_not_supported_for_channel_type": noPlace,
		"user_not_in_channel": noPlace, "user_disabled": noPlace, "user_not_found": noPlace,
		"user_not_visible": noPlace, "no_access": noPlace, "cannot_dm_bot": noPlace, "invalid_channel": noPlace,

		"cannot_reply_to_message": noThread, "restricted_action_non_threadable_channel": noThread,
		"restricted_action_thread_locked": noThread, "thread_locked": noThread, "thread_not_found": noThread,

		"invalid_blocks": unfit, "invalid_blocks_format": unfit, "msg_blocks_too_long": unfit, "msg_too_long": unfit,
		"invalid_attachments": unfit, "markdown_text_conflict": unfit, "metadata_too_large": unfit,
		"invalid_metadata_format": unfit, "invalid_metadata_schema": unfit, "metadata_must_be_sent_from_app": unfit,

		"already_reacted": already, "too_many_emoji": already, "too_many_reactions": already, "not_reactable": already,

		"alt_txt_too_large": ours, "channels_limit_exceeded": ours, "duplicate_external_id": ours,
		"exchanged_trigger_id": ours, "expired_trigger_id": ours, "file_type_not_allowed": ours,
		"file_upload_size_restricted": ours, "file_uploads_disabled": ours, "file_uploads_except_images_disabled": ours,
		"invalid_limit": ours, "invalid_trigger_id": ours, "invalid_types": ours, "snippet_too_large": ours,
		"canvas_disabled_file_team": ours, "canvas_disabled_user_team": ours, "canvas_globally_disabled": ours,
		"not_visible": ours, "template_not_visible": ours, "storage_limit_reached": ours, "unknown_snippet_type": ours, "unknown_subtype": ours, "view_too_large": ours,
		"hash_conflict": ours, "missing_profile_id": ours, "not_enabled": ours, "not_implemented": ours,
		"as_user_not_supported": ours, "attachment_payload_limit_exceeded": ours, "bad_timestamp": ours,
		"blocked_file_type": ours, "cant_broadcast_message": ours, "draft_already_deleted": ours,
		"draft_already_sent": ours, "draft_has_conflict": ours, "draft_not_found": ours,
		"duplicate_channel_not_found": ours, "duplicate_message_not_found": ours, "file_deleted": ours,
		"file_is_deleted": ours, "file_not_found": ours, "file_share_limit_reached": ours, "insecure_request": ours,
		"invalid_arg_name": ours, "invalid_arguments": ours, "invalid_array_arg": ours, "invalid_charset": ours,
		"invalid_cursor": ours, "invalid_form_data": ours, "invalid_metadata_filter_keys": ours, "invalid_name": ours,
		"invalid_post_type": ours, "invalid_team": ours, "invalid_ts_latest": ours, "invalid_ts_oldest": ours,
		"invalid_user_combination": ours, "limit_required": ours, "list_record_comment_fetch_failed": ours,
		"max_file_sharing_exceeded": ours, "missing_args": ours, "missing_argument": ours, "missing_file_data": ours,
		"missing_post_type": ours, "no_dual_broadcast_content_update": ours, "no_item_specified": ours,
		"no_such_subteam": ours, "no_text": ours, "not_enough_users": ours, "send_on_behalf_not_allowed": ours,
		"slack_connect_blocked_file_type": ours, "slack_connect_canvas_sharing_blocked": ours,
		"slack_connect_clip_sharing_blocked": ours, "slack_connect_file_link_sharing_blocked": ours,
		"slack_connect_file_upload_sharing_blocked": ours, "slack_connect_lists_sharing_blocked": ours,
		"too_many_attachments": ours, "too_many_contact_cards": ours, "too_many_users": ours,
		"unable_to_share_files": ours, "unknown_method": ours, "users_list_not_supplied": ours, "users_not_found": ours,
	}
}

// meaningOf says what a code means for a method. An edit has no other place to go, so that what closes a conversation
// makes its messages gone.
func meaningOf(method, code string) meaning {
	m := everywhere()[code]
	if m == noPlace || m == noThread {
		switch method {
		case "chat.update", "chat.delete", "chat.getPermalink", "reactions.add":
			return gone
		}
	}
	return m
}

// calling turns the error of a call into one of the kinds the board package knows, or a *CallError. It returns nil for
// nil and for what is already the case. refit reports that the message was refused as unfit for blocks.
func calling(method string, err error) error {
	if err == nil {
		return nil
	}
	var limited *slack.RateLimitedError
	if errors.As(err, &limited) {
		return &board.ThrottledError{After: limited.RetryAfter}
	}
	var status slack.StatusCodeError
	if errors.As(err, &status) {
		return ofStatus(method, status, err)
	}
	var answer slack.SlackErrorResponse
	if errors.As(err, &answer) {
		return ofCode(method, answer, err)
	}
	if neverSent(err) {
		return &CallError{Method: method, Cause: err}
	}
	// A timeout, a reset, an answer cut short: the request left, and what became of it is not known.
	return &board.AmbiguousError{Cause: fmt.Errorf("calling %s: %w", method, err)}
}

// unstated is how long we stay away when Slack says "too fast" without saying for how long.
const unstated = 5 * time.Second

func ofStatus(method string, status slack.StatusCodeError, err error) error {
	switch {
	case status.Code == http.StatusTooManyRequests:
		return &board.ThrottledError{After: unstated}
	case status.Code >= 500:
		return &board.AmbiguousError{Cause: fmt.Errorf("calling %s: %w", method, err)}
	default:
		return &CallError{Method: method, Cause: err}
	}
}

func ofCode(method string, answer slack.SlackErrorResponse, err error) error {
	switch meaningOf(method, answer.Err) {
	case throttled:
		return &board.ThrottledError{After: unstated}
	case ambiguous:
		return &board.AmbiguousError{Cause: fmt.Errorf("calling %s: %w", method, err)}
	case gone:
		return fmt.Errorf("calling %s: %s: %w", method, answer.Err, board.ErrGone)
	case noPlace:
		return fmt.Errorf("calling %s: %s: %w", method, answer.Err, board.ErrNoPlace)
	case noThread:
		return fmt.Errorf("calling %s: %s: %w", method, answer.Err, errNoThread)
	case unfit:
		return fmt.Errorf("calling %s: %s %v: %w", method, answer.Err, answer.ResponseMetadata.Messages, errUnfit)
	case already:
		return nil
	default:
		return &CallError{Method: method, Code: answer.Err, Needs: answer.Needed, Cause: err}
	}
}

// errNoThread says that a thread is closed while its conversation is open; it counts as no place to whoever looks.
var errNoThread = fmt.Errorf("not in that thread: %w", board.ErrNoPlace)

// errUnfit says that Slack refused the form of a message, not its place.
var errUnfit = errors.New("the form of the message was refused")

// neverSent reports whether a request provably did not leave: no connection came about, or it was cancelled before.
func neverSent(err error) bool {
	var op *net.OpError
	if errors.As(err, &op) && op.Op == "dial" {
		return true
	}
	var dns *net.DNSError
	return errors.As(err, &dns) && !errors.Is(err, context.DeadlineExceeded)
}

// isDenied reports whether an error says that Slack refuses our token, and its code.
func isDenied(err error) (code string, ok bool) {
	var call *CallError
	if errors.As(err, &call) && meaningOf(call.Method, call.Code) == denied {
		return call.Code, true
	}
	return "", false
}

func isUnfit(err error) bool { return errors.Is(err, errUnfit) }

func isGone(err error) bool { return errors.Is(err, board.ErrGone) }
