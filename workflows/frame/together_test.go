package frame_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/testsuite"

	"github.com/pawl-ops/pawl/activities"
	"github.com/pawl-ops/pawl/job"
	"github.com/pawl-ops/pawl/workflows/frame"
)

// hosts are scripts for five hosts, named like them.
func hosts() (scripts []job.Script) {
	for _, name := range []string{"h1", "h2", "h3", "h4", "h5"} {
		scripts = append(scripts, job.Script{Name: name, Host: job.Host{Name: name, Address: name + ":22"}})
	}
	return scripts
}

// doing is a job of the given steps.
func doing(steps ...frame.Step) frame.Definition {
	return define(func(j *frame.Job[frame.Nothing, plan]) {
		j.Run = func(f *frame.F, _ plan) error { return f.Do(steps...) }
	})
}

func fails(tries int) func(job.Process) (job.Progress, error) {
	return func(p job.Process) (job.Progress, error) {
		if p.Ask < tries {
			return job.Progress{State: job.Exited, Exit: 3, Problem: "The disk is full."}, nil
		}
		return job.Progress{State: job.Exited}, nil
	}
}

func TestRollingStopsAtTheFirstFailureAndDoesNothingTwice(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.scripts["h2"] = fails(1)
	var stood string
	res := start(t, doing(frame.Across("Clear", hosts(), 1, false)), w, func(env *testsuite.TestWorkflowEnvironment) {
		env.RegisterDelayedCallback(func() { stood = w.last["1.0"] }, 9*time.Minute)
		decide(env, 10*time.Minute, job.Decision{Choice: "retry", Actor: alice, Key: "click-1", Ask: 1})
	})
	require.Equal(t, "done", res.State)
	require.Equal(t, []string{"h1 2.0", "h2 3.0", "h2 3.1", "h3 4.0", "h4 5.0", "h5 6.0"}, w.ran)
	require.Len(t, w.asked, 1)
	require.Contains(t, w.said[1], "ask/1")
	require.Contains(t, stood, "[asking] Clear")
	require.Contains(t, stood, "[done] h1")
	require.Contains(t, stood, "[failed] h2")
	require.Contains(t, stood, "[to come] h3")
	require.Contains(t, w.asked[0], "On h2: the disk is full. It is done on 1 of 5. It was not begun on h3, h4 and h5.")
	require.Contains(t, w.last["1.0"], "[done] Clear · on 5 hosts")
}

func TestHostsToComeGoOnWhenTheyAreToldTo(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.scripts["h2"], w.scripts["h4"] = fails(9), fails(9)
	res := start(t, doing(frame.Across("Clear", hosts(), 2, true, frame.Skippable), frame.Script("After", job.Script{Name: "after"})), w, func(env *testsuite.TestWorkflowEnvironment) {
		decide(env, 10*time.Minute, job.Decision{Choice: "skip", Actor: alice, Key: "click-1", Ask: 1})
	})
	require.Equal(t, "done", res.State)
	slices.Sort(w.ran)
	require.Equal(t, []string{"after 7.0", "h1 2.0", "h2 3.0", "h3 4.0", "h4 5.0", "h5 6.0"}, w.ran)
	require.Contains(t, w.asked[0], "On h2: the disk is full. On h4: the disk is full. It is done on 3 of 5.")
	require.Contains(t, w.asked[0], "[ Try again ]   [ Go on without it ]   [ Stop and clean up ]")
	require.Contains(t, w.last["1.0"], "[not done] Clear · Alice skipped it")
	require.Contains(t, w.last["1.0"], `, without the step "Clear"`)
}

func TestAHostIsNamedOnce(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.scripts["h2"] = func(p job.Process) (job.Progress, error) {
		return job.Progress{State: job.Exited, Exit: 3 * (1 - p.Ask)}, nil
	}
	res := start(t, doing(frame.Across("Clear", hosts(), 0, false)), w, func(env *testsuite.TestWorkflowEnvironment) {
		decide(env, 10*time.Minute, job.Decision{Choice: "retry", Actor: alice, Key: "click-1", Ask: 1})
	})
	require.Equal(t, "done", res.State)
	require.Contains(t, w.asked[0], "I need a decision. The script h2 on h2 ended with code 3. It is done on 4 of 5.")
}

// So many run at the same time, and no more.
func TestAcrossHoldsItsNumber(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ atOnce, most int }{{0, 5}, {2, 2}, {9, 5}} {
		w := newWorld()
		var mu sync.Mutex
		now, most := 0, 0
		full := make(chan struct{})
		for _, s := range hosts() {
			w.scripts[s.Name] = func(job.Process) (job.Progress, error) {
				mu.Lock()
				now++
				if most = max(most, now); most == c.most && now == c.most {
					select {
					case <-full:
					default:
						close(full)
					}
				}
				mu.Unlock()
				<-full // the first wave waits until it is complete
				mu.Lock()
				now--
				mu.Unlock()
				return job.Progress{State: job.Exited}, nil
			}
		}
		res := start(t, doing(frame.Across("Clear", hosts(), c.atOnce, false)), w, nil)
		require.Equal(t, "done", res.State)
		require.Equal(t, c.most, most)
		require.Len(t, w.ran, 5)
	}
}

