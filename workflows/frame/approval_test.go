package frame_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/testsuite"

	"github.com/pawl-ops/pawl/internal/ledger"
	"github.com/pawl-ops/pawl/job"
	"github.com/pawl-ops/pawl/workflows/frame"
)

// on is somebody on call, who may agree.
func on(id, name string) job.Actor {
	return job.Actor{Kind: job.SlackUser, ID: id, Name: strings.ToLower(name), Full: name, Groups: []string{"oncall"}}
}

var (
	bob   = on("U2", "Bob")
	carol = on("U3", "Carol")
	dave  = job.Actor{Kind: job.SlackUser, ID: "U4", Name: "dave", Full: "Dave", Groups: []string{"engineers"}}
)

// situation is a plan that says how things stand.
type situation struct {
	Users string
	Do    job.Script
}

// restart is a job that needs an agreement; each look at the world finds the next of the given situations.
func restart(w *world, finds ...string) frame.Definition {
	w.finds = finds
	return frame.Define(frame.Job[becauseArgs, situation]{
		Name: "force restart", Help: "restart it", Doing: "Restarting", Approval: frame.Always,
		What:  func(situation) string { return "shop master blue" },
		Plan:  func(v frame.View, _ becauseArgs) (situation, error) { return frame.See(v, w.Look, v.Who) },
		Lanes: func(situation) []frame.Lane { return []frame.Lane{{Name: "shop/master"}} },
		Says:  func(s situation) string { return "blue has " + s.Users + "." },
		Run: func(f *frame.F, s situation) error {
			err := f.Do(frame.Script("Restart blue", s.Do, frame.Once))
			if err == nil {
				f.Done("shop master blue is back", "healthy")
			}
			return err
		},
	})
}

// Look finds the next situation; the last one stays.
func (w *world) Look(context.Context, job.Actor) (situation, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	now := w.finds[0]
	if len(w.finds) > 1 {
		w.finds = w.finds[1:]
	}
	return situation{Users: now, Do: job.Script{Name: "do", Host: job.Host{Name: "app-1", Address: "app-1:22"}}}, nil
}

type becauseArgs struct {
	Because string `type:"rest" word:"because" optional:"false"`
}

// asks is a request of Bob's that oncall must agree to.
func asks(people int) func(*job.Request) {
	return func(r *job.Request) {
		r.Command.Actor, r.Command.Text = bob, "force restart master blue because it hangs"
		r.Command.Args = map[string]string{"because": "it hangs"}
		r.Approve = job.Approval{By: []string{"oncall"}, Within: 15 * time.Minute, People: people}
	}
}

func says(choice, key string, who job.Actor) job.Decision {
	return job.Decision{Choice: choice, Key: job.Key(key), Actor: who, Ask: 1, Place: job.Place{Channel: "#ops"}}
}

func TestASecondPersonAgrees(t *testing.T) {
	t.Parallel()
	w := newWorld()
	res := startAs(t, restart(w, "all users"), w, asks(0), func(env *testsuite.TestWorkflowEnvironment) {
		decide(env, time.Minute, says("approve", "a", bob))
		decide(env, 2*time.Minute, says("approve", "b", dave))
		decide(env, 3*time.Minute, says("approve", "c", carol))
		decide(env, 4*time.Minute, says("approve", "d", carol))
		granted(env, 5*time.Minute, "shop/master")
	})
	require.Equal(t, "done", res.State)
	require.Equal(t, []string{"do 1.0"}, w.ran)
	require.Equal(t, []string{
		"post board", "post ask/1",
		"whisper bob: You asked for this, so it has to be someone else. @oncall knows. To take it back: `cancel`.",
		"whisper dave: This one is for @oncall. They have been asked.",
		"whisper carol: Counted. I go ahead now: force restart shop master blue.",
	}, w.said[:5])
	require.Contains(t, w.said[5], "whisper carol: That was decided already: Approved by Carol, ")
	require.Len(t, w.asked, 1)
	require.True(t, strings.HasPrefix(w.asked[0], "#ops: "), "asked where they can see it: %s", w.asked[0])
	require.Contains(t, w.asked[0], "@oncall Bob asks to *force restart shop master blue*: \"it hangs\".\nblue has all users.\n")
	require.Contains(t, w.asked[0], "[ Approve force restart shop master blue ]")
	require.Contains(t, w.asked[0], "or `deny fresh-k4m7q2 because ...`")
	require.Regexp(t, `Bob asked to force restart shop master blue: "it hangs"\. \*Approved by Carol, \d\d:\d\d\.\*`, w.last["2.0"])
	require.Regexp(t, `\[done\] Agreed · Carol, \d\d:\d\d\n\[done\] Still as shown\? Yes · blue has all users\.\n\[done\] Restart blue · do is done\n`, w.last["1.0"])
	require.Contains(t, w.last["1.0"], "*shop master blue is back")
	result := w.last[lastTS(w)]
	require.Equal(t, "@Bob shop master blue is back: healthy. Carol agreed.\n", result)
	for _, key := range []job.Key{"a", "b", "c", "d"} {
		require.Contains(t, w.rows, "T:C:1/"+ledger.KindHeard(key), "whoever pressed learns that it took effect")
	}
	require.Equal(t, []string{"oncall"}, w.rows["T:C:1/"+ledger.KindWaiting(1)].Data.(ledger.Waiting).By)
	require.Contains(t, w.rows, "T:C:1/"+ledger.KindQuestion(1))
}

