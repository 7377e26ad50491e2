package setup

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode"
)

// maxAnswer is how many bytes of one answer are read.
const maxAnswer = 4 << 10

// ErrLeft says that the person left before the last answer. Nothing was written.
var ErrLeft = errors.New("you left before the last answer, so nothing was written; `pawl init` asks again")

// Asker puts questions to a person.
type Asker struct {
	In  io.Reader
	Out io.Writer
}

// Ask puts the questions of which given has no answer, one after the other, until each is answered in a way that is
// accepted. given is by flag, and held to be right first: its error names the flag. ErrLeft is the error when ctx or the
// input ends.
func (k Asker) Ask(ctx context.Context, questions []Question, given map[string]string, a *Answers) error {
	if err := take(questions, given, a); err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	lines := read(ctx, k.In)
	asked := 0
	for _, q := range questions {
		if _, ok := given[q.Flag]; ok || !q.Needed(*a) {
			continue
		}
		if asked++; asked == 1 {
			fmt.Fprint(k.Out, "A few questions. Return takes what is in brackets, ? says more, Ctrl-C leaves without writing anything.\n")
		}
		if err := k.one(ctx, lines, q, a); err != nil {
			return err
		}
	}
	return nil
}

// one asks until there is an answer.
func (k Asker) one(ctx context.Context, lines <-chan string, q Question, a *Answers) error {
	fmt.Fprintf(k.Out, "\n%s?\n  %s\n", q.Text, q.Why)
	proposed := q.Propose(*a)
	for {
		if proposed != "" {
			fmt.Fprintf(k.Out, "[%s] ", proposed)
		}
		fmt.Fprint(k.Out, "> ")
		var text string
		var more bool
		select {
		case <-ctx.Done():
		case text, more = <-lines:
		}
		if !more || ctx.Err() != nil {
			fmt.Fprintln(k.Out)
			return ErrLeft
		}
		switch text = cleaned(text); text {
		case "?":
			fmt.Fprintf(k.Out, "  %s\n", strings.ReplaceAll(q.More, "\n", "\n  "))
			continue
		case "":
			text = proposed
		}
		err := q.Take(a, text)
		if err == nil {
			return nil
		}
		fmt.Fprintf(k.Out, "  Not like this: %v.\n", err)
	}
}

// Fill answers with what is given, and with what is proposed for the rest when propose is set. What has no answer then is
// the error: it names the flags.
func Fill(questions []Question, given map[string]string, propose bool, a *Answers) error {
	if err := take(questions, given, a); err != nil {
		return err
	}
	var missing []string
	for _, q := range questions {
		if _, ok := given[q.Flag]; ok || !q.Needed(*a) {
			continue
		}
		text := ""
		if propose {
			text = q.Propose(*a)
		}
		if text == "" {
			missing = append(missing, "--"+q.Flag)
			continue
		}
		if err := q.Take(a, text); err != nil {
			return fmt.Errorf("what is proposed for --%s is not accepted: %w; give it", q.Flag, err)
		}
	}
	switch {
	case len(missing) > 0 && propose:
		return fmt.Errorf("nothing can be proposed for %s: give it", strings.Join(missing, " and "))
	case len(missing) > 0:
		return fmt.Errorf("there is nobody to ask, because this is no terminal: give %s, or --yes for what is proposed", strings.Join(missing, ", "))
	}
	return nil
}

// take holds the given answers to be right, in the order of the questions: a later one may need an earlier one.
func take(questions []Question, given map[string]string, a *Answers) error {
	var wrong []error
	for _, q := range questions {
		text, ok := given[q.Flag]
		if !ok {
			continue
		}
		if !q.Needed(*a) {
			wrong = append(wrong, fmt.Errorf("--%s has no meaning without --toy-from", q.Flag))
		} else if err := q.Take(a, cleaned(text)); err != nil {
			wrong = append(wrong, fmt.Errorf("--%s: %w", q.Flag, err))
		}
	}
	return errors.Join(wrong...)
}

// read gives the lines of the input, until it or ctx ends.
func read(ctx context.Context, in io.Reader) <-chan string {
	lines := make(chan string)
	go func() {
		defer close(lines)
		s := bufio.NewScanner(in)
		s.Buffer(make([]byte, 0, maxAnswer), maxAnswer)
		for s.Scan() {
			select {
			case lines <- s.Text():
			case <-ctx.Done():
				return
			}
		}
	}()
	return lines
}

// cleaned is an answer without what a terminal or a paste adds to it.
func cleaned(text string) string {
	text = strings.Map(func(r rune) rune {
		switch {
		case r == '\t' || r == '\u00a0':
			return ' '
		case !unicode.IsPrint(r):
			return -1
		}
		return r
	}, text)
	return strings.Join(strings.Fields(text), " ")
}
