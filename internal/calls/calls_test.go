package calls_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/pawl-ops/pawl/internal/calls"
	"github.com/pawl-ops/pawl/internal/leakcheck"
	"github.com/pawl-ops/pawl/job"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// server answers by a function.
func server(t *testing.T, answer http.HandlerFunc) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(answer)
	t.Cleanup(s.Close)
	return s
}

func says(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

// vault knows one secret.
func vault(secret string) calls.Secrets {
	return func(ref job.SecretRef) (job.Secret, error) {
		if ref.Env != "TOKEN" {
			return job.Secret{}, errors.New("the environment variable is not set")
		}
		return job.NewSecret(secret), nil
	}
}

func TestACallArrivesAsItStandsInTheFile(t *testing.T) {
	t.Parallel()
	token := leakcheck.Use(t, "hush-hush-token")
	var got, sent string
	s := server(t, func(w http.ResponseWriter, r *http.Request) {
		content, _ := io.ReadAll(r.Body)
		got = fmt.Sprintf("%s %s\n%s\n%s\n%s\n%s\n%s", r.Method, r.URL.RequestURI(), r.Header.Get("Authorization"), r.Header.Get("X-By"), r.Header.Get("Content-Type"), r.Header.Get("Idempotency-Key"), content)
		sent = r.Header.Get("Authorization")
		_, _ = fmt.Fprintf(w, `{"ok": true, "text": "warmed *5* pages with %s", "n": 12345678901234567890}`, sent)
	})
	step := job.HTTPStep{
		Method: "POST", URL: job.Text(s.URL + "/{environment}/warm?by={who}"), Headers: map[string]job.Text{"X-By": "Pawl for {who}"},
		Secrets: map[string]job.SecretRef{"Authorization": {Env: "TOKEN"}}, Kind: "json", Body: `{"env":"{environment}","pages":{pages}}`,
		Expect: job.Expected{Holds: ".ok"}, Line: ".text", Within: 5 * time.Second,
	}
	args := map[string]string{"environment": "st aging", "who": "a&b", "pages": "5"}
	a, err := calls.New(nil).Do(t.Context(), step, args, "warm-k4m7q2.3", vault(token))
	require.NoError(t, err)
	require.Equal(t, "POST /st%20aging/warm?by=a%26b\nBearer "+token+"\nPawl for a&b\napplication/json\nwarm-k4m7q2.3\n{\"env\":\"st aging\",\"pages\":5}", got)
	require.Equal(t, 200, a.Status)
	require.Equal(t, "warmed *5* pages with Bearer <secret>", a.Line)
	require.NoError(t, a.NoLine)
	require.Contains(t, a.Shown, "/st%20aging/warm?by=a%26b -> 200 OK\n\n{\"ok\": true")
	require.NotContains(t, a.Shown, token)

	step.Line = ".n"
	a, err = calls.New(nil).Do(t.Context(), step, args, "", vault(token))
	require.NoError(t, err)
	require.Equal(t, "12345678901234567890", a.Line, "no digit is lost")
	step.Line = ".text[]"
	a, err = calls.New(nil).Do(t.Context(), step, args, "", vault(token))
	require.NoError(t, err, "what cannot be shown is done all the same")
	require.Error(t, a.NoLine)
	require.NotContains(t, a.NoLine.Error(), token)
}

func TestAnswersThatAreNotGood(t *testing.T) {
	t.Parallel()
	type want struct {
		class, says string
		final       bool
	}
	for name, c := range map[string]struct {
		answer http.HandlerFunc
		expect job.Expected
		want   want
	}{
		"maintenance": {says(503, "maintenance until 14:00."), job.Expected{}, want{job.FaultTheirs, `HOST answered 503 Service Unavailable ("maintenance until 14:00").`, false}},
		"web page":    {says(500, "<html>oops"), job.Expected{}, want{job.FaultTheirs, `HOST answered 500 Internal Server Error.`, false}},
		"problem":     {says(422, `{"title":"x","detail":"no such `+"`page`"+`"}`), job.Expected{}, want{job.FaultOurs, `HOST answered 422 Unprocessable Entity ("no such 'page'").`, true}},
		"nested":      {says(400, `{"error":{"message":"no\nlines"}}`), job.Expected{}, want{job.FaultOurs, `HOST answered 400 Bad Request ("no lines").`, true}},
		"login":       {says(401, ""), job.Expected{}, want{job.FaultAccess, `HOST answered 401 Unauthorized, so we are not let in.`, true}},
		"forbidden":   {says(403, "[]"), job.Expected{}, want{job.FaultAccess, `HOST answered 403 Forbidden, so we are not let in ("[]").`, true}},
		"too fast":    {says(429, ""), job.Expected{}, want{job.FaultTheirs, `HOST asks us to slow down.`, false}},
		"gateway":     {says(504, ""), job.Expected{}, want{job.FaultTheirs, `HOST answered 504 Gateway Timeout. Whether it was done is not known.`, false}},
		"other 2xx":   {says(202, "queued"), job.Expected{Status: []job.StatusRange{{From: 200, To: 200}}}, want{job.FaultData, `HOST answered 202 Accepted, where 200 is expected ("queued").`, true}},
		"not true":    {says(200, `{"ok":false,"message":"busy"}`), job.Expected{Holds: ".ok"}, want{job.FaultData, "HOST answered 200, but not as expected: `.ok` does not hold (\"busy\").", false}},
		"truthy":      {says(200, `{"ok":1}`), job.Expected{Holds: ".ok"}, want{job.FaultData, "HOST answered 200, but not as expected: `.ok` does not hold.", false}},
		"no json":     {says(200, "ok"), job.Expected{Holds: ".ok"}, want{job.FaultData, "HOST answered 200, and that is no JSON.", false}},
		"nothing":     {says(204, ""), job.Expected{Holds: ".ok"}, want{job.FaultData, "HOST answered 204, and that is no JSON.", false}},
		"two":         {says(200, "{} {}"), job.Expected{Holds: ".ok"}, want{job.FaultData, "HOST answered 200, and that is more than one JSON.", false}},
		"endless jq":  {says(200, "1"), job.Expected{Holds: "[recurse(.)]"}, want{job.FaultData, "HOST answered 200, and that could not be judged.", false}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := server(t, c.answer)
			_, err := calls.New(nil).Do(t.Context(), job.HTTPStep{Method: "POST", URL: job.Text(s.URL), Expect: c.expect}, nil, "", nil)
			var f *job.Fault
			require.ErrorAs(t, err, &f)
			require.Equal(t, c.want, want{f.Class, strings.ReplaceAll(f.Says, strings.TrimPrefix(s.URL, "http://"), "HOST"), f.Final})
			require.True(t, strings.HasPrefix(f.Shown, "POST / -> "), f.Shown)
			require.LessOrEqual(t, len(f.Shown), 500)
			require.Equal(t, name == "gateway", errors.Is(err, calls.ErrUnknown))
		})
	}
}

