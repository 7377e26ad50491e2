package activities

import (
	"context"
	"errors"
	"fmt"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/temporal"

	"github.com/pawl-ops/pawl/internal/board"
)

// askOthers puts a question to people other than the one who asked for the run. It stands in the run's own thread when
// all of them see it, else in the channel where others are asked; when nothing can be posted there, in the other of the
// two. Never in a direct message with whoever asked for the run: they are the one person whose agreement does not count.
// Without any place it fails for good, and says for people what to do.
func (a *Activities) askOthers(ctx context.Context, in *AskInput) (Asked, error) {
	here := !in.Post.Place.Direct && in.Post.Place.Channel != ""
	seen := here
	if here && a.AskIn != "" {
		var err error
		if seen, err = a.Poster.Sees(ctx, in.Post.Place, in.By); err != nil {
			return Asked{}, retryable(err)
		}
	}
	tries := []func(context.Context, *AskInput) (Asked, error){a.askElsewhere, a.askHere}
	if seen {
		tries[0], tries[1] = tries[1], tries[0]
	}
	for i, try := range tries {
		asked, err := try(ctx, in)
		if !errors.Is(err, board.ErrNoPlace) {
			if i > 0 && asked.Where == "" {
				asked.Instead = a.AskIn
			}
			return asked, retryable(err)
		}
		activity.GetLogger(ctx).Warn("asking others", "run", in.Run.ID, "error", err)
	}
	return Asked{}, temporal.NewNonRetryableApplicationError(a.nowhere(in.By), NoPlaceType, board.ErrNoPlace)
}

// askHere asks in the run's own thread, where nobody but its person is when it is a direct message.
func (a *Activities) askHere(ctx context.Context, in *AskInput) (Asked, error) {
	if in.Post.Place.Direct || in.Post.Place.Channel == "" {
		return Asked{}, fmt.Errorf("asking others in a direct message: %w", board.ErrNoPlace)
	}
	p := in.Post
	p.Again = a.again(ctx)
	at, err := a.Poster.Post(ctx, p)
	return Asked{Posted: at}, err
}

// askElsewhere asks in the channel where others are asked, with a link to the run for those who can follow it.
func (a *Activities) askElsewhere(ctx context.Context, in *AskInput) (Asked, error) {
	if a.AskIn == "" {
		return Asked{}, fmt.Errorf("asking others: no channel is named for it: %w", board.ErrNoPlace)
	}
	p := in.Post
	var err error
	if p.Place, err = a.Poster.Place(a.AskIn); err != nil {
		return Asked{}, err
	}
	if !in.Post.Place.Direct && !in.Board.Zero() {
		if url, err := a.Poster.Link(ctx, in.Board); err == nil {
			p.Message.Hint += " " + board.Link(url, "Follow it there") + "."
		}
	}
	p.Again = a.again(ctx)
	at, err := a.Poster.Post(ctx, p)
	if err == nil {
		in.Post.Place = p.Place // what belongs to the question goes where it stands
	}
	return Asked{Posted: at, Where: a.AskIn}, err
}

// nowhere says why nobody could be asked, and what to do about it.
func (a *Activities) nowhere(by []string) string {
	if a.AskIn == "" {
		return fmt.Sprintf("no channel is named in which %s could be asked. Add one to pawl.yaml, as `ops` under `channels`, then ask again.", board.Handles(by))
	}
	return fmt.Sprintf("I cannot write in %s, where %s would be asked: I am not in it, or it is archived. Invite me there, then ask again.", a.AskIn, board.Handles(by))
}
