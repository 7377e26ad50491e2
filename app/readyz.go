package app

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"syscall"
	"time"

	"github.com/pawl-ops/pawl/internal/lives"
)

// sayReady is the whole answer of a process that lacks nothing.
const sayReady = "ready"

// serveHealth answers /healthz (the process lives) and /readyz (it can do its work, or the reasons why not).
func (p *Pawl) serveHealth() error {
	l, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", p.opt.Listen)
	if errors.Is(err, syscall.EADDRINUSE) {
		if held := lives.Held(p.opt.Data); held != nil && p.opt.Roles.Engine { // a second `pawl up` asks for the same port as the first
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
		missing, without := p.state(r.Context())
		switch {
		case missing != nil:
			http.Error(w, missing.Error(), http.StatusServiceUnavailable)
		case without != nil:
			fmt.Fprintf(w, "ready, but what needs the engine has to wait\n%v\n", without)
		default:
			fmt.Fprintln(w, sayReady)
		}
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

// Ready reports what keeps this process from its work; nil when each of its roles can do its own. A bridge can without
// an engine: it answers looks, and tells everybody else how it stands.
func (p *Pawl) Ready(ctx context.Context) error {
	missing, _ := p.state(ctx)
	return missing
}

// state gives what is missing, and what could be done without so far.
func (p *Pawl) state(ctx context.Context) (missing, without error) {
	var errs []error
	if p.bridge != nil {
		errs = append(errs, p.bridge.ready())
	}
	away := p.working(ctx)
	mark := p.pause.Load()
	switch {
	case mark != nil:
		errs = append(errs, &pausedError{*mark})
	case !p.opt.Roles.Engine && p.worker == nil:
		without = away
	case away != nil:
		errs = append(errs, away)
	case p.worker != nil:
		errs = append(errs, p.worker.ready())
	}
	return errors.Join(errs...), without
}
