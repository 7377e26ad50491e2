package worker

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/temporal"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m)
}

func TestAnInterruptedActivityIsTriedAgain(t *testing.T) {
	t.Parallel()
	stopped, stop := context.WithCancelCause(t.Context())
	stop(stopping{})
	cancelled, cancel := context.WithCancelCause(t.Context())
	cancel(context.Canceled)
	broken := errors.New("broken pipe")
	said := temporal.NewNonRetryableApplicationError("exit code 3", "Exit", nil)

	for name, c := range map[string]struct {
		ctx  context.Context
		err  error
		gone bool
	}{
		"interrupted":                        {stopped, context.Canceled, true},
		"interrupted, in other words":        {stopped, fmt.Errorf("reading the log: %w", broken), true},
		"interrupted, but had its own say":   {stopped, said, false},
		"interrupted after it had succeeded": {stopped, nil, false},
		"will be completed by others":        {stopped, activity.ErrResultPending, false},
		"cancelled by its workflow":          {cancelled, context.Canceled, false},
		"failed":                             {t.Context(), broken, false},
	} {
		t.Run(name, func(t *testing.T) {
			err := resumable(c.ctx, c.err)
			var app *temporal.ApplicationError
			if !c.gone {
				require.Equal(t, c.err, err)
				return
			}
			require.ErrorAs(t, err, &app)
			require.Equal(t, Gone, app.Type())
			require.False(t, app.NonRetryable())
			require.Equal(t, resumeAfter, app.NextRetryDelay())
			require.ErrorIs(t, err, c.err)
		})
	}
}

func TestGuardErrorIsForPeople(t *testing.T) {
	t.Parallel()
	e := &GuardError{Checked: 40}
	for i := range 12 {
		e.Broken = append(e.Broken, BrokenRun{ID: fmt.Sprintf("toy-%02d", i), Job: "toy", Err: errors.New("nondeterministic\ngoroutine 1 [running]:")})
	}
	lines := strings.Split(e.Error(), "\n")
	require.Equal(t, "this version of pawl cannot carry on 12 of the 40 runs under way:", lines[0])
	require.Equal(t, "  toy-00 (toy): nondeterministic", lines[1])
	require.Equal(t, "  and 2 more", lines[11])
	require.Equal(t, "Nothing was started and nothing is lost.", lines[12])
	require.ErrorIs(t, e, e.Broken[11].Err)

	e = &GuardError{Checked: 1, Broken: []BrokenRun{{ID: "toy-1", Job: "toy", Err: errors.New(strings.Repeat("é", 1000))}}}
	require.Less(t, len(e.Error()), 1200)
}