func TestStatusesThatAreExpectedAreGood(t *testing.T) {
	t.Parallel()
	s := server(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/moved" {
			http.Redirect(w, r, "http://elsewhere.test/", http.StatusFound)
			return
		}
		http.NotFound(w, r)
	})
	for path, status := range map[string]int{"/gone": 404, "/moved": 302} {
		good := []job.StatusRange{{From: 200, To: 299}, {From: status, To: status}}
		a, err := calls.New(nil).Do(t.Context(), job.HTTPStep{Method: "DELETE", URL: job.Text(s.URL + path), Expect: job.Expected{Status: good}}, nil, "", nil)
		require.NoError(t, err)
		require.Equal(t, status, a.Status)
	}
}

func TestHowLongTheyAskUsToWait(t *testing.T) {
	t.Parallel()
	for header, want := range map[string]time.Duration{"30": 30 * time.Second, "9999999": time.Hour, "-5": 0, "soon": 0, "Sun, 22 Nov 2026 10:01:00 GMT": time.Minute} {
		s := server(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", header)
			w.Header().Set("Date", "Sun, 22 Nov 2026 10:00:00 GMT")
			w.WriteHeader(http.StatusServiceUnavailable)
		})
		_, err := calls.New(nil).Do(t.Context(), job.HTTPStep{Method: "GET", URL: job.Text(s.URL)}, nil, "", nil)
		var f *job.Fault
		require.ErrorAs(t, err, &f)
		require.Equal(t, want, f.After, header)
	}
}

