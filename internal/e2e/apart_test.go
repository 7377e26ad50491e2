package e2e

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/internal/ledger"
	"github.com/pawl-ops/pawl/sandbox"
)

// longSilence is the heartbeat timeout of production. What goes on sooner did not wait for it.
const longSilence = 10 * time.Second

// apart is a world whose Pawl is three processes.
type apart struct {
	*fleet
	parts map[string]*part
}

// part is one of them.
type part struct {
	typed  []string
	listen string
	cmd    *exec.Cmd
}

func newApart(t *testing.T, heartbeat time.Duration) *apart {
	t.Helper()
	f := newFleet(t, func(o *sandbox.Options) {
		o.Timers = strings.Replace(timers, "heartbeat: 2s", "heartbeat: "+heartbeat.String(), 1)
	})
	a := &apart{fleet: f, parts: map[string]*part{
		"engine":      {typed: []string{"up", "--roles", "engine", "--ui", ""}, listen: freeAddr(t)},
		"worker":      {typed: []string{"worker", "--config", f.world.Config}, listen: freeAddr(t)},
		"slackbridge": {typed: []string{"slackbridge", "--config", f.world.Config}, listen: freeAddr(t)},
	}}
	t.Cleanup(func() { a.kill("slackbridge", "worker", "engine") })
	return a
}

// start starts parts that are dead, with more in the environment of all of them.
func (a *apart) start(roles []string, env ...string) {
	a.t.Helper()
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, role := range roles {
		p := a.parts[role]
		cmd := exec.Command(binary, append(slices.Clone(p.typed), "--data", a.data(), "--listen", p.listen)...)
		cmd.Env = append(append(os.Environ(), a.world.Env()...), env...)
		if a.log == nil {
			a.log = &bytes.Buffer{}
		}
		out := &lockedWriter{mu: &a.mu, w: a.log}
		cmd.Stdout, cmd.Stderr = out, out
		require.NoError(a.t, cmd.Start())
		p.cmd = cmd
	}
}

// up starts parts and waits until each can do its work.
func (a *apart) up(roles ...string) {
	a.t.Helper()
	a.start(roles)
	a.ready(roles...)
}

func (a *apart) ready(roles ...string) {
	a.t.Helper()
	for _, role := range roles {
		a.eventually(20*time.Second, "the "+role+" is ready", func() error {
			text, err := a.readyz(role)
			if err == nil && text != "ready\n" {
				err = errors.New(text)
			}
			return err
		})
	}
}

