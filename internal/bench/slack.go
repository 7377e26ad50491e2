package main

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/pawl-ops/pawl/sandbox/slack"
)

// team is the world's workspace.
const team = slack.TeamID

// place is where somebody types to Pawl. Slack limits what an app says in one conversation to a message a second, so
// the load is spread over all there are.
type place struct {
	person  *slack.Person
	channel string
	prefix  string
}

// thread is what one command became.
type thread struct {
	typed time.Time   // when Slack took the message, by its ts
	said  []time.Time // when Slack took each message of Pawl in the thread, the board first
	edits []time.Time // when each edit in it was seen
}

// slackWatch sees everything that is said, by the eyes of those who may read it.
type slackWatch struct {
	places []place
	http   *http.Client
	stop   context.CancelFunc
	loops  sync.WaitGroup

	mu      sync.Mutex
	threads map[string]*thread // by channel and ts of the command
	seen    map[string]bool    // messages: some are seen by several people
	changed chan struct{}      // closed at the next change
}

func watchSlack(ctx context.Context, url string) (*slackWatch, error) {
	ctx, stop := context.WithCancel(ctx)
	w := &slackWatch{
		http: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 256}}, stop: stop,
		threads: map[string]*thread{}, seen: map[string]bool{}, changed: make(chan struct{}),
	}
	var people []*slack.Person
	for _, name := range []string{"alice", "eve", "bob", "carol"} {
		p := slack.NewPerson(url, "xoxp-"+name, w.http)
		people = append(people, p)
		dm, err := p.DM(ctx)
		if err != nil {
			w.close()
			return nil, fmt.Errorf("opening the direct message of %s: %w", name, err)
		}
		w.places = append(w.places, place{person: p, channel: dm})
		watch, err := p.Watch(ctx)
		if err != nil {
			w.close()
			return nil, fmt.Errorf("watching what %s sees: %w", name, err)
		}
		w.loops.Go(func() { w.read(watch) })
	}
	for i, channel := range []string{"C0SHOPDEV", "C0OPS", "C0OPSALERTS", "C0RELEASES"} {
		w.places = append(w.places, place{person: people[i], channel: channel, prefix: "<@" + slack.BotUserID + "> "})
	}
	return w, nil
}

func (w *slackWatch) read(watch *slack.Watch) {
	defer func() { _ = watch.Close() }()
	for {
		e, err := watch.Next()
		if err != nil {
			return
		}
		w.take(e)
	}
}

func (w *slackWatch) take(e slack.Event) {
	m := e.Message
	if m.BotID != slack.BotID || m.ThreadTS == "" || m.ThreadTS == m.TS {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	t := w.thread(e.Channel, m.ThreadTS)
	switch {
	case e.Type == "message_changed":
		t.edits = append(t.edits, time.Now())
	case e.Type == "message" && !w.seen[e.Channel+m.TS]:
		w.seen[e.Channel+m.TS] = true
		t.said = append(t.said, stamp(m.TS))
	default:
		return
	}
	close(w.changed)
	w.changed = make(chan struct{})
}

// thread is the one under a message; the lock is held.
func (w *slackWatch) thread(channel, ts string) *thread {
	t := w.threads[channel+ts]
	if t == nil {
		t = &thread{typed: stamp(ts)}
		w.threads[channel+ts] = t
	}
	return t
}

// stamp is the moment in a message's ts, in microseconds: the sandbox takes it from the clock of this machine.
func stamp(ts string) time.Time {
	micros, err := strconv.ParseInt(strings.Replace(ts, ".", "", 1), 10, 64)
	if err != nil {
		return time.Time{}
	}
	return time.UnixMicro(micros)
}

// command is one that was typed.
type command struct {
	w           *slackWatch
	channel, ts string
}

// types says something to Pawl in one of the places, in turn.
func (w *slackWatch) types(ctx context.Context, n int, text string) (command, error) {
	p := w.places[n%len(w.places)]
	ts, err := p.person.Say(ctx, p.channel, p.prefix+text, "")
	if err != nil {
		return command{}, fmt.Errorf("typing %q: %w", text, err)
	}
	return command{w: w, channel: p.channel, ts: ts}, nil
}

// wait waits until the thread of a command is as wanted, and returns it.
func (c command) wait(ctx context.Context, within time.Duration, what string, wanted func(thread) bool) (thread, error) {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	for {
		c.w.mu.Lock()
		t, changed := *c.w.thread(c.channel, c.ts), c.w.changed
		c.w.mu.Unlock()
		if wanted(t) {
			return t, nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return t, fmt.Errorf("waiting %s for %s: %w", within, what, context.Cause(ctx))
		}
	}
}

// now is the thread as it stands.
func (c command) now() thread {
	c.w.mu.Lock()
	defer c.w.mu.Unlock()
	return *c.w.thread(c.channel, c.ts)
}

// board waits for the board and returns how long after the command Slack took it.
func (c command) board(ctx context.Context, within time.Duration) (time.Duration, error) {
	t, err := c.wait(ctx, within, "a board", func(t thread) bool { return len(t.said) > 0 })
	if err != nil {
		return 0, err
	}
	return t.said[0].Sub(t.typed), nil
}

// ended waits for the last message.
func (c command) ended(ctx context.Context, within time.Duration) error {
	_, err := c.wait(ctx, within, "the last message", func(t thread) bool { return len(t.said) > 1 })
	return err
}

func (w *slackWatch) close() {
	w.stop()
	w.loops.Wait()
	w.http.CloseIdleConnections()
}
