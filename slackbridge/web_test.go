package slackbridge

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pawl-ops/pawl/internal/board"
	"github.com/pawl-ops/pawl/internal/leakcheck"
	"github.com/pawl-ops/pawl/internal/words"
	"github.com/pawl-ops/pawl/job"
	"github.com/pawl-ops/pawl/sandbox/slack"
	"github.com/stretchr/testify/require"
)

const signingSecret = "8f742231b10e8888abcd99yyyzzz85a5"

// byHTTP is a workspace that sends requests, and a bridge that takes them.
func byHTTP(t *testing.T, tune ...func(*Options)) *world {
	t.Helper()
	var handler atomic.Pointer[http.Handler]
	in := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if h := handler.Load(); h != nil {
			(*h).ServeHTTP(rw, r)
			return
		}
		http.Error(rw, "nobody is here", http.StatusServiceUnavailable)
	}))
	t.Cleanup(in.Close)
	o := calm()
	o.Requests = slack.Requests{URL: in.URL + "/slack", SigningSecret: signingSecret}
	w := openWorld(t, o)
	b := w.connect(append([]func(*Options){func(o *Options) {
		o.AppToken, o.SigningSecret = job.Secret{}, job.NewSecret(leakcheck.Use(t, signingSecret))
	}}, tune...)...)
	h := b.HTTP()
	handler.Store(&h)
	return w
}

func TestEverythingWorksByHTTP(t *testing.T) {
	t.Parallel()
	w := byHTTP(t, forced)
	require.NoError(t, w.server.VerifyRequestURL(w.ctx))
	ts := w.say("alice", dmAlice, "toy", "")
	w.eventually(func() bool { return len(w.door.started()) == 1 }, "a run was started")
	require.Equal(t, messageKey(slack.TeamID, dmAlice, ts), w.door.asked()[0].Key)
	w.answered("alice", shopDev, w.say("alice", shopDev, "<@"+slack.BotUserID+"> tyo", ""), "Did you mean")
	at := w.offer("C0OPS", denyButton(), board.Button{Label: "Stop", Action: ActionDecide, Value: job.DecisionValue("toy-k4m7q2", 1, "stop")})
	require.NoError(t, w.person("carol").Click(w.ctx, "C0OPS", at.TS, "decide:2"))
	w.whispered("carol", "C0OPS", "Counted: stop.")
	require.NoError(t, w.person("carol").Click(w.ctx, "C0OPS", at.TS, "reason:1"))
	v := w.window("carol")
	w.door.answers(func(job.Decision, int) job.Answer { return job.Answer{Text: "This one is for `@oncall`."} })
	require.Equal(t, map[string]string{reasonBlock: "This one is for @oncall."}, w.submit("carol", v, "x"), "errors travel in the answer")
	w.door.answers(nil)
	require.Empty(t, w.submit("carol", v, "x"))
	w.slash("alice", shopDev, "toy")
	require.Len(t, w.door.started(), 2)
	require.Len(t, w.anchors("alice", shopDev), 1)
	w.quiet()
	require.Zero(t, w.calls("apps.connections.open"), "no socket is opened")
	require.Empty(t, w.log("deliver", func(e slack.Entry) bool { return e.Attempt > 0 }), "everything was acknowledged in time")
}

func TestUnknownIsNotAcknowledgedByHTTP(t *testing.T) {
	t.Parallel()
	w := byHTTP(t)
	w.door.says(func(job.Command, int) (job.Started, bool) { return job.Started{Verdict: job.Unknown}, true })
	ts := w.say("alice", dmAlice, "toy", "")
	w.eventually(func() bool {
		return len(w.log("deliver", func(e slack.Entry) bool { return e.Event == "message" && e.Attempt > 0 })) > 0
	}, "Slack repeats it")
	w.door.says(nil)
	w.answered("alice", dmAlice, ts, "Confirmed: `toy` runs as")
	w.quiet()
	require.Len(t, w.answers("alice", dmAlice, ts), 1)
	require.Len(t, w.door.started(), 1)
}

func TestARequestSentTwiceCountsOnce(t *testing.T) {
	t.Parallel()
	w := byHTTP(t)
	w.fault(slack.Fault{Kind: "duplicate_delivery"})
	ts := w.say("alice", dmAlice, "toy", "")
	question := w.say("alice", dmAlice, "tyo", "")
	w.answered("alice", dmAlice, question, "Did you mean")
	w.slash("alice", shopDev, "toy undo")
	w.quiet()
	require.Len(t, w.door.asked(), 2)
	require.Contains(t, w.door.started(), messageKey(slack.TeamID, dmAlice, ts))
	require.Len(t, w.answers("alice", dmAlice, question), 1)
	require.Len(t, w.anchors("alice", shopDev), 1)
}