// when does something as soon as an activity has begun: no time is skipped while it is at work.
func when(env *testsuite.TestWorkflowEnvironment, name, id string, do func()) {
	var once sync.Once
	env.SetOnActivityStartedListener(func(info *activity.Info, _ context.Context, _ converter.EncodedValues) {
		if info.ActivityType.Name == name && (id == "" || info.ActivityID == id) {
			once.Do(do)
		}
	})
}

func cancels(env *testsuite.TestWorkflowEnvironment) func() {
	return func() {
		env.SignalWorkflow(job.SignalDecide, job.Decision{Choice: job.CancelChoice, Actor: alice, Key: "click-1"})
	}
}

func TestACancelEndsWhatRunsEverywhere(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.hangs = "h2"
	res := start(t, doing(frame.Across("Clear", hosts(), 1, true), frame.Script("After", job.Script{Name: "after"})), w, func(env *testsuite.TestWorkflowEnvironment) {
		when(env, "RunScript", "step/3/0/0", cancels(env))
	})
	require.Equal(t, "cancelled", res.State)
	require.Equal(t, []string{"h1 2.0", "h2 3.0"}, w.ran)
	require.Equal(t, []string{"h2"}, w.stopped)
	require.Contains(t, w.last["1.0"], "[cancelled] Clear")
	require.Contains(t, w.last["1.0"], "[not done] After")
}

func TestAPauseLetsTimePassAndCanBeCancelled(t *testing.T) {
	t.Parallel()
	w := newWorld()
	res := start(t, doing(frame.Pause("Wait a little", 10*time.Minute)), w, nil)
	require.Equal(t, "done", res.State)
	require.Equal(t, 10*time.Minute, res.Took.Round(time.Minute))
	w = newWorld()
	res = start(t, doing(frame.Pause("Wait a little", time.Hour)), w, func(env *testsuite.TestWorkflowEnvironment) {
		decide(env, time.Minute, job.Decision{Choice: job.CancelChoice, Actor: alice, Key: "click-1"})
	})
	require.Equal(t, "cancelled", res.State)
	require.Less(t, res.Took, 2*time.Minute)
}

func TestAStepAsksPeople(t *testing.T) {
	t.Parallel()
	step := frame.Ask("Is it fine?", "Does the shop look fine?", []string{"oncall"}, 30*time.Minute, "It is")
	for choice, state := range map[string]string{"proceed": "done", "stop": "failed", "": "failed"} {
		w := newWorld()
		w.sees = true
		var stood string
		res := start(t, doing(step, frame.Script("After", job.Script{Name: "after"})), w, func(env *testsuite.TestWorkflowEnvironment) {
			env.RegisterDelayedCallback(func() { stood = w.last["1.0"] }, 5*time.Minute)
			if choice != "" {
				decide(env, 10*time.Minute, job.Decision{Choice: choice, Actor: job.Actor{Kind: job.SlackUser, ID: "U2", Full: "Bob"}, Key: "click-1", Ask: 1})
			}
		})
		require.Equal(t, state, res.State)
		require.Regexp(t, `\[asking\] Is it fine\? · asks @oncall, until \d\d:\d\d`, stood)
		require.Contains(t, w.asked[0], "@oncall Alice needs a decision of yours. Does the shop look fine?")
		require.Contains(t, w.asked[0], "[ It is ]   [ Stop and clean up ]")
		switch choice {
		case "proceed":
			require.Contains(t, w.last["1.0"], "[done] Is it fine? · Bob said to go on")
			require.Equal(t, []string{"after 2.0"}, w.ran)
		case "":
			require.Contains(t, w.last["2.0"], "Nobody answered in time")
			require.Empty(t, w.ran)
		default:
			require.Empty(t, w.ran)
		}
	}
}

func TestAStepTellsPeople(t *testing.T) {
	t.Parallel()
	w := newWorld()
	res := start(t, doing(frame.Tell("Say so", activities.SayInput{Text: "The cache is empty."}), frame.Tell("Tell all", activities.SayInput{Text: "It is empty.", Channel: "#releases"})), w, nil)
	require.Equal(t, "done", res.State)
	require.Equal(t, []string{"post board", "post step/1/0/0", "post step/2/0/0", "post result", "react white_check_mark"}, w.said)
	require.Equal(t, []string{"C", "C", "#releases", "C"}, []string{w.places[0].Channel, w.places[1].Channel, w.places[2].Channel, w.places[3].Channel})
	require.Contains(t, w.last["1.0"], "[done] Tell all · in #releases")
}

