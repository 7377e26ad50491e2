package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
)

// Reached is what a look at a cluster found.
type Reached struct {
	Address   string
	Namespace string
	Server    string        // its version: "1.32.1"
	Retention time.Duration // how long it keeps what has ended
	Lacks     bool          // it is there, and has no such namespace
}

// Reach looks whether the cluster of TEMPORAL_ADDRESS is there and has our namespace, with the credentials Connect would
// use. It makes nothing.
func Reach(ctx context.Context, o Options) (Reached, error) {
	co, err := o.clientOptions()
	if err != nil {
		return Reached{}, err
	}
	co.Logger = NewLogger(o.Logger)
	r := Reached{Address: co.HostPort, Namespace: co.Namespace}
	c, err := client.DialContext(ctx, co)
	if err != nil {
		return r, unreached(ctx, r.Address, co.ConnectionOptions.TLS, err)
	}
	defer c.Close()
	if info, err := c.WorkflowService().GetSystemInfo(ctx, &workflowservice.GetSystemInfoRequest{}); err == nil {
		r.Server = info.GetServerVersion()
	}
	answer, err := c.WorkflowService().DescribeNamespace(ctx, &workflowservice.DescribeNamespaceRequest{Namespace: r.Namespace})
	if err != nil {
		if errors.As(err, new(*serviceerror.NamespaceNotFound)) {
			r.Lacks = true
			return r, fmt.Errorf("there is no namespace %q at %s", r.Namespace, r.Address)
		}
		return r, fmt.Errorf("looking for namespace %q: %w", r.Namespace, err)
	}
	r.Retention = answer.GetConfig().GetWorkflowExecutionRetentionTtl().AsDuration()
	return r, nil
}

// MadeBy says which engine made the data in a data directory: "1.32.1". The error is fs.ErrNotExist where none did, and a
// *VersionError where it cannot be known.
func MadeBy(dataDir string) (string, error) {
	dir := filepath.Join(dataDir, "engine")
	if _, err := os.Stat(dir); err != nil {
		return "", fmt.Errorf("looking at the data: %w", err)
	}
	text, err := os.ReadFile(filepath.Join(dir, stampFile))
	var s stamp
	if err != nil || json.Unmarshal(text, &s) != nil || s.Engine == "" {
		return "", &VersionError{Dir: dir}
	}
	return s.Engine, nil
}