// readyz is what a part says of itself; an error when it says that it cannot do its work.
func (a *apart) readyz(role string) (string, error) {
	res, err := http.Get("http://" + a.parts[role].listen + "/readyz")
	if err != nil {
		return "", err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err == nil && res.StatusCode != http.StatusOK {
		err = fmt.Errorf("%d: %s", res.StatusCode, text)
	}
	return string(text), err
}

// kill pulls the plugs of parts: SIGKILL, and waits until they are gone.
func (a *apart) kill(roles ...string) {
	for _, role := range roles {
		if cmd := a.parts[role].cmd; cmd != nil {
			_ = cmd.Process.Kill()
			_ = cmd.Wait()
			a.parts[role].cmd = nil
		}
	}
}

// Each part of Pawl dies alone, at a bad moment, and comes back; the others are not touched. It ends as if nothing had
// happened: one run for each command, each script once, one board, one last message.
func TestAPartIsKilledAlone(t *testing.T) {
	t.Parallel()
	a := newApart(t, longSilence)
	a.up("engine", "worker", "slackbridge")
	for _, c := range []struct {
		name string
		test func(*testing.T, *apart)
	}{
		{"the worker, while a script runs", workerDiesInAScript},
		{"the worker, and people go on typing", workerDiesAndPeopleType},
		{"the worker, and people go on pressing", workerDiesAndPeoplePress},
		{"the bridge, and runs come to their end", bridgeDiesAndRunsEnd},
		{"the engine, while a script runs", engineDiesInAScript},
		{"the engine, and people go on typing", engineDiesAndPeopleType},
		{"everything, and what needs others is back first", everythingDies},
	} {
		if !t.Run(c.name, func(t *testing.T) {
			a.t = t
			c.test(t, a)
			a.idle()
		}) {
			break // the others would only tell the same
		}
	}
	a.t = t
	a.kill("slackbridge", "worker", "engine")
	a.intact()
}

func workerDiesInAScript(t *testing.T, a *apart) {
	th := a.person("alice").types("drill slowly")
	th.counts()
	a.kill("worker")
	a.enough()
	said, err := a.readyz("slackbridge")
	require.NoError(t, err)
	require.Equal(t, "ready\n", said, "it needs no worker")
	back := time.Now()
	a.up("worker")
	th.sees(20*time.Second, "the drill is over: counted to 10")
	took := time.Since(back)
	t.Logf("the run was over %v after the worker was started", took)
	require.Less(t, took, longSilence-3*time.Second, "nobody waited for a silence")
	th.sees(5*time.Second, "Pawl was restarted at")
	th.onceEach()
}

func workerDiesAndPeopleType(t *testing.T, a *apart) {
	counting := a.person("alice").types("drill slowly")
	counting.counts()
	a.kill("worker")
	counting.replies("cancel")
	typed := []thread{a.person("bob").types("drill"), a.person("eve").types("drill in turn"), a.person("carol").types("drill asking")}
	a.shows("runs", "drill in turn", "drill asking", "Bob") // looks need no worker
	for _, th := range typed {
		require.Empty(t, th.messages(), "nobody is told anything that is not so")
	}
	a.up("worker")
	counting.endsCancelled()
	typed[2].sees(20*time.Second, "I need a decision")
	typed[2].replies("retry")
	for i, th := range typed {
		th.sees(30*time.Second, "the drill is over: counted to 10")
		if i < 2 {
			th.onceEach()
		}
	}
	a.endsOnceAsked(typed[2])
}

func workerDiesAndPeoplePress(t *testing.T, a *apart) {
	alice, carol := a.person("alice"), a.person("carol")
	asked, typed := alice.types("drill asking"), carol.types("drill asking")
	question := asked.sees(20*time.Second, "I need a decision")
	typed.sees(20*time.Second, "I need a decision")
	a.kill("worker")
	alice.presses(question, "Try again")
	alice.presses(question, "Try again")
	typed.replies("retry")
	a.eventually(10*time.Second, "the decisions are in the ledger", func() error {
		return errors.Join(a.counted(asked.runID()), a.counted(typed.runID()))
	})
	a.up("worker")
	for _, th := range []thread{asked, typed} {
		th.sees(20*time.Second, "the drill is over: counted to 10")
		a.endsOnceAsked(th)
	}
	require.NotEqual(t, asked.runID(), typed.runID())
}

func bridgeDiesAndRunsEnd(t *testing.T, a *apart) {
	th := a.person("alice").types("drill slowly")
	th.counts()
	a.kill("slackbridge")
	later := a.person("bob").types("drill")
	a.enough()
	th.sees(20*time.Second, "the drill is over: counted to 10")
	th.onceEach()
	require.Empty(t, later.messages(), "nobody heard it yet")
	a.up("slackbridge")
	later.sees(30*time.Second, "the drill is over: counted to 10")
	later.onceEach()
	a.shows("runs", "Nothing is going on.")
}

func engineDiesInAScript(t *testing.T, a *apart) {
	counting, asking := a.person("alice").types("drill slowly"), a.person("carol").types("drill asking")
	counting.counts()
	question := asking.sees(20*time.Second, "I need a decision")
	a.kill("engine")
	a.shows("runs", "drill slowly") // looks need no engine
	said, err := a.readyz("slackbridge")
	require.NoError(t, err, "people are still answered")
	require.Contains(t, said, "what needs the engine has to wait")
	_, err = a.readyz("worker")
	require.ErrorContains(t, err, "503")
	a.enough()
	back := time.Now()
	a.up("engine")
	a.ready("worker", "slackbridge") // they find it by themselves
	counting.sees(20*time.Second, "the drill is over: counted to 10")
	took := time.Since(back)
	t.Logf("the run was over %v after the engine was started", took)
	require.Less(t, took, longSilence-3*time.Second, "nobody waited for a silence")
	counting.onceEach()
	a.person("carol").presses(question, "Try again")
	asking.sees(20*time.Second, "the drill is over: counted to 10")
	a.endsOnceAsked(asking)
}

func engineDiesAndPeopleType(t *testing.T, a *apart) {
	a.kill("engine")
	th := a.person("alice").types("drill")
	th.sees(10*time.Second, "is not confirmed yet")
	refused := a.person("bob").types("drill")
	offer := refused.sees(10*time.Second, "Nothing was started")
	a.up("engine")
	th.sees(30*time.Second, "the drill is over: counted to 10")
	a.eventually(20*time.Second, "the outcome is in the ledger", func() error { return a.endedIn(th) })
	require.Equal(t, map[string]int{"board": 1, "result": 1, "reply": 1}, th.said())
	require.NotContains(t, shownBy(th.messages()[0]), "not confirmed", "the answer says what is true now")
	a.person("bob").presses(offer, "Try again")
	refused.sees(30*time.Second, "the drill is over: counted to 10")
	a.eventually(20*time.Second, "the outcome is in the ledger", func() error { return a.endedIn(refused) })
	require.Equal(t, map[string]int{"board": 1, "result": 1, "reply": 1}, refused.said())
}

func everythingDies(t *testing.T, a *apart) {
	th := a.person("alice").types("drill slowly")
	th.counts()
	a.kill("engine", "worker", "slackbridge")
	later := a.person("bob").types("drill")
	a.enough()
	a.start([]string{"slackbridge", "worker"})
	a.eventually(20*time.Second, "the bridge hears people", func() error { _, err := a.readyz("slackbridge"); return err })
	_, err := a.readyz("worker")
	require.ErrorContains(t, err, "engine")
	a.start([]string{"engine"})
	a.ready("engine", "worker", "slackbridge")
	th.sees(30*time.Second, "the drill is over: counted to 10")
	th.onceEach()
	a.eventually(10*time.Second, "somebody answers bob", func() error {
		if len(later.messages()) == 0 {
			return errors.New("nobody did")
		}
		return nil
	})
	if offer := later.messages()[0]; actionOf(offer.Blocks, "Try again") != "" {
		a.person("bob").presses(offer, "Try again") // it was heard before the engine was back
	}
	later.sees(30*time.Second, "the drill is over: counted to 10")
}

// shows waits until a look says all of this. What was typed before it may still be on its way through the bridge.
func (a *apart) shows(look string, all ...string) {
	a.t.Helper()
	sam := a.person("sam")
	a.eventually(20*time.Second, fmt.Sprintf("%s shows %q", look, all), func() error {
		said := sam.look(look)
		for _, text := range all {
			if !strings.Contains(said, text) {
				return errors.New("it shows " + said)
			}
		}
		return nil
	})
}

// counted reports whether the ledger has a decision of the run that is in the engine.
func (a *apart) counted(id string) error {
	l, err := ledger.Open(a.t.Context(), filepath.Join(a.data(), "ledger.db"))
	if err != nil {
		return err
	}
	defer l.Close()
	r, _, err := l.Run(a.t.Context(), id)
	if err != nil {
		return err
	}
	entries, err := l.Entries(a.t.Context(), r.Key)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if strings.HasPrefix(e.Kind, "counted/") {
			return nil
		}
	}
	return fmt.Errorf("no decision of %s counts", id)
}