func TestAnEndAndABeginningByHTTP(t *testing.T) {
	t.Parallel()
	w := byHTTP(t)
	b := w.bridge
	require.NoError(t, b.Drain(w.ctx))
	answer := w.send(b.HTTP(), "application/json", `{"type":"event_callback","team_id":"T0ACME","event":{"type":"message"}}`, nil)
	require.Equal(t, http.StatusServiceUnavailable, answer.Code, "Slack sends it again, to whoever comes next")
	fresh, err := New(w.options())
	require.NoError(t, err)
	fresh.opt.SigningSecret = job.NewSecret(signingSecret)
	answer = w.send(fresh.HTTP(), "application/json", `{"type":"event_callback","event":{"type":"message"}}`, nil)
	require.Equal(t, http.StatusServiceUnavailable, answer.Code, "it was not started yet")
	require.NoError(t, fresh.Drain(w.ctx))
}

// send sends a signed request.
func (w *world) send(h http.Handler, contentType, body string, change func(*http.Request)) *httptest.ResponseRecorder {
	w.Helper()
	r := httptest.NewRequestWithContext(w.ctx, http.MethodPost, "/slack", strings.NewReader(body))
	r.Header.Set("Content-Type", contentType)
	sign(r, signingSecret, body, time.Now())
	if change != nil {
		change(r)
	}
	answer := httptest.NewRecorder()
	h.ServeHTTP(answer, r)
	return answer
}

func sign(r *http.Request, secret, body string, at time.Time) {
	stamp := strconv.FormatInt(at.Unix(), 10)
	mac := hmac.New(sha256.New, []byte(secret))
	_, _ = io.WriteString(mac, "v0:"+stamp+":"+body)
	r.Header.Set("X-Slack-Request-Timestamp", stamp)
	r.Header.Set("X-Slack-Signature", "v0="+hex.EncodeToString(mac.Sum(nil)))
}

func TestRequestsThatAreNotSlacks(t *testing.T) {
	t.Parallel()
	w := byHTTP(t)
	h := w.bridge.HTTP()
	event := func(app, team string) string {
		return fmt.Sprintf(`{"type":"event_callback","api_app_id":%q,"team_id":%q,"event":{"type":"message","channel":"D0ALICE","channel_type":"im","user":"U0ALICE","text":"toy","ts":%q}}`,
			app, team, tsOf(time.Now()))
	}
	const json, form = "application/json", "application/x-www-form-urlencoded"
	command := url.Values{"command": {"/pawl"}, "text": {"toy"}, "team_id": {"T0ELSE"}, "api_app_id": {slack.AppID}, "channel_id": {shopDev}, "user_id": {alice}, "trigger_id": {"1.2.3"}}
	for name, c := range map[string]struct {
		contentType, body string
		change            func(*http.Request)
		status            int
	}{
		"no signature":   {json, event(slack.AppID, slack.TeamID), func(r *http.Request) { r.Header.Del("X-Slack-Signature") }, http.StatusUnauthorized},
		"no time":        {json, event(slack.AppID, slack.TeamID), func(r *http.Request) { r.Header.Del("X-Slack-Request-Timestamp") }, http.StatusUnauthorized},
		"another secret": {json, event(slack.AppID, slack.TeamID), func(r *http.Request) { sign(r, "another", event(slack.AppID, slack.TeamID), time.Now()) }, http.StatusUnauthorized},
		"of yesterday":   {json, "{}", func(r *http.Request) { sign(r, signingSecret, "{}", time.Now().Add(-6*time.Minute)) }, http.StatusUnauthorized},
		"of tomorrow":    {json, "{}", func(r *http.Request) { sign(r, signingSecret, "{}", time.Now().Add(6*time.Minute)) }, http.StatusUnauthorized},
		"a byte more": {json, event(slack.AppID, slack.TeamID), func(r *http.Request) {
			r.Body = io.NopCloser(strings.NewReader(event(slack.AppID, slack.TeamID) + " "))
		}, http.StatusUnauthorized},
		"too long":           {json, strings.Repeat("x", maxWebBody+1), nil, http.StatusRequestEntityTooLarge},
		"a GET":              {json, "", func(r *http.Request) { r.Method = http.MethodGet }, http.StatusMethodNotAllowed},
		"no JSON":            {json, "{", nil, http.StatusBadRequest},
		"another type":       {"text/plain", "toy", nil, http.StatusBadRequest},
		"no type":            {"", "toy", nil, http.StatusBadRequest},
		"a broken form":      {form, "%zz", nil, http.StatusBadRequest},
		"an empty form":      {form, "a=b", nil, http.StatusBadRequest},
		"a broken payload":   {form, "payload=%7B", nil, http.StatusBadRequest},
		"another app":        {json, event("A0OTHER", slack.TeamID), nil, http.StatusForbidden},
		"another workspace":  {json, event(slack.AppID, "T0OTHER"), nil, http.StatusForbidden},
		"another's command":  {form, command.Encode(), nil, http.StatusForbidden},
		"an empty challenge": {json, `{"type":"url_verification"}`, nil, http.StatusBadRequest},
		"a probe":            {form, "ssl_check=1&token=x", nil, http.StatusOK},
		"a limit":            {json, `{"type":"app_rate_limited","team_id":"T0ACME"}`, nil, http.StatusOK},
	} {
		t.Run(name, func(t *testing.T) {
			answer := w.send(h, c.contentType, c.body, c.change)
			require.Equal(t, c.status, answer.Code)
			if c.status == http.StatusForbidden {
				require.Equal(t, "1", answer.Header().Get("X-Slack-No-Retry"))
			}
		})
	}
	require.Empty(t, w.door.asked())
	require.NotContains(t, w.logs.String(), signingSecret)

	without, err := New(w.options())
	require.NoError(t, err)
	answer := w.send(without.HTTP(), json, "{}", func(r *http.Request) { sign(r, "", "{}", time.Now()) })
	require.Equal(t, http.StatusUnauthorized, answer.Code, "without a secret nothing is signed")
	require.NoError(t, without.Drain(w.ctx))
	_, err = New(Options{Door: w.door, Words: words.New(specs()), BotToken: job.NewSecret(botToken)})
	require.ErrorContains(t, err, "or a signing secret")
}

