package e2e

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Each part of Pawl dies alone, at a bad moment, and comes back; the others are not touched. It ends as if nothing had
// happened: one run for each command, each script once, one board, one last message.
func TestAPartIsKilledAlone(t *testing.T) {
	t.Parallel()
	a := newApart(t, 3*longSilence)
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
	require.Less(t, took, 3*longSilence-3*time.Second, "nobody waited for a silence")
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
	require.Less(t, took, 3*longSilence-3*time.Second, "nobody waited for a silence")
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
	a.eventually(20*time.Second, "the worker says that it lacks the engine", func() error {
		_, err := a.readyz("worker")
		if err == nil || strings.Contains(err.Error(), "engine") {
			require.Error(t, err)
			return nil
		}
		return err
	})
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
