package apps

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/pawl-ops/pawl/sandbox/hosts"
)

// userWaits is how long a user waits for an answer before the proxy says that there is none.
const userWaits = 5 * time.Second

// Proxy is what users of an environment talk to. For every request it reads the map file, as a load balancer would that
// is told of every change, and hands the request to the instance named there.
type Proxy struct {
	URL         string
	environment string
	key         string // the first word of its line in the map: "shop/master"
	apps        *Apps
	balancer    *hosts.Host
	listener    net.Listener
	server      *http.Server
	onward      *http.Transport
	count       counter

	mu    sync.Mutex
	state lamp
}

func (a *Apps) newProxy(ctx context.Context, app, environment string) (*Proxy, error) {
	l, err := a.listen(ctx, app+"/"+environment)
	if err != nil {
		return nil, err
	}
	p := &Proxy{
		URL: "http://" + l.Addr().String(), environment: environment, key: app + "/" + environment, apps: a, listener: l,
		balancer: a.opts.Hosts.Host(Balancer), state: lamp{state: lampStarting, word: "starting"},
		onward: &http.Transport{ResponseHeaderTimeout: userWaits, DisableKeepAlives: true},
	}
	mux := http.NewServeMux()
	watchPage(mux)
	mux.HandleFunc("/", p.pass)
	p.server = &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second}
	return p, nil
}

func (p *Proxy) serve() { _ = p.server.Serve(p.listener) }

func (p *Proxy) close() {
	_ = p.server.Close()
	_ = p.listener.Close()
}

// Active is the instance the map names. The error is a sentence.
func (p *Proxy) Active() (*Instance, error) {
	text, err := os.ReadFile(p.apps.MapPath())
	if err != nil {
		return nil, errors.New("the map file cannot be read")
	}
	for line := range strings.Lines(string(text)) {
		words := strings.Fields(line)
		if len(words) != 2 || words[0] != p.key {
			continue
		}
		if i := p.apps.Instance(p.environment, words[1]); i != nil && i.Role == "" {
			return i, nil
		}
		return nil, errors.New("the map file names " + words[1] + ", and there is no such instance")
	}
	return nil, errors.New("the map file has no line for " + p.key)
}

// pass hands a request on.
func (p *Proxy) pass(w http.ResponseWriter, r *http.Request) {
	p.count.begin()
	good := false
	defer func() { p.count.end(good) }()
	select {
	case <-p.balancer.Whole():
	case <-r.Context().Done():
		return
	}
	i, err := p.Active()
	if err != nil {
		refuse(w, http.StatusServiceUnavailable, "", err.Error())
		return
	}
	to, err := url.Parse(i.URL)
	if err != nil {
		refuse(w, http.StatusBadGateway, i.Instance, "no answer")
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), userWaits)
	defer cancel()
	(&httputil.ReverseProxy{
		Transport: p.onward,
		Rewrite:   func(r *httputil.ProxyRequest) { r.SetURL(to) },
		ModifyResponse: func(res *http.Response) error {
			good = res.StatusCode < http.StatusInternalServerError
			return nil
		},
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, _ error) {
			refuse(w, http.StatusBadGateway, i.Instance, "no answer")
		},
	}).ServeHTTP(w, r.WithContext(ctx))
}

// refuse is what users get when nobody serves them.
func refuse(w http.ResponseWriter, code int, instance, problem string) {
	text, err := json.Marshal(map[string]string{"instance": instance, "problem": problem})
	if err != nil {
		code = http.StatusInternalServerError
	}
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(code)
	_, _ = w.Write(append(text, '\n'))
}
