package workflows_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/history/v1"
	"go.temporal.io/sdk/client"
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

// asItIs registers what this program can run.
func asItIs(r worker.WorkflowReplayer) {
	for _, d := range append(workflows.All(), drill.Drill) {
		r.RegisterWorkflowWithOptions(d.Workflow(), workflow.RegisterOptions{Name: d.Spec.Name})
	}
	r.RegisterWorkflowWithOptions(frame.LaneWorkflow, workflow.RegisterOptions{Name: job.LaneWorkflow})
}

// replay runs the first n events of a history past the code.
func replay(register func(worker.WorkflowReplayer), h *history.History, n int) error {
	r := worker.NewWorkflowReplayer()
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
