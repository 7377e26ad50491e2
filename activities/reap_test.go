package activities_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/common/v1"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/history/v1"
	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"

	"github.com/pawl-ops/pawl/activities"
	"github.com/pawl-ops/pawl/job"
)

// past is an engine that knows the history of one run.
type past struct {
	client.Client
	events []*history.HistoryEvent
}

func (p *past) DescribeWorkflowExecution(context.Context, string, string) (*workflowservice.DescribeWorkflowExecutionResponse, error) {
	return &workflowservice.DescribeWorkflowExecutionResponse{WorkflowExecutionInfo: &workflowpb.WorkflowExecutionInfo{FirstRunId: "first-of-it"}}, nil
}

func (p *past) GetWorkflowHistory(context.Context, string, string, bool, enums.HistoryEventFilterType) client.HistoryEventIterator {
	return &iterator{p.events}
}

type iterator struct{ rest []*history.HistoryEvent }

func (i *iterator) HasNext() bool { return len(i.rest) > 0 }

func (i *iterator) Next() (*history.HistoryEvent, error) {
	e := i.rest[0]
	i.rest = i.rest[1:]
	return e, nil
}

// ran adds that a script was started.
func (p *past) ran(t *testing.T, script, host string) {
	t.Helper()
	in, err := converter.GetDefaultDataConverter().ToPayloads(activities.ScriptInput{Script: job.Script{Name: script, Host: job.Host{Name: host}}})
	require.NoError(t, err)
	p.events = append(p.events, &history.HistoryEvent{Attributes: &history.HistoryEvent_ActivityTaskScheduledEventAttributes{
		ActivityTaskScheduledEventAttributes: &history.ActivityTaskScheduledEventAttributes{ActivityType: &common.ActivityType{Name: "RunScript"}, Input: in},
	}})
}

var errRefused = errors.New("it does not let us in")

// stopper is a set of hosts that answers as it was told, by host, and writes down what was stopped.
type stopper struct {
	activities.Remote
	answers map[string]error
	stopped []string

	mu    sync.Mutex
	whole []string // hosts on which everything of a run was stopped, and of which
}

func (s *stopper) StopRun(_ context.Context, h job.Host, first string) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.whole = append(s.whole, first+" on "+h.Name)
	return 0, s.answers[h.Name]
}

func (s *stopper) Stop(_ context.Context, script job.Script, _ job.Process) (job.Progress, error) {
	err := s.answers[script.Host.Name]
	if err == nil {
		s.stopped = append(s.stopped, script.Name)
	}
	return job.Progress{State: job.Stopped}, err
}

func (s *stopper) Permanent(err error) bool { return errors.Is(err, errRefused) }

// What cannot be confirmed is told, and keeps nobody from stopping the rest.
func TestReapTellsWhatMayStillRun(t *testing.T) {
	t.Parallel()
	engine := &past{}
	engine.ran(t, "snapshot", "db-master")
	engine.ran(t, "restore", "toys")
	engine.ran(t, "restore", "toys") // a person's Retry
	engine.ran(t, "copy", "toys")
	engine.ran(t, "tidy", "db-master")
	hosts := &stopper{answers: map[string]error{"toys": errRefused}}
	a := &activities.Activities{Client: engine, Remote: hosts}

	unsure, err := a.Reap(t.Context(), "toy-k4m7q2")
	require.NoError(t, err)
	require.Equal(t, []activities.Unsure{{Script: "restore", Host: "toys"}, {Script: "copy", Host: "toys"}}, unsure)
	require.Equal(t, []string{"snapshot", "tidy"}, hosts.stopped)

	hosts.answers = nil
	unsure, err = a.Reap(t.Context(), "toy-k4m7q2")
	require.NoError(t, err)
	require.Empty(t, unsure)

	hosts.answers = map[string]error{"toys": context.DeadlineExceeded}
	_, err = a.Reap(t.Context(), "toy-k4m7q2")
	require.EqualError(t, err, "stopping restore of run toy-k4m7q2 on toys: context deadline exceeded", "it is tried again")
}

// The history of a run that came out of a backup does not know what the run did since: every host is asked.
func TestReapOfARunThatCameOutOfABackup(t *testing.T) {
	t.Parallel()
	engine := &past{}
	engine.ran(t, "snapshot", "db-master")
	hosts := &stopper{answers: map[string]error{"away": context.DeadlineExceeded}}
	a := &activities.Activities{Client: engine, Remote: hosts, Hosts: map[string]job.Host{}, Doubted: func(run string) bool { return run == "toy-k4m7q2" }}
	for _, name := range []string{"db-master", "toys", "away"} {
		a.Hosts[name] = job.Host{Name: name}
	}
	unsure, err := a.Reap(t.Context(), "toy-k4m7q2")
	require.NoError(t, err)
	require.Equal(t, []activities.Unsure{{Script: "what it may have started since the backup", Host: "away"}}, unsure, "it is told, and holds nobody up")
	require.Equal(t, []string{"snapshot"}, hosts.stopped)
	slices.Sort(hosts.whole)
	require.Equal(t, []string{"first-of-it on away", "first-of-it on db-master", "first-of-it on toys"}, hosts.whole)

	hosts.whole = nil
	unsure, err = a.Reap(t.Context(), "toy-000000")
	require.NoError(t, err)
	require.Empty(t, unsure)
	require.Empty(t, hosts.whole, "of others the history is enough")
}
