package tables

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/job"
)

func counts(r job.Reconciled) [6]int64 {
	return [6]int64{r.New, r.Changed, r.Unchanged, r.Gone, r.Before, r.Repeated}
}

func TestAMissingTableIsMade(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := job.Sync{Name: "everything", To: job.Sink{Table: "Every Thing", Key: []string{"when"}}, Columns: []job.Column{
		{Name: "a text", Type: job.ColumnText, Required: true},
		{Name: "whole", Type: job.ColumnInteger},
		{Name: "amount", Type: job.ColumnNumber},
		{Name: "yes", Type: job.ColumnBoolean},
		{Name: "when", Type: job.ColumnTime},
		{Name: "day", Type: job.ColumnDate},
		{Name: `j"%s`, Type: job.ColumnJSON},
	}}
	moment := time.Date(2026, 11, 22, 4, 30, 0, 123456000, time.FixedZone("", 3600))
	did := w.whole(s, "run-1", 1,
		row("tab\t \\N \\. \r\n \"quoted\" ü", int64(-1<<63), job.Decimal("-12.50"), true, moment, moment, job.RawJSON(`{"a": [1, "x\ty"]}`)),
		row("", nil, job.Decimal("1e30"), nil, moment.Add(time.Second), nil, nil))
	require.Equal(t, [6]int64{2, 0, 0, 0, 0, 0}, counts(did))
	require.WithinDuration(t, time.Now(), did.AsOf, time.Minute)
	require.Equal(t, []string{
		`("a text",text,t)`, `(whole,bigint,f)`, `(amount,numeric,f)`, `(yes,boolean,f)`,
		`(when,"timestamp with time zone",t)`, `(day,date,f)`, `("j""%s",jsonb,f)`,
	}, w.lines(`SELECT attname, format_type(atttypid, atttypmod), attnotnull FROM pg_attribute WHERE attrelid = '"Every Thing"'::regclass AND attnum > 0 ORDER BY attnum`))
	require.Equal(t, "tab\t \\N \\. \r\n \"quoted\" ü", w.get(`SELECT "a text" FROM "Every Thing" WHERE whole = -9223372036854775808`))
	require.Equal(t, "-12.50", w.get(`SELECT amount::text FROM "Every Thing" WHERE yes`))
	require.Equal(t, "2026-11-22 03:30:00.123456", w.get(`SELECT ("when" AT TIME ZONE 'UTC')::text FROM "Every Thing" WHERE yes`))
	require.Equal(t, "2026-11-22", w.get(`SELECT day::text FROM "Every Thing" WHERE yes`))
	require.Equal(t, "x\ty", w.get(`SELECT "j""%s"->'a'->>1 FROM "Every Thing" WHERE yes`))
	require.Equal(t, "1", w.get(`SELECT count(*) FROM "Every Thing" WHERE "a text" = '' AND whole IS NULL AND day IS NULL AND amount = 1e30`))
	require.Equal(t, "1", w.get(`SELECT count(*) FROM pg_index WHERE indrelid = '"Every Thing"'::regclass AND indisprimary`))
}

func TestReplaceLeavesEverythingThatHangsOnTheTable(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.exec(`CREATE SCHEMA sales; CREATE ROLE sam_` + w.get(`SELECT current_database()`))
	w.exec(`CREATE TABLE sales.pipeline (nr serial PRIMARY KEY, "Stage" varchar(20), note text DEFAULT 'mine', id int NOT NULL, twice int GENERATED ALWAYS AS (id * 2) STORED);
		CREATE INDEX by_stage ON sales.pipeline ("Stage");
		CREATE VIEW sales.won AS SELECT id FROM sales.pipeline WHERE "Stage" = 'won';
		CREATE TABLE sales.calls (deal int REFERENCES sales.pipeline (nr));
		INSERT INTO sales.pipeline (id, "Stage", note) VALUES (1, 'won', 'first'), (1, 'won', 'second'), (2, 'lost', 'third'), (3, NULL, 'fourth');
		INSERT INTO sales.calls VALUES (1);
		GRANT SELECT ON sales.pipeline TO sam_` + w.get(`SELECT current_database()`))
	s := deals()
	s.To.Table = "sales.pipeline"
	before := w.get(`SELECT 'sales.pipeline'::regclass::oid`)
	did := w.whole(s, "run-1", 2, row(int64(1), "won"), row(int64(3), nil), row(int64(1), "won"), row(int64(1), "won"), row(int64(4), "won"))
	require.Equal(t, [6]int64{2, 0, 3, 1, 4, 0}, counts(did))
	require.Equal(t, []string{
		"(1,won,first,2)", "(1,won,mine,2)", "(1,won,second,2)", `(3,,fourth,6)`, "(4,won,mine,8)",
	}, w.lines(`SELECT id, "Stage", note, twice FROM sales.pipeline ORDER BY id, note`))
	require.Equal(t, "4", w.get(`SELECT count(*) FROM sales.won`))
	require.Equal(t, before, w.get(`SELECT 'sales.pipeline'::regclass::oid`))
	require.Equal(t, "true", w.get(`SELECT has_table_privilege('sam_' || current_database(), 'sales.pipeline', 'SELECT')`))

	table := w.begin(s, "run-2", 1)
	w.write(table, 10, row(int64(3), nil))
	_, err := table.Publish(t.Context())
	requireFault(t, err, job.FaultOurs, "Another table refers to rows of sales.pipeline")
	require.Equal(t, "5", w.get(`SELECT count(*) FROM sales.pipeline`), "nothing was changed")
}

