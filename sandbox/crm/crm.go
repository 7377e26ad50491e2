// Package crm is a third party of the pretend company: a CRM with thousands of deals that sales works in, on the wire as
// HubSpot's CRM v3 lists objects (https://developers.hubspot.com/docs/api/crm/deals), and kinder in nothing.
//
//	crm.go     the server and its options    deal.go    one deal; names.go what deals are called
//	growth.go  how deals come and change     state.go   what outlives the process
//	serve.go   the door: faults, token, rate, answer    query.go   what a request asks for
//	hubspot.go deals as HubSpot gives them   shapes.go  the same deals by offset, and by Link header
//	limit.go   how often it may be asked     answer.go  errors in HubSpot's shape
//	faults.go  what can be wrong with it; faultsapi.go the same over HTTP; wrong.go how it looks then
//
// What the CRM holds is a function of the moment it was founded and of the clock: two servers with the same options give
// the same answers to the byte, but for the ids of errors.
package crm

import (
	"net/http"
	"sync"
	"time"
)

// Token is that of Pawl's private app in the world's CRM. It opens nothing outside it.
const Token = "pat-eu1-sandbox-pawl"

// founders is how many deals there are on the first day, unless Options say otherwise.
const founders = 4812

// Options say how large the CRM is, and how fast it grows and answers.
type Options struct {
	Token   string           // of the one private app; Token when empty
	Founded time.Time        // when it had Deals deals; the moment of New, to the second, when zero. Path remembers it
	Path    string           // the file that keeps when it was founded and what was added by hand; empty: nothing is kept
	Deals   int              // how many it begins with; 4,812 when zero
	Every   time.Duration    // how often a new deal comes; 30 s when zero, never when negative
	Limits  Limits           // how often it may be asked
	Now     func() time.Time // time.Now when nil
	Changed func()           // told when there are other deals or faults than before; may be nil
}

// Server is the CRM. It is safe for concurrent use and has no goroutines of its own.
type Server struct {
	opts  Options
	words vocabulary

	mu     sync.Mutex
	state  state
	deals  []deal // in the order in which they came, which is that of their ids
	ticks  int64  // of growth that are done
	grown  int    // of state.Grown that are done
	rate   rate
	faults faults
	shown  int // how many deals Changed was told of
}

// New opens the CRM, with what Options.Path remembers of it.
func New(o Options) (*Server, error) {
	if o.Token == "" {
		o.Token = Token
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Deals == 0 {
		o.Deals = founders
	}
	if o.Every == 0 {
		o.Every = 30 * time.Second
	}
	if o.Founded.IsZero() {
		o.Founded = o.Now().Truncate(time.Second)
	}
	o.Founded = o.Founded.UTC()
	o.Limits = o.Limits.withDefaults()
	s := &Server{opts: o, words: words(), rate: rate{limits: o.Limits}, faults: faults{}}
	if err := s.remember(); err != nil {
		return nil, err
	}
	s.deals = s.first()
	s.shown = s.Deals()
	return s, nil
}

// Deals is how many deals there are now.
func (s *Server) Deals() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.advance(s.opts.Now())
	return len(s.deals)
}

// changed tells whoever wants to know.
func (s *Server) changed() {
	if s.opts.Changed != nil {
		s.opts.Changed()
	}
}

// Handler serves what the third party has on its wire: /crm/v3/objects/deals as HubSpot does, and the same deals in other
// shapes under /offset/deals and /link/deals. Everything wants the token.
func (s *Server) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/crm/v3/objects/{type}", s.serve(hubspotList))
	mux.HandleFunc("/crm/v3/objects/{type}/{id}", s.serve(hubspotOne))
	mux.HandleFunc("/offset/deals", s.serve(byOffset))
	mux.HandleFunc("/link/deals", s.serve(byLink))
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		refusal{status: http.StatusNotFound, Message: "resource not found"}.send(w)
	})
	return mux
}
