package backup_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/pawl-ops/pawl/internal/backup"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// data makes a data directory with two databases that are written to one after the other: first counts what was done, and
// second what was heard of it.
func data(t *testing.T) (dir string, first, second *sql.DB) {
	t.Helper()
	dir = t.TempDir()
	require.NoError(t, os.MkdirAll(filepath.Join(dir, "engine"), 0o700))
	open := func(name string) *sql.DB {
		db, err := sql.Open("sqlite", "file:"+filepath.Join(dir, name)+"?_pragma=busy_timeout(10000)&_pragma=journal_mode(WAL)")
		require.NoError(t, err)
		db.SetMaxOpenConns(1)
		t.Cleanup(func() { require.NoError(t, db.Close()) })
		_, err = db.Exec(`CREATE TABLE done (n INTEGER PRIMARY KEY, filler TEXT)`)
		require.NoError(t, err)
		return db
	}
	first, second = open("engine/main.db"), open("ledger.db")
	for name, content := range map[string]string{"engine/stamp.json": `{"engine":"1.2.3"}`, "engine/certificate.pem": "KEY", "slack-directory.json": "people"} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600))
	}
	return dir, first, second
}

func options(dir string) backup.Options {
	return backup.Options{
		Data: dir, Databases: []string{"engine/main.db", "engine/visibility.db", "ledger.db"}, Files: []string{"engine/stamp.json", "engine/address.json"},
		Pawl: "0.1.0", Left: []string{"Something is elsewhere."},
	}
}

func anything(backup.Manifest) error { return nil }

// While somebody writes to both, never to the second before the first, each backup is of one moment.
func TestABackupIsOneMomentOfAllDatabases(t *testing.T) {
	t.Parallel()
	dir, first, second := data(t)
	to := t.TempDir()
	ctx, over := context.WithCancel(t.Context())
	var writer sync.WaitGroup
	wrote := make(chan int, 1)
	writer.Go(func() {
		for n := 1; ctx.Err() == nil; n++ {
			for _, db := range []*sql.DB{first, second} {
				if _, err := db.Exec(`INSERT INTO done VALUES (?, ?)`, n, strings.Repeat("x", 2000)); err != nil {
					t.Error(err)
					return
				}
			}
			select {
			case wrote <- n:
			default:
			}
		}
	})
	for round := range 5 {
		for range 20 {
			<-wrote
		}
		taken, err := backup.Take(t.Context(), options(dir), filepath.Join(to, fmt.Sprint(round)))
		require.NoError(t, err)
		require.Less(t, taken.Blocked, 5*time.Second)
		back := filepath.Join(t.TempDir(), "back")
		m, err := backup.Restore(t.Context(), taken.Path, back, anything)
		require.NoError(t, err)
		require.Equal(t, taken.Manifest, m)
		a, b := last(t, back, "engine/main.db"), last(t, back, "ledger.db")
		require.GreaterOrEqual(t, a, 1)
		require.True(t, a == b || a == b+1, "the first knows %d, the second %d", a, b)
	}
	over()
	writer.Wait()
}

func last(t *testing.T, dir, name string) (n int) {
	t.Helper()
	db, err := sql.Open("sqlite", filepath.Join(dir, name))
	require.NoError(t, err)
	defer func() { require.NoError(t, db.Close()) }()
	require.NoError(t, db.QueryRow(`SELECT coalesce(max(n), 0) FROM done`).Scan(&n))
	return n
}

// A backup that was taken reads no more: nothing keeps a writer from folding its log.
func TestABackupLeavesNothingOpen(t *testing.T) {
	t.Parallel()
	dir, first, second := data(t)
	require.NoError(t, errors.Join(first.Close(), second.Close())) // SQLite keeps files open while its own process writes to them
	_, err := backup.Take(t.Context(), options(dir), t.TempDir())
	require.NoError(t, err)
	require.Zero(t, opened(t, dir))
}

// opened is how many files below a folder this process has open.
func opened(t *testing.T, dir string) (n int) {
	t.Helper()
	all, err := os.ReadDir("/proc/self/fd")
	require.NoError(t, err)
	for _, fd := range all {
		if path, err := os.Readlink(filepath.Join("/proc/self/fd", fd.Name())); err == nil && strings.HasPrefix(path, dir+"/") {
			n++
		}
	}
	return n
}