func TestTheBoardListsWhatIsToComeWhileOthersAreAsked(t *testing.T) {
	t.Parallel()
	w := newWorld()
	var board string
	startAs(t, restart(w, "all users"), w, asks(0), func(env *testsuite.TestWorkflowEnvironment) {
		env.RegisterDelayedCallback(func() { w.mu.Lock(); board = w.last["1.0"]; w.mu.Unlock() }, time.Minute)
		decide(env, 2*time.Minute, says("deny", "x", carol))
	})
	require.Contains(t, board, "*Force restart shop master blue: waiting for a second person*")
	require.Regexp(t, `\[asking\] One of @oncall agrees, not Bob · until \d\d:\d\d, asked in #ops\n\[to come\] Restart blue\n`, board)
	require.Contains(t, board, "[ Withdraw ]")
}

func TestTwoDifferentPeopleHaveToAgree(t *testing.T) {
	t.Parallel()
	w := newWorld()
	eve := on("U5", "Eve")
	res := startAs(t, restart(w, "all users"), w, asks(2), func(env *testsuite.TestWorkflowEnvironment) {
		decide(env, time.Minute, says("approve", "a", carol))
		decide(env, 2*time.Minute, says("approve", "b", carol))
		env.RegisterDelayedCallback(func() { require.Empty(t, w.ran) }, 3*time.Minute)
		decide(env, 4*time.Minute, says("approve", "c", eve))
		granted(env, 5*time.Minute, "shop/master")
	})
	require.Equal(t, "done", res.State)
	require.Contains(t, w.said, "whisper carol: Counted. 1 more person has to agree.")
	require.True(t, hasPrefix(w.said, "whisper carol: You already approved this at "), w.said)
	require.Contains(t, w.last[lastTS(w)], "Carol and Eve agreed.")
	require.Contains(t, w.asked[0], "2 different people have to agree.")
}

func TestDeniedWithAReason(t *testing.T) {
	t.Parallel()
	w := newWorld()
	res := startAs(t, restart(w, "all users"), w, asks(0), func(env *testsuite.TestWorkflowEnvironment) {
		d := says("deny", "a", carol)
		d.Because = "use green"
		decide(env, time.Minute, d)
		decide(env, 2*time.Minute, says("approve", "b", on("U5", "Eve")))
	})
	require.Equal(t, "denied", res.State)
	require.Empty(t, w.ran)
	require.Empty(t, w.lanes, "nothing is held while people are asked")
	require.Equal(t, "@Bob Carol denied it: \"use green\". Nothing was done.\n", w.last[lastTS(w)])
	require.Regexp(t, `\*Denied by Carol at \d\d:\d\d: "use green"\.\*`, w.last["2.0"])
	require.Contains(t, w.last["1.0"], "*Force restart shop master blue: denied, nothing was done*")
	require.Contains(t, w.last["1.0"], "[not done] Restart blue")
}

