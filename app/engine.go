package app

import (
	"context"
	"errors"
	"time"

	"github.com/pawl-ops/pawl/internal/engine"
	"github.com/pawl-ops/pawl/worker"
)

// startEngine starts the engine of this process, or finds one of somebody else. One that does not answer yet is waited
// for in the background, because looks work without it; an engine of our own that does not start is an error.
func (p *Pawl) startEngine(ctx context.Context) error {
	o := p.engineOptions()
	o.URL = p.URL()
	if p.opt.Roles.Engine && !o.Cluster() {
		e, err := engine.Start(ctx, o)
		if err != nil {
			return err
		}
		return p.begin(ctx, e)
	}
	err := p.find(ctx, o)
	if err == nil || hopeless(err) {
		return err
	}
	p.log.Warn().Err(err).Msg("the engine does not answer; looks work, everything else waits for it")
	p.beside(func(ctx context.Context) { p.findForEver(ctx, o) })
	return nil
}

// findForEver looks for the engine until it is found. What was made from it then goes on by itself, however often it
// goes away and comes back.
func (p *Pawl) findForEver(ctx context.Context, o engine.Options) {
	most := 30 * time.Second // a cluster may be far away and busy
	if !o.Cluster() {
		most = 250 * time.Millisecond // it is a look at this machine
	}
	for wait := 100 * time.Millisecond; ; wait = min(2*wait, most) {
		select {
		case <-ctx.Done():
			return
		case <-time.After(wait):
		}
		switch err := p.find(ctx, o); {
		case err == nil:
			return
		case hopeless(err):
			p.fail(err)
			return
		default:
			p.log.Debug().Err(err).Msg("looking for the engine")
		}
	}
}

// find reaches an engine that is not of this process, and begins to use it.
func (p *Pawl) find(ctx context.Context, o engine.Options) error {
	reach := engine.Join
	if o.Cluster() {
		reach = engine.Connect
	}
	dialing, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	e, err := reach(dialing, o)
	if err != nil {
		return err
	}
	return p.begin(ctx, e)
}

// begin takes the engine into use, or holds it while nothing may go on.
func (p *Pawl) begin(ctx context.Context, e *engine.Engine) error {
	if p.pause.Load() != nil {
		p.hold(ctx, e)
		return nil
	}
	return p.use(ctx, e)
}

// use takes the engine into use: what died with the process before goes on, then the worker begins, and at last the
// door is opened. On an error the engine is given back.
func (p *Pawl) use(ctx context.Context, e *engine.Engine) error {
	err := p.goes(ctx, e)
	n := 0
	if err == nil {
		n, err = e.Revive(ctx)
	}
	if err == nil && p.worker != nil {
		err = p.worker.begin(ctx, e)
	}
	if err != nil {
		return errors.Join(err, e.Stop(context.WithoutCancel(ctx)))
	}
	p.engine.Store(e)
	if p.door != nil {
		p.door.Connect(e.Client(), e.Namespace())
	}
	if e.Unclean() {
		p.log.Info().Int("activities", n).Msg("the last process ended without a word; what it did goes on")
	}
	return nil
}

// hopeless reports whether waiting mends nothing: only another program carries on what is under way.
func hopeless(err error) bool {
	var guard *worker.GuardError
	return errors.As(err, &guard)
}