func TestWhatIsInABackup(t *testing.T) {
	t.Parallel()
	dir, _, _ := data(t)
	to := t.TempDir()
	taken, err := backup.Take(t.Context(), options(dir), to)
	require.NoError(t, err)
	require.Equal(t, to, filepath.Dir(taken.Path), "in a folder it gets its name from the time")
	info, err := os.Stat(taken.Path)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	all, err := os.ReadDir(to)
	require.NoError(t, err)
	require.Len(t, all, 1, "nothing is left beside it")
	m, err := backup.Check(t.Context(), taken.Path)
	require.NoError(t, err)
	var names []string
	for _, f := range m.Files {
		names = append(names, f.Name)
	}
	require.Equal(t, []string{"engine/stamp.json", "engine/main.db", "ledger.db"}, names)
	require.Equal(t, "1.2.3", m.Engine)
	require.Equal(t, []string{"Something is elsewhere."}, m.Left)

	again, err := backup.Take(t.Context(), options(dir), taken.Path)
	require.NoError(t, err, "one of the same name is replaced")
	require.Equal(t, taken.Path, again.Path)
}

func TestWhereABackupCannotGo(t *testing.T) {
	t.Parallel()
	dir, _, _ := data(t)
	letter := filepath.Join(t.TempDir(), "letter")
	require.NoError(t, os.WriteFile(letter, []byte("Dear Bob"), 0o600))
	for to, want := range map[string]string{
		letter:                              "is there and is no backup of Pawl, so it stays",
		filepath.Join(letter, "x"):          "looking at where the backup goes",
		filepath.Join(dir, "none", "x.tgz"): "there is no folder",
	} {
		_, err := backup.Take(t.Context(), options(dir), to)
		require.ErrorContains(t, err, want)
	}
	content, err := os.ReadFile(letter)
	require.NoError(t, err)
	require.Equal(t, "Dear Bob", string(content))
	_, err = backup.Take(t.Context(), options(t.TempDir()), t.TempDir())
	require.ErrorContains(t, err, "there is nothing of Pawl in")
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	to := t.TempDir()
	_, err = backup.Take(gone, options(dir), to)
	require.ErrorIs(t, err, context.Canceled)
	all, err := os.ReadDir(to)
	require.NoError(t, err)
	require.Empty(t, all, "nothing is left of what was interrupted")
}

func TestADatabaseThatIsDamagedIsNotBackedUp(t *testing.T) {
	t.Parallel()
	dir, first, _ := data(t)
	for n := range 200 {
		_, err := first.Exec(`INSERT INTO done VALUES (?, ?)`, n, strings.Repeat("x", 4000))
		require.NoError(t, err)
	}
	_, err := first.Exec(`PRAGMA wal_checkpoint(TRUNCATE)`)
	require.NoError(t, err)
	f, err := os.OpenFile(filepath.Join(dir, "engine/main.db"), os.O_WRONLY, 0)
	require.NoError(t, err)
	_, err = f.WriteAt(bytes.Repeat([]byte{0xff}, 8192), 4096)
	require.NoError(t, errors.Join(err, f.Close()))
	to := t.TempDir()
	_, err = backup.Take(t.Context(), options(dir), to)
	require.ErrorContains(t, err, "the copy of engine/main.db: ")
	all, err := os.ReadDir(to)
	require.NoError(t, err)
	require.Empty(t, all)
}

// Whatever byte of a backup is another one, or wherever it ends, it is not taken for whole.
func TestADamagedBackupIsKnown(t *testing.T) {
	t.Parallel()
	dir, _, _ := data(t)
	taken, err := backup.Take(t.Context(), options(dir), t.TempDir())
	require.NoError(t, err)
	good, err := os.ReadFile(taken.Path)
	require.NoError(t, err)
	bad := filepath.Join(t.TempDir(), "bad.tgz")
	for _, at := range []int{0, 1, 20, len(good) / 4, len(good) / 2, len(good) * 3 / 4, len(good) - 9} {
		flipped := bytes.Clone(good)
		flipped[at] ^= 0x5a
		for what, content := range map[string][]byte{"another byte": flipped, "cut off": good[:at]} {
			require.NoError(t, os.WriteFile(bad, content, 0o600))
			_, err := backup.Check(t.Context(), bad)
			require.Error(t, err, "%s at %d of %d", what, at, len(good))
		}
	}
}

// packed is an archive as somebody else might make one.
func packed(t *testing.T, files ...string) string {
	t.Helper()
	var b bytes.Buffer
	zip := gzip.NewWriter(&b)
	out := tar.NewWriter(zip)
	for i := 0; i < len(files); i += 2 {
		require.NoError(t, out.WriteHeader(&tar.Header{Name: files[i], Size: int64(len(files[i+1])), Mode: 0o600, Typeflag: tar.TypeReg}))
		_, err := out.Write([]byte(files[i+1]))
		require.NoError(t, err)
	}
	require.NoError(t, errors.Join(out.Close(), zip.Close()))
	path := filepath.Join(t.TempDir(), "made.tgz")
	require.NoError(t, os.WriteFile(path, b.Bytes(), 0o600))
	return path
}

