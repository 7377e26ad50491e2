package slack_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"
	"time"

	slackgo "github.com/slack-go/slack"
	"github.com/slack-go/slack/slackevents"
	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/sandbox/slack"
)

// webApp is an app that gets requests, checked with slack-go's own verifier.
type webApp struct {
	*world
	mu     sync.Mutex
	got    []gotRequest
	answer func(n int, rw http.ResponseWriter)
}

type gotRequest struct {
	at                time.Time
	kind, num, reason string
	body              []byte
	form              url.Values
	verified          bool
}

const secret = "s3cret"

func openWeb(t *testing.T, within time.Duration, answer func(n int, rw http.ResponseWriter)) *webApp {
	t.Helper()
	a := &webApp{answer: answer}
	listener := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		got := gotRequest{
			at: time.Now(), kind: r.Header.Get("Content-Type"), num: r.Header.Get("X-Slack-Retry-Num"),
			reason: r.Header.Get("X-Slack-Retry-Reason"), body: body,
		}
		got.form, _ = url.ParseQuery(string(body))
		v, err := slackgo.NewSecretsVerifier(r.Header, secret)
		if err == nil {
			_, _ = v.Write(body)
			got.verified = v.Ensure() == nil
		}
		a.mu.Lock()
		a.got = append(a.got, got)
		n := len(a.got)
		a.mu.Unlock()
		if a.answer != nil {
			a.answer(n, rw)
		}
	}))
	opts := calm()
	opts.Redelivery = slack.Redelivery{AckWithin: within, Waits: []time.Duration{0, 100 * time.Millisecond, 200 * time.Millisecond}}
	opts.Requests = slack.Requests{URL: listener.URL, SigningSecret: secret}
	a.world = open(t, opts)
	t.Cleanup(func() { a.world.close(); listener.Close() })
	return a
}

func (a *webApp) requests() []gotRequest {
	a.mu.Lock()
	defer a.mu.Unlock()
	return append([]gotRequest{}, a.got...)
}

func (a *webApp) waitFor(n int) []gotRequest {
	a.Helper()
	require.Eventually(a, func() bool { return len(a.requests()) >= n }, time.Minute, 5*time.Millisecond)
	return a.requests()
}

func TestEventsComeAsSignedRequests(t *testing.T) {
	t.Parallel()
	a := openWeb(t, 20*time.Second, nil)
	a.say("xoxp-alice", dm, "toy", "")
	got := a.waitFor(1)[0]
	require.True(t, got.verified)
	require.Equal(t, "application/json", got.kind)
	require.Empty(t, got.num)
	event, err := slackevents.ParseEvent(got.body, slackevents.OptionNoVerifyToken())
	require.NoError(t, err)
	require.Equal(t, "toy", event.InnerEvent.Data.(*slackevents.MessageEvent).Text)
	require.Equal(t, slack.AppID, event.APIAppID)
}

func TestRequestsAreRepeatedAsDocumented(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		answer func(n int, rw http.ResponseWriter)
		reason string
	}{
		"an error": {func(_ int, rw http.ResponseWriter) { rw.WriteHeader(http.StatusInternalServerError) }, "http_error"},
		"a redirect": {func(_ int, rw http.ResponseWriter) {
			rw.Header().Set("Location", "/")
			rw.WriteHeader(http.StatusFound)
		}, "http_error"},
		"no answer in time": {nil, "http_timeout"},
		"a broken line":     {func(_ int, rw http.ResponseWriter) { panic(http.ErrAbortHandler) }, "connection_failed"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			within, over := 20*time.Second, make(chan struct{})
			if c.answer == nil {
				within, c.answer = 2*time.Second, func(int, http.ResponseWriter) { <-over }
			}
			a := openWeb(t, within, c.answer)
			t.Cleanup(func() { close(over) })
			a.say("xoxp-alice", dm, "toy", "")
			require.Eventually(t, func() bool {
				all, err := a.control.Log(a.ctx, 0)
				require.NoError(t, err)
				for _, e := range all {
					if e.Kind == "give_up" {
						return true
					}
				}
				return false
			}, time.Minute, 5*time.Millisecond)
			got := a.requests()
			require.Len(t, got, 4, "three repetitions, then Slack gives up")
			for i, r := range got {
				require.True(t, r.verified)
				if i > 0 {
					require.Equal(t, []string{string(rune('0' + i)), c.reason}, []string{r.num, r.reason})
				}
			}
			require.Greater(t, got[3].at.Sub(got[2].at), 150*time.Millisecond)
		})
	}
}

func TestAnAppMayWantNoRepetition(t *testing.T) {
	t.Parallel()
	a := openWeb(t, 20*time.Second, func(n int, rw http.ResponseWriter) {
		if n == 1 {
			rw.Header().Set("X-Slack-No-Retry", "1")
			rw.WriteHeader(http.StatusTeapot)
		}
	})
	a.say("xoxp-alice", dm, "toy", "")
	a.waitFor(1)
	a.say("xoxp-alice", dm, "toy undo", "")
	require.Len(t, a.waitFor(2), 2)
	require.Contains(t, string(a.requests()[1].body), "toy undo")
}

func TestPressesAndCommandsComeAsForms(t *testing.T) {
	t.Parallel()
	a := openWeb(t, 20*time.Second, func(n int, rw http.ResponseWriter) {
		if n == 2 {
			rw.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(rw, `{"response_type":"ephemeral","text":"Not here."}`)
		}
	})
	require.NoError(t, a.control.Edit(a.ctx, slack.Edit{Channel: "ops", Remove: []string{"carol"}}))
	a.waitFor(1)
	require.NoError(t, a.person("alice").Command(a.ctx, dm, "/pawl", "toy & more"))
	got := a.waitFor(2)[1]
	require.True(t, got.verified)
	require.Equal(t, "application/x-www-form-urlencoded", got.kind)
	require.Equal(t, []string{"/pawl", "toy &amp; more", "U0ALICE", slack.AppID}, []string{got.form.Get("command"), got.form.Get("text"), got.form.Get("user_id"), got.form.Get("api_app_id")})
	whispers, err := a.person("alice").Ephemerals(a.ctx, dm)
	require.NoError(t, err)
	require.Len(t, whispers, 1, "the answer is shown")
	require.Equal(t, "Not here.", whispers[0].Text)
}

func TestAPressNobodyAnswersFails(t *testing.T) {
	t.Parallel()
	a := openWeb(t, 20*time.Second, func(_ int, rw http.ResponseWriter) { rw.WriteHeader(http.StatusServiceUnavailable) })
	require.Equal(t, "operation_timeout", refusal(a.person("alice").Command(a.ctx, dm, "/pawl", "toy")))
	require.Len(t, a.requests(), 1, "it is not repeated")
}

func TestTheRequestURLIsVerified(t *testing.T) {
	t.Parallel()
	a := openWeb(t, 20*time.Second, func(_ int, rw http.ResponseWriter) { _, _ = io.WriteString(rw, "what?") })
	require.ErrorContains(t, a.server.VerifyRequestURL(a.ctx), "challenge")
	require.Contains(t, string(a.requests()[0].body), "url_verification")
}
