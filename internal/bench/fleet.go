package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"github.com/rs/zerolog"

	"github.com/pawl-ops/pawl/sandbox"
)

// fleet is a world of its own with a real Pawl beside it, as production has it: its own process, default timers, and
// Slack's published limits.
type fleet struct {
	world  *sandbox.World
	slack  *slackWatch
	binary string
	dir    string
	listen string
	proc   *exec.Cmd
	log    *os.File
}

// newFleet opens a world, changed unless change is nil. Pawl is not started yet.
func newFleet(ctx context.Context, binary, dir string, change func(*sandbox.Options)) (_ *fleet, err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	f := &fleet{binary: binary, dir: dir}
	defer func() {
		if err != nil {
			f.close()
		}
	}()
	if f.listen, err = freeAddr(ctx); err != nil {
		return nil, err
	}
	if f.log, err = os.Create(filepath.Join(dir, "pawl.log")); err != nil {
		return nil, err
	}
	o := sandbox.Options{
		Dir: filepath.Join(dir, "world"), Listen: "127.0.0.1:0", Exe: binary, Orders: 1000, Extra: ", bench", Log: zerolog.Nop(),
	}
	if change != nil {
		change(&o)
	}
	f.world, err = sandbox.Open(o)
	if err != nil {
		return nil, fmt.Errorf("opening the world: %w", err)
	}
	<-f.world.Seeded()
	f.slack, err = watchSlack(ctx, f.world.URL)
	return f, err
}

func freeAddr(ctx context.Context) (string, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("looking for a free port: %w", err)
	}
	defer l.Close()
	return l.Addr().String(), nil
}

func (f *fleet) data() string { return filepath.Join(f.dir, "data") }

// up starts Pawl and returns how long it took until it takes commands and runs them.
func (f *fleet) up(ctx context.Context) (time.Duration, error) {
	cmd := exec.Command(f.binary, "up", "--config", f.world.Config, "--data", f.data(), "--listen", f.listen) //nolint:noctx // it is killed at a moment of our choosing
	cmd.Env = append(f.world.Env(os.Environ()), "PAWL_BENCH_HOST="+f.world.Hosts.Host("db-master").Address())
	cmd.Stdout, cmd.Stderr = f.log, f.log
	began := time.Now()
	if err := cmd.Start(); err != nil {
		return 0, fmt.Errorf("starting pawl: %w", err)
	}
	f.proc = cmd
	err := until(ctx, 30*time.Second, 5*time.Millisecond, "pawl is ready", func() error { return f.ready(ctx) })
	return time.Since(began), err
}

func (f *fleet) ready(ctx context.Context) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+f.listen+"/readyz", http.NoBody)
	if err != nil {
		return err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err == nil && res.StatusCode != http.StatusOK {
		err = errors.New(string(text))
	}
	return err
}

// end sends Pawl a signal and waits until its process is gone.
func (f *fleet) end(signal os.Signal) error {
	if f.proc == nil {
		return nil
	}
	cmd := f.proc
	f.proc = nil
	http.DefaultClient.CloseIdleConnections()
	if err := cmd.Process.Signal(signal); err != nil {
		return fmt.Errorf("ending pawl: %w", err)
	}
	var exit *exec.ExitError
	if err := cmd.Wait(); err != nil && !errors.As(err, &exit) {
		return fmt.Errorf("waiting for the end of pawl: %w", err)
	}
	return nil
}

// close ends everything, the scripts on the world's hosts included.
func (f *fleet) close() {
	_ = f.end(syscall.SIGKILL)
	if f.slack != nil {
		f.slack.close()
	}
	if f.world != nil {
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		_ = f.world.Hosts.StopAll(ctx)
		f.world.Close(ctx)
	}
	if f.log != nil {
		_ = f.log.Close()
	}
}

// until asks every so often whether something is so, and says after a while what was missing.
func until(ctx context.Context, within, every time.Duration, what string, so func() error) error {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		err := so()
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("waiting %s until %s: %w", within, what, err)
		case <-tick.C:
		}
	}
}
