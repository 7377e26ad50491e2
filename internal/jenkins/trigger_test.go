package jenkins

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/job"
)

// What happens to a request for a build.
const (
	fine       = iota
	answerLost // it takes effect, and the answer never comes
	neverCame  // it has no effect, and nobody says so
	late       // the answer is lost, and it takes effect some requests later
	tooLate    // likewise, only after we gave it up and asked again
	broken     // 500, without effect
	brokenLate // 500, with effect
	proxy      // 502 of something in front of it, with effect
	noLocation // 201, with effect, and without a word about where
	modes
)

// tiny is a Jenkins with one job, as bad as it may be with requests for builds. What is queued without a delay is a
// build at the next request; what waits longer stays in the queue, and the same again is folded into it.
type tiny struct {
	t      *testing.T
	mu     sync.Mutex
	id     int
	queue  []entry
	builds []entry
	how    []int          // what happens to the next requests; fine when there are no more
	coming map[string]int // runs of late requests: after so many more requests
	parked string         // the run of a request that is too late
	kill   func()         // called at the request of that number, before it is answered
	killAt int
	count  int
	ended  []string // what was cancelled or stopped
	seen   []string // for whoever has to understand what went wrong
}

type entry struct {
	id    int
	run   string
	delay bool
}

func (y *tiny) add(run string, delay bool) (id int, folded bool) {
	for _, e := range y.queue {
		if e.run == run {
			return e.id, true
		}
	}
	y.id++
	y.queue = append(y.queue, entry{y.id, run, delay})
	return y.id, false
}

// step is what happens in Jenkins between two requests.
func (y *tiny) step() {
	for run, n := range y.coming {
		if y.coming[run] = n - 1; n <= 1 {
			delete(y.coming, run)
			y.add(run, false)
		}
	}
	var rest []entry
	for _, e := range y.queue {
		if e.delay {
			rest = append(rest, e)
		} else {
			y.builds = append(y.builds, e)
		}
	}
	y.queue = rest
}

func (y *tiny) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	y.mu.Lock()
	defer y.mu.Unlock()
	y.count++
	y.seen = append(y.seen, fmt.Sprintf("%s %s queue=%v builds=%v coming=%v", r.Method, r.URL.Path, y.queue, y.builds, y.coming))
	if y.count == y.killAt {
		y.kill()
		if y.killAt%2 == 0 {
			panic(http.ErrAbortHandler) // it never arrived
		}
	}
	switch {
	case r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/buildWithParameters"):
		y.request(w, r)
		return
	case r.Method == http.MethodPost && r.URL.Path == "/queue/cancelItem":
		for i, e := range y.queue {
			if fmt.Sprint(e.id) == r.URL.Query().Get("id") {
				y.queue = append(y.queue[:i:i], y.queue[i+1:]...)
				y.ended = append(y.ended, e.run)
				break
			}
		}
		w.WriteHeader(http.StatusNoContent)
		return
	case r.URL.Path == "/queue/api/json":
		var all []string
		for _, e := range y.queue {
			all = append(all, carries(0, e.id, e.run))
		}
		says(`{"items":[`+strings.Join(all, ",")+`]}`)(w, r)
	case r.URL.Path == shopBuild+"/api/json":
		var all []string
		for i, e := range y.builds {
			all = append([]string{carries(i+1, e.id, e.run)}, all...)
		}
		declares(strings.Join(all, ","), "VERSION", "PAWL_RUN_ID")(w, r)
	case strings.HasPrefix(r.URL.Path, "/queue/item/"):
		for _, e := range y.queue {
			if strings.Contains(r.URL.Path, fmt.Sprintf("/%d/", e.id)) {
				says(`{"_class":"hudson.model.Queue$WaitingItem","why":"In the quiet period. Expires in 5 sec"}`)(w, r)
				return
			}
		}
		status(404, "no")(w, r)
	default:
		status(404, "no")(w, r)
	}
	y.step()
}

