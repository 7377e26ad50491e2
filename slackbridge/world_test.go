package slackbridge

import (
	"bytes"
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pawl-ops/pawl/internal/board"
	"github.com/pawl-ops/pawl/internal/words"
	"github.com/pawl-ops/pawl/job"
	"github.com/pawl-ops/pawl/sandbox/slack"
	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	alice, bob, gus, maxim = "U0ALICE", "U0BOB", "U0GUS", "U0MAX"
	dmAlice                = "D0ALICE"
	shopDev                = "C0SHOPDEV"
	botToken               = "xoxb-sandbox-pawl"
	appToken               = "xapp-sandbox-pawl"
)

// world is a workspace on the wire, with a bridge in front of a door of the test.
type world struct {
	*testing.T
	ctx     context.Context
	dir     string // the data directory: who was known to a bridge is known to the next one
	url     string
	client  *http.Client
	server  *slack.Server
	control *slack.Control
	door    *door
	bridge  *Bridge
	logs    *logs

	mu      sync.Mutex
	threads map[string]string                             // channel/thread -> run
	front   func(http.ResponseWriter, *http.Request) bool // answers in Slack's place when it returns true
}

// calm is a Slack without rate limits, as patient as the real one.
func calm() slack.Options {
	return slack.Options{
		Limits:     slack.Limits{Off: true},
		Redelivery: slack.Redelivery{Waits: []time.Duration{0, 200 * time.Millisecond, 400 * time.Millisecond}},
		Sockets:    slack.Sockets{PingEvery: 50 * time.Millisecond},
	}
}

// hasty is a calm Slack that delivers again what is not acknowledged within a moment, and, unlike the real one, does not
// give up: how often it has to ask depends on how busy this machine is.
func hasty(within time.Duration) slack.Options {
	o := calm()
	o.Redelivery = slack.Redelivery{AckWithin: within, Waits: []time.Duration{0, 200 * time.Millisecond}}
	for range 100 {
		o.Redelivery.Waits = append(o.Redelivery.Waits, 400*time.Millisecond)
	}
	return o
}

// moment is how long a hasty Slack waits.
const moment = 500 * time.Millisecond

// quick are timers for tests: short where we try again, long where we give up.
func quick() Timers {
	return Timers{
		Silence: 20 * time.Second, Reconnect: 20 * time.Millisecond, HTTP: 20 * time.Second,
		EditGap: 10 * time.Millisecond, Insist: time.Minute, LateSweep: 100 * time.Millisecond,
	}
}

// open makes a workspace that ends with the test.
func openWorld(t *testing.T, o slack.Options) *world {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	server, err := slack.New(o)
	require.NoError(t, err)
	w := &world{
		T: t, ctx: ctx, dir: t.TempDir(), client: &http.Client{Transport: &http.Transport{}}, server: server,
		door: newDoor(), logs: &logs{}, threads: map[string]string{},
	}
	inner := server.Handler()
	listener := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		w.mu.Lock()
		front := w.front
		w.mu.Unlock()
		if front == nil || !front(rw, r) {
			inner.ServeHTTP(rw, r)
		}
	}))
	w.url = listener.URL
	w.control = slack.NewControl(w.url, w.client)
	t.Cleanup(func() {
		cancel()
		require.NoError(t, server.Close())
		w.client.CloseIdleConnections()
		listener.Close()
	})
	return w
}

// world with a bridge that is ready.
func connected(t *testing.T, o slack.Options, tune ...func(*Options)) *world {
	t.Helper()
	w := openWorld(t, o)
	w.connect(tune...)
	return w
}

// connect starts a bridge and waits until it is ready.
func (w *world) connect(tune ...func(*Options)) *Bridge {
	w.Helper()
	b := w.start(tune...)
	w.eventually(func() bool { return b.Ready() == nil }, "the bridge is ready")
	return b
}

// start starts a bridge that is drained with the test.
func (w *world) start(tune ...func(*Options)) *Bridge {
	w.Helper()
	o := w.options()
	for _, f := range tune {
		f(&o)
	}
	b, err := New(o)
	require.NoError(w, err)
	require.NoError(w, b.Start(context.Background()))
	w.bridge = b
	w.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		_ = b.Drain(ctx)
	})
	return b
}

func (w *world) options() Options {
	return Options{
		APIURL: w.url + "/api/", BotToken: job.NewSecret(botToken), AppToken: job.NewSecret(appToken),
		Door: w.door, Words: words.New(specs()), Look: w.look, Threads: w.thread,
		People:  People{"engineers": {Group: "@engineering"}, "oncall": {Group: "@oncall"}, "jana": {Emails: []string{"Jana@acme.test"}}},
		DataDir: w.dir, Timers: quick(), Log: zerolog.New(w.logs),
	}
}

