package slackbridge

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"github.com/pawl-ops/pawl/internal/board"
	"github.com/pawl-ops/pawl/job"
	"github.com/slack-go/slack"
)

// A response URL answers one command or press without a token, also where we are no member: five times within half an
// hour (https://docs.slack.dev/interactivity/handling-user-interaction#message_responses).
const (
	responseUses = 5
	responseLife = 29 * time.Minute // a minute for the way
)

var errNoResponse = errors.New("the response URL cannot be used any more")

// response is a response URL and how much of it is left.
type response struct {
	url  string
	end  time.Time
	used atomic.Int32
}

// newResponse takes a response URL out of a payload; nil when there is none that we would call. The address is outside
// text: nothing but Slack, or the API we were pointed at, is ever called.
func (b *Bridge) newResponse(address string, came time.Time) *response {
	u, err := url.Parse(address)
	if err != nil || address == "" || u.User != nil {
		return nil
	}
	base, err := url.Parse(b.opt.APIURL)
	own := err == nil && b.opt.APIURL != "" && u.Scheme == base.Scheme && u.Host == base.Host
	slacks := u.Scheme == "https" && (u.Host == "hooks.slack.com" || u.Host == "hooks.slack-gov.com")
	if !own && !slacks {
		b.opt.Log.Warn().Str("host", u.Host).Msg("a response URL that is not Slack's: not used")
		return nil
	}
	return &response{url: address, end: came.Add(responseLife)}
}

// respond says something only the person sees, in place of the message the URL belongs to when replace is set. The
// buttons are meant for one person, when to is given.
func (b *Bridge) respond(ctx context.Context, r *response, thread, to string, m board.Message, replace bool) error {
	if r == nil || time.Now().After(r.end) || r.used.Add(1) > responseUses {
		return errNoResponse
	}
	said := render(b.poster.named(m), to)
	msg := &slack.WebhookMessage{
		Text: said.text, ResponseType: slack.ResponseTypeEphemeral, ReplaceOriginal: replace, ThreadTimestamp: thread, Parse: "none",
	}
	if len(said.blocks) > 0 {
		msg.Blocks = &slack.Blocks{BlockSet: said.blocks}
	}
	// Only the status of the answer counts: slack-go's other way stumbles over an answer without a content type.
	err := calling("response_url", slack.PostWebhookCustomHTTPContext(ctx, r.url, b.http, msg))
	if err != nil {
		return fmt.Errorf("answering by response URL: %w", redacted(err, r.url))
	}
	return nil
}

// redactedError is an error whose text does not show an address that works without a token.
type redactedError struct {
	error
	secret string
}

func redacted(err error, secret string) error { return redactedError{err, secret} }

func (e redactedError) Error() string {
	return strings.ReplaceAll(e.error.Error(), e.secret, "<response URL>")
}

func (e redactedError) Unwrap() error { return e.error }

// only tells one person: by response URL when there is one, by a whisper otherwise, and where neither can be in a
// message to them alone.
func (b *Bridge) only(ctx context.Context, r *response, at job.Place, actor job.Actor, key job.Key, to string, m board.Message, replace bool) {
	if r != nil {
		short, cancel := context.WithTimeout(ctx, sayPatience)
		err := b.respond(short, r, at.Thread, to, m, replace)
		cancel()
		var unclear *board.AmbiguousError
		if err == nil || errors.As(err, &unclear) {
			return
		}
		b.opt.Log.Info().Err(err).Msg("answering otherwise")
	}
	b.whisperMessage(ctx, at, actor, key, m)
}
