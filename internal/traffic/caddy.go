package traffic

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/pawl-ops/pawl/job"
)

// Caddy is asked and told over its admin API: a reverse_proxy handler with an @id has one upstream, whose address says who
// serves users. Facts of Caddy 2.6.2, measured:
//
//   - GET /id/ID/upstreams comes with an ETag of what it says; a PATCH with another one in If-Match is answered 412, and
//     nothing is changed. A PATCH that is answered 200 has taken effect for every connection made from then on. The server
//     from before is told to shut down in a goroutine that may begin a moment after the answer (the comment in App.Stop of
//     Caddy's modules/caddyhttp/app.go says so): until then a connection that is open may still be served from the old colour.
//     Both servers listen while the old one goes (SO_REUSEPORT), and the kernel gives a connection to one of them when it begins:
//     one that the old one has not accepted when it closes is reset, about four in each switch under 32 users who open one
//     for each request, and in one of a hundred switches under users who keep theirs. With net.ipv4.tcp_migrate_req the
//     kernel hands it to the new one (Documentation/networking/ip-sysctl.rst of Linux), and none was reset.
//   - An object may have an @id, which Caddy keeps and takes no notice of. That is where the journal of tokens is: the upstream
//     has the id "pawl.HANDLER.NEWEST.OLDER...", hashes of the last 32 tokens. So no two states of an upstream are ever the
//     same, and a PATCH that arrives late, after users were moved and moved back, has the wrong ETag.
//   - What was taken out of the configuration is no longer listed by /reverse_proxy/upstreams, though its requests go on.
//   - Its metrics are about handlers, not about upstreams, and mix all apps: nothing is counted here.
//
// What remains: whoever loads the configuration of Caddy anew from a file forgets the journal together with who had users. A
// token from before counts as a new one then; users are still moved only from the instance its switch names.
const caddyTokens = 32

// How often Caddy is asked that does not answer, and how long it is left alone before the second time. The pause doubles.
const (
	caddyTries = 5
	caddyPause = 50 * time.Millisecond
)

// caddyActive is the instance whose address the handler has.
func (b *Balancers) caddyActive(ctx context.Context, t job.Traffic) (string, error) {
	u, err := b.upstream(ctx, t)
	if err != nil {
		return "", fmt.Errorf("asking Caddy at %s who has users: %w", t.URL, err)
	}
	return u.instance, nil
}

// mark is what stands for a token, and what does when it was given up.
func mark(token string) (carried, given string) {
	sum := sha256.Sum256([]byte(token))
	text := hex.EncodeToString(sum[:6])
	return text, "x" + text
}

// caddySwitch tries a few times: Caddy's admin server is a new one after every change, and resets connections at that moment.
// Trying again is safe, because a PATCH is carried out only on what it was made for.
func (b *Balancers) caddySwitch(ctx context.Context, t job.Traffic, s Switch) error {
	for n := range caddyTries {
		err := b.caddyTry(ctx, t, s)
		var e *Error
		if !errors.As(err, &e) || !e.Unknown || !lost(e.Cause) || n == caddyTries-1 || !pause(ctx, caddyPause<<n) {
			return err
		}
	}
	panic("unreachable")
}

func (b *Balancers) caddyTry(ctx context.Context, t job.Traffic, s Switch) error {
	unknown := func(err error) error {
		return &Error{Says: "I do not know whether users were moved: Caddy did not answer as it should.", Unknown: true, Cause: err}
	}
	u, err := b.upstream(ctx, t)
	if err != nil {
		return unknown(err)
	}
	carried, given := mark(s.Token)
	switch {
	case u.last() == carried && u.instance == s.To:
		return nil
	case slices.Contains(u.marks, carried):
		return refused("This switch was carried out already; since then users were moved on to %s. I did nothing.", u.instance)
	case slices.Contains(u.marks, given):
		return refused("This switch was given up before it was begun. Users were not moved.")
	case u.instance == s.To:
		return refused("Users are on %s already, and it was not this switch that moved them.", s.To)
	case u.instance != s.From:
		return refused("Users are on %s, not on %s. I moved nobody.", u.instance, s.From)
	}
	to, _ := backendOf(t, s.To)
	status, err := b.patch(ctx, t, u, to, carried)
	switch {
	case status == http.StatusOK:
		return nil
	case status != http.StatusPreconditionFailed && status != http.StatusInternalServerError:
		return unknown(err)
	}
	// It is what it was before another attempt, or somebody else, was faster (412), or before it turned out that it cannot be
	// loaded (500).
	said := err
	now, err := b.upstream(ctx, t)
	switch {
	case err != nil:
		return unknown(err)
	case now.last() == carried && now.instance == s.To:
		return nil
	case slices.Contains(now.marks, carried):
		return refused("This switch was carried out already; since then users were moved on to %s. I did nothing.", now.instance)
	case status == http.StatusPreconditionFailed:
		return refused("Somebody else changed Caddy at the same moment. I moved nobody.")
	case now.etag == u.etag:
		return refused("Caddy does not take that: %v. Users stay on %s.", said, s.From)
	}
	return unknown(said)
}

// caddySettle writes into the upstream that the token is not wanted any more: what is still on its way has the wrong ETag then.
func (b *Balancers) caddySettle(ctx context.Context, t job.Traffic, token string) (string, error) {
	carried, given := mark(token)
	var err error
	for n := range caddyTries {
		var u upstream
		if u, err = b.upstream(ctx, t); err != nil {
			break
		}
		if slices.Contains(u.marks, carried) || slices.Contains(u.marks, given) {
			return u.instance, nil
		}
		var status int
		if status, err = b.patch(ctx, t, u, u.dial, given); status == http.StatusOK {
			return u.instance, nil
		}
		// It changed, or the connection was reset: look again.
		if status != http.StatusPreconditionFailed && !lost(err) || !pause(ctx, caddyPause<<n) {
			break
		}
	}
	return "", fmt.Errorf("settling a switch of Caddy at %s: %w", t.URL, err)
}

// caddyDrained is how many requests are on their way to an instance. ErrNotCounted when Caddy does not list it: it lists what
// some handler has, so a route that nobody asks and that has both colours keeps the old one in sight.
func (b *Balancers) caddyDrained(ctx context.Context, t job.Traffic, instance string) (int, error) {
	dial, known := backendOf(t, instance)
	if !known {
		return 0, fmt.Errorf("asking Caddy at %s about %s: pawl.yaml does not say its address", t.URL, instance)
	}
	var all []struct {
		Address  string `json:"address"`
		Requests int    `json:"num_requests"`
	}
	if _, err := b.caddyGet(ctx, t.URL+"/reverse_proxy/upstreams", &all); err != nil {
		return 0, fmt.Errorf("asking Caddy at %s about %s: %w", t.URL, instance, err)
	}
	for _, one := range all {
		if one.Address == dial && one.Requests >= 0 {
			return one.Requests, nil
		}
	}
	return 0, ErrNotCounted
}
