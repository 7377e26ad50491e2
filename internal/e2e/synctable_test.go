package e2e

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/internal/ledger"
	"github.com/pawl-ops/pawl/job"
	"github.com/pawl-ops/pawl/sandbox"
	"github.com/pawl-ops/pawl/sandbox/crm"
	"github.com/pawl-ops/pawl/sandbox/slack"
)

// pipeline is a sync of the CRM's deals into a table, as a company would write it.
const pipeline = `
  pipeline:
    say: CRM deals into the pipeline table
    from:
      name: CRM
      url: %s/offset/deals
      token: {env: CRM_TOKEN}
      records: .deals
      total: .total
      paging: {offset: offset, size: 100, size param: limit}
    rows:
      Id:     {value: .id, type: integer}
      Deal:   .name
      Stage:  .stage
      Amount: {value: .amount, type: number}
      Closes: {value: .closes, type: date}
    to: {table: pipeline, database: {env: SALES_DATABASE}, key: Id}
    channel: "#sales-data"
    owner: jana
`

// addSync writes a sync more into the world's pawl.yaml. In text, %s is the address of the world.
func (f *fleet) addSync(text string) {
	f.t.Helper()
	config, err := os.ReadFile(f.world.Config)
	require.NoError(f.t, err)
	if strings.Contains(text, "%s") {
		text = fmt.Sprintf(text, f.world.URL)
	}
	more := strings.Replace(string(config), "\nsyncs:\n", "\nsyncs:\n"+strings.TrimPrefix(text, "\n"), 1)
	require.NoError(f.t, os.WriteFile(f.world.Config, []byte(more), 0o600))
}

// synced are the figures of the runs of a sync that are where people read them, the newest first.
func (f *fleet) synced(name string) []job.Reconciled {
	f.t.Helper()
	l, err := ledger.Open(f.t.Context(), filepath.Join(f.data(), "ledger.db"))
	require.NoError(f.t, err)
	defer l.Close()
	entries, err := l.Last(f.t.Context(), ledger.OfSync(name), ledger.KindSynced, 10)
	require.NoError(f.t, err)
	var all []job.Reconciled
	for _, e := range entries {
		var r job.Reconciled
		require.NoError(f.t, e.Decode(&r))
		require.NotEmpty(f.t, e.Run)
		all = append(all, r)
	}
	return all
}

// aDeal is a deal as the CRM tells it, in the words of a table.
type aDeal struct {
	ID     int64
	Name   string
	Stage  string
	Amount *string
	Closes *string
}

// dealsOf reads all deals from the CRM, past Pawl.
func (f *fleet) dealsOf() map[int64]aDeal {
	f.t.Helper()
	all := map[int64]aDeal{}
	for offset := 0; ; offset += 100 {
		req, err := http.NewRequestWithContext(f.t.Context(), http.MethodGet, fmt.Sprintf("%s/offset/deals?limit=100&offset=%d", f.world.URL, offset), http.NoBody)
		require.NoError(f.t, err)
		req.Header.Set("Authorization", "Bearer "+crm.Token)
		res, err := http.DefaultClient.Do(req)
		require.NoError(f.t, err)
		var page struct {
			Deals []struct {
				ID     int64
				Name   string
				Stage  string
				Amount *json.Number
				Closes *string
			}
		}
		require.NoError(f.t, json.NewDecoder(res.Body).Decode(&page))
		require.NoError(f.t, res.Body.Close())
		if len(page.Deals) == 0 {
			return all
		}
		for _, d := range page.Deals {
			one := aDeal{ID: d.ID, Name: d.Name, Stage: d.Stage, Closes: d.Closes}
			if d.Amount != nil {
				text := d.Amount.String()
				one.Amount = &text
			}
			all[d.ID] = one
		}
	}
}

// tableOf reads the pipeline table.
func tableOf(t *testing.T, dsn string) map[int64]aDeal {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), dsn)
	require.NoError(t, err)
	defer func() { _ = conn.Close(context.Background()) }()
	rows, err := conn.Query(t.Context(), `SELECT "Id", "Deal", "Stage", "Amount"::text, to_char("Closes", 'YYYY-MM-DD') FROM pipeline`)
	require.NoError(t, err)
	all := map[int64]aDeal{}
	var d aDeal
	_, err = pgx.ForEachRow(rows, []any{&d.ID, &d.Name, &d.Stage, &d.Amount, &d.Closes}, func() error {
		all[d.ID] = d
		d.Amount, d.Closes = nil, nil
		return nil
	})
	require.NoError(t, err)
	return all
}