func TestWhatIsNoBackupIsNotRestored(t *testing.T) {
	t.Parallel()
	const sum = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" // of nothing
	manifest := func(name string) string {
		return `{"format":1,"made":"2026-11-22T02:00:00Z","pawl":"0.1.0","files":[{"name":"` + name + `","size":0,"sha256":"` + sum + `"}]}`
	}
	for want, path := range map[string]string{
		"opening the backup":                filepath.Join(t.TempDir(), "none"),
		"it is no backup of Pawl":           packed(t, "letter", "Dear Bob"),
		"a newer Pawl made it (9.0.0)":      packed(t, "manifest.json", `{"format":2,"pawl":"9.0.0"}`),
		`"../x" is not what its manifest`:   packed(t, "manifest.json", manifest("../x"), "../x", ""),
		`"/etc/x" is not what its manifest`: packed(t, "manifest.json", manifest("/etc/x"), "/etc/x", ""),
		`"other" is not what its manifest`:  packed(t, "manifest.json", manifest("x"), "other", ""),
		"something follows":                 packed(t, "manifest.json", manifest("x"), "x", "", "y", ""),
		"it ends before x":                  packed(t, "manifest.json", manifest("x")),
	} {
		dir := filepath.Join(t.TempDir(), "back")
		_, err := backup.Restore(t.Context(), path, dir, anything)
		require.ErrorContains(t, err, want)
		if _, err := os.Stat(dir); err == nil {
			_, err = backup.Paused(dir)
			require.ErrorContains(t, err, "did not come to its end: empty the folder and restore again")
		}
	}
}

func TestARestoreReplacesNothingAndIsPaused(t *testing.T) {
	t.Parallel()
	dir, _, _ := data(t)
	taken, err := backup.Take(t.Context(), options(dir), t.TempDir())
	require.NoError(t, err)
	_, err = backup.Restore(t.Context(), taken.Path, dir, anything)
	require.ErrorContains(t, err, "is not empty, and a restore replaces nothing")
	back := t.TempDir()
	_, err = backup.Restore(t.Context(), taken.Path, back, func(m backup.Manifest) error { return fmt.Errorf("not with engine %s", m.Engine) })
	require.EqualError(t, err, "not with engine 1.2.3")
	all, err := os.ReadDir(back)
	require.NoError(t, err)
	require.Empty(t, all)

	_, err = backup.GoOn(back, "root", nil)
	require.ErrorContains(t, err, "is not paused")
	require.NoError(t, os.Mkdir(filepath.Join(back, "lost+found"), 0o700))
	_, err = backup.Restore(t.Context(), taken.Path, back, anything)
	require.NoError(t, err)
	mark, err := backup.Paused(back)
	require.NoError(t, err)
	require.True(t, mark.Holds())
	require.Equal(t, taken.Manifest.Made, mark.Made)
	require.NoFileExists(t, filepath.Join(back, "engine/certificate.pem"))
	require.NoFileExists(t, filepath.Join(back, "slack-directory.json"))

	_, err = backup.GoOn(back, "root", []string{"toy-k4m7q2"})
	require.NoError(t, err)
	mark, err = backup.Paused(back)
	require.NoError(t, err)
	require.False(t, mark.Holds())
	require.Equal(t, []string{"toy-k4m7q2"}, mark.Drop)
	doubted, err := backup.Doubted(back)
	require.NoError(t, err)
	require.Empty(t, doubted)
	require.NoError(t, backup.List(back, []string{"drill-4"}))
	listed, err := backup.Listed(back)
	require.NoError(t, err)
	require.Equal(t, []string{"drill-4"}, listed)
	mark.Open = []string{"toy-k4m7q2", "drill-4"}
	require.NoError(t, backup.Over(back, mark))
	require.NoError(t, backup.Over(back, mark), "twice is once")
	doubted, err = backup.Doubted(back)
	require.NoError(t, err)
	require.Equal(t, map[string]bool{"toy-k4m7q2": true, "drill-4": true}, doubted)
	mark, err = backup.Paused(back)
	require.NoError(t, err)
	require.Equal(t, backup.Pause{}, mark)
	listed, err = backup.Listed(back)
	require.NoError(t, err)
	require.Empty(t, listed)
}
