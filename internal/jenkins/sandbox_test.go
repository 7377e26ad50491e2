package jenkins_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/internal/jenkins"
	"github.com/pawl-ops/pawl/job"
	box "github.com/pawl-ops/pawl/sandbox/jenkins"
)

func TestFromTriggerToResult(t *testing.T) {
	t.Parallel()
	w := begin(t)
	_, ok, err := w.Latest(t.Context(), "shop/build")
	require.NoError(t, err)
	require.False(t, ok)
	about, err := w.Check(t.Context(), "shop/build", "", map[string]string{"VERSION": "2.0"})
	require.NoError(t, err)
	require.Equal(t, jenkins.About{Link: root + "/job/shop/job/build/", Parameters: []string{"VERSION", "PAWL_RUN_ID"}}, about)

	ref := w.start("shop/build", "deploy-1")
	require.Positive(t, ref.Queue)
	w.pass(4 * time.Second)
	st := w.look(ref)
	require.Equal(t, jenkins.Running, st.Phase)
	require.Equal(t, root+"/job/shop/job/build/1/", st.Link)
	require.Equal(t, -1, st.Percent)
	require.Equal(t, []jenkins.Stage{{Name: "Compile", State: jenkins.StageRunning, Began: w.Now().Add(-4 * time.Second).Local(), Took: 4 * time.Second}}, st.Stages)

	w.pass(8 * time.Second)
	log, err := w.Log(t.Context(), st.Ref, jenkins.Mark{})
	require.NoError(t, err)
	require.True(t, log.More)
	require.Equal(t, "Started by user Pawl", log.Lines[0])
	require.Contains(t, log.Lines, "+ make 2.0")
	w.pass(10 * time.Second)
	rest, err := w.Log(t.Context(), st.Ref, log.Next)
	require.NoError(t, err)
	require.False(t, rest.More)
	require.NotContains(t, rest.Lines, "+ make 2.0")
	require.Equal(t, "Finished: SUCCESS", rest.Lines[len(rest.Lines)-1])
	require.Equal(t, strings.ReplaceAll(w.box.Builds("shop/build")[0].Log, "\x1b", ""), strings.Join(append(log.Lines, rest.Lines...), "\n")+"\n")

	st = w.look(ref)
	require.True(t, st.Over())
	require.Equal(t, jenkins.Success, st.Result)
	require.Equal(t, 20*time.Second, st.Took)
	require.Equal(t, 20*time.Second, st.Usually)
	require.Len(t, st.Stages, 2)
	w.once("deploy-1")

	again := w.start("shop/build", "deploy-1")
	require.True(t, again.Found, "long after, nothing is built twice")
	require.EqualValues(t, 1, again.Build)
	w.once("deploy-1")
	latest, ok, err := w.Latest(t.Context(), "shop/build")
	require.NoError(t, err)
	require.True(t, ok)
	require.Equal(t, jenkins.Ref{Job: "shop/build", Build: 1}, latest)
	link, ok := jenkins.Link(st.Link + "console")
	require.True(t, ok)
	require.Equal(t, st.Result, w.look(link).Result)
}

func TestAnswersAreLost(t *testing.T) {
	t.Parallel()
	for skip := range 5 { // the first requests are reads: nothing is lost with them
		for _, kind := range []string{box.Lost, box.Down, box.Broken, box.Starting} {
			for times := 1; times <= 3; times++ {
				t.Run(fmt.Sprintf("%s %d times after %d", kind, times, skip), func(t *testing.T) {
					t.Parallel()
					w := begin(t)
					w.wrong(box.Fault{Kind: kind, Skip: skip, Times: times})
					trigger := jenkins.Trigger{Job: "shop/build", RunID: "r1"}
					ref, err := w.Trigger(t.Context(), trigger)
					for try := 0; err != nil && try < 4; try++ {
						trigger.Again = true
						ref, err = w.client().Trigger(t.Context(), trigger)
					}
					require.NoError(t, err)
					w.box.Clear("")
					w.pass(10 * time.Second)
					w.once("r1")
					require.Equal(t, jenkins.Running, w.look(ref).Phase)
				})
			}
		}
	}
}

