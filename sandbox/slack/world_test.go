package slack_test

import (
	"context"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	slackgo "github.com/slack-go/slack"
	"github.com/slack-go/slack/socketmode"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/pawl-ops/pawl/sandbox/slack"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m,
		// Idle keep-alive connections of http.DefaultClient.
		goleak.IgnoreTopFunction("internal/poll.runtime_pollWait"),
		goleak.IgnoreTopFunction("net/http.(*persistConn).writeLoop"),
		goleak.IgnoreTopFunction("database/sql.(*DB).connectionOpener"),
	)
}

const (
	dm      = "D0ALICE"
	shopDev = "C0SHOPDEV"
	ops     = "C0OPS"
)

// world is a server with everything a test needs to talk to it.
type world struct {
	*testing.T
	ctx     context.Context
	server  *slack.Server
	url     string
	bot     *slackgo.Client
	control *slack.Control
	close   func()
}

// open starts a server that ends with the test.
func open(t *testing.T, opts slack.Options) *world {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	t.Cleanup(cancel)
	server, err := slack.New(opts)
	require.NoError(t, err)
	listener := httptest.NewServer(server.Handler())
	w := &world{T: t, ctx: ctx, server: server, url: listener.URL, control: slack.NewControl(listener.URL, nil)}
	w.bot = slackgo.New("xoxb-sandbox-pawl", slackgo.OptionAPIURL(listener.URL+"/api/"),
		slackgo.OptionAppLevelToken("xapp-sandbox-pawl"))
	w.close = sync.OnceFunc(func() {
		require.NoError(t, server.Close())
		listener.Close()
	})
	t.Cleanup(w.close)
	return w
}

// calm is a workspace without rate limits that waits for an acknowledgement longer than a busy machine may take.
func calm() slack.Options {
	return slack.Options{Limits: slack.Limits{Off: true}, Redelivery: slack.Redelivery{AckWithin: 20 * time.Second}}
}

func (w *world) person(name string) *slack.Person {
	return slack.NewPerson(w.url, "xoxp-"+name, nil)
}

func (w *world) watch(name string) *slack.Watch {
	w.Helper()
	watch, err := w.person(name).Watch(w.ctx)
	require.NoError(w, err)
	w.Cleanup(func() { _ = watch.Close() })
	return watch
}

// app is a slack-go socket mode client that hands on what it receives.
type app struct {
	*socketmode.Client
	w      *world
	events chan socketmode.Event
}

func (w *world) app() *app {
	w.Helper()
	client := socketmode.New(w.bot)
	a := &app{Client: client, w: w, events: make(chan socketmode.Event, 100)}
	ctx, cancel := context.WithCancel(w.ctx)
	hello := make(chan struct{}, 10)
	var running sync.WaitGroup
	running.Go(func() { _ = client.RunContext(ctx) })
	running.Go(func() {
		for {
			select {
			case <-ctx.Done():
				return
			case e := <-client.Events:
				switch e.Type {
				case socketmode.EventTypeHello:
					hello <- struct{}{}
				case socketmode.EventTypeEventsAPI, socketmode.EventTypeInteractive, socketmode.EventTypeSlashCommand:
					a.events <- e
				}
			}
		}
	})
	w.Cleanup(func() { cancel(); running.Wait() })
	select {
	case <-hello:
	case <-w.ctx.Done():
		w.Fatal("no hello")
	}
	return a
}

// next is the next thing the app receives.
func (a *app) next() socketmode.Event {
	a.w.Helper()
	select {
	case e := <-a.events:
		return e
	case <-a.w.ctx.Done():
		a.w.Fatal("nothing came")
		return socketmode.Event{}
	}
}

func (a *app) ack(e socketmode.Event) {
	a.w.Helper()
	require.NoError(a.w, a.AckCtx(a.w.ctx, e.Request.EnvelopeID, nil))
}
