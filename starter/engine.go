package starter

import (
	"context"
	"errors"
	"fmt"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"

	"github.com/pawl-ops/pawl/job"
)

// engine is where runs live.
type engine struct {
	client.Client
	namespace string
}

// client gives the engine, or errNoEngine while it is not up.
func (s *Starter) client() (*engine, error) {
	if e := s.engine.Load(); e != nil {
		return e, nil
	}
	return nil, errNoEngine
}

// reach asks whether the engine is there, before anything is sent that could get lost. While the engine answers it
// costs nothing: the question is put only after a call that got no answer.
func (s *Starter) reach(ctx context.Context) error {
	engine, err := s.client()
	if err != nil || !s.suspect.Load() {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, s.within/4)
	defer cancel()
	if _, err := engine.CheckHealth(ctx, &client.CheckHealthRequest{}); err != nil {
		return err
	}
	s.suspect.Store(false)
	return nil
}

// find looks for the run of a command: first under the id it was last known by, then along the ids it would take.
func (s *Starter) find(ctx context.Context, c job.Command, known string) (id string, found bool, err error) {
	spec := s.specs[c.Name]
	if known != "" {
		if key, exists, err := s.owner(ctx, known); err != nil {
			return "", false, err
		} else if exists && key == c.Key {
			return known, true, nil
		}
	}
	for n := job.IDLength; n <= job.MaxIDLength; n++ {
		id := job.ID(spec.Verb(), c.Key, n)
		key, exists, err := s.owner(ctx, id)
		switch {
		case err != nil:
			return "", false, err
		case !exists:
			return "", false, nil // it would have taken this one
		case key == c.Key:
			return id, true, nil
		}
	}
	return "", false, nil
}

// run is what the engine says of a workflow with an id of ours.
type run struct {
	key  job.Key // whose it is; empty when it is no run of ours
	open bool
}

// owner gives the key of the run that has the id, and false when no run has it.
func (s *Starter) owner(ctx context.Context, id string) (key job.Key, exists bool, err error) {
	r, exists, err := s.describe(ctx, id)
	return r.key, exists, err
}

// running reports whether the run with this id and key has not ended.
func (s *Starter) running(ctx context.Context, id string, key job.Key) (bool, error) {
	r, _, err := s.describe(ctx, id)
	return r.key == key && r.open, err
}

// describe asks the engine for the run with the id, and reports whether there is one. The engine keeps runs that have
// ended for its retention.
func (s *Starter) describe(ctx context.Context, id string) (r run, exists bool, err error) {
	engine, err := s.client()
	if err != nil {
		return run{}, false, err
	}
	d, err := engine.DescribeWorkflowExecution(ctx, id, "")
	var noRun *serviceerror.NotFound
	var noNamespace *serviceerror.NamespaceNotFound // one that is not there has no runs
	switch {
	case errors.As(err, &noRun), errors.As(err, &noNamespace):
		return run{}, false, nil
	case err != nil:
		s.suspect.Store(true)
		return run{}, false, fmt.Errorf("asking the engine for %s: %w", id, err)
	}
	info := d.GetWorkflowExecutionInfo()
	if payload := info.GetMemo().GetFields()[job.MemoKey]; payload != nil {
		var key string
		if err := s.convert.FromPayload(payload, &key); err != nil {
			return run{}, false, fmt.Errorf("reading the key of %s: %w", id, err)
		}
		r.key = job.Key(key)
	}
	switch info.GetStatus() {
	case enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING, enumspb.WORKFLOW_EXECUTION_STATUS_PAUSED,
		enumspb.WORKFLOW_EXECUTION_STATUS_CONTINUED_AS_NEW:
		r.open = true
	}
	return r, true, nil
}
