package job_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/job"
)

func TestMergeReadsWhatAScriptTellsTheBoard(t *testing.T) {
	t.Parallel()
	var p job.Progress
	for _, line := range []string{
		"pawl: 62% table orders, 1.2 of 1.9 million rows",
		"pawl: result size=1.6 GB",
		"pawl:result state = 14:02=x",
		"pawl: done 1.5 GB in 41 s",
	} {
		require.True(t, p.Merge(line), line)
	}
	require.Equal(t, job.Progress{
		Percent: 62, Note: "table orders, 1.2 of 1.9 million rows", Done: "1.5 GB in 41 s",
		Result: map[string]string{"size": "1.6 GB", "state": "14:02=x"},
	}, p)
	require.True(t, p.Merge("pawl: problem The toy server is full."))
	require.Equal(t, "The toy server is full.", p.Problem)
	require.False(t, p.Refused)
	require.True(t, p.Merge("pawl: refuse There is nothing to go back to."))
	require.True(t, p.Refused)
	before := p
	for _, line := range []string{"", "62%", " pawl: 3%", "pawl: 101% x", "pawl: -1%", "pawl: x%", "pawl: result", "pawl: result =3", "pawl: dance"} {
		require.False(t, p.Merge(line), line)
	}
	require.Equal(t, before, p)
}

func FuzzMerge(f *testing.F) {
	for _, seed := range []string{"pawl: 62% x", "pawl: result a=b", "pawl:", "pawl: %", "pawl: \xff%"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, line string) {
		var p job.Progress
		p.Merge(line)
		require.GreaterOrEqual(t, p.Percent, 0)
		require.LessOrEqual(t, p.Percent, 100)
		require.Zero(t, p.Offset)
	})
}

func TestSumTellsScriptsApart(t *testing.T) {
	t.Parallel()
	base := job.Script{Name: "a", Host: job.Host{Name: "h", Address: "pawl@h:22"}, Body: "echo", Args: map[string]string{"x": "1", "y": "2"}, Target: "toy/alice"}
	same := base
	same.Name = "only a name"
	same.Args = map[string]string{"y": "2", "x": "1"}
	require.Equal(t, base.Sum(), same.Sum())
	for what, change := range map[string]func(*job.Script){
		"body":      func(s *job.Script) { s.Body = "echo 2" },
		"host":      func(s *job.Script) { s.Host.Address = "pawl@other:22" },
		"target":    func(s *job.Script) { s.Target = "toy/bob" },
		"an arg":    func(s *job.Script) { s.Args = map[string]string{"x": "1", "y": "3"} },
		"more args": func(s *job.Script) { s.Args = map[string]string{"x": "1", "y": "2", "z": ""} },
	} {
		other := base
		change(&other)
		require.NotEqual(t, base.Sum(), other.Sum(), what)
	}
}

func TestProcessesHaveDirectoriesOfTheirOwn(t *testing.T) {
	t.Parallel()
	p := job.Process{Run: "0193-ab", ID: "toy-k4m7q2", Step: 3}
	require.Equal(t, "0193-ab.3.0", p.Dir())
	seen := map[string]bool{p.Dir(): true}
	for _, change := range []func(*job.Process){
		func(p *job.Process) { p.Ask = 1 }, func(p *job.Process) { p.Try = 1 }, func(p *job.Process) { p.Step = 4 }, func(p *job.Process) { p.Run = "0193-ac" },
	} {
		q := p
		change(&q)
		require.False(t, seen[q.Dir()], q.Dir())
		seen[q.Dir()] = true
	}
}
