package looks_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/internal/board"
	"github.com/pawl-ops/pawl/internal/looks"
	"github.com/pawl-ops/pawl/job"
)

// stock asks a look of pawl.yaml that is answered by a function.
func stock(t *testing.T, within time.Duration, answer func(context.Context, job.Asked, map[string]string) ([]string, error)) board.Message {
	t.Helper()
	all := looks.OfAsked([]looks.Asked{{
		Spec:  job.Spec{Name: "stock", Look: true},
		Asked: job.Asked{Name: "stock", Takes: []string{"article", "shop"}, HTTP: &job.HTTPStep{}},
	}}, looks.Services{HTTP: answer, Within: within})
	require.Len(t, all, 1)
	m, err := all[0].Answer(t.Context(), looks.Request{Command: job.Command{Args: map[string]string{"article": "4711"}}})
	require.NoError(t, err, "what goes wrong is said in the answer")
	require.NotEmpty(t, m.Sentence)
	return m
}

func TestALookOfTheFileIsAnsweredInLines(t *testing.T) {
	t.Parallel()
	m := stock(t, time.Minute, func(_ context.Context, _ job.Asked, args map[string]string) ([]string, error) {
		require.Equal(t, map[string]string{"article": "4711", "shop": ""}, args, "what was left out is empty")
		return []string{"4711: 5 left", "next week: 12\x00"}, nil
	})
	require.Equal(t, board.Message{Sentence: "4711: 5 left (and 1 more line).", Lines: []string{"4711: 5 left", "next week: 12"}}, m)
	m = stock(t, time.Minute, func(context.Context, job.Asked, map[string]string) ([]string, error) { return nil, nil })
	require.Equal(t, []string{"`stock` has nothing to say."}, m.Lines)
}

func TestALookOfTheFileThatHasNoAnswerSaysWhy(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		err  error
		says string
	}{
		{&job.Fault{Class: job.FaultTheirs, Says: "shop answered 503."}, "shop answered 503. The fault is on their side; ask again in a minute."},
		{&job.Fault{Class: job.FaultAccess, Says: "shop answered 401."}, "shop answered 401. Whoever looks after Pawl has to mend that: it is `stock` under `looks` in pawl.yaml."},
		{&job.Fault{Class: job.FaultData, Says: "This cannot be sent."}, "This cannot be sent."},
		{errors.New("exit status 3 of a program nobody knows"), "`stock` cannot be answered just now. Nothing was changed; ask again in a minute."},
	} {
		m := stock(t, time.Minute, func(context.Context, job.Asked, map[string]string) ([]string, error) { return nil, c.err })
		require.Equal(t, []string{c.says}, m.Lines)
	}
	m := stock(t, 20*time.Millisecond, func(ctx context.Context, _ job.Asked, _ map[string]string) ([]string, error) {
		<-ctx.Done()
		return nil, ctx.Err()
	})
	require.Equal(t, []string{"`stock` has no answer after 20ms. Nothing was changed; ask again in a minute."}, m.Lines)
}

func TestAScriptIsAskedOnItsHost(t *testing.T) {
	t.Parallel()
	var odd error
	all := looks.OfAsked([]looks.Asked{{Spec: job.Spec{Name: "load"}, Asked: job.Asked{Name: "load", Script: &job.ScriptStep{}}}}, looks.Services{
		Script: func(context.Context, job.Asked, map[string]string) ([]string, error) {
			return nil, &job.Fault{Says: "no"}
		},
		Odd: func(_ string, err error) { odd = err },
	})
	_, err := all[0].Answer(t.Context(), looks.Request{})
	require.NoError(t, err)
	require.EqualError(t, odd, "no", "whoever mends it hears of it")
}
