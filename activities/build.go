package activities

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"go.temporal.io/sdk/activity"

	"github.com/pawl-ops/pawl/internal/board"
	"github.com/pawl-ops/pawl/internal/failpoint"
	"github.com/pawl-ops/pawl/internal/jenkins"
	"github.com/pawl-ops/pawl/job"
)

// BuildInput is one build of a Jenkins job.
type BuildInput struct {
	Run    RunRef            `json:"run"`
	Key    string            `json:"key,omitempty"` // at most one build has it as its run-id parameter
	Job    string            `json:"job"`
	Branch string            `json:"branch,omitempty"` // of a multibranch job, as git names it
	Params map[string]string `json:"params,omitempty"`
	RunID  string            `json:"run_id,omitempty"` // the parameter that takes the key
	Accept []string          `json:"accept,omitempty"` // results that are good besides SUCCESS
	Since  time.Time         `json:"since,omitzero"`   // when the run began
	Build  int64             `json:"build,omitempty"`  // a build that somebody else started; 0: one of our own, by its key
	Within time.Duration     `json:"within,omitempty"` // how long it may take, apart from what it asks people; 0: however long
	Makes  *job.Builds       `json:"makes,omitempty"`  // it makes a version, and how it says which; nil: that does not matter
	Timers job.Timers        `json:"timers"`
}

// name is the job of the build, with its branch.
func (in BuildInput) name() string {
	if in.Branch == "" {
		return in.Job
	}
	return jenkins.Branch(in.Job, in.Branch)
}

func (in BuildInput) ref() jenkins.Ref {
	return jenkins.Ref{Job: in.name(), RunParam: in.RunID, RunID: in.Key, Since: in.Since, Build: in.Build}
}

// BuildSeen is how a build stands when somebody is needed, or nobody any more.
type BuildSeen struct {
	Over    bool       `json:"over,omitempty"` // it has ended, or will never begin
	Good    bool       `json:"good,omitempty"`
	Text    string     `json:"text,omitempty"`    // shown beside the step
	Problem string     `json:"problem,omitempty"` // a sentence for people, when it is not good
	Quote   []string   `json:"quote,omitempty"`   // the end of its log, then
	Parts   []job.Part `json:"parts,omitempty"`   // its stages
	Input   *BuildAsk  `json:"input,omitempty"`   // what it asks people
	Version string     `json:"version,omitempty"` // what it made, where that was asked for
}

// ResultVersion is the result of a run under which a build says which version it made.
const ResultVersion = "version"

// BuildAsk is a question of a build: the step input of a pipeline.
type BuildAsk struct {
	ID      string   `json:"id"`
	Message string   `json:"message"`
	Proceed string   `json:"proceed,omitempty"` // what the button to go on says
	Values  []string `json:"values,omitempty"`  // what it is answered with, for people: "TARGET is live"
}

const (
	buildTail  = 10              // lines of a failed build's log that are shown
	buildEvery = 2 * time.Second // how often a build is looked at, at the most
)

// FollowBuild starts a build, unless an earlier attempt did, and watches it until it is over or asks something. It never
// starts two: what is not known of the first request is found out before another one is made. A Jenkins that does not
// answer is waited for, and said on the board.
func (a *Activities) FollowBuild(ctx context.Context, in BuildInput) (BuildSeen, error) {
	if a.Jenkins == nil {
		return BuildSeen{}, Refuse("There is no Jenkins in pawl.yaml any more.")
	}
	w := newWatch(ctx, in.Timers.Heartbeat)
	defer w.stop()
	attached, cancel := w.until(ctx)
	defer cancel()
	failpoint.Here("before the build", in.Run.ID)
	ref, err := a.trigger(attached, in, w)
	if err != nil {
		return a.unfollowed(ctx, w, err)
	}
	failpoint.Here("after the build began", in.Run.ID)
	tail := tailing{}
	st, err := a.Jenkins.Follow(attached, ref, min(in.Timers.BoardTick, buildEvery), func(st jenkins.State) error {
		w.see(progressOf(st, tail.read(attached, a.Jenkins, st)))
		failpoint.Here("while the build runs", in.Run.ID)
		if len(st.Asks) > 0 && in.Build == 0 {
			return errAsks
		}
		return nil
	})
	if err != nil && !errors.Is(err, errAsks) {
		return a.unfollowed(ctx, w, err)
	}
	failpoint.Here("after the build", in.Run.ID)
	return a.seen(ctx, in, st), nil
}

var errAsks = errors.New("the build asks something")

// trigger starts the build, or finds it, however long Jenkins takes to answer.
func (a *Activities) trigger(ctx context.Context, in BuildInput, w *watch) (jenkins.Ref, error) {
	if in.Build > 0 {
		return in.ref(), nil
	}
	t := jenkins.Trigger{Job: in.name(), Params: in.Params, RunID: in.Key, RunParam: in.RunID, Since: in.Since, Again: a.again(ctx)}
	for {
		ref, err := a.Jenkins.Trigger(ctx, t)
		var fault *job.Fault
		switch {
		case err == nil:
			return ref, nil
		case ctx.Err() != nil:
			return ref, ctx.Err()
		case errors.As(err, &fault) && fault.Final:
			return ref, err
		}
		t.Again = t.Again || jenkins.OutcomeOf(err) == jenkins.Unknown
		says := "Jenkins does not answer"
		if fault != nil {
			says = fault.Says
		}
		w.note("%s; trying again since %s.", strings.TrimSuffix(board.Clean(says), "."), board.Time(w.lost()))
		w.pause(ctx)
	}
}

