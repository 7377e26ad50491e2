package console

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"syscall"
	"time"

	"github.com/pawl-ops/pawl/internal/terminal"
)

// Waits of a client.
const (
	sayWithin    = 30 * time.Second       // one request and its answer
	silence      = 20 * time.Second       // of a stream, after which the other end counts as dead; it beats every 5 s
	againFirst   = 100 * time.Millisecond // wait before Pawl is called again, doubled up to
	againMost    = time.Second
	startingFor  = 2 * time.Minute
	followingFor = 10 * time.Minute
	passingFor   = 10 * time.Second // how long a Pawl that has just started may not know yet who is who
	mostAnswer   = 4 << 20          // bytes of one answer or event
)

// client speaks to Pawl over its socket.
type client struct {
	socket string
	http   *http.Client
}

func newClient(socket string) *client {
	return &client{socket: socket, http: &http.Client{Transport: &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			conn, err := terminal.Dial(ctx, socket)
			if err != nil {
				return nil, &awayError{err}
			}
			return conn, nil
		},
		DisableCompression: true,
	}}}
}

// awayError says that nobody listens: what was to be sent was not sent.
type awayError struct{ cause error }

func (e *awayError) Error() string { return e.cause.Error() }
func (e *awayError) Unwrap() error { return e.cause }

// refusedError is a request that Pawl did not take, and why, for people.
type refusedError struct {
	Says string `json:"error"`
	Exit int    `json:"exit"`

	passing bool // it may be taken in a moment
}

func (e *refusedError) Error() string { return e.Says }

// call makes one request. The body is the caller's to close.
func (c *client) call(ctx context.Context, method, path string, query url.Values, body any) (*http.Response, error) {
	var send io.Reader
	if body != nil {
		raw, err := json.Marshal(body)
		if err != nil {
			return nil, err
		}
		send = bytes.NewReader(raw)
	}
	req, err := http.NewRequestWithContext(ctx, method, "http://pawl"+path+"?"+query.Encode(), send)
	if err != nil {
		return nil, err
	}
	res, err := c.http.Do(req)
	if err != nil {
		return nil, err
	}
	if res.StatusCode == http.StatusOK {
		return res, nil
	}
	defer res.Body.Close()
	no := &refusedError{Exit: terminal.ExitFailed}
	raw, err := io.ReadAll(io.LimitReader(res.Body, mostAnswer))
	if err != nil || json.Unmarshal(raw, no) != nil || no.Says == "" {
		return nil, fmt.Errorf("pawl answered %s", res.Status)
	}
	no.passing = res.StatusCode == http.StatusServiceUnavailable
	return nil, no
}

// say sends what was typed once.
func (c *client) say(ctx context.Context, said terminal.Said) (r terminal.Reply, err error) {
	ctx, cancel := context.WithTimeout(ctx, sayWithin)
	defer cancel()
	res, err := c.call(ctx, http.MethodPost, terminal.PathSay, nil, said)
	if err != nil {
		return r, err
	}
	defer res.Body.Close()
	err = json.NewDecoder(io.LimitReader(res.Body, mostAnswer)).Decode(&r)
	return r, err
}

// Offers are the words that may be typed next; none when Pawl does not answer before ctx ends.
func Offers(ctx context.Context, socket string, typed []string) []terminal.Offer {
	res, err := newClient(socket).call(ctx, http.MethodGet, terminal.PathOffers, url.Values{"typed": typed}, nil)
	if err != nil {
		return nil
	}
	defer res.Body.Close()
	var offers []terminal.Offer
	if json.NewDecoder(io.LimitReader(res.Body, mostAnswer)).Decode(&offers) != nil {
		return nil
	}
	return offers
}

// away is what is said when Pawl could not be reached at all.
func away(socket string, err error) error {
	switch {
	case errors.Is(err, os.ErrPermission):
		return failing(terminal.ExitRefused, "this login may not open %s: whoever runs Pawl lets you in by the group of its folder and of the socket", socket)
	case errors.Is(err, os.ErrNotExist), errors.Is(err, syscall.ECONNREFUSED):
		return failing(terminal.ExitFailed, "Pawl is not running here: nobody listens at %s. Start it with `pawl up`, or give its data directory with --data (the demo's is .pawl/pawl)", socket)
	}
	return failing(terminal.ExitFailed, "Pawl cannot be reached at %s: %v", socket, err)
}

// pause waits before the next try, longer each time; false when ctx ended.
func pause(ctx context.Context, wait *time.Duration) bool {
	*wait = min(cmp.Or(*wait*2, againFirst), againMost)
	select {
	case <-ctx.Done():
		return false
	case <-time.After(*wait):
		return true
	}
}
