package slack

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Reasons Slack gives for sending an event again (https://docs.slack.dev/apis/events-api/#retries).
const (
	reasonTimeout    = "http_timeout"
	reasonConnection = "connection_failed"
	reasonHTTP       = "http_error"
)

// maxAnswer is how much of an app's answer is read, in bytes.
const maxAnswer = 1 << 20

// sender delivers by HTTP.
type sender struct {
	to     Requests
	within time.Duration
	client *http.Client
}

func newSender(to Requests, within time.Duration) *sender {
	return &sender{to: to, within: within, client: &http.Client{
		Transport: &http.Transport{MaxIdleConnsPerHost: 16, IdleConnTimeout: time.Minute},
		CheckRedirect: func(*http.Request, []*http.Request) error {
			return http.ErrUseLastResponse // a redirect is an answer that is not 2xx
		},
	}}
}

// answered is what the app said to one request.
type answered struct {
	body    []byte
	reason  string // why it does not count; empty when it does
	noRetry bool   // the app wants no repetition
}

// post sends one thing and waits for the answer, at most as long as an acknowledgement may take.
func (s *sender) post(ctx context.Context, kind string, payload json.RawMessage, attempt int, reason string) answered {
	ctx, cancel := context.WithTimeout(ctx, s.within)
	defer cancel()
	body, contentType := string(payload), "application/json"
	if kind != typeEvents {
		contentType = "application/x-www-form-urlencoded"
		body = asForm(kind, payload)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.to.URL, strings.NewReader(body))
	if err != nil {
		return answered{reason: reasonConnection}
	}
	req.Header.Set("Content-Type", contentType)
	req.Header.Set("User-Agent", "Slackbot 1.0 (+https://api.slack.com/robots)")
	s.sign(req, body, time.Now())
	if attempt > 0 {
		req.Header.Set("X-Slack-Retry-Num", strconv.Itoa(attempt))
		req.Header.Set("X-Slack-Retry-Reason", reason)
	}
	answer, err := s.client.Do(req)
	if err != nil {
		if errors.Is(err, context.DeadlineExceeded) {
			return answered{reason: reasonTimeout}
		}
		return answered{reason: reasonConnection}
	}
	defer func() { _ = answer.Body.Close() }()
	got := answered{noRetry: answer.Header.Get("X-Slack-No-Retry") == "1"}
	got.body, err = io.ReadAll(io.LimitReader(answer.Body, maxAnswer))
	switch {
	case err != nil:
		got.reason = reasonTimeout
	case answer.StatusCode < 200 || answer.StatusCode > 299:
		got.reason = reasonHTTP
	}
	return got
}

// sign adds the signature over the raw body.
func (s *sender) sign(req *http.Request, body string, now time.Time) {
	stamp := strconv.FormatInt(now.Unix(), 10)
	mac := hmac.New(sha256.New, []byte(s.to.SigningSecret))
	_, _ = fmt.Fprintf(mac, "v0:%s:%s", stamp, body) // a hash never fails
	req.Header.Set("X-Slack-Request-Timestamp", stamp)
	req.Header.Set("X-Slack-Signature", "v0="+hex.EncodeToString(mac.Sum(nil)))
}

// asForm is how interactions and slash commands travel.
func asForm(kind string, payload json.RawMessage) string {
	if kind == typeInteract {
		return url.Values{"payload": {string(payload)}}.Encode()
	}
	form, fields := url.Values{}, map[string]string{}
	if json.Unmarshal(payload, &fields) == nil { // all of them are texts
		for name, value := range fields {
			form.Set(name, value)
		}
	}
	return form.Encode()
}

// VerifyRequestURL asks the app for the challenge, as Slack does when a request URL is entered
// (https://docs.slack.dev/reference/events/url_verification).
func (s *Server) VerifyRequestURL(ctx context.Context) error {
	challenge := randomID(50)
	body, err := json.Marshal(map[string]string{"token": verificationToken, "challenge": challenge, "type": "url_verification"})
	if err != nil {
		return err
	}
	got := s.outbox.sender.post(ctx, typeEvents, body, 0, "")
	said := strings.TrimSpace(string(got.body))
	var object struct {
		Challenge string `json:"challenge"`
	}
	if json.Unmarshal(got.body, &object) == nil {
		said = object.Challenge
	}
	switch {
	case got.reason != "":
		return fmt.Errorf("verifying the request URL: %s", got.reason)
	case said != challenge:
		return errors.New("verifying the request URL: your URL didn't respond with the value of the challenge parameter")
	}
	return nil
}

// request sends an event and settles it by the answer.
func (o *outbox) request(ctx context.Context, e *envelope, attempt int, reason, envelopeID string) {
	got := o.sender.post(ctx, typeEvents, e.payload, attempt, reason)
	o.mu.Lock()
	defer o.mu.Unlock()
	entry := Entry{Kind: "ack", EnvelopeID: envelopeID, EventID: e.id, Event: e.kind, Error: got.reason}
	defer func() { o.log.add(entry) }()
	if got.reason == "" {
		if _, lost := o.faults.take("", e.channel, faultLostAck); lost {
			entry.Fault, got.reason = faultLostAck, reasonTimeout
		}
	}
	if ctx.Err() != nil {
		return // the server closes; the envelope stays for the next start
	}
	switch {
	case got.reason == "":
		o.forget(e)
	case got.noRetry:
		entry.Kind = "give_up"
		o.forget(e)
	case e.attempts == attempt+1: // no later try is under way
		e.reason = got.reason
		e.due = time.Now()
		if waits := o.opts.Redelivery.Waits; attempt < len(waits) {
			e.due = e.due.Add(waits[attempt])
		}
		o.nudge()
	}
}

// requestNow sends an interaction or a slash command and waits for the answer to it.
func (o *outbox) requestNow(ctx context.Context, kind, channelID string, payload json.RawMessage) (json.RawMessage, bool) {
	entry := Entry{Kind: "deliver", Type: kind, EnvelopeID: randomUUID()}
	if _, lost := o.faults.take("", channelID, faultLostClick); lost {
		entry.Fault = faultLostClick
		o.log.add(entry)
		return nil, false
	}
	if _, twice := o.faults.take("", channelID, faultDuplicate); twice {
		entry.Fault = faultDuplicate
		o.mu.Lock()
		if !o.closed {
			o.serving.Go(func() { o.sender.post(o.life, kind, payload, 0, "") })
		}
		o.mu.Unlock()
	}
	o.log.add(entry)
	got := o.sender.post(ctx, kind, payload, 0, "")
	ack := Entry{Kind: "ack", Type: kind, EnvelopeID: entry.EnvelopeID, Error: got.reason}
	_, lost := o.faults.take("", channelID, faultLostAck)
	if lost {
		ack.Fault = faultLostAck
	}
	o.log.add(ack)
	if got.reason != "" || lost {
		return nil, false
	}
	if !json.Valid(got.body) {
		return nil, true // text, which Slack shows for slash commands; no app of ours answers so
	}
	return got.body, true
}