func TestMergeCountsWhatItDoes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.exec(`CREATE TABLE pipeline ("Stage" text, id bigint NOT NULL UNIQUE, amount numeric(12,2), note text NOT NULL DEFAULT 'none', raw json);
		INSERT INTO pipeline VALUES ('old', 1, 1.50, 'kept', '{"a":1}'), ('same', 2, 2, 'kept', '{"a":1}'), (NULL, 3, NULL, 'kept', NULL), ('untouched', 9, 9, 'kept', NULL)`)
	s := deals("id")
	s.Columns = append(s.Columns, job.Column{Name: "amount", Type: job.ColumnNumber}, job.Column{Name: "raw", Type: job.ColumnJSON})
	table := w.begin(s, "run-1", 1)
	json := job.RawJSON(`{ "a" : 1 }`)
	w.write(table, 2,
		row(int64(1), "newer", job.Decimal("1.5"), json), // changed, and again below
		row(int64(2), "same", job.Decimal("2.000"), json),
		row(int64(3), nil, nil, nil),
		row(int64(4), "new", job.Decimal("4"), nil),
		row(int64(1), "newest", job.Decimal("1.5"), json),
		row(int64(4), "new", job.Decimal("4"), nil))
	unmoved := w.lines(`SELECT ctid, xmin, * FROM pipeline WHERE id IN (2, 3, 9) ORDER BY id`)
	for range 2 {
		would, err := table.Compare(t.Context())
		require.NoError(t, err)
		require.Equal(t, [6]int64{1, 1, 2, 0, 4, 2}, counts(would))
		require.Equal(t, "4", w.get(`SELECT count(*) FROM pipeline`))
	}
	did, err := table.Publish(t.Context())
	require.NoError(t, err)
	require.Equal(t, [6]int64{1, 1, 2, 0, 4, 2}, counts(did))
	require.Equal(t, did.Read, did.Written+did.Rejected+did.Repeated)
	require.Equal(t, []string{
		`(newest,1,1.50,kept,"{""a"":1}")`, `(same,2,2.00,kept,"{""a"":1}")`, `(,3,,kept,)`, `(new,4,4.00,none,)`, `(untouched,9,9.00,kept,)`,
	}[3:], w.lines(`SELECT * FROM pipeline ORDER BY id`)[3:])
	require.Equal(t, "newest", w.get(`SELECT "Stage" FROM pipeline WHERE id = 1`))
	require.Equal(t, unmoved, w.lines(`SELECT ctid, xmin, * FROM pipeline WHERE id IN (2, 3, 9) ORDER BY id`), "rows that are the same are not written again")
}

func TestPublishingTwiceIsPublishingOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first := w.begin(deals(), "run-1", 1)
	_, _, ok, err := first.Last(t.Context())
	require.NoError(t, err)
	require.False(t, ok)
	w.write(first, 10, row(int64(1), "won"), row(int64(1), "won"))
	did, err := first.Publish(t.Context())
	require.NoError(t, err)
	require.Equal(t, "0", w.staged())

	w.exec(`INSERT INTO pipeline VALUES (99, 'by hand')`)
	second := w.open(deals())
	at, err := second.Begin(t.Context(), "run-1", 2)
	require.NoError(t, err)
	require.Equal(t, did.Position, at)
	for _, table := range []*Table{first, second, first} {
		again, err := table.Publish(t.Context())
		require.NoError(t, err)
		require.Equal(t, did, again)
		would, err := table.Compare(t.Context())
		require.NoError(t, err)
		require.Equal(t, did, would)
		require.NoError(t, table.Abandon(t.Context()))
		require.Error(t, table.Write(t.Context(), nil, behind(at, 0)))
	}
	require.Equal(t, "3", w.get(`SELECT count(*) FROM pipeline`))

	w.whole(deals(), "run-2", 1)
	require.Equal(t, "0", w.get(`SELECT count(*) FROM pipeline`), "a sync without rows empties the table: whether that is meant is asked before")
	did, run, ok, err := second.Last(t.Context())
	require.NoError(t, err)
	require.True(t, ok)
	require.Equal(t, "run-2", run)
	require.Equal(t, [6]int64{0, 0, 0, 3, 3, 0}, counts(did))
}

func TestNothingIsPublishedBeforeItsTime(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	table := w.open(deals())
	_, err := table.Publish(t.Context())
	require.ErrorContains(t, err, "Begin comes first")
	require.ErrorContains(t, table.Abandon(t.Context()), "Begin comes first")
	require.ErrorContains(t, table.Write(t.Context(), nil, job.Position{}), "Begin comes first")
	_, err = table.Begin(t.Context(), "run-1", 1)
	require.NoError(t, err)
	require.NoError(t, table.Write(t.Context(), []job.Row{row(int64(1), "won")}, behind(job.Position{}, 1)))
	require.ErrorContains(t, table.Write(t.Context(), nil, behind(table.at, 3)), "0 rows cannot lead from row 1 to row 4")
	_, err = table.Publish(t.Context())
	require.ErrorContains(t, err, "not all pages are written")
	_, err = table.Compare(t.Context())
	require.ErrorContains(t, err, "not all pages are written")
	require.NoError(t, table.Abandon(t.Context()))
	require.NoError(t, table.Abandon(t.Context()))
	require.Equal(t, "0", w.staged())
	require.Equal(t, "false", w.get(`SELECT to_regclass('pipeline') IS NOT NULL`))
	require.ErrorIs(t, table.Write(t.Context(), nil, behind(table.at, 0)), job.ErrTakenOver)
}