// builds is a Jenkins in memory.
type builds struct {
	mu      sync.Mutex
	keys    []string                                                   // of every build that was followed
	follow  func(n int, in activities.BuildInput) activities.BuildSeen // what the n'th look finds; its Over false without Input: until cancelled
	stopped []string
	answers []bool
	gone    bool // the question is answered in Jenkins after a while
}

func (b *builds) mock(env *testsuite.TestWorkflowEnvironment) {
	env.OnActivity("FollowBuild", anything, anything).Return(func(ctx context.Context, in activities.BuildInput) (activities.BuildSeen, error) {
		b.mu.Lock()
		b.keys = append(b.keys, in.Key)
		seen := b.follow(len(b.keys), in)
		b.mu.Unlock()
		if !seen.Over && seen.Input == nil {
			untilCancelled(ctx)
			return seen, ctx.Err()
		}
		return seen, nil
	}).Maybe()
	env.OnActivity("StopBuild", anything, anything).Return(func(_ context.Context, in activities.BuildInput) (activities.BuildSeen, error) {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.stopped = append(b.stopped, in.Key)
		return activities.BuildSeen{Over: true, Text: "#7, stopped; it ended at 14:05"}, nil
	}).Maybe()
	env.OnActivity("AnswerBuild", anything, anything).Return(func(_ context.Context, in activities.AnswerBuildInput) (string, error) {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.answers = append(b.answers, in.Proceed)
		return "", nil
	}).Maybe()
	env.OnActivity("AnsweredElsewhere", anything, anything).Return(func(ctx context.Context, _ activities.AnswerBuildInput) (string, error) {
		if !b.gone {
			untilCancelled(ctx)
			return "", ctx.Err()
		}
		return "It was answered in Jenkins.", nil
	}).Maybe()
}

func good(int, activities.BuildInput) activities.BuildSeen {
	return activities.BuildSeen{Over: true, Good: true, Text: "#7", Parts: []job.Part{{Name: "Checkout", State: job.PartDone}, {Name: "Test", State: job.PartDone, Took: 12 * time.Second}}}
}

func building() frame.Definition {
	return doing(frame.Build("Smoke test", activities.BuildInput{Job: "shop/smoke"}))
}

func TestABuildIsAStep(t *testing.T) {
	t.Parallel()
	w, b := newWorld(), &builds{follow: good}
	res := start(t, building(), w, b.mock)
	require.Equal(t, "done", res.State)
	require.Equal(t, []string{"fresh-k4m7q2.1.0"}, b.keys)
	require.Contains(t, w.last["1.0"], "[done] Smoke test · #7\n")
	require.Contains(t, w.last["1.0"], "[done] Test · 12 s")
}

func TestABuildThatFailedIsBuiltAgainOnlyWhenAPersonSaysSo(t *testing.T) {
	t.Parallel()
	w, b := newWorld(), &builds{}
	b.follow = func(n int, in activities.BuildInput) activities.BuildSeen {
		if n == 1 {
			return activities.BuildSeen{Over: true, Text: "#7, failed", Problem: "The build #7 of shop/smoke failed in the stage \"Test\".", Quote: []string{"assertion failed"}}
		}
		return good(n, in)
	}
	res := start(t, building(), w, func(env *testsuite.TestWorkflowEnvironment) {
		b.mock(env)
		decide(env, 10*time.Minute, job.Decision{Choice: "retry", Actor: alice, Key: "click-1", Ask: 1})
	})
	require.Equal(t, "done", res.State)
	require.Equal(t, []string{"fresh-k4m7q2.1.0", "fresh-k4m7q2.1.1"}, b.keys)
	require.Contains(t, w.asked[0], "The build #7 of shop/smoke failed in the stage \"Test\".")
	require.Contains(t, w.asked[0], "assertion failed")
}

func TestACancelEndsTheBuild(t *testing.T) {
	t.Parallel()
	w, b := newWorld(), &builds{follow: func(int, activities.BuildInput) activities.BuildSeen { return activities.BuildSeen{} }}
	res := start(t, building(), w, func(env *testsuite.TestWorkflowEnvironment) {
		b.mock(env)
		when(env, "FollowBuild", "", cancels(env))
	})
	require.Equal(t, "cancelled", res.State)
	require.Equal(t, []string{"fresh-k4m7q2.1.0"}, b.stopped)
	require.Contains(t, w.last["1.0"], "[cancelled] Smoke test · #7, stopped; it ended at 14:05")
}

