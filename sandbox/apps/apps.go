// Package apps is what the pretend company runs on its hosts: copies of a shop, each a process with a port of its own,
// and in front of every environment a port of the load balancer, which sends users to the colour that its map names.
//
// The processes live on the hosts as a person would have put them there: apps/APP/ENVIRONMENT/INSTANCE/ in the host's
// home has start, pid and log, which is what scripts/app/restart.sh expects. They are real: to be killed, to be restarted
// by a script, to be ill. They die with the world, however it ends, and come back with it under the same addresses.
package apps

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/rs/zerolog"

	"github.com/pawl-ops/pawl/internal/hosttools"
	"github.com/pawl-ops/pawl/sandbox/haproxy"
	"github.com/pawl-ops/pawl/sandbox/hosts"
)

// App is the name of the pretend company's app.
const App = "shop"

// Tool is what the binary is called on the hosts that an instance is a process of.
const Tool = "acme-shop"

// Options say where the apps run and how fast they are.
type Options struct {
	Dir     string        // where ports and the sign of life are kept
	Hosts   *hosts.World  // must have the hosts of Machines, and Tool among its tools
	Warm    time.Duration // how long an instance is not well after its start
	Drain   time.Duration // how long it takes to end
	Users   int           // requests a second of pretend users of master; 0: none
	More    []string      // more environments, each with a blue that has users and a green
	Look    time.Duration // between two looks at everything for the panel; 2 s when zero
	Changed func()        // told when what the panel shows changed; may be nil
	Log     zerolog.Logger
}

// Machines are the hosts the apps need.
func Machines() []string { return []string{"app-1", "app-2", "cron-1", Balancer} }

// Newest is the version that is built and runs nowhere when the world begins.
const Newest = "2024.52"

// planned is an instance, and the version it begins with.
type planned struct {
	hosttools.Shop

	version string
}

// plan is everything that runs, in the order in which it is shown.
func plan() []planned {
	shop := func(env, name, role, version string, tasks ...string) planned {
		return planned{hosttools.Shop{App: App, Environment: env, Instance: name, Role: role, Tasks: tasks}, version}
	}
	return []planned{
		shop("master", "blue", "", "2024.50"),
		shop("master", "green", "", "2024.49"),
		shop("master", "purple", "cron", "2024.50", "send invoices", "import exchange rates", "rebuild the search index", "mail the digest"),
		shop("master", "yellow", "cron", "2024.50", "import orders", "clean up sessions"),
		shop("staging", "blue", "", "2024.51"),
		shop("staging", "green", "", "2024.50"),
	}
}

// planWith is plan and more environments, which begin as master does.
func planWith(more []string) []planned {
	all := plan()
	for _, env := range more {
		all = append(all,
			planned{hosttools.Shop{App: App, Environment: env, Instance: "blue"}, "2024.50"},
			planned{hosttools.Shop{App: App, Environment: env, Instance: "green"}, "2024.49"})
	}
	return all
}

// running are the versions that run when the world begins.
func running() (all []string) {
	for _, p := range plan() {
		all = append(all, p.version)
	}
	return all
}

// hostOf is where an instance lives.
func hostOf(s hosttools.Shop) string {
	switch {
	case s.Role != "":
		return "cron-1"
	case s.Instance == "blue":
		return "app-1"
	}
	return "app-2"
}

// Apps are the running apps. Close them when done.
type Apps struct {
	opts      Options
	ports     ports
	instances []*Instance
	proxies   []*Proxy
	lb        *haproxy.Server
	alive     *os.File // the processes live while we hold a lock on it
	stop      context.CancelFunc
	look      chan struct{} // asks for a look at once
	versions  sync.Mutex    // guards store, and the artifacts made of it
	store     store
	wg        sync.WaitGroup
}

