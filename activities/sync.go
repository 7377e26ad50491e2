package activities

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/temporal"

	"github.com/pawl-ops/pawl/internal/board"
	"github.com/pawl-ops/pawl/internal/failpoint"
	"github.com/pawl-ops/pawl/internal/files"
	"github.com/pawl-ops/pawl/internal/ledger"
	"github.com/pawl-ops/pawl/internal/mapping"
	"github.com/pawl-ops/pawl/internal/near"
	"github.com/pawl-ops/pawl/internal/pages"
	"github.com/pawl-ops/pawl/internal/syncs"
	"github.com/pawl-ops/pawl/internal/tables"
	"github.com/pawl-ops/pawl/job"
)

// Syncs is what the worker knows of the data that is fetched and written.
type Syncs struct {
	All     []job.Sync
	Times   []job.Scheduled // of all that has some
	Zone    *time.Location  // of those that have none
	Secrets func(sync string) (token, database job.Secret)
	Dir     string        // where rejected records are kept until they are shown
	Pages   pages.Options // how a source is asked
}

func (s Syncs) find(name string) (job.Sync, bool) {
	for _, one := range s.All {
		if one.Name == name {
			return one, true
		}
	}
	return job.Sync{}, false
}

// SyncInput is a sync for one run of it.
type SyncInput struct {
	Run   RunRef    `json:"run"`
	Sync  job.Sync  `json:"sync"`
	Place job.Place `json:"place,omitzero"` // where the run speaks; nowhere when it is only announced

	announced bool // it is announced by now
}

// Sink is where a sync writes. Every method but Begin needs Begin before it.
type Sink interface {
	Begin(ctx context.Context, run string, attempt int64) (job.Position, error)
	Write(ctx context.Context, rows []job.Row, to job.Position) error
	Compare(ctx context.Context) (job.Reconciled, error)
	Publish(ctx context.Context) (job.Reconciled, error)
	Abandon(ctx context.Context) error
	Close() error
}

// SyncOf pins a sync by its name.
func (a *Activities) SyncOf(_ context.Context, name string) (job.Sync, error) {
	if s, ok := a.Syncs.find(name); ok {
		return s, nil
	}
	return job.Sync{}, Refuse(a.noSync(name))
}

// noSync says that there is none of this name, and which ones there are.
func (a *Activities) noSync(name string) string {
	var names []string
	for _, s := range a.Syncs.All {
		names = append(names, s.Name)
	}
	text := fmt.Sprintf("There is no sync `%s` in pawl.yaml.", strings.ReplaceAll(board.Clean(name), "`", "'"))
	if meant := near.Nearest(name, names); len(meant) > 0 {
		return text + " Did you mean " + board.OneOf(meant) + "?"
	}
	if len(names) == 0 {
		return text + " There are none."
	}
	return text + " There is " + strings.ReplaceAll(board.OneOf(names), " or ", " and ") + "."
}

// FetchSync reads the source page by page and stages what it gives, from where an earlier attempt of the same run
// stopped. A page is staged in one transaction with the position after it, so that none is staged twice.
func (a *Activities) FetchSync(ctx context.Context, in SyncInput) (string, error) {
	w := newPulse(ctx)
	defer w.stop()
	o := a.Syncs.Pages
	o.OnWait = w.waits
	reader, rows, err := a.source(in.Sync, o)
	if err != nil {
		return "", faulty(err)
	}
	defer reader.Close()
	sink, at, err := a.begin(ctx, in)
	if err != nil {
		return "", faulty(err)
	}
	defer sink.Close() //nolint:errcheck // what is not staged by now is staged again
	rejects := a.rejectsOf(in)
	rejects.tidy(a.Now())
	for !at.Over {
		if w.stopping() {
			return "", errStopping
		}
		page, err := reader.Page(ctx, at)
		if err != nil {
			return "", faulty(w.where(err, at))
		}
		made, wrong := mapped(rows, page, at.Pages+1)
		next := job.Position{
			Next: page.Next, Over: page.Over, Pages: at.Pages + 1, Read: at.Read + int64(len(page.Records)),
			Written: at.Written + int64(len(made)), Rejected: at.Rejected + int64(len(wrong)),
		}
		if err := rejects.keep(at, wrong); err != nil {
			return "", fmt.Errorf("keeping rejected records: %w", err)
		}
		if err := sink.Write(ctx, made, next); err != nil {
			return "", faulty(err)
		}
		at = next
		w.at(at, page.Total)
		failpoint.Here("after a page", in.Run.ID)
	}
	failpoint.Here("after fetching", in.Run.ID)
	return said(at), nil
}

// source opens what a sync reads, and how rows are made of it. Close the reader.
func (a *Activities) source(s job.Sync, o pages.Options) (*pages.Reader, *mapping.Mapper, error) {
	token, _ := a.Syncs.Secrets(s.Name)
	rows, err := mapping.Compile(s.Columns)
	if err != nil {
		return nil, nil, &job.Fault{Class: job.FaultOurs, Says: "The columns of this sync cannot be made as pawl.yaml says.", Shown: err.Error(), Cause: err, Final: true}
	}
	reader, err := pages.Open(s.From, token, o)
	if err != nil {
		return nil, nil, &job.Fault{Class: job.FaultOurs, Says: "The source of this sync cannot be read as pawl.yaml says.", Shown: err.Error(), Cause: err, Final: true}
	}
	return reader, rows, nil
}

// mapped makes rows of a page's records.
func mapped(m *mapping.Mapper, page pages.Page, number int) (rows []job.Row, wrong []job.Reject) {
	rows = make([]job.Row, 0, len(page.Records))
	for i, record := range page.Records {
		row, reject := m.Row(record)
		if reject != nil {
			reject.Page, reject.Record = number, i+1
			wrong = append(wrong, *reject)
			continue
		}
		rows = append(rows, row)
	}
	return rows, wrong
}

