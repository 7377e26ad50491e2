package engine

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
)

// Connect uses the cluster that o.Address, TEMPORAL_ADDRESS or a profile names.
// Credentials, TLS and the namespace come from the environment and the profile
// file as Temporal's own tools read them
// (https://docs.temporal.io/develop/environment-configuration), but a profile
// counts only when TEMPORAL_PROFILE or TEMPORAL_CONFIG_FILE is set.
//
// It makes the search attributes of Pawl if they are missing and it may. What
// is missing otherwise comes back as an error with the step that mends it.
func Connect(ctx context.Context, o Options) (*Engine, error) {
	co, err := o.clientOptions()
	if err != nil {
		return nil, err
	}
	identify()
	address := co.HostPort
	co.Logger = NewLogger(o.Logger)
	c, err := client.DialContext(ctx, co)
	if err != nil {
		return nil, unreached(ctx, address, co.ConnectionOptions.TLS, err)
	}
	e := &Engine{client: c, namespace: co.Namespace, logger: o.Logger}
	err = e.checkNamespace(ctx, address)
	if missing := (*missingNamespace)(nil); o.MakeNamespace && errors.As(err, &missing) {
		err = e.makeNamespace(ctx, o.Retention)
	}
	if err != nil {
		c.Close()
		return nil, err
	}
	if err = ensureAttributes(ctx, c, e.namespace); err == nil {
		err = e.untilUsable(ctx, allAttributes)
	}
	if err != nil {
		c.Close()
		return nil, err
	}
	return e, nil
}

func (e *Engine) checkNamespace(ctx context.Context, address string) error {
	d, err := e.client.WorkflowService().DescribeNamespace(ctx, &workflowservice.DescribeNamespaceRequest{Namespace: e.namespace})
	var missing *serviceerror.NamespaceNotFound
	var denied *serviceerror.PermissionDenied
	switch {
	case err == nil:
		e.checkRetention(d.GetConfig().GetWorkflowExecutionRetentionTtl().AsDuration())
		return nil
	case errors.As(err, &missing):
		return &missingNamespace{address: address, namespace: e.namespace}
	case errors.As(err, &denied):
		return fmt.Errorf("Temporal at %s refuses its namespace %q to us (check TEMPORAL_API_KEY or the certificate): %w", address, e.namespace, err)
	}
	return fmt.Errorf("looking for namespace %q at %s: %w", e.namespace, address, err)
}

// enoughRetention is how long a cluster should keep closed runs. A run that
// ends while no worker of ours is there to write down how is told from one that
// never was only as long as the cluster remembers it: a long weekend must not
// be too long.
const enoughRetention = 7 * 24 * time.Hour

func (e *Engine) checkRetention(kept time.Duration) {
	if kept == 0 || kept >= enoughRetention {
		return
	}
	e.logger.Warn().Str("namespace", e.namespace).Str("kept", kept.String()).Msg(
		"the namespace forgets runs soon after they ended, and how one ended while Pawl was away cannot be told then: temporal operator namespace update --namespace " + e.namespace + " --retention 30d")
}
