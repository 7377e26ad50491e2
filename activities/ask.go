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
	"github.com/pawl-ops/pawl/internal/ledger"
	"github.com/pawl-ops/pawl/job"
)

// AskInput is a question.
type AskInput struct {
	Run    RunRef `json:"run"`
	Number int    `json:"number"`
	Wait   int    `json:"wait"` // the number of this wait in the run
	// Problem is what is to be decided, for those who look up what is going on.
	Problem string     `json:"problem"`
	Words   []string   `json:"words,omitempty"` // those that answer it
	By      []string   `json:"by,omitempty"`    // names from `people:` of those who may answer; empty: who asked for the run
	Until   time.Time  `json:"until,omitzero"`  // when it is closed unanswered
	Board   job.Posted `json:"board,omitzero"`  // where the run can be followed
	Log     *LogOf     `json:"log,omitempty"`   // what to read with it
	Post    board.Post `json:"post"`
}

// LogOf is the log of a script that says more than a message holds.
type LogOf struct {
	Script  job.Script  `json:"script"`
	Process job.Process `json:"process"`
	Lines   int64       `json:"lines"`
}

// Asked is where a question stands.
type Asked struct {
	job.Posted
	Where string `json:"where,omitempty"` // the channel's name, when it is another one than the run's
	// Instead is the name of the channel in which it should stand: nothing can be posted there, and it stands in the run's own thread.
	Instead string `json:"instead,omitempty"`
}

// PostAsk posts a question as a new message, because an edit notifies nobody, where those who may answer can see it, and
// writes down who is waited for.
func (a *Activities) PostAsk(ctx context.Context, in AskInput) (Asked, error) {
	defer beating(ctx)()
	failpoint.Here("before the question", in.Run.ID)
	w := ledger.Waiting{
		For: ledger.ForPerson, Who: []string{in.Run.Actor.Display()}, Text: in.Problem, Ask: in.Number, Words: in.Words, By: in.By,
		Until: in.Until, Says: kept(in.Post.Message.Lines), Buttons: in.Post.Message.Buttons,
	}
	if len(in.By) > 0 {
		w.Who = nil
		for _, name := range in.By {
			w.Who = append(w.Who, "@"+name)
		}
	}
	if err := a.note(ctx, in.Run, ledger.KindWaiting(in.Wait), w); err != nil {
		return Asked{}, err
	}
	asked, err := a.put(ctx, &in)
	failpoint.Here("while asking", in.Run.ID)
	if err == nil && !asked.Zero() {
		// Words under the question are about this run, too; and who may answer it finds it from elsewhere.
		err = a.note(ctx, in.Run, ledger.KindQuestion(in.Number), asked.Posted)
	}
	if err == nil && in.Log != nil {
		a.shareLog(ctx, in)
	}
	return asked, err
}

// mostKept is how many bytes of what a question says are written down.
const mostKept = 4000

// kept is as much of what a question says as is written down.
func kept(lines []string) (out []string) {
	left := mostKept
	for _, l := range lines {
		if left -= len(l) + 1; left < 0 {
			return append(out, "...")
		}
		out = append(out, l)
	}
	return out
}

// put posts a question where those who may answer it look.
func (a *Activities) put(ctx context.Context, in *AskInput) (Asked, error) {
	if len(in.By) > 0 {
		return a.askOthers(ctx, in)
	}
	if unplaced(in.Run, in.Post.Place) {
		return a.askAside(ctx, in)
	}
	at, err := a.post(ctx, in.Run, in.Post)
	return Asked{Posted: at}, err
}

// askAside asks whoever asked for the run at a terminal in their direct message as well: nobody knows whether they still
// sit there. Somebody who is not in Slack is asked at the terminal alone.
func (a *Activities) askAside(ctx context.Context, in *AskInput) (Asked, error) {
	if in.Run.Actor.Kind != job.SlackUser {
		in.Log = nil // there is nowhere to share it
		return Asked{}, nil
	}
	in.Post.Place = job.Place{Channel: in.Run.Actor.ID, Direct: true}
	in.Post.Message.Hint = strings.Replace(in.Post.Message.Hint, " here.", " in this thread.", 1)
	at, err := a.post(ctx, in.Run, in.Post)
	if err == nil {
		in.Post.Place = job.Place{Channel: at.Channel, Thread: at.TS, Direct: true} // what belongs to the question goes under it
	}
	return Asked{Posted: at}, err
}

// Limits of a log that is shared: what people read in place, and how long a question waits for it.
const (
	longestLog = 1 << 20 // bytes, the end of it
	logWithin  = 20 * time.Second
)

// shareLog puts the whole log under the question as a file, at most once: without it the question stands all the same.
func (a *Activities) shareLog(ctx context.Context, in AskInput) {
	fresh, err := a.Ledger.Record(ctx, ledger.Entry{
		At: a.Now(), Key: in.Run.Key, Kind: ledger.KindFile(in.Number), Run: in.Run.ID, Execution: in.Run.First, Job: in.Run.Job, Actor: in.Run.Actor,
	})
	if err != nil || !fresh {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, logWithin)
	defer cancel()
	text, err := a.Remote.Log(ctx, in.Log.Script, in.Log.Process, longestLog)
	if err == nil {
		name := in.Log.Script.Name + ".log"
		title := fmt.Sprintf("%s, %d lines, on %s", name, in.Log.Lines, in.Log.Script.Host.Name)
		err = a.Poster.File(ctx, in.Post.Place, name, title, []byte(text))
	}
	if err != nil {
		activity.GetLogger(ctx).Warn("sharing a log", "run", in.Run.ID, "script", in.Log.Script.Name, "error", err)
	}
}

// AnsweredInput is a question that was answered, or was not in time.
type AnsweredInput struct {
	Run     RunRef        `json:"run"`
	Wait    int           `json:"wait"`
	At      job.Posted    `json:"at"`
	Message board.Message `json:"message"`
}

// Answered edits a question into its answer.
func (a *Activities) Answered(ctx context.Context, in AnsweredInput) error {
	defer beating(ctx)()
	failpoint.Here("after the decision", in.Run.ID)
	if err := a.note(ctx, in.Run, ledger.KindWorking(in.Wait), nil); err != nil {
		return err
	}
	if in.At.Zero() {
		return nil
	}
	err := a.Poster.Edit(ctx, in.At, board.Ask, func() board.Message { return in.Message })
	failpoint.Here("after the answer", in.Run.ID)
	if errors.Is(err, board.ErrGone) {
		return nil
	}
	return retryable(err)
}
