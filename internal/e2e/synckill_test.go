package e2e

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/job"
	"github.com/pawl-ops/pawl/sandbox"
)

// killedTimes is how often the plug is pulled in each phase.
const killedTimes = 10

// phase is a moment in the life of a sync at which the plug is pulled, and the name of the sync that stands there. Without
// a point the world keeps it there.
type phase struct{ name, point string }

// inTheDatabase: all rows are written into the live table, and the transaction is not over.
const inTheDatabase = "publishing"

var phases = []phase{
	{name: "staging", point: "after a page"}, // one page further each time
	{name: "fetched", point: "after fetching"},
	{name: "comparing", point: "after comparing"},
	{name: inTheDatabase},
	{name: "published", point: "after publishing"},
	{name: "told", point: "before the outcome"},
}

// One sync stands in every phase of its life, 200,000 rows each, when Pawl is killed, and killed again when they stand
// there once more, ten times. Who reads the tables sees what was there before or what is new, and never a mixture; in the
// end every row is there, once, and no page was fetched twice that was staged.
func TestASyncIsKilledInEveryPhase(t *testing.T) {
	t.Parallel()
	database, source := servers.Database(t), newBulk(t)
	f := newFleet(t, func(o *sandbox.Options) {
		o.Slack.Limits.Off = true
		o.Timers = strings.Replace(timers, "heartbeat: 2s", "heartbeat: 10s", 1) // what is killed goes on without waiting for it
	})
	conn := connectTo(t, database)
	_, err := conn.Exec(t.Context(), `CREATE TABLE gate (shut int); INSERT INTO gate VALUES (1);
		CREATE FUNCTION waits() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
			WHILE EXISTS (SELECT FROM gate) LOOP PERFORM pg_sleep(0.02); END LOOP; RETURN NULL; END $$`, pgx.QueryExecModeSimpleProtocol)
	require.NoError(t, err)
	for _, p := range phases {
		f.addSync(source.config(p.name))
		source.fill(t, conn, p.name)
	}
	_, err = conn.Exec(t.Context(), `CREATE TRIGGER waits AFTER INSERT ON `+inTheDatabase+` FOR EACH STATEMENT EXECUTE FUNCTION waits()`)
	require.NoError(t, err)
	seen := source.watch(t, database)

	k := &killing{fleet: f, source: source, conn: conn, env: []string{"SALES_DATABASE=" + database, haste}}
	k.start()
	for range killedTimes {
		k.again()
	}
	_, err = conn.Exec(t.Context(), `DELETE FROM gate`)
	require.NoError(t, err)
	f.kill()
	f.up(k.env...)
	for i, p := range phases {
		th := k.threads[i]
		th.sees(120*time.Second, "200,000 rows, 100,000 new, 100,000 gone, none rejected.")
		f.eventually(20*time.Second, "it has ended", func() error { return f.endedIn(th) })
		require.Equal(t, map[string]int{"board": 1, "result": 1}, th.said(), p.name)
		did := f.synced(p.name)
		require.Len(t, did, 1)
		did[0].AsOf = time.Time{}
		require.Equal(t, job.Reconciled{
			Position: job.Position{Over: true, Pages: 20, Read: bulkRows, Written: bulkRows}, New: bulkRows / 2, Gone: bulkRows / 2, Unchanged: bulkRows / 2, Before: bulkRows,
		}, did[0], p.name)
		source.exact(t, conn, p.name)
		for page, times := range source.times(p.name) {
			require.Equal(t, 1, times, "page %d of %s", page, p.name)
		}
		require.Len(t, source.times(p.name), bulkRows/bulkPage)
	}
	require.Empty(t, stagings(t, database))
	seen()
}

// killing pulls the plug on syncs that stand in all their phases.
type killing struct {
	*fleet
	source  *bulk
	conn    *pgx.Conn
	env     []string
	parked  string    // where the program says what stands where
	began   time.Time // when it was started
	rounds  int
	threads []thread
	park    string // what makes every run stand in its phase again
}

// start types the commands, one after the other, so that each run takes its point, and waits until all stand.
func (k *killing) start() {
	k.t.Helper()
	var points []string
	for _, p := range phases {
		points = append(points, p.stands())
	}
	k.up(k.parking(strings.Join(points, ","))...)
	alice := k.person("alice")
	var again []string
	for _, p := range phases {
		k.threads = append(k.threads, alice.types("sync run "+p.name))
		k.eventually(15*time.Second, "a run takes the point of "+p.name, func() error { return holds(k.parked, "takes\t"+p.stands()) })
		again = append(again, p.stands()+"@"+k.taker(p))
	}
	k.park = strings.Join(again, ",")
	k.stand()
}

// stands is the point of a phase, or one that nothing comes by.
func (p phase) stands() string {
	if p.point == "" {
		return p.name + " stands elsewhere"
	}
	return p.point
}

func (k *killing) parking(park string) []string {
	k.rounds, k.began = k.rounds+1, time.Now()
	k.parked = filepath.Join(k.dir, fmt.Sprint("parked", k.rounds))
	return append([]string{"PAWL_PARK=" + park, "PAWL_PARKED=" + k.parked}, k.env...)
}

// taker is the run that took the point of a phase.
func (k *killing) taker(p phase) string {
	k.t.Helper()
	text, err := os.ReadFile(k.parked)
	require.NoError(k.t, err)
	for _, line := range strings.Split(string(text), "\n") {
		if id, ok := strings.CutPrefix(line, "takes\t"+p.stands()+"\t"); ok {
			return id
		}
	}
	k.t.Fatalf("nobody took the point of %s", p.name)
	return ""
}

// again pulls the plug, and brings all back to where they stood.
func (k *killing) again() {
	k.t.Helper()
	k.kill()
	k.fleet.start(k.parking(k.park)...)
	k.stand()
}

// stand waits until every sync stands in its phase.
func (k *killing) stand() {
	k.t.Helper()
	for _, p := range phases {
		k.eventually(120*time.Second, p.name+" stands", func() error { return k.standing(p) })
	}
}

func (k *killing) standing(p phase) error {
	if p.name == inTheDatabase {
		var n int
		// Those of killed processes, which know nothing of it yet, do not count.
		err := k.conn.QueryRow(k.t.Context(), `SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND backend_start > $1`, k.began).Scan(&n)
		if err == nil && n == 0 {
			err = errors.New("nobody waits in the table")
		}
		return err
	}
	return holds(k.parked, "parks\t"+p.point)
}

// watch reads all tables over and over, on a connection that takes any wait for a lock as an error. The function it gives
// ends that and holds that nothing but whole tables was seen.
func (b *bulk) watch(t *testing.T, database string) func() {
	t.Helper()
	conn := connectTo(t, database+" options='-c lock_timeout=1ms'")
	stop, wrong, looks := make(chan struct{}), make(chan error, 1), 0
	go func() {
		tick := time.NewTicker(200 * time.Millisecond)
		defer tick.Stop()
		for ; ; looks++ {
			if err := b.halfSeen(t, conn, phases[looks%len(phases)].name); err != nil {
				wrong <- err
				return
			}
			select {
			case <-stop:
				wrong <- nil
				return
			case <-tick.C:
			}
		}
	}()
	return func() {
		t.Helper()
		close(stop)
		require.NoError(t, <-wrong)
		require.Greater(t, looks, 10*len(phases))
	}
}

func connectTo(t *testing.T, database string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), database)
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}