func (y *tiny) request(w http.ResponseWriter, r *http.Request) {
	how := fine
	if len(y.how) > 0 {
		how, y.how = y.how[0], y.how[1:]
	}
	run, delay := r.PostFormValue("PAWL_RUN_ID"), r.URL.Query().Get("delay") != "0sec"
	switch how {
	case neverCame:
		panic(http.ErrAbortHandler)
	case late:
		y.coming[run] = 1 + rand.N(8)
		panic(http.ErrAbortHandler)
	case tooLate:
		y.parked = run
		panic(http.ErrAbortHandler)
	case broken:
		status(500, "Oops")(w, r)
		return
	}
	if y.parked == run {
		y.parked, y.coming[run] = "", 2
	}
	id, folded := y.add(run, delay)
	switch how {
	case answerLost:
		panic(http.ErrAbortHandler)
	case brokenLate:
		status(500, "Oops")(w, r)
	case proxy:
		status(502, "Bad gateway")(w, r)
	case noLocation:
		w.WriteHeader(http.StatusCreated)
	default:
		w.Header().Set("Location", fmt.Sprintf("http://jenkins.internal:8080/queue/item/%d/", id))
		w.WriteHeader(map[bool]int{true: http.StatusSeeOther, false: http.StatusCreated}[folded])
	}
}

func startTiny(t *testing.T, how ...int) (*tiny, string) {
	t.Helper()
	y := &tiny{t: t, how: how, coming: map[string]int{}}
	srv := httptest.NewServer(y)
	t.Cleanup(srv.Close)
	return y, srv.URL
}

func TestOneBuildWhateverIsLost(t *testing.T) {
	t.Parallel()
	for first := fine; first < modes; first++ {
		for next := fine; next < modes; next++ {
			t.Run(fmt.Sprintf("%d then %d", first, next), func(t *testing.T) {
				t.Parallel()
				y, url := startTiny(t, first, next)
				trig := Trigger{Job: "shop/build", RunID: "r1", Params: map[string]string{"VERSION": "1"}}
				ref, err := open(t, url).Trigger(t.Context(), trig)
				require.NoError(t, err)
				y.one(ref)
				again, err := open(t, url).Trigger(t.Context(), trig)
				require.NoError(t, err)
				require.True(t, again.Found)
				require.Equal(t, ref.Queue, again.Queue)
				y.one(again)
			})
		}
	}
}

// one holds that there is one build of the run, and that it is the one in the ref.
func (y *tiny) one(ref Ref) {
	y.t.Helper()
	y.mu.Lock()
	defer y.mu.Unlock()
	all := append(append([]entry{}, y.builds...), y.queue...)
	require.Len(y.t, all, 1, "%s", strings.Join(y.seen, "\n"))
	require.EqualValues(y.t, all[0].id, ref.Queue, "%s", strings.Join(y.seen, "\n"))
}

// A request that we gave up for lost arrives when another is in the queue: it is folded into that.
func TestLaterThanWeWait(t *testing.T) {
	t.Parallel()
	y, url := startTiny(t, tooLate)
	s := open(t, url)
	ref, err := s.Trigger(t.Context(), Trigger{Job: "shop/build", RunID: "r1"})
	require.NoError(t, err)
	for range 3 {
		_, _, err = s.Find(t.Context(), ref)
		require.NoError(t, err)
	}
	require.Empty(t, y.coming, "it came")
	y.one(ref)
	require.Empty(t, y.builds, "and ours waits, so that it would be folded")
}

// Whoever starts the build is killed at every request there is, and its successor goes on.
func TestOneBuildWhoeverIsKilled(t *testing.T) {
	t.Parallel()
	for at := 1; at <= 16; at++ {
		for how := fine; how < modes; how++ {
			t.Run(fmt.Sprintf("at %d, %d", at, how), func(t *testing.T) {
				t.Parallel()
				ctx, kill := context.WithCancel(t.Context())
				y, url := startTiny(t, how)
				y.kill, y.killAt = kill, at
				trig := Trigger{Job: "shop/build", RunID: "r1"}
				ref, err := open(t, url).Trigger(ctx, trig)
				for try := 0; err != nil && try < 3; try++ {
					trig.Again = true
					ref, err = open(t, url).Trigger(t.Context(), trig)
				}
				require.NoError(t, err)
				y.one(ref)
			})
		}
	}
}

