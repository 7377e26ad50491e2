package traffic_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/internal/traffic"
)

// A switch that is killed anywhere is finished by the next attempt with its token. Until then nobody is told something wrong.
func TestHAProxyASwitchThatIsKilledIsFinished(t *testing.T) {
	t.Parallel()
	p := newHAProxy(t)
	from, to := "blue", "green"
	for _, at := range []string{"begun", "written", "told"} {
		token := "killed-" + at
		p.host.set(func(h *here) { h.killAt = at })
		require.Equal(t, "I do not know whether users were moved: lb did not answer.", p.unknown(p.move(token, from, to)))
		serves := p.active() // the file says something else, but that is ours
		require.Equal(t, map[string]string{"begun": from, "written": from, "told": to}[at], serves)
		require.Equal(t, serves, p.served())
		if at == "written" {
			p.reload() // the file is what a reload reads
			require.Equal(t, to, p.served())
			require.Equal(t, to, p.active())
		}
		p.host.set(func(h *here) { h.killAt = "" })
		require.NoError(t, p.move(token, from, to))
		require.Equal(t, to, p.active())
		require.Equal(t, to, p.served())
		require.NoError(t, p.move(token, from, to), "and once more")
		from, to = to, from
	}
}

// Whoever does not come back leaves it to the next, or to somebody who puts an end to it.
func TestHAProxyASwitchThatIsGivenUpIsOver(t *testing.T) {
	t.Parallel()
	p := newHAProxy(t)
	settle := func(token string) string {
		name, err := p.balancer.Settle(t.Context(), p.lb, token)
		require.NoError(t, err)
		return name
	}
	require.Equal(t, "blue", settle("never"))
	require.Equal(t, "This switch was given up before it was begun. Users were not moved.", p.refused(p.move("never", "blue", "green")))

	p.host.set(func(h *here) { h.killAt = "written" })
	p.unknown(p.move("half", "blue", "green"))
	require.Contains(t, p.read("active.map"), "shop/master\tgreen")
	require.Equal(t, "blue", settle("half"))
	require.Equal(t, theMap, strings.Replace(p.read("active.map"), "blue\n", "blue  \n", 1), "a reload moves nobody")
	require.Contains(t, p.refused(p.move("half", "blue", "green")), "begun, not finished, and then given up")
	require.Equal(t, "blue", p.served())

	p.unknown(p.move("half-2", "blue", "green"))
	p.host.set(func(h *here) { h.killAt = "told" })
	p.unknown(p.move("half-3", "blue", "green"))
	p.host.set(func(h *here) { h.killAt = "" })
	require.Contains(t, p.refused(p.move("half-2", "blue", "green")), "begun, not finished, and then given up")
	require.Equal(t, "green", settle("half-3"), "it was carried out")
	require.NoError(t, p.move("half-3", "blue", "green"))
	require.Equal(t, "green", p.served())
	_, err := p.balancer.Settle(t.Context(), p.lb, "")
	require.Error(t, err)
}

// Users go to green and come back. An attempt of the first switch that hung all the while moves nobody.
func TestHAProxyAnAttemptThatComesLateDoesNothing(t *testing.T) {
	t.Parallel()
	p := newHAProxy(t)
	require.NoError(t, p.move("there", "blue", "green"))
	require.NoError(t, p.move("back", "green", "blue"))
	require.Equal(t, "This switch was carried out already; since then users were moved on to blue. I did nothing.", p.refused(p.move("there", "blue", "green")))
	require.Equal(t, "blue", p.served())
	require.NoError(t, p.move("back", "green", "blue"))

	// The journal is bounded; a switch that is under way is never dropped from it.
	var lines strings.Builder
	lines.WriteString("shop/staging open begun blue green\n")
	for i := range 600 {
		fmt.Fprintf(&lines, "shop/master old-%d done blue green\n", i)
	}
	p.write("active.map.pawl", lines.String())
	require.NoError(t, p.move("more", "blue", "green"))
	journal := strings.Split(strings.TrimSpace(p.read("active.map.pawl")), "\n")
	require.InDelta(t, 502, len(journal), 2)
	require.Equal(t, "shop/staging open begun blue green", journal[0])
	require.Equal(t, "shop/master more done blue green", journal[len(journal)-1])
}

