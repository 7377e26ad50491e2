package sweep_test

import (
	"context"
	"encoding/json"
	"errors"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/common/v1"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/pawl-ops/pawl/activities"
	"github.com/pawl-ops/pawl/app/sweep"
	"github.com/pawl-ops/pawl/internal/board"
	"github.com/pawl-ops/pawl/internal/ledger"
	"github.com/pawl-ops/pawl/job"
)

// scene is a sweeper with a real ledger, an engine that says what the test says, and a chat that writes everything down.
type scene struct {
	*testing.T
	*sweep.Sweeper
	ledger *ledger.Ledger

	info    *workflow.WorkflowExecutionInfo // nil: the engine has no such run
	before  func()                          // happens before the engine answers; nil: nothing
	result  string                          // of the run, as JSON
	unsure  []activities.Unsure
	trouble error // of the next post
	said    []board.Post
	edited  []board.Message
	started []job.Command

	mu     sync.Mutex
	pruned map[string][]string // by host: the runs to be kept
}

func newScene(t *testing.T) *scene {
	t.Helper()
	dir := t.TempDir()
	l, err := ledger.Open(t.Context(), filepath.Join(dir, "ledger.db"))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, l.Close()) })
	s := &scene{T: t, ledger: l, pruned: map[string][]string{}}
	s.Sweeper = &sweep.Sweeper{
		Engine: func() sweep.Engine { return s }, Ledger: l, Poster: s, Reaper: s, Door: s, Pruner: s, Lives: filepath.Join(dir, "lives"), Every: time.Second,
		Hosts: map[string]job.Host{"toys": {Name: "toys"}, "db-master": {Name: "db-master"}},
	}
	t.Cleanup(s.Close)
	return s
}

func (s *scene) DescribeWorkflowExecution(context.Context, string, string) (*workflowservice.DescribeWorkflowExecutionResponse, error) {
	if s.before != nil {
		s.before()
	}
	if s.info == nil {
		return nil, serviceerror.NewNotFound("there is none")
	}
	return &workflowservice.DescribeWorkflowExecutionResponse{WorkflowExecutionInfo: s.info}, nil
}

func (s *scene) GetWorkflow(context.Context, string, string) client.WorkflowRun {
	return result{text: s.result}
}

// result is that of a run that has come to its end.
type result struct {
	client.WorkflowRun
	text string
}

func (r result) Get(_ context.Context, into any) error { return json.Unmarshal([]byte(r.text), into) }

func (s *scene) Post(_ context.Context, p board.Post) (job.Posted, error) {
	if err := s.trouble; err != nil {
		s.trouble = nil
		return job.Posted{}, err
	}
	s.said = append(s.said, p)
	return job.Posted{Channel: "D0ALICE", TS: "2.2"}, nil
}

func (s *scene) Edit(_ context.Context, _ job.Posted, _ board.Priority, render func() board.Message) error {
	s.edited = append(s.edited, render())
	return nil
}

func (s *scene) Reap(context.Context, string) ([]activities.Unsure, error) { return s.unsure, nil }

func (s *scene) Start(_ context.Context, c job.Command) job.Started {
	s.started = append(s.started, c)
	return job.Started{Verdict: job.Accepted}
}

func (s *scene) Prune(_ context.Context, h job.Host, _ time.Duration, keep []string) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pruned[h.Name] = keep
	return 0, nil
}

// takePruned is what was pruned since it was asked last.
func (s *scene) takePruned() map[string][]string {
	s.mu.Lock()
	defer s.mu.Unlock()
	taken := s.pruned
	s.pruned = map[string][]string{}
	return taken
}

const key = job.Key("T1:D0ALICE:1.1")

// typed is a command that was allowed some time ago; more is what the run said since.
func (s *scene) typed(ago time.Duration, more ...ledger.Entry) {
	s.Helper()
	s.typedBy(job.Actor{Kind: job.SlackUser, ID: "U0ALICE", Name: "alice"}, ago, more...)
}

func (s *scene) typedBy(who job.Actor, ago time.Duration, more ...ledger.Entry) {
	s.Helper()
	all := append([]ledger.Entry{{Kind: ledger.KindAllowed, At: time.Now().Add(-ago), Text: "toy", Place: job.Place{Channel: "D0ALICE"}}}, more...)
	for _, e := range all {
		e.Key, e.Run, e.Job, e.Actor = key, "toy-k4m7q2", "toy", who
		_, err := s.ledger.Record(s.Context(), e)
		require.NoError(s, err)
	}
}

func (s *scene) board() ledger.Entry {
	return ledger.Entry{Kind: ledger.KindBoard, Data: job.Posted{Channel: "D0ALICE", TS: "1.2"}}
}

