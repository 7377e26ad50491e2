package crm

import (
	"encoding/json"
	"net/http"
)

// maxBody is far more than any question of the control API needs.
const maxBody = 1 << 12

// Control serves what no CRM has: how it is, what is wrong with it, and deals that come when one says so. See
// docs/sandbox-api.md.
func (s *Server) Control() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /sandbox/crm", s.serveState)
	mux.HandleFunc("POST /sandbox/crm/deals", s.serveGrow)
	mux.HandleFunc("GET /sandbox/crm/faults", s.serveFaults)
	mux.HandleFunc("POST /sandbox/crm/faults", s.serveSetFault)
	mux.HandleFunc("DELETE /sandbox/crm/faults", s.serveClear)
	mux.HandleFunc("DELETE /sandbox/crm/faults/{kind}", s.serveClear)
	// Any page open in the newcomer's browser can reach a loopback port; it shall not be able to break things.
	return http.NewCrossOriginProtection().Handler(mux)
}

func (s *Server) serveState(w http.ResponseWriter, _ *http.Request) {
	faults, _ := s.Faults()
	s.say(w, http.StatusOK, map[string]any{"ok": true, "deals": s.Deals(), "faults": notNull(faults)})
}

func (s *Server) serveFaults(w http.ResponseWriter, _ *http.Request) {
	faults, _ := s.Faults()
	s.say(w, http.StatusOK, map[string]any{"ok": true, "faults": notNull(faults)})
}

func (s *Server) serveGrow(w http.ResponseWriter, r *http.Request) {
	var body struct {
		New int `json:"new"`
	}
	if !s.read(w, r, &body) {
		return
	}
	if err := s.Grow(body.New); err != nil {
		s.say(w, http.StatusBadRequest, map[string]any{"ok": false, "error": err.Error()})
		return
	}
	s.say(w, http.StatusOK, map[string]any{"ok": true, "deals": s.Deals()})
}

func (s *Server) serveSetFault(w http.ResponseWriter, r *http.Request) {
	var f Fault
	if !s.read(w, r, &f) {
		return
	}
	if err := s.Set(f); err != nil {
		s.say(w, http.StatusBadRequest, map[string]any{"ok": false, "error": err.Error(), "kinds": Kinds()})
		return
	}
	s.serveFaults(w, r)
}

// serveClear ends one fault, or without a kind in the path all of them.
func (s *Server) serveClear(w http.ResponseWriter, r *http.Request) {
	s.say(w, http.StatusOK, map[string]any{"ok": true, "removed": s.Clear(r.PathValue("kind"))})
}

func (s *Server) read(w http.ResponseWriter, r *http.Request, into any) bool {
	d := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		s.say(w, http.StatusBadRequest, map[string]any{"ok": false, "error": "reading what you sent: " + err.Error()})
		return false
	}
	return true
}

func (s *Server) say(w http.ResponseWriter, status int, value any) {
	w.Header().Set("Cache-Control", "no-store")
	send(w, status, encode(value))
}

func notNull(faults []Fault) []Fault {
	if faults == nil {
		return []Fault{}
	}
	return faults
}
