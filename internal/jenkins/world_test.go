package jenkins_test

import (
	"context"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/internal/jenkins"
	"github.com/pawl-ops/pawl/job"
	box "github.com/pawl-ops/pawl/sandbox/jenkins"
)

// What follows is held against the pretend Jenkins, which is kinder in nothing than the real one.

// world is the pretend Jenkins and us before it, in a time that passes when somebody waits or the test lets it.
type world struct {
	*testing.T
	*jenkins.Server
	box *box.Server
	url string

	mu    sync.Mutex
	time  time.Time
	waits func() // what happens while somebody waits; for tests that do one thing at a time
}

func (w *world) Now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.time
}

func (w *world) pass(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.time = w.time.Add(d)
}

func (w *world) sleep(ctx context.Context, d time.Duration) error {
	w.pass(d)
	if w.waits != nil {
		w.waits()
	}
	return ctx.Err()
}

// root is where this Jenkins believes to be.
const root = "https://ci.acme.example/jenkins"

// build is a pipeline of two stages of ten seconds, slow the same as freestyle, release one that asks.
func jobs() []box.Job {
	params := []box.Param{{Name: "VERSION", Default: "1.0"}, {Name: "PAWL_RUN_ID"}}
	stages := []box.Stage{{Name: "Compile", Takes: 10 * time.Second, Log: []string{"+ make $VERSION", "ok"}}, {Name: "Test", Takes: 10 * time.Second, Log: []string{"+ make test", "214 tests"}}}
	return []box.Job{
		{Name: "shop/build", Params: params, Stages: stages, Concurrent: true},
		{Name: "shop/one", Params: params, Stages: stages},
		{Name: "shop/slow", Kind: box.Freestyle, Params: params, Stages: stages[:1]},
		{Name: "shop/term", Params: params, Stages: stages, Stubborn: "term"},
		{Name: "shop/kill", Params: params, Stages: stages, Stubborn: "kill"},
		{Name: "lib/feature%2Fx", Params: params, Stages: stages},
		{Name: "off", Params: params, Disabled: true},
		{Name: "bare", Stages: stages},
		{Name: "shop/release", Params: params, Stages: []box.Stage{
			{Name: "Ready", Takes: time.Second},
			{Name: "Ask", Takes: time.Second, Input: &box.Input{ID: "go", Message: "Release $VERSION?", OK: "Release", Params: []box.Param{{Name: "WHERE", Kind: box.Choice, Choices: []string{"here", "there"}}}}},
			{Name: "Agree", Takes: time.Second, Input: &box.Input{ID: "agree", Message: "Really?", Submitters: []string{"carol"}}},
		}},
		{Name: "shop/ask", Params: params, Stages: []box.Stage{{Name: "Ask", Takes: time.Second, Input: &box.Input{ID: "go", Message: "Go?"}}}},
	}
}

func begin(t *testing.T, change ...func(*box.Options)) *world {
	t.Helper()
	w := &world{T: t, time: time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)}
	o := box.Options{Root: root, Context: "/jenkins", Jobs: jobs(), Executors: 50, Now: w.Now}
	for _, f := range change {
		f(&o)
	}
	var err error
	w.box, err = box.New(o)
	require.NoError(t, err)
	server := httptest.NewServer(w.box.Handler())
	t.Cleanup(server.Close)
	w.url = server.URL + o.Context
	w.Server = w.client()
	return w
}

// client is another of us, as after a restart.
func (w *world) client() *jenkins.Server {
	w.Helper()
	s, err := jenkins.New(jenkins.Options{URL: w.url, User: box.User, Token: job.NewSecret(box.Token), Root: root, Timeout: 10 * time.Second, Now: w.Now, Sleep: w.sleep})
	require.NoError(w.T, err)
	w.Cleanup(s.Close)
	return s
}

func (w *world) wrong(f box.Fault) {
	w.Helper()
	require.NoError(w.T, w.box.Set(f))
}

func (w *world) start(name, run string) jenkins.Ref {
	w.Helper()
	ref, err := w.Trigger(w.Context(), jenkins.Trigger{Job: name, RunID: run, Params: map[string]string{"VERSION": "2.0"}, Since: w.Now()})
	require.NoError(w.T, err)
	return ref
}

func (w *world) look(ref jenkins.Ref) jenkins.State {
	w.Helper()
	st, err := w.State(w.Context(), ref)
	require.NoError(w.T, err)
	return st
}

// once holds that there is one build or item of a run.
func (w *world) once(run string) {
	w.Helper()
	builds, queued := w.box.Count("PAWL_RUN_ID", run)
	require.Equal(w.T, 1, builds+queued, "of %s: %d builds, %d queued", run, builds, queued)
}
