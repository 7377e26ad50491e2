package slack

import (
	"net/http"
	"slices"
)

// SetFault makes something wrong with Slack and returns the fault with its id.
// A kind that does not exist is an error.
func (s *Server) SetFault(f Fault) (Fault, error) {
	if !slices.Contains(faultKinds(), f.Kind) {
		return f, refuse("unknown_fault")
	}
	f = s.faults.set(f)
	s.outbox.socketFaults()
	return f, nil
}

// ClearFaults removes all faults of a kind, or every fault for an empty kind, and
// returns how many there were.
func (s *Server) ClearFaults(kind string) int {
	return s.faults.clear(func(f Fault) bool { return kind == "" || f.Kind == kind })
}

// faultsChanged shows everybody what is wrong now.
func (s *Server) faultsChanged(all []Fault) {
	var c change
	c.tell("faults", nil, map[string]any{"faults": all})
	s.hub.publish(c.notices[0])
}

func (s *Server) serveFaults(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, http.StatusOK, map[string]any{"ok": true, "faults": s.faults.list()})
}

func (s *Server) serveSetFault(w http.ResponseWriter, r *http.Request) {
	var f Fault
	if !readJSON(w, r, &f) {
		return
	}
	f, err := s.SetFault(f)
	if err != nil {
		writeJSON(w, http.StatusBadRequest, map[string]any{"ok": false, "error": err.Error(), "kinds": faultKinds()})
		return
	}
	writeJSON(w, http.StatusOK, map[string]any{"ok": true, "fault": f})
}

// serveClearFaults is DELETE /sandbox/faults with an optional {"kind": ...}.
func (s *Server) serveClearFaults(w http.ResponseWriter, r *http.Request) {
	var pick struct {
		Kind string `json:"kind"`
	}
	if r.ContentLength != 0 && !readJSON(w, r, &pick) {
		return
	}
	if kind := r.URL.Query().Get("kind"); kind != "" {
		pick.Kind = kind
	}
	writeJSON(w, http.StatusOK, map[string]any{"ok": true, "removed": s.ClearFaults(pick.Kind)})
}

// serveClearFault is DELETE /sandbox/faults/{id}; a kind does as well as an id.
func (s *Server) serveClearFault(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("id")
	removed := s.faults.clear(func(f Fault) bool { return f.ID == id || f.Kind == id })
	writeJSON(w, http.StatusOK, map[string]any{"ok": true, "removed": removed})
}