// A HAProxy that is reloaded at the moment of a switch has read the file before it and takes over after it: users are where they
// were. The same switch tells it again, unless somebody switched since.
func TestHAProxyIsToldAgainWhenItWasReloadedMeanwhile(t *testing.T) {
	t.Parallel()
	p := newHAProxy(t)
	require.NoError(t, p.move("there", "blue", "green"))
	p.memory("blue")
	require.NoError(t, p.move("there", "blue", "green"))
	require.Equal(t, "green", p.served())
	require.Equal(t, "green", p.active())
	require.Equal(t, "shop/master there done blue green\n", p.read("active.map.pawl"))

	require.NoError(t, p.move("back", "green", "blue"))
	p.memory("green")
	require.NoError(t, p.move("back", "green", "blue"))
	require.Equal(t, "blue", p.served())

	p.memory("dead") // by hand, and elsewhere
	require.Equal(t, "This switch was carried out already; since then users were moved on to dead. I did nothing.", p.refused(p.move("back", "green", "blue")))
}

// Of all who want to move the same users at the same time exactly one does.
func TestHAProxyOneOfManyMovesUsers(t *testing.T) {
	t.Parallel()
	p := newHAProxy(t)
	p.host.set(func(h *here) { h.env = map[string]string{"patience": "30"} })
	from, to := "blue", "green"
	for round := range 3 {
		var wg sync.WaitGroup
		results := make([]error, 6)
		for i := range results {
			// Two attempts at each of three switches.
			wg.Go(func() {
				results[i] = p.balancer.Switch(t.Context(), p.lb, traffic.Switch{To: to, From: from, Token: fmt.Sprintf("race-%d-%d", round, i/2)})
			})
		}
		wg.Wait()
		won := 0
		for i := 0; i < len(results); i += 2 {
			require.Equal(t, results[i] == nil, results[i+1] == nil, "two attempts at one switch end the same: %v and %v", results[i], results[i+1])
			if results[i] == nil {
				won++
				continue
			}
			require.Equal(t, "Users are on "+to+" already, and it was not this switch that moved them.", p.refused(results[i]))
		}
		require.Equal(t, 1, won)
		require.Equal(t, to, p.served())
		from, to = to, from
	}
}

// A lock that is not given back in time is no verdict.
func TestHAProxyWhoCannotHaveTheLockSaysSo(t *testing.T) {
	t.Parallel()
	p := newHAProxy(t)
	p.host.set(func(h *here) { h.env = map[string]string{"patience": "0"} })
	hold := p.hold(p.path("active.map.pawl-lock"))
	require.Equal(t, "Somebody else is switching on lb and did not end in time.", p.unknown(p.move("a", "blue", "green")))
	require.Equal(t, "blue", p.active(), "looking needs no lock")
	hold()
	require.NoError(t, p.move("a", "blue", "green"))
}

// What cannot be written down is not begun, and what cannot be written is not told.
func TestAHostThatCannotWriteMovesNobody(t *testing.T) {
	t.Parallel()
	for kind, c := range map[string]*colours{"haproxy": newHAProxy(t).colours, "nginx": newNginx(t)} {
		before := c.read(filepath.Base(c.lb.Map))
		blocked := func(name string) func() {
			require.NoError(t, os.MkdirAll(c.lb.Map+name+"/in the way", 0o755))
			return func() { require.NoError(t, os.RemoveAll(c.lb.Map+name)) }
		}
		free := blocked(".pawl")
		require.Equal(t, "Nothing can be written beside "+c.lb.Map+" on lb. Users stay on blue.", c.refused(c.move("a", "blue", "green")), kind)
		_, err := c.balancer.Settle(t.Context(), c.lb, "b")
		require.ErrorContains(t, err, "Nothing can be written beside "+c.lb.Map+" on lb.")
		require.Contains(t, c.unknown(c.move("c", "green", "blue")), "I could not write that down on lb, so I cannot promise that it stays so.")
		free()
		free = blocked(".pawl-new")
		require.Equal(t, c.lb.Map+" on lb could not be written. Users stay on blue.", c.refused(c.move("d", "blue", "green")), kind)
		free()
		require.Equal(t, before, c.read(filepath.Base(c.lb.Map)))
		require.Equal(t, "blue", c.active())
		require.Equal(t, "blue", c.served())
		require.NoError(t, c.move("e", "blue", "green"), "everything is as before")
	}
}