func said(at job.Position) string {
	text := many(at.Written, "row") + " on " + many(int64(at.Pages), "page")
	if at.Rejected > 0 {
		text += fmt.Sprintf(", %s rejected", board.Count(at.Rejected))
	}
	return text
}

// CompareSync says what would change, and warns when much less came than there is.
func (a *Activities) CompareSync(ctx context.Context, in SyncInput) (string, error) {
	w := newPulse(ctx)
	defer w.stop()
	sink, _, err := a.begin(ctx, in)
	if err != nil {
		return "", faulty(err)
	}
	defer sink.Close() //nolint:errcheck // it was only looked at
	failpoint.Here("before comparing", in.Run.ID)
	r, err := sink.Compare(ctx)
	if err != nil {
		return "", faulty(err)
	}
	failpoint.Here("after comparing", in.Run.ID)
	if r.Before > 0 && r.Written*100 <= r.Before*int64(in.Sync.Fewer) && r.Written < r.Before {
		return "", faulty(&job.Fault{Class: job.FaultData, Final: true, Says: fmt.Sprintf(
			"Only %s came, and there are %s now. I have not replaced them.", many(r.Written, "row"), board.Count(r.Before))})
	}
	return syncs.Figures(r), nil
}

// PublishSync makes what was staged what people read, at once. Doing it twice is doing it once.
func (a *Activities) PublishSync(ctx context.Context, in SyncInput) (string, error) {
	w := newPulse(ctx)
	defer w.stop()
	sink, _, err := a.begin(ctx, in)
	if err != nil {
		return "", faulty(err)
	}
	defer sink.Close() //nolint:errcheck // it is published or it is not
	failpoint.Here("before publishing", in.Run.ID)
	r, err := sink.Publish(ctx)
	if err != nil {
		return "", faulty(err)
	}
	failpoint.Here("after publishing", in.Run.ID)
	// Also when an earlier attempt published: it may have died before it could write this down.
	if err := a.noteSynced(ctx, in, r); err != nil {
		return "", err
	}
	if in.Place.Channel != "" { // otherwise they are shared with the announcement
		a.shareRejects(ctx, in, r)
	}
	return syncs.Figures(r), nil
}

// noteSynced writes down that people read the new rows, for all who look it up later.
func (a *Activities) noteSynced(ctx context.Context, in SyncInput, r job.Reconciled) error {
	_, err := a.Ledger.Record(ctx, ledger.Entry{
		At: a.Now(), Key: in.Run.Key, Kind: ledger.KindSynced, Run: in.Run.ID, Execution: in.Run.First, Job: ledger.OfSync(in.Sync.Name),
		Actor: in.Run.Actor, Text: syncs.Figures(r), Data: r,
	})
	return err
}

// AbandonSync takes away what was staged.
func (a *Activities) AbandonSync(ctx context.Context, in SyncInput) (string, error) {
	w := newPulse(ctx)
	defer w.stop()
	a.rejectsOf(in).remove()
	sink, _, err := a.begin(ctx, in)
	if errors.Is(err, job.ErrTakenOver) {
		return "", nil // it is not ours any more
	}
	if err != nil {
		return "", faulty(err)
	}
	defer sink.Close() //nolint:errcheck // nothing is left in it
	if err := sink.Abandon(ctx); err != nil && !errors.Is(err, job.ErrTakenOver) {
		return "", faulty(err)
	}
	return "", nil
}

// begin opens the sink and takes it over from whoever had it for this run. The moment at which the engine handed out this
// attempt tells attempts apart: a later one always has a later one.
func (a *Activities) begin(ctx context.Context, in SyncInput) (Sink, job.Position, error) {
	sink, err := a.sink(ctx, in.Sync)
	if err != nil {
		return nil, job.Position{}, err
	}
	if err := ctx.Err(); err != nil { // a process that slept does not take over from those who worked meanwhile
		return nil, job.Position{}, errors.Join(err, sink.Close())
	}
	at, err := sink.Begin(ctx, in.Run.First, activity.GetInfo(ctx).StartedTime.UnixNano())
	if err != nil {
		return nil, job.Position{}, errors.Join(err, sink.Close())
	}
	return sink, at, nil
}

func (a *Activities) sink(ctx context.Context, s job.Sync) (Sink, error) {
	if s.To.File != "" {
		return files.Open(s)
	}
	_, database := a.Syncs.Secrets(s.Name)
	return tables.Open(ctx, database, s)
}

func (a *Activities) rejectsOf(in SyncInput) *rejects {
	token, database := a.Syncs.Secrets(in.Sync.Name)
	return &rejects{file: filepath.Join(a.Syncs.Dir, in.Run.First+rejectsEnd), hide: hider(token, database)}
}

// many is a number of things: "1 row", "4,812 rows".
func many(n int64, thing string) string {
	if n != 1 {
		thing += "s"
	}
	return board.Count(n) + " " + thing
}

// faulty makes a fault one that is put to a person; anything else is tried again.
func faulty(err error) error {
	var fault *job.Fault
	switch {
	case errors.Is(err, job.ErrTakenOver):
		return Refuse("Another run of this sync has taken over; nothing was written by this one.")
	case errors.As(err, &fault):
		says := fmt.Sprintf("%s (%s)", strings.TrimSuffix(board.Clean(fault.Says), "."), fault.Class)
		return temporal.NewNonRetryableApplicationError(says, FaultType, err, *fault)
	}
	return err
}
