package slack

import (
	"encoding/json"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// reply is the answer of a method; "ok" is added.
type reply map[string]any

// method is one method of the Web API.
type method struct {
	tier   tier
	token  tokenKind
	scopes []string // one of them is needed
	json   bool     // accepts a JSON body
	need   []string // arguments without which Slack does not look further
	run    func(*call) (reply, *apiError)
}

// call is one call under way. Its method runs with Server.mu held.
type call struct {
	*Server
	change
	method   string
	base     string
	who      *actor
	args     args
	warnings []string
}

// serveAPI is the Web API: everything a call meets before and after its method.
func (s *Server) serveAPI(w http.ResponseWriter, r *http.Request) {
	began := time.Now()
	c := &call{Server: s, method: r.PathValue("method"), base: s.base(r)}
	entry := Entry{Kind: "call", Method: c.method, Status: http.StatusOK}
	defer func() {
		entry.Millis = math.Round(float64(time.Since(began).Microseconds())) / 1e3
		entry.Actor, entry.Args = "", logged(c.args)
		if c.who != nil {
			entry.Actor = c.who.name()
		}
		s.log.add(entry)
	}()

	m, err := c.open(r)
	if err == nil && c.who.app() {
		if f, ok := s.faults.take(c.method, c.args["channel"], fault429, fault500, faultSlow, faultLostAnswer); ok {
			entry.Fault = f.Kind
			switch f.Kind {
			case fault429:
				entry.Status = http.StatusTooManyRequests
				tooMany(w, f.pause(time.Second))
				return
			case fault500:
				entry.Status = http.StatusInternalServerError
				http.Error(w, "Server Error", http.StatusInternalServerError)
				return
			case faultSlow:
				// The caller may be gone when this is over; Slack works on all the same.
				s.pause(f.pause(5 * time.Second))
			}
		}
	}
	if err == nil {
		if wait := s.throttle(c, m); wait > 0 {
			entry.Status = http.StatusTooManyRequests
			entry.Error = "ratelimited"
			tooMany(w, wait)
			return
		}
	}
	var answer reply
	if err == nil {
		answer, err = c.perform(m)
	}
	body := map[string]any(answer)
	if err != nil {
		entry.Error = err.code
		body = err.reply()
	} else {
		if body == nil {
			body = map[string]any{}
		}
		body["ok"] = true
	}
	c.annotate(w, body, m)
	if entry.Fault == faultLostAnswer {
		entry.Status = 0
		hangUp(w)
		return
	}
	writeJSON(w, http.StatusOK, body)
}

// open reads the call and finds its method and its caller.
func (c *call) open(r *http.Request) (method, *apiError) {
	parsed, err := readCall(r)
	c.args, c.warnings = parsed.args, parsed.warnings
	token := bearer(r, parsed.args)
	delete(c.args, "token")
	if err != nil {
		return method{}, err
	}
	m, known := c.methods[c.method]
	if !known {
		return method{}, refuse("unknown_method")
	}
	c.mu.Lock()
	c.who, err = c.authenticate(token, m.token)
	c.mu.Unlock()
	if err != nil {
		return m, err
	}
	if err := c.who.need(m.scopes...); err != nil {
		return m, err
	}
	if parsed.json && !m.json {
		c.args = args{} // such methods do not look at JSON at all
	}
	for _, name := range m.need {
		if !c.args.has(name) {
			return m, missing(name)
		}
	}
	return m, nil
}

// perform runs the method and makes its change true before anybody is answered.
func (c *call) perform(m method) (reply, *apiError) {
	c.mu.Lock()
	defer c.mu.Unlock()
	answer, err := m.run(c)
	if err != nil {
		return nil, err
	}
	if err := c.commit(&c.change); err != nil {
		return nil, &apiError{code: "internal_error", messages: []string{"[ERROR] " + err.Error()}}
	}
	return answer, nil
}

// annotate adds what Slack says about the call itself: headers and warnings.
func (c *call) annotate(w http.ResponseWriter, body map[string]any, m method) {
	if len(c.warnings) > 0 {
		body["warning"] = strings.Join(c.warnings, ",")
		about, _ := body["response_metadata"].(map[string]any)
		if about == nil {
			about = map[string]any{}
		}
		about["warnings"] = c.warnings
		body["response_metadata"] = about
	}
	if c.who != nil && c.who.scopes != nil {
		w.Header().Set("X-OAuth-Scopes", strings.Join(c.who.scopes, ","))
		w.Header().Set("X-Accepted-OAuth-Scopes", strings.Join(m.scopes, ","))
	}
}

// tooMany is Slack's answer to a call above a limit. Seconds are whole.
func tooMany(w http.ResponseWriter, wait time.Duration) {
	seconds := int(math.Ceil(wait.Seconds()))
	w.Header().Set("Retry-After", strconv.Itoa(max(seconds, 1)))
	writeJSON(w, http.StatusTooManyRequests, errorReply("ratelimited"))
}

// hangUp cuts the connection without an answer.
func hangUp(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler) // net/http's way to drop a connection it will not give away
	}
	_ = conn.Close()
}

// pause waits, but not longer than the server lives.
func (s *Server) pause(d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-s.done:
	}
}

func logged(a args) map[string]string {
	kept := make(map[string]string, len(a))
	for name, value := range a {
		kept[name] = value
	}
	return kept
}

// decode reads a structured argument; absent is fine and leaves the value alone.
func (c *call) decode(name string, into any) bool {
	return !c.args.has(name) || json.Unmarshal([]byte(c.args[name]), into) == nil
}