// unfollowed is why a build is not watched any more.
func (a *Activities) unfollowed(ctx context.Context, w *watch, err error) (BuildSeen, error) {
	switch {
	case w.stopping(): // first: the context of a worker that stops is cancelled as well
		return BuildSeen{}, errStopping
	case ctx.Err() != nil:
		return BuildSeen{}, ctx.Err()
	}
	return BuildSeen{}, faulty(err)
}

// seen is a build for the run that follows it.
func (a *Activities) seen(ctx context.Context, in BuildInput, st jenkins.State) BuildSeen {
	seen := BuildSeen{Over: st.Over(), Parts: stageParts(st.Stages)}
	if len(st.Asks) > 0 && !seen.Over {
		ask := st.Asks[0]
		seen.Input = &BuildAsk{ID: ask.ID, Message: board.Clean(ask.Message), Proceed: board.Clean(ask.Proceed)}
		for _, p := range ask.Params {
			seen.Input.Values = append(seen.Input.Values, board.Clean(p.Name)+" = "+board.Clean(valueOf(p)))
		}
		return seen
	}
	name := buildName(st)
	switch {
	case st.Phase == jenkins.Ended && (st.Result == jenkins.Success || contains(in.Accept, st.Result)):
		seen.Good, seen.Text = true, name
		if st.Result != jenkins.Success {
			seen.Text += ", " + resultWords(st.Result)
		}
		a.named(in, st, &seen)
	case st.Phase == jenkins.Ended && in.Build > 0:
		seen.Text = resultWords(st.Result)
		seen.Problem = fmt.Sprintf("%s %s.", board.Link(st.Link, whichBuild(in)), resultSays(st.Result, failedStage(st.Stages)))
		seen.Quote = a.endOfLog(ctx, st.Ref)
	case st.Phase == jenkins.Ended:
		seen.Text = name + ", " + resultWords(st.Result)
		seen.Problem = fmt.Sprintf("The build %s of %s %s.", name, board.Clean(in.Job), resultSays(st.Result, failedStage(st.Stages)))
		seen.Quote = a.endOfLog(ctx, st.Ref)
	case st.Phase == jenkins.Cancelled:
		seen.Text, seen.Problem = "taken out of Jenkins' queue", fmt.Sprintf("Somebody took the build of %s out of Jenkins' queue; it never ran.", board.Clean(in.Job))
	default:
		seen.Text, seen.Problem = "gone", fmt.Sprintf("I do not know how the build of %s ended: %s.", board.Clean(in.Job), board.Clean(st.Why))
	}
	return seen
}

// named finds out which version a build made. Without a name nobody can deploy it.
func (a *Activities) named(in BuildInput, st jenkins.State, seen *BuildSeen) {
	if in.Makes == nil {
		return
	}
	seen.Version = versionOf(*in.Makes, Built{Name: st.Name, Params: in.Params})
	if seen.Version == "" {
		seen.Good = false
		seen.Problem = fmt.Sprintf("The build %s of %s went well and does not say which version it made: its display name has to.", buildName(st), board.Clean(in.Job))
	}
}

// endOfLog is what a failed build printed last, without which people would have to look there.
func (a *Activities) endOfLog(ctx context.Context, ref jenkins.Ref) []string {
	tail, err := a.Jenkins.Tail(ctx, ref, buildTail)
	if err != nil {
		activity.GetLogger(ctx).Warn("reading the log of a build", "job", ref.Job, "build", ref.Build, "error", err)
	}
	for i := range tail {
		tail[i] = board.Clean(tail[i])
	}
	return tail
}

// AnswerBuildInput is what people said to a build's question.
type AnswerBuildInput struct {
	Build   BuildInput `json:"build"`
	Ask     string     `json:"ask"`
	Proceed bool       `json:"proceed"`
}

// AnswerBuild answers a question of a build. Answering twice is answering once.
func (a *Activities) AnswerBuild(ctx context.Context, in AnswerBuildInput) (string, error) {
	ref, ok, err := a.Jenkins.Find(ctx, in.Build.ref())
	if err != nil || !ok {
		return "", err
	}
	st, err := a.Jenkins.State(ctx, ref)
	if err != nil {
		return "", faulty(err)
	}
	for _, ask := range st.Asks {
		if ask.ID != in.Ask {
			continue
		}
		values := map[string]string{}
		for _, p := range ask.Params {
			values[p.Name] = valueOf(p)
		}
		if _, err := a.Jenkins.Answer(ctx, ref, ask.ID, in.Proceed, values); err != nil {
			return "", faulty(err)
		}
	}
	return "", nil
}

// AnsweredElsewhere waits until a question of a build is open no more, because somebody answered it in Jenkins.
func (a *Activities) AnsweredElsewhere(ctx context.Context, in AnswerBuildInput) (string, error) {
	w := newWatch(ctx, in.Build.Timers.Heartbeat)
	defer w.stop()
	attached, cancel := w.until(ctx)
	defer cancel()
	ref, _, err := a.Jenkins.Find(attached, in.Build.ref())
	if err == nil {
		_, err = a.Jenkins.Follow(attached, ref, buildEvery, func(st jenkins.State) error {
			for _, ask := range st.Asks {
				if ask.ID == in.Ask {
					return nil
				}
			}
			if st.Trouble != "" {
				return nil
			}
			return errAsks
		})
	}
	if err != nil && !errors.Is(err, errAsks) {
		_, err = a.unfollowed(ctx, w, err)
		return "", err
	}
	return "It was answered in Jenkins.", nil
}

// valueOf is what a question is answered with where nobody is asked for a value: its own default.
func valueOf(p jenkins.AskParam) string {
	if p.Default == "" && len(p.Choices) > 0 {
		return p.Choices[0]
	}
	return p.Default
}
