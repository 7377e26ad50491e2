package hosttools

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// ShopFile is the file in the directory an acme-shop is started in that says which one it is.
const ShopFile = "instance.json"

// IllFile is a file in the same directory that makes an acme-shop ill while it is there: its text is one of the illnesses.
// It is removed when the shop starts, so that a restart mends what can be mended by a restart.
const IllFile = "ill"

// CableFile is a file in the home of a host whose cable is cut: what runs there goes on and is not heard.
const CableFile = ".cable-cut"

// ShopIsWarm is a variable that makes an acme-shop well from its first moment, whatever Warm says.
const ShopIsWarm = "ACME_SHOP_IS_WARM"

// Warming is how the check begins that is not well yet.
const Warming = "warming up"

// Illnesses of an acme-shop.
const (
	IllHang = "hang" // it takes requests and answers none
	IllFail = "503"  // it answers that it cannot
)

// Shop is one running copy of the pretend shop: a web server that says which one it is. It is no part of a fresh machine's
// programs but of the pretend company's; it is here because the hosts find it the same way.
type Shop struct {
	App         string        `json:"app"`
	Environment string        `json:"environment"`
	Instance    string        `json:"instance"`
	Role        string        `json:"role,omitempty"`
	Listen      string        `json:"listen"`          // host:port
	Tasks       []string      `json:"tasks,omitempty"` // what it works at, for ever
	Warm        time.Duration `json:"warm,omitempty"`  // how long after its start it is not well yet
	Drain       time.Duration `json:"drain,omitempty"` // how long it takes to end
	While       string        `json:"while,omitempty"` // it lives while somebody holds a lock on this file; empty: for ever
}

// shop runs the shop of the current directory until it is told to end.
func shop(ctx context.Context, errs io.Writer) int {
	s := &shopServer{started: time.Now(), home: os.Getenv("HOME")}
	text, err := os.ReadFile(ShopFile)
	if err == nil {
		err = json.Unmarshal(text, &s.Shop)
	}
	if err == nil {
		err = s.load()
	}
	if err == nil {
		_ = os.Remove(IllFile)
		if os.Getenv(ShopIsWarm) != "" {
			s.Warm = 0
		}
		err = s.run(ctx)
	}
	if err != nil {
		fmt.Fprintln(errs, "acme-shop:", err)
		return 1
	}
	return 0
}

type shopServer struct {
	Shop

	code    Release
	started time.Time
	home    string
}

func (s *shopServer) run(ctx context.Context) error {
	listener, err := listenSoon(ctx, s.Listen)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	over := make(chan struct{})
	if s.While != "" {
		go func() { defer close(over); outlive(s.While) }()
	}
	server := &http.Server{Handler: s.handler(), ReadHeaderTimeout: 5 * time.Second}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	select {
	case err := <-failed:
		return err
	case <-over: // the world it belongs to is gone
		return nil
	case <-ctx.Done():
	}
	draining, stop := context.WithTimeout(context.WithoutCancel(ctx), max(s.Drain, 100*time.Millisecond))
	defer stop()
	_ = server.Shutdown(draining) // what still waits for an answer gets none
	if s.Drain > 0 {
		<-draining.Done()
	}
	return server.Close()
}

// listenSoon takes the address, which the process before may have for a moment longer.
func listenSoon(ctx context.Context, address string) (net.Listener, error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	for {
		l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
		if err == nil || !errors.Is(err, syscall.EADDRINUSE) {
			return l, err
		}
		select {
		case <-ctx.Done():
			return nil, err
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// outlive returns when nobody holds the lock on the file any more, at once when nobody does.
func outlive(path string) {
	f, err := os.Open(path)
	if err != nil {
		return // the world was taken away
	}
	defer func() { _ = f.Close() }()
	for errors.Is(syscall.Flock(int(f.Fd()), syscall.LOCK_SH), syscall.EINTR) {
		continue
	}
}

func (s *shopServer) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /health", s.health)
	mux.HandleFunc("GET /tasks", s.tasks)
	mux.HandleFunc("GET /", s.users(s.page))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if s.reachable(r.Context()) {
			w.Header().Set("Cache-Control", "no-store")
			w.Header().Set("X-Served-By", s.Instance)
			mux.ServeHTTP(w, r)
		}
	})
}

// reachable holds a request as long as the shop hangs or the cable of its host is cut; false when the asker left.
func (s *shopServer) reachable(ctx context.Context) bool {
	for s.ill() == IllHang || exists(filepath.Join(s.home, CableFile)) {
		select {
		case <-ctx.Done():
			return false
		case <-time.After(100 * time.Millisecond):
		}
	}
	return true
}

func (s *shopServer) ill() string {
	text, _ := os.ReadFile(IllFile)
	return strings.TrimSpace(string(text))
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

// checks say what is wrong; ok is false when anything is.
func (s *shopServer) checks() (all map[string]string, ok bool) {
	all = map[string]string{"database": "ok", "cache": "ok"}
	if up := time.Since(s.started); up < s.Warm {
		all["cache"] = fmt.Sprintf(Warming+", %d %%", 100*up/s.Warm)
		return all, false
	}
	if s.code.Health != "" {
		all["database"] = s.code.Health
		return all, false
	}
	if s.ill() == IllFail {
		all["database"] = "migration 0412 is missing"
		return all, false
	}
	return all, true
}

func (s *shopServer) health(w http.ResponseWriter, _ *http.Request) {
	checks, ok := s.checks()
	writeJSON(w, status(ok), map[string]any{"version": s.code.Version, "started": s.started.UTC().Format(time.RFC3339), "checks": checks})
}

// tasks are always the same ones, each begun again when it is through.
func (s *shopServer) tasks(w http.ResponseWriter, r *http.Request) {
	if s.Tasks == nil {
		http.NotFound(w, r)
		return
	}
	list := []map[string]any{}
	for i, name := range s.Tasks {
		takes := time.Duration(7+4*i) * time.Minute
		done := (time.Since(time.Unix(0, 0)) + time.Duration(17*len(name)+31*len(s.Instance))*time.Second) % takes
		list = append(list, map[string]any{
			"name": name, "started": time.Now().Add(-done).UTC().Format(time.RFC3339), "note": fmt.Sprintf("%d %%", 100*done/takes),
		})
	}
	writeJSON(w, http.StatusOK, map[string]any{"tasks": list})
}

func status(ok bool) int {
	if ok {
		return http.StatusOK
	}
	return http.StatusServiceUnavailable
}

func writeJSON(w http.ResponseWriter, code int, v any) {
	text, err := json.Marshal(v)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	_, _ = w.Write(append(text, '\n'))
}