func TestABuildThatTakesTooLongIsStopped(t *testing.T) {
	t.Parallel()
	w, b := newWorld(), &builds{}
	b.follow = func(n int, in activities.BuildInput) activities.BuildSeen {
		if n == 1 {
			return activities.BuildSeen{}
		}
		return good(n, in)
	}
	d := doing(frame.Build("Smoke test", activities.BuildInput{Job: "shop/smoke", Within: time.Second}))
	res := start(t, d, w, func(env *testsuite.TestWorkflowEnvironment) {
		b.mock(env)
		decide(env, 10*time.Minute, job.Decision{Choice: "retry", Actor: alice, Key: "click-1", Ask: 1})
	})
	require.Equal(t, "done", res.State)
	require.Equal(t, []string{"fresh-k4m7q2.1.0"}, b.stopped)
	require.Equal(t, []string{"fresh-k4m7q2.1.0", "fresh-k4m7q2.1.1"}, b.keys)
	require.Contains(t, w.asked[0], "The build of shop/smoke took longer than 1 s, so I stopped it: #7, stopped; it ended at 14:05.")
}

func TestWhatABuildAsksIsAskedHere(t *testing.T) {
	t.Parallel()
	asks := func(n int, in activities.BuildInput) activities.BuildSeen {
		if n == 1 {
			return activities.BuildSeen{Input: &activities.BuildAsk{ID: "Go", Message: "Release to users?", Proceed: "release it", Values: []string{"TARGET = live"}}}
		}
		return good(n, in)
	}
	aborted := func(n int, in activities.BuildInput) activities.BuildSeen {
		if n == 1 {
			return asks(n, in)
		}
		return activities.BuildSeen{Over: true, Text: "#7, aborted", Problem: "The build #7 was stopped in Jenkins."}
	}
	for name, c := range map[string]struct {
		follow  func(int, activities.BuildInput) activities.BuildSeen
		choice  string
		gone    bool
		state   string
		answers []bool
	}{
		"proceed":   {asks, "proceed", false, "done", []bool{true}},
		"abort":     {aborted, "stop", false, "failed", []bool{false}},
		"nobody":    {aborted, "", false, "failed", []bool{false}},
		"elsewhere": {asks, "", true, "done", nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, b := newWorld(), &builds{follow: c.follow, gone: c.gone}
			soon := func(r *job.Request) {
				if c.choice == "" { // it passes beside the activity that watches the question, in real time
					r.Timers.AskWithin = 2 * time.Second
				}
			}
			res := startAs(t, building(), w, soon, func(env *testsuite.TestWorkflowEnvironment) {
				b.mock(env)
				if c.choice != "" {
					env.SetOnActivityCompletedListener(func(info *activity.Info, _ converter.EncodedValue, _ error) {
						if info.ActivityType.Name == "PostAsk" {
							env.SignalWorkflow(job.SignalDecide, job.Decision{Choice: c.choice, Actor: alice, Key: "click-1", Ask: 1})
						}
					})
				}
			})
			require.Equal(t, c.state, res.State)
			require.Equal(t, c.answers, b.answers)
			require.Equal(t, []string{"fresh-k4m7q2.1.0", "fresh-k4m7q2.1.0"}, b.keys, "it is the same build")
			if name != "elsewhere" {
				require.Contains(t, w.asked[0], "The build of shop/smoke asks: Release to users? It goes on with TARGET = live.")
				require.Contains(t, w.asked[0], "[ Release it ]   [ Abort the build ]")
				require.Len(t, w.asked, 1)
			}
		})
	}
}

func TestABuildOfSomebodyElseIsOnlyShown(t *testing.T) {
	t.Parallel()
	d := doing(frame.Build("shop/build #41", activities.BuildInput{Job: "shop/build", Build: 41}))
	w, b := newWorld(), &builds{follow: func(int, activities.BuildInput) activities.BuildSeen {
		return activities.BuildSeen{Over: true, Text: "failed", Problem: "shop/build #41 failed in the stage \"Test\".", Quote: []string{"assertion failed"}}
	}}
	res := start(t, d, w, b.mock)
	require.Equal(t, "failed", res.State)
	require.Empty(t, w.asked)
	require.Equal(t, []string{""}, b.keys)
	require.Equal(t, "@Alice shop/build #41 failed in the stage \"Test\".\n    assertion failed\n", w.last["2.0"])

	w, b = newWorld(), &builds{follow: func(int, activities.BuildInput) activities.BuildSeen { return activities.BuildSeen{} }}
	res = start(t, d, w, func(env *testsuite.TestWorkflowEnvironment) {
		b.mock(env)
		when(env, "FollowBuild", "", cancels(env))
	})
	require.Equal(t, "cancelled", res.State)
	require.Empty(t, b.stopped, "it goes on")
}
