package traffic

import (
	"context"
	"fmt"

	"github.com/pawl-ops/pawl/job"
)

// Switch moves all users of an environment from one instance to another.
type Switch struct {
	To, From string // instances; users are moved only while they are on From
	// Token is the same for every attempt at one switch, and for no other: it is carried out at most once. One that was refused
	// stays refused, so that an attempt that hung somewhere cannot move users after somebody was told that nobody was moved.
	// Whoever tries again has a new one. It is one word of visible characters.
	Token string
}

// Error says why users were not moved, or that nobody knows whether they were.
type Error struct {
	Says    string // a sentence for people
	Unknown bool   // it may have taken effect, or may yet; otherwise nothing was changed, and nothing will be
	Cause   error
}

// Error is the sentence, and what is behind it.
func (e *Error) Error() string {
	if e.Cause != nil {
		return e.Says + " (" + e.Cause.Error() + ")"
	}
	return e.Says
}

// Unwrap gives what is behind it.
func (e *Error) Unwrap() error { return e.Cause }

// refused is a switch that did not take place and never will.
func refused(format string, args ...any) error { return &Error{Says: fmt.Sprintf(format, args...)} }

// Switch moves users. Afterwards they are on s.To, or there is an *Error. It may be repeated with the same token: that finishes
// what was left half done, or says again how it ended.
//
// It is a compare-and-set: users who are not on s.From are not moved. They are not moved either to what the load balancer does
// not know or, where it can tell (HAProxy), to what is not up.
//
// An error that is not unknown also says that no earlier attempt with this token took effect, with one exception: when users
// were moved, and moved on by somebody else since, it says so.
func (b *Balancers) Switch(ctx context.Context, t job.Traffic, s Switch) error {
	to, known := backendOf(t, s.To)
	from, fromKnown := backendOf(t, s.From)
	switch {
	case t.Zero():
		return refused("Nothing says how users of this environment are moved: write `traffic` into pawl.yaml.")
	case s.Token == "" || s.To == "" || s.From == "" || s.To == s.From:
		return refused("I was not told whom to move where, so I moved nobody.")
	case !known || !fromKnown:
		missing := s.To
		if known {
			missing = s.From
		}
		return refused("%s does not take turns in serving users of %s, as far as pawl.yaml says. I moved nobody.", missing, t.Key)
	case t.Kind == job.TrafficHAProxy && t.Socket == "":
		return refused("I can see who has users, but not move them: write the admin socket of HAProxy into pawl.yaml, "+
			"`traffic: {haproxy: %s, socket: /run/haproxy/admin.sock, ...}`.", t.Host.Name)
	case t.Kind == job.TrafficCaddy:
		return b.caddySwitch(ctx, t, s)
	}
	return b.tell(ctx, t, map[string]string{
		"action": "switch", "token": s.Token, "to": s.To, "from": s.From, "backend_to": to, "backend_from": from,
	})
}