// endsOnceAsked holds that a drill with one question did everything once, and its second step once more.
func (a *apart) endsOnceAsked(th thread) {
	a.t.Helper()
	a.eventually(20*time.Second, "the outcome is in the ledger", func() error { return a.endedIn(th) })
	require.Equal(a.t, map[string]int{"board": 1, "ask/1": 1, "result": 1}, th.said())
	for process, times := range a.marks("toys", "checked") {
		require.Equal(a.t, 1, times, "script of %s", process)
	}
}

// A silence of the engine that is longer than what it allows its workers: each takes its work up again, once.
func TestTheEngineIsAwayForLongerThanASilence(t *testing.T) {
	t.Parallel()
	a := newApart(t, 2*time.Second)
	a.up("engine", "worker", "slackbridge")
	th, asking := a.person("alice").types("drill slowly"), a.person("carol").types("drill asking")
	th.counts()
	asking.sees(20*time.Second, "I need a decision")
	a.kill("engine")
	// The heartbeats of that time do not get through; the worker itself says when it gave up on one.
	a.eventually(30*time.Second, "a heartbeat is given up", func() error {
		if strings.Contains(a.output(), "RecordActivityHeartbeat with error") {
			return nil
		}
		return errors.New("all is quiet")
	})
	a.up("engine")
	a.ready("worker", "slackbridge")
	a.enough()
	asking.replies("retry")
	th.sees(30*time.Second, "the drill is over: counted to 10")
	th.onceEach()
	asking.sees(30*time.Second, "the drill is over: counted to 10")
	a.endsOnceAsked(asking)
	a.idle()
}
