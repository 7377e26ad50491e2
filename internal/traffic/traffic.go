// Package traffic asks load balancers which instance of an environment serves users, and moves users to another.
//
// There are four kinds, and one small interface over them:
//
//	active, err := balancers.Active(ctx, t)            // from the load balancer itself, never from memory
//	err = balancers.Switch(ctx, t, traffic.Switch{...}) // compare-and-set, carried out at most once
//	active, err = balancers.Settle(ctx, t, token)       // when nobody knows how a switch ended: now it is over
//	left, err := balancers.Drained(ctx, t, "blue")      // what the old colour still works at
//	count, err := balancers.Count(ctx, t, "green")      // how its requests go
//
// HAProxy, nginx and a company's own script are reached over SSH: a POSIX shell script runs on the host of the load
// balancer and says what it found in lines that begin with `pawl:` (said.go). The shipped ones are scripts/traffic. Caddy
// has an interface of its own (caddy.go).
//
// A switch is not a request that may be repeated: an answer that was lost, a worker that was killed or a connection that
// hung for an hour must never move users a second time. So every switch has a token, the load balancer's host has a
// journal of them, and a token that stands there is never begun again (docs/adr/0008).
package traffic

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/pawl-ops/pawl/job"
)

// Files reads a file on a host. most bounds its bytes: a larger one is an error.
type Files interface {
	ReadFile(ctx context.Context, h job.Host, path string, most int64) ([]byte, error)
}

// Scripts runs a script on a host and waits for it, at most within: what it printed, at most most bytes, and its exit code.
// It may run a script more than once, and one that was given up may go on.
type Scripts interface {
	Look(ctx context.Context, s job.Script, within time.Duration, most int64) (printed []byte, exit int, err error)
}

// Options are what load balancers are reached with.
type Options struct {
	Files   Files
	Scripts Scripts
	HAProxy string       // the text of scripts/traffic/haproxy.sh
	Nginx   string       // and of nginx.sh
	HTTP    *http.Client // for Caddy; nil: one that follows no redirects and keeps no connections
}

// Balancers are all load balancers. They may be used by several goroutines at once.
type Balancers struct{ o Options }

// New returns load balancers that are reached this way.
func New(o Options) *Balancers {
	if o.HTTP == nil {
		o.HTTP = newClient()
	}
	return &Balancers{o: o}
}

// Active is the name of the instance that serves users, as the load balancer has it: one round trip, given up after 10 s. That
// there is an instance of this name is not said: whoever asks compares. A load balancer that contradicts itself, for example
// HAProxy with another name in its file than in its memory, is an error, which names both.
func (b *Balancers) Active(ctx context.Context, t job.Traffic) (string, error) {
	switch t.Kind {
	case "":
		return "", errors.New("looking for who has users: nothing says where that is written")
	case job.TrafficHAProxy:
		if t.Socket == "" {
			return b.onFile(ctx, t)
		}
	case job.TrafficCaddy:
		return b.caddyActive(ctx, t)
	}
	return b.look(ctx, t, "asking "+t.Host.Name+" who has users", lookWithin, map[string]string{"action": "active"})
}

// Settle sees to it that the switch with this token is over, carried out or never to come, and says who serves users then. It
// moves nobody, except that nginx is told once more what it serves already. It may be repeated.
//
// For whoever does not want to know the outcome any more: a switch whose outcome is unknown may still take effect until it is
// asked for again, or settled.
func (b *Balancers) Settle(ctx context.Context, t job.Traffic, token string) (string, error) {
	switch {
	case token == "":
		return "", errors.New("settling a switch: it has no token")
	case t.Kind == job.TrafficCaddy:
		return b.caddySettle(ctx, t, token)
	case t.Kind == job.TrafficHAProxy && t.Socket == "":
		return b.Active(ctx, t) // nobody could have switched
	}
	return b.look(ctx, t, "settling a switch on "+t.Host.Name, switchWithin, map[string]string{"action": "settle", "token": token})
}

// Drained is how many requests or connections an instance still works at; 0 when there are none. Of nginx it is the number of
// workers that serve what came before the last switch, of whichever instance. ErrNotCounted where it cannot be seen.
//
// HAProxy knows nothing about requests that a process before its last reload is still at.
func (b *Balancers) Drained(ctx context.Context, t job.Traffic, instance string) (int, error) {
	if t.Kind == job.TrafficCaddy {
		return b.caddyDrained(ctx, t, instance)
	}
	s, err := b.about(ctx, t, "drained", instance)
	switch {
	case err != nil:
		return 0, err
	case s.uncounted:
		return 0, ErrNotCounted
	case s.left == nil:
		return 0, fmt.Errorf("asking %s what %s still works at: it did not say", t.Host.Name, instance)
	}
	return *s.left, nil
}

// Count is how many requests an instance was sent and how many of them failed, since the load balancer counts: HAProxy begins
// again at a reload, so that a later count may be smaller. ErrNotCounted where a kind does not count by instance: nginx, Caddy, and
// scripts that say so.
func (b *Balancers) Count(ctx context.Context, t job.Traffic, instance string) (Count, error) {
	if t.Kind == job.TrafficNginx || t.Kind == job.TrafficCaddy {
		return Count{}, ErrNotCounted
	}
	s, err := b.about(ctx, t, "count", instance)
	switch {
	case err != nil:
		return Count{}, err
	case s.uncounted:
		return Count{}, ErrNotCounted
	case s.count == nil:
		return Count{}, fmt.Errorf("asking %s how requests to %s went: it did not say", t.Host.Name, instance)
	}
	return *s.count, nil
}

// Count is how many requests an instance was sent since its load balancer counts, and how many of them failed.
type Count struct {
	Requests int64 `json:"requests"`
	Failed   int64 `json:"failed"` // answered with 5xx, or not at all
}

// ErrNotCounted says that this kind of load balancer does not tell how requests went.
var ErrNotCounted = errors.New("the load balancer does not count requests")
