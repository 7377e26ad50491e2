package workflows_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/history/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"
	"google.golang.org/protobuf/proto"

	"github.com/pawl-ops/pawl/internal/e2e/drill"
	"github.com/pawl-ops/pawl/job"
	"github.com/pawl-ops/pawl/workflows"
	"github.com/pawl-ops/pawl/workflows/frame"
)

// Runs are open for days, and the program that carries them on may be newer than the one that began them. Each recorded
// history is of a run that stood still somewhere in its life; the code of today must come to the same place by the same
// way. That is tried for the whole of it and for every shorter one it once was, because any of those may be what a new
// program finds.
func TestReplay(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/histories/*.json")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".json"), func(t *testing.T) {
			t.Parallel()
			h := load(t, file)
			parked := beginnings(h)
			require.NotEmpty(t, parked, "no workflow task of it was completed")
			for _, n := range parked {
				require.NoError(t, replay(asItIs, h, n), "a run that stood still after event %d", n)
			}
		})
	}
}

// A change that open runs cannot follow has to be found, or the test above says nothing.
func TestReplayFindsAChangeOfOrder(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		file   string
		change func(workflow.Context)
	}{
		"an activity before everything else": {"done.json", func(ctx workflow.Context) {
			workflow.ExecuteActivity(workflow.WithActivityOptions(ctx, workflow.ActivityOptions{StartToCloseTimeout: 1}), "Audit")
		}},
		"a timer before everything else": {"asking.json", func(ctx workflow.Context) { workflow.NewTimer(ctx, 1) }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			changed := func(r worker.WorkflowReplayer) {
				run := drill.Drill.Workflow()
				r.RegisterWorkflowWithOptions(func(ctx workflow.Context, req job.Request) (frame.Result, error) {
					c.change(ctx)
					return run(ctx, req)
				}, workflow.RegisterOptions{Name: drill.Drill.Spec.Name})
			}
			h := load(t, filepath.Join("testdata/histories", c.file))
			require.NoError(t, replay(asItIs, h, len(h.GetEvents())))
			for _, n := range beginnings(h) {
				require.ErrorContains(t, replay(changed, h, n), "TMPRL1100", "a run that stood still after event %d", n)
			}
		})
	}
}

// The same for a change inside an approval or a runbook: every run that has come that far is found.
func TestReplayFindsAChangeOnTheWay(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ file, before string }{
		{"approval-asked.json", "PostAsk"},
		{"approval-agreed-while-asking.json", "PostAsk"},
		{"approval-denied.json", "Answered"},
		{"approval-agreed.json", "Answered"},
		{"approval-done.json", "Answered"},
		{"approval-expired-and-over.json", "Answered"},
		{"approval-before-its-turn.json", "AskLane"},
		{"approval-asked-again.json", "LookAround"},
		{"approval-waiting-to-be-well.json", "Well"},
		{"runbook-done.json", "RunScript"},
		{"runbook-done.json", "Call"},
		{"runbook-done.json", "Answers"},
		{"runbook-done.json", "Say"},
		{"runbook-done.json", "FollowBuild"},
		{"runbook-build-stopped.json", "AnswerBuild"},
		{"runbook-build-asks.json", "AnsweredElsewhere"},
		{"runbook-stopped-building.json", "StopBuild"},
	} {
		t.Run(c.file+", before "+c.before, func(t *testing.T) {
			t.Parallel()
			h := load(t, filepath.Join("testdata/histories", c.file))
			found := 0
			for _, n := range beginnings(h) {
				err := replay(asItIs, h, n, &planted{before: c.before})
				if !slices.ContainsFunc(h.GetEvents()[:n], func(e *history.HistoryEvent) bool {
					return e.GetActivityTaskScheduledEventAttributes().GetActivityType().GetName() == c.before
				}) {
					require.NoError(t, err, "after event %d it has not come there", n)
					continue
				}
				found++
				require.ErrorContains(t, err, "TMPRL1100", "a run that stood still after event %d", n)
			}
			require.NotZero(t, found)
		})
	}
}

// planted has runs do something else just before they call an activity.
type planted struct {
	interceptor.WorkerInterceptorBase
	before string
}

func (p *planted) InterceptWorkflow(_ workflow.Context, next interceptor.WorkflowInboundInterceptor) interceptor.WorkflowInboundInterceptor {
	return &plantedIn{WorkflowInboundInterceptorBase: interceptor.WorkflowInboundInterceptorBase{Next: next}, before: p.before}
}

type plantedIn struct {
	interceptor.WorkflowInboundInterceptorBase
	before string
}

func (p *plantedIn) Init(out interceptor.WorkflowOutboundInterceptor) error {
	return p.Next.Init(&plantedOut{WorkflowOutboundInterceptorBase: interceptor.WorkflowOutboundInterceptorBase{Next: out}, before: p.before})
}

type plantedOut struct {
	interceptor.WorkflowOutboundInterceptorBase
	before string
}

func (p *plantedOut) ExecuteActivity(ctx workflow.Context, name string, args ...any) workflow.Future {
	if name == p.before {
		p.Next.ExecuteActivity(ctx, "Audit")
	}
	return p.Next.ExecuteActivity(ctx, name, args...)
}

// asItIs registers what this program can run.
func asItIs(r worker.WorkflowReplayer) {
	for _, d := range append(workflows.All(), drill.Jobs()...) {
		r.RegisterWorkflowWithOptions(d.Workflow(), workflow.RegisterOptions{Name: d.Spec.Name})
	}
	r.RegisterWorkflowWithOptions(workflows.Runbook.Workflow(), workflow.RegisterOptions{Name: job.RunbookWorkflow})
	r.RegisterWorkflowWithOptions(frame.LaneWorkflow, workflow.RegisterOptions{Name: job.LaneWorkflow})
	r.RegisterWorkflowWithOptions(frame.LaunchWorkflow, workflow.RegisterOptions{Name: job.LaunchWorkflow})
}

// replay runs the first n events of a history past the code.
func replay(register func(worker.WorkflowReplayer), h *history.History, n int, planted ...interceptor.WorkerInterceptor) error {
	r, err := worker.NewWorkflowReplayerWithOptions(worker.WorkflowReplayerOptions{
		Interceptors: planted, DisableDeadlockDetection: true, // as the guard does: a replay that is slow changes nothing
	})
	if err != nil {
		return err
	}
	register(r)
	part := proto.CloneOf(h)
	part.Events = part.Events[:n]
	if err := r.ReplayWorkflowHistory(quiet{}, part); err != nil {
		return fmt.Errorf("replaying %d events: %w", n, err)
	}
	return nil
}

// beginnings are the lengths a history had whenever the code had done all it could and waited: after the commands of a
// completed workflow task, and at its end.
func beginnings(h *history.History) []int {
	var at []int
	inTask := false
	for i, e := range h.GetEvents() {
		switch {
		case e.GetEventType() == enums.EVENT_TYPE_WORKFLOW_TASK_COMPLETED:
			inTask = true
			continue
		case inTask && !commanded(e, h.GetEvents()):
			at, inTask = append(at, i), false
		}
	}
	if inTask || len(at) > 0 && at[len(at)-1] != len(h.GetEvents()) {
		at = append(at, len(h.GetEvents()))
	}
	return at
}

// commanded reports whether an event is a command of the workflow task before it, which it then names.
func commanded(e *history.HistoryEvent, events []*history.HistoryEvent) bool {
	task := completedBy(e)
	return task > 0 && int(task) <= len(events) && events[task-1].GetEventType() == enums.EVENT_TYPE_WORKFLOW_TASK_COMPLETED
}

func completedBy(e *history.HistoryEvent) int64 {
	attributes := e.ProtoReflect()
	oneof := attributes.WhichOneof(attributes.Descriptor().Oneofs().ByName("attributes"))
	if oneof == nil {
		return 0
	}
	inner := attributes.Get(oneof).Message()
	field := inner.Descriptor().Fields().ByName("workflow_task_completed_event_id")
	if field == nil {
		return 0
	}
	return inner.Get(field).Int()
}

func load(t *testing.T, file string) *history.History {
	t.Helper()
	f, err := os.Open(file)
	require.NoError(t, err)
	defer f.Close()
	h, err := client.HistoryFromJSON(f, client.HistoryJSONOptions{})
	require.NoError(t, err)
	return h
}

// quiet keeps the replayer from telling what it does.
type quiet struct{}

func (quiet) Debug(string, ...any) {}
func (quiet) Info(string, ...any)  {}
func (quiet) Warn(string, ...any)  {}
func (quiet) Error(string, ...any) {}
