package pages

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/job"
)

const good = `{"results":[{"n":0}]}`

func TestAFaultSaysWhoseItIs(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		serve http.HandlerFunc
		class string
		says  string
		shown string
		asked int
		final bool
	}{
		{
			"502", func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(http.StatusBadGateway)
				fmt.Fprint(w, "upstream connect\nerror\x00\x1b[31m "+secret)
			},
			job.FaultTheirs, `^HubSpot answered 502 five times in \d+ seconds\.$`,
			`GET /deals?after=3100 -> 502 Bad Gateway "upstream connect error [31m <secret>"`, 5, false,
		},
		{
			"cut in the middle", func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Length", "100")
				fmt.Fprint(w, `{"results":[`)
			},
			job.FaultTheirs, `^HubSpot cut the connection five times in \d+ seconds\. \(unexpected EOF\)$`, "GET /deals?after=3100 -> unexpected EOF", 5, false,
		},
		{
			"cut at once", func(w http.ResponseWriter, _ *http.Request) { cut(t, w) },
			job.FaultTheirs, `^HubSpot cut the connection five times in \d+ seconds\. \(.+\)$`, "GET /deals?after=3100 -> ", 5, false,
		},
		{
			"a web page", func(w http.ResponseWriter, _ *http.Request) {
				fmt.Fprint(w, "<html><title>We'll be back</title>")
			},
			job.FaultTheirs, `^HubSpot answered with a web page instead of data five times in \d+ seconds\.$`,
			`GET /deals?after=3100 -> 200 OK "<html><title>We'll be back</title>"`, 5, false,
		},
		{
			"401", func(w http.ResponseWriter, r *http.Request) {
				w.WriteHeader(http.StatusUnauthorized)
				fmt.Fprintf(w, `{"got":"%s", "and": "%s", "or": "%s"}`, r.Header.Get("Authorization"), url.QueryEscape(secret), base64.StdEncoding.EncodeToString([]byte(secret))) //nolint:gosec // it echoes to see that the echo is hidden
			},
			job.FaultAccess, `^HubSpot does not accept our token: it answered 401\.$`,
			`GET /deals?after=3100 -> 401 Unauthorized "{"got":"Bearer <secret>", "and": "<secret>", "or": "<secret>"}"`, 1, true,
		},
		{
			"403", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) },
			job.FaultAccess, `^HubSpot does not let us see this data: it answered 403\.$`, `GET /deals?after=3100 -> 403 Forbidden`, 1, true,
		},
		{
			"404", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotFound) },
			job.FaultOurs, `^HubSpot has nothing at this address: it answered 404\.$`, `GET /deals?after=3100 -> 404 Not Found`, 1, true,
		},
		{
			"400", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadRequest) },
			job.FaultOurs, `^HubSpot does not understand our question: it answered 400\.$`, `GET /deals?after=3100 -> 400 Bad Request`, 1, true,
		},
		{
			"202", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusAccepted) },
			job.FaultData, `^HubSpot answered 202, and that is no page\.$`, `GET /deals?after=3100 -> 202 Accepted`, 1, false,
		},
		{
			"no JSON", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{"results":[}`) },
			job.FaultData, `^Page 32 from HubSpot is no JSON\. \(invalid character '}' looking for beginning of value\)$`,
			`GET /deals?after=3100 -> 200 OK "{"results":[}"`, 1, false,
		},
		{
			"nothing", func(http.ResponseWriter, *http.Request) {},
			job.FaultData, `^Page 32 from HubSpot is no JSON\. \(unexpected end of JSON input\)$`, `GET /deals?after=3100 -> 200 OK`, 1, false,
		},
		{
			"a NUL byte", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "{\"results\":[\"\x00\"]}") },
			job.FaultData, `^Page 32 from HubSpot is no JSON\. \(invalid character '\\x00' in string literal\)$`, `GET /deals?after=3100 -> 200 OK "{"results":[" "]}"`, 1, false,
		},
		{
			"nested", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, strings.Repeat(`[`, 1_000_000)) },
			job.FaultData, `^Page 32 from HubSpot is no JSON\. \(invalid character '\[' exceeded max depth\)$`, `GET /deals?after=3100 -> 200 OK "` + strings.Repeat("[", 450), 1, false,
		},
		{
			"another place", func(w http.ResponseWriter, r *http.Request) {
				http.Redirect(w, r, "https://evil.example/deals", http.StatusFound)
			},
			job.FaultOurs, `^HubSpot sends us to another place \(https://evil\.example\)\. That was not followed, because the token would go there\.$`,
			`GET /deals?after=3100 -> 302 Found "<a href="https://evil.example/deals">Found</a>."`, 1, true,
		},
		{
			"304", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotModified) },
			job.FaultOurs, `^HubSpot answered 304, and that is no page\.$`, `GET /deals?after=3100 -> 304 Not Modified`, 1, true,
		},
		{
			"round and round", func(w http.ResponseWriter, r *http.Request) {
				http.Redirect(w, r, "/deals?after=3100", http.StatusTemporaryRedirect)
			},
			job.FaultOurs, `^HubSpot sends us on and on: it answered 307 again and again\.$`, `GET /deals?after=3100 -> 307 Temporary Redirect "`, 6, true,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var asked atomic.Int64
			s := serve(t, func(w http.ResponseWriter, r *http.Request) {
				asked.Add(1)
				c.serve(w, r)
			})
			r, _ := open(t, byCursor(s.URL+"/deals"))
			f := fault(t, r, job.Position{Pages: 31, Next: "3100"})
			require.Equal(t, c.class, f.Class)
			require.Regexp(t, c.says, f.Error())
			require.True(t, strings.HasPrefix(f.Shown, c.shown), f.Shown)
			require.Equal(t, c.final, f.Final)
			require.EqualValues(t, c.asked, asked.Load())
		})
	}
}

