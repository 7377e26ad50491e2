package activities

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/pawl-ops/pawl/internal/board"
	"github.com/pawl-ops/pawl/internal/mapping"
	"github.com/pawl-ops/pawl/internal/pages"
	"github.com/pawl-ops/pawl/job"
)

// Sample is what a plan shows of the world: lines of plain text that stand under each other, and sentences about them.
type Sample struct {
	Rows []string `json:"rows,omitempty"`
	Says []string `json:"says,omitempty"`
}

// How far a plan of a sync looks: people want to see whether the columns are right, and wait for it.
const (
	sampleRows    = 10
	samplePages   = 5 // of a source whose first records are all rejected, or whose pages are empty
	sampleRejects = 3
	sampleTries   = 2
	sampleWithin  = 20 * time.Second // for one answer
)

// PeekSync reads a source until there are ten rows, and shows them. Nothing is staged or written anywhere.
func (a *Activities) PeekSync(ctx context.Context, in SyncInput) (Sample, error) {
	w := newPulse(ctx)
	defer w.stop()
	o := a.Syncs.Pages
	o.Tries, o.Timeout = sampleTries, sampleWithin
	reader, rows, err := a.source(in.Sync, o)
	if err != nil {
		return Sample{}, faulty(err)
	}
	defer reader.Close()
	token, database := a.Syncs.Secrets(in.Sync.Name)
	seen, err := peek(ctx, reader, rows)
	if err != nil {
		return Sample{}, faulty(err)
	}
	return seen.sample(in.Sync, hider(token, database)), nil
}

// peeked is the beginning of a source.
type peeked struct {
	at    job.Position
	total int64
	rows  []job.Row
	wrong []job.Reject
}

func peek(ctx context.Context, reader *pages.Reader, rows *mapping.Mapper) (p peeked, err error) {
	for !p.at.Over && p.at.Pages < samplePages && len(p.rows) < sampleRows {
		page, err := reader.Page(ctx, p.at)
		if err != nil {
			return p, err
		}
		p.total = max(p.total, page.Total)
		p.at.Next, p.at.Over = page.Next, page.Over
		p.at.Pages++
		for i, record := range page.Records {
			p.at.Read++
			row, reject := rows.Row(record)
			switch {
			case reject != nil:
				p.at.Rejected++
				reject.Page, reject.Record = p.at.Pages, i+1
				if len(p.wrong) < sampleRejects {
					p.wrong = append(p.wrong, *reject)
				}
			case len(p.rows) < sampleRows:
				p.rows = append(p.rows, row)
			}
		}
	}
	return p, nil
}

// sample is what people read of it.
func (p peeked) sample(s job.Sync, hide func(string) string) Sample {
	var out Sample
	if len(p.rows) > 0 {
		headings := make([]string, len(s.Columns))
		for i, c := range s.Columns {
			headings[i] = c.Name
		}
		cells := make([][]string, len(p.rows))
		for i, row := range p.rows {
			for c, v := range row {
				cells[i] = append(cells[i], hide(shownValue(v, s.Columns[c].Type)))
			}
		}
		table, left := board.Table(headings, cells)
		out.Rows = table
		if len(left) > 0 {
			out.Rows = append(out.Rows, "", "Not shown: "+board.Listed(left, "and"))
		}
	}
	out.Says = []string{p.counted()}
	if len(p.wrong) > 0 {
		out.Says = append(out.Says, fmt.Sprintf("%s of the first %s records would be rejected.", board.Count(p.at.Rejected), board.Count(p.at.Read)))
		out.Rows = append(out.Rows, "", "Rejected:")
		for _, r := range p.wrong {
			out.Rows = append(out.Rows, hide(whichReject(r)))
		}
	}
	return out
}

// counted says how much of the source that is.
func (p peeked) counted() string {
	switch n := len(p.rows); {
	case n == 0 && p.at.Read == 0:
		return "There are no records."
	case n == 0:
		return fmt.Sprintf("None of the first %s records would become a row.", board.Count(p.at.Read))
	case p.at.Over && p.at.Read == int64(n)+p.at.Rejected:
		return fmt.Sprintf("These are all rows there would be: %d.", n)
	case p.total > 0:
		return fmt.Sprintf("These are the first %d rows; there are %s records.", n, board.Count(p.total))
	default:
		return fmt.Sprintf("These are the first %d rows.", n)
	}
}

// whichReject says in a line which record was rejected, and why.
func whichReject(r job.Reject) string {
	where := fmt.Sprintf("page %d, record %d", r.Page, r.Record)
	if r.Column != "" {
		where += ", " + r.Column
	}
	return where + ": " + r.Why
}

// shownValue is a value as people read it.
func shownValue(v any, kind string) string {
	switch v := v.(type) {
	case nil:
		return ""
	case time.Time:
		if kind == job.ColumnDate {
			return v.Format(time.DateOnly)
		}
		return v.Format("2006-01-02 15:04")
	default:
		return fmt.Sprint(v)
	}
}

// hider takes secrets out of what came from outside, where a source repeats them.
func hider(secrets ...job.Secret) func(string) string {
	var pairs []string
	for _, s := range secrets {
		if !s.Empty() {
			pairs = append(pairs, s.Reveal(), s.String())
		}
	}
	return strings.NewReplacer(pairs...).Replace
}
