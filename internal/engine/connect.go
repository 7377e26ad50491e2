package engine

import (
	"context"
	"errors"
	"fmt"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/contrib/envconfig"
)

// Connect uses the cluster at o.Address or TEMPORAL_ADDRESS. Credentials, TLS
// and the namespace come from the environment and the profile file as
// Temporal's own tools read them
// (https://docs.temporal.io/develop/environment-configuration).
//
// It makes the search attributes of Pawl if they are missing and it may. What
// is missing otherwise comes back as an error with the command that mends it.
func Connect(ctx context.Context, o Options) (*Engine, error) {
	address := o.clusterAddress()
	if address == "" {
		return nil, errors.New("connecting to Temporal: no address was given (TEMPORAL_ADDRESS)")
	}
	identify()
	co, err := envconfig.LoadClientOptions(envconfig.LoadClientOptionsRequest{EnvLookup: environment{o}})
	if err != nil {
		return nil, fmt.Errorf("reading the TEMPORAL_ variables: %w", err)
	}
	co.HostPort = address
	co.Logger = NewLogger(o.Logger)
	if o.Namespace != "" {
		co.Namespace = o.Namespace
	}
	if co.Namespace == "" {
		co.Namespace = client.DefaultNamespace
	}
	c, err := client.DialContext(ctx, co)
	if err != nil {
		return nil, fmt.Errorf("connecting to Temporal at %s: %w", address, err)
	}
	e := &Engine{client: c, namespace: co.Namespace, logger: o.Logger}
	if err := e.checkNamespace(ctx, address); err != nil {
		c.Close()
		return nil, err
	}
	if err := ensureAttributes(ctx, c, e.namespace); err != nil {
		c.Close()
		return nil, err
	}
	return e, nil
}

func (e *Engine) checkNamespace(ctx context.Context, address string) error {
	_, err := e.client.WorkflowService().DescribeNamespace(ctx, &workflowservice.DescribeNamespaceRequest{Namespace: e.namespace})
	var missing *serviceerror.NamespaceNotFound
	var denied *serviceerror.PermissionDenied
	switch {
	case err == nil:
		return nil
	case errors.As(err, &missing):
		return fmt.Errorf("Temporal at %s has no namespace %q: set TEMPORAL_NAMESPACE, or make it with: temporal operator namespace create --namespace %s --retention 30d", address, e.namespace, e.namespace)
	case errors.As(err, &denied):
		return fmt.Errorf("Temporal at %s refuses its namespace %q to us (check TEMPORAL_API_KEY or the certificate): %w", address, e.namespace, err)
	}
	return fmt.Errorf("looking for namespace %q at %s: %w", e.namespace, address, err)
}

// environment lets a caller of Connect stand in for the process's variables.
type environment struct{ o Options }

func (e environment) LookupEnv(name string) (string, bool) { return e.o.lookupEnv(name) }

// Environ lists nothing when the variables are not those of the process: it is
// only asked for TEMPORAL_GRPC_META_ headers.
func (e environment) Environ() []string {
	if e.o.LookupEnv != nil {
		return nil
	}
	return envconfig.EnvLookupOS.Environ()
}
