package sshrun

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/pawl-ops/pawl/job"
)

// Prune deletes logs and texts of scripts that ended and were silent for longer than age, which is rounded up to
// minutes, and returns of how many. keep names runs nothing of which is touched: their first execution ids, as in
// [job.Process]. Runs of another Pawl that logs in as the same user are known by nothing but their age. Directories
// stay, so that a process can never be started a second time.
//
// Errors: *UnreachableError, *HostError, *HostKeyError, *LoginError, and the context's.
func (r *Runner) Prune(ctx context.Context, h job.Host, age time.Duration, keep []string) (int, error) {
	vars := r.vars(job.Script{Host: h}, job.Process{})
	vars["MINUTES"] = strconv.FormatInt(int64((age+time.Minute-1)/time.Minute), 10)
	vars["KEEP"] = " " + strings.Join(keep, " ") + " "
	a, err := r.persist(ctx, h, r.opts.GiveUp, nil, func() (answer, error) {
		return r.ask(ctx, h, newProgram("prune", r.points, vars), r.opts.Answer, 1<<20)
	})
	if err != nil {
		return 0, err
	}
	n, err := strconv.Atoi(a.at(0))
	if err != nil {
		return 0, &HostError{Host: h.Name, Doing: "counting pruned logs"}
	}
	return n, nil
}
