package files

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/job"
)

// TestALateAttemptWritesNothing is a process that was stopped between two calls and goes on when its successor has begun,
// has written, and has published.
func TestALateAttemptWritesNothing(t *testing.T) {
	t.Parallel()
	for _, next := range []string{"run-1", "run-2"} {
		for _, wakes := range []string{"begun", "written", "published"} {
			t.Run(next+" "+wakes, func(t *testing.T) {
				t.Parallel()
				s := deals(t, "deals.csv")
				whole(t, s, "run-0", row(int64(0), "old"))
				late := begin(t, s, "run-1", 1)
				write(t, late, false, row(int64(1), "first"))
				tries := func() {
					over := behind(late.at.Position, true, 1)
					require.ErrorIs(t, late.Write(t.Context(), []job.Row{row(int64(66), "late")}, over), job.ErrTakenOver)
					_, err := late.Begin(t.Context(), "run-1", 1)
					if wakes == "published" && next == "run-1" {
						require.NoError(t, err)
						return
					}
					require.ErrorIs(t, err, job.ErrTakenOver)
				}
				attempt := int64(1)
				want := "id,Stage\r\n2,second\r\n"
				if next == "run-1" {
					attempt, want = 2, "id,Stage\r\n1,first\r\n2,second\r\n"
				}
				now := begin(t, s, next, attempt)
				if wakes == "begun" {
					tries()
				}
				write(t, now, true, row(int64(2), "second"))
				if wakes == "written" {
					_, err := late.Publish(t.Context())
					require.ErrorIs(t, err, job.ErrTakenOver)
					if next == "run-1" {
						require.ErrorIs(t, late.Abandon(t.Context()), job.ErrTakenOver)
					}
					tries()
				}
				_, err := now.Publish(t.Context())
				require.NoError(t, err)
				if wakes == "published" {
					tries()
				}
				require.Equal(t, want, read(t, s))
			})
		}
	}
}

func TestAttemptsGoInOrder(t *testing.T) {
	t.Parallel()
	s := deals(t, "deals.csv")
	second := begin(t, s, "run-1", 2)
	late, err := Open(s)
	require.NoError(t, err)
	_, err = late.Begin(t.Context(), "run-1", 1)
	require.ErrorIs(t, err, job.ErrTakenOver)
	write(t, second, false, row(int64(1), "x"))
	same := begin(t, s, "run-1", 2)
	require.ErrorIs(t, second.Write(t.Context(), nil, behind(second.at.Position, false, 0)), job.ErrTakenOver)
	require.Equal(t, second.at, same.at)
	require.NoError(t, same.Abandon(t.Context()))
	require.NoError(t, same.Abandon(t.Context()))
	require.Equal(t, []string{"claim.json", "lock"}, beside(t, same))
	_, err = late.Begin(t.Context(), "run-1", 2)
	require.ErrorIs(t, err, job.ErrTakenOver)
	at, err := late.Begin(t.Context(), "run-1", 3)
	require.NoError(t, err)
	require.Equal(t, job.Position{}, at)
	require.NoError(t, late.Close())
}

// TestWhatACrashLeavesBehind begins again over files as a crash can leave them.
func TestWhatACrashLeavesBehind(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		leave func(f *File) error
		kept  bool // the page before it
	}{
		"a torn page": {func(f *File) error {
			_, err := f.rows.WriteAt([]byte("2,\"tor"), f.at.Bytes)
			return err
		}, true},
		"a torn position": {func(f *File) error {
			return os.WriteFile(f.placePath(f.holder), []byte(`{"bytes":17,`), 0o600)
		}, false},
		"an empty position":           {func(f *File) error { return os.Truncate(f.placePath(f.holder), 0) }, false},
		"less rows than the position": {func(f *File) error { return f.rows.Truncate(f.at.Bytes - 1) }, false},
		"half a position beside it": {func(f *File) error {
			return os.WriteFile(f.placePath(f.holder)+"."+f.holder, []byte(`{`), 0o600)
		}, true},
		"no rows": {func(f *File) error { return os.Remove(f.rowsPath(f.holder)) }, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := deals(t, "deals.csv")
			first := begin(t, s, "run-1", 1)
			write(t, first, false, row(int64(1), "first"))
			require.NoError(t, c.leave(first))
			second := begin(t, s, "run-1", 2)
			want := "id,Stage\r\n"
			if c.kept {
				require.Equal(t, first.at, second.at)
				want += "1,first\r\n"
			} else {
				require.Equal(t, job.Position{}, second.at.Position)
			}
			write(t, second, true, row(int64(2), "second"))
			_, err := second.Publish(t.Context())
			require.NoError(t, err)
			require.Equal(t, want+"2,second\r\n", read(t, s))
		})
	}
}

// TestACrashInPublishing stops before and behind the rename.
func TestACrashInPublishing(t *testing.T) {
	t.Parallel()
	for _, renamed := range []bool{false, true} {
		s := deals(t, "deals.csv")
		first := begin(t, s, "run-1", 1)
		write(t, first, true, row(int64(1), "first"))
		c, told, err := first.standing()
		require.NoError(t, err)
		r := first.would(c, told)
		c.State, c.Result = publishing, &r
		require.NoError(t, first.writeClaim(c))
		if renamed {
			require.NoError(t, os.Rename(first.rowsPath(first.holder), s.To.File))
		}
		second := begin(t, s, "run-1", 2)
		require.Equal(t, first.at.Position, second.at.Position)
		_, _, ok, err := second.Last(t.Context())
		require.NoError(t, err)
		require.Equal(t, renamed, ok)
		did, err := second.Publish(t.Context())
		require.NoError(t, err)
		require.Equal(t, r, did)
		require.Equal(t, "id,Stage\r\n1,first\r\n", read(t, s))
	}
}

