package app

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"sync/atomic"
	"time"

	"github.com/rs/zerolog"

	"github.com/pawl-ops/pawl/internal/engine"
	"github.com/pawl-ops/pawl/workflows/frame"
)

// Options say where Pawl finds its configuration and keeps its data. Ports may be 0.
type Options struct {
	Config    string // path of pawl.yaml; an engine alone does not read it
	Data      string // data directory
	Listen    string // where /readyz answers
	Socket    string // of the door for terminals; empty: pawl.sock in the data directory
	SlackHTTP string // where Slack may send signed requests; empty: everything comes by sockets
	UI        string // where Temporal's web page is shown; empty: nowhere
	Roles     Roles  // which parts of Pawl this process is; none: all
	Log       zerolog.Logger
}

// Pawl is one process: any of the roles engine, worker and bridge. Each is an object of its own that knows the others
// only through Temporal, the ledger and the door; here they are put together, started and stopped in order.
type Pawl struct {
	*house
	worker *workerRole // nil when it is not of this process
	bridge *bridgeRole // nil when it is not of this process

	held atomic.Pointer[engine.Engine] // the engine of a Pawl that is paused

	listen net.Listener
	health *http.Server
}

// New reads the configuration and puts the parts together. It starts nothing and talks to nobody; the ledger is opened.
func New(o Options, jobs ...frame.Definition) (*Pawl, error) {
	if o.Roles == (Roles{}) {
		o.Roles = allRoles()
	}
	p := &Pawl{house: newHouse(o, jobs)}
	if o.Roles == (Roles{Engine: true}) && p.engineOptions().Cluster() {
		return nil, fmt.Errorf("%s names a cluster, so there is no engine to run: start `pawl worker` and `pawl slackbridge`, or unset it", p.engineOptions().ClusterNamed())
	}
	if o.Roles.configured() {
		if err := p.configure(); err != nil {
			return nil, err
		}
	}
	if err := os.MkdirAll(o.Data, 0o700); err != nil {
		return nil, fmt.Errorf("making the data directory: %w", err)
	}
	if o.Roles.configured() {
		if err := p.connect(); err != nil {
			return nil, err
		}
	}
	if err := p.readPause(context.Background()); err != nil {
		return nil, errors.Join(err, p.close())
	}
	return p, nil
}

// Start brings everything up: the engine, what runs on it, and last the sockets, when there is something behind them.
// It does not wait for Slack, nor for an engine of somebody else: they may be away; Ready tells when they are there.
func (p *Pawl) Start(ctx context.Context) error {
	if err := p.serveHealth(); err != nil {
		return err
	}
	paused := p.pause.Load() != nil // when it is over, somebody else begins what is idle now
	err := p.startEngine(ctx)
	if err == nil && p.bridge != nil {
		err = p.bridge.start(context.WithoutCancel(ctx))
	}
	if err != nil {
		return errors.Join(err, p.Stop(context.WithoutCancel(ctx)))
	}
	if p.worker != nil && !paused {
		p.worker.idle()
	}
	p.beside(p.announce)
	return nil
}

// announce says once that everything is there, and why it took so long when it does.
func (p *Pawl) announce(ctx context.Context) {
	t := time.NewTicker(20 * time.Millisecond)
	defer t.Stop()
	for patience := time.Now().Add(5 * time.Second); ; {
		err := p.Ready(ctx)
		if err == nil {
			p.log.Info().Str("roles", p.opt.Roles.String()).Str("url", p.URL()).Str("ui", p.uiURL()).
				Dur("took", time.Since(p.began)).Msg("pawl is ready")
			return
		}
		if time.Now().After(patience) {
			p.log.Warn().Err(err).Msg("pawl is not ready yet")
			patience = time.Now().Add(time.Minute)
		}
		select {
		case <-ctx.Done():
			return
		case <-t.C:
		}
	}
}

// Stop ends in the order in which nothing is lost: no new commands, no new work, then the engine. It is safe to call
// after a Start that did not get far.
func (p *Pawl) Stop(ctx context.Context) error {
	p.leave()
	p.tasks.Wait()
	var errs []error
	if p.bridge != nil {
		errs = append(errs, p.bridge.stop(ctx))
	}
	if p.worker != nil {
		errs = append(errs, p.worker.stop(ctx))
	}
	for _, e := range []*engine.Engine{p.engine.Swap(nil), p.held.Swap(nil)} {
		if e != nil {
			errs = append(errs, e.Stop(ctx))
		}
	}
	errs = append(errs, p.close())
	if p.health != nil {
		errs = append(errs, p.health.Shutdown(ctx))
	}
	return errors.Join(errs...)
}

// Fatal gives the error after which this process cannot do its work any more.
func (p *Pawl) Fatal() <-chan error { return p.fatal }

func (p *Pawl) uiURL() string {
	if e := p.engine.Load(); e != nil {
		return e.UIURL()
	}
	return ""
}

func (p *Pawl) engineOptions() engine.Options {
	return engine.Options{Dir: p.opt.Data, Logger: p.log, UIAddr: p.opt.UI}
}
