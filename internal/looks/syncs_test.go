package looks_test

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/internal/ledger"
	"github.com/pawl-ops/pawl/internal/looks"
	"github.com/pawl-ops/pawl/job"
)

// syncLook answers one of the looks at two syncs, of which one was written at six and the other never.
func syncLook(t *testing.T, name, arg string, all ...string) string {
	t.Helper()
	l, err := ledger.Open(t.Context(), filepath.Join(t.TempDir(), "ledger.db"))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, l.Close()) })
	six := time.Date(2026, 11, 20, 6, 0, 0, 0, time.UTC)
	_, err = l.Record(t.Context(), ledger.Entry{
		At: six, Key: "k", Kind: ledger.KindSynced, Job: ledger.OfSync("deals"), Actor: job.Actor{Kind: job.Schedule},
		Data: job.Reconciled{Position: job.Position{Read: 4856, Written: 4856}, AsOf: six},
	})
	require.NoError(t, err)
	s := looks.Syncs{Ledger: l, Zone: time.UTC}
	for _, one := range all {
		s.All = append(s.All, job.Sync{Name: one, Title: "HubSpot " + one})
	}
	for _, look := range looks.OfSyncs(s) {
		if look.Spec.Name == name {
			m, err := look.Answer(t.Context(), looks.Request{Command: job.Command{Args: map[string]string{"sync": arg}}, Now: six.Add(time.Hour)})
			require.NoError(t, err)
			require.NotEmpty(t, m.Sentence)
			return m.Plain()
		}
	}
	t.Fatalf("there is no look %q", name)
	return ""
}

func TestSyncs(t *testing.T) {
	t.Parallel()
	list := "*deals* · up to date, 06:00 · 4,856 rows\n*invoices* · nothing fetched yet\n"
	full := "*HubSpot deals: up to date, 06:00*\n4,856 rows, none rejected.\n"
	require.Equal(t, list, syncLook(t, "sync", "", "deals", "invoices"))
	require.Equal(t, list, syncLook(t, "last sync", "", "deals", "invoices"))
	require.Equal(t, full, syncLook(t, "last sync", "", "deals"))
	require.Equal(t, full, syncLook(t, "last sync", "Deals", "deals", "invoices"))
	require.Equal(t, "*HubSpot deals*\n06:00 · 4,856 rows, none rejected\n", syncLook(t, "sync history", "deals", "deals", "invoices"))
	require.Equal(t, "*HubSpot invoices*\nIt was never fetched. To fetch it now: `sync run invoices`.\n", syncLook(t, "sync history", "invoices", "deals", "invoices"))
	require.Equal(t, "There is no sync `dealz`. Did you mean `deals`?\n", syncLook(t, "sync history", "dealz", "deals", "invoices"))
	require.Equal(t, "There is no sync `calendar`. There is `deals` and `invoices`.\n", syncLook(t, "last sync", "calendar", "deals", "invoices"))
	for _, look := range []string{"sync", "last sync", "sync history"} {
		require.Equal(t, "Nothing is fetched here; `syncs:` in pawl.yaml says what is.\n", syncLook(t, look, ""), look)
	}
}
