package sshrun

import (
	"context"

	"github.com/pawl-ops/pawl/job"
)

// Start runs the script on its host, detached, unless this very process was started before, and returns its state as it
// is now: Running, or how it ended. It may be called any number of times, at once and from anywhere, for one process.
//
// State Busy means that nothing was started because another process holds the script's target; Holder is its run's id.
// Errors: *NotStartedError (proven, safe to repeat), *UnreachableError (unknown, safe to repeat), *MismatchError,
// *HostError, *HostKeyError, *LoginError, and the context's.
func (r *Runner) Start(ctx context.Context, s job.Script, p job.Process) (job.Progress, error) {
	if err := checkScript(s); err != nil {
		return job.Progress{}, err
	}
	vars := r.vars(s, p)
	vars["BLOCKS"] = blocks(r.opts.LogLimit)
	vars["PATIENCE"] = fiftieths(r.opts.StartWithin / 5)
	vars["LAUNCH"] = fiftieths(r.opts.StartWithin)
	a := answer{word: "next", rest: []string{"1"}}
	for tries := 0; a.word == "next" && tries < 100; tries++ {
		vars["ROUND"] = a.at(0)
		program, err := startProgram(r.points, vars, s)
		if err != nil {
			return job.Progress{}, err
		}
		a, err = r.persist(ctx, s.Host, r.opts.GiveUp, nil, func() (answer, error) {
			return r.ask(ctx, s.Host, program, r.opts.Answer+2*r.opts.StartWithin, 1<<20)
		})
		if err != nil {
			return job.Progress{}, err
		}
	}
	switch a.word {
	case "mismatch":
		return job.Progress{}, mismatch(s, p, a)
	case "busy":
		return job.Progress{State: job.Busy, Holder: a.at(1)}, nil
	case "never", "next":
		return job.Progress{State: job.Never}, &NotStartedError{Host: s.Host.Name, Dir: p.Dir()}
	}
	return progress(s, job.Progress{}, a)
}

// progress puts the state of an answer into a progress.
func progress(s job.Script, p job.Progress, a answer) (job.Progress, error) {
	state, exit, err := a.state()
	if err != nil {
		return p, &HostError{Host: s.Host.Name, Doing: err.Error()}
	}
	p.State, p.Exit = state, exit
	return p, nil
}

func mismatch(s job.Script, p job.Process, a answer) error {
	return &MismatchError{Host: s.Host.Name, Dir: p.Dir(), Want: s.Sum(), Have: a.at(0)}
}
