package starter

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"
	"google.golang.org/grpc/codes"

	"github.com/pawl-ops/pawl/internal/failpoint"
	"github.com/pawl-ops/pawl/internal/ledger"
	"github.com/pawl-ops/pawl/job"
)

// errNoEngine says that there is no client yet.
var errNoEngine = errors.New("the engine is not up yet")

// How many bytes of what was typed go into the memo, of which the engine warns at 2 KiB, and into the summary that its
// web page shows, which may have 400. The request carries all of it.
const (
	memoBytes    = 600
	summaryBytes = 150
)

// launch starts the run under the first of its ids that no other key owns.
func (s *Starter) launch(ctx context.Context, r job.Request, spec job.Spec, before history) job.Started {
	for n := job.IDLength; n <= job.MaxIDLength; n++ {
		r.ID = job.ID(spec.Verb(), r.Command.Key, n)
		failpoint.Here("before the start", r.ID)
		err := s.execute(ctx, r)
		failpoint.Here("after the start", r.ID)
		var taken *serviceerror.WorkflowExecutionAlreadyStarted
		switch {
		case err == nil:
			s.suspect.Store(false)
			s.note(ctx, r, n, before)
			return job.Started{Verdict: job.Accepted, ID: r.ID}
		case errors.As(err, &taken):
			owner, exists, err := s.owner(ctx, r.ID)
			if err != nil || !exists {
				return s.unknown(r.Command, fmt.Errorf("asking who owns %s: %w", r.ID, errors.Join(err, taken)))
			}
			if owner == r.Command.Key {
				s.note(ctx, r, n, before)
				return job.Started{Verdict: job.Accepted, ID: r.ID, Redelivery: true}
			}
		case definite(err):
			return s.missed(ctx, r, before, err)
		default:
			s.suspect.Store(true)
			return s.unknown(r.Command, err)
		}
	}
	return s.missed(ctx, r, before, errors.New("every id of this command belongs to another run"))
}

// execute asks the engine to start the run. Running or closed, an id serves once: within the engine's retention the
// second start of it is an error, never a handle to somebody else's run.
func (s *Starter) execute(ctx context.Context, r job.Request) error {
	engine, err := s.client()
	if err != nil {
		return err
	}
	c := r.Command
	_, err = engine.ExecuteWorkflow(ctx, client.StartWorkflowOptions{
		ID:                                       r.ID,
		TaskQueue:                                job.QueueRuns,
		WorkflowIDReusePolicy:                    enumspb.WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE,
		WorkflowIDConflictPolicy:                 enumspb.WORKFLOW_ID_CONFLICT_POLICY_FAIL,
		WorkflowExecutionErrorWhenAlreadyStarted: true,
		// An eager first task dies with this process; how soon another worker gets it is the task's own timeout.
		EnableEagerStart:    true,
		WorkflowTaskTimeout: s.timers.WorkflowTask,
		Memo:                anyMap(memo(c)),
		StaticSummary:       summary(c),
		TypedSearchAttributes: temporal.NewSearchAttributes(
			temporal.NewSearchAttributeKeyKeyword(job.AttributeJob).ValueSet(c.Name),
			temporal.NewSearchAttributeKeyKeyword(job.AttributeRequester).ValueSet(requester(c.Actor)),
		),
	}, r.Workflow(), r)
	return err
}

// memo is what the engine's lists know of a run.
func memo(c job.Command) map[string]string {
	return map[string]string{job.MemoKey: string(c.Key), job.MemoCommand: cut(c.Text, memoBytes)}
}

// summary is the run in a line, for the engine's own page.
func summary(c job.Command) string {
	return cut(c.Text, summaryBytes) + " · " + cut(c.Actor.Display(), summaryBytes)
}

func anyMap(m map[string]string) map[string]any {
	out := make(map[string]any, len(m))
	for k, v := range m {
		out[k] = v
	}
	return out
}

// note completes what the ledger says of a run that exists. The run itself says it again with its next entry, so a
// failure here is only logged.
func (s *Starter) note(ctx context.Context, r job.Request, length int, before history) {
	e := ledger.Entry{Key: r.Command.Key, Run: r.ID, Job: r.Command.Name, Actor: r.Command.Actor, Place: r.Command.Place}
	var kinds []string
	if length > job.IDLength {
		kinds = append(kinds, ledger.KindID(length))
	}
	if before.missed > 0 {
		kinds = append(kinds, ledger.KindStarted(before.missed+1))
	}
	for _, kind := range kinds {
		e.Kind = kind
		if _, err := s.ledger.Record(ctx, e); err != nil {
			s.log.Warn().Err(err).Str("run", r.ID).Msg("the run is started, but its entry is incomplete")
		}
	}
}

// missed is the answer after the engine said no. A try before its last word may still have got there, so it is asked.
func (s *Starter) missed(ctx context.Context, r job.Request, before history, why error) job.Started {
	id, found, err := s.find(ctx, r.Command, before.id)
	switch {
	case err != nil:
		return s.unknown(r.Command, errors.Join(why, err))
	case found:
		return job.Started{Verdict: job.Accepted, ID: id, Redelivery: true}
	}
	_, err = s.ledger.Record(ctx, ledger.Entry{
		Key: r.Command.Key, Kind: ledger.KindNotStarted(before.missed + 1), Run: r.ID, Job: r.Command.Name,
		Actor: r.Command.Actor, Place: r.Command.Place, Text: why.Error(),
	})
	if err != nil {
		s.log.Warn().Err(err).Str("run", r.ID).Msg("nothing was started, and the ledger does not say so")
	}
	return s.notNow(r.Command, why)
}

// definite reports whether the engine refused, so that the request it answers had no effect. Everything else (no
// answer, a broken connection, an error inside the engine) leaves that open.
func definite(err error) bool {
	if errors.Is(err, errNoEngine) {
		return true
	}
	var se serviceerror.ServiceError
	if !errors.As(err, &se) {
		return false
	}
	switch se.Status().Code() {
	case codes.InvalidArgument, codes.NotFound, codes.PermissionDenied, codes.Unauthenticated, codes.FailedPrecondition,
		codes.ResourceExhausted, codes.Unimplemented, codes.OutOfRange:
		return true
	}
	return false
}

// cut keeps at most limit bytes of s, whole characters.
func cut(s string, limit int) string {
	s = strings.ToValidUTF8(s, "")
	if len(s) <= limit {
		return s
	}
	for limit > 0 && !utf8.RuneStart(s[limit]) {
		limit--
	}
	return s[:limit]
}

func requester(a job.Actor) string {
	if a.Name != "" {
		return a.Name
	}
	return a.ID
}
