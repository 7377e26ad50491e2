package calls

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/pawl-ops/pawl/internal/jq"
	"github.com/pawl-ops/pawl/internal/shown"
	"github.com/pawl-ops/pawl/job"
)

// Limits of the lines of a look.
const (
	mostLines   = 20
	longestLine = 300 // bytes
	mostValues  = 1000
)

// Look makes the call of a look and gives its lines: at most 20 of at most 300 bytes, secrets masked; what there is beside
// them is said in one more. No lines means that the answer says nothing.
//
// Errors: those of Do; a *job.Fault of class data when the answer is not what the look's jq reads.
func (c *Caller) Look(ctx context.Context, a job.Asked, args map[string]string, secrets Secrets) ([]string, error) {
	if a.HTTP == nil {
		return nil, fmt.Errorf("looking at %q: it asks nothing over HTTP", a.Name)
	}
	answer, err := c.call(ctx, *a.HTTP, args, "", secrets)
	if err != nil {
		return nil, err
	}
	lines, err := linesOf(ctx, a.Line, answer.body, answer.hide)
	if err != nil {
		return nil, &job.Fault{Class: job.FaultData, Says: fmt.Sprintf("The answer cannot be read: %s.", answer.hide.Error(err)), Shown: shown.Line(answer.Shown, shown.Longest)}
	}
	return lines, nil
}

// Lines makes lines of what was said, be it an answer over HTTP or what a script printed. A program in jq gives texts, or
// arrays of them, a line each; without one it is the text as it comes.
func Lines(ctx context.Context, program string, said []byte) ([]string, error) {
	return linesOf(ctx, program, said, shown.Mask{})
}

func linesOf(ctx context.Context, program string, said []byte, hide shown.Mask) ([]string, error) {
	l := lines{hide: hide}
	if program == "" {
		l.add(string(bytes.ToValidUTF8(said[:min(len(said), mostShown)], []byte("\uFFFD"))))
		return l.all(), nil
	}
	all, err := values(ctx, program, said, mostValues)
	if err != nil && !errors.Is(err, jq.ErrMore) {
		return nil, err
	}
	for _, v := range all {
		items, ok := v.([]any)
		if !ok {
			items = []any{v}
		}
		for _, item := range items {
			l.add(text(item))
		}
	}
	return l.all(), nil
}

// lines are the first ones, and how many more there are.
type lines struct {
	hide  shown.Mask
	shown []string
	more  int
}

func (l *lines) add(text string) {
	for line := range strings.Lines(l.hide.Hide(text)) {
		switch line = shown.Line(line, longestLine); {
		case line == "":
		case len(l.shown) < mostLines:
			l.shown = append(l.shown, line)
		default:
			l.more++
		}
	}
}

func (l *lines) all() []string {
	if l.more == 0 {
		return l.shown
	}
	return append(l.shown, fmt.Sprintf("... and %d more", l.more))
}
