package engine

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/pawl-ops/pawl/job"
)

// missingNamespace says that a cluster lacks the namespace of the runs.
type missingNamespace struct{ address, namespace string }

func (e *missingNamespace) Error() string {
	return fmt.Sprintf("Temporal at %s has no namespace %q: set TEMPORAL_NAMESPACE, or make it with `pawl namespace` or: temporal operator namespace create --namespace %s --retention 30d", e.address, e.namespace, e.namespace)
}

// makeNamespace makes the namespace. That another process made it in the same
// moment is fine.
func (e *Engine) makeNamespace(ctx context.Context, retention time.Duration) error {
	if retention == 0 {
		retention = defaultRetention
	}
	_, err := e.client.WorkflowService().RegisterNamespace(ctx, &workflowservice.RegisterNamespaceRequest{
		Namespace:                        e.namespace,
		Description:                      "Pawl's runs",
		WorkflowExecutionRetentionPeriod: durationpb.New(retention),
	})
	if made := (*serviceerror.NamespaceAlreadyExists)(nil); err != nil && !errors.As(err, &made) {
		return fmt.Errorf("making namespace %q: %w", e.namespace, err)
	}
	e.logger.Info().Str("namespace", e.namespace).Dur("retention", retention).Msg("made the namespace of the runs")
	return e.untilUsable(ctx, "")
}

// allAttributes is a query that only a server takes that knows Pawl's search attributes.
const allAttributes = job.AttributeJob + " = 'x' AND " + job.AttributeRequester + " = 'x' AND " + job.AttributeHeld + " = 'x'"

// untilUsable waits until the server knows the namespace, and what a query is
// about, where it is asked and not only where they are kept: what comes sooner
// is refused. Whatever else keeps it from answering is no reason to wait.
func (e *Engine) untilUsable(ctx context.Context, query string) error {
	t := time.NewTicker(200 * time.Millisecond)
	defer t.Stop()
	for {
		_, err := e.client.WorkflowService().ListWorkflowExecutions(ctx, &workflowservice.ListWorkflowExecutionsRequest{Namespace: e.namespace, PageSize: 1, Query: query})
		var unknown *serviceerror.InvalidArgument
		var missing *serviceerror.NamespaceNotFound
		if !errors.As(err, &unknown) && !errors.As(err, &missing) {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("waiting until namespace %q can be used: %w", e.namespace, err)
		case <-t.C:
		}
	}
}
