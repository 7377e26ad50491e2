package terminal

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/user"
	"strconv"
	"sync"
	"time"

	"github.com/pawl-ops/pawl/internal/board"
	"github.com/pawl-ops/pawl/internal/lives"
	"github.com/pawl-ops/pawl/job"
)

// turnFile is the turn to serve the socket: of several processes on one data directory one does.
const turnFile = "terminal.lock"

// takeOverEvery is how often a process that does not serve looks whether the one that does is gone.
const takeOverEvery = time.Second

// Server serves the socket. Make it with New, then Start, then Stop.
type Server struct {
	opt  Options
	http *http.Server

	life context.Context // from Start to Stop
	end  context.CancelFunc
	over sync.WaitGroup

	mu      sync.Mutex
	turn    *lives.Turn // while this process serves
	stopped bool
}

// New makes a server. It serves nothing yet.
func New(o Options) *Server {
	s := &Server{opt: o.withDefaults()}
	mux := http.NewServeMux()
	mux.HandleFunc("POST "+PathSay, s.identified(s.say))
	mux.HandleFunc("GET "+PathFollow, s.identified(s.follow))
	mux.HandleFunc("GET "+PathOffers, s.identified(s.offers))
	mux.HandleFunc("POST "+PathTerminate, s.terminate)
	s.http = &http.Server{
		Handler: mux, ReadHeaderTimeout: 5 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 16 << 10,
		ConnContext: func(ctx context.Context, c net.Conn) context.Context {
			return context.WithValue(ctx, peerKey{}, peerOf(c))
		},
	}
	return s
}

// Start serves the socket, as soon as no other process of the data directory does. An error means that this process never
// can; that another one serves it is none.
func (s *Server) Start(ctx context.Context) error {
	s.life, s.end = context.WithCancel(ctx)
	s.http.BaseContext = func(net.Listener) context.Context { return s.life }
	mine, err := s.take()
	if err != nil {
		s.end()
		return err
	}
	if !mine {
		s.opt.Log.Info().Str("socket", s.opt.Socket).Msg("another process serves the terminal; this one takes over when it is gone")
		s.over.Go(s.wait)
	}
	return nil
}

// wait takes over when the process that serves is gone.
func (s *Server) wait() {
	t := time.NewTicker(takeOverEvery)
	defer t.Stop()
	for {
		select {
		case <-s.life.Done():
			return
		case <-t.C:
		}
		mine, err := s.take()
		if err != nil {
			s.opt.Log.Warn().Err(err).Msg("taking over the terminal")
		}
		if mine {
			s.opt.Log.Info().Str("socket", s.opt.Socket).Msg("took over the terminal")
			return
		}
	}
}

// take begins to serve, unless another process does or this one stops.
func (s *Server) take() (mine bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopped {
		return false, nil
	}
	turn, err := lives.Take(s.opt.Lives, turnFile)
	if err != nil || turn == nil {
		return false, err
	}
	l, err := listen(s.opt.Socket)
	if err != nil {
		turn.Give()
		return false, fmt.Errorf("making the socket %s for `pawl run`: %w", s.opt.Socket, err)
	}
	s.turn = turn
	s.over.Go(func() {
		if err := s.http.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			s.opt.Log.Error().Err(err).Msg("serving the terminal")
		}
	})
	return true, nil
}

// Stop takes the socket away, ends every stream, and lets what was typed be answered as long as ctx allows. A run that is being
// ended by force stays as far as that has come.
func (s *Server) Stop(ctx context.Context) error {
	if s.end == nil {
		return nil
	}
	s.mu.Lock()
	turn := s.turn
	s.turn, s.stopped = nil, true
	s.mu.Unlock()
	if turn != nil { // nobody finds it any more; whoever is connected stays so
		if err := os.Remove(s.opt.Socket); err != nil && !errors.Is(err, os.ErrNotExist) {
			s.opt.Log.Warn().Err(err).Msg("removing the socket")
		}
	}
	s.end()
	err := s.http.Shutdown(ctx)
	if err != nil {
		err = errors.Join(fmt.Errorf("stopping the terminal: %w", err), s.http.Close())
	}
	s.over.Wait()
	turn.Give()
	return err
}

// peer is who is at the other end of a connection.
type peer struct {
	uid uint32
	err error
}

type peerKey struct{}

func peerOf(c net.Conn) peer {
	u, ok := c.(*net.UnixConn)
	if !ok {
		return peer{err: errors.New("that is no unix socket")}
	}
	uid, err := uidOf(u)
	return peer{uid, err}
}

// peerAt is who makes a request. Nobody is root by mistake.
func peerAt(r *http.Request) peer {
	p, ok := r.Context().Value(peerKey{}).(peer)
	if !ok {
		p.err = errors.New("nobody asked who connected")
	}
	return p
}

// login is their login name, or the number where the machine knows none. It may be asked of a network: each request waits for
// its own answer, and no connection for that of another.
func (p peer) login() string {
	number := strconv.FormatUint(uint64(p.uid), 10)
	if known, err := user.LookupId(number); err == nil {
		return known.Username
	}
	return number
}

// identified lets in whoever pawl.yaml knows by their login.
func (s *Server) identified(do func(w http.ResponseWriter, r *http.Request, a job.Actor)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		p := peerAt(r)
		if p.err != nil {
			s.opt.Log.Warn().Err(p.err).Msg("somebody at the terminal whom the kernel does not name")
			refuse(w, http.StatusForbidden, ExitRefused, "I cannot tell who you are, so nothing was done.")
			return
		}
		login := p.login()
		a, no, passing := s.opt.Who(login)
		if passing {
			write(w, http.StatusServiceUnavailable, failure{Error: board.PlainText(no), Exit: ExitFailed})
			return
		}
		if no != "" {
			s.opt.Log.Info().Str("login", login).Msg("turned somebody away at the terminal")
			refuse(w, http.StatusForbidden, ExitRefused, no)
			return
		}
		a.Login = login
		do(w, r, a)
	}
}

// refuse answers with a sentence.
func refuse(w http.ResponseWriter, status, exit int, text string) {
	write(w, status, failure{Error: board.PlainText(text), Exit: exit})
}

func answer(w http.ResponseWriter, v any) { write(w, http.StatusOK, v) }

func write(w http.ResponseWriter, status int, v any) {
	raw, err := json.Marshal(v)
	if err != nil {
		status, raw = http.StatusInternalServerError, []byte("{}")
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(raw) // who has left asks again with the same key
}
