package job_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/job"
)

func TestArgumentsThatWereLeftOutAreEmpty(t *testing.T) {
	t.Parallel()
	b := job.Runbook{Takes: []string{"environment", "branch"}}
	args := b.Given(map[string]string{"environment": "staging", "odd": "x"})
	require.Equal(t, map[string]string{"environment": "staging", "branch": ""}, args)
	require.Equal(t, "staging//{odd}", job.Text("{environment}/{branch}/{odd}").Fill(args, nil))
	require.Equal(t, args, job.Asked{Takes: b.Takes}.Given(args))
}

func TestWhatAnArgumentBringsIsNoName(t *testing.T) {
	t.Parallel()
	text := job.Text(`{a}{b} {"c": {a}} {A} {a`)
	require.Equal(t, []string{"a", "b"}, text.Names())
	require.Equal(t, `{b}<{a}> {"c": {b}} {A} {a`, text.Fill(map[string]string{"a": "{b}", "b": "<{a}>"}, nil))
}

func TestScriptsGetArgumentsAsVariables(t *testing.T) {
	t.Parallel()
	s := job.ScriptStep{Args: map[string]job.Text{"DIR": "/cache/{environment}", "own": "{branch}"}}
	require.Equal(t, map[string]string{"ENVIRONMENT": "staging", "RELEASE_2": "", "DIR": "/cache/staging", "own": "{branch}"},
		s.Variables(map[string]string{"environment": "staging", "release_2": ""}))
	require.Equal(t, "A_B_C9_", job.Variable("a-B.c9é"))
}