// Open starts every instance and the proxies. What an earlier world left running is ended first. It does not wait until
// the instances answer.
func Open(o Options) (*Apps, error) {
	if o.Look <= 0 {
		o.Look = 2 * time.Second
	}
	if o.Changed == nil {
		o.Changed = func() {}
	}
	a := &Apps{opts: o, look: make(chan struct{}, 1)}
	ctx, stop := context.WithCancel(context.Background())
	a.stop = stop
	if err := a.build(ctx); err != nil {
		a.Close()
		return nil, fmt.Errorf("starting the apps: %w", err)
	}
	return a, nil
}

func (a *Apps) build(ctx context.Context) (err error) {
	ending, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	if err := StopAll(ending, a.opts.Hosts.Dir()); err != nil {
		return err
	}
	if a.alive, err = holdAlive(ending, filepath.Join(a.opts.Dir, "apps.alive")); err != nil {
		return err
	}
	if err := a.loadPorts(ctx); err != nil {
		return err
	}
	if err := a.loadStore(); err != nil {
		return err
	}
	environments := map[string]bool{}
	for _, s := range planWith(a.opts.More) {
		i, err := a.newInstance(ctx, s.Shop)
		if err == nil {
			err = i.install(s.version)
		}
		if err != nil {
			return err
		}
		a.instances = append(a.instances, i)
		if environments[s.Environment] {
			continue
		}
		environments[s.Environment] = true
		p, err := a.newProxy(ctx, s.App, s.Environment)
		if err != nil {
			return err
		}
		a.proxies = append(a.proxies, p)
	}
	if err := a.savePorts(); err != nil {
		return err
	}
	if err := a.writeMap(); err != nil {
		return err
	}
	if a.lb, err = haproxy.Start(a.configuration()); err != nil {
		return err
	}
	for _, i := range a.instances {
		if err := a.start(i, hosttools.ShopIsWarm+"=yes"); err != nil { // it was up all the time, as far as anybody knows
			return err
		}
	}
	for _, p := range a.proxies {
		p.server.ConnState = a.lb.Conn(p.frontend)
		a.wg.Go(p.serve)
	}
	a.wg.Go(func() { a.lookOften(ctx) })
	if a.opts.Users > 0 {
		a.wg.Go(func() { a.crowd(ctx, a.proxies[0].URL) })
	}
	return nil
}

// Close ends every process and waits until none is left.
func (a *Apps) Close() {
	a.stop()
	for _, p := range a.proxies {
		p.close()
	}
	defer a.freePorts()
	if a.lb != nil {
		a.lb.Close()
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := StopAll(ctx, a.opts.Hosts.Dir()); err != nil {
		a.opts.Log.Warn().Err(err).Msg("closing the apps")
	}
	if a.alive != nil {
		_ = a.alive.Close()
	}
	a.wg.Wait()
}

// Instances are the running copies, in the order of pawl.yaml.
func (a *Apps) Instances() []*Instance { return a.instances }

// Environment is the instances of one environment.
type Environment struct {
	Name      string
	URL       string // where its users are, in front of the load balancer
	Instances []*Instance
}

// Environments are the instances, environment by environment.
func (a *Apps) Environments() (all []Environment) {
	for _, i := range a.instances {
		if n := len(all); n == 0 || all[n-1].Name != i.Environment {
			all = append(all, Environment{Name: i.Environment, URL: a.Proxy(i.Environment).URL})
		}
		e := &all[len(all)-1]
		e.Instances = append(e.Instances, i)
	}
	return all
}

// Instance is the one of this name, or nil.
func (a *Apps) Instance(environment, name string) *Instance {
	for _, i := range a.instances {
		if i.Environment == environment && i.Instance == name {
			return i
		}
	}
	return nil
}

// Proxy is the one in front of an environment, or nil.
func (a *Apps) Proxy(environment string) *Proxy {
	for _, p := range a.proxies {
		if p.environment == environment {
			return p
		}
	}
	return nil
}

// replace writes a file so that readers see the old or the new one.
func replace(file string, data []byte, mode fs.FileMode) error {
	if err := os.WriteFile(file+".new", data, mode); err != nil {
		return err
	}
	return os.Rename(file+".new", file)
}
