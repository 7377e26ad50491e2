package activities

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"go.temporal.io/sdk/temporal"

	"github.com/pawl-ops/pawl/internal/board"
	"github.com/pawl-ops/pawl/internal/failpoint"
	"github.com/pawl-ops/pawl/job"
)

// Calls asks other services over HTTP: see package calls.
type Calls interface {
	// Do makes one request and judges the answer; it gives what is shown of it. The key is the same for every try. A
	// *job.Fault says what is wrong; it is Undone when the request certainly had no effect.
	Do(ctx context.Context, step job.HTTPStep, args map[string]string, key string) (shown string, err error)
}

// CallInput is a request of a runbook to another service.
type CallInput struct {
	Run   RunRef            `json:"run"`
	Step  string            `json:"step"` // the step's name
	Call  job.HTTPStep      `json:"call"`
	Args  map[string]string `json:"args,omitempty"`
	Times int               `json:"times,omitempty"` // so many good answers in a row, where they are waited for
}

func (in CallInput) key() string { return in.Run.First + "/" + in.Step }

// Call makes a request, once for each try. Whoever is called can tell tries apart from requests by its key.
func (a *Activities) Call(ctx context.Context, in CallInput) (string, error) {
	failpoint.Here("before the call", in.Run.ID)
	shown, err := a.Calls.Do(ctx, in.Call, in.Args, in.key())
	failpoint.Here("after the call", in.Run.ID)
	var fault *job.Fault
	if !errors.As(err, &fault) {
		return shown, err
	}
	says := fmt.Sprintf("%s (%s)", strings.TrimSuffix(board.Clean(fault.Says), "."), fault.Class)
	if fault.Final {
		return "", temporal.NewNonRetryableApplicationError(says, FaultType, err, *fault)
	}
	return "", temporal.NewApplicationErrorWithOptions(says, FaultType, temporal.ApplicationErrorOptions{Cause: err, Details: []any{*fault}, NextRetryDelay: fault.After})
}

// Answers asks whether a service answers as it should by now, so many times in a row.
func (a *Activities) Answers(ctx context.Context, in CallInput) (string, error) {
	shown, err := a.Calls.Do(ctx, in.Call, in.Args, in.key())
	var fault *job.Fault
	switch {
	case errors.As(err, &fault):
		return inARow(ctx, in.Times, "", strings.TrimSuffix(fault.Says, "."))
	case err != nil:
		return "", err
	}
	return inARow(ctx, in.Times, shown, "")
}