// A request is so late that its successor has begun: there were two for a moment, and the younger one is taken back.
func TestTheYoungerOneIsTakenBack(t *testing.T) {
	t.Parallel()
	y, url := startTiny(t)
	y.builds = []entry{{id: 1, run: "r1"}}
	y.queue = []entry{{id: 2, run: "r1", delay: true}, {id: 3, run: "other", delay: true}}
	ref, err := open(t, url).Trigger(t.Context(), Trigger{Job: "shop/build", RunID: "r1", Again: true})
	require.NoError(t, err)
	require.Equal(t, Ref{Job: "shop/build", RunID: "r1", Queue: 1, Build: 1, Found: true}, ref)
	require.Equal(t, []string{"r1"}, y.ended)
	require.Len(t, y.queue, 1)
}

// Somebody builds one of ours again, in Jenkins, with all its parameters: that is theirs, and not stopped.
func TestBuiltAgainBySomebody(t *testing.T) {
	t.Parallel()
	theirs := strings.Replace(carries(2, 2, "r1"), `"Pawl"`, `"alice"`, 1)
	b := serve(t, routes{"GET /queue/api/json": handler(nothing), "GET " + shopBuild + "/api/json": declares(theirs+","+carries(1, 1, "r1"), "PAWL_RUN_ID")})
	ref, err := open(t, b.URL).Trigger(t.Context(), Trigger{Job: "shop/build", RunID: "r1"})
	require.NoError(t, err)
	require.EqualValues(t, 1, ref.Build)
	require.Empty(t, b.requests("POST"))
}

