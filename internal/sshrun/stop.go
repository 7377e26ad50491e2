package sshrun

import (
	"context"
	"strconv"

	"github.com/pawl-ops/pawl/job"
)

// Stop ends the process and everything it started: TERM, Options.StopGrace, KILL. It returns State Stopped only when
// nothing of it is left on the host; a process that was not started yet never will be. State Exited means that it had
// ended by itself before, and what it left behind on purpose was not touched. Stop may be repeated.
//
// Errors: *StillRunningError (not confirmed, repeat it), *UnreachableError (unknown, repeat it), *HostError,
// *HostKeyError, *LoginError, and the context's.
func (r *Runner) Stop(ctx context.Context, s job.Script, p job.Process) (job.Progress, error) {
	vars := r.vars(s, p)
	vars["GRACE"] = fiftieths(r.opts.StopGrace)
	a, err := r.persist(ctx, s.Host, r.opts.GiveUp, nil, func() (answer, error) {
		return r.ask(ctx, s.Host, newProgram("stop", r.points, vars), r.opts.Answer+r.opts.StopGrace, 1<<20)
	})
	if err != nil {
		return job.Progress{}, err
	}
	if a.word == "alive" {
		return job.Progress{State: job.Running}, &StillRunningError{Host: s.Host.Name, Dir: p.Dir(), PIDs: a.rest[1:]}
	}
	return progress(s, job.Progress{}, a)
}

// blocks is a size in the unit of the shell's ulimit -f: 512 bytes, POSIX.
func blocks(bytes int64) string { return strconv.FormatInt(max(1, bytes/512), 10) }
