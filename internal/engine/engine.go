package engine

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/rs/zerolog"
	"go.temporal.io/sdk/client"

	"github.com/pawl-ops/pawl/internal/lives"
)

// Engine is a running Temporal as Pawl uses it: the embedded server of Start,
// the one of another process (Join), or the cluster of Connect.
type Engine struct {
	client    client.Client
	namespace string
	logger    zerolog.Logger

	// The rest belongs to an embedded engine, of this process or of another.
	dir       string      // the engine's own folder in the data directory; empty on a cluster
	program   string      // the identity of this build; empty when it has none
	identity  string      // how this process signs what it does
	freeSpace uint64      //
	joined    bool        // another process has it
	life      *lives.Life // what tells that process that this one works for it

	// And this to one of this process.
	server  server
	lock    *lives.Holding
	uiURL   string
	unclean bool
	mourn   context.CancelFunc
	mourner sync.WaitGroup

	stop    sync.Once
	stopErr error
}

// server is the embedded server; builds with the tag slim have none.
type server interface {
	// busyRuns reads from the server's own store the runs that have not ended
	// and have activities under way.
	busyRuns(ctx context.Context) ([]execution, error)
	stop(ctx context.Context) error
}

// execution names one run of one workflow.
type execution struct {
	workflowID, runID string
}

const runningFile = "running"

// Start starts a Temporal server inside this process on the data directory
// o.Dir and returns when it answers, about half a second later on an existing
// directory. Nothing polls yet: call Revive and the upgrade guard first, then
// start the workers.
//
// It returns a *lives.HeldError when another process has the directory and a
// *VersionError when the data was made by another engine.
func Start(ctx context.Context, o Options) (_ *Engine, err error) {
	o, err = o.forStart()
	if err != nil {
		return nil, err
	}
	program := identify()
	if err := os.MkdirAll(o.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("making the data directory: %w", err)
	}
	l, err := lives.Hold(o.Dir) // two servers on one SQLite file would destroy it
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			l.Release()
		}
	}()
	e := &Engine{
		namespace: o.Namespace,
		logger:    o.Logger,
		dir:       filepath.Join(o.Dir, "engine"),
		lock:      l,
		program:   program,
		identity:  fmt.Sprintf("pawl-%d-%x", os.Getpid(), time.Now().UnixNano()),
		freeSpace: o.FreeSpace,
	}
	if err := e.boot(ctx, o); err != nil {
		return nil, fmt.Errorf("starting the engine: %w", err)
	}
	if o.URL == "" {
		o.URL = e.uiURL
	}
	if err := l.Announce(o.URL); err != nil {
		return nil, errors.Join(err, e.Stop(context.WithoutCancel(ctx)))
	}
	mourning, end := context.WithCancel(context.WithoutCancel(ctx))
	e.mourn = end
	e.mourner.Go(func() { e.lookAfterWorkers(mourning) })
	return e, nil
}

// boot brings the server up in a directory that is ours.
func (e *Engine) boot(ctx context.Context, o Options) (err error) {
	if err := prepare(e.dir, o); err != nil {
		return err
	}
	id, err := loadIdentity(e.dir, time.Now())
	if err != nil {
		return err
	}
	at, err := readAddress(e.dir)
	if err != nil {
		return err
	}
	at.Namespace = o.Namespace
	var held ports
	if err := held.reserve(&at); err != nil {
		return err
	}
	defer held.release()
	if e.unclean, err = markRunning(e.dir); err != nil {
		return err
	}
	e.server, e.uiURL, err = launch(e.dir, &at, id, &held, o)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, e.server.stop(context.WithoutCancel(ctx)))
		}
	}()
	if err := at.write(e.dir); err != nil {
		return err
	}
	if e.client, err = e.dial(ctx, at, id); err != nil {
		return err
	}
	if err := ensureAttributes(ctx, e.client, e.namespace); err != nil {
		e.client.Close()
		return err
	}
	return nil
}

// dial connects to the server that was just started. The ports are open by
// then, but the frontend may need another moment before it takes requests.
func (e *Engine) dial(ctx context.Context, at address, id *identity) (client.Client, error) {
	ctx, cancel := context.WithTimeout(ctx, 15*time.Second)
	defer cancel()
	o := clientOptions(at, id, e.logger)
	o.Identity = e.identity
	// One connection, asked until it answers: a handshake for each question
	// would keep the server from coming up.
	c, err := client.NewLazyClient(o)
	if err != nil {
		return nil, fmt.Errorf("connecting to the server: %w", err)
	}
	retry := time.NewTicker(5 * time.Millisecond)
	defer retry.Stop()
	for {
		if _, err = c.CheckHealth(ctx, &client.CheckHealthRequest{}); err == nil {
			return c, nil
		}
		select {
		case <-ctx.Done():
			c.Close()
			return nil, fmt.Errorf("waiting for the server to answer: %w", err)
		case <-retry.C:
		}
	}
}

// Client is the connection to Temporal. Stop closes it: stop the workers that
// use it first.
func (e *Engine) Client() client.Client { return e.client }

// Namespace is the Temporal namespace of all runs.
func (e *Engine) Namespace() string { return e.namespace }

// UIURL is the address of Temporal's web page, or empty when this engine does
// not show one.
func (e *Engine) UIURL() string { return e.uiURL }

// Identity is how Temporal shows what this process does; empty on a cluster.
func (e *Engine) Identity() string { return e.identity }

// Unclean reports whether the process that had the data directory before this
// one ended without Stop: killed, crashed, or out of power. Lists of runs may
// then be behind the truth for a moment.
func (e *Engine) Unclean() bool { return e.unclean }

// Stop ends the engine when it is in this process, which takes about a second,
// and gives the data directory back; any other is only left. It returns ctx's
// error when ctx ends first; the data is safe then too, as it is after a kill.
// Later calls do nothing and return the same.
func (e *Engine) Stop(ctx context.Context) error {
	e.stop.Do(func() { e.stopErr = e.shutDown(ctx) })
	return e.stopErr
}

func (e *Engine) shutDown(ctx context.Context) error {
	if e.mourn != nil {
		e.mourn()
		e.mourner.Wait()
	}
	e.client.Close()
	if e.life != nil {
		// What the worker could not finish is ended by the engine's process.
		return e.life.Leave()
	}
	if e.server == nil {
		return nil
	}
	if err := e.server.stop(ctx); err != nil {
		// The server still has the files, so the lock stays until this process
		// ends, and the next start sees that this one did not end well.
		return fmt.Errorf("stopping the engine: %w", err)
	}
	err := os.Remove(filepath.Join(e.dir, runningFile))
	e.lock.Release()
	if err != nil {
		return fmt.Errorf("stopping the engine: %w", err)
	}
	return nil
}

// markRunning leaves a file that a clean stop removes, and reports whether an
// earlier one was left behind.
func markRunning(dir string) (unclean bool, err error) {
	f, err := os.OpenFile(filepath.Join(dir, runningFile), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, os.ErrExist) {
		return true, nil
	}
	if err != nil {
		return false, fmt.Errorf("marking the engine as running: %w", err)
	}
	return false, f.Close()
}