func TestTwentyAtOnce(t *testing.T) {
	t.Parallel()
	w := begin(t, func(o *box.Options) { o.Executors, o.Keep = 3, 100 })
	for _, kind := range []string{box.Lost, box.Down, box.Broken} {
		w.wrong(box.Fault{Kind: kind, Skip: 5 + rand.N(20), Times: 4})
	}
	refs := make([]jenkins.Ref, 20)
	var all sync.WaitGroup
	for i := range refs {
		all.Go(func() {
			trigger := jenkins.Trigger{Job: []string{"shop/build", "shop/slow", "shop/one"}[i%3], RunID: fmt.Sprintf("r%d", i)}
			s := w.Server
			if i == 10 {
				w.box.Restart(5 * time.Second)
			}
			for try := range 20 {
				var err error
				if refs[i], err = s.Trigger(context.Background(), trigger); err == nil {
					return
				}
				trigger.Again = true
				if try%2 == 1 {
					s = w.client()
				}
			}
			t.Errorf("%s was never started", trigger.RunID)
		})
	}
	all.Wait()
	results := map[string]int{}
	for range 400 {
		w.pass(5 * time.Second)
		clear(results)
		for i := range refs {
			if st, err := w.State(t.Context(), refs[i]); err == nil {
				result := st.Result
				if result == jenkins.Aborted && refs[i].Job == "shop/slow" { // no pipeline: the restart ends it, if it had begun
					result = jenkins.Success
				}
				results[result]++
				refs[i] = st.Ref
			}
		}
		if results[jenkins.Success] == 20 {
			break
		}
	}
	require.Equal(t, map[string]int{jenkins.Success: 20}, results)
	for i := range refs {
		w.once(fmt.Sprintf("r%d", i))
	}
}

func TestJenkinsRestartsInTheMiddle(t *testing.T) {
	t.Parallel()
	for name, restart := range map[string]func(*box.Server){
		"restart": func(b *box.Server) { b.Restart(20 * time.Second) },
		"crash":   func(b *box.Server) { b.Crash(20 * time.Second) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := begin(t)
			pipeline, script := w.start("shop/one", "p"), w.start("shop/slow", "f")
			behind := w.start("shop/one", "q")
			w.pass(2 * time.Second)
			require.Equal(t, "build 1 of the same job has to end first", w.look(behind).Why)
			restart(w.box)
			troubles := 0
			st, err := w.Follow(t.Context(), pipeline, 2*time.Second, func(st jenkins.State) error {
				if st.Trouble != "" {
					require.Equal(t, "Jenkins is starting and answers again in a moment.", st.Trouble)
					troubles++
				}
				return nil
			})
			require.NoError(t, err)
			require.Positive(t, troubles)
			require.Equal(t, jenkins.Success, st.Result, "pipelines go on")
			st = w.look(script)
			require.True(t, st.Over())
			require.Contains(t, []string{jenkins.Aborted, jenkins.Failure}, st.Result)
			st, err = w.Follow(t.Context(), behind, 2*time.Second, func(jenkins.State) error { return nil })
			require.NoError(t, err)
			require.Equal(t, jenkins.Success, st.Result, "the queue is kept")
			for _, run := range []string{"p", "f", "q"} {
				w.once(run)
			}
		})
	}
}

func TestTheQueueForgets(t *testing.T) {
	t.Parallel()
	w := begin(t)
	w.wrong(box.Fault{Kind: box.Forgets})
	ref := w.start("shop/build", "r1")
	st := w.look(ref)
	require.Equal(t, jenkins.Running, st.Phase)
	require.EqualValues(t, 1, st.Ref.Build)

	w.box.Clear("")
	ref = w.start("shop/build", "r2")
	w.pass(10 * time.Minute)
	require.Equal(t, jenkins.Success, w.look(ref).Result, "nobody looked for ten minutes")
}

