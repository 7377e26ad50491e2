package e2e

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/internal/scenes"
	"github.com/pawl-ops/pawl/sandbox/slack"
)

// What may be wrong with Slack. Whatever it is, each command is one run, and each thread has one board, one of each
// question and one last message in the end.
func TestFaultsOfSlack(t *testing.T) {
	t.Parallel()
	f := newFleet(t, nil)
	f.up()
	world := slack.NewControl(f.world.URL, nil)
	for _, c := range []struct {
		name string
		test func(*testing.T, *fleet, *slack.Control)
	}{
		{"the answers to what is posted are lost", answersLost},
		{"everything is delivered twice", deliveredTwice},
		{"acknowledgements are lost", acksLost},
		{"sockets are dropped", socketsDropped},
	} {
		t.Run(c.name, func(t *testing.T) {
			f.t = t
			c.test(t, f, world)
			require.NoError(t, world.ClearFaults(t.Context(), ""))
		})
	}
}

// answersLost: the board and the last message are posted, but nobody hears that they were. Slack has no keys for posts,
// so a second one cannot be ruled out; it is swept.
func answersLost(t *testing.T, f *fleet, world *slack.Control) {
	from := lastEntry(t, world)
	_, err := world.SetFault(t.Context(), slack.Fault{Kind: "lost_answer", Method: "chat.postMessage", Times: 1})
	require.NoError(t, err)
	th := f.person("alice").types("drill slowly")
	th.counts()
	_, err = world.SetFault(t.Context(), slack.Fault{Kind: "lost_answer", Method: "chat.postMessage", Times: 1})
	require.NoError(t, err)
	f.enough()
	th.sees(40*time.Second, "the drill is over: counted to 10")
	id := th.runID()
	f.eventually(20*time.Second, "the outcome is in the ledger", func() error { return f.ended(id) })
	require.Equal(t, map[string]int{"board": 1, "result": 1}, th.said())
	lost := 0
	for _, e := range since(t, world, from) {
		if e.Kind == "call" && e.Method == "chat.postMessage" && e.Fault != "" {
			lost++
		}
	}
	require.Equal(t, 2, lost, "the test did what it says")
	f.idle()
}

// deliveredTwice: commands, typed answers, clicks, and both kinds of event a mention makes.
func deliveredTwice(t *testing.T, f *fleet, world *slack.Control) {
	from := lastEntry(t, world)
	_, err := world.SetFault(t.Context(), slack.Fault{Kind: "duplicate_delivery"})
	require.NoError(t, err)
	alice := f.person("alice")
	pressed, typed, looked := alice.types("drill asking"), alice.types("drill asking"), alice.types("runs")
	alice.presses(pressed.sees(30*time.Second, "I need a decision"), "Try again")
	typed.sees(30*time.Second, "I need a decision")
	typed.replies("retry")
	for _, th := range []thread{pressed, typed} {
		th.sees(30*time.Second, "the drill is over: counted to 10")
		id := th.runID()
		f.eventually(20*time.Second, "the outcome is in the ledger", func() error { return f.ended(id) })
		require.Equal(t, map[string]int{"board": 1, "ask/1": 1, "result": 1}, th.said())
	}
	require.NotEqual(t, pressed.runID(), typed.runID())
	require.Equal(t, map[string]int{"reply": 1}, looked.said())
	twice := map[string]int{}
	for _, e := range since(t, world, from) {
		if e.Kind == "deliver" {
			twice[e.EnvelopeID]++
		}
	}
	for envelope, times := range twice {
		require.GreaterOrEqual(t, times, 2, "delivery of %s", envelope)
	}
	f.eventually(10*time.Second, "each step ran once for each answer", func() error {
		for process, times := range f.marks("toys", "checked") {
			if times != 1 {
				return fmt.Errorf("%s ran %d times", process, times)
			}
		}
		return nil
	})
}

// acksLost: Slack delivers again what was done already.
func acksLost(t *testing.T, f *fleet, world *slack.Control) {
	_, err := world.SetFault(t.Context(), slack.Fault{Kind: "lost_ack", Times: 2})
	require.NoError(t, err)
	from := lastEntry(t, world)
	th := f.person("bob").types("drill")
	th.sees(40*time.Second, "the drill is over: counted to 10")
	f.eventually(30*time.Second, "it is acknowledged in the end", func() error {
		attempts, heard := 0, false
		for _, e := range since(t, world, from) {
			if e.Kind == "deliver" && e.Event == "message" {
				attempts = max(attempts, e.Attempt)
			}
			heard = heard || e.Kind == "ack" && e.Fault == "" && attempts > 0
		}
		if !heard {
			return errors.New("not yet")
		}
		return nil
	})
	require.Equal(t, map[string]int{"board": 1, "result": 1}, th.said())
}

func socketsDropped(t *testing.T, f *fleet, world *slack.Control) {
	th := f.person("carol").types("drill slowly")
	th.counts()
	from := lastEntry(t, world)
	_, err := world.SetFault(t.Context(), slack.Fault{Kind: "drop_socket"})
	require.NoError(t, err)
	f.eventually(10*time.Second, "nothing can be heard, and that is said", func() error {
		if f.says("/readyz") == nil {
			return errors.New("it says it is ready")
		}
		return nil
	})
	require.NoError(t, world.ClearFaults(t.Context(), ""))
	f.ready()
	require.NotEmpty(t, kinds(since(t, world, from))["connect"])
	second := f.person("bob").types("drill")
	second.sees(20*time.Second, "the drill is over: counted to 10")
	f.enough()
	th.sees(30*time.Second, "the drill is over: counted to 10")
	require.Equal(t, map[string]int{"board": 1, "result": 1}, th.said())
	f.idle()
}

// A socket that says nothing looks like one on which nothing happens. It is found out within 30 seconds, and until there
// is a better one Pawl does not say that it is ready.
func TestASilentSlackIsNoticed(t *testing.T) {
	t.Parallel()
	f := newFleet(t, nil)
	f.up()
	world := slack.NewControl(f.world.URL, nil)
	_, err := world.SetFault(t.Context(), slack.Fault{Kind: "silent_socket"}) // new ones are silent as well
	require.NoError(t, err)
	began := time.Now()
	scenes.Eventually(t, 31*time.Second, "the silence is noticed", func() error {
		if f.says("/readyz") == nil {
			return errors.New("it says it is ready")
		}
		return nil
	})
	t.Logf("noticed after %s", time.Since(began).Round(time.Second))
	require.ErrorContains(t, f.says("/readyz"), "slack:")
	require.NoError(t, world.ClearFaults(t.Context(), ""))
	f.eventually(40*time.Second, "there is a socket again", func() error { return f.says("/readyz") })
	f.person("alice").types("drill").sees(20*time.Second, "the drill is over: counted to 10")
}

// lastEntry is where the log of the world ends now.
func lastEntry(t *testing.T, world *slack.Control) int64 {
	t.Helper()
	entries := since(t, world, 0)
	if len(entries) == 0 {
		return 0
	}
	return entries[len(entries)-1].N
}

func since(t *testing.T, world *slack.Control, n int64) []slack.Entry {
	t.Helper()
	entries, err := world.Log(t.Context(), n)
	require.NoError(t, err)
	return entries
}

// kinds counts what the log of the world tells.
func kinds(entries []slack.Entry) map[string]int {
	count := map[string]int{}
	for _, e := range entries {
		count[e.Kind]++
	}
	return count
}
