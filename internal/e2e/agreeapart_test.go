package e2e

import (
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/sandbox/slack"
)

const workerIsDown = "Recorded. Pawl's worker is down; it takes effect when it is back."

// While others are asked, each part of Pawl dies alone. What people press meanwhile is answered with what is so, and
// counts once.
func TestAPartIsKilledWhileOthersAreAsked(t *testing.T) {
	t.Parallel()
	a := newApartOf(t, 2*time.Second, othersAgree)
	a.start([]string{"engine", "worker", "slackbridge"}, haste)
	a.ready("engine", "worker", "slackbridge")
	for _, c := range []struct {
		name string
		test func(*testing.T, *apart)
	}{
		{"the worker", workerDiesWhileAsked},
		{"the bridge", bridgeDiesWhileAsked},
		{"the engine", engineDiesWhileAsked},
		{"nothing, and two people press in the same moment through two bridges", twoBridges},
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
}

// drillsAsked are runs about which others are asked, and their questions.
func (a *apart) drillsAsked(reasons ...string) ([]thread, []slack.Message) {
	a.t.Helper()
	threads, asked := make([]thread, len(reasons)), make([]slack.Message, len(reasons))
	for i, r := range reasons {
		threads[i] = a.person("alice").types("force drill because " + r)
	}
	for i, r := range reasons {
		asked[i] = a.asked(r, 1)
	}
	return threads, asked
}

// agreedOnce holds that a run came to its end because one person agreed once.
func (a *apart) agreedOnce(th thread, reason string) {
	a.t.Helper()
	th.sees(30*time.Second, "the drill is over: all is well.")
	id := th.runID()
	a.eventually(20*time.Second, "the outcome is in the ledger", func() error { return a.ended(id) })
	require.Equal(a.t, map[string]int{"board": 1, "result": 1}, th.said())
	require.Len(a.t, a.questions(reason), 1)
	require.Contains(a.t, shownBy(a.questions(reason)[0]), "Approved by ")
	for process, times := range a.marks("db-master", "counted") {
		require.Equal(a.t, 1, times, "script of %s", process)
	}
}

func workerDiesWhileAsked(t *testing.T, a *apart) {
	threads, asked := a.drillsAsked("worker one.", "worker two.")
	carol := a.person("carol")
	a.kill("worker")
	pressed := time.Now()
	carol.pressesIn(asked[0], "Approve")
	carol.hears(5*time.Second, workerIsDown)
	require.Less(t, time.Since(pressed), 10*time.Second, "she need not wait for it")
	carol.pressesIn(asked[0], "Approve")
	carol.hears(5*time.Second, "You already approved this at ")
	later := a.person("alice").types("force drill because worker three.")
	require.Empty(t, later.messages())
	a.start([]string{"worker"}, haste)
	a.ready("worker")
	a.agreedOnce(threads[0], "worker one.")
	require.Equal(t, 1, a.kinds(threads[0].runID())["counted"])
	carol.pressesIn(asked[1], "Approve")
	carol.pressesIn(a.asked("worker three.", 1), "Approve")
	a.agreedOnce(threads[1], "worker two.")
	a.agreedOnce(later, "worker three.")
}

func bridgeDiesWhileAsked(t *testing.T, a *apart) {
	threads, asked := a.drillsAsked("bridge one.", "bridge two.")
	carol := a.person("carol")
	carol.pressesIn(asked[0], "Approve")
	threads[0].sees(20*time.Second, "Agreed")
	a.kill("slackbridge")
	typed := carol.types("approve " + a.runOf(asked[1]))
	a.agreedOnce(threads[0], "bridge one.")
	require.Empty(t, typed.messages())
	a.start([]string{"slackbridge"}, haste)
	a.ready("slackbridge")
	a.agreedOnce(threads[1], "bridge two.")
}

func engineDiesWhileAsked(t *testing.T, a *apart) {
	threads, asked := a.drillsAsked("engine one.", "engine two.")
	carol := a.person("carol")
	a.kill("engine")
	carol.pressesIn(asked[0], "Approve")
	carol.hears(5*time.Second, "Not confirmed yet")
	a.start([]string{"engine"}, haste)
	a.ready("engine", "worker", "slackbridge")
	a.agreedOnce(threads[0], "engine one.")
	kinds := a.kinds(threads[0].runID())
	require.Equal(t, 1, kinds["decision"], "%v", kinds)
	require.Equal(t, 1, kinds["counted"], "%v", kinds)
	carol.pressesIn(asked[1], "Approve")
	a.agreedOnce(threads[1], "engine two.")
}

func twoBridges(t *testing.T, a *apart) {
	second := &part{typed: a.parts["slackbridge"].typed, listen: freeAddr(t)}
	a.parts["second slackbridge"] = second
	a.start([]string{"second slackbridge"}, haste)
	a.ready("second slackbridge")
	defer a.kill("second slackbridge")
	threads, asked := a.drillsAsked("both one.", "both two.", "both three.")
	// Two people on call press, neither of whom asked.
	var both sync.WaitGroup
	for _, m := range asked {
		for _, name := range []string{"bob", "carol"} {
			both.Go(func() { a.person(name).pressesIn(m, "Approve") })
		}
	}
	both.Wait()
	reasons := []string{"both one.", "both two.", "both three."}
	for i, th := range threads {
		a.agreedOnce(th, reasons[i])
		result := th.sees(5*time.Second, "the drill is over: all is well.")
		require.Regexp(t, `(Bob|Carol) \S+ agreed\.`, shownBy(result))
		require.NotContains(t, shownBy(result), " and ", "one was enough, and the other one came later")
	}
}