func TestBeforeAShutdown(t *testing.T) {
	t.Parallel()
	w := begin(t)
	w.wrong(box.Fault{Kind: box.Quiet})
	ref := w.start("shop/build", "r1")
	st := w.look(ref)
	require.Equal(t, jenkins.Waiting, st.Phase)
	require.Equal(t, "Jenkins is about to restart and starts it afterwards", st.Why)
	require.Equal(t, ref.Queue, w.start("shop/build", "r1").Queue)
	w.box.Restart(time.Second)
	w.pass(time.Minute)
	require.Equal(t, jenkins.Success, w.look(ref).Result)
	w.once("r1")
}

func TestNoPlaceToBuild(t *testing.T) {
	t.Parallel()
	w := begin(t)
	w.wrong(box.Fault{Kind: box.NoExecutor})
	st := w.look(w.start("shop/slow", "f"))
	require.Equal(t, jenkins.Waiting, st.Phase)
	require.Equal(t, "all places to build are taken", st.Why)
	st = w.look(w.start("shop/build", "p"))
	require.Equal(t, jenkins.Running, st.Phase, "a pipeline waits inside")
	require.Equal(t, "all places to build are taken", st.Why)
	w.wrong(box.Fault{Kind: box.NoStages})
	w.box.Clear(box.NoExecutor)
	w.pass(5 * time.Second)
	st = w.look(st.Ref)
	require.Nil(t, st.Stages, "there is no plugin for them")
	require.Equal(t, jenkins.Running, st.Phase)
}

func TestTheLadder(t *testing.T) {
	t.Parallel()
	for name, levels := range map[string][]jenkins.Level{
		"shop/build": {jenkins.Stop}, "shop/slow": {jenkins.Stop},
		"shop/term": {jenkins.Stop, jenkins.Term}, "shop/kill": {jenkins.Stop, jenkins.Term, jenkins.Kill},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := begin(t)
			ref := w.start(name, "r1")
			w.pass(2 * time.Second)
			var st jenkins.State
			for i, level := range levels {
				require.False(t, w.look(ref).Over(), "%s was not enough", level)
				var err error
				st, err = w.Cancel(t.Context(), ref, level)
				require.NoError(t, err)
				if i == 0 {
					require.Equal(t, jenkins.Running, st.Phase, "it takes a moment")
				}
				w.pass(time.Second)
			}
			st = w.look(ref)
			require.Equal(t, jenkins.Ended, st.Phase)
			require.Equal(t, jenkins.Aborted, st.Result)
			again, err := w.Cancel(t.Context(), ref, jenkins.Kill)
			require.NoError(t, err)
			require.Equal(t, st, again)
		})
	}
}

func TestCancelledInTheQueue(t *testing.T) {
	t.Parallel()
	w := begin(t)
	first, second := w.start("shop/one", "a"), w.start("shop/one", "b")
	st, err := w.Cancel(t.Context(), second, jenkins.Stop)
	require.NoError(t, err)
	require.Equal(t, jenkins.Cancelled, st.Phase)
	st, err = w.Cancel(t.Context(), second, jenkins.Kill)
	require.NoError(t, err)
	require.Equal(t, jenkins.Cancelled, st.Phase)
	require.Equal(t, jenkins.Running, w.look(first).Phase)
	w.pass(6 * time.Minute)
	st = w.look(second)
	require.Equal(t, jenkins.Gone, st.Phase, "Jenkins has forgotten it")
	require.Equal(t, "Jenkins has it neither in its queue nor among its builds", st.Why)
}