func TestItIsTriedAgain(t *testing.T) {
	t.Parallel()
	asked := 0
	s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		switch asked++; asked {
		case 1:
			w.WriteHeader(http.StatusServiceUnavailable)
		case 2:
			w.Header().Set("Content-Length", "100")
			fmt.Fprint(w, `{"results":[`)
		case 3:
			w.Header().Set("Retry-After", "7")
			w.WriteHeader(http.StatusInternalServerError)
		default:
			fmt.Fprint(w, good)
		}
	})
	r, c := open(t, byCursor(s.URL))
	page, err := r.Page(t.Context(), job.Position{})
	require.NoError(t, err)
	require.Len(t, page.Records, 1)
	require.Len(t, c.waits, 3)
	require.InDelta(t, 0.75, c.waits[0].Seconds(), 0.25, "half a second to one")
	require.InDelta(t, 1.5, c.waits[1].Seconds(), 0.5, "twice that")
	require.Equal(t, 7*time.Second, c.waits[2])
	require.Equal(t, []string{"HubSpot answered 503, the next try is in 1 s", "HubSpot asks us to wait 7 s"}, []string{c.said[0], c.said[2]})

	asked = 1
	r, _ = open(t, byCursor(s.URL), func(o *Options) { o.Tries = 2 })
	f := fault(t, r, job.Position{})
	require.Regexp(t, `^HubSpot did not answer properly twice (within a second|in \d+ seconds?); the last time it answered 500\.$`, f.Says)
	require.Equal(t, 7*time.Second, f.After)
	asked = 0
	r, _ = open(t, byCursor(s.URL), func(o *Options) { o.Tries = 1 })
	require.Equal(t, "HubSpot answered 503.", fault(t, r, job.Position{}).Says)
}

func TestTheySayHowLongToWait(t *testing.T) {
	t.Parallel()
	date := "Sun, 22 Nov 2026 08:00:30 GMT"
	for _, c := range []struct {
		after, date string
		want        time.Duration
	}{
		{"10", "", 10 * time.Second},
		{" 0 ", "", 0},
		{date, "Sun, 22 Nov 2026 08:00:00 GMT", 30 * time.Second}, // their clock is two hours ahead of ours
		{"Sun, 22 Nov 2026 06:00:20 GMT", "-", 20 * time.Second},
		{"Sun, 22 Nov 2026 05:00:00 GMT", "-", 0},
		{"soon", "", 0},
		{"-5", "", 0},
		{"99999999999999999999", "", forever},
		{"Fri, 31 Dec 9999 23:59:59 GMT", "-", forever},
	} {
		r, _ := open(t, byCursor("http://127.0.0.1:1"))
		h := http.Header{"Retry-After": {c.after}}
		if c.date != "" {
			h.Set("Date", c.date)
		}
		require.Equal(t, c.want, r.retryAfter(h), c.after)
	}
	asked := 0
	s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		asked++
		w.Header().Set("Retry-After", "7200")
		w.WriteHeader(http.StatusTooManyRequests)
	})
	r, c := open(t, byCursor(s.URL))
	f := fault(t, r, job.Position{})
	require.Equal(t, "HubSpot asks us to wait 2 hours before we ask again.", f.Says)
	require.Equal(t, job.FaultTheirs, f.Class)
	require.Equal(t, 2*time.Hour, f.After)
	require.Equal(t, 1, asked)
	require.Empty(t, c.waits, "that is too long to wait here")
}

