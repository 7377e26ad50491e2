package frame

import (
	"context"
	"errors"
	"strings"

	"go.temporal.io/sdk/workflow"

	"github.com/pawl-ops/pawl/internal/board"
)

// Safe changes what still holds when the run stops from here on: "Users stay on blue."
func (f *F) Safe(text string) { f.safe = board.Clean(text) }

// End is how a job itself tells that a run of it ended badly. What comes from outside must be cleaned in its texts.
type End struct {
	Title string // of the board, at last
	Means string // what it means for people, which is said before what happened
	Again bool   // a button offers to try the same again, where nobody stopped it
}

// Ends gives the error of a run that ended badly the job's own words. A refusal, and what is no end of a run, stay as they
// are.
func Ends(err error, e End) error {
	var fail *failure
	if errors.As(err, &fail) {
		fail.title, fail.means, fail.again = e.Title, e.Means, e.Again && fail.state == board.Failed
	}
	return err
}

// Problem is what went wrong in the end a step led to, in a sentence; empty when nothing did, or when a person stopped it.
func Problem(err error) string {
	var fail *failure
	if errors.As(err, &fail) {
		return fail.problem
	}
	return ""
}

// Undone reports whether the step that led to this end is known to have changed nothing.
func Undone(err error) bool {
	var fail *failure
	return errors.As(err, &fail) && fail.undone
}

// Rescue runs steps that put the world right after something went wrong, or after a cancel: nobody can stop them.
func (f *F) Rescue(steps ...Step) error {
	f.inbox.rescue = true
	defer func() { f.inbox.rescue = false }()
	f.board.Buttons = nil
	return f.Do(steps...)
}

// StoppedBy says who asked to stop, and for which other run; empty when nobody did.
func (f *F) StoppedBy() string {
	if f.inbox.cancel == nil {
		return ""
	}
	return f.inbox.cancel.Actor.Display() + takesOver(*f.inbox.cancel)
}

// Begun reports whether a step of this name has begun.
func (f *F) Begun(step string) bool {
	for _, s := range f.board.Steps {
		if s.Name == step {
			return !s.Started.IsZero()
		}
	}
	return false
}

// Then is what a job does in its own history when the step is done: it takes no time.
func Then(do func()) Option { return func(s *Step) { s.then = do } }

// Note has something written down beside what the run does next. It is tried for days, and the run does not end before.
func Note[In any](f *F, activity func(context.Context, In) error, in In) {
	f.inbox.editing++
	workflow.Go(f.ctx, func(ctx workflow.Context) {
		defer func() { f.inbox.editing-- }()
		if err := workflow.ExecuteActivity(recording(ctx), activity, in).Get(ctx, nil); err != nil {
			workflow.GetLogger(ctx).Error("writing down what happened", "error", err)
		}
	})
}

// Agreed are the names of those who agreed to the run.
func (f *F) Agreed() []string {
	names := make([]string, len(f.approval.agreed))
	for i, a := range f.approval.agreed {
		names[i] = a.who.Display()
	}
	return names
}

// Listing reports whether the job's steps are only listed, for people to read before it begins.
func (f *F) Listing() bool { return f.listing != nil }

// unsure reports whether nobody knows if a step that must not happen twice has happened. A script that ended and says that
// it did not work is no such case.
func (f *F) unsure(s Step, out outcome) bool {
	return s.once && !out.refused && !out.fault.Undone && !out.ended
}

// shortest is how many characters of a problem stand beside a step that failed.
const shortest = 80

// short is a problem as it stands beside its step: what the step says of it there, or its first sentence, cut. A reference
// in it would not survive that, so words are left of it.
func (o outcome) short() string {
	if o.detail != "" {
		return o.detail
	}
	text, _, _ := strings.Cut(board.PlainText(o.problem), ". ")
	text = strings.TrimSuffix(text, ".")
	if r := []rune(text); len(r) > shortest {
		text = string(r[:shortest-3]) + "..."
	}
	return board.LowerFirst(text)
}

// told is how the last message says an end for which the job has its own words.
func (f *failure) told(you string) string {
	lead, more, _ := strings.Cut(board.LowerFirst(strings.TrimSuffix(f.title, ".")), ". ")
	switch f.by {
	case "":
	case you:
		lead += ", as you asked"
	default:
		lead += ", by " + f.by
	}
	if more != "" {
		more += "."
	}
	parts := []string{lead + "."}
	for _, s := range []string{more, f.means, f.problem} {
		if s != "" {
			parts = append(parts, s)
		}
	}
	return strings.Join(parts, " ")
}