func (s *scene) ends(how enums.WorkflowExecutionStatus) {
	s.info = &workflow.WorkflowExecutionInfo{Status: how, CloseTime: timestamppb.New(time.Now().Add(-time.Minute))}
}

func (s *scene) sweeps() {
	s.Helper()
	require.NoError(s, s.Once(s.Context()))
}

// open reports whether the ledger still takes the run for an open one.
func (s *scene) open() bool {
	s.Helper()
	open, err := s.ledger.OpenRuns(s.Context())
	require.NoError(s, err)
	return len(open) > 0
}

// says is the one message that was posted.
func (s *scene) says() string {
	s.Helper()
	require.Len(s, s.said, 1)
	return s.said[0].Message.Sentence
}

// A run that ends while the sweeper looks after others has said itself how it ended.
func TestARunThatEndedMeanwhileSpokeForItself(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	s.typed(time.Minute, s.board())
	open, err := s.ledger.OpenRuns(t.Context())
	require.NoError(t, err)
	require.Len(t, open, 1)
	s.ends(enums.WORKFLOW_EXECUTION_STATUS_COMPLETED)
	s.before = func() {
		_, err := s.ledger.Record(t.Context(), ledger.Entry{
			Key: open[0].Key, Kind: ledger.KindOutcome, Run: open[0].ID, Job: open[0].Job, Data: ledger.Outcome{State: board.Cancelled, Took: time.Second},
		})
		require.NoError(t, err)
	}
	s.sweeps()
	require.Empty(t, s.said)
	require.Empty(t, s.edited)
}

// A ledger that came out of a backup lacks the end of a run that spoke for itself: it is written down, and nobody is told
// that the run did not come to its end.
func TestAnOutcomeThatTheLedgerLostIsTakenFromTheEngine(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	s.typed(time.Hour, s.board())
	s.ends(enums.WORKFLOW_EXECUTION_STATUS_COMPLETED)
	s.result = `{"state":"done","text":"your toy database is fresh","took":60000000000}`
	s.sweeps()
	require.Empty(t, s.said)
	require.Empty(t, s.edited)
	r, known, err := s.ledger.Run(t.Context(), "toy-k4m7q2")
	require.NoError(t, err)
	require.True(t, known)
	require.Equal(t, ledger.Outcome{State: board.Done, Text: "your toy database is fresh", Took: time.Minute}, r.Outcome)
}

// Somebody may fail to end a run by force, and somebody else do it for another reason: that is who people are told.
func TestWhoEndedItByForceIsWhoTriedLast(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	s.typed(time.Hour, s.board())
	for i, who := range []string{"bob", "carol"} {
		_, err := s.ledger.Record(t.Context(), ledger.Entry{
			Key: key, Kind: ledger.KindTerminated(time.Unix(int64(i), 0)), Run: "toy-k4m7q2", Job: "toy",
			Actor: job.Actor{Kind: job.CLIUser, ID: "os:" + who, Name: who}, Text: "asked by " + who,
		})
		require.NoError(t, err)
	}
	s.ends(enums.WORKFLOW_EXECUTION_STATUS_TERMINATED)
	s.sweeps()
	require.Contains(t, s.says(), `carol ended it by force: "asked by carol".`)
}

// An engine whose directory was moved away, or another cluster, knows nothing of a run that did work. That nothing was
// started is not true then, and starting it again is the worst that can be done.
func TestARunTheEngineLostIsNotStartedAgain(t *testing.T) {
	t.Parallel()
	for name, proof := range map[string]func(s *scene) ledger.Entry{
		"it has a board":    (*scene).board,
		"it knew its place": func(*scene) ledger.Entry { return ledger.Entry{Kind: ledger.KindWorking(1), Execution: "0199f3c2"} },
	} {
		for _, ago := range []time.Duration{time.Minute, time.Hour} { // younger and older than what is run unasked
			t.Run(name+", "+ago.String(), func(t *testing.T) {
				t.Parallel()
				s := newScene(t)
				s.typed(ago, proof(s))
				s.sweeps()
				require.Empty(t, s.started)
				require.Equal(t, "@alice `toy` did not come to its end. The engine has no trace of it; I do not know whether its scripts ended. "+
					"Make sure that it has stopped before you type it again.", s.says())
				require.False(t, s.open())
				s.sweeps()
				require.Len(t, s.said, 1, "it is said once")
			})
		}
	}
}

func TestACommandWithoutARun(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	s.typed(time.Minute)
	s.sweeps()
	require.Len(t, s.started, 1, "it was accepted a minute ago, and is started")
	require.Equal(t, key, s.started[0].Key)
	require.Empty(t, s.said)

	s = newScene(t)
	s.typed(3 * time.Minute)
	s.sweeps()
	require.Empty(t, s.started, "the person may have done it another way")
	require.Contains(t, s.says(), "was not started: I was restarted before I could. Nothing was changed.")
	require.False(t, s.open())
}