func TestASharedChannelsEventIsForUsWhenWeAreAuthorised(t *testing.T) {
	t.Parallel()
	w := byHTTP(t)
	body := `{"type":"event_callback","api_app_id":"A0PAWL","team_id":"T0PARTNER","authorizations":[{"team_id":"T0ACME"}],"event":{"type":"channel_archive"}}`
	require.Equal(t, http.StatusOK, w.send(w.bridge.HTTP(), "application/json", body, nil).Code)
}

func TestARequestThatIsRepeatedByAnybody(t *testing.T) {
	t.Parallel()
	w := byHTTP(t)
	h := w.bridge.HTTP()
	body := url.Values{
		"command": {"/pawl"}, "text": {"toy"}, "team_id": {slack.TeamID}, "api_app_id": {slack.AppID}, "channel_id": {shopDev}, "user_id": {alice},
		"trigger_id": {"1700000000.17.abc"},
	}.Encode()
	for range 3 {
		require.Equal(t, http.StatusOK, w.send(h, "application/x-www-form-urlencoded", body, nil).Code)
	}
	require.Len(t, w.door.asked(), 1)
	require.Len(t, w.anchors("alice", shopDev), 1)
}

func TestTheAnswerWaitsNoLongerThanSlack(t *testing.T) {
	t.Parallel()
	w := byHTTP(t)
	defer close(w.door.shut())
	began := time.Now()
	body := fmt.Sprintf(`{"type":"event_callback","team_id":"T0ACME","event":{"type":"message","channel":"D0ALICE","channel_type":"im","user":"U0ALICE","text":"toy","ts":%q}}`, tsOf(began))
	answer := w.send(w.bridge.HTTP(), "application/json", body, func(r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), 200*time.Millisecond) // as when Slack hangs up
		t.Cleanup(cancel)
		*r = *r.WithContext(ctx)
	})
	require.Equal(t, http.StatusServiceUnavailable, answer.Code)
	require.Less(t, time.Since(began), webWithin, "Slack's going ends it, and not our own patience")
	require.Less(t, webWithin, 3*time.Second)
}

func FuzzRequest(f *testing.F) {
	f.Add("application/json", []byte(`{"type":"url_verification","challenge":"x"}`))
	f.Add("application/json", []byte(`{"type":"event_callback","team_id":"T1","authorizations":[{"team_id":7}]}`))
	f.Add("application/x-www-form-urlencoded", []byte("payload=%7B%22type%22%3A%22block_actions%22%7D"))
	f.Add("application/x-www-form-urlencoded; charset=utf-8", []byte("command=/pawl&text=toy&ssl_check=0"))
	f.Fuzz(func(t *testing.T, contentType string, body []byte) {
		before := bytes.Clone(body)
		d, err := webDelivery(contentType, body)
		require.Equal(t, before, body)
		if err != nil {
			require.Zero(t, d.kind)
			return
		}
		if d.kind != "" {
			require.NotEmpty(t, d.payload)
			require.Empty(t, d.challenge)
		}
		require.LessOrEqual(t, len(d.challenge), 4096)
	})
}
