package slackbridge

import (
	"context"
	"errors"
	"time"

	"github.com/pawl-ops/pawl/internal/board"
	"github.com/pawl-ops/pawl/job"
)

// sayPatience is how long an answer is tried. Later it would only puzzle.
const sayPatience = 2 * time.Minute

// say answers a message in its thread. The buttons are meant for one person, when to is given. A message that Slack
// delivers again may have been answered before a restart: then that answer is made to say what is true now.
func (b *Bridge) say(ctx context.Context, h heard, m board.Message, to string) (job.Posted, error) {
	if h.envelope.retry > 0 {
		if at := b.said(ctx, h); !at.Zero() {
			b.amend(ctx, at, to, m)
			return at, nil
		}
	}
	return b.put(ctx, h.reply(m), h.actor, to)
}

// said finds the answer to a message, if there is one.
func (b *Bridge) said(ctx context.Context, h heard) job.Posted {
	ctx, cancel := context.WithTimeout(ctx, sayPatience)
	defer cancel()
	at, err := b.poster.settle(ctx, h.reply(board.Message{}))
	if err != nil {
		b.opt.Log.Info().Err(err).Msg("looking for an earlier answer")
	}
	return at
}

// reply is the one answer a message gets.
func (h heard) reply(m board.Message) board.Post {
	return board.Post{Place: h.place, Key: "reply/" + string(h.key), Since: h.typed, Priority: board.First, Message: m}
}

// put posts an answer, insisting for a while, and where nothing can be said in a conversation it says it to the person.
func (b *Bridge) put(ctx context.Context, post board.Post, actor job.Actor, to string) (job.Posted, error) {
	ctx, cancel := context.WithTimeout(ctx, sayPatience)
	defer cancel()
	wait := backoff{least: 500 * time.Millisecond, most: 15 * time.Second}
	for {
		posted, err := b.poster.post(ctx, post, to)
		if err == nil {
			return posted, nil
		}
		rest := wait.next()
		var limited *board.ThrottledError
		var unclear *board.AmbiguousError
		switch {
		case errors.As(err, &limited):
			rest = limited.After
		case errors.As(err, &unclear):
			post.Again = true
		case errors.Is(err, board.ErrNoPlace) && post.Place.Channel != actor.ID && userForm.MatchString(actor.ID):
			post.Place = job.Place{Team: post.Place.Team, Channel: actor.ID, Direct: true}
			continue
		case errors.Is(err, board.ErrNoPlace), isRefusal(err):
			b.opt.Log.Error().Err(err).Msg("answering somebody")
			return job.Posted{}, err
		}
		if !pause(ctx, rest) {
			b.opt.Log.Error().Err(err).Msg("answering somebody")
			return job.Posted{}, err
		}
	}
}

// isRefusal reports whether Slack answered with a code that trying again does not mend.
func isRefusal(err error) bool {
	var call *CallError
	return errors.As(err, &call) && call.Code != ""
}

// whisper tells one person, in the conversation they are in, and in a message to them alone when that cannot be.
func (b *Bridge) whisper(ctx context.Context, at job.Place, to job.Actor, key job.Key, text string) {
	if text != "" {
		b.whisperMessage(ctx, at, to, key, saying(text))
	}
}

func (b *Bridge) whisperMessage(ctx context.Context, at job.Place, to job.Actor, key job.Key, m board.Message) {
	if at.Thread == at.Message {
		at.Thread = "" // nobody replied yet, and Slack shows whispers only in threads that live
	}
	ctx, cancel := context.WithTimeout(ctx, sayPatience)
	defer cancel()
	err := b.poster.Whisper(ctx, at, to, m)
	var unclear *board.AmbiguousError
	if err == nil || errors.As(err, &unclear) {
		return
	}
	b.opt.Log.Info().Err(err).Msg("whispering did not go, sending a direct message")
	if !userForm.MatchString(to.ID) {
		return
	}
	_, _ = b.put(ctx, board.Post{
		Place: job.Place{Team: at.Team, Channel: to.ID, Direct: true},
		Key:   "reply/" + string(key), Since: time.Now(), Priority: board.Ask, Message: m,
	}, to, to.ID)
}
