package engine_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/operatorservice/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/pawl-ops/pawl/internal/engine"
	"github.com/pawl-ops/pawl/job"
)

// cluster makes the shared engine look like somebody's cluster.
func cluster(t *testing.T, namespace string) engine.Options {
	t.Helper()
	shared(t)
	dir := filepath.Join(one.dir, "engine")
	b, err := os.ReadFile(filepath.Join(dir, "address.json"))
	require.NoError(t, err)
	var at struct{ Frontend int }
	require.NoError(t, json.Unmarshal(b, &at))
	certificate := filepath.Join(dir, "certificate.pem")
	env := map[string]string{
		"TEMPORAL_ADDRESS":                 fmt.Sprintf("127.0.0.1:%d", at.Frontend),
		"TEMPORAL_NAMESPACE":               namespace,
		"TEMPORAL_TLS":                     "true",
		"TEMPORAL_TLS_CLIENT_CERT_PATH":    certificate,
		"TEMPORAL_TLS_CLIENT_KEY_PATH":     certificate,
		"TEMPORAL_TLS_SERVER_CA_CERT_PATH": certificate,
		"TEMPORAL_TLS_SERVER_NAME":         "pawl",
	}
	return engine.Options{Logger: logger(), LookupEnv: func(name string) (string, bool) {
		v, ok := env[name]
		return v, ok
	}}
}

// A look at a cluster makes nothing, and tells a namespace that is not there from a server that is not.
func TestReach(t *testing.T) {
	t.Parallel()
	r, err := engine.Reach(t.Context(), cluster(t, "pawl"))
	require.NoError(t, err)
	require.Equal(t, "pawl", r.Namespace)
	require.NotEmpty(t, r.Server)
	require.Positive(t, r.Retention)
	for range 2 {
		r, err = engine.Reach(t.Context(), cluster(t, "nowhere"))
		require.EqualError(t, err, `there is no namespace "nowhere" at `+r.Address)
		require.True(t, r.Lacks)
	}
	r, err = engine.Reach(t.Context(), engine.Options{Logger: logger(), LookupEnv: func(name string) (string, bool) {
		return map[string]string{"TEMPORAL_ADDRESS": "127.0.0.1:1"}[name], name == "TEMPORAL_ADDRESS"
	}})
	require.ErrorContains(t, err, "nobody answers there")
	require.False(t, r.Lacks)
}

func TestConnect(t *testing.T) {
	t.Parallel()
	o := cluster(t, "pawl")
	require.True(t, o.Cluster())
	e, err := engine.Connect(t.Context(), o)
	require.NoError(t, err)
	require.False(t, e.Unclean())
	require.Empty(t, e.UIURL())
	require.Equal(t, "pawl", e.Namespace())
	require.NoError(t, e.Healthy(t.Context()))

	// On a cluster other workers may be alive: nothing is revived.
	work(t, e, queue("remote", register))
	path := filepath.Join(t.TempDir(), "go")
	r := run(t, e.Client(), "remote", "remote", Watching, path)
	eventually(t, "the activity runs", func() bool { return attempts(path) == 1 })
	n, err := e.Revive(t.Context())
	require.NoError(t, err)
	require.Zero(t, n)
	require.NoError(t, os.WriteFile(path, nil, 0o600))
	require.NoError(t, r.Get(t.Context(), nil))
}

func TestStoppingAConnectionLeavesTheClusterRunning(t *testing.T) {
	t.Parallel()
	e, err := engine.Connect(t.Context(), cluster(t, "pawl"))
	require.NoError(t, err)
	require.NoError(t, e.Stop(context.Background()))
	require.NoError(t, shared(t).Healthy(t.Context()))
}

