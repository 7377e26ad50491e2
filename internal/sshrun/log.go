package sshrun

import (
	"context"
	"strings"

	"github.com/pawl-ops/pawl/job"
)

// Log returns the last most bytes of the process's log, beginning with a whole line, cleaned and masked line by line.
// Errors are those of Watch, and *UnreachableError.
func (r *Runner) Log(ctx context.Context, s job.Script, p job.Process, most int64) (string, error) {
	vars := r.vars(s, p)
	vars["MAX"] = number(most)
	a, err := r.persist(ctx, s.Host, r.opts.GiveUp, nil, func() (answer, error) {
		return r.ask(ctx, s.Host, newProgram("log", r.points, vars), r.opts.Answer, most+64<<10)
	})
	if err != nil {
		return "", err
	}
	if a.word == "mismatch" {
		return "", mismatch(s, p, a)
	}
	text := string(a.body)
	if a.at(0) == "cut" {
		_, text, _ = strings.Cut(text, "\n")
	}
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		lines[i] = r.opts.Mask(clean(line))
	}
	return strings.Join(lines, "\n"), nil
}