// stagings are the tables of Pawl that are left beside the live one.
func stagings(t *testing.T, dsn string) []string {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), dsn)
	require.NoError(t, err)
	defer func() { _ = conn.Close(context.Background()) }()
	rows, err := conn.Query(t.Context(), `SELECT tablename::text FROM pg_tables WHERE schemaname = 'public' AND tablename LIKE 'pawl%' AND tablename <> 'pawl_sync'`)
	require.NoError(t, err)
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	require.NoError(t, err)
	return names
}

// Data goes from the demo's CRM into a real PostgreSQL and a file, every row as the CRM has it; how far it is stands on
// the board, and what it did in the last message and in the ledger.
func TestASyncWritesWhatTheCRMHas(t *testing.T) {
	t.Parallel()
	database := servers.Database(t)
	f := newFleet(t, func(o *sandbox.Options) {
		o.Slack.Limits.Off, o.CRM = true, crm.Options{Every: -1, Limits: crm.Limits{Off: true}}
	})
	f.addSync(pipeline)
	f.up("SALES_DATABASE=" + database)
	alice := f.person("alice")

	require.NoError(t, f.world.CRM.Set(crm.Fault{Kind: crm.Slow, MS: 100}))
	th := alice.types("sync run pipeline")
	th.sees(20*time.Second, " %")
	f.world.CRM.Clear("")
	th.sees(30*time.Second, "4,812 rows, none rejected.")
	require.Equal(t, f.dealsOf(), tableOf(t, database))

	require.NoError(t, f.world.CRM.Grow(44))
	th = alice.types("sync run pipeline")
	th.sees(30*time.Second, "4,856 rows, 44 new, none rejected.")
	f.eventually(10*time.Second, "it has ended", func() error { return f.endedIn(th) })
	require.Equal(t, f.dealsOf(), tableOf(t, database))
	require.Empty(t, stagings(t, database))
	did := f.synced("pipeline")
	require.Len(t, did, 2)
	require.WithinDuration(t, time.Now(), did[0].AsOf, time.Minute)
	did[0].AsOf, did[1].AsOf = time.Time{}, time.Time{}
	require.Equal(t, []job.Reconciled{
		{Position: job.Position{Next: did[0].Next, Over: true, Pages: 49, Read: 4856, Written: 4856}, New: 44, Unchanged: 4812, Before: 4812},
		{Position: job.Position{Next: did[1].Next, Over: true, Pages: 49, Read: 4812, Written: 4812}, New: 4812},
	}, did)

	// What cannot be what was meant becomes no row, and is in a file in the thread.
	require.NoError(t, f.world.CRM.Set(crm.Fault{Kind: crm.Broken}))
	th = alice.types("sync run pipeline")
	th.sees(30*time.Second, "4,853 rows, 3 rejected.")
	f.world.CRM.Clear("")
	var shared []slack.File
	for _, m := range th.messages() {
		shared = append(shared, m.Files...)
	}
	require.Len(t, shared, 1)
	require.Equal(t, "3 rejected records of pipeline", shared[0].Title)
	require.Equal(t, f.dealsOf(), tableOf(t, database), "what is merged takes nothing away")
	f.eventually(10*time.Second, "it has ended", func() error { return f.endedIn(th) })
	left, err := os.ReadDir(filepath.Join(f.data(), "syncs"))
	require.NoError(t, err)
	require.Empty(t, left)

	alice.types("sync run deals").sees(30*time.Second, "4,856 rows, none rejected.")
	file, err := os.Open(f.world.Sheets.File("deals"))
	require.NoError(t, err)
	defer file.Close()
	lines, err := csv.NewReader(file).ReadAll()
	require.NoError(t, err)
	require.Equal(t, []string{"Deal", "Stage", "Amount", "Closes"}, lines[0])
	require.Len(t, lines, 4857)
	deals := f.dealsOf()
	for i, id := range slices.Sorted(maps.Keys(deals)) { // the oldest come first there
		d := deals[id]
		d.Name = strings.ReplaceAll(d.Name, "\r\n", "\n") // as the reader of this test has it
		require.Equal(t, []string{d.Name, d.Stage, textOf(d.Amount), textOf(d.Closes)}, lines[i+1], "line %d", i+2)
	}
}

func textOf(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
