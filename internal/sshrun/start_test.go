package sshrun

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/job"
)

func TestARunFromStartToEnd(t *testing.T) {
	t.Parallel()
	m := newSandbox(t)
	r, ctx := m.runner(t), withDeadline(t)
	s := m.script("hello", `echo "log of $WHO"; echo "pawl: 62% table orders"; echo 'pawl: result size=1.6 GB'; echo "pawl: done all"; exit 7`,
		"WHO", "it's $HOME `id`\n\"x\"")
	p := process(t, 1)
	got, err := r.Start(ctx, s, p)
	require.NoError(t, err)
	t.Log(got)
	got, err = r.Watch(ctx, s, p, job.Progress{}, nil)
	require.NoError(t, err)
	require.Equal(t, job.Exited, got.State)
	require.Equal(t, 7, got.Exit)
	require.Equal(t, 62, got.Percent)
	require.Equal(t, "all", got.Done)
	require.Equal(t, map[string]string{"size": "1.6 GB"}, got.Result)
	require.Equal(t, []string{"log of it's $HOME `id`", `"x"`}, got.Tail)
}