// Whoever started it died before anybody knew its number, and its request came late.
func TestCancelledBeforeItCame(t *testing.T) {
	t.Parallel()
	w := begin(t)
	st, err := w.Cancel(t.Context(), jenkins.Ref{Job: "shop/build", RunID: "r1"}, jenkins.Stop)
	require.NoError(t, err)
	require.Equal(t, jenkins.Gone, st.Phase)

	w.wrong(box.Fault{Kind: box.Down, Skip: 3, Times: 2}) // while we look
	came := w.Now().Add(3 * time.Second)
	w.waits = func() {
		if w.waits != nil && w.Now().After(came) {
			w.waits = nil
			w.start("shop/build", "r1")
		}
	}
	st, err = w.Cancel(t.Context(), jenkins.Ref{Job: "shop/build", RunID: "r1"}, jenkins.Stop)
	require.NoError(t, err)
	require.Equal(t, jenkins.Running, st.Phase)
	w.pass(time.Second)
	require.Equal(t, jenkins.Aborted, w.look(st.Ref).Result)
	w.once("r1")
}

// The answer to a cancel is lost: the next one finds out.
func TestACancelIsLost(t *testing.T) {
	t.Parallel()
	w := begin(t)
	ref := w.start("shop/build", "r1")
	w.wrong(box.Fault{Kind: box.Lost, Method: "POST", Times: 1})
	_, err := w.Cancel(t.Context(), ref, jenkins.Stop)
	require.Equal(t, jenkins.Unknown, jenkins.OutcomeOf(err))
	w.pass(time.Second)
	st, err := w.Cancel(t.Context(), ref, jenkins.Stop)
	require.NoError(t, err)
	require.Equal(t, jenkins.Aborted, st.Result)
}

func TestQuestions(t *testing.T) {
	t.Parallel()
	w := begin(t)
	ref := w.start("shop/release", "r1")
	w.pass(2 * time.Second)
	st := w.look(ref)
	require.Equal(t, []jenkins.Ask{{ID: "Go", Message: "Release 2.0?", Proceed: "Release", Params: []jenkins.AskParam{{Name: "WHERE", Default: "here", Choices: []string{"here", "there"}}}}}, st.Asks)
	require.Equal(t, jenkins.StageAsking, st.Stages[1].State)

	_, err := w.Answer(t.Context(), st.Ref, "Go", true, map[string]string{"WHERE": "nowhere"})
	require.Equal(t, jenkins.Refused, jenkins.OutcomeOf(err))
	w.wrong(box.Fault{Kind: box.Lost, Method: "POST", Times: 1})
	_, err = w.Answer(t.Context(), st.Ref, "Go", true, map[string]string{"WHERE": "there"})
	require.Equal(t, jenkins.Unknown, jenkins.OutcomeOf(err))
	st, err = w.Answer(t.Context(), st.Ref, "Go", true, map[string]string{"WHERE": "there"})
	require.NoError(t, err, "it was given the first time")
	require.Empty(t, st.Asks)

	w.pass(2 * time.Second)
	_, err = w.Answer(t.Context(), st.Ref, "Agree", true, nil)
	require.ErrorContains(t, err, "Jenkins does not take this answer from the user pawl: the question is for carol.")
	st, err = w.Answer(t.Context(), st.Ref, "Agree", false, nil)
	require.NoError(t, err)
	require.Equal(t, jenkins.Aborted, w.look(st.Ref).Result)
	st, err = w.Answer(t.Context(), st.Ref, "Agree", true, nil)
	require.NoError(t, err)
	require.Equal(t, jenkins.Aborted, st.Result, "too late, and the state says how it went")

	ref = w.look(w.start("shop/ask", "r2")).Ref
	w.wrong(box.Fault{Kind: box.Given, Times: 1})
	st, err = w.Answer(t.Context(), ref, "Go", true, nil)
	require.NoError(t, err, "somebody else did, in the same moment")
	require.Equal(t, jenkins.Running, st.Phase)
	require.Empty(t, st.Asks)
}

