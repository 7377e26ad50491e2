package crm

import (
	"crypto/subtle"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/pawl-ops/pawl/sandbox/wire"
)

// shape is a way to ask for deals. It gets what can be seen of them and says which page it is, and how to write it; or why
// not. It is called while nothing changes, and so is what it returns.
type shape func(r *http.Request, v view) (answer, *refusal)

// answer is a page that can be written.
type answer struct {
	page int // 1-based
	body func(f flaws) ([]byte, http.Header)
}

// verdict is what becomes of a request.
type verdict struct {
	drop    bool // no answer at all
	refusal *refusal
	wait    time.Duration // before anything is said
	status  int
	header  http.Header
	body    []byte
	half    bool // the answer breaks off in the middle
}

// serve is the door of every path.
func (s *Server) serve(as shape) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		v := s.judge(r, as, w.Header())
		tell := s.faults.dirty || s.shown != len(s.deals)
		s.faults.dirty, s.shown = false, len(s.deals)
		s.mu.Unlock()
		if tell {
			s.changed()
		}
		if v.wait > 0 && !wire.Pause(r.Context(), v.wait) {
			return
		}
		for name, values := range v.header {
			w.Header()[name] = values
		}
		switch {
		case v.drop:
			wire.Reset(w)
		case v.refusal != nil:
			v.refusal.send(w)
		case v.half:
			breakOff(w, v.body)
		default:
			if v.header.Get("Content-Type") == "" {
				w.Header().Set("Content-Type", "application/json;charset=utf-8")
			}
			w.WriteHeader(v.status)
			_, _ = w.Write(v.body) // the reader is gone, nothing to be done
		}
	}
}

// judge decides, in the order in which the real thing would: its network, the token, the rate, the question.
func (s *Server) judge(r *http.Request, as shape, h http.Header) (v verdict) {
	now := s.opts.Now()
	s.advance(now)
	seen := view{deals: s.deals, step: 1}
	if s.faults.hit(Half, 1) != nil {
		seen.step = 2
	}
	a, wrong := as(r, seen)
	hit := func(kind string) *Fault { return s.faults.hit(kind, a.page) }
	if hit(Off) != nil {
		return verdict{drop: true}
	}
	if !s.authorised(r) || hit(Revoked) != nil {
		return verdict{refusal: unauthenticated()}
	}
	if r.Method != http.MethodGet {
		return verdict{refusal: &refusal{
			status: http.StatusMethodNotAllowed, Message: "This resource does not support " + r.Method, header: http.Header{"Allow": {http.MethodGet}},
		}}
	}
	if hit(Scope) != nil {
		return verdict{refusal: outOfScope("deals")}
	}
	if f := hit(TooMany); f != nil {
		s.rate.say(h)
		return verdict{refusal: tooMany("TEN_SECONDLY_ROLLING", "ten_secondly_rolling", f.delay(0))}
	}
	refused := s.rate.take(now)
	s.rate.say(h)
	if refused != nil {
		return verdict{refusal: refused}
	}
	if f := hit(Slow); f != nil {
		v.wait = f.delay(5 * time.Second)
	}
	switch {
	case hit(BadGateway) != nil:
		v.status, v.body = http.StatusBadGateway, []byte("upstream connect error or disconnect/reset before headers. reset reason: connection failure")
		v.header = http.Header{"Content-Type": {"text/plain"}}
	case hit(HTML) != nil:
		v.status, v.body = http.StatusOK, []byte(maintenance)
		v.header = http.Header{"Content-Type": {"text/html; charset=utf-8"}}
	case wrong != nil:
		v.refusal = wrong
	default:
		v.half = hit(Cut) != nil
		v.status = http.StatusOK
		v.body, v.header = a.body(flaws{
			broken: hit(Broken) != nil, huge: hit(Huge) != nil, endless: hit(Endless) != nil, circle: hit(Circle) != nil,
		})
	}
	return v
}

// authorised reports whether the request has the token: as a bearer everywhere, and in X-Api-Key where it is not HubSpot.
func (s *Server) authorised(r *http.Request) bool {
	token, bearer := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !bearer {
		token = ""
		if !strings.HasPrefix(r.URL.Path, "/crm/") {
			token = r.Header.Get("X-Api-Key")
		}
	}
	return subtle.ConstantTimeCompare([]byte(token), []byte(s.opts.Token)) == 1
}

// breakOff announces a whole answer, sends half of it and ends the connection.
func breakOff(w http.ResponseWriter, body []byte) {
	w.Header().Set("Content-Type", "application/json;charset=utf-8")
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	_, _ = w.Write(body[:len(body)/2])
	_ = http.NewResponseController(w).Flush()
	panic(http.ErrAbortHandler)
}
