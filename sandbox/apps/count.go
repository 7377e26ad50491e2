package apps

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"
)

// counted is over how many seconds requests are counted.
const counted = 4

// counter counts requests of the last seconds.
type counter struct {
	mu      sync.Mutex
	slots   [counted + 1]slot // of the seconds before, and of the one that is not over
	waiting int               // have no answer yet
}

type slot struct {
	second     int64
	good, lost int
}

// begin counts somebody who waits for an answer.
func (c *counter) begin() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.waiting++
}

// end counts how it ended.
func (c *counter) end(good bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.waiting--
	now := time.Now().Unix()
	s := &c.slots[now%int64(len(c.slots))]
	if s.second != now {
		*s = slot{second: now}
	}
	if good {
		s.good++
	} else {
		s.lost++
	}
}

// rates are the requests a second of the last whole seconds, rounded, but what there was is never none: those that were
// answered, and all the others; and how many wait at this moment.
func (c *counter) rates() (good, lost, waiting int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := time.Now().Unix()
	for _, s := range c.slots {
		if s.second < now && s.second >= now-counted {
			good, lost = good+s.good, lost+s.lost
		}
	}
	return rate(good), rate(lost), c.waiting
}

func rate(n int) int {
	if n == 0 {
		return 0
	}
	return max(1, (n+counted/2)/counted)
}

// says is the line on the panel.
func (c *counter) says() string {
	good, lost, waiting := c.rates()
	switch all := good + lost; {
	case waiting > max(2, all/2): // a few are always on their way
		return fmt.Sprintf("%d wait for an answer", waiting)
	case all == 0:
		return "nobody asks at the moment"
	case lost == 0:
		return plural(all, "request") + " a second, all answered"
	default:
		return fmt.Sprintf("%s a second, %d of them in vain", plural(all, "request"), lost)
	}
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// crowd is the pretend users of an environment: so many requests a second, whatever becomes of them.
func (a *Apps) crowd(ctx context.Context, url string) {
	client := &http.Client{Timeout: userWaits + time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
	tick := time.NewTicker(time.Second / time.Duration(a.opts.Users))
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		a.wg.Go(func() {
			req, err := http.NewRequestWithContext(ctx, http.MethodGet, url+"/", nil)
			if err != nil {
				return
			}
			if res, err := client.Do(req); err == nil {
				_, _ = io.Copy(io.Discard, io.LimitReader(res.Body, 1<<16))
				_ = res.Body.Close()
			}
		})
	}
}
