package activities

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/pawl-ops/pawl/internal/board"
	"github.com/pawl-ops/pawl/internal/failpoint"
	"github.com/pawl-ops/pawl/internal/traffic"
	"github.com/pawl-ops/pawl/job"
)

// MoveInput moves all users of an environment from one instance to another.
type MoveInput struct {
	Run     RunRef       `json:"run"`
	Traffic job.Traffic  `json:"traffic"`
	From    job.Instance `json:"from"`
	To      job.Instance `json:"to"`
	Token   string       `json:"token"`          // what makes it the same move: it is made at most once
	Ends    string       `json:"ends,omitempty"` // the token of a move that must not take effect any more
	Timers  job.Timers   `json:"timers"`
}

// movePatience is how long a load balancer that does not answer is asked where users are, before a person is.
const movePatience = 2 * time.Minute

// MoveUsers moves all users, at most once. When it is not known whether they moved, the load balancer is asked until it
// answers; what it never says is put to a person. A Fault that is Undone says that nobody was moved.
func (a *Activities) MoveUsers(ctx context.Context, in MoveInput) (string, error) {
	w := newWatch(ctx, in.Timers.Heartbeat)
	defer w.stop()
	attached, cancel := w.until(ctx)
	defer cancel()
	failpoint.Here("before the switch", in.Run.ID)
	began, unsure := a.Now(), false
	for {
		err := a.Traffic.Switch(attached, in.Traffic, traffic.Switch{To: in.To.Name, From: in.From.Name, Token: in.Token})
		failpoint.Here("after the switch", in.Run.ID)
		var no *traffic.Error
		switch {
		case err == nil:
			a.stay(attached, w, in)
			if !unsure {
				return "", nil
			}
			return "the load balancer did not answer for " + board.Span(a.Now().Sub(began).Round(time.Second)), nil
		case w.stopping():
			return "", errStopping
		case ctx.Err() != nil:
			return "", ctx.Err()
		case errors.As(err, &no) && !no.Unknown:
			return "", Faulty(job.Fault{Class: job.FaultOurs, Undone: true, Final: true, Says: full(no.Says) + " Nobody was moved.", Cause: err})
		case a.Now().Sub(began) > movePatience:
			return "", Faulty(job.Fault{Class: job.FaultTheirs, Says: "I do not know whether users moved: " + full(board.LowerFirst(trouble(err))), Cause: err})
		}
		unsure = true
		w.note("I do not know yet whether users moved; asking since %s: %s", board.Time(began), strings.TrimSuffix(board.LowerFirst(trouble(err)), "."))
		w.pause(attached)
	}
}

// stay sees to it that users who were moved stay there. A HAProxy that is reloaded at this very moment has read its file
// before the switch and takes over after it: users would be where they were. The same switch, a moment later, tells it once
// more, and does nothing otherwise. Whatever else there is to say is found by whoever verifies.
func (a *Activities) stay(attached context.Context, w *watch, in MoveInput) {
	if in.Traffic.Kind != job.TrafficHAProxy {
		return
	}
	w.pause(attached)
	_ = a.Traffic.Switch(attached, in.Traffic, traffic.Switch{To: in.To.Name, From: in.From.Name, Token: in.Token})
}

// MoveBack puts users back where they were, if they are not there. It does so only when they are better off there.
func (a *Activities) MoveBack(ctx context.Context, in MoveInput) (string, error) {
	where, err := a.settle(ctx, in)
	switch {
	case err != nil:
		return "", err
	case where == in.To.Name:
		return "they were there all the time", nil
	}
	failpoint.Here("before users are moved back", in.Run.ID)
	if h := a.Probe.Probe(ctx, in.To); !h.OK {
		says := fmt.Sprintf("%s does not answer well either (%s), so I left users where they are.", in.To.Name, board.Clean(h.Problem))
		return "", Faulty(job.Fault{Class: job.FaultOurs, Undone: true, Says: says})
	}
	says, err := a.MoveUsers(ctx, in)
	failpoint.Here("after users are moved back", in.Run.ID)
	return says, err
}

// settle makes sure that an earlier move takes no effect any more, and finds out where users are.
func (a *Activities) settle(ctx context.Context, in MoveInput) (where string, err error) {
	w := newWatch(ctx, in.Timers.Heartbeat)
	defer w.stop()
	attached, cancel := w.until(ctx)
	defer cancel()
	for began := a.Now(); ; w.pause(attached) {
		where, err = a.Traffic.Settle(attached, in.Traffic, in.Ends)
		switch {
		case err == nil:
			return where, nil
		case w.stopping():
			return "", errStopping
		case ctx.Err() != nil:
			return "", ctx.Err()
		case a.Now().Sub(began) > movePatience:
			return "", Faulty(job.Fault{Class: job.FaultTheirs, Undone: true, Says: "I do not know where users are: " + full(board.LowerFirst(trouble(err))), Cause: err})
		}
		w.note("I do not know where users are; asking since %s: %s", board.Time(began), strings.TrimSuffix(board.LowerFirst(trouble(err)), "."))
	}
}

// trouble is what an error says to people.
func trouble(err error) string {
	var e *traffic.Error
	if errors.As(err, &e) {
		return board.Clean(e.Says)
	}
	return board.Clean(err.Error())
}

// full is a text as a sentence.
func full(s string) string { return strings.TrimSuffix(strings.TrimSpace(s), ".") + "." }
