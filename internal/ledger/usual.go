package ledger

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"
)

// usualRuns is how many earlier runs an estimate is made from.
const usualRuns = 20

// Usual says how long a job usually takes: medians, because one night with a slow disk must not move them.
type Usual struct {
	Total time.Duration            // 0 when there is no earlier run
	Steps map[string]time.Duration // by the step's name, over the runs that had it
	Runs  int                      // how many earlier runs it was made from
}

// usualSQL takes the store's own way to ask whether an outcome is "done".
const usualSQL = `SELECT data FROM entry WHERE job = ? AND kind = 'outcome' AND %s = 'done' ORDER BY seq DESC LIMIT ?`

// Usual gives the medians of the last 20 runs of the job that were done. The error is a *DownError.
func (l *Ledger) Usual(ctx context.Context, name string) (u Usual, err error) {
	down := func(err error) error { return &DownError{Doing: "reading outcomes", Cause: err} }
	rows, err := l.query(ctx, fmt.Sprintf(usualSQL, l.store.state()), name, usualRuns)
	if err != nil {
		return Usual{}, down(err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()

	var totals []time.Duration
	steps := map[string][]time.Duration{}
	for rows.Next() {
		var data []byte
		if err := rows.Scan(&data); err != nil {
			return Usual{}, down(err)
		}
		var o Outcome
		if err := json.Unmarshal(data, &o); err != nil {
			return Usual{}, down(err)
		}
		totals = append(totals, o.Took)
		for step, took := range o.Steps {
			steps[step] = append(steps[step], took)
		}
	}
	if err := rows.Err(); err != nil {
		return Usual{}, down(err)
	}
	u = Usual{Total: median(totals), Runs: len(totals), Steps: map[string]time.Duration{}}
	for step, took := range steps {
		u.Steps[step] = median(took)
	}
	return u, nil
}

// median is the middle one, or the mean of the middle two; 0 of none. It sorts its argument.
func median(d []time.Duration) time.Duration {
	if len(d) == 0 {
		return 0
	}
	slices.Sort(d)
	mid := len(d) / 2
	if len(d)%2 == 1 {
		return d[mid]
	}
	return (d[mid-1] + d[mid]) / 2
}
