package looks

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/pawl-ops/pawl/internal/board"
	"github.com/pawl-ops/pawl/job"
)

// askedWithin is how long a look of pawl.yaml waits for its answer: whoever asked looks on.
const askedWithin = 5 * time.Second

// Asked is a look that pawl.yaml describes: a question to another service.
type Asked struct {
	Spec  job.Spec
	Asked job.Asked
}

// Services are what such looks ask. Every function may be called at any time and from many goroutines; an error that is a
// *job.Fault has a sentence for people.
type Services struct {
	// HTTP asks over HTTP, and gives the lines of the answer.
	HTTP func(ctx context.Context, a job.Asked, args map[string]string) ([]string, error)
	// Script runs a script on a host and gives the lines of what it printed.
	Script func(ctx context.Context, a job.Asked, args map[string]string) ([]string, error)
	// Odd hears of what went wrong, for whoever mends it; nil: nobody does.
	Odd func(look string, err error)
	// Within is when people are told that there is no answer; 5 s when zero.
	Within time.Duration
}

// OfAsked are the looks that pawl.yaml describes.
func OfAsked(all []Asked, s Services) (looks []Look) {
	if s.Within <= 0 {
		s.Within = askedWithin
	}
	for _, a := range all {
		looks = append(looks, Look{Spec: a.Spec, Answer: func(ctx context.Context, r Request) (board.Message, error) {
			return s.answer(ctx, a.Asked, r), nil
		}})
	}
	return looks
}

// answer asks, and says what the answer is, or in a sentence why there is none.
func (s Services) answer(ctx context.Context, a job.Asked, r Request) board.Message {
	limited, cancel := context.WithTimeout(ctx, s.Within)
	defer cancel()
	ask := s.HTTP
	if a.Script != nil {
		ask = s.Script
	}
	lines, err := ask(limited, a, a.Given(r.Command.Args))
	switch {
	case err != nil && s.Odd != nil:
		s.Odd(a.Name, err)
		fallthrough
	case err != nil:
		text := s.why(limited, a, err)
		return board.Message{Sentence: board.PlainText(text), Lines: []string{text}}
	case len(lines) == 0:
		text := fmt.Sprintf("%s has nothing to say.", code(a.Name))
		return board.Message{Sentence: board.PlainText(text), Lines: []string{text}}
	}
	m := board.Message{}
	for _, l := range lines {
		m.Lines = append(m.Lines, board.Clean(l))
	}
	m.Sentence = strings.TrimSuffix(board.PlainText(m.Lines[0]), ".")
	if more := len(m.Lines) - 1; more > 0 {
		m.Sentence += fmt.Sprintf(" (and %s)", plural(more, "more line", "more lines"))
	}
	m.Sentence += "." // it is read out, and shown on a locked phone
	return m
}

// why says in a sentence that there is no answer, whose fault that is, and what can be done.
func (s Services) why(ctx context.Context, a job.Asked, err error) string {
	text := fmt.Sprintf("%s cannot be answered just now.", code(a.Name))
	var f *job.Fault
	switch {
	case errors.As(err, &f):
		text = shortenedTo(f.Says, 2*sentenceShown)
	case errors.Is(err, context.DeadlineExceeded) || ctx.Err() != nil:
		text = fmt.Sprintf("%s has no answer after %s.", code(a.Name), s.Within)
	}
	switch {
	case f == nil:
		return text + " Nothing was changed; ask again in a minute."
	case f.Class == job.FaultTheirs:
		return text + " The fault is on their side; ask again in a minute."
	case f.Class == job.FaultAccess, f.Class == job.FaultOurs:
		return text + fmt.Sprintf(" Whoever looks after Pawl has to mend that: it is %s under `looks` in pawl.yaml.", code(a.Name))
	}
	return text
}
