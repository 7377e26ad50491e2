package scripts_test

import (
	"bytes"
	"context"
	"database/sql"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/scripts"
)

func TestSeedMakesAShop(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "home", "shop.db")
	began := time.Now()
	require.NoError(t, scripts.Seed(t.Context(), path, 2000))
	t.Logf("2,000 orders took %s", time.Since(began))
	require.Equal(t, []string{"2000", "222", "12", "1333"}, query(t, path, `SELECT count(*) FROM orders UNION ALL SELECT count(*) FROM people
		UNION ALL SELECT count(*) FROM products UNION ALL SELECT count(*) FROM invoices`))
	require.Equal(t, []string{"ok"}, query(t, path, `PRAGMA integrity_check`))
	require.Empty(t, query(t, path, `PRAGMA foreign_key_check`), "every order is somebody's, every invoice is for an order")
	require.Equal(t, []string{"wal"}, query(t, path, `PRAGMA journal_mode`))
	require.Equal(t, []string{"0"}, query(t, path, `SELECT count(*) FROM people WHERE email NOT LIKE '%@customers.test'`))
	beside, err := os.ReadDir(filepath.Dir(path))
	require.NoError(t, err)
	for _, e := range beside {
		require.True(t, strings.HasPrefix(e.Name(), "shop.db") && !strings.Contains(e.Name(), scripts.Half), e.Name())
	}
}

func TestSeedIsTheSameEveryTimeAndLeavesWhatIsThere(t *testing.T) {
	t.Parallel()
	one, two := filepath.Join(t.TempDir(), "shop.db"), filepath.Join(t.TempDir(), "shop.db")
	require.NoError(t, scripts.Seed(t.Context(), one, 300))
	require.NoError(t, os.WriteFile(two+scripts.Half, []byte("left by a seed that was killed"), 0o600))
	require.NoError(t, scripts.Seed(t.Context(), two, 300))
	first, err := os.ReadFile(one)
	require.NoError(t, err)
	second, err := os.ReadFile(two)
	require.NoError(t, err)
	require.True(t, bytes.Equal(first, second))
	require.NoError(t, scripts.Seed(t.Context(), one, 7))
	again, err := os.ReadFile(one)
	require.NoError(t, err)
	require.True(t, bytes.Equal(first, again))
}

func TestSeedThatIsGivenUpLeavesNoDatabase(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	path := filepath.Join(t.TempDir(), "shop.db")
	require.ErrorIs(t, scripts.Seed(ctx, path, 300), context.Canceled)
	require.NoFileExists(t, path)
	require.Error(t, scripts.Seed(t.Context(), filepath.Join(t.TempDir(), "no file\x00"), 300))
}

// query returns the first column of every row.
func query(t *testing.T, path, statement string) []string {
	t.Helper()
	db := open(t, path)
	defer func() { require.NoError(t, db.Close()) }()
	rows, err := db.Query(statement)
	require.NoError(t, err, statement)
	defer func() { require.NoError(t, rows.Close()) }()
	columns, err := rows.Columns()
	require.NoError(t, err)
	values := make([]any, len(columns))
	for i := range values {
		values[i] = new(sql.NullString)
	}
	var all []string
	for rows.Next() {
		require.NoError(t, rows.Scan(values...))
		all = append(all, values[0].(*sql.NullString).String)
	}
	require.NoError(t, rows.Err())
	return all
}

func open(t *testing.T, path string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+(&url.URL{Path: path}).EscapedPath())
	require.NoError(t, err)
	db.SetMaxOpenConns(1)
	return db
}