func TestALockSaysWhoHasIt(t *testing.T) {
	t.Parallel()
	s := deals(t, "deals.csv")
	f := begin(t, s, "run-1", 1)
	f.lockWait = 50 * time.Millisecond
	require.NoError(t, f.locked(t.Context(), func() error {
		err := f.Write(t.Context(), nil, behind(f.at.Position, false, 0))
		requireFault(t, err, job.FaultOurs, fmt.Sprintf("Process %d holds the lock of %s and does not go on", os.Getpid(), s.To.File))
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		require.ErrorIs(t, f.Write(ctx, nil, behind(f.at.Position, false, 0)), context.Canceled)
		return nil
	}))
	write(t, f, true)
	require.NoError(t, os.WriteFile(f.claimPath(), []byte("{"), 0o600))
	_, err := f.Publish(t.Context())
	requireFault(t, err, job.FaultOurs, "is damaged: remove it, and deals starts over")
}

// child is this test binary as the process that is stopped or killed: it writes pages of 10 rows from where it may, and
// says so. Its standard input tells the attempt, and is the leash it dies on.
func child(target string) int {
	var attempt int64
	if _, err := fmt.Scan(&attempt); err != nil {
		return 1
	}
	f, err := Open(dealsInto(target))
	if err != nil {
		fmt.Println(err)
		return 1
	}
	said := 0
	err = writeAll(f, attempt, func(page int) {
		fmt.Println("page", page)
		// Between two pages: in the moments it holds the lock, its successor would wait for it in vain, and say so.
		if said++; attempt == stoppedOne && said == 3 {
			_ = syscall.Kill(os.Getpid(), syscall.SIGSTOP)
		}
	})
	if err != nil {
		fmt.Println(err)
		return 1
	}
	fmt.Println("published")
	return 0
}

const (
	pages      = 600
	stoppedOne = 5 // which attempt is stopped, and not killed
)

func writeAll(f *File, attempt int64, said func(page int)) error {
	ctx := context.Background()
	at, err := f.Begin(ctx, "run-1", attempt)
	for err == nil && !at.Over {
		rows := make([]job.Row, 10)
		for i := range rows {
			rows[i] = row(at.Written+int64(i), "x")
		}
		if at = behind(at, at.Pages+1 == pages, len(rows)); true {
			err = f.Write(ctx, rows, at)
			said(at.Pages)
		}
	}
	if err == nil {
		_, err = f.Publish(ctx)
	}
	return err
}

// TestProcessesThatAreKilledAndStopped lets processes write the same run, one killed after the other at any moment, one of
// them stopped and woken when all is over.
func TestProcessesThatAreKilledAndStopped(t *testing.T) {
	t.Parallel()
	s := deals(t, "deals.csv")
	start := func(attempt int) (*exec.Cmd, *strings.Builder, func(n int)) {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), "PAWL_FILES_CHILD="+s.To.File)
		cmd.Stdin = strings.NewReader(fmt.Sprintln(attempt))
		out, err := cmd.StdoutPipe()
		require.NoError(t, err)
		require.NoError(t, cmd.Start())
		t.Cleanup(func() { _ = cmd.Process.Kill() })
		said := &strings.Builder{}
		buffer := make([]byte, 1)
		return cmd, said, func(lines int) {
			for strings.Count(said.String(), "\n") < lines {
				if n, err := out.Read(buffer); n == 0 || err != nil {
					return
				}
				said.Write(buffer)
			}
		}
	}
	var stopped *exec.Cmd
	var stoppedSaid *strings.Builder
	var stoppedRead func(int)
	for attempt := 1; attempt <= 10; attempt++ {
		cmd, said, read := start(attempt)
		if attempt == stoppedOne {
			read(3)
			stopped, stoppedSaid, stoppedRead = cmd, said, read
			continue
		}
		read(3 + attempt%4)
		require.NoError(t, cmd.Process.Kill())
		require.Error(t, cmd.Wait())
	}
	f, err := Open(s)
	require.NoError(t, err)
	require.NoError(t, writeAll(f, 11, func(int) {}))
	before := read(t, s)
	require.NoError(t, stopped.Process.Signal(syscall.SIGCONT))
	stoppedRead(1 << 20)
	require.NoError(t, ignoreExit(stopped.Wait()))
	require.Contains(t, stoppedSaid.String(), job.ErrTakenOver.Error())

	want := "id,Stage\r\n"
	for i := range pages * 10 {
		want += fmt.Sprintf("%d,x\r\n", i)
	}
	require.Equal(t, want, before)
	require.Equal(t, before, read(t, s))
}

// ignoreExit leaves what is wrong apart from how a process ended.
func ignoreExit(err error) error {
	var ended *exec.ExitError
	if errors.As(err, &ended) {
		return nil
	}
	return err
}
