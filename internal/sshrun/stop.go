package sshrun

import (
	"context"
	"fmt"
	"regexp"
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

// runID is what the engine calls an execution of a run: nothing in it means anything to a shell.
var runID = regexp.MustCompile(`^[A-Za-z0-9-]{8,64}$`)

// StopRun ends everything that a run ever started on a host, as Stop does, whether or not anybody knows of it any more:
// first is the run's first execution id, as in [job.Process]. It returns how many scripts were still running, or had been
// launched. It may be repeated.
//
// Errors: *StillRunningError (not confirmed, repeat it), *UnreachableError (unknown, repeat it), *HostError,
// *HostKeyError, *LoginError, and the context's.
func (r *Runner) StopRun(ctx context.Context, h job.Host, first string) (int, error) {
	if !runID.MatchString(first) {
		return 0, fmt.Errorf("stopping what a run started on host %q: %q is no id of an execution", h.Name, first)
	}
	vars := r.vars(job.Script{Host: h}, job.Process{})
	vars["GRACE"], vars["RUN"] = fiftieths(r.opts.StopGrace), first
	nonce := newNonce()
	reap := program{nonce: nonce, text: assemble("reap", r.points, nonce, vars, part("stop")) + "main </dev/null\n"}
	a, err := r.persist(ctx, h, r.opts.GiveUp, nil, func() (answer, error) {
		return r.ask(ctx, h, reap, r.opts.Answer+stopsAtOnce*r.opts.StopGrace, 1<<20)
	})
	if err != nil {
		return 0, err
	}
	if a.word == "alive" {
		return 0, &StillRunningError{Host: h.Name, Dir: first, PIDs: a.rest}
	}
	n, err := strconv.Atoi(a.at(0))
	if err != nil {
		return 0, &HostError{Host: h.Name, Doing: "counting what was stopped"}
	}
	return n, nil
}

// stopsAtOnce is how many scripts that do not want to end one answer is waited for. Asked again, it is less.
const stopsAtOnce = 5

// blocks is a size in the unit of the shell's ulimit -f: 512 bytes, POSIX.
func blocks(bytes int64) string { return strconv.FormatInt(max(1, bytes/512), 10) }
