package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"slices"
	"sync"
	"time"
)

// answered is what a user got.
type answered struct {
	environment       string
	asked, got        time.Time
	status            int
	instance, version string // who answered, as it says itself; empty: it was no instance
	err               error
	again             bool // the connection was closed under the request, and it was asked once more, as browsers do
}

// good reports whether the user got what they asked for.
func (s answered) good() bool { return s.err == nil && s.status == http.StatusOK && s.instance != "" }

// crowd are users of environments with connections of their own that stay open, and who ask again after a while.
type crowd struct {
	stop context.CancelFunc
	wg   sync.WaitGroup
	mu   sync.Mutex
	all  []answered
}

// newCrowd has so many users in each environment, who ask every so often.
func newCrowd(f *fleet, fronts map[string]string, users int, every time.Duration) *crowd {
	ctx, cancel := context.WithCancel(context.Background())
	c := &crowd{stop: cancel}
	for environment, url := range fronts {
		for n := range users {
			c.wg.Go(func() { c.asks(ctx, environment, url+"/", every, time.Duration(n)*every/time.Duration(users)) })
		}
	}
	f.t.Cleanup(func() { c.end() })
	return c
}

func (c *crowd) asks(ctx context.Context, environment, url string, every, after time.Duration) {
	transport := &http.Transport{MaxConnsPerHost: 1, MaxIdleConnsPerHost: 1}
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport, Timeout: 15 * time.Second}
	pass(ctx, after) // not all at the same moment
	tick := time.NewTicker(every)
	defer tick.Stop()
	var mine []answered
	for ctx.Err() == nil {
		s := ask(client, url)
		s.environment = environment
		mine = append(mine, s)
		select {
		case <-ctx.Done():
		case <-tick.C:
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.all = append(c.all, mine...)
}

// pass lets time pass.
func pass(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}

// ask is one request of a user.
func ask(client *http.Client, url string) (s answered) {
	conns := 0
	ctx := httptrace.WithClientTrace(context.Background(), &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { conns++ }})
	s.asked = time.Now()
	defer func() { s.got, s.again = time.Now(), conns > 1 }()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		s.err = err
		return s
	}
	res, err := client.Do(req)
	if err != nil {
		s.err = err
		return s
	}
	defer res.Body.Close()
	s.status = res.StatusCode
	text, err := io.ReadAll(res.Body)
	if err != nil {
		s.err = fmt.Errorf("reading the answer: %w", err)
		return s
	}
	var says struct{ Instance, Version string }
	if json.Unmarshal(text, &says) == nil && res.Header.Get("X-Served-By") == says.Instance {
		s.instance, s.version = says.Instance, says.Version
	}
	return s
}

// end sends everybody home, and gives what they got in the order in which they had it.
func (c *crowd) end() []answered {
	c.stop()
	c.wg.Wait()
	c.mu.Lock()
	defer c.mu.Unlock()
	slices.SortFunc(c.all, func(a, b answered) int { return a.got.Compare(b.got) })
	return c.all
}
