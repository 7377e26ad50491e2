package traffic

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/pawl-ops/pawl/job"
)

// Limits of a talk with Caddy.
const (
	caddyWithin  = 10 * time.Second
	largestReply = 1 << 20 // bytes
)

// newClient speaks to admin interfaces: no redirects, no proxy, and a connection for each request, so that what was given up is
// not sent again by somebody else.
func newClient() *http.Client {
	return &http.Client{
		Timeout:       caddyWithin,
		Transport:     &http.Transport{DisableKeepAlives: true, Proxy: nil},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// upstream is the one upstream of a handler.
type upstream struct {
	dial     string
	instance string
	marks    []string // of tokens, the newest first
	etag     string
	all      map[string]json.RawMessage // with what else is said about it, which stays
}

func (u upstream) last() string {
	if len(u.marks) == 0 {
		return ""
	}
	return u.marks[0]
}

func caddyUpstreams(t job.Traffic) string {
	return strings.TrimSuffix(t.URL, "/") + "/id/" + url.PathEscape(t.ID) + "/upstreams"
}

func markPrefix(t job.Traffic) string { return "pawl." + t.ID + "." }

// upstream asks for the upstream of a handler.
func (b *Balancers) upstream(ctx context.Context, t job.Traffic) (upstream, error) {
	var list []map[string]json.RawMessage
	etag, err := b.caddyGet(ctx, caddyUpstreams(t), &list)
	if err != nil {
		return upstream{}, err
	}
	return readUpstream(t, list, etag)
}

func readUpstream(t job.Traffic, list []map[string]json.RawMessage, etag string) (upstream, error) {
	if len(list) != 1 {
		return upstream{}, fmt.Errorf("the handler %q has %d upstreams, it should have the one that serves users", t.ID, len(list))
	}
	u := upstream{all: list[0], etag: etag}
	var id string
	if err := json.Unmarshal(list[0]["dial"], &u.dial); err != nil || !plausible(u.dial) {
		return upstream{}, fmt.Errorf("the upstream of the handler %q has no address", t.ID)
	}
	if raw, there := list[0]["@id"]; there {
		if err := json.Unmarshal(raw, &id); err != nil || !strings.HasPrefix(id, markPrefix(t)) {
			return upstream{}, fmt.Errorf("the upstream of the handler %q has an @id of its own, and that is where I write down what I did", t.ID)
		}
		u.marks = strings.Split(strings.TrimPrefix(id, markPrefix(t)), ".")
	}
	if etag == "" {
		return upstream{}, errors.New("it sends no ETag: Caddy 2.6 is the oldest that will do")
	}
	u.instance = instanceOf(t, u.dial)
	return u, nil
}

// patch gives the handler another upstream, if it is still as it was. The status is 0 when nobody answered; err says what
// stands in another answer than 200.
func (b *Balancers) patch(ctx context.Context, t job.Traffic, was upstream, dial, mark string) (int, error) {
	next := map[string]any{}
	for key, raw := range was.all {
		next[key] = raw
	}
	marks := append([]string{mark}, was.marks...)
	next["dial"], next["@id"] = dial, markPrefix(t)+strings.Join(marks[:min(len(marks), caddyTokens)], ".")
	body, err := json.Marshal([]any{next})
	if err != nil {
		return 0, err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPatch, caddyUpstreams(t), bytes.NewReader(body))
	if err != nil {
		return 0, err
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("If-Match", was.etag)
	r.GetBody = nil // it is sent once
	resp, err := b.o.HTTP.Do(r)
	if err != nil {
		return 0, &lostError{err}
	}
	defer func() { _ = resp.Body.Close() }()
	text, _ := io.ReadAll(io.LimitReader(resp.Body, largestReply))
	if resp.StatusCode == http.StatusOK {
		return http.StatusOK, nil
	}
	return statusOf(resp, text), complaint(resp, text)
}

// caddyGet asks for something, a few times where need be, and returns its ETag, which Caddy sends behind the body.
func (b *Balancers) caddyGet(ctx context.Context, address string, into any) (etag string, err error) {
	for n := range 3 {
		if n > 0 && !pause(ctx, caddyPause<<n) {
			break
		}
		if etag, err = b.caddyGetOnce(ctx, address, into); !lost(err) {
			break
		}
	}
	return etag, err
}

func (b *Balancers) caddyGetOnce(ctx context.Context, address string, into any) (etag string, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, http.NoBody)
	if err != nil {
		return "", err
	}
	resp, err := b.o.HTTP.Do(r)
	if err != nil {
		return "", &lostError{err}
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(io.LimitReader(resp.Body, largestReply))
	switch {
	case err != nil:
		return "", &lostError{err}
	case resp.StatusCode != http.StatusOK:
		return "", complaint(resp, text)
	}
	if err := json.Unmarshal(text, into); err != nil {
		return "", fmt.Errorf("reading its answer: %w", err)
	}
	if etag = resp.Trailer.Get("Etag"); etag == "" {
		etag = resp.Header.Get("Etag")
	}
	return etag, nil
}

// statusOf is the status of an answer that is Caddy's own. What a gateway in between says is none.
func statusOf(resp *http.Response, text []byte) int {
	if !json.Valid(text) {
		return 0
	}
	return resp.StatusCode
}

// complaint is what an answer says that is not good.
func complaint(resp *http.Response, text []byte) error {
	var said struct {
		Error string `json:"error"`
	}
	if json.Unmarshal(text, &said) != nil || said.Error == "" {
		return fmt.Errorf("it answered %d", resp.StatusCode)
	}
	return fmt.Errorf("%d, %s", resp.StatusCode, sentence(said.Error))
}

// lostError says that there was no answer, or half of one.
type lostError struct{ err error }

func lost(err error) bool { return errors.As(err, new(*lostError)) }

// Error is what went wrong, without the long text of net/http.
func (e *lostError) Error() string {
	var u *url.Error
	if errors.As(e.err, &u) {
		return u.Err.Error()
	}
	return e.err.Error()
}

func (e *lostError) Unwrap() error { return e.err }

// pause waits, and reports whether the context goes on.
func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
