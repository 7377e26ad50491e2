package app

import (
	"context"
	"errors"
	"fmt"

	"github.com/pawl-ops/pawl/internal/calls"
	"github.com/pawl-ops/pawl/internal/jenkins"
	"github.com/pawl-ops/pawl/job"
)

// runbooks are the jobs that stand under `runbooks:` in pawl.yaml.
func (h *house) runbooks() (runbooks []job.Runbook) {
	for _, b := range h.cfg.Runbooks {
		runbooks = append(runbooks, b.Runbook)
	}
	return runbooks
}

// newJenkins is where builds are; nil when pawl.yaml names no Jenkins.
func (h *house) newJenkins() (*jenkins.Server, error) {
	j := h.cfg.Jenkins
	if j == nil {
		return nil, nil
	}
	s, err := jenkins.New(jenkins.Options{URL: j.URL, User: j.User, Token: j.Token})
	if err != nil {
		return nil, fmt.Errorf("%s: jenkins: %w", h.opt.Config, err)
	}
	return s, nil
}

// caller makes the calls of runbooks.
type caller struct {
	calls  *calls.Caller
	secret calls.Secrets
}

// Do makes a call, and says of what went wrong whether it certainly had no effect.
func (c caller) Do(ctx context.Context, step job.HTTPStep, args map[string]string, key string) (string, error) {
	a, err := c.calls.Do(ctx, step, args, key, c.secret)
	var fault *job.Fault
	if errors.As(err, &fault) {
		fault.Undone = !errors.Is(err, calls.ErrUnknown)
	}
	return a.Line, err
}