func TestNobodyAgreesInTime(t *testing.T) {
	t.Parallel()
	w := newWorld()
	res := startAs(t, restart(w, "all users"), w, asks(0), nil)
	require.Equal(t, "expired", res.State)
	require.Equal(t, 15*time.Minute, res.Took.Truncate(time.Minute))
	require.Contains(t, w.last["3.0"], "@Bob nobody answered within 15 minutes, so nothing was done.\n")
	require.Contains(t, w.last["3.0"], "[ Ask again ]")
	require.Contains(t, w.last["3.0"], "`again`")
	require.Contains(t, w.last["2.0"], "*Nobody answered in time, so nothing was done.*")
}

func TestTheRequestIsTakenBack(t *testing.T) {
	t.Parallel()
	w := newWorld()
	res := startAs(t, restart(w, "all users"), w, asks(0), func(env *testsuite.TestWorkflowEnvironment) {
		decide(env, time.Minute, job.Decision{Choice: job.CancelChoice, Actor: bob, Key: "x"})
	})
	require.Equal(t, "cancelled", res.State)
	require.Empty(t, w.ran)
	require.Regexp(t, `\*Withdrawn by Bob at \d\d:\d\d\.\*`, w.last["2.0"])
	require.Contains(t, w.last["1.0"], "*Withdrawn: force restart shop master blue. Nothing was done.*")
	require.Equal(t, "@Bob you took it back: force restart shop master blue. Nothing was done.\n", w.last["3.0"])
}

func TestAnAgreementToSomethingElseDoesNotCount(t *testing.T) {
	t.Parallel()
	w := newWorld()
	res := startAs(t, restart(w, "all users", "no users"), w, asks(0), func(env *testsuite.TestWorkflowEnvironment) {
		decide(env, time.Minute, says("approve", "a", carol))
		granted(env, 2*time.Minute, "shop/master")
		late := says("approve", "b", carol) // a second click on the first question
		decide(env, 3*time.Minute, late)
		env.RegisterDelayedCallback(func() { require.Empty(t, w.ran, "the first question's answer is not the second's") }, 4*time.Minute)
		again := says("approve", "c", carol)
		again.Ask = 2
		decide(env, 5*time.Minute, again)
		granted(env, 6*time.Minute, "shop/master")
	})
	require.Equal(t, "done", res.State)
	require.Len(t, w.asked, 2)
	require.Regexp(t, `The situation changed while it waited\. Carol agreed at \d\d:\d\d, when: blue has all users\. Now: blue has no users\. That agreement no longer counts\.`, w.asked[1])
	require.Equal(t, []string{"lane/shop/master release", "lane/shop/master release"}, w.released, "nothing is held while people are asked again")
	require.Equal(t, []string{"do 1.0"}, w.ran)
}

func TestAPlanIsShownAndNothingIsDone(t *testing.T) {
	t.Parallel()
	w := newWorld()
	res := startAs(t, restart(w, "all users"), w, func(r *job.Request) {
		asks(0)(r)
		r.Command.Plan, r.Command.Text = true, "plan force restart master blue because it hangs"
	}, nil)
	require.Equal(t, "planned", res.State)
	require.Empty(t, w.ran)
	require.Empty(t, w.lanes)
	require.Equal(t, []string{"post board", "react white_check_mark"}, w.said)
	require.Contains(t, w.last["1.0"], "*What would happen: force restart shop master blue*")
	require.Contains(t, w.last["1.0"], "blue has all users.")
	require.Contains(t, w.last["1.0"], "[to come] Restart blue\n")
	require.Contains(t, w.last["1.0"], "Before it begins, one of @oncall has to agree.")
	require.Contains(t, w.last["1.0"], "Nothing was done. To do it, type `force restart master blue because it hangs`.")
}

func TestThoseWhoSeeTheThreadAreAskedThere(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.sees = true
	startAs(t, restart(w, "all users"), w, asks(0), nil)
	require.True(t, strings.HasPrefix(w.asked[0], "C: "), w.asked[0])
	require.NotContains(t, w.last["1.0"], "asked in")
}

func hasPrefix(list []string, prefix string) bool {
	for _, s := range list {
		if strings.HasPrefix(s, prefix) {
			return true
		}
	}
	return false
}

// lastTS is the message that was posted last.
func lastTS(w *world) string {
	newest := ""
	for ts := range w.last {
		if len(ts) > len(newest) || len(ts) == len(newest) && ts > newest {
			newest = ts
		}
	}
	return newest
}