func specs() []job.Spec {
	return []job.Spec{
		{Name: "toy", Help: "refresh your own toy database", Single: true},
		{Name: "toy undo", Help: "bring the previous one back"},
		{Name: "restart", Help: "restart an instance", Params: []job.Param{{Name: "instance", Type: "text"}}},
		{Name: "runs", Help: "what is going on", Look: true},
		{Name: "help", Look: true},
	}
}

func (w *world) look(_ context.Context, c job.Command) (board.Message, bool) {
	switch c.Name {
	case "help":
		return board.Message{Sentence: "What you can say: toy, runs.", Lines: []string{"`toy` and `runs`", c.Args["command"]}}, true
	case "runs":
		return board.Message{Sentence: "Nothing is going on.", Lines: []string{"Nothing is going on."}}, true
	}
	return board.Message{}, false
}

func (w *world) thread(_ context.Context, channel, thread string) (string, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	run, ok := w.threads[channel+"/"+thread]
	return run, ok
}

// intercept puts something in front of Slack.
func (w *world) intercept(front func(http.ResponseWriter, *http.Request) bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.front = front
}

func (w *world) hang(channel, thread, run string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.threads[channel+"/"+thread] = run
}

// say types something as a person, and returns its ts.
func (w *world) say(who, channel, text, thread string) string {
	w.Helper()
	ts, err := w.person(who).Say(w.ctx, channel, text, thread)
	require.NoError(w, err)
	return ts
}

func (w *world) person(name string) *slack.Person {
	return slack.NewPerson(w.url, "xoxp-"+name, w.client)
}

// fault breaks something.
func (w *world) fault(f slack.Fault) {
	w.Helper()
	_, err := w.control.SetFault(w.ctx, f)
	require.NoError(w, err)
}

// eventually waits until something is so.
func (w *world) eventually(so func() bool, what string) {
	w.Helper()
	require.Eventually(w, so, time.Minute, 5*time.Millisecond, "waiting until "+what+"\n"+w.logs.String())
}

// answers are Pawl's messages in a thread, oldest first.
func (w *world) answers(who, channel, thread string) []slack.Message {
	w.Helper()
	all, err := w.person(who).Replies(w.ctx, channel, thread)
	require.NoError(w, err)
	var ours []slack.Message
	for _, m := range all {
		if m.User == slack.BotUserID {
			ours = append(ours, m)
		}
	}
	return ours
}

// answered waits for an answer of Pawl in a thread that contains a text.
func (w *world) answered(who, channel, thread, text string) slack.Message {
	w.Helper()
	var found slack.Message
	w.eventually(func() bool {
		for _, m := range w.answers(who, channel, thread) {
			if strings.Contains(m.Text, text) {
				found = m
				return true
			}
		}
		return false
	}, "Pawl says "+text)
	return found
}

// whispered waits for a message only one person sees that contains a text.
func (w *world) whispered(who, channel, text string) slack.Message {
	w.Helper()
	var found slack.Message
	w.eventually(func() bool {
		all, err := w.person(who).Ephemerals(w.ctx, channel)
		require.NoError(w, err)
		for _, m := range all {
			if strings.Contains(m.Text, text) {
				found = m
				return true
			}
		}
		return false
	}, "Pawl whispers "+text)
	return found
}

// log is what went over the wire.
func (w *world) log(kind string, so func(slack.Entry) bool) []slack.Entry {
	w.Helper()
	all, err := w.control.Log(w.ctx, 0)
	require.NoError(w, err)
	var some []slack.Entry
	for _, e := range all {
		if e.Kind == kind && (so == nil || so(e)) {
			some = append(some, e)
		}
	}
	return some
}

// calls counts the calls of a method.
func (w *world) calls(method string) int {
	w.Helper()
	return len(w.log("call", func(e slack.Entry) bool { return e.Method == method }))
}

// acks counts acknowledged deliveries of a kind of event.
func (w *world) acks(event string) int {
	w.Helper()
	return len(w.log("ack", func(e slack.Entry) bool { return e.Event == event }))
}

// quiet waits until nothing is on its way to us any more: every delivery of an event was acknowledged or given up.
func (w *world) quiet() {
	w.Helper()
	w.eventually(func() bool {
		open := map[string]bool{}
		all, err := w.control.Log(w.ctx, 0)
		require.NoError(w, err)
		for _, e := range all {
			id := e.EventID // a repeated delivery has an envelope of its own
			if id == "" {
				id = e.EnvelopeID
			}
			switch e.Kind {
			case "deliver":
				open[id] = true
			case "ack", "give_up":
				delete(open, id)
			}
		}
		return len(open) == 0
	}, "everything is acknowledged")
}

// logs is what the bridge logged.
type logs struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logs) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logs) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// contextEnded is a context that is over.
func contextEnded() (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx, cancel
}