// A secret goes to the host that pawl.yaml names and to no other, and is shown nowhere.
func TestSecretsStayAtHome(t *testing.T) {
	t.Parallel()
	token := leakcheck.Use(t, "hush-redirected")
	var stolen atomic.Bool
	elsewhere := server(t, func(http.ResponseWriter, *http.Request) { stolen.Store(true) })
	s := server(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/away":
			http.Redirect(w, r, elsewhere.URL+"/"+token, http.StatusTemporaryRedirect)
		case "/round":
			http.Redirect(w, r, "/round", http.StatusFound)
		case "/home":
			http.Redirect(w, r, "/arrived", http.StatusSeeOther)
		case "/arrived":
			if r.Method == http.MethodGet && r.Header.Get("X-Key") == token {
				_, _ = io.WriteString(w, "let in with "+token)
			}
		}
	})
	step := func(path string) job.HTTPStep {
		return job.HTTPStep{Method: "POST", URL: job.Text(s.URL + path), Secrets: map[string]job.SecretRef{"X-Key": {Env: "TOKEN"}}}
	}
	_, err := calls.New(nil).Do(t.Context(), step("/away"), nil, "", vault(token))
	require.ErrorContains(t, err, "sends us to another place ("+elsewhere.URL+"). That was not followed.")
	require.False(t, stolen.Load())
	_, err = calls.New(nil).Do(t.Context(), step("/round"), nil, "", vault(token))
	require.ErrorContains(t, err, "sends us on and on")
	a, err := calls.New(nil).Do(t.Context(), step("/home"), nil, "", vault(token))
	require.NoError(t, err)
	require.Contains(t, a.Shown, "let in with <secret>")

	_, err = calls.New(nil).Do(t.Context(), job.HTTPStep{Method: "GET", URL: job.Text(s.URL), Secrets: map[string]job.SecretRef{"X-Key": {Env: "NONE"}}}, nil, "", vault(token))
	var f *job.Fault
	require.ErrorAs(t, err, &f)
	require.Equal(t, job.FaultAccess, f.Class)
	_, err = calls.New(nil).Do(t.Context(), step("/"), nil, "", vault("two\nlines"))
	require.ErrorContains(t, err, "is empty or has more than one line, so nothing was sent")
}

// What was definitely not sent is told apart from what may have been done.
func TestWhatIsNotKnown(t *testing.T) {
	t.Parallel()
	hangsUp := server(t, func(w http.ResponseWriter, _ *http.Request) {
		c, _, err := http.NewResponseController(w).Hijack()
		if err == nil {
			_ = c.Close()
		}
	})
	release := make(chan struct{})
	silent := server(t, func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-release:
		case <-r.Context().Done():
		}
	})
	t.Cleanup(func() { close(release) })
	half := server(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "100")
		_, _ = io.WriteString(w, `{"ok":`)
	})
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	nobody := "http://" + closed.Addr().String()
	require.NoError(t, closed.Close())
	const ample, soon = 20 * time.Second, 3 * time.Second
	for _, c := range []struct {
		url, says string
		unknown   bool
		within    time.Duration
	}{
		{hangsUp.URL, "cut the connection. Whether it was done is not known.", true, ample},
		{silent.URL, "did not answer within 3s. Whether it was done is not known.", true, soon},
		{half.URL, "cut the connection. Whether it was done is not known.", true, ample},
		{nobody, "refused the connection. Nothing was sent.", false, ample},
		{"https://" + strings.TrimPrefix(silent.URL, "http://"), "The encryption to HOST could not be set up. Nothing was sent.", false, ample},
		{"http://nowhere.invalid", "Nothing was sent.", false, ample},
	} {
		_, err := calls.New(nil).Do(t.Context(), job.HTTPStep{Method: "POST", URL: job.Text(c.url), Within: c.within, Expect: job.Expected{Holds: ".ok"}}, nil, "k", nil)
		var f *job.Fault
		require.ErrorAs(t, err, &f, c.url)
		host := strings.TrimPrefix(strings.TrimPrefix(c.url, "http://"), "https://")
		require.Contains(t, strings.ReplaceAll(f.Says, host, "HOST"), c.says)
		require.Equal(t, c.unknown, errors.Is(err, calls.ErrUnknown), c.url)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = calls.New(nil).Do(ctx, job.HTTPStep{Method: "POST", URL: job.Text(silent.URL)}, nil, "", nil)
	require.ErrorIs(t, err, context.Canceled)
	require.NotErrorIs(t, err, calls.ErrUnknown)

	_, err = calls.New(nil).Do(t.Context(), job.HTTPStep{Method: "POST", URL: "http://h/{a}"}, map[string]string{"a": ".."}, "", nil)
	require.EqualError(t, err, "This cannot be sent, so nothing was: the a would lead to another address.")
}

