package app

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/pawl-ops/pawl/activities"
	"github.com/pawl-ops/pawl/internal/config"
	"github.com/pawl-ops/pawl/internal/engine"
	"github.com/pawl-ops/pawl/internal/ledger"
	"github.com/pawl-ops/pawl/internal/looks"
	"github.com/pawl-ops/pawl/internal/sshrun"
	"github.com/pawl-ops/pawl/slackbridge"
	"github.com/pawl-ops/pawl/starter"
	"github.com/pawl-ops/pawl/worker"
	"github.com/pawl-ops/pawl/workflows/frame"
	"github.com/rs/zerolog"
)

// Options say where Pawl finds its configuration and keeps its data. Ports may be 0.
type Options struct {
	Config string // path of pawl.yaml
	Data   string // data directory
	Listen string // where /readyz answers
	UI     string // where Temporal's web page is shown; empty: nowhere
	Log    zerolog.Logger
}

// Pawl is everything of one process: door, bot, worker and engine.
type Pawl struct {
	opt    Options
	jobs   []frame.Definition
	cfg    *config.Config
	ledger *ledger.Ledger
	remote *sshrun.Runner
	door   *starter.Starter
	looks  map[string]looks.Look
	bridge *slackbridge.Bridge
	acts   *activities.Activities

	listen net.Listener
	health *http.Server
	sweep  context.CancelFunc
	fatal  chan error
	began  time.Time
	tasks  sync.WaitGroup

	mu     sync.Mutex
	engine *engine.Engine
	worker *worker.Worker
}

// New reads the configuration and puts the parts together. It starts nothing and talks to nobody; the ledger is opened.
func New(o Options, jobs ...frame.Definition) (*Pawl, error) {
	p := &Pawl{opt: o, jobs: jobs, fatal: make(chan error, 8), began: time.Now()}
	if err := p.configure(); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(o.Data, 0o700); err != nil {
		return nil, fmt.Errorf("making the data directory: %w", err)
	}
	if err := p.connect(); err != nil {
		return nil, err
	}
	return p, nil
}

// Start brings everything up: the engine, what runs on it, and last the sockets, when there is something behind them.
// It does not wait for Slack, which may be away; Ready tells when it is there.
func (p *Pawl) Start(ctx context.Context) error {
	if err := p.serveHealth(); err != nil {
		return err
	}
	if err := p.startEngine(ctx); err != nil {
		return errors.Join(err, p.Stop(context.WithoutCancel(ctx)))
	}
	if err := p.bridge.Start(context.WithoutCancel(ctx)); err != nil {
		return errors.Join(err, p.Stop(context.WithoutCancel(ctx)))
	}
	sweeping, stop := context.WithCancel(context.WithoutCancel(ctx))
	p.sweep = stop
	p.tasks.Add(1)
	go func() { defer p.tasks.Done(); p.sweepForEver(sweeping) }()
	p.tasks.Add(1)
	go func() { defer p.tasks.Done(); p.announce(sweeping) }()
	return nil
}

// announce says once that everything is there, and why it took so long when it does.
func (p *Pawl) announce(ctx context.Context) {
	t := time.NewTicker(20 * time.Millisecond)
	defer t.Stop()
	for patience := time.Now().Add(5 * time.Second); ; {
		err := p.Ready(ctx)
		if err == nil {
			p.opt.Log.Info().Str("url", p.URL()).Str("ui", p.uiURL()).Dur("took", time.Since(p.began)).Msg("pawl is ready")
			return
		}
		if time.Now().After(patience) {
			p.opt.Log.Warn().Err(err).Msg("pawl is not ready yet")
			patience = time.Now().Add(time.Minute)
		}
		select {
		case <-ctx.Done():
			return
		case <-t.C:
		}
	}
}

// startEngine starts or joins the engine, and the worker on it. A cluster that does not answer yet is waited for in the
// background, because looks work without it; an engine of our own that does not start is an error.
func (p *Pawl) startEngine(ctx context.Context) error {
	o := engine.Options{Dir: p.opt.Data, Logger: p.opt.Log, UIAddr: p.opt.UI, URL: p.URL()}
	if !o.Cluster() {
		e, err := engine.Start(ctx, o)
		if err != nil {
			return err
		}
		return p.work(ctx, e)
	}
	e, err := engine.Connect(ctx, o)
	if err == nil {
		return p.work(ctx, e)
	}
	p.opt.Log.Warn().Err(err).Msg("the engine does not answer; looks work, commands are told to wait")
	p.tasks.Add(1)
	go func() {
		defer p.tasks.Done()
		for wait := time.Second; ; wait = min(2*wait, 30*time.Second) {
			select {
			case <-ctx.Done():
				return
			case <-time.After(wait):
			}
			if e, err := engine.Connect(ctx, o); err == nil {
				if err := p.work(ctx, e); err != nil {
					p.fail(err)
				}
				return
			}
		}
	}()
	return nil
}

// work checks that this program can carry on what is open, unless it did so last, revives what a dead process left
// started, and begins.
func (p *Pawl) work(ctx context.Context, e *engine.Engine) error {
	p.acts.Client = e.Client()
	wo := p.workerOptions()
	if e.Upgraded() {
		if err := worker.Guard(ctx, e.Client(), wo); err != nil {
			return errors.Join(err, e.Stop(context.WithoutCancel(ctx)))
		}
	}
	if err := e.Adopt(); err != nil {
		return errors.Join(err, e.Stop(context.WithoutCancel(ctx)))
	}
	n, err := e.Revive(ctx)
	if err != nil {
		return errors.Join(err, e.Stop(context.WithoutCancel(ctx)))
	}
	w := worker.New(e.Client(), wo)
	if err := w.Start(); err != nil {
		return errors.Join(err, e.Stop(context.WithoutCancel(ctx)))
	}
	p.mu.Lock()
	p.engine, p.worker = e, w
	p.mu.Unlock()
	p.door.Connect(e.Client(), e.Namespace())
	if e.Unclean() {
		p.opt.Log.Info().Int("activities", n).Msg("the last process ended without a word; what it did goes on")
	}
	return nil
}

// Stop ends in the order in which nothing is lost: no new commands, no new work, then the engine. It is safe to call
// after a Start that did not get far.
func (p *Pawl) Stop(ctx context.Context) error {
	var errs []error
	if p.sweep != nil {
		p.sweep()
	}
	errs = append(errs, p.bridge.Drain(ctx))
	p.mu.Lock()
	w, e := p.worker, p.engine
	p.worker, p.engine = nil, nil
	p.mu.Unlock()
	if w != nil {
		errs = append(errs, w.Drain(ctx))
	}
	if e != nil {
		errs = append(errs, e.Stop(ctx))
	}
	p.tasks.Wait()
	p.remote.Close()
	errs = append(errs, p.ledger.Close())
	if p.health != nil {
		errs = append(errs, p.health.Shutdown(ctx))
	}
	return errors.Join(errs...)
}

// Fatal gives the error after which this process cannot do its work any more.
func (p *Pawl) Fatal() <-chan error { return p.fatal }

func (p *Pawl) fail(err error) {
	select {
	case p.fatal <- err:
	default:
	}
}

func (p *Pawl) uiURL() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.engine == nil {
		return ""
	}
	return p.engine.UIURL()
}

func (p *Pawl) file(name string) string { return filepath.Join(p.opt.Data, name) }
