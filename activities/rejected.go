package activities

import (
	"bytes"
	"context"
	"encoding/csv"
	"fmt"
	"strconv"

	"go.temporal.io/sdk/activity"

	"github.com/pawl-ops/pawl/internal/board"
	"github.com/pawl-ops/pawl/internal/ledger"
	"github.com/pawl-ops/pawl/job"
)

// shareRejects puts the records that became no row into a thread, as a file that a spreadsheet opens, at most once:
// what was published is published without it. Then they are forgotten.
func (a *Activities) shareRejects(ctx context.Context, in SyncInput, r job.Reconciled) {
	rejects := a.rejectsOf(in)
	defer rejects.remove()
	if r.Rejected == 0 {
		return
	}
	kept, err := rejects.read()
	if err == nil && len(kept) > 0 {
		err = a.shareRejected(ctx, in, r, kept)
	}
	if err != nil {
		activity.GetLogger(ctx).Warn("sharing rejected records", "run", in.Run.ID, "sync", in.Sync.Name, "error", err)
	}
}

func (a *Activities) shareRejected(ctx context.Context, in SyncInput, r job.Reconciled, kept []job.Reject) error {
	content, err := rejectedTable(kept)
	if err != nil {
		return err
	}
	// Who reads the announcements of every run needs the same file once.
	last, err := a.Ledger.Last(ctx, ledger.OfSync(in.Sync.Name), ledger.KindRejected, 1)
	if err != nil || in.announced && len(last) > 0 && last[0].Text == hash(content) {
		return err
	}
	fresh, err := a.Ledger.Record(ctx, ledger.Entry{
		At: a.Now(), Key: in.Run.Key, Kind: ledger.KindRejected, Run: in.Run.ID, Execution: in.Run.First, Job: ledger.OfSync(in.Sync.Name), Actor: in.Run.Actor,
		Text: hash(content),
	})
	if err != nil || !fresh {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, logWithin)
	defer cancel()
	title := board.Count(r.Rejected) + " rejected records of " + in.Sync.Name
	if r.Rejected == 1 {
		title = "The rejected record of " + in.Sync.Name
	}
	if n := int64(len(kept)); n < r.Rejected {
		title = board.Count(n) + " of the " + title
	}
	return a.Poster.File(ctx, in.Place, in.Sync.Name+"-rejected.csv", title, content)
}

// rejectedTable is the rejected records as CSV.
func rejectedTable(kept []job.Reject) ([]byte, error) {
	var out bytes.Buffer
	w := csv.NewWriter(&out)
	lines := [][]string{{"page", "record", "column", "why", "the record begins"}}
	for _, k := range kept {
		lines = append(lines, []string{strconv.Itoa(k.Page), strconv.Itoa(k.Record), k.Column, k.Why, k.Begins})
	}
	if err := w.WriteAll(lines); err != nil {
		return nil, fmt.Errorf("writing rejected records: %w", err)
	}
	return out.Bytes(), nil
}
