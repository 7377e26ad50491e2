package tables

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/internal/pgtest"
	"github.com/pawl-ops/pawl/job"
)

func TestATableThatCannotTakeTheRowsIsToldWhole(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := job.Sync{Name: "deals", To: job.Sink{Table: "pipeline", Key: []string{"id"}}, Columns: []job.Column{
		{Name: "id", Type: job.ColumnInteger},
		{Name: "Stage", Type: job.ColumnText},
		{Name: "amount", Type: job.ColumnNumber},
		{Name: "at", Type: job.ColumnTime},
		{Name: "twice", Type: job.ColumnInteger},
	}}
	w.exec(`CREATE TABLE pipeline (id bigint, stage text, amount double precision, at timestamp, team text NOT NULL, fine text NOT NULL DEFAULT '', twice bigint GENERATED ALWAYS AS (id * 2) STORED)`)
	_, err := w.open(s).Begin(t.Context(), "run-1", 1)
	f := requireFault(t, err, job.FaultOurs)
	require.True(t, f.Final)
	require.Equal(t, `The table pipeline cannot take deals: it has no column "Stage" (text); `+
		`its column "amount" is double precision and should be numeric; `+
		`its column "at" is timestamp without time zone and should be timestamp with time zone; `+
		`its column "team" must have a value, has no default, and is none of the columns of deals; `+
		`its column "twice" is generated and takes no values; `+
		`nothing makes (id) unique in it (CREATE UNIQUE INDEX ON "public"."pipeline" ("id")).`, f.Says)

	w.exec(`DROP TABLE pipeline; CREATE VIEW pipeline AS SELECT 1 AS id`)
	_, err = w.open(s).Begin(t.Context(), "run-1", 1)
	requireFault(t, err, job.FaultOurs, "pipeline is no table")

	s.To.Table = "sales.pipeline"
	_, err = Open(t.Context(), job.NewSecret(w.dsn), s)
	requireFault(t, err, job.FaultOurs, "The database of deals has no schema sales.")
}

func TestSyncsThatCannotBeRight(t *testing.T) {
	t.Parallel()
	for says, change := range map[string]func(*job.Sync){
		"does not say which table":    func(s *job.Sync) { s.To.Table = "" },
		"has no columns":              func(s *job.Sync) { s.Columns = nil },
		"needs a name of 1 to 63":     func(s *job.Sync) { s.Columns[0].Name = strings.Repeat("x", 64) },
		"Pawl needs that name itself": func(s *job.Sync) { s.Columns[0].Name = "pawl_row" },
		"two columns called Stage":    func(s *job.Sync) { s.Columns[0].Name = "Stage" },
		"no type that can be stored":  func(s *job.Sync) { s.Columns[0].Type = "money" },
		"is none of its columns":      func(s *job.Sync) { s.To.Key = []string{"nr"} },
		"names id twice":              func(s *job.Sync) { s.To.Key = []string{"id", "id"} },
	} {
		s := deals()
		change(&s)
		_, err := Open(t.Context(), job.NewSecret("host=/nowhere"), s)
		requireFault(t, err, job.FaultOurs, says)
	}
}

