// Package haproxy is the load balancer of the pretend company: a HAProxy 2.6 on the wire, kinder in nothing than the real one.
//
//	config.go  what it is configured with, as the file a real one reads
//	table.go   the map in memory: read at the start and at a reload, changed on the admin socket, and then forgotten again
//	pass.go    a request and the server it is sent to; count.go what is counted of it
//	socket.go  the admin socket; commands.go what is asked there; stat.go show stat; help.go what an unknown command gets
//
// The facts are answers of a HAProxy 2.6.12, recorded in testdata: the same requests and commands are put to ours in every
// test run, and to a real one where it is installed. What it does not know it answers as an unknown command. Rates, bytes
// and times are not counted; nothing checks servers, so that none of them is ever down.
package haproxy

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// Server is a running HAProxy without its ports: requests are given to Pass. Close it when done.
type Server struct {
	config Config
	now    atomic.Pointer[process]
	onward *http.Transport

	mu     sync.Mutex
	closed bool
	moves  []Move
	conns  map[net.Conn]bool // on the admin socket
	dir    *os.File          // of the admin socket
	admin  net.Listener
	wg     sync.WaitGroup
}

// process is what a reload replaces: requests that are under way end in the one they began in.
type process struct {
	table   *table
	counts  map[string]*count // by the name of a proxy, and by PROXY/SERVER
	started time.Time
}

// Start writes the configuration file, reads the map and listens on the admin socket. Without the map file it does not
// start.
func Start(c Config) (*Server, error) {
	s := &Server{config: c, conns: map[net.Conn]bool{}, onward: &http.Transport{ResponseHeaderTimeout: serverWaits, DisableKeepAlives: true}}
	err := os.MkdirAll(filepath.Dir(s.path(File)), 0o700)
	if err == nil {
		err = os.WriteFile(s.path(File), []byte(c.Text()), 0o600)
	}
	if err == nil {
		err = s.Reload()
	}
	if err == nil {
		err = s.listen()
	}
	if err != nil {
		return nil, fmt.Errorf("starting haproxy: %w", err)
	}
	s.wg.Go(s.accept)
	return s, nil
}

func (s *Server) path(below string) string {
	return filepath.Join(s.config.Home, filepath.FromSlash(below))
}

// Reload is a new process in place of the old one: it reads the map file and knows nothing of what was said on the admin
// socket. When the file cannot be read the old one goes on, and the error says why.
func (s *Server) Reload() error {
	from := uint64(0x55f62ac3f7b0)
	if old := s.now.Load(); old != nil {
		from = old.table.next + 0x1000
	}
	t, err := readTable(s.path(s.config.Map), from)
	if err != nil {
		return fmt.Errorf("reading the map: %w", err)
	}
	p := &process{table: t, counts: map[string]*count{}, started: time.Now()}
	for _, f := range s.config.Frontends {
		p.counts[f.Name] = &count{}
	}
	for _, b := range s.config.backends() {
		p.counts[b.Name], p.counts[b.Name+"/"+b.Server] = &count{}, &count{}
	}
	s.now.Store(p)
	return nil
}

// Active is the server that the users of a frontend are sent to. The error is a sentence, and then they get 503.
func (s *Server) Active(frontend string) (Backend, error) {
	return s.chosen(s.now.Load(), frontend)
}

// AfterReload is the server that the users of a frontend will be sent to once it is reloaded: what the map file says.
func (s *Server) AfterReload(frontend string) (Backend, error) {
	t, err := readTable(s.path(s.config.Map), 0)
	if err != nil {
		return Backend{}, fmt.Errorf("reading the map: %w", err)
	}
	return s.chosen(&process{table: t}, frontend)
}

func (s *Server) frontend(name string) Frontend {
	for _, f := range s.config.Frontends {
		if f.Name == name {
			return f
		}
	}
	return Frontend{}
}

// chosen is where a process sends the users of a frontend.
func (s *Server) chosen(p *process, frontend string) (Backend, error) {
	f := s.frontend(frontend)
	value, found := p.table.get(f.Key)
	if !found {
		return Backend{}, errors.New("the map has no line for " + f.Key)
	}
	for _, b := range s.config.backends() {
		if b.Name == f.Prefix+value {
			return b, nil
		}
	}
	return Backend{}, errors.New("the map names " + value + ", and there is no such backend")
}

// Move is an entry of the map that was changed on the admin socket: "shop/master" became "shop_master_green".
type Move struct{ Key, Value string }

// Moves are all of them since the start, in order, whether or not a value was another one before. A reload does not forget
// them.
func (s *Server) Moves() []Move {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.moves)
}

// moved writes one down.
func (s *Server) moved(key, value string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.moves = append(s.moves, Move{key, value})
}

// Close ends it, and every connection to the admin socket.
func (s *Server) Close() {
	s.mu.Lock()
	s.closed = true
	_ = s.admin.Close()
	_ = s.dir.Close()
	for c := range s.conns {
		_ = c.Close()
	}
	s.mu.Unlock()
	s.wg.Wait()
}