func TestConnectSaysWhatIsMissing(t *testing.T) {
	t.Parallel()
	_, err := engine.Connect(t.Context(), cluster(t, "nowhere"))
	require.ErrorContains(t, err, `has no namespace "nowhere": set TEMPORAL_NAMESPACE, or make it with `+"`pawl namespace`"+` or: temporal operator namespace create --namespace nowhere --retention 30d`)

	_, err = engine.Connect(t.Context(), engine.Options{LookupEnv: func(string) (string, bool) { return "", false }})
	require.ErrorContains(t, err, "TEMPORAL_ADDRESS")

	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	_, err = engine.Connect(ctx, engine.Options{Address: "127.0.0.1:1", LookupEnv: func(string) (string, bool) { return "", false }})
	require.ErrorContains(t, err, "connecting to Temporal at 127.0.0.1:1")
}

// A namespace that is made can be used at once, and is left as it is afterwards.
func TestConnectMakesTheNamespace(t *testing.T) {
	t.Parallel()
	o := cluster(t, "made")
	o.MakeNamespace, o.Retention = true, 3*24*time.Hour
	e, err := engine.Connect(t.Context(), o)
	require.NoError(t, err)
	_, err = e.Client().ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{
		ID: "first", TaskQueue: "nobody",
		TypedSearchAttributes: temporal.NewSearchAttributes(temporal.NewSearchAttributeKeyKeyword(job.AttributeRequester).ValueSet("alice")),
	}, "Anything")
	require.NoError(t, err, "the first start comes at once")
	require.NoError(t, e.Stop(t.Context()))

	o.Retention = 9 * 24 * time.Hour
	e, err = engine.Connect(t.Context(), o)
	require.NoError(t, err, "it is there already")
	d, err := e.Client().WorkflowService().DescribeNamespace(t.Context(), &workflowservice.DescribeNamespaceRequest{Namespace: "made"})
	require.NoError(t, err)
	require.Equal(t, 3*24*time.Hour, d.GetConfig().GetWorkflowExecutionRetentionTtl().AsDuration())
	require.NoError(t, e.Stop(t.Context()))
}

func TestConnectMakesTheSearchAttributes(t *testing.T) {
	t.Parallel()
	c := shared(t).Client()
	register := func(name string) {
		_, err := c.WorkflowService().RegisterNamespace(t.Context(), &workflowservice.RegisterNamespaceRequest{
			Namespace: name, WorkflowExecutionRetentionPeriod: durationpb.New(24 * time.Hour),
		})
		require.NoError(t, err)
	}
	connect := func(name string) (e *engine.Engine, err error) {
		// A new namespace takes a moment until the server knows it.
		eventually(t, "the namespace is known", func() bool {
			_, err := c.WorkflowService().DescribeNamespace(t.Context(), &workflowservice.DescribeNamespaceRequest{Namespace: name})
			return err == nil
		})
		return engine.Connect(t.Context(), cluster(t, name))
	}
	register("empty")
	e, err := connect("empty")
	require.NoError(t, err)
	have, err := e.Client().OperatorService().ListSearchAttributes(t.Context(), &operatorservice.ListSearchAttributesRequest{Namespace: "empty"})
	require.NoError(t, err)
	require.Equal(t, map[string]enumspb.IndexedValueType{
		job.AttributeJob:       enumspb.INDEXED_VALUE_TYPE_KEYWORD,
		job.AttributeRequester: enumspb.INDEXED_VALUE_TYPE_KEYWORD,
		job.AttributeHeld:      enumspb.INDEXED_VALUE_TYPE_KEYWORD_LIST,
	}, have.GetCustomAttributes())
	require.NoError(t, e.Stop(t.Context()))

	register("other")
	_, err = c.OperatorService().AddSearchAttributes(t.Context(), &operatorservice.AddSearchAttributesRequest{
		Namespace: "other", SearchAttributes: map[string]enumspb.IndexedValueType{job.AttributeHeld: enumspb.INDEXED_VALUE_TYPE_TEXT},
	})
	require.NoError(t, err)
	_, err = connect("other")
	require.ErrorContains(t, err, "search attribute PawlHeld of namespace \"other\" is a Text and must be a KeywordList")
}
