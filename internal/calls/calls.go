// Package calls performs the HTTP calls that pawl.yaml describes: the steps of runbooks, and looks.
//
// The tour: Do (calls.go) fills the arguments in, each encoded for the place where it stands (place.go), sends the request
// once, and judges the answer by its status and by jq (judge.go). What went wrong is a *job.Fault: a sentence for people,
// whose fault it is, and the request with the beginning of its answer, in which no secret is shown (fault.go, shown.go).
// Look and Lines (lines.go) make the lines of a look.
//
// Three things hold whatever an argument contains and whatever the other side answers. An argument never leaves its place:
// a path segment stays one, a JSON text stays one, a header stays one line. A secret never goes to another host than the
// one in pawl.yaml: redirects elsewhere are not followed. And a request that may have been done is told apart from one that
// was not: see ErrUnknown.
package calls

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"strings"
	"sync/atomic"
	"time"

	"github.com/pawl-ops/pawl/internal/shown"
	"github.com/pawl-ops/pawl/job"
)

// Limits of a call.
const (
	mostRead  = 10 << 20         // bytes of an answer that are read
	mostShown = 64 << 10         // bytes of an answer that are shown
	usual     = 30 * time.Second // how long an answer may take when the step does not say
	redirects = 5
)

// ErrUnknown is behind the *job.Fault of a request that was sent and whose outcome is not known: no answer came, or
// something in between answered that none came. Without it a request was definitely not done, or it was answered.
var ErrUnknown = errors.New("it was sent, and what came of it is not known")

// Secrets looks up a secret at the moment of use. Its error must not show one.
type Secrets func(job.SecretRef) (job.Secret, error)

// Answer is what the other side answered, when it was good.
type Answer struct {
	Status int
	Line   string // what the step's jq made of it, on one line of at most 200 bytes; secrets masked
	NoLine error  // why there is no Line though the step asks for one; the call is done all the same
	Shown  string // the request and the answer, at most 64 KiB, secrets masked

	body []byte
	hide shown.Mask
}

// Caller makes calls. It may be used by many goroutines at once.
type Caller struct {
	client *http.Client
}

// New makes a caller. The transport is for tests; nil is one that goes out through the proxy of the environment.
func New(transport http.RoundTripper) *Caller {
	if transport == nil {
		transport = &http.Transport{
			Proxy:                  http.ProxyFromEnvironment,
			DialContext:            (&net.Dialer{Timeout: 10 * time.Second}).DialContext,
			TLSHandshakeTimeout:    10 * time.Second,
			MaxResponseHeaderBytes: 64 << 10,
			// net/http sends again by itself on a connection that was kept and turns out to be closed, also a POST with an
			// Idempotency-Key (net/http, Transport). Whether something is sent twice is not its to decide.
			DisableKeepAlives: true,
			ForceAttemptHTTP2: true,
		}
	}
	return &Caller{client: &http.Client{Transport: transport}}
}

// Do makes the call of a step once; whoever asks for it tries again as often as the step says. The key tells the other side
// that two calls are the same one: it goes out as the header Idempotency-Key, except with GET and HEAD; empty: it does not.
//
// Errors: a *job.Fault, with ErrUnknown behind it when it may have been done; or the context's, wrapped likewise.
func (c *Caller) Do(ctx context.Context, s job.HTTPStep, args map[string]string, key string, secrets Secrets) (Answer, error) {
	a, err := c.call(ctx, s, args, key, secrets)
	if err != nil {
		return Answer{}, err
	}
	a.line(ctx, s.Line)
	return a, nil
}

// call sends a request and judges its answer.
func (c *Caller) call(ctx context.Context, s job.HTTPStep, args map[string]string, key string, secrets Secrets) (Answer, error) {
	within := s.Within
	if within <= 0 {
		within = usual
	}
	outer := ctx
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	var sent atomic.Bool
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{WroteHeaders: func() { sent.Store(true) }})
	req, hide, err := request(ctx, s, args, key, secrets)
	if err != nil {
		return Answer{}, err
	}
	e := exchange{req: req, hide: hide, within: within, good: s.Expect.Status}
	client := *c.client
	client.CheckRedirect = e.redirected(s.Expect.Status)
	resp, err := client.Do(req)
	if err != nil {
		return Answer{}, e.unanswered(outer, err, sent.Load())
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(resp.Body, mostRead+1))
	switch good := expected(s.Expect.Status, resp.StatusCode); {
	case !good:
		return Answer{}, e.refused(resp, body) // however much of it came, the status says enough
	case err != nil && s.Expect.Holds != "":
		return Answer{}, e.unanswered(outer, err, true)
	}
	a := Answer{Status: resp.StatusCode, Shown: e.whole(resp.StatusCode, body), body: body, hide: hide}
	if s.Expect.Holds != "" {
		if err := e.holds(outer, s.Expect.Holds, resp.StatusCode, body); err != nil {
			return Answer{}, err
		}
	}
	return a, nil
}

// request makes the request of a step, and the mask that hides its secrets.
func request(ctx context.Context, s job.HTTPStep, args map[string]string, key string, secrets Secrets) (*http.Request, shown.Mask, error) {
	to, err := address(s.URL, args)
	if err != nil {
		return nil, shown.Mask{}, cannot(err)
	}
	content, kind, err := body(s, args)
	if err != nil {
		return nil, shown.Mask{}, cannot(err)
	}
	req, err := http.NewRequestWithContext(ctx, s.Method, to, strings.NewReader(content))
	if err != nil {
		return nil, shown.Mask{}, cannot(fmt.Errorf("the address cannot be called: %w", err))
	}
	if content == "" {
		req.Body, req.GetBody, req.ContentLength = http.NoBody, nil, 0
	}
	req.Header.Set("User-Agent", "pawl")
	if kind != "" {
		req.Header.Set("Content-Type", kind)
	}
	if key != "" && s.Method != http.MethodGet && s.Method != http.MethodHead {
		req.Header.Set("Idempotency-Key", key)
	}
	for name, text := range s.Headers {
		value, err := header(name, text, args)
		if err != nil {
			return nil, shown.Mask{}, cannot(err)
		}
		req.Header.Set(name, value)
	}
	var all []job.Secret
	for name, ref := range s.Secrets {
		secret, err := secrets(ref)
		if err != nil {
			return nil, shown.Mask{}, &job.Fault{Class: job.FaultAccess, Final: true, Says: "The secret for the header " + name + " cannot be read, so nothing was sent.", Cause: err}
		}
		value := secret.Reveal()
		if secret.Empty() || !oneLine(value) {
			return nil, shown.Mask{}, &job.Fault{Class: job.FaultOurs, Final: true, Says: "The secret for the header " + name + " is empty or has more than one line, so nothing was sent."}
		}
		if name == "Authorization" && !strings.Contains(value, " ") {
			value = "Bearer " + value // a token alone: RFC 6750
		}
		all = append(all, secret)
		req.Header.Set(name, value)
	}
	return req, shown.NewMask(all...), nil
}

// redirected keeps a call on the host that pawl.yaml names. An answer that was expected to send us elsewhere is taken as it
// is; one that was not is judged by its status.
func (e exchange) redirected(good []job.StatusRange) func(*http.Request, []*http.Request) error {
	return func(to *http.Request, via []*http.Request) error {
		said := len(good) > 0 && to.Response != nil && expected(good, to.Response.StatusCode)
		if said || len(via) > redirects || !home(e.req.URL, to.URL) {
			return http.ErrUseLastResponse
		}
		return nil
	}
}
