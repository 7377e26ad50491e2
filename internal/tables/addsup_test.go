package tables

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/job"
)

// What does not add up is not published: records that nobody accounts for, and rows that the table swallows or makes up.
func TestWhatDoesNotAddUpIsNotPublished(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		prepare string
		read    int64
		says    string
	}{
		"a record is missing":  {read: 3, says: "records were lost"},
		"a trigger swallows":   {read: 2, says: "do not add up", prepare: `CREATE FUNCTION no() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'; CREATE TRIGGER no BEFORE INSERT ON pipeline FOR EACH ROW EXECUTE FUNCTION no()`},
		"a trigger adds a row": {read: 2, says: "would have 4 rows, and 3 were expected", prepare: `CREATE FUNCTION more() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN IF NEW.id < 100 THEN INSERT INTO pipeline VALUES (NEW.id + 100); END IF; RETURN NEW; END'; CREATE TRIGGER more BEFORE INSERT ON pipeline FOR EACH ROW WHEN (NEW.id = 2) EXECUTE FUNCTION more()`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.exec(`CREATE TABLE pipeline (id bigint, "Stage" text)`)
			w.exec(`INSERT INTO pipeline VALUES (9, 'as before')`)
			if c.prepare != "" {
				w.exec(c.prepare)
			}
			s := deals("id")
			w.exec(`CREATE UNIQUE INDEX ON pipeline (id)`)
			table := w.begin(s, "run-1", 1)
			to := job.Position{Pages: 1, Read: c.read, Written: 2, Over: true}
			require.NoError(t, table.Write(t.Context(), []job.Row{row(int64(1), "one"), row(int64(2), "two")}, to))
			_, err := table.Publish(t.Context())
			f := requireFault(t, err, job.FaultOurs, c.says)
			require.True(t, f.Final)
			require.Equal(t, []string{`(9,"as before")`}, w.lines(`SELECT * FROM pipeline`), "nothing was published")
			_, _, ok, err := table.Last(t.Context())
			require.NoError(t, err)
			require.False(t, ok)
		})
	}
}
