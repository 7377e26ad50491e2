package starter

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"

	"github.com/pawl-ops/pawl/job"
)

// firstPause is how long signal waits before it tries again; it doubles.
const firstPause = 50 * time.Millisecond

// signal tells the run a decision. It speaks to the service itself because the SDK makes up a new request id for every
// signal: with one made from the key, the engine drops a second delivery of the same decision. (It remembers within one
// execution of a run, not across continue-as-new; the run compares keys itself.)
//
// An engine that does not answer is asked again until ctx ends, under the same request id.
func (s *Starter) signal(ctx context.Context, id string, d job.Decision) error {
	engine, err := s.client()
	if err != nil {
		return err
	}
	input, err := s.convert.ToPayloads(d)
	if err != nil {
		return fmt.Errorf("encoding the decision: %w", err)
	}
	sum := sha256.Sum256([]byte(d.Choice + "\x00" + string(d.Key)))
	request := &workflowservice.SignalWorkflowExecutionRequest{
		Namespace:         engine.namespace,
		WorkflowExecution: &commonpb.WorkflowExecution{WorkflowId: id},
		SignalName:        job.SignalDecide,
		Input:             input,
		Identity:          "pawl",
		RequestId:         hex.EncodeToString(sum[:16]),
	}
	for pause := firstPause; ; pause *= 2 {
		_, err = engine.WorkflowService().SignalWorkflowExecution(ctx, request)
		if err == nil {
			s.suspect.Store(false)
			return nil
		}
		var unavailable *serviceerror.Unavailable
		var busy *serviceerror.ResourceExhausted
		if !errors.As(err, &unavailable) && !errors.As(err, &busy) {
			return fmt.Errorf("telling %s: %w", id, err)
		}
		s.suspect.Store(errors.As(err, &unavailable))
		timer := time.NewTimer(pause)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return fmt.Errorf("telling %s: %w", id, err)
		}
	}
}