// TestWhatTheTableForbidsIsFoundInItsPage stages values that the live table's columns could not take or would round.
func TestWhatTheTableForbidsIsFoundInItsPage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.exec(`CREATE TABLE pipeline (id int, "Stage" varchar(5) NOT NULL, amount numeric(12,2), raw jsonb)`)
	s := deals()
	s.Columns = append(s.Columns, job.Column{Name: "amount", Type: job.ColumnNumber}, job.Column{Name: "raw", Type: job.ColumnJSON})
	table := w.begin(s, "run-1", 1)
	good := row(int64(1), "won", job.Decimal("1.500"), nil)
	for _, c := range []struct {
		bad  job.Row
		says []string
	}{
		{row(int64(1)<<40, "won", nil, nil), []string{"Row 2 of page 1, id: ", "out of range"}},
		{row(int64(1), "nobody", nil, nil), []string{"Row 2 of page 1, Stage: ", "too long"}},
		{row(int64(1), nil, nil, nil), []string{"Row 2 of page 1, Stage: ", "null"}},
		{row(int64(1), "won", job.Decimal("1.005"), nil), []string{"Row 2 of page 1, ", "amount"}},
		{row(int64(1), "won", job.Decimal("1e10"), nil), []string{"Row 2 of page 1, ", "overflow"}},
		{row(int64(1), "won", nil, job.RawJSON(`"\u0000"`)), []string{"Row 2 of page 1, raw: "}},
		{row(int64(1), "won", nil, job.RawJSON(`{`)), []string{"Row 2 of page 1, raw: "}},
	} {
		f := requireFault(t, table.Write(t.Context(), []job.Row{good, c.bad}, behind(table.at, 2)), job.FaultData, c.says...)
		require.True(t, f.Final)
		require.NotEmpty(t, f.Shown)
	}
	w.write(table, 1, good)
	did, err := table.Publish(t.Context())
	require.NoError(t, err)
	require.Equal(t, [6]int64{1, 0, 0, 0, 0, 0}, counts(did), "the page can be written without the row")

	w.exec(`CREATE UNIQUE INDEX ON pipeline (id)`)
	table = w.begin(s, "run-2", 1)
	w.write(table, 2, good, good)
	_, err = table.Publish(t.Context())
	requireFault(t, err, job.FaultData, "Two rows of pipeline would have the same value")
}

func TestALockSaysWhoHasIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.whole(deals(), "run-0", 1, row(int64(1), "old"))
	table := w.open(deals())
	table.lockWait = 4 * time.Second
	require.NoError(t, table.Close())
	_, err := table.Begin(t.Context(), "run-1", 1)
	require.NoError(t, err)
	w.write(table, 1, row(int64(2), "new"))

	other := w.connect(w.dsn + " application_name=psql")
	tx, err := other.Begin(t.Context())
	require.NoError(t, err)
	_, err = tx.Exec(t.Context(), `INSERT INTO pipeline VALUES (9, 'by hand')`)
	require.NoError(t, err)
	_, err = table.Publish(t.Context())
	f := requireFault(t, err, job.FaultOurs, fmt.Sprintf("pipeline is kept locked by process %d of owner (psql) since ", other.PgConn().PID()), "Nothing was changed.")
	require.False(t, f.Final)

	// Readers of every kind are in nobody's way.
	require.NoError(t, tx.Rollback(t.Context()))
	tx, err = other.Begin(t.Context())
	require.NoError(t, err)
	_, err = tx.Exec(t.Context(), `SELECT * FROM pipeline FOR KEY SHARE`)
	require.NoError(t, err)
	require.NoError(t, tx.Rollback(t.Context()))
	_, err = table.Publish(t.Context())
	require.NoError(t, err)
}

func TestAPasswordIsNeverSaid(t *testing.T) {
	t.Parallel()
	server := pgtest.Alone(t, false)
	w := &world{t: t, dsn: server.DSN(pgtest.Superuser, "postgres")}
	w.conn = w.connect(w.dsn)
	w.exec(`CREATE ROLE sam LOGIN PASSWORD 'right'; CREATE ROLE jana LOGIN; CREATE TABLE pipeline (id bigint, "Stage" text); ALTER ROLE jana SET search_path = public`)
	require.NoError(t, server.DemandPassword("sam"))
	for dsn, says := range map[string]string{
		server.DSN("sam", "postgres") + " password=swordfish":                                  "does not let sam in: check the user and the password",
		server.DSN(pgtest.Superuser, "nowhere") + " password=swordfish":                        "There is no database called nowhere",
		"postgres://sam:swordfish@127.0.0.1:notaport/db":                                       "cannot be read",
		"postgres://sam:sword%fish@host/db":                                                    "cannot be read",
		"swordfish":                                                                            "cannot be read",
		"host=" + t.TempDir() + " user=sam password=swordfish":                                 "does not answer",
		"host=127.0.0.1 port=1 user=sam password='swordfish' dbname=x sslmode=disable":         "does not answer",
		"host=127.0.0.1 port=1 user=swordfish password='swordfish' dbname=swordfish":           "does not answer",
		server.DSN("jana", "postgres") + " password=swordfish default_query_exec_mode=unknown": "cannot be read",
	} {
		_, err := Open(t.Context(), job.NewSecret(dsn), deals())
		f := requireFault(t, err, job.FaultOurs, says)
		for _, text := range []string{f.Error(), f.Says, f.Shown, fmt.Sprintf("%+v", f), fmt.Sprintf("%#v", f.Cause)} {
			require.NotContains(t, text, "swordfish")
		}
	}
	jana, err := Open(t.Context(), job.NewSecret(server.DSN("jana", "postgres")), deals())
	require.NoError(t, err)
	defer jana.Close()
	_, err = jana.Begin(t.Context(), "run-1", 1)
	requireFault(t, err, job.FaultOurs, `GRANT CREATE ON SCHEMA "public" TO "jana"; GRANT SELECT ON "public"."pipeline" TO "jana"; GRANT INSERT ON "public"."pipeline" TO "jana"; GRANT DELETE ON "public"."pipeline" TO "jana".`)
}

