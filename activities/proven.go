package activities

import (
	"context"
	"errors"
	"fmt"

	"go.temporal.io/sdk/activity"

	"github.com/pawl-ops/pawl/internal/board"
	"github.com/pawl-ops/pawl/internal/traffic"
	"github.com/pawl-ops/pawl/job"
)

// ProvenInput is an instance that has to prove itself with a version.
type ProvenInput struct {
	Instance job.Instance `json:"instance"`
	Version  string       `json:"version"`
	Times    int          `json:"times"` // good answers in a row
	// Traffic, Front: where it is users who get the version, they are asked for through the load balancer: it must send them
	// to the instance, and what answers there must be the version.
	Traffic job.Traffic `json:"traffic,omitzero"`
	Front   string      `json:"front,omitempty"`
}

// Unused is content once the load balancer sends nobody to an instance, and nobody is left there.
func (a *Activities) Unused(ctx context.Context, in ProvenInput) (string, error) {
	active, err := a.Traffic.Active(ctx, in.Traffic)
	switch {
	case err != nil:
		return "", NotYet(board.Clean(err.Error()))
	case active == in.Instance.Name:
		return "", Refuse(fmt.Sprintf("%s has all users by now: somebody moved them. Nothing was done.", in.Instance.Name))
	}
	left, err := a.Traffic.Drained(ctx, in.Traffic, in.Instance.Name)
	switch {
	case errors.Is(err, traffic.ErrNotCounted):
		return "", nil // it has had no users for longer than anybody waits
	case err != nil:
		return "", NotYet(board.Clean(err.Error()))
	case left > 0:
		return "", NotYet(counted(left, "request is", "requests are") + " still on their way there")
	}
	return "", nil
}

// Proven is content once an instance answered well, and with the version, so many times in a row.
func (a *Activities) Proven(ctx context.Context, in ProvenInput) (string, error) {
	return inARow(ctx, in.Times, "", versioned(in.Instance.Name, a.Probe.Probe(ctx, in.Instance), in.Version))
}

// Served is content once users get the version.
func (a *Activities) Served(ctx context.Context, in ProvenInput) (string, error) {
	active, err := a.Traffic.Active(ctx, in.Traffic)
	switch {
	case err != nil:
		return inARow(ctx, in.Times, "", err.Error())
	case active != in.Instance.Name:
		return inARow(ctx, in.Times, "", "users are on "+board.Clean(active))
	case in.Front == "":
		return inARow(ctx, in.Times, "", "")
	}
	front := in.Instance
	front.URL = in.Front
	return inARow(ctx, in.Times, "", versioned("through the load balancer, "+in.Instance.Name, a.Probe.Probe(ctx, front), in.Version))
}

// inARow counts good answers over attempts, and gives what the last of them shows; a problem begins anew.
func inARow(ctx context.Context, times int, shown, problem string) (string, error) {
	good := 0
	if activity.HasHeartbeatDetails(ctx) && activity.GetHeartbeatDetails(ctx, &good) != nil {
		good = 0
	}
	if problem != "" {
		activity.RecordHeartbeat(ctx, 0)
		return "", NotYet(board.Clean(problem))
	}
	if good++; good < times {
		activity.RecordHeartbeat(ctx, good)
		return "", NotYet(fmt.Sprintf("%d of %d good answers in a row", good, times))
	}
	return shown, nil
}

func counted(n int, one, more string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, more)
}
