package app

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"syscall"
	"time"

	"github.com/pawl-ops/pawl/internal/engine"
)

// serveHealth answers /healthz (the process lives) and /readyz (it can do its work, or the reasons why not).
func (p *Pawl) serveHealth() error {
	l, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", p.opt.Listen)
	if errors.Is(err, syscall.EADDRINUSE) {
		if held := engine.Held(p.opt.Data); held != nil { // a second `pawl up` asks for the same port as the first
			return held
		}
		return fmt.Errorf("%s is in use by another program: end it, or give another address with --listen", p.opt.Listen)
	}
	if err != nil {
		return fmt.Errorf("listening on %s: %w", p.opt.Listen, err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "alive") })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		if err := p.Ready(r.Context()); err != nil {
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
			return
		}
		fmt.Fprintln(w, "ready")
	})
	p.listen = l
	p.health = &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	go func() {
		if err := p.health.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			p.fail(fmt.Errorf("serving /readyz: %w", err))
		}
	}()
	return nil
}

// URL is where /readyz answers.
func (p *Pawl) URL() string { return "http://" + p.listen.Addr().String() }

// Ready reports what keeps Pawl from its work; nil when it accepts commands and runs them.
func (p *Pawl) Ready(ctx context.Context) error {
	var missing []error
	if err := p.bridge.Ready(); err != nil {
		missing = append(missing, fmt.Errorf("slack: %w", err))
	}
	p.mu.Lock()
	e, working := p.engine, p.worker != nil
	p.mu.Unlock()
	switch {
	case e == nil || !working:
		missing = append(missing, errors.New("engine: not connected yet"))
	default:
		ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
		defer cancel()
		if err := e.Healthy(ctx); err != nil {
			missing = append(missing, fmt.Errorf("engine: %w", err))
		}
	}
	return errors.Join(missing...)
}
