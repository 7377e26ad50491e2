// Package jenkins starts, follows and stops builds of a Jenkins server, and
// never starts two builds for one run.
//
// Jenkins has no idempotent trigger. What it has is parameters: a job declares
// a text parameter ([RunParam]), every build we start carries the id of its run
// in it, and whoever is not sure whether a build was started looks for that id
// in the queue and among the builds before asking again ([Server.Trigger]).
//
//	ref, err := server.Trigger(ctx, jenkins.Trigger{Job: "shop/build", RunID: "deploy-p3v8x1.2", Params: ...})
//	state, err := server.State(ctx, ref)    // one look: why it waits, stages, questions, result
//	log, err := server.Log(ctx, ref, mark)  // what was printed since
//	state, err = server.Cancel(ctx, ref, jenkins.Stop)
//
// Everything that goes wrong is an [*Error]: a job.Fault with a sentence for
// people, and an [Outcome], which says whether what was asked may have happened.
//
// The server is spoken to through github.com/bndr/gojenkins where that reads
// well (its types, its stages), over a requester of our own (requester.go):
// the library's follows redirects, fetches a crumb for every POST, forgets the
// status of an answer and panics when there is none. Trigger, queue, log, stop
// and questions are ours, for what the library does there is not what Jenkins
// answers. traps_test.go shows each of these.
//
//	jenkins.go  the server and its options      names.go    jobs, and what an address of Jenkins means
//	check.go    what a job has to declare       trigger.go  one build of a run, whatever is lost; request.go asks for it
//	find.go     where the build of a run is; search.go looks through the queue and the builds
//	builds.go   the newest builds of a job, with what is new in each
//	state.go    one look; queue.go why it waits; stages.go how far it is, and what it asks; follow.go many looks
//	log.go      what it prints                  cancel.go, answer.go  stop it, answer it
//	ask.go      one request, and what came back; requester.go the same for the library
//	trouble.go  what went wrong without an answer; refused.go with one; shown.go what of it is shown
//
// No address that Jenkins gives is ever asked: Jenkins makes them of the root
// URL somebody once wrote into its settings. Only numbers and names are taken
// from them (names.go).
package jenkins

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/bndr/gojenkins"

	"github.com/pawl-ops/pawl/internal/shown"
	"github.com/pawl-ops/pawl/job"
)

// RunParam is the parameter by which a job's builds are told apart, unless another is named.
const RunParam = "PAWL_RUN_ID"

// Options say where a Jenkins is and how patient to be with it. What is zero is taken from the defaults in brackets.
type Options struct {
	URL   string     // where Pawl reaches it, context path included: https://ci.example.com/jenkins
	User  string     // whose API token it is
	Token job.Secret // an API token, not a password: those need a crumb for everything that changes something
	Root  string     // where people open it, when that is elsewhere (URL)

	Timeout     time.Duration // from asking to the last byte of an answer (30 s)
	LargestJSON int64         // bytes of one answer that are read (16 MB)
	LargestLog  int64         // bytes of log taken at once (1 MB)

	// Settle is how long a request whose answer was lost may still take to have its effect (5 s). Only when Jenkins
	// answered for so long without knowing the run is it asked again; then the new build waits in the queue for as
	// long, rounded up to a second, so that the lost request would be folded into it.
	Settle time.Duration

	Transport http.RoundTripper                                // how requests travel (HTTP, with the proxy of the environment)
	Sleep     func(ctx context.Context, d time.Duration) error // waits, or gives the error of the context that ended
	Now       func() time.Time                                 // what time it is
}

// Server is a Jenkins. It may be used by many at once.
type Server struct {
	opt    Options
	base   *url.URL // without a slash at the end
	people string   // what links for people begin with
	http   *http.Client
	mask   shown.Mask
	lib    *gojenkins.Jenkins

	mu   sync.Mutex
	runs map[string]chan struct{} // runs somebody is starting a build for
}

// New returns the Jenkins at an address. Nothing is asked yet. The error says what is wrong with an option.
func New(o Options) (*Server, error) {
	base, err := address(o.URL)
	if err != nil {
		return nil, fmt.Errorf("reading the address of jenkins: %w", err)
	}
	root := base
	if o.Root != "" {
		if root, err = address(o.Root); err != nil {
			return nil, fmt.Errorf("reading the address of jenkins for people: %w", err)
		}
	}
	if o.User != "" && o.Token.Empty() {
		return nil, fmt.Errorf("reading the options of jenkins: the user %s has no API token", o.User)
	}
	o.Timeout = cmp.Or(o.Timeout, 30*time.Second)
	o.LargestJSON = cmp.Or(o.LargestJSON, 16<<20)
	o.LargestLog = cmp.Or(o.LargestLog, 1<<20)
	o.Settle = cmp.Or(o.Settle, 5*time.Second)
	if o.Transport == nil {
		o.Transport = transport()
	}
	if o.Sleep == nil {
		o.Sleep = sleep
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	s := &Server{
		opt: o, base: base, people: root.String(), mask: shown.NewMask(o.Token, job.NewSecret(basic(o))), runs: map[string]chan struct{}{},
		// A redirect is an answer: its Location is a queue item, or a page to sign in.
		http: &http.Client{Transport: o.Transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }},
	}
	s.lib = &gojenkins.Jenkins{Server: base.String(), Requester: requester{s}}
	return s, nil
}

// Close lets go of connections nobody uses. The server can be used all the same.
func (s *Server) Close() { s.http.CloseIdleConnections() }

// address reads the address of a Jenkins.
func address(text string) (*url.URL, error) {
	u, err := url.Parse(strings.TrimSpace(text))
	switch {
	case err != nil:
		return nil, errors.New("it is no address like https://ci.example.com/jenkins")
	case u.Scheme != "http" && u.Scheme != "https" || u.Host == "":
		return nil, fmt.Errorf("%q should be like https://ci.example.com/jenkins", u.Redacted())
	case u.User != nil:
		return nil, errors.New("user and token do not belong into the address")
	case u.RawQuery != "" || u.Fragment != "":
		return nil, fmt.Errorf("%q should end with the path of jenkins", u.Redacted())
	}
	u.Path, u.RawPath = strings.TrimRight(u.Path, "/"), strings.TrimRight(u.RawPath, "/")
	return u, nil
}

// transport is the usual one, of our own so that closing its connections touches nobody else's, and with headers that end.
func transport() http.RoundTripper {
	usual, ok := http.DefaultTransport.(*http.Transport)
	if !ok {
		return http.DefaultTransport
	}
	t := usual.Clone()
	t.MaxResponseHeaderBytes = 64 << 10
	t.MaxIdleConnsPerHost = 8
	return t
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

// guard turns a panic into an error: the library has some, and a run must not die of them.
func (s *Server) guard(err *error, doing string) {
	if p := recover(); p != nil {
		e := s.fault(Unknown, job.FaultOurs, "Something unforeseen happened to Pawl while it spoke to Jenkins.")
		e.Cause = fmt.Errorf("%s: %s", doing, s.mask.Hide(fmt.Sprint(p)))
		*err = e
	}
}
