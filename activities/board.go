package activities

import (
	"context"
	"errors"
	"strings"
	"time"

	"go.temporal.io/sdk/temporal"

	"github.com/pawl-ops/pawl/internal/board"
	"github.com/pawl-ops/pawl/internal/failpoint"
	"github.com/pawl-ops/pawl/internal/ledger"
	"github.com/pawl-ops/pawl/job"
)

// PostBoardInput is the first post of a run.
type PostBoardInput struct {
	Run  RunRef     `json:"run"`
	Job  string     `json:"job"`
	Post board.Post `json:"post"`
}

// PostedBoard is where the board is, and what earlier runs took.
type PostedBoard struct {
	At    job.Posted `json:"at"`
	Place job.Place  `json:"place"`
	Usual Usual      `json:"usual"`
}

// PostBoard posts the board once and writes down where it is.
func (a *Activities) PostBoard(ctx context.Context, in PostBoardInput) (PostedBoard, error) {
	defer beating(ctx)()
	failpoint.Here("before the board", in.Run.ID)
	out := PostedBoard{Place: in.Post.Place}
	if usual, err := a.Ledger.Usual(ctx, in.Job); err == nil {
		out.Usual = Usual{Total: usual.Total, Steps: usual.Steps}
	}
	if unplaced(in.Run, in.Post.Place) {
		return out, a.note(ctx, in.Run, ledger.KindBoard, job.Posted{}) // it goes on, and has no message
	}
	at, place, err := a.postAt(ctx, in.Run, in.Post)
	if err != nil {
		return out, err
	}
	failpoint.Here("after the board", in.Run.ID)
	out.At = at
	if in.Run.Actor.Kind == job.Schedule {
		out.Place = place
	} else if at.Channel != "" && at.Channel != in.Post.Place.Channel { // the conversation is closed to us: it is a direct message
		out.Place = job.Place{Team: in.Post.Place.Team, Channel: at.Channel, Thread: at.TS, Message: in.Post.Place.Message, Direct: true}
	}
	return out, a.note(ctx, in.Run, ledger.KindBoard, at)
}

// unplaced reports whether a run speaks in no conversation: it was asked for at a terminal.
func unplaced(r RunRef, p job.Place) bool { return p.Channel == "" && r.Actor.Kind != job.Schedule }

// PostInput is any other message of a run.
type PostInput struct {
	Run  RunRef     `json:"run"`
	Post board.Post `json:"post"`
}

// PostMessage posts one message exactly once.
func (a *Activities) PostMessage(ctx context.Context, in PostInput) error {
	defer beating(ctx)()
	failpoint.Here("before the last message", in.Run.ID)
	_, err := a.post(ctx, in.Run, in.Post)
	failpoint.Here("after the last message", in.Run.ID)
	return err
}

// EditInput is the board as it stands.
type EditInput struct {
	Run    RunRef      `json:"run"`
	At     job.Posted  `json:"at"`
	Board  board.Board `json:"board"`
	Place  job.Place   `json:"place"`
	Repost bool        `json:"repost"`           // post it again, once, when it was deleted and the edit matters
	Wait   int         `json:"wait,omitempty"`   // the number of the wait the board tells of
	Before []string    `json:"before,omitempty"` // names of those it waits for
	Key    string      `json:"key"`
}

// Edited says where the board is now.
type Edited struct {
	At       job.Posted `json:"at"`
	Reposted bool       `json:"reposted"`
}

// EditBoard writes a board that changes rarely: while people or a lane are awaited.
func (a *Activities) EditBoard(ctx context.Context, in EditInput) (Edited, error) {
	defer beating(ctx)()
	failpoint.Here("before an edit", in.Run.ID)
	if err := a.waitingFor(ctx, in); err != nil || in.At.Zero() {
		return Edited{}, err
	}
	return a.edit(ctx, in, board.Change, in.Board.State == board.Asking)
}

// FinishBoard writes the last state.
func (a *Activities) FinishBoard(ctx context.Context, in EditInput) (Edited, error) {
	defer beating(ctx)()
	failpoint.Here("before the last board", in.Run.ID)
	out, err := a.edit(ctx, in, board.Final, true)
	failpoint.Here("after the last board", in.Run.ID)
	return out, err
}

func (a *Activities) edit(ctx context.Context, in EditInput, priority board.Priority, matters bool) (Edited, error) {
	render := func() board.Message { return in.Board.Message(a.Now()) }
	err := a.Poster.Edit(ctx, in.At, priority, render)
	if !errors.Is(err, board.ErrGone) {
		return Edited{At: in.At}, retryable(err)
	}
	if !matters || !in.Repost {
		return Edited{At: in.At}, nil
	}
	at, err := a.post(ctx, in.Run, board.Post{Place: in.Place, Key: in.Key, Since: in.Board.Started, Priority: priority, Message: render()})
	if err != nil {
		return Edited{}, err
	}
	return Edited{At: at, Reposted: true}, a.note(ctx, in.Run, "board/2", at)
}

// waitingFor writes into the ledger whom or what the run waits for, so that it can be looked up while the engine is down.
func (a *Activities) waitingFor(ctx context.Context, in EditInput) error {
	if in.Board.State != board.Waiting || in.Wait == 0 {
		return nil
	}
	text := ""
	if len(in.Board.Lead) > 0 {
		text = board.PlainText(in.Board.Lead[0])
	}
	return a.note(ctx, in.Run, ledger.KindWaiting(in.Wait), ledger.Waiting{For: ledger.ForTurn, Who: in.Before, Text: text})
}

