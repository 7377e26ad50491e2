package traffic

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"time"

	"github.com/pawl-ops/pawl/job"
)

// How long scripts may take, and how much they may print.
const (
	lookWithin   = 10 * time.Second
	switchWithin = 40 * time.Second // who else switches is waited for 10 s, nginx' new workers 15 s
	mostPrinted  = 64 << 10
)

// run runs the script of a kind on the host of its load balancer.
func (b *Balancers) run(ctx context.Context, t job.Traffic, within time.Duration, args map[string]string) (said, error) {
	s := job.Script{Name: "traffic", Host: t.Host, Args: map[string]string{"key": t.Key, "host": t.Host.Name, "map": t.Map}}
	switch t.Kind {
	case job.TrafficHAProxy:
		s.Body, s.Args["socket"] = b.o.HAProxy, t.Socket
	case job.TrafficNginx:
		s.Body, s.Args["program"] = b.o.Nginx, t.Program
	case job.TrafficScript:
		s.Body = t.Script
	default:
		return said{}, fmt.Errorf("there is no kind of load balancer %q", t.Kind)
	}
	maps.Copy(s.Args, args)
	printed, exit, err := b.o.Scripts.Look(ctx, s, within, mostPrinted)
	if err != nil {
		return said{}, err
	}
	return hear(printed, exit), nil
}

// look runs a script that says who serves users.
func (b *Balancers) look(ctx context.Context, t job.Traffic, doing string, within time.Duration, args map[string]string) (string, error) {
	s, err := b.run(ctx, t, within, args)
	if err == nil {
		err = s.trouble()
	}
	if err != nil {
		return "", fmt.Errorf("%s: %w", doing, err)
	}
	if s.active == "" {
		return "", fmt.Errorf("%s: it did not say", doing)
	}
	name := s.active
	if t.Kind != job.TrafficScript {
		name = instanceOf(t, s.active)
	}
	if s.called != "" && s.called != name {
		return "", fmt.Errorf("%s: its file calls %s %s, but that is the address of %s", doing, s.active, s.called, name)
	}
	return name, nil
}

// about runs a script that says something about one instance.
func (b *Balancers) about(ctx context.Context, t job.Traffic, action, instance string) (said, error) {
	doing := fmt.Sprintf("asking %s about %s", t.Host.Name, instance)
	backend, known := backendOf(t, instance)
	switch {
	case t.Zero() || !known:
		return said{}, fmt.Errorf("%s: pawl.yaml does not say what it is called there", doing)
	case t.Kind == job.TrafficHAProxy && t.Socket == "":
		return said{}, fmt.Errorf("%s: pawl.yaml names no `socket` to ask", doing)
	}
	s, err := b.run(ctx, t, lookWithin, map[string]string{"action": action, "instance": instance, "backend": backend})
	if err == nil {
		err = s.trouble()
	}
	if err != nil {
		return said{}, fmt.Errorf("%s: %w", doing, err)
	}
	return s, nil
}

// tell runs a script that moves users. Whatever is not clear is unknown: what somebody did not hear may have been done, now or
// by an attempt before this one.
func (b *Balancers) tell(ctx context.Context, t job.Traffic, args map[string]string) error {
	s, err := b.run(ctx, t, switchWithin, args)
	unknown := func(cause error, format string, args ...any) error {
		return &Error{Says: fmt.Sprintf(format, args...), Unknown: true, Cause: cause}
	}
	switch {
	case err != nil:
		return unknown(err, "I do not know whether users were moved: %s did not answer.", t.Host.Name)
	case s.unclear != "":
		return unknown(errors.New(s.unclear), "I do not know whether users were moved: what %s says is not clear.", t.Host.Name)
	case s.switched:
		return nil
	case s.refuse != "":
		return &Error{Says: s.refuse}
	case s.problem != "":
		return unknown(nil, "%s", s.problem)
	}
	return unknown(s.trouble(), "I do not know whether users were moved: %s did not say.", t.Host.Name)
}
