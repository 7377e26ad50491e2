package jenkins

import (
	"encoding/json"
	"net/http"
	"time"
)

// maxBody is far more than any question of the control API needs.
const maxBody = 1 << 12

// Control serves what no Jenkins has: how it is, what is wrong with it, restarts, and builds that somebody else asks for.
// See docs/sandbox-api.md.
func (s *Server) Control() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /sandbox/jenkins", s.serveState)
	mux.HandleFunc("POST /sandbox/jenkins/builds", s.serveStart)
	mux.HandleFunc("POST /sandbox/jenkins/restart", s.serveRestart)
	mux.HandleFunc("GET /sandbox/jenkins/faults", s.serveFaults)
	mux.HandleFunc("POST /sandbox/jenkins/faults", s.serveSetFault)
	mux.HandleFunc("DELETE /sandbox/jenkins/faults", s.serveClear)
	mux.HandleFunc("DELETE /sandbox/jenkins/faults/{kind}", s.serveClear)
	// Any page open in the newcomer's browser can reach a loopback port; it shall not be able to break things.
	return http.NewCrossOriginProtection().Handler(mux)
}

func (s *Server) serveState(w http.ResponseWriter, _ *http.Request) {
	faults, _ := s.Faults()
	say(w, http.StatusOK, object{{"ok", true}, {"starting", s.IsStarting()}, {"triggers", s.Triggers()}, {"faults", notNull(faults)}})
}

// serveStart asks for a build as somebody does in a browser.
func (s *Server) serveStart(w http.ResponseWriter, r *http.Request) {
	var body struct {
		Job    string            `json:"job"`
		User   string            `json:"user"`
		Params map[string]string `json:"params"`
	}
	if !take(w, r, &body) {
		return
	}
	id, err := s.Start(body.Job, body.User, body.Params)
	if err != nil {
		say(w, http.StatusBadRequest, object{{"ok", false}, {"error", err.Error()}})
		return
	}
	say(w, http.StatusOK, object{{"ok", true}, {"queue", id}})
}

func (s *Server) serveRestart(w http.ResponseWriter, r *http.Request) {
	var body struct {
		MS    int  `json:"ms"`
		Crash bool `json:"crash"`
	}
	if !take(w, r, &body) {
		return
	}
	down := time.Duration(body.MS) * time.Millisecond
	if body.Crash {
		s.Crash(down)
	} else {
		s.Restart(down)
	}
	say(w, http.StatusOK, object{{"ok", true}})
}

func (s *Server) serveFaults(w http.ResponseWriter, _ *http.Request) {
	faults, _ := s.Faults()
	say(w, http.StatusOK, object{{"ok", true}, {"faults", notNull(faults)}})
}

func (s *Server) serveSetFault(w http.ResponseWriter, r *http.Request) {
	var f Fault
	if !take(w, r, &f) {
		return
	}
	if err := s.Set(f); err != nil {
		say(w, http.StatusBadRequest, object{{"ok", false}, {"error", err.Error()}, {"kinds", Kinds()}})
		return
	}
	s.serveFaults(w, r)
}

// serveClear ends one fault, or without a kind in the path all of them.
func (s *Server) serveClear(w http.ResponseWriter, r *http.Request) {
	say(w, http.StatusOK, object{{"ok", true}, {"removed", s.Clear(r.PathValue("kind"))}})
}

func take(w http.ResponseWriter, r *http.Request, into any) bool {
	d := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		say(w, http.StatusBadRequest, object{{"ok", false}, {"error", "reading what you sent: " + err.Error()}})
		return false
	}
	return true
}

func say(w http.ResponseWriter, status int, value object) {
	a := exposed(value)
	a.status = status
	a.header.Set("Cache-Control", "no-store")
	send(w, a)
}

func notNull(faults []Fault) []Fault {
	if faults == nil {
		return []Fault{}
	}
	return faults
}
