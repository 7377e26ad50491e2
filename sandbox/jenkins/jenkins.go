// Package jenkins is the build server of the pretend company: a Jenkins on the wire, kinder in nothing than the real one,
// with jobs that are declared and builds that pass through their stages by the clock.
//
//	jenkins.go the server and its options     declare.go jobs, as the world declares them
//	clock.go   what happens when time passes  queue.go   who waits, and for what
//	build.go   one build; steps.go how it goes on          restart.go what a restart leaves; state.go what is kept
//	named.go   what a build knows, and what it is called   past.go    builds of before the world began
//	serve.go   the door: who asks; refuse.go who is sent away; transport.go how it is read and answered
//	where.go   what a path means; routes.go what is done there
//	trigger.go builds are asked for           stop.go    the ladder of aborting           input.go who is asked
//	bean.go    JSON as Jenkins exposes it; tree.go what of it is wanted; items.go, jobs.go, params.go, runs.go what there is
//	stages.go  stages, as the stage view tells them; nodes.go what is in one              console.go the log, piece by piece
//	faults.go  what can be wrong with it; faultsapi.go the same over HTTP                 page.go to look at
//	world.go   for tests and for the panel: start a build, count builds
//
// The facts are from Jenkins' own sources (core, stapler, workflow-job, pipeline-input-step, pipeline-stage-view), and from
// answers that others recorded; shapes_test.go holds our answers to those. Nothing runs by itself: whoever asks moves the
// clock first, so that a test with a clock of its own waits for nothing.
package jenkins

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"
)

// User and Token are Pawl's in the world's Jenkins. They open nothing outside it.
const (
	User  = "pawl"
	Token = "11sandboxpawl0000000000000000000000"
)

// Account is somebody who may talk to Jenkins.
type Account struct {
	ID       string
	Name     string   // of the person; the ID when empty
	Token    string   // an API token, for Basic authentication
	Password string   // for Basic authentication; changes then need a crumb
	Hidden   []string // jobs and folders that do not exist for this user: 404
	Found    []string // those this user may know of but not read: 403
	NoBuild  bool     // lacks Job/Build
	NoCancel bool     // lacks Job/Cancel
}

// Options say how Jenkins is configured.
type Options struct {
	Root      string             // the address Jenkins believes it has: "url" fields and Location begin with it. No slash at the end
	Context   string             // the path in front of everything, "/jenkins"; empty: none
	Accounts  []Account          // User with Token when nil
	Jobs      []Job              // what can be built
	Branches  []string           // folders that are multibranch projects
	Visitor   string             // who looks at the page in a browser: the ID of an account, or any name; "somebody" when empty
	Executors int                // builds at the same time; 2 when zero, none when negative
	Quiet     time.Duration      // the quiet period; 5 s when zero, none when negative
	Forget    time.Duration      // how long a left queue item is known; 5 minutes when zero
	Keep      int                // builds kept of a job; 50 when zero
	Speed     float64            // how many times faster than declared builds go; 1 when zero
	Path      string             // the file that keeps queue and builds; empty: nothing is kept
	Now       func() time.Time   // time.Now when nil
	Changed   func()             // told when there are other faults than before; may be nil
	Random    func(n int) string // n hexadecimal digits; for tests that want to know them
}

// Server is a Jenkins. It is safe for concurrent use and has no goroutines of its own.
type Server struct {
	opts   Options
	prefix string // of the path
	secret string // crumbs are made with it

	mu      sync.Mutex
	clock   time.Time // up to which everything happened
	jobs    []*job    // in the order they were declared
	queue   []*item   // in the order of arrival
	left    []*item   // those that left, until they are forgotten
	last    int       // the id of the newest queue item
	upAt    time.Time // when it will be ready; zero while it is
	session string    // changes with every start
	faults  faults
	dirty   bool // the file is older than what happened
	posts   int  // triggers that arrived
}

// New opens a Jenkins, with what Options.Path remembers of it.
func New(o Options) (*Server, error) {
	o.fill()
	s := &Server{opts: o, prefix: strings.TrimSuffix(o.Context, "/"), clock: o.Now(), session: o.Random(8), secret: o.Random(32)}
	if u, err := url.Parse(o.Root); err != nil || u.Host == "" {
		return nil, fmt.Errorf("opening jenkins: %q is not the address of a Jenkins", o.Root)
	}
	for _, j := range o.Jobs {
		if err := s.declare(j); err != nil {
			return nil, err
		}
	}
	if err := s.remember(); err != nil {
		return nil, err
	}
	return s, nil
}

func (o *Options) fill() {
	if o.Accounts == nil {
		o.Accounts = []Account{{ID: User, Name: "Pawl", Token: Token}}
	}
	if o.Visitor == "" {
		o.Visitor = "somebody"
	}
	if o.Executors == 0 {
		o.Executors = 2
	}
	if o.Quiet == 0 {
		o.Quiet = 5 * time.Second
	}
	if o.Forget == 0 {
		o.Forget = 5 * time.Minute
	}
	if o.Keep == 0 {
		o.Keep = 50
	}
	if o.Speed == 0 {
		o.Speed = 1
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Random == nil {
		o.Random = random
	}
	o.Quiet = max(0, o.Quiet)
	o.Executors = max(0, o.Executors)
	o.Root = strings.TrimSuffix(o.Root, "/")
}

// Handler serves the Jenkins and its page below Options.Context. Control serves what no Jenkins has.
func (s *Server) Handler() http.Handler { return http.HandlerFunc(s.serve) }

// changed tells whoever wants to know.
func (s *Server) changed() {
	if s.opts.Changed != nil {
		s.opts.Changed()
	}
}

// scaled is how long something takes at the speed of this Jenkins.
func (s *Server) scaled(d time.Duration) time.Duration {
	return time.Duration(float64(d) / s.opts.Speed)
}
