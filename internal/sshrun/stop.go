package sshrun

import (
	"context"
	"maps"
	"strconv"
	"time"

	"github.com/pawl-ops/pawl/job"
)

// Stop ends the process and everything it started: TERM, Options.StopGrace, KILL. It returns State Stopped only when
// nothing of it is left on the host; a process that was not started yet never will be. State Exited means that it had
// ended by itself before, and what it left behind on purpose was not touched. Stop may be repeated.
//
// Errors: *StillRunningError (not confirmed, repeat it), *UnreachableError (unknown, repeat it), *HostError,
// *HostKeyError, *LoginError, and the context's.
func (r *Runner) Stop(ctx context.Context, s job.Script, p job.Process) (job.Progress, error) {
	a, err := r.end(ctx, "stop", s.Host, r.vars(s, p))
	if err != nil {
		return job.Progress{}, err
	}
	if a.word == "alive" {
		return job.Progress{State: job.Running}, &StillRunningError{Host: s.Host.Name, Dir: p.Dir(), PIDs: a.rest[1:]}
	}
	return progress(s, job.Progress{}, a)
}

// Reap stops every process of a run on a host, as Stop does, and sees to it that none of the run starts there later.
// run is the first execution's id, as in [job.Process]. Errors are those of Stop.
func (r *Runner) Reap(ctx context.Context, h job.Host, run string) error {
	p := job.Process{Run: run}
	a, err := r.end(ctx, "reap", h, r.vars(job.Script{Host: h}, p))
	if err != nil {
		return err
	}
	if len(a.rest) > 1 {
		return &StillRunningError{Host: h.Name, Dir: run, PIDs: a.rest[1:]}
	}
	return nil
}

func (r *Runner) end(ctx context.Context, verb string, h job.Host, vars map[string]string) (answer, error) {
	vars = maps.Clone(vars)
	vars["GRACE"] = fiftieths(r.opts.StopGrace)
	return r.persist(ctx, h, r.opts.GiveUp, nil, func() (answer, error) {
		return r.ask(ctx, h, newProgram(verb, r.points, vars), r.opts.Answer+r.opts.StopGrace, 1<<20)
	})
}

// Prune deletes logs and texts of scripts that ended longer ago than age, which is rounded up to minutes, and returns of
// how many. Their directories stay, so that a process can never be started a second time.
func (r *Runner) Prune(ctx context.Context, h job.Host, age time.Duration) (int, error) {
	vars := r.vars(job.Script{Host: h}, job.Process{})
	vars["MINUTES"] = strconv.FormatInt(int64((age+time.Minute-1)/time.Minute), 10)
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

// blocks is a size in the unit of the shell's ulimit -f: 512 bytes, POSIX.
func blocks(bytes int64) string { return strconv.FormatInt(max(1, bytes/512), 10) }