func TestManyAskForTheSame(t *testing.T) {
	t.Parallel()
	y, url := startTiny(t)
	s := open(t, url)
	var all sync.WaitGroup
	for i := range 20 {
		all.Go(func() {
			_, err := s.Trigger(context.Background(), Trigger{Job: "shop/build", RunID: fmt.Sprintf("r%d", i%4)})
			if err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	y.mu.Lock()
	defer y.mu.Unlock()
	count := map[string]int{}
	for _, e := range append(y.builds, y.queue...) {
		count[e.run]++
	}
	require.Equal(t, map[string]int{"r0": 1, "r1": 1, "r2": 1, "r3": 1}, count)
}

func TestNobodyWaitsForEver(t *testing.T) {
	t.Parallel()
	y, url := startTiny(t, broken, broken, broken, broken)
	_, err := open(t, url).Trigger(t.Context(), Trigger{Job: "shop/build", RunID: "r1"})
	f, outcome := fault(t, err)
	require.Equal(t, Unknown, outcome)
	require.Equal(t, "Jenkins is in trouble: it answered 500.", f.Says)
	require.Len(t, y.how, 1, "three requests are enough for one call")
	require.Empty(t, y.builds)
}

// Jenkins restarts in the middle of the search; nothing is asked for twice because of it.
func TestARestartInTheMiddle(t *testing.T) {
	t.Parallel()
	starting := status(503, "Please wait while Jenkins is getting ready to work")
	posts := 0
	b := serve(t, routes{
		"GET /queue/api/json":                        inTurn(says(nothing), starting, starting, starting, dropped(nil), says(nothing)),
		"GET " + shopBuild + "/api/json":             inTurn(declares("", "PAWL_RUN_ID"), declares("", "PAWL_RUN_ID"), declares(carries(4, 12, "r1"), "PAWL_RUN_ID")),
		"POST " + shopBuild + "/buildWithParameters": dropped(func(*http.Request) { posts++ }),
	})
	ref, err := open(t, b.URL).Trigger(t.Context(), Trigger{Job: "shop/build", RunID: "r1"})
	require.NoError(t, err)
	require.Equal(t, Ref{Job: "shop/build", RunID: "r1", Queue: 12, Build: 4, Found: true}, ref)
	require.Equal(t, 1, posts)
}

func TestWhatIsRefused(t *testing.T) {
	t.Parallel()
	for says, post := range map[string]http.HandlerFunc{
		"Jenkins does not build shop/build now: the job is disabled. Enable it in Jenkins.":                                                              status(409, "shop » build is not buildable"),
		"Jenkins has no job shop/build, or the user pawl may not see it.":                                                                                status(404, ""),
		"Jenkins does not accept our token (401). Make a new API token for the user pawl in Jenkins.":                                                    status(401, "Invalid password/token for user: pawl"),
		`Jenkins does not let the user pawl do this: the permission "Build" is missing.`:                                                                 status(403, "", "X-Required-Permission", "hudson.model.Item.Build"),
		"Jenkins wants us to sign in: it does not know the user pawl, or does not accept the token.":                                                     status(302, "", "Location", "/login?from=%2Fjob"),
		"Jenkins wants a crumb from us, which it does not ask of API tokens. Make an API token for the user pawl in Jenkins, and do not use a password.": status(403, "No valid crumb was included in the request"),
		"Jenkins took the order for shop/build and did not queue it: one of its plugins decided so.":                                                     status(302, "", "Location", "."),
		"Jenkins sends us on to another address (301). Look at the address of Jenkins in pawl.yaml.":                                                     status(301, "", "Location", "https://ci.example.com/job/shop/job/build/buildWithParameters"),
		`Jenkins does not take what we ask (400): "Illegal choice: x"`:                                                                                   status(400, "Illegal choice: x"),
	} {
		t.Run(says, func(t *testing.T) {
			t.Parallel()
			b := serve(t, routes{"GET /queue/api/json": handler(nothing), "GET " + shopBuild + "/api/json": declares("", "PAWL_RUN_ID"), "POST " + shopBuild + "/buildWithParameters": post})
			_, err := open(t, b.URL).Trigger(t.Context(), Trigger{Job: "shop/build", RunID: "r1"})
			f, outcome := fault(t, err)
			require.Equal(t, says, f.Says)
			require.Equal(t, Refused, outcome)
			require.True(t, f.Final)
			require.Len(t, b.requests("POST"), 1)
		})
	}
}

func handler(v string) http.HandlerFunc { return says(v) }

// What passes by itself: nothing was done, and the same may be asked later.
func TestWhatPasses(t *testing.T) {
	t.Parallel()
	for says, post := range map[string]http.HandlerFunc{
		"Jenkins is starting and answers again in a moment.":                                                            status(503, "Please wait while Jenkins is restarting"),
		"Jenkins does not let us in (403). Either it has only just started, or the user pawl lacks a permission there.": status(403, "anonymous is missing the Job/Build permission"),
		"Jenkins asks us to slow down.":                                                                                 status(429, "", "Retry-After", "30"),
	} {
		t.Run(says, func(t *testing.T) {
			t.Parallel()
			b := serve(t, routes{"GET /queue/api/json": handler(nothing), "GET " + shopBuild + "/api/json": declares("", "PAWL_RUN_ID"), "POST " + shopBuild + "/buildWithParameters": post})
			_, err := open(t, b.URL).Trigger(t.Context(), Trigger{Job: "shop/build", RunID: "r1"})
			f, outcome := fault(t, err)
			require.Equal(t, says, f.Says)
			require.Equal(t, NotDone, outcome)
			require.False(t, f.Final)
			require.Equal(t, strings.Contains(says, "slow"), f.After == 30*time.Second)
		})
	}
}

func TestTooSlow(t *testing.T) {
	t.Parallel()
	hang := make(chan struct{})
	b := serve(t, routes{"GET /queue/api/json": handler(nothing), "GET " + shopBuild + "/api/json": declares("", "PAWL_RUN_ID"), "POST " + shopBuild + "/buildWithParameters": func(http.ResponseWriter, *http.Request) { <-hang }})
	t.Cleanup(func() { close(hang) })
	_, err := open(t, b.URL, func(o *Options) { o.Timeout = 3 * time.Second }).Trigger(t.Context(), Trigger{Job: "shop/build", RunID: "r1"})
	f, outcome := fault(t, err)
	require.Equal(t, Unknown, outcome)
	require.Equal(t, job.FaultTheirs, f.Class)
	require.Equal(t, "Jenkins did not answer within 3 seconds.", f.Says)
}
