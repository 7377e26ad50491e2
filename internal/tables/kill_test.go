package tables

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/job"
)

const (
	killPages  = 300
	killRows   = 20 // of a page
	stoppedOne = 4  // which attempt is stopped, and not killed
)

// child is this test binary as the process that is stopped or killed: it goes on with a run, page by page, and says so.
func child(dsn string) int {
	var run string
	var attempt int64
	if _, err := fmt.Scan(&run, &attempt); err != nil {
		return 1
	}
	said := 0
	err := writeAll(context.Background(), dsn, run, attempt, func(page int) {
		fmt.Println("page", page)
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

// writeAll is a whole run from wherever it stands. Every number comes twice, so that the key has something to do.
func writeAll(ctx context.Context, dsn, run string, attempt int64, said func(page int)) error {
	table, err := Open(ctx, job.NewSecret(dsn), deals("id"))
	if err != nil {
		return err
	}
	defer func() { _ = table.Close() }()
	at, err := table.Begin(ctx, run, attempt)
	for err == nil && !at.Over {
		rows := make([]job.Row, killRows)
		for i := range rows {
			rows[i] = row((at.Written+int64(i))/2, fmt.Sprint(run, " ", at.Written+int64(i)))
		}
		at = behind(at, len(rows))
		at.Over = at.Pages == killPages
		if err = table.Write(ctx, rows, at); err == nil {
			said(at.Pages)
		}
	}
	if err == nil {
		_, err = table.Publish(ctx)
	}
	return err
}

// TestProcessesThatAreKilledAndStopped lets processes write the same run, one killed after the other at any moment, one of
// them stopped and woken when the next run has written half of its pages.
func TestProcessesThatAreKilledAndStopped(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	type process struct {
		cmd  *exec.Cmd
		said *bufio.Scanner
	}
	start := func(run string, attempt int) process {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), "PAWL_TABLES_CHILD="+w.dsn)
		in, err := cmd.StdinPipe()
		require.NoError(t, err)
		out, err := cmd.StdoutPipe()
		require.NoError(t, err)
		require.NoError(t, cmd.Start())
		t.Cleanup(func() { _ = cmd.Process.Kill() })
		_, err = fmt.Fprintln(in, run, attempt)
		require.NoError(t, err)
		return process{cmd, bufio.NewScanner(out)}
	}
	var stopped process
	for attempt := 1; attempt <= 8; attempt++ {
		p := start("run-1", attempt)
		lines := 3 + attempt%3
		if attempt == stoppedOne {
			lines, stopped = 3, p // behind them it stops
		}
		for range lines {
			require.True(t, p.said.Scan())
		}
		if attempt != stoppedOne {
			require.NoError(t, p.cmd.Process.Kill())
			require.Error(t, p.cmd.Wait())
		}
	}
	require.NoError(t, writeAll(t.Context(), w.dsn, "run-1", 9, func(int) {}))
	require.Equal(t, []string{fmt.Sprintf("(%d,%d)", killPages*killRows/2, killPages*killRows/2)},
		w.lines(`SELECT count(*), count(*) FILTER (WHERE "Stage" = 'run-1 ' || id * 2 + 1) FROM pipeline`))

	woken := false
	require.NoError(t, writeAll(t.Context(), w.dsn, "run-2", 1, func(page int) {
		if page == killPages/2 {
			woken = true
			require.NoError(t, stopped.cmd.Process.Signal(syscall.SIGCONT))
			last := ""
			for stopped.said.Scan() {
				last = stopped.said.Text()
			}
			require.Contains(t, last, job.ErrTakenOver.Error())
			require.Error(t, stopped.cmd.Wait())
		}
	}))
	require.True(t, woken)
	require.Equal(t, []string{fmt.Sprintf("(%d,%d)", killPages*killRows/2, killPages*killRows/2)},
		w.lines(`SELECT count(*), count(*) FILTER (WHERE "Stage" = 'run-2 ' || id * 2 + 1) FROM pipeline`))
	require.Equal(t, "0", w.staged())
}
