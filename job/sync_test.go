package job_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/job"
)

func TestFiguresAddUp(t *testing.T) {
	t.Parallel()
	position := func(read, written, rejected int64) job.Position {
		return job.Position{Read: read, Written: written, Rejected: rejected}
	}
	for name, r := range map[string]job.Reconciled{
		"nothing":                      {},
		"a file":                       {Position: position(10, 8, 2), Before: 3},
		"a table that was empty":       {Position: position(10, 7, 2), Repeated: 1, New: 7},
		"a table that was replaced":    {Position: position(10, 10, 0), New: 4, Unchanged: 6, Gone: 2, Before: 8},
		"a table that was merged":      {Position: position(3, 3, 0), New: 1, Changed: 1, Unchanged: 1, Before: 100},
		"a table that lost all it had": {Gone: 5, Before: 5},
	} {
		require.NoError(t, r.AddsUp(), name)
	}
	for name, r := range map[string]job.Reconciled{
		"a record is lost":            {Position: position(10, 7, 2)},
		"a row from nowhere":          {Position: position(10, 10, 1)},
		"a row is neither":            {Position: position(10, 10, 0), New: 4, Unchanged: 5, Before: 5},
		"more was there than was":     {Position: position(10, 10, 0), New: 4, Unchanged: 6, Gone: 3, Before: 8},
		"fewer than none are changed": {Position: position(2, 2, 0), New: 3, Unchanged: -1, Before: 1},
	} {
		var f *job.Fault
		require.ErrorAs(t, r.AddsUp(), &f, name)
		require.Equal(t, job.FaultOurs, f.Class)
		require.Contains(t, f.Says, "nothing was published")
		require.NotEmpty(t, f.Shown)
	}
}
