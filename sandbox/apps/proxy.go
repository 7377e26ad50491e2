package apps

import (
	"context"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/pawl-ops/pawl/sandbox/haproxy"
	"github.com/pawl-ops/pawl/sandbox/hosts"
)

// userWaits is how long a user waits for an answer. The load balancer has given up a second before.
const userWaits = 6 * time.Second

// Proxy is what users of an environment talk to: a port of the load balancer, which hands every request to the instance
// its map names.
type Proxy struct {
	URL         string
	environment string
	frontend    string // the load balancer's name for it
	apps        *Apps
	balancer    *hosts.Host
	listener    net.Listener
	server      *http.Server
	count       counter

	mu    sync.Mutex
	state lamp
}

// newProxy takes the port of an environment. Its load balancer may be started afterwards.
func (a *Apps) newProxy(ctx context.Context, app, environment string) (*Proxy, error) {
	l, err := a.listen(ctx, app+"/"+environment)
	if err != nil {
		return nil, err
	}
	p := &Proxy{
		URL: "http://" + l.Addr().String(), environment: environment, frontend: app + "_" + environment, apps: a, listener: l,
		balancer: a.opts.Hosts.Host(Balancer), state: lamp{state: lampStarting, word: "starting"},
	}
	mux := http.NewServeMux()
	watchPage(mux)
	mux.HandleFunc("/", p.pass)
	p.server = &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second}
	return p, nil
}

// configuration is what the load balancer is started with: every environment is a frontend, every instance that may have
// users a backend.
func (a *Apps) configuration() haproxy.Config {
	c := haproxy.Config{Home: a.opts.Hosts.Host(Balancer).Home(), Map: MapFile, Socket: SocketFile}
	for _, p := range a.proxies {
		f := haproxy.Frontend{Name: p.frontend, Bind: p.listener.Addr().String(), Key: App + "/" + p.environment, Prefix: p.prefix()}
		for _, i := range a.instances {
			if i.Environment == p.environment && i.Role == "" {
				f.Backends = append(f.Backends, haproxy.Backend{Name: p.prefix() + i.mapValue(), Server: i.Instance, Address: i.Listen})
			}
		}
		c.Frontends = append(c.Frontends, f)
	}
	return c
}

// Reload restarts the load balancer without losing a request: it reads the map file again and forgets what it was told.
// When it cannot read it the old one goes on, and the error says why.
func (a *Apps) Reload() error {
	defer a.LookSoon()
	return a.lb.Reload()
}

func (p *Proxy) serve() { _ = p.server.Serve(p.listener) }

func (p *Proxy) close() {
	_ = p.server.Close()
	_ = p.listener.Close()
}

// Active is the instance that has the users. The error is a sentence.
func (p *Proxy) Active() (*Instance, error) {
	to, err := p.apps.lb.Active(p.frontend)
	if err != nil {
		return nil, err
	}
	return p.apps.Instance(p.environment, to.Server), nil
}

// pass hands a request on, unless the cable of the load balancer's host is cut: then it waits there.
func (p *Proxy) pass(w http.ResponseWriter, r *http.Request) {
	p.count.begin()
	status := http.StatusInternalServerError
	defer func() { p.count.end(status < http.StatusInternalServerError) }()
	select {
	case <-p.balancer.Whole():
	case <-r.Context().Done():
		return
	}
	status = p.apps.lb.Pass(p.frontend, w, r)
}