// net/http must not send anything twice by itself, even though a key says that it may.
func TestNothingIsSentTwice(t *testing.T) {
	t.Parallel()
	var times atomic.Int32
	s := server(t, func(w http.ResponseWriter, _ *http.Request) {
		if times.Add(1) == 1 {
			return
		}
		if c, _, err := http.NewResponseController(w).Hijack(); err == nil {
			_ = c.Close()
		}
	})
	c := calls.New(nil)
	step := job.HTTPStep{Method: "POST", URL: job.Text(s.URL)}
	_, err := c.Do(t.Context(), step, nil, "key", nil)
	require.NoError(t, err)
	_, err = c.Do(t.Context(), step, nil, "key", nil)
	require.ErrorIs(t, err, calls.ErrUnknown)
	require.EqualValues(t, 2, times.Load())
}

func TestAnswersAreBounded(t *testing.T) {
	t.Parallel()
	token := leakcheck.Use(t, "hush-at-the-edge")
	s := server(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/endless":
			for i := 0; i < 12<<20; i += 1 << 20 {
				_, _ = io.WriteString(w, strings.Repeat("x", 1<<20))
			}
		case "/binary":
			_, _ = w.Write([]byte{0, 1, 2, 0xff})
		default:
			_, _ = io.WriteString(w, strings.Repeat("é", 32<<10-len(token)/2)+token)
		}
	})
	do := func(path, holds string) (calls.Answer, error) {
		return calls.New(nil).Do(t.Context(), job.HTTPStep{Method: "GET", URL: job.Text(s.URL + path), Expect: job.Expected{Holds: holds}, Secrets: map[string]job.SecretRef{"X-Key": {Env: "TOKEN"}}}, nil, "", vault(token))
	}
	a, err := do("/endless", "")
	require.NoError(t, err)
	require.LessOrEqual(t, len(a.Shown), 64<<10)
	require.True(t, strings.HasSuffix(a.Shown, "\n(and more)"))
	_, err = do("/endless", ".ok")
	require.ErrorContains(t, err, "answered 200, and that is more than 10 MB.")
	a, err = do("/binary", "")
	require.NoError(t, err)
	require.Contains(t, a.Shown, "(4 bytes that are no text)")
	a, err = do("/edge", "")
	require.NoError(t, err)
	require.NotContains(t, a.Shown, "hush")
	require.LessOrEqual(t, len(a.Shown), 64<<10)
}

func TestTheLinesOfALook(t *testing.T) {
	t.Parallel()
	token := leakcheck.Use(t, "hush-in-a-line")
	var answer string
	s := server(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, answer) })
	look := func(line string) ([]string, error) {
		return calls.New(nil).Look(t.Context(), job.Asked{Name: "stock", Line: line, HTTP: &job.HTTPStep{
			Method: "GET", URL: job.Text(s.URL), Secrets: map[string]job.SecretRef{"X-Key": {Env: "TOKEN"}},
		}}, nil, vault(token))
	}
	for _, c := range []struct {
		answer, line string
		want         []string
	}{
		{`{"left":5}`, `"\(.left) are left"`, []string{"5 are left"}},
		{`{"left":5}`, ".left", []string{"5"}},
		{`["a","b c"]`, ".", []string{"a", "b c"}},
		{`["a","b\nc"]`, ".[]", []string{"a", "b", "c"}},
		{`{"a":{"b":null}}`, ".a, .a.b, [.a], true", []string{`{"b":null}`, `{"b":null}`, "true"}},
		{"one\r\n\n two \u202e\ntoken " + token, "", []string{"one", "two", "token <secret>"}},
		{`"` + strings.Repeat("x", 290) + token + `"`, ".", []string{strings.Repeat("x", 290) + "<secret>"}},
		{`{}`, "empty", nil},
		{``, "", nil},
	} {
		answer = c.answer
		got, err := look(c.line)
		require.NoError(t, err)
		require.Equal(t, c.want, got)
	}
	answer = "[" + strings.Repeat(`"x",`, 29) + `"x"]`
	got, err := look(".")
	require.NoError(t, err)
	require.Len(t, got, 21)
	require.Equal(t, "... and 10 more", got[20])
	answer = "no"
	_, err = look(".")
	require.EqualError(t, err, "The answer cannot be read: that is no JSON.")
	got, err = calls.Lines(t.Context(), ".free", []byte(`{"free":"62 %"}`))
	require.NoError(t, err)
	require.Equal(t, []string{"62 %"}, got)
	_, err = calls.New(nil).Look(t.Context(), job.Asked{Name: "load"}, nil, nil)
	require.Error(t, err)
}
