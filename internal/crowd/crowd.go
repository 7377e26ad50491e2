// Package crowd is the users of an app, for tests and benchmarks that hold what they see while they are moved: each has one
// connection, keeps it open, and asks again as soon as there was an answer, or at a pace.
//
//	users := crowd.Send(ctx, crowd.Place{Name: "master", URL: front, Users: 16})
//	...
//	for _, a := range users.Home() { // in the order in which they asked
package crowd

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// patience is how long a user waits for an answer. It is more than any load balancer of ours gives an instance.
const patience = 15 * time.Second

// most of an answer is read.
const most = 1 << 20

// Place is where users ask.
type Place struct {
	Name  string // stands in their answers
	URL   string
	Users int
	Every time.Duration // how often each asks; 0: again at once
}

// Answer is what a user got.
type Answer struct {
	Place      string // where it was asked
	Asked, Got time.Time
	Status     int
	Header     http.Header
	Body       string
	Err        error // there was no answer, or only a part of one
	Again      bool  // the connection was closed under the request, and it was asked once more, as browsers do
}

// Crowd is users who ask.
type Crowd struct {
	stop  context.CancelFunc
	count atomic.Int64
	users sync.WaitGroup
	mu    sync.Mutex
	all   []Answer
}

// Send lets users ask until they are sent home, or ctx ends. A request that is under way then is waited for.
func Send(ctx context.Context, places ...Place) *Crowd {
	ctx, stop := context.WithCancel(ctx)
	c := &Crowd{stop: stop}
	for _, p := range places {
		for n := range p.Users {
			c.users.Go(func() { c.ask(ctx, p, time.Duration(n)*p.Every/time.Duration(p.Users)) })
		}
	}
	return c
}

// ask asks one place over one connection; it begins after a while, so that not all ask in the same moment.
func (c *Crowd) ask(ctx context.Context, p Place, after time.Duration) {
	transport := &http.Transport{MaxConnsPerHost: 1, MaxIdleConnsPerHost: 1}
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport, Timeout: patience}
	pass(ctx, after)
	var tick <-chan time.Time
	if p.Every > 0 {
		ticker := time.NewTicker(p.Every)
		defer ticker.Stop()
		tick = ticker.C
	}
	var mine []Answer
	for ctx.Err() == nil {
		a := Ask(context.WithoutCancel(ctx), client, p.URL)
		a.Place = p.Name
		mine = append(mine, a)
		c.count.Add(1)
		if tick == nil {
			continue
		}
		select {
		case <-ctx.Done():
		case <-tick:
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.all = append(c.all, mine...)
}

func pass(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}

// Count is how many answers there were so far.
func (c *Crowd) Count() int64 { return c.count.Load() }

// Home sends everybody home and gives what they got, in the order in which they asked. It may be called again.
func (c *Crowd) Home() []Answer {
	c.stop()
	c.users.Wait()
	c.mu.Lock()
	defer c.mu.Unlock()
	slices.SortFunc(c.all, func(a, b Answer) int { return a.Asked.Compare(b.Asked) })
	return c.all
}

// Ask is one request. What comes back is read up to 1 MiB.
func Ask(ctx context.Context, client *http.Client, url string) (a Answer) {
	conns := 0
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { conns++ }})
	a.Asked = time.Now()
	defer func() { a.Got, a.Again = time.Now(), conns > 1 }()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		a.Err = err
		return a
	}
	res, err := client.Do(req)
	if err != nil {
		a.Err = err
		return a
	}
	defer func() { _ = res.Body.Close() }()
	a.Status, a.Header = res.StatusCode, res.Header
	text, err := io.ReadAll(io.LimitReader(res.Body, most))
	if err != nil {
		a.Err = fmt.Errorf("reading the answer: %w", err)
	}
	a.Body = string(text)
	return a
}
