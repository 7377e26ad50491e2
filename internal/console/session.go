package console

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/pawl-ops/pawl/internal/terminal"
)

// session is one command, from what was typed to its exit code.
type session struct {
	Options
	client *client
	view   view
	lines  *lines // what is typed; nil: nobody does
}

func newSession(o Options) *session {
	s := &session{Options: o, client: newClient(o.Socket)}
	s.view = newView(o)
	if o.In != nil && isTerminal(o.In) && foreground(o.In) && s.view.asks() {
		s.lines = readLines(o.In)
	}
	return s
}

// Run says something to Pawl as it would be typed in Slack, and follows the run that comes of it. Ending ctx leaves the run
// alone and ends with ExitDetached. The error is an *Error with the exit code, or nil.
func Run(ctx context.Context, o Options, typed string) error {
	s := newSession(o)
	key := cmp.Or(o.Key, newKey())
	for {
		r, err := s.insist(ctx, terminal.Said{Words: typed, Key: key, Detach: o.Detach})
		if err != nil {
			return err
		}
		switch r.Kind {
		case terminal.KindStarted:
			if o.Detach {
				s.view.started(r)
				return nil
			}
			s.view.begins(r)
			return s.follow(ctx, r.Run, true)
		case terminal.KindJoined:
			s.view.reply(r)
			if o.Detach {
				return nil
			}
			return s.follow(ctx, r.Run, true)
		case terminal.KindQuestion:
			s.view.reply(r)
			if typed = s.complete(ctx, r); typed != "" {
				continue
			}
			return exit(terminal.ExitUsage)
		default:
			s.view.reply(r)
			return exit(r.Exit)
		}
	}
}

// Follow follows a run that is under way, or tells how it ended.
func Follow(ctx context.Context, o Options, run string) error {
	return newSession(o).follow(ctx, strings.ToLower(run), false)
}

// insist sends what was typed until the outcome is known. It has one key, so that it is done once however often it is
// sent. Only the first call may fail because nobody listens: then nothing was sent.
func (s *session) insist(ctx context.Context, said terminal.Said) (terminal.Reply, error) {
	began, patience := time.Now(), cmp.Or(s.Patience, startingFor)
	end := began.Add(patience)
	wait, told := time.Duration(0), ""
	for sent := false; ; {
		r, err := s.client.say(ctx, said)
		var away1 *awayError
		var no *refusedError
		var why string
		switch {
		case err == nil && r.Kind != terminal.KindUnknown:
			return r, nil
		case errors.As(err, &no) && no.passing && sent: // one that has just started cannot say what became of it
			if time.Now().After(end) || !pause(ctx, &wait) {
				return r, s.unknown(said)
			}
			continue
		case errors.As(err, &no) && no.passing && time.Since(began) < min(passingFor, patience):
			if !pause(ctx, &wait) {
				return r, failing(terminal.ExitFailed, "nothing was sent to Pawl")
			}
			continue
		case errors.As(err, &no):
			return r, failing(no.Exit, "%s", no.Says)
		case ctx.Err() != nil && !sent && errors.As(err, &away1):
			return r, failing(terminal.ExitFailed, "nothing was sent to Pawl")
		case ctx.Err() != nil: // the person leaves; nobody is told that Pawl did
			return r, s.unknown(said)
		case err == nil:
			said.Ask = cmp.Or(said.Ask, r.Ask)
			why = cmp.Or(plain(r.Message), "Not confirmed yet.")
		case errors.As(err, &away1) && !sent:
			return r, away(s.Socket, err)
		default:
			why = "Pawl went away before it answered. Waiting for it to come back; nothing is done twice."
		}
		sent = true
		if why != told {
			s.view.note(why)
			told = why
		}
		if time.Now().After(end) || !pause(ctx, &wait) {
			return r, s.unknown(said)
		}
	}
}

// unknown is the end of somebody who has sent something and heard nothing.
func (s *session) unknown(said terminal.Said) error {
	return failing(terminal.ExitFailed, "it is not known what became of %q. `%s` shows what is going on; to ask again without doing it twice: %s", said.Words, s.Options.typed("runs"), s.Options.typed("run --key %s %s", said.Key, retyped(said.Words)))
}

// complete asks the person for what is missing and gives the whole command; empty when nobody answers.
func (s *session) complete(ctx context.Context, r terminal.Reply) string {
	if s.lines == nil || len(r.Suggest) == 0 && r.Want == "" {
		return ""
	}
	for i, one := range r.Suggest {
		fmt.Fprintf(s.Out, "  %d  %s\n", i+1, clean(one))
	}
	prompt := "Which? A number, or Enter for none: "
	if len(r.Suggest) == 0 {
		prompt = clean(r.Sofar) + " "
	}
	fmt.Fprint(s.Out, prompt)
	line, ok := s.lines.next(ctx)
	line = strings.TrimSpace(line)
	if !ok || line == "" {
		fmt.Fprintln(s.Out)
		return ""
	}
	if n, err := strconv.Atoi(line); err == nil && n > 0 && n <= len(r.Suggest) {
		return r.Suggest[n-1]
	}
	if len(r.Suggest) == 0 {
		return r.Sofar + " " + line
	}
	return line
}

// answer sends what was typed while a run is followed, says what came of it, and reports whether it counts.
func (s *session) answer(ctx context.Context, run string, ask int, typed string) (counts bool) {
	r, err := s.insist(ctx, terminal.Said{Words: typed, Key: newKey(), Run: run, Ask: ask})
	var e *Error
	switch {
	case err == nil && r.Kind == terminal.KindStarted:
		s.view.note("That began another run: " + r.Run + ". Follow it with: " + s.Options.typed("follow %s", r.Run))
	case err == nil:
		s.view.reply(r)
		for _, one := range r.Suggest {
			s.view.note("  " + one)
		}
	case errors.As(err, &e):
		s.view.note(e.Says)
	}
	return err == nil && r.Kind == terminal.KindAnswer
}
