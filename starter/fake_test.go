package starter_test

import (
	"context"
	"fmt"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
	sdklog "go.temporal.io/sdk/log"
	"google.golang.org/grpc"
	"google.golang.org/grpc/health"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"

	"github.com/pawl-ops/pawl/job"
)

const namespace = "pawl"

// fault is what goes wrong with one request.
type fault struct {
	refuse error           // answer so, without any effect
	hold   <-chan struct{} // take effect only once this is closed, whether or not anybody still waits for the answer
	lose   error           // take effect, but answer so
	silent bool            // take effect, but never answer
}

// engine is the part of the Temporal service that a door needs, on the wire. Its rules are the real one's: what a
// request id means, when an id is taken, what is known of a run that has ended.
type engine struct {
	workflowservice.UnimplementedWorkflowServiceServer
	addr string

	mu     sync.Mutex
	server *grpc.Server
	runs   map[string]*execution
	faults map[string][]fault // by method, the next request's first
	news   chan struct{}      // closed and replaced at every change
}

type execution struct {
	start   *workflowservice.StartWorkflowExecutionRequest
	runID   string
	status  enumspb.WorkflowExecutionStatus
	signals []*workflowservice.SignalWorkflowExecutionRequest
}

func newEngine(t *testing.T) *engine {
	t.Helper()
	e := &engine{addr: "127.0.0.1:0", runs: map[string]*execution{}, faults: map[string][]fault{}, news: make(chan struct{})}
	e.up(t)
	t.Cleanup(e.down)
	return e
}

// up makes the engine answer, at the address it had before.
func (e *engine) up(t *testing.T) {
	t.Helper()
	l, err := net.Listen("tcp", e.addr)
	require.NoError(t, err)
	server := grpc.NewServer()
	workflowservice.RegisterWorkflowServiceServer(server, e)
	h := health.NewServer()
	h.SetServingStatus("temporal.api.workflowservice.v1.WorkflowService", healthpb.HealthCheckResponse_SERVING)
	healthpb.RegisterHealthServer(server, h)
	e.mu.Lock()
	e.addr, e.server = l.Addr().String(), server
	e.mu.Unlock()
	go func() { _ = server.Serve(l) }()
}

// down makes every connection break and every new one fail.
func (e *engine) down() {
	e.mu.Lock()
	server := e.server
	e.mu.Unlock()
	server.Stop()
}

func (e *engine) dial(t *testing.T) client.Client {
	t.Helper()
	c, err := client.DialContext(t.Context(), client.Options{
		HostPort: e.addr, Namespace: namespace, Logger: sdklog.NewStructuredLogger(quiet()),
	})
	require.NoError(t, err)
	t.Cleanup(c.Close)
	return c
}

// next makes the next requests of a method fail, in this order.
func (e *engine) next(method string, faults ...fault) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.faults[method] = append(e.faults[method], faults...)
}

// end closes a run as the engine would.
func (e *engine) end(id string, status enumspb.WorkflowExecutionStatus) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.runs[id].status = status
}

// forget drops a run, as the end of retention does.
func (e *engine) forget(id string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	delete(e.runs, id)
}

// ids gives the ids of all runs.
func (e *engine) ids() []string {
	e.mu.Lock()
	defer e.mu.Unlock()
	out := []string{}
	for id := range e.runs {
		out = append(out, id)
	}
	return out
}

func (e *engine) started(t *testing.T, id string) *workflowservice.StartWorkflowExecutionRequest {
	t.Helper()
	e.mu.Lock()
	defer e.mu.Unlock()
	require.Contains(t, e.runs, id)
	return e.runs[id].start
}

// decisions gives the decisions in the history of a run.
func (e *engine) decisions(t *testing.T, id string) []job.Decision {
	t.Helper()
	e.mu.Lock()
	defer e.mu.Unlock()
	require.Contains(t, e.runs, id)
	out := []job.Decision{}
	for _, s := range e.runs[id].signals {
		require.Equal(t, job.SignalDecide, s.SignalName)
		var d job.Decision
		require.NoError(t, converter.GetDefaultDataConverter().FromPayloads(s.Input, &d))
		out = append(out, d)
	}
	return out
}

// await waits until the engine's state is as wanted.
func (e *engine) await(t *testing.T, wanted func() bool) {
	t.Helper()
	deadline := time.NewTimer(ample)
	defer deadline.Stop()
	for {
		e.mu.Lock()
		ok, news := wanted(), e.news
		e.mu.Unlock()
		if ok {
			return
		}
		select {
		case <-news:
		case <-deadline.C:
			t.Fatal("the engine never got there")
		}
	}
}

// serve lets a request take effect, with what goes wrong on the way.
func serve[T any](ctx context.Context, e *engine, method string, effect func() (T, error)) (T, error) {
	var none T
	e.mu.Lock()
	var f fault
	if planned := e.faults[method]; len(planned) > 0 {
		f, e.faults[method] = planned[0], planned[1:]
	}
	e.changed()
	e.mu.Unlock()
	if f.refuse != nil {
		return none, serviceerror.ToStatus(f.refuse).Err()
	}
	if f.hold != nil {
		<-f.hold
	}
	e.mu.Lock()
	answer, err := effect()
	e.changed()
	e.mu.Unlock()
	if f.silent {
		<-ctx.Done()
		return none, ctx.Err()
	}
	if f.lose != nil {
		err = f.lose
	}
	if err != nil {
		return none, serviceerror.ToStatus(err).Err()
	}
	return answer, nil
}

