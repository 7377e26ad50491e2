// Package instances asks the running copies of an app how they are, over HTTP.
//
// What an instance has to offer is one path that answers 2xx while it is well. A body is read when it is JSON of this
// form, and ignored otherwise; every field may be missing:
//
//	{"version": "2024.50", "started": "2026-11-20T09:00:00Z", "checks": {"database": "ok", "queue": "4,000 waiting"}}
//
// An instance that works off tasks may offer a second path that lists them, in any order:
//
//	{"tasks": [{"name": "send invoices", "started": "2026-11-20T09:00:00Z", "note": "62 %"}]}
//
// Whatever an instance answers is outside text: bounded, cleaned and cut before anybody sees it.
package instances

import (
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/pawl-ops/pawl/job"
)

// Limits of what is taken from an instance.
const (
	largestBody   = 64 << 10 // bytes
	largestHeader = 16 << 10 // bytes
	mostRedirects = 3
)

// Options say how long an instance may take. The zero value has a sensible meaning.
type Options struct {
	Within time.Duration // for one answer, from the first packet to the last byte; 3 s
}

// Client asks instances. It keeps no connection and is safe for concurrent use.
type Client struct {
	within time.Duration
	http   *http.Client
}

// New returns a Client.
func New(o Options) *Client {
	if o.Within <= 0 {
		o.Within = 3 * time.Second
	}
	return &Client{within: o.Within, http: &http.Client{
		Transport: &http.Transport{
			DialContext: (&net.Dialer{Timeout: o.Within}).DialContext,
			// No proxy: the question is how the instance is, not how the way out of the building is. No connection is
			// kept, because one to the process before a restart says nothing about the one after it.
			Proxy: nil, DisableKeepAlives: true,
			DisableCompression:     true, // what is small on the wire must not be large here
			MaxResponseHeaderBytes: largestHeader,
			TLSHandshakeTimeout:    o.Within,
		},
		CheckRedirect: sameHost,
	}}
}

// sameHost follows an instance that calls itself by another path, and nobody else: the answer of another machine is not
// the answer of this one.
func sameHost(r *http.Request, before []*http.Request) error {
	first := before[0].URL
	if len(before) > mostRedirects || r.URL.Host != first.Host || r.URL.Scheme != first.Scheme {
		return http.ErrUseLastResponse
	}
	return nil
}

// reply is what came back: a status and at most largestBody bytes. whole is false when there was more.
type reply struct {
	code     int
	kind     string // media type
	location string
	body     []byte
	whole    bool
}

// get asks for one path of an instance.
func (c *Client) get(ctx context.Context, i job.Instance, path string) (reply, error) {
	ctx, cancel := context.WithTimeout(ctx, c.within)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address(i, path), nil)
	if err != nil {
		return reply{}, err
	}
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", "pawl")
	res, err := c.http.Do(req)
	if err != nil {
		return reply{}, err
	}
	defer res.Body.Close()
	r := reply{code: res.StatusCode, location: res.Header.Get("Location")}
	r.kind, _, _ = strings.Cut(res.Header.Get("Content-Type"), ";")
	r.kind = strings.ToLower(strings.TrimSpace(r.kind))
	r.body, err = io.ReadAll(io.LimitReader(res.Body, largestBody+1))
	if err != nil {
		return r, &unfinishedError{err}
	}
	if r.whole = len(r.body) <= largestBody; !r.whole {
		r.body = r.body[:largestBody]
	}
	return r, nil
}

// unfinishedError says that an answer began and did not end.
type unfinishedError struct{ cause error }

func (e *unfinishedError) Error() string { return "its answer breaks off: " + e.cause.Error() }
func (e *unfinishedError) Unwrap() error { return e.cause }

// address is where a path of an instance is.
func address(i job.Instance, path string) string {
	return strings.TrimRight(i.URL, "/") + "/" + strings.TrimLeft(path, "/")
}