func TestWhoAsksTooFastSlowsDown(t *testing.T) {
	t.Parallel()
	var c *clock
	asked, refused := 0, 0
	var window []time.Time // 5 requests in a second are fine
	s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		now := c.Now()
		for len(window) > 0 && now.Sub(window[0]) >= time.Second {
			window = window[1:]
		}
		if len(window) >= 5 {
			refused++
			w.Header().Set("Retry-After", "1")
			w.WriteHeader(http.StatusTooManyRequests)
			return
		}
		window = append(window, now)
		asked++
		c.pass(20 * time.Millisecond)
		fmt.Fprintf(w, `{"results":[{"n":%d}],"paging":{"next":{"after":%d}}}`, asked, asked)
	})
	r, made := open(t, byCursor(s.URL))
	c = made
	at := job.Position{}
	for range 400 {
		page, err := r.Page(t.Context(), at)
		require.NoError(t, err)
		at.Pages, at.Next = at.Pages+1, page.Next
	}
	took := c.Now().Sub(time.Date(2026, 11, 22, 6, 0, 0, 0, time.UTC))
	require.Less(t, refused, 12, "400 pages in %s", took)
	require.Less(t, took, 200*time.Second, "not slower than half of what is allowed")
	require.Contains(t, c.said, "HubSpot asks us to wait 1 s")

	s2 := serve(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTooManyRequests) })
	r, c = open(t, byCursor(s2.URL))
	f := fault(t, r, job.Position{})
	require.Regexp(t, `^HubSpot asked us to slow down (\w+) times in [45] minutes\.$`, f.Says)
	require.Equal(t, job.FaultTheirs, f.Class)
	require.Contains(t, c.said, "HubSpot asked us to slow down, the next try is in 1 s")
}

func TestNobodyThere(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	l.Close()
	r, _ := open(t, byCursor("http://"+l.Addr().String()))
	f := fault(t, r, job.Position{})
	require.Regexp(t, `^HubSpot refused the connection five times in \d+ seconds\.$`, f.Says)
	require.Equal(t, job.FaultTheirs, f.Class)

	r, _ = open(t, byCursor("http://crm.invalid"), func(o *Options) {
		o.Transport = failing{&net.DNSError{Name: "crm.invalid", Err: "no such host", IsNotFound: true}}
	})
	f = fault(t, r, job.Position{})
	require.Equal(t, "There is no host crm.invalid, so HubSpot cannot be asked.", f.Says)
	require.Equal(t, []any{job.FaultOurs, true}, []any{f.Class, f.Final})
	r, _ = open(t, byCursor("http://crm.invalid"), func(o *Options) {
		o.Transport = failing{&net.DNSError{Name: "crm.invalid", Err: "server misbehaving", IsTemporary: true}}
	})
	f = fault(t, r, job.Position{})
	require.Regexp(t, `^HubSpot could not be found by its name five times`, f.Says)
	require.Equal(t, []any{job.FaultOurs, false}, []any{f.Class, f.Final})
	r, _ = open(t, byCursor("http://crm.invalid"), func(o *Options) { o.Transport = failing{errors.New("malformed HTTP response \"" + secret + "\"")} })
	f = fault(t, r, job.Position{})
	require.Regexp(t, `^HubSpot gave an answer that is not HTTP five times .* \(malformed HTTP response "<secret>"\)$`, f.Error())
}

type failing struct{ err error }

func (f failing) RoundTrip(*http.Request) (*http.Response, error) { return nil, f.err }