// post adds what only the attempt knows: whether an earlier one may have got through. Where nothing can be said any
// more, because the conversation was archived or we were removed from it, it is said to the person who asked; what nobody
// asked for, a schedule's, where others are asked.
func (a *Activities) post(ctx context.Context, r RunRef, p board.Post) (job.Posted, error) {
	at, _, err := a.postAt(ctx, r, p)
	return at, err
}

// postAt also tells in which place it was posted.
func (a *Activities) postAt(ctx context.Context, r RunRef, p board.Post) (job.Posted, job.Place, error) {
	p.Again = a.again(ctx)
	at, place, err := a.postFound(ctx, p)
	switch {
	case !errors.Is(err, board.ErrNoPlace):
	case r.Actor.Kind == job.SlackUser && !p.Place.Direct:
		p.Place = job.Place{Team: p.Place.Team, Channel: r.Actor.ID, Direct: true}
		at, place, err = a.postFound(ctx, p)
	case r.Actor.Kind == job.Schedule && a.AskIn != "" && p.Place.Channel != a.AskIn:
		p.Place = job.Place{Channel: a.AskIn}
		at, place, err = a.postFound(ctx, p)
	}
	return at, place, retryable(err)
}

func (a *Activities) postFound(ctx context.Context, p board.Post) (job.Posted, job.Place, error) {
	var err error
	if p.Place, err = a.found(p.Place); err != nil {
		return job.Posted{}, p.Place, err
	}
	at, err := a.Poster.Post(ctx, p)
	return at, p.Place, err
}

// found is a place whose channel may be named as pawl.yaml does, because no message led to it: that of a schedule.
func (a *Activities) found(p job.Place) (job.Place, error) {
	if p.Team != "" || p.Direct || p.Thread != "" || p.Channel == "" {
		return p, nil
	}
	return a.Poster.Place(p.Channel)
}

// retryable turns an error of the chat into one the engine treats rightly.
func retryable(err error) error {
	var throttled *board.ThrottledError
	switch {
	case errors.As(err, &throttled):
		return temporal.NewApplicationErrorWithOptions(err.Error(), "Throttled", temporal.ApplicationErrorOptions{
			NextRetryDelay: throttled.After, Category: temporal.ApplicationErrorCategoryBenign,
		})
	case errors.Is(err, board.ErrNoPlace):
		return temporal.NewNonRetryableApplicationError(err.Error(), NoPlaceType, err)
	}
	return err
}

// WhisperInput is a message for one person's eyes.
type WhisperInput struct {
	Run     RunRef        `json:"run,omitzero"`
	Heard   job.Key       `json:"heard,omitempty"` // the decision it answers: that the run has taken it is written down
	Moot    bool          `json:"moot,omitempty"`  // it changed nothing: it came too late, or is not for them
	Place   job.Place     `json:"place"`
	To      job.Actor     `json:"to"`
	Message board.Message `json:"message"`
	Follow  job.Posted    `json:"follow,omitzero"` // a message the answer leads to
}

// Whisper shows a message to one person. An attempt after a crash may show it a second time: it cannot be searched for.
func (a *Activities) Whisper(ctx context.Context, in WhisperInput) error {
	defer beating(ctx)()
	if in.Heard != "" {
		failpoint.Here("before the presser is told", in.Run.ID)
		if err := a.noteAt(ctx, a.Now(), in.Run, ledger.KindHeard(in.Heard), board.PlainText(strings.Join(in.Message.Lines, " ")), ledger.Heard{Moot: in.Moot}); err != nil {
			return err
		}
	}
	if in.To.Kind != job.SlackUser || in.Place.Channel == "" {
		return nil
	}
	if !in.Follow.Zero() {
		if url, err := a.Poster.Link(ctx, in.Follow); err == nil {
			in.Message.Lines = append(in.Message.Lines, board.Link(url, "Follow it here")+".")
		}
	}
	err := a.Poster.Whisper(ctx, in.Place, in.To, in.Message)
	if errors.Is(err, board.ErrNoPlace) && in.Heard != "" && !in.Place.Direct {
		// Nobody whispers where we are not; whoever decided still learns what became of it.
		_, err = a.post(ctx, in.Run, board.Post{
			Place: job.Place{Team: in.Place.Team, Channel: in.To.ID, Direct: true}, Key: "told/" + string(in.Heard), Since: a.Now(),
			Priority: board.Ask, Message: in.Message,
		})
		return err
	}
	return retryable(err)
}

// ReactInput is an emoji on the message a run was asked for with.
type ReactInput struct {
	Place job.Place `json:"place"`
	Name  string    `json:"name"`
}

// React adds the emoji; a message that is gone needs none.
func (a *Activities) React(ctx context.Context, in ReactInput) error {
	defer beating(ctx)()
	err := a.Poster.React(ctx, in.Place, in.Name)
	if errors.Is(err, board.ErrGone) || errors.Is(err, board.ErrNoPlace) {
		return nil
	}
	return retryable(err)
}

// note writes one row about a run into the ledger.
func (a *Activities) note(ctx context.Context, r RunRef, kind string, data any) error {
	return a.noteAt(ctx, a.Now(), r, kind, "", data)
}

func (a *Activities) noteAt(ctx context.Context, at time.Time, r RunRef, kind, text string, data any) error {
	_, err := a.Ledger.Record(ctx, ledger.Entry{
		At: at, Key: r.Key, Kind: kind, Run: r.ID, Execution: r.First, Job: r.Job, Actor: r.Actor, Text: text, Data: data,
	})
	return err
}