// What was not said is said by the next sweep, and what was said is not said twice.
func TestARunThatHangsIsTold(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	s.typed(time.Hour, s.board())
	s.ends(enums.WORKFLOW_EXECUTION_STATUS_RUNNING)
	s.info.SearchAttributes = &common.SearchAttributes{IndexedFields: map[string]*common.Payload{"TemporalReportedProblems": {}}}
	s.trouble = errors.New("slack does not answer")
	require.ErrorContains(t, s.Once(t.Context()), "looking after toy-k4m7q2: slack does not answer")
	s.sweeps()
	require.Contains(t, s.says(), "`toy` hangs: this version of Pawl cannot carry it on.")
	require.Equal(t, string(key)+"/stuck", s.said[0].Key)
	require.True(t, s.said[0].Again)
	s.sweeps()
	require.Len(t, s.said, 1)
	require.True(t, s.open(), "it may go on")

	s = newScene(t)
	s.typed(time.Hour, s.board())
	s.ends(enums.WORKFLOW_EXECUTION_STATUS_RUNNING)
	s.info.SearchAttributes = &common.SearchAttributes{IndexedFields: map[string]*common.Payload{"TemporalReportedProblems": {}}}
	s.trouble = board.ErrNoPlace
	s.sweeps()
	s.sweeps()
	require.Empty(t, s.said, "there is no place to say it, and it is not tried for ever")
}

func TestWhatIsSaidOfARunThatEndedWithoutAWord(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		how    enums.WorkflowExecutionStatus
		unsure []activities.Unsure
		says   string
	}{
		{
			"terminated", enums.WORKFLOW_EXECUTION_STATUS_TERMINATED, nil,
			"It was ended from outside. Its scripts are stopped; what it had finished is done. Type it again if you still want it.",
		},
		{
			"timed out", enums.WORKFLOW_EXECUTION_STATUS_TIMED_OUT, nil,
			"It took longer than it may. Its scripts are stopped; what it had finished is done. Type it again if you still want it.",
		},
		{
			"failed", enums.WORKFLOW_EXECUTION_STATUS_FAILED, nil,
			"It ended without saying how. Its scripts are stopped. Type it again if you still want it.",
		},
		{
			"one script may live", enums.WORKFLOW_EXECUTION_STATUS_TERMINATED,
			[]activities.Unsure{{Script: "restore", Host: "toys"}},
			"It was ended from outside. I could not make sure that restore on toys has stopped; it may still run. Make sure that it has stopped before you type it again.",
		},
		{
			"three may", enums.WORKFLOW_EXECUTION_STATUS_TIMED_OUT,
			[]activities.Unsure{{Script: "snapshot", Host: "db-master"}, {Script: "copy", Host: "toys"}, {Script: "restore", Host: "toys"}},
			"It took longer than it may. I could not make sure that snapshot on db-master, copy on toys and restore on toys have stopped; they may still run. " +
				"Make sure that it has stopped before you type it again.",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := newScene(t)
			s.typed(time.Hour, s.board())
			s.ends(c.how)
			s.unsure = c.unsure
			s.sweeps()
			require.Equal(t, "@alice `toy` did not come to its end. "+c.says, s.says())
			require.Len(t, s.edited, 1, "its board says so, too")
			require.False(t, s.open())
		})
	}
}

// The launcher of a schedule is in the engine's keeping: it starts the run itself, and nobody else does.
func TestARunOfAScheduleIsLeftToItsLauncher(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	s.typedBy(job.Actor{Kind: job.Schedule, ID: "nightly", Name: "nightly"}, 10*time.Minute)
	s.sweeps()
	require.Empty(t, s.started)
	require.Empty(t, s.said)
	require.True(t, s.open())
	s = newScene(t)
	s.typedBy(job.Actor{Kind: job.Schedule, ID: "nightly", Name: "nightly"}, 25*time.Hour)
	s.sweeps()
	require.Empty(t, s.started)
	require.False(t, s.open(), "it never came")
}

func TestAScheduledRunThatCannotSpeakIsSaidUnderItsBoard(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	s.typedBy(job.Actor{Kind: job.Schedule, ID: "nightly", Name: "nightly", Groups: []string{"oncall"}}, time.Minute, s.board())
	s.ends(enums.WORKFLOW_EXECUTION_STATUS_TERMINATED)
	s.sweeps()
	require.Len(t, s.said, 1)
	require.Equal(t, job.Place{Channel: "D0ALICE", Thread: "1.2"}, s.said[0].Place)
	require.Equal(t, "@oncall `toy` did not come to its end. It was ended from outside. Its scripts are stopped; what it had finished is done. Type it again if you still want it.", s.said[0].Message.Sentence)
}
