package tables

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/job"
)

// A look says whether the rows would fit, and leaves nothing behind.
func TestALookSaysWhetherTheRowsFit(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const tables = `SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace`
	s := deals("id")
	there, err := w.open(s).Ready(t.Context())
	require.NoError(t, err)
	require.False(t, there)
	require.Equal(t, "0", w.get(tables))

	w.exec(`CREATE TABLE pipeline (id bigint PRIMARY KEY, "Stage" bigint)`)
	_, err = w.open(s).Ready(t.Context())
	requireFault(t, err, job.FaultOurs, `its column "Stage" is bigint and should be text`)
	w.exec(`ALTER TABLE pipeline ALTER "Stage" TYPE text`)
	there, err = w.open(s).Ready(t.Context())
	require.NoError(t, err)
	require.True(t, there)
	require.Equal(t, "2", w.get(tables), "the table and its index")
}
