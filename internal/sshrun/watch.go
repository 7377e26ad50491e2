package sshrun

import (
	"context"
	"reflect"
	"time"

	"github.com/pawl-ops/pawl/job"
)

// chunk is how many bytes of a log one look brings. While there is more, looks follow each other at once.
const chunk = 256 << 10

// Watch follows the process from where from stands until it is over, and returns how it ended: Exited, Lost, Stopped,
// or Never when it proved not to have been started. each hears of every change, from one goroutine; it may be nil.
//
// Watch does not give up on a host that cannot be reached, because the script goes on there; meanwhile the Note says
// so. Errors: *MismatchError, *HostError, *HostKeyError, *LoginError, and the context's; the progress is as far as it
// came, and watching again with it loses and repeats nothing.
func (r *Runner) Watch(ctx context.Context, s job.Script, p job.Process, from job.Progress, each func(job.Progress)) (job.Progress, error) {
	w := watch{runner: r, script: s, process: p, now: from, told: from, each: each}
	w.seen = from.State == job.Running || from.Offset > 0
	if w.now.Note == w.silent() {
		w.now.Note = ""
	}
	return w.follow(ctx)
}

// watch is one Watch under way.
type watch struct {
	runner    *Runner
	script    job.Script
	process   job.Process
	now, told job.Progress
	each      func(job.Progress)
	seen      bool      // the process was seen started
	undecided time.Time // since when the process is seen neither started nor given up
}

func (w *watch) follow(ctx context.Context) (job.Progress, error) {
	for {
		a, err := w.look(ctx)
		if err != nil {
			return w.now, err
		}
		switch a.word {
		case "mismatch":
			return w.now, mismatch(w.script, w.process, a)
		case "gone", "starting":
			if a, err = w.judge(ctx, a); err != nil {
				return w.now, err
			}
		default:
			w.seen = true
		}
		next, err := progress(w.script, w.now, a)
		if err != nil {
			return w.now, err
		}
		w.now = next
		over := w.now.State != job.Running
		full := len(a.body) >= chunk
		feed(&w.now, a.body, over && !full, w.runner.opts.Mask)
		w.tell(w.now)
		switch {
		case full:
		case over:
			return w.now, nil
		default:
			if err := sleep(ctx, w.runner.opts.Poll); err != nil {
				return w.now, err
			}
		}
	}
}

// look asks the host until it answers.
func (w *watch) look(ctx context.Context) (answer, error) {
	vars := w.runner.vars(w.script, w.process)
	vars["FROM"], vars["MAX"] = number(w.now.Offset), number(chunk)
	return w.runner.persist(ctx, w.script.Host, 0, w.trouble, func() (answer, error) {
		program := newProgram("look", w.runner.points, vars)
		return w.runner.ask(ctx, w.script.Host, program, w.runner.opts.Answer, chunk+64<<10)
	})
}

// judge decides what becomes of a process that is not known to have started: for a while nothing, then never. A
// directory that is gone although we saw the process run is a lost one.
func (w *watch) judge(ctx context.Context, a answer) (answer, error) {
	if a.word == "gone" && w.seen {
		return answer{word: "lost"}, nil
	}
	if w.undecided.IsZero() {
		w.undecided = time.Now()
	}
	if time.Since(w.undecided) < w.runner.opts.StartWithin {
		return answer{word: "running"}, nil
	}
	vars := w.runner.vars(w.script, w.process)
	return w.runner.persist(ctx, w.script.Host, 0, w.trouble, func() (answer, error) {
		return w.runner.ask(ctx, w.script.Host, newProgram("judge", w.runner.points, vars), w.runner.opts.Answer, 1<<16)
	})
}

// trouble tells that the host does not answer.
func (w *watch) trouble(error) {
	silent := w.now
	silent.Note = w.silent()
	w.tell(silent)
}

func (w *watch) silent() string {
	return w.script.Host.Name + " does not answer; the script goes on there, and I keep trying"
}

func (w *watch) tell(p job.Progress) {
	if w.each == nil || reflect.DeepEqual(p, w.told) {
		return
	}
	w.told = p
	w.each(p)
}