func TestWhoseFaultAnAnswerIs(t *testing.T) {
	t.Parallel()
	config, err := configure(job.NewSecret("host=db1 user=sam dbname=sales password=swordfish"), "pawl x")
	require.NoError(t, err)
	table := &Table{sync: deals(), config: config}
	for code, want := range map[string]string{
		"53100": "ours: The disk of the database of deals is full.",
		"53300": "ours: There are too many connections to the database of deals.",
		"40P01": "ours: Somebody else wrote pipeline at the same moment.",
		"57P03": "ours: The connection to the database of deals was ended, or it is just starting.",
		"42501": "ours, for good: The role sam lacks a right in the database of deals: said <secret>.",
		"22P02": "data, for good: A value of deals cannot be stored in pipeline: said <secret>.",
		"XX000": "ours: The database of deals answered: said <secret>.",
	} {
		err := table.fault(t.Context(), "writing", &pgconn.PgError{Code: code, Message: "said swordfish", Detail: strings.Repeat("ü\n", 300)})
		var f *job.Fault
		require.ErrorAs(t, err, &f)
		got := f.Class + ": " + f.Says
		if f.Final {
			got = f.Class + ", for good: " + f.Says
		}
		require.Equal(t, want, got)
		require.NotContains(t, f.Error()+f.Shown, "swordfish")
		require.NotContains(t, f.Shown, "\n")
		require.LessOrEqual(t, len(f.Shown), mostShown)
	}
}

func TestWhoIsAskedToStopSaysSo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	table := w.begin(deals(), "run-1", 1)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, table.Write(ctx, []job.Row{row(int64(1), "x")}, behind(table.at, 1)), context.Canceled)
	require.Eventually(t, func() bool {
		return table.Write(t.Context(), []job.Row{row(int64(1), "x")}, behind(table.at, 1)) == nil
	}, time.Minute, time.Millisecond)
	require.Equal(t, "1", w.get(`SELECT count(*) FROM `+table.in(table.staging)))
}

func TestNamesOfStagingTables(t *testing.T) {
	t.Parallel()
	require.Equal(t, "pawl_deals_55f551fd05f9bf0a", stagingName("deals", "run-1"))
	seen := map[string]bool{}
	for _, name := range []string{"deals", "Deals", `"; DROP TABLE x`, strings.Repeat("ü", 100), "", "a\x00b"} {
		for _, run := range []string{"run-1", "run-2"} {
			made := stagingName(name, run)
			require.LessOrEqual(t, len(made), longestName)
			require.Regexp(t, `^pawl_[a-z0-9_]*_[0-9a-f]{16}$`, made)
			require.False(t, seen[made])
			seen[made] = true
		}
	}
	require.Equal(t, "pawl 0123 sch?ne deals", applicationName("0123", "schöne deals"))
	require.Len(t, applicationName("0123456789abcdef", strings.Repeat("x", 100)), longestName)
}
