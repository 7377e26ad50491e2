package apps

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/pawl-ops/pawl/internal/hosttools"
)

// States of a lamp on the panel: those of package sandbox.
const (
	lampOK       = "ok"
	lampDown     = "down"
	lampStarting = "starting"
)

// startsWithin is how long an instance may take to listen before it counts as silent.
const startsWithin = 10 * time.Second

// lamp is how something is, as the panel shows it.
type lamp struct {
	state, word, detail string
	since               time.Time
}

// become changes a lamp and reports whether anybody would see it. The time counts from a change of the words.
func (l *lamp) become(state, word, detail string) bool {
	if l.state == state && l.word == word && l.detail == detail {
		return false
	}
	if l.state != state || l.word != word || l.since.IsZero() {
		l.since = time.Now()
	}
	l.state, l.word, l.detail = state, word, detail
	return true
}

// lookOften keeps what the panel shows up to date, so that drawing it never waits for anybody.
func (a *Apps) lookOften(ctx context.Context) {
	client := &http.Client{Timeout: time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
	tick := time.NewTicker(a.opts.Look)
	defer tick.Stop()
	for {
		if a.lookOnce(ctx, client) {
			a.opts.Changed()
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		case <-a.look:
		}
	}
}

// LookSoon has everything looked at without waiting for the next time.
func (a *Apps) LookSoon() {
	select {
	case a.look <- struct{}{}:
	default:
	}
}

// lookOnce looks at everything and reports whether something changed.
func (a *Apps) lookOnce(ctx context.Context, client *http.Client) bool {
	var mu sync.Mutex
	var looking sync.WaitGroup
	changed := false
	note := func(did bool) {
		mu.Lock()
		defer mu.Unlock()
		changed = changed || did
	}
	for _, i := range a.instances {
		looking.Go(func() { note(i.lookAt(ctx, client)) })
	}
	looking.Wait()
	if ctx.Err() != nil {
		return false
	}
	note(a.noticeNext())
	for _, p := range a.proxies {
		note(p.lookAt())
	}
	return changed
}

// noticeNext reports whether the next version has come.
func (a *Apps) noticeNext() bool {
	a.versions.Lock()
	defer a.versions.Unlock()
	came, err := a.notice()
	if err != nil {
		a.opts.Log.Warn().Err(err).Msg("looking for the next version")
	}
	return came
}

// lookAt asks the instance how it is.
func (i *Instance) lookAt(ctx context.Context, client *http.Client) bool {
	version, problem, err := i.ask(ctx, client)
	i.mu.Lock()
	defer i.mu.Unlock()
	detail := version
	if detail == "" {
		detail = i.Version()
	} else {
		i.runs = version
	}
	if i.Role != "" {
		detail += ", " + i.Role
	}
	switch {
	case ctx.Err() != nil:
		return false
	case i.Host.IsCut():
		return i.state.become(lampDown, "not to be reached", detail)
	case err == nil && problem == "":
		return i.state.become(lampOK, "up", detail)
	case err == nil && strings.HasPrefix(problem, hosttools.Warming):
		return i.state.become(lampStarting, "warming up", detail)
	case err == nil:
		return i.state.become(lampDown, "ill", problem)
	case i.Illness() == hosttools.IllHang:
		return i.state.become(lampDown, "hangs", detail)
	case i.state.state == lampStarting && time.Since(i.began) < startsWithin:
		return false
	case i.PID() == 0:
		return i.state.become(lampDown, "not running", detail)
	}
	return i.state.become(lampDown, "no answer", detail)
}

// ask asks the instance how it is, as Pawl would.
func (i *Instance) ask(ctx context.Context, client *http.Client) (version, problem string, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, i.URL+"/health", nil)
	if err != nil {
		return "", "", err
	}
	res, err := client.Do(req)
	if err != nil {
		return "", "", err
	}
	defer res.Body.Close()
	var body struct {
		Version string            `json:"version"`
		Checks  map[string]string `json:"checks"`
	}
	if err := json.NewDecoder(http.MaxBytesReader(nil, res.Body, 1<<16)).Decode(&body); err != nil {
		return "", "", err
	}
	if res.StatusCode == http.StatusOK {
		return body.Version, "", nil
	}
	for _, says := range body.Checks {
		if says != "ok" {
			return body.Version, says, nil
		}
	}
	return body.Version, res.Status, nil
}

// Shown is how something is, as the panel shows it.
type Shown struct {
	State, Word, Detail string
	Since               time.Time
}

// Shown is how the instance was found last. It waits for nobody.
func (i *Instance) Shown() Shown {
	i.mu.Lock()
	defer i.mu.Unlock()
	return Shown{State: i.state.state, Word: i.state.word, Detail: i.state.detail, Since: i.state.since}
}

// Shown is where users are, and how they fare. It waits for nobody.
func (p *Proxy) Shown() Shown {
	p.mu.Lock()
	defer p.mu.Unlock()
	return Shown{State: p.state.state, Word: p.state.word, Detail: p.state.detail, Since: p.state.since}
}

// WaitUp returns when every instance is well, or the context's error.
func (a *Apps) WaitUp(ctx context.Context) error {
	client := &http.Client{Timeout: time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
	for _, i := range a.instances {
		for {
			_, problem, err := i.ask(ctx, client)
			if err == nil && problem == "" {
				break
			}
			if err == nil {
				err = errors.New(problem)
			}
			select {
			case <-ctx.Done():
				return errors.Join(ctx.Err(), err)
			case <-time.After(20 * time.Millisecond):
			}
		}
	}
	return nil
}

// lookAt sees where users are, and how they fare.
func (p *Proxy) lookAt() bool {
	says := p.count.says()
	p.mu.Lock()
	defer p.mu.Unlock()
	i, err := p.Active()
	if err != nil {
		return p.state.become(lampDown, "users are nowhere", err.Error())
	}
	if next, err := p.apps.lb.AfterReload(p.frontend); err == nil && next.Server != i.Instance {
		says += "; the map file says " + next.Server + ", so that a reload would move them"
	}
	if p.balancer.IsCut() {
		return p.state.become(lampDown, "not to be reached", says)
	}
	i.mu.Lock()
	well, version := i.state.state == lampOK, i.runs
	i.mu.Unlock()
	where := "users are on " + i.Instance
	if version != "" {
		where += ", " + version
	}
	if !well {
		return p.state.become(lampDown, where+", and get errors", says)
	}
	if good, lost, _ := p.count.rates(); good > 0 && lost > 0 {
		return p.state.become(lampStarting, where+", and some get errors", says)
	}
	return p.state.become(lampOK, where, says)
}