func (e *engine) changed() {
	close(e.news)
	e.news = make(chan struct{})
}

func (e *engine) GetSystemInfo(context.Context, *workflowservice.GetSystemInfoRequest) (*workflowservice.GetSystemInfoResponse, error) {
	return &workflowservice.GetSystemInfoResponse{ServerVersion: "1.32.1", Capabilities: &workflowservice.GetSystemInfoResponse_Capabilities{
		SignalAndQueryHeader: true, InternalErrorDifferentiation: true, EagerWorkflowStart: true,
	}}, nil
}

func (e *engine) StartWorkflowExecution(ctx context.Context, r *workflowservice.StartWorkflowExecutionRequest) (*workflowservice.StartWorkflowExecutionResponse, error) {
	return serve(ctx, e, "start", func() (*workflowservice.StartWorkflowExecutionResponse, error) {
		if err := validStart(r); err != nil {
			return nil, err
		}
		if old := e.runs[r.WorkflowId]; old != nil {
			if old.start.RequestId == r.RequestId {
				return &workflowservice.StartWorkflowExecutionResponse{RunId: old.runID}, nil
			}
			return nil, serviceerror.NewWorkflowExecutionAlreadyStarted("Workflow execution already started.", old.start.RequestId, old.runID)
		}
		run := &execution{start: r, runID: fmt.Sprintf("run-%d", len(e.runs)+1), status: enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING}
		e.runs[r.WorkflowId] = run
		return &workflowservice.StartWorkflowExecutionResponse{RunId: run.runID, Started: true}, nil
	})
}

func validStart(r *workflowservice.StartWorkflowExecutionRequest) error {
	switch {
	case r.Namespace != namespace:
		return serviceerror.NewNamespaceNotFound(r.Namespace)
	case r.WorkflowId == "" || len(r.WorkflowId) > 255 || r.RequestId == "" || r.WorkflowType.GetName() == "" || r.TaskQueue.GetName() == "":
		return serviceerror.NewInvalidArgument("a required field is missing or too long")
	case r.WorkflowIdReusePolicy != enumspb.WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE:
		return serviceerror.NewInvalidArgument("this engine only knows REJECT_DUPLICATE")
	case len(r.UserMetadata.GetSummary().GetData()) > 400:
		return serviceerror.NewInvalidArgument("the summary is longer than 400 bytes")
	}
	for name := range r.SearchAttributes.GetIndexedFields() {
		if name != "PawlJob" && name != "PawlRequester" {
			return serviceerror.NewInvalidArgument("search attribute " + name + " is not defined")
		}
	}
	return nil
}

func (e *engine) DescribeWorkflowExecution(ctx context.Context, r *workflowservice.DescribeWorkflowExecutionRequest) (*workflowservice.DescribeWorkflowExecutionResponse, error) {
	return serve(ctx, e, "describe", func() (*workflowservice.DescribeWorkflowExecutionResponse, error) {
		if r.Namespace != namespace {
			return nil, serviceerror.NewNamespaceNotFound(r.Namespace)
		}
		run := e.runs[r.Execution.WorkflowId]
		if run == nil {
			return nil, serviceerror.NewNotFoundf("workflow not found for ID: %v", r.Execution.WorkflowId)
		}
		return &workflowservice.DescribeWorkflowExecutionResponse{WorkflowExecutionInfo: &workflowpb.WorkflowExecutionInfo{
			Execution: &commonpb.WorkflowExecution{WorkflowId: r.Execution.WorkflowId, RunId: run.runID},
			Type:      run.start.WorkflowType, Memo: run.start.Memo, Status: run.status,
		}}, nil
	})
}

func (e *engine) SignalWorkflowExecution(ctx context.Context, r *workflowservice.SignalWorkflowExecutionRequest) (*workflowservice.SignalWorkflowExecutionResponse, error) {
	return serve(ctx, e, "signal", func() (*workflowservice.SignalWorkflowExecutionResponse, error) {
		if r.Namespace != namespace {
			return nil, serviceerror.NewNamespaceNotFound(r.Namespace)
		}
		run := e.runs[r.WorkflowExecution.WorkflowId]
		if run == nil {
			return nil, serviceerror.NewNotFoundf("workflow not found for ID: %v", r.WorkflowExecution.WorkflowId)
		}
		for _, earlier := range run.signals {
			if r.RequestId != "" && earlier.RequestId == r.RequestId {
				return &workflowservice.SignalWorkflowExecutionResponse{}, nil
			}
		}
		if run.status != enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING {
			return nil, serviceerror.NewNotFound("workflow execution already completed")
		}
		run.signals = append(run.signals, r)
		return &workflowservice.SignalWorkflowExecutionResponse{}, nil
	})
}