func TestWhatIsWrong(t *testing.T) {
	t.Parallel()
	w := begin(t)
	_, err := w.Trigger(t.Context(), jenkins.Trigger{Job: "off", RunID: "r1"})
	require.ErrorContains(t, err, "The Jenkins job off is disabled. Enable it in Jenkins.")
	_, err = w.Trigger(t.Context(), jenkins.Trigger{Job: "bare", RunID: "r1"})
	require.ErrorContains(t, err, "The Jenkins job bare has no parameter PAWL_RUN_ID.")
	_, err = w.Trigger(t.Context(), jenkins.Trigger{Job: "shop", RunID: "r1"})
	require.ErrorContains(t, err, "shop is a folder of Jenkins. Name a job in it: shop/")
	require.Zero(t, w.box.Triggers(), "nothing is asked for in vain")
	hello, err := w.Hello(t.Context())
	require.NoError(t, err)
	require.Equal(t, jenkins.Hello{Version: "2.516.3", User: "pawl"}, hello)
	branch := w.start(jenkins.Branch("lib", "feature/x"), "r1")
	require.Equal(t, root+"/job/lib/job/feature%252Fx/1/", w.look(branch).Link)
	for kind, says := range map[string]string{
		box.Revoked:   "Jenkins does not accept our token (401). Make a new API token for the user pawl in Jenkins.",
		box.Forbidden: `Jenkins does not let the user pawl do this: the permission "Overall/Read" is missing.`,
	} {
		w.wrong(box.Fault{Kind: kind})
		_, err = w.State(t.Context(), branch)
		require.ErrorContains(t, err, says)
		require.Equal(t, jenkins.Refused, jenkins.OutcomeOf(err))
		w.box.Clear("")
	}
	require.NoError(t, w.box.Set(box.Fault{Kind: box.Slow, MS: 60_000}))
	slow, err := jenkins.New(jenkins.Options{URL: w.url, User: box.User, Token: job.NewSecret(box.Token), Timeout: 50 * time.Millisecond})
	require.NoError(t, err)
	defer slow.Close()
	_, err = slow.State(t.Context(), branch)
	require.ErrorContains(t, err, "Jenkins did not answer within 1 second.")
}

func TestTheListOfBuilds(t *testing.T) {
	t.Parallel()
	w := begin(t, func(o *box.Options) {
		for i := range o.Jobs {
			o.Jobs[i].Changes = []box.Change{{ID: "9f2c1d", Author: "eve", Message: "Faster search (#12)"}}
		}
	})
	for _, name := range []string{"shop/build", "shop/slow", jenkins.Branch("lib", "feature/x")} {
		none, err := w.Builds(t.Context(), name, 10)
		require.NoError(t, err)
		require.Empty(t, none)
		for i := range 3 {
			w.start(name, fmt.Sprint("deploy-", i))
			w.pass(30 * time.Second)
		}
		all, err := w.Builds(t.Context(), name, 2)
		require.NoError(t, err)
		require.Len(t, all, 2, name)
		require.EqualValues(t, 3, all[0].Number)
		require.EqualValues(t, 2, all[1].Number)
		require.Equal(t, jenkins.Success, all[1].Result)
		require.Equal(t, "#2", all[1].Name)
		require.Equal(t, map[string]string{"VERSION": "2.0", "PAWL_RUN_ID": "deploy-1"}, all[1].Params)
		require.Len(t, all[1].Changes, 1)
		require.Equal(t, "9f2c1d", all[1].Changes[0].ID)
		require.Equal(t, "Faster search", all[1].Changes[0].Title)
		require.Equal(t, 12, all[1].Changes[0].PR)
		link, ok := jenkins.Link(all[1].URL)
		require.True(t, ok)
		require.Equal(t, "#2", w.look(link).Name)
	}
	w.wrong(box.Fault{Kind: box.Broken, Times: 1})
	_, err := w.Builds(t.Context(), "shop/build", 2)
	require.Error(t, err)
}
