package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/pawl-ops/pawl/sandbox"
)

// How much is measured. All of it takes about seven minutes on two cores.
const (
	samples   = 100
	burst     = 200
	openRuns  = 100
	bootsOf   = 5
	killsOf   = 5
	costRuns  = 20
	backupsOf = 5
	deploysOf = 5
)

// limit ends a run that hangs.
const limit = 20 * time.Minute

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	ctx, cancel := context.WithTimeoutCause(ctx, limit, errors.New("the benchmark took too long"))
	defer cancel()
	only := flag.String("only", "", "measure only the phases with this in their name")
	count := flag.Int("rows", 1_000_000, "how many rows are synced into PostgreSQL, and a tenth of it before")
	size := flag.Int("page", 1000, "how many records a page of them has")
	flag.Parse()
	if err := run(ctx, *only, *count, *size); err != nil {
		fmt.Fprintf(os.Stderr, "bench: %v\n", err)
		os.Exit(1) //nolint:gocritic // everything was closed by run
	}
}

// phase is what is measured together. One in a world has a Pawl of its own beside it; the others need none.
type phase struct {
	name    string
	world   func(context.Context, *fleet, *table) error
	outside func(context.Context, *table) error
	change  func(*sandbox.Options)
}

func phases(count, size int) []phase {
	return []phase{
		{name: "one command after the other", world: quiet},
		{name: "many commands at once", world: crowded},
		{name: "starts with runs open", world: starts},
		{name: "kills under a running script", world: plugs},
		{name: "deploys", world: deploys, change: func(o *sandbox.Options) { o.Bake = "2s" }},
		{name: "rows", outside: func(ctx context.Context, t *table) error { return rows(ctx, count, size, t) }},
		{name: "parts", outside: parts},
	}
}

func run(ctx context.Context, only string, count, size int) (err error) {
	dir, err := os.MkdirTemp("", "pawl-bench-")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			fmt.Fprintf(os.Stderr, "bench: what pawl said is in %s\n", dir)
			return
		}
		err = os.RemoveAll(dir)
	}()
	wanted := slices.DeleteFunc(phases(count, size), func(p phase) bool { return !strings.Contains(p.name, only) })
	binary := filepath.Join(dir, "pawl")
	if slices.ContainsFunc(wanted, func(p phase) bool { return p.world != nil }) {
		say("building")
		build := exec.CommandContext(ctx, "go", "build", "-ldflags", "-s -w", "-o", binary, "github.com/pawl-ops/pawl/internal/bench/pawl")
		if out, err := build.CombinedOutput(); err != nil {
			return fmt.Errorf("building pawl: %w\n%s", err, out)
		}
	}
	began, before := time.Now(), load()
	var t table
	for _, p := range wanted {
		say(p.name)
		measured := p.outside
		if p.world != nil {
			measured = func(ctx context.Context, t *table) error {
				return measure(ctx, binary, filepath.Join(dir, p.name), t, p)
			}
		}
		if err := measured(ctx, &t); err != nil {
			return errors.Join(fmt.Errorf("%s: %w", p.name, err), t.print(os.Stdout, began, before))
		}
	}
	return t.print(os.Stdout, began, before)
}

// measure runs a phase in a world of its own.
func measure(ctx context.Context, binary, dir string, t *table, p phase) error {
	f, err := newFleet(ctx, binary, dir, p.change)
	if err != nil {
		return err
	}
	defer f.close()
	if _, err := f.up(ctx); err != nil {
		return err
	}
	return p.world(ctx, f, t)
}

func say(what string) { fmt.Fprintf(os.Stderr, "bench: %s ...\n", what) }

func quiet(ctx context.Context, f *fleet, t *table) error {
	if err := boots(ctx, f, t, "no run open"); err != nil {
		return err
	}
	each, idle, err := cost(ctx, f, costRuns)
	if err != nil {
		return err
	}
	t.add("processor time of a run", short(each), "", "", fmt.Sprintf("%d runs of one step, from the command to the last message; user and system", costRuns))
	t.add("processor time of idling", short(idle)+"/s", "", "", "5 s, taken off the line above")
	bare, err := newFloor(ctx, f.data())
	if err != nil {
		return err
	}
	defer bare.close()
	p, err := oneByOne(ctx, f, bare, samples)
	if err != nil {
		return err
	}
	t.pair("Slack event -> board accepted", p, "3 x", "one by one, by Slack's own stamps")
	return memory(f, t, "memory, after these runs")
}

func crowded(ctx context.Context, f *fleet, t *table) error {
	bare, err := newFloor(ctx, f.data())
	if err != nil {
		return err
	}
	defer bare.close()
	p, turned, err := atOnce(ctx, f, bare, burst)
	if err != nil {
		return err
	}
	t.pair("Slack event -> board about to be posted", p, "", "all at once; then Slack takes four a second")
	if turned > 0 {
		t.add("  told to try again", fmt.Sprint(turned), "", "0", "nothing was started for them")
	}
	return nil
}

func starts(ctx context.Context, f *fleet, t *table) error {
	if err := park(ctx, f, openRuns); err != nil {
		return err
	}
	open := fmt.Sprintf("%d runs open", openRuns)
	if err := boots(ctx, f, t, open); err != nil {
		return err
	}
	b, err := boot(ctx, f, syscall.SIGTERM, bootsOf, func() error {
		err := os.Remove(filepath.Join(f.data(), "engine", "program"))
		if errors.Is(err, fs.ErrNotExist) {
			err = nil
		}
		return err
	})
	if err != nil {
		return err
	}
	t.times("start -> ready, "+open+", another build", b, 1, "1.5 s", "the same, and every open run is replayed")
	took, size, err := backups(ctx, f, backupsOf)
	if err != nil {
		return err
	}
	t.times("pawl backup, "+open, took, 1, "", fmt.Sprintf("%d backups of %.1f MiB, while Pawl runs; each is read again and checked", backupsOf, float64(size)/(1<<20)))
	return memory(f, t, "memory, "+open)
}

func plugs(ctx context.Context, f *fleet, t *table) error {
	moved, err := kills(ctx, f, killsOf)
	if err != nil {
		return err
	}
	t.times("start after kill -9 -> board moves", moved, 1, "3 s", fmt.Sprintf("%d kills under a running script", killsOf))
	return nil
}

// boots adds the starts after both ends a process can have.
func boots(ctx context.Context, f *fleet, t *table, open string) error {
	for _, end := range []struct {
		name   string
		signal os.Signal
	}{{"SIGTERM", syscall.SIGTERM}, {"kill -9", syscall.SIGKILL}} {
		b, err := boot(ctx, f, end.signal, bootsOf, nil)
		if err != nil {
			return err
		}
		t.times(fmt.Sprintf("start after %s -> ready, %s", end.name, open), b, 1, "1.5 s",
			fmt.Sprintf("%d starts, until /readyz says that sockets are open and the worker polls", bootsOf))
	}
	return nil
}

func memory(f *fleet, t *table, what string) error {
	mib, err := resident(f.proc.Process.Pid)
	if err != nil {
		return err
	}
	t.add(what, fmt.Sprintf("%d MiB", mib), "", "", "resident")
	return nil
}