func TestEncryptionThatCannotBeTrusted(t *testing.T) {
	t.Parallel()
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, good) }))
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.StartTLS()
	t.Cleanup(s.Close)
	r, _ := open(t, byCursor(s.URL))
	f := fault(t, r, job.Position{})
	require.Equal(t, "The encryption to HubSpot could not be set up.", f.Says)
	require.Equal(t, []any{job.FaultOurs, true}, []any{f.Class, f.Final})
	require.Contains(t, f.Shown, "certificate signed by unknown authority")
	r, _ = open(t, byCursor(strings.Replace(serve(t, s.Config.Handler.ServeHTTP).URL, "http:", "https:", 1)))
	require.Equal(t, job.FaultOurs, fault(t, r, job.Position{}).Class)
	r, _ = open(t, byCursor(s.URL), func(o *Options) {
		o.Transport = failing{&tls.CertificateVerificationError{Err: x509.CertificateInvalidError{Cert: &x509.Certificate{}, Reason: x509.Expired}}}
	})
	f = fault(t, r, job.Position{})
	require.Equal(t, "The certificate of HubSpot is not valid today.", f.Says)
	require.Equal(t, []any{job.FaultTheirs, false}, []any{f.Class, f.Final})
	r, _ = open(t, byCursor(s.URL), func(o *Options) { o.Transport = s.Client().Transport })
	_, err := r.Page(t.Context(), job.Position{})
	require.NoError(t, err)
}

func TestTooSlowAndCancelled(t *testing.T) {
	t.Parallel()
	never := serve(t, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	r, _ := open(t, byCursor(never.URL), func(o *Options) { o.Timeout, o.Tries = 50*time.Millisecond, 2 })
	f := fault(t, r, job.Position{})
	require.Regexp(t, `^HubSpot did not answer within 50 ms twice`, f.Says)
	require.Equal(t, job.FaultTheirs, f.Class)

	arrived := make(chan struct{})
	s := serve(t, func(_ http.ResponseWriter, r *http.Request) {
		close(arrived)
		<-r.Context().Done()
	})
	r, _ = open(t, byCursor(s.URL))
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-arrived
		cancel()
	}()
	_, err := r.Page(ctx, job.Position{Pages: 2})
	require.ErrorIs(t, err, context.Canceled)
	require.EqualError(t, err, "reading page 3 of HubSpot: context canceled")

	// While it waits, by the real clock.
	busy := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "100")
		w.WriteHeader(http.StatusServiceUnavailable)
	})
	ctx, cancel = context.WithCancel(t.Context())
	r, _ = open(t, byCursor(busy.URL), func(o *Options) { o.Sleep, o.OnWait = nil, func(string, time.Duration) { cancel() } })
	_, err = r.Page(ctx, job.Position{})
	require.ErrorIs(t, err, context.Canceled)
}

func TestNothingIsTooLarge(t *testing.T) {
	t.Parallel()
	huge := func(w http.ResponseWriter, r *http.Request) {
		blank := bytes.Repeat([]byte(" "), 1<<20)
		switch r.URL.Query().Get("after") {
		case "page":
			for range 1 << 20 { // a terabyte, if anybody reads it
				if _, err := w.Write(blank); err != nil {
					return
				}
			}
		case "packed":
			w.Header().Set("Content-Encoding", "gzip")
			z := gzip.NewWriter(w)
			for range 10 {
				if _, err := z.Write(blank); err != nil {
					return
				}
			}
			_ = z.Close()
		case "error":
			w.WriteHeader(http.StatusNotFound)
			for range 1 << 20 {
				if _, err := w.Write(blank); err != nil {
					return
				}
			}
		case "record":
			fmt.Fprintf(w, `{"results":[{"n":0},{"n":"%s"}]}`, strings.Repeat("x", 1<<20))
		}
	}
	s := serve(t, huge)
	small := func(o *Options) { o.LargestPage, o.LargestRecord = 2<<20, 1<<19 }
	for after, says := range map[string]string{
		"page":   "Page 4 from HubSpot is larger than 2 MB. Ask for fewer records a page.",
		"packed": "Page 4 from HubSpot is larger than 2 MB. Ask for fewer records a page.",
		"error":  "HubSpot has nothing at this address: it answered 404.",
		"record": "Record 2 on page 4 from HubSpot has 1 MB, more than 512 kB are not read.",
	} {
		r, _ := open(t, byCursor(s.URL), small)
		f := fault(t, r, job.Position{Pages: 3, Next: after})
		require.Equal(t, says, f.Error())
	}
	src := byCursor(s.URL)
	src.Records = ".results[]"
	r, _ := open(t, src, small)
	require.Equal(t, "Page 4 from HubSpot is larger than 512 kB. Ask for fewer records a page.", fault(t, r, job.Position{Pages: 3, Next: "record"}).Error())
	o := Options{}.withDefaults()
	require.Equal(t, []int64{32 << 20, 8 << 20}, []int64{o.LargestPage, int64(o.LargestRecord)})
}
