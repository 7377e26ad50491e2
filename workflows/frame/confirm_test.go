package frame_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/testsuite"

	"github.com/pawl-ops/pawl/job"
	"github.com/pawl-ops/pawl/workflows/frame"
)

// confirmed is a job that whoever asks must say yes to first. Its plan says how the world is.
func confirmed(w *world) frame.Definition {
	return frame.Define(frame.Job[frame.Nothing, situation]{
		Name: "fresh", Help: "make it fresh", Doing: "Making it fresh",
		Plan:  func(v frame.View, _ frame.Nothing) (situation, error) { return frame.See(v, w.Look, v.Who) },
		Says:  func(s situation) string { return "It is " + s.Users + "." },
		Lanes: func(situation) []frame.Lane { return []frame.Lane{{Name: "it/self"}} },
		Confirm: func(s situation) frame.Confirmation {
			return frame.Confirmation{Deed: "Freshen it", Asks: "It is " + s.Users + ". Shall I?", Lists: []string{"• One more thing"}}
		},
		Run: func(f *frame.F, _ situation) error {
			return f.Do(frame.Script("First", job.Script{Name: "first", Host: job.Host{Name: "h", Address: "h:22"}}))
		},
	})
}

func TestNothingBeginsBeforeWhoAskedSaidYes(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.finds = []string{"old", "old"}
	var stood, question string
	res := start(t, confirmed(w), w, func(env *testsuite.TestWorkflowEnvironment) {
		env.RegisterDelayedCallback(func() {
			stood, question = boardOf(t, env), w.asked[0]
			require.Empty(t, w.lanes, "nobody waits for the person")
		}, time.Minute)
		decide(env, 2*time.Minute, job.Decision{Choice: "proceed", Actor: alice, Key: "click-1", Ask: 1})
		granted(env, 3*time.Minute, "it/self")
	})
	require.Equal(t, "done", res.State)
	require.Contains(t, stood, "*Fresh: waiting for your word*")
	require.Contains(t, stood, "It is old.")
	require.Contains(t, stood, "[to come] First")
	require.Contains(t, question, "It is old. Shall I?\n• One more thing\n[ Freshen it ]")
	require.Contains(t, question, "[ Freshen it ]   [ Not now ]")
	require.Contains(t, question, "type `proceed` or `stop`")
	require.Len(t, w.asked, 1)
	require.Equal(t, []string{"first 1.0"}, w.ran)
	require.Contains(t, w.last["2.0"], "Alice said to go ahead.")
}

func TestNotNowIsNotTakenForNow(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		during func(*testsuite.TestWorkflowEnvironment)
		state  string
		title  string
		said   string // of the last message; empty: there is none
	}{
		"said not now": {func(env *testsuite.TestWorkflowEnvironment) {
			decide(env, time.Minute, job.Decision{Choice: "stop", Actor: alice, Key: "c1", Ask: 1})
		}, "cancelled", "Withdrawn: fresh. Nothing was done.", ""},
		"cancelled": {func(env *testsuite.TestWorkflowEnvironment) {
			decide(env, time.Minute, job.Decision{Choice: job.CancelChoice, Actor: alice, Key: "c1"})
		}, "cancelled", "Withdrawn: fresh. Nothing was done.", "you took it back"},
		"nobody answers": {func(*testsuite.TestWorkflowEnvironment) {}, "expired", "Fresh: nobody answered in time, nothing was done", "nobody said to go ahead within 1 h"},
	} {
		w := newWorld()
		w.finds = []string{"old"}
		res := start(t, confirmed(w), w, c.during)
		require.Equal(t, c.state, res.State, name)
		require.Empty(t, w.ran, name)
		require.Empty(t, w.lanes, name)
		require.Contains(t, w.last["1.0"], c.title, name)
		result := w.last[w.posted[lastKey(w, "/result")].TS]
		if c.said == "" {
			require.Empty(t, result, name)
		} else {
			require.Contains(t, strings.ToLower(result), strings.ToLower(c.said), name)
		}
	}
}

// lastKey is the key of the post that ends so; empty when there is none.
func lastKey(w *world, suffix string) string {
	for key := range w.posted {
		if strings.HasSuffix(key, suffix) {
			return key
		}
	}
	return ""
}

func TestAYesCountsForWhatWasShown(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.finds = []string{"old", "very old", "very old"}
	res := start(t, confirmed(w), w, func(env *testsuite.TestWorkflowEnvironment) {
		decide(env, time.Minute, job.Decision{Choice: "proceed", Actor: alice, Key: "c1", Ask: 1})
		granted(env, 2*time.Minute, "it/self")
		decide(env, 4*time.Minute, job.Decision{Choice: "proceed", Actor: alice, Key: "c2", Ask: 2})
		granted(env, 5*time.Minute, "it/self")
	})
	require.Equal(t, "done", res.State)
	require.Len(t, w.asked, 2)
	require.Contains(t, w.asked[1], "The situation changed while it waited. Before: It is old. Now: It is very old.")
	require.Equal(t, []string{"first 1.0"}, w.ran)
}

func TestAScheduleIsNotAskedForItsWord(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.finds = []string{"old"}
	res := startAs(t, confirmed(w), w, func(r *job.Request) { r.Command.Actor = job.Actor{Kind: job.Schedule, ID: "nightly", Name: "nightly"} },
		func(env *testsuite.TestWorkflowEnvironment) { granted(env, time.Minute, "it/self") })
	require.Equal(t, "done", res.State)
	require.Empty(t, w.asked)
}

func TestWhoMustAgreeIsToldBeforeAndAskedAfter(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.finds, w.sees = []string{"old", "old"}, true
	carol := job.Actor{Kind: job.SlackUser, ID: "U3", Name: "carol", Full: "Carol", Groups: []string{"oncall"}}
	res := startAs(t, confirmed(w), w, func(r *job.Request) { r.Approve = job.Approval{By: []string{"oncall"}, Within: time.Hour} },
		func(env *testsuite.TestWorkflowEnvironment) {
			decide(env, time.Minute, job.Decision{Choice: "proceed", Actor: alice, Key: "c1", Ask: 1})
			decide(env, 2*time.Minute, job.Decision{Choice: "approve", Actor: carol, Key: "c2", Ask: 2})
			granted(env, 3*time.Minute, "it/self")
		})
	require.Equal(t, "done", res.State)
	require.Contains(t, w.asked[0], "Then one of @oncall has to agree.")
	require.Contains(t, w.asked[1], "asks to *fresh*")
	require.Contains(t, w.last["1.0"], "[done] Agreed · Carol")
}
