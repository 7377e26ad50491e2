package slack

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"sync"
)

// Server is one workspace with everybody in it. It is safe for concurrent use.
type Server struct {
	opts    Options
	methods map[string]method
	store   *store
	hub     *hub
	outbox  *outbox
	faults  *faults
	log     *callLog

	mu        sync.Mutex
	dir       *directory
	timelines map[string]*timeline
	stamps    stamps
	tiers     tiers
	triggers  triggers
	responses responses
	tickets   tickets
	views     map[string]*view
	uploads   map[string]*upload // by the last part of their URL

	stop context.CancelFunc
	done <-chan struct{}
	work sync.WaitGroup
}

// New opens the workspace, with what Options.Path remembers of it, and begins to
// deliver what was left unacknowledged. The caller closes the server.
func New(opts Options) (*Server, error) {
	opts = opts.withDefaults()
	st, err := openStore(opts.Path)
	if err != nil {
		return nil, err
	}
	ctx, stop := context.WithCancel(context.Background())
	s := &Server{
		opts:      opts,
		methods:   methods(),
		store:     st,
		log:       newCallLog(),
		dir:       seed(opts.BotToken),
		timelines: map[string]*timeline{},
		tiers:     newTiers(opts.Limits),
		triggers:  triggers{},
		responses: responses{},
		tickets:   tickets{},
		views:     map[string]*view{},
		uploads:   map[string]*upload{},
		stop:      stop,
		done:      ctx.Done(),
	}
	s.hub = newHub(opts.Now())
	s.faults = newFaults(s.faultsChanged)
	s.outbox = newOutbox(opts, st, s.faults, s.log)
	if err := s.load(); err != nil {
		stop()
		_ = st.close()
		return nil, fmt.Errorf("reading the slack sandbox's file %q: %w", opts.Path, err)
	}
	s.work.Go(func() { s.outbox.run(ctx) })
	return s, nil
}

func (s *Server) load() error {
	if err := s.store.entities(s.dir); err != nil {
		return err
	}
	if err := s.store.posts(func(p post) {
		s.stamps.seen(p.TS)
		s.timeline(p.Channel).put(p)
	}); err != nil {
		return err
	}
	var left []*envelope
	if err := s.store.envelopes(func(e *envelope) { left = append(left, e) }); err != nil {
		return err
	}
	s.outbox.add(left)
	return nil
}

// Handler serves everything the package has: /api/ (the Web API), /socket/
// (Socket Mode), /response/ (response URLs), /upload/ and /files-pri/ (files) and /sandbox/ (what only the pretend
// world has, see docs/sandbox-api.md).
func (s *Server) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/api/{method}", s.serveAPI)
	mux.HandleFunc("GET /socket/", s.serveSocket)
	mux.HandleFunc("POST /response/{id}", s.serveResponseURL)
	mux.HandleFunc("POST /upload/v1/{ticket}", s.serveUpload)
	mux.HandleFunc("GET /files-pri/{file}/{name}", s.serveFile)
	mux.HandleFunc("GET /files-pri/{file}/download/{name}", s.serveFile)
	mux.HandleFunc("GET /sandbox/state", s.serveState)
	mux.HandleFunc("GET /sandbox/stream", s.serveStream)
	mux.HandleFunc("GET /sandbox/ephemerals", s.serveEphemerals)
	mux.HandleFunc("GET /sandbox/log", s.serveLog)
	mux.HandleFunc("POST /sandbox/click", s.serveClick)
	mux.HandleFunc("POST /sandbox/say", s.serveSay)
	mux.HandleFunc("POST /sandbox/command", s.serveCommand)
	mux.HandleFunc("POST /sandbox/view", s.serveWindow)
	mux.HandleFunc("GET /sandbox/views", s.serveViews)
	mux.HandleFunc("POST /sandbox/home", s.serveOpenHome)
	mux.HandleFunc("GET /sandbox/home", s.serveHome)
	mux.HandleFunc("POST /sandbox/workspace", s.serveWorkspace)
	mux.HandleFunc("GET /sandbox/faults", s.serveFaults)
	mux.HandleFunc("POST /sandbox/faults", s.serveSetFault)
	mux.HandleFunc("DELETE /sandbox/faults", s.serveClearFaults)
	mux.HandleFunc("DELETE /sandbox/faults/{id}", s.serveClearFault)
	return sameOrigin(mux)
}

// Close ends all streams and sockets and closes the file. Envelopes that nobody
// acknowledged stay in the file for the next start.
func (s *Server) Close() error {
	s.stop()
	s.outbox.close()
	s.work.Wait()
	return s.store.close()
}

// Broadcast sends an event of the given type to the streams of all people. The
// value must encode as a JSON object; its fields stand beside "type".
func (s *Server) Broadcast(kind string, value any) error {
	n, err := newNotice(kind, nil, value)
	if err != nil {
		return err
	}
	s.hub.publish(n)
	return nil
}

// sameOrigin turns away web pages of other origins: the tokens of the pretend
// people are well known, and a browser would let any site press buttons with them.
// The socket is exempt, because clients of Slack send Slack's own origin there.
func sameOrigin(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if origin := r.Header.Get("Origin"); origin != "" && r.URL.Path != "/socket/" {
			if u, err := url.Parse(origin); err != nil || u.Host != r.Host {
				http.Error(w, "this page may not talk to the sandbox", http.StatusForbidden)
				return
			}
		}
		next.ServeHTTP(w, r)
	})
}

// base is the address under which the sender of a request knows the server.
func (s *Server) base(r *http.Request) string {
	if s.opts.URL != "" {
		return s.opts.URL
	}
	return "http://" + r.Host
}

func writeJSON(w http.ResponseWriter, status int, value any) {
	body, err := json.Marshal(value)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(append(body, '\n')) // the reader is gone, nothing to be done
}
