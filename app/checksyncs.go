package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/pawl-ops/pawl/internal/board"
	"github.com/pawl-ops/pawl/internal/files"
	"github.com/pawl-ops/pawl/internal/live"
	"github.com/pawl-ops/pawl/internal/mapping"
	"github.com/pawl-ops/pawl/internal/pages"
	"github.com/pawl-ops/pawl/internal/tables"
	"github.com/pawl-ops/pawl/job"
)

// How far a look at a source goes: one answer, one try, and so many of its records made into rows.
const (
	sourceWithin = tryLongWithin - tryWithin/5 // leaves time to say what came
	sourceRows   = 100
)

// syncChecks ask of each sync whether its source gives records of which rows can be made, and whether it may write where
// it writes. Nothing is written and nothing staged.
func (h *house) syncChecks() (checks []live.Check) {
	for _, s := range h.cfg.Syncs {
		from, to := "from "+s.From.Name, "into "+placeOf(s.To)
		checks = append(checks,
			live.Check{Area: inSyncs, What: s.Name, Within: tryLongWithin, Try: func(ctx context.Context) []live.Finding {
				return said(s.Name, from, func() (live.State, string, error) { return h.sourceGives(ctx, s) }, sourceMend(s))
			}},
			live.Check{Area: inSyncs, What: s.Name, Within: tryLongWithin, Try: func(ctx context.Context) []live.Finding {
				return said(s.Name, to, func() (live.State, string, error) { return h.sinkTakes(ctx, s) }, sinkMend(s))
			}})
	}
	return checks
}

// said makes a line of a look at one end of a sync. mend says what to do, by whose fault it is.
func said(sync, end string, look func() (live.State, string, error), mend map[string]string) []live.Finding {
	state, says, err := look()
	if err == nil {
		return one(inSyncs, sync, state, end+": "+says, "")
	}
	says, next := err.Error(), mend[job.FaultOurs]
	var f *job.Fault
	if errors.As(err, &f) {
		says, next = strings.TrimSuffix(f.Says, "."), cmp.Or(mend[f.Class], next)
		if f.Shown != "" {
			next += "\n" + f.Shown
		}
	}
	return one(inSyncs, sync, live.Mend, says, next)
}

func placeOf(to job.Sink) string {
	if to.File != "" {
		return "the file " + filepath.Base(to.File)
	}
	return "the table " + to.Table
}

// sourceGives asks a source for its first page.
func (h *house) sourceGives(ctx context.Context, s job.Sync) (live.State, string, error) {
	rows, err := mapping.Compile(s.Columns)
	if err != nil {
		return live.Mend, "", err
	}
	reader, err := pages.Open(s.From, h.cfg.SyncSecrets[s.Name].Token, pages.Options{Tries: 1, Timeout: sourceWithin, Patience: 1})
	if err != nil {
		return live.Mend, "", err
	}
	defer reader.Close()
	page, err := reader.Page(ctx, job.Position{})
	if err != nil {
		return live.Mend, "", err
	}
	var rejected int
	var first *job.Reject
	looked := page.Records[:min(len(page.Records), sourceRows)]
	for _, record := range looked {
		if ctx.Err() != nil {
			return live.Mend, "", ctx.Err()
		}
		if _, reject := rows.Row(record); reject != nil {
			if rejected++; first == nil {
				first = reject
			}
		}
	}
	return given(s.From.Name, page, looked, rejected, first)
}

// given says what came of a first page.
func given(source string, page pages.Page, looked [][]byte, rejected int, first *job.Reject) (live.State, string, error) {
	switch says := many(len(page.Records), "record") + " on its first page"; {
	case len(looked) == 0:
		return live.Note, "it answers, and there is no record on its first page: is that so, or is `records` another part of what it gives?", nil
	case rejected == len(looked):
		return live.Mend, "", &job.Fault{Class: job.FaultData, Says: fmt.Sprintf("%s gives %s, and no row can be made of any. The first: %s", source, says, why(first))}
	case rejected > 0:
		return live.Note, fmt.Sprintf("%s; of %d of the first %d no row can be made. The first: %s", says, rejected, len(looked), why(first)), nil
	case page.Total > 0:
		return live.OK, fmt.Sprintf("%s, %s in all", says, board.Count(page.Total)), nil
	default:
		return live.OK, says, nil
	}
}

func why(r *job.Reject) string {
	if r.Column == "" {
		return r.Why
	}
	return r.Column + ": " + r.Why
}

// sinkTakes looks whether a sync may write where it writes.
func (h *house) sinkTakes(ctx context.Context, s job.Sync) (live.State, string, error) {
	var there bool
	if s.To.File != "" {
		f, err := files.Open(s)
		if err == nil {
			there, err = f.Ready()
		}
		if err != nil {
			return live.Mend, "", err
		}
	} else {
		t, err := tables.Open(ctx, h.cfg.SyncSecrets[s.Name].Database, s)
		if err == nil {
			there, err = t.Ready(ctx)
			err = errors.Join(err, t.Close())
		}
		if err != nil {
			return live.Mend, "", err
		}
	}
	if !there {
		return live.OK, "made by the first run", nil
	}
	return live.OK, "it takes the rows", nil
}

// sourceMend and sinkMend say what to do, by whose fault it is.
func sourceMend(s job.Sync) map[string]string {
	from := "syncs: " + s.Name + ": from: in pawl.yaml "
	return map[string]string{
		job.FaultTheirs: "It is " + s.From.Name + " that does not answer as it should, or its address in pawl.yaml is wrong: look, and try again later. A sync does so by itself.",
		job.FaultAccess: from + "has its token, or the header that carries it: is it the right one, still good, and allowed to see this?",
		job.FaultData:   from + "says where its records are, and rows: how rows are made of them. `plan sync run " + s.Name + "` shows ten.",
		job.FaultOurs:   from + "has its address and how its pages are asked for.",
	}
}

func sinkMend(s job.Sync) map[string]string {
	if s.To.File != "" {
		return map[string]string{job.FaultOurs: "syncs: " + s.Name + ": to: in pawl.yaml names the file. Run this as the user who runs pawl up, whose rights count."}
	}
	return map[string]string{job.FaultOurs: "syncs: " + s.Name + ": to: in pawl.yaml names the table, and where the way to its database comes from."}
}
