package app

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/pawl-ops/pawl/internal/calls"
	"github.com/pawl-ops/pawl/internal/looks"
	"github.com/pawl-ops/pawl/internal/sshrun"
	"github.com/pawl-ops/pawl/job"
)

// mostPrinted is how many bytes of what the script of a look prints are read.
const mostPrinted = 64 << 10

// askedLooks are the looks that stand under `looks:` in pawl.yaml.
func (h *house) askedLooks() []looks.Look {
	caller := calls.New(nil)
	var all []looks.Asked
	for _, a := range h.cfg.Asked {
		all = append(all, looks.Asked(a))
	}
	return looks.OfAsked(all, looks.Services{
		HTTP: func(ctx context.Context, a job.Asked, args map[string]string) ([]string, error) {
			return caller.Look(ctx, a, args, h.cfg.Secret)
		},
		Script: h.askHost,
		Odd: func(look string, err error) {
			var f *job.Fault
			shown := ""
			if errors.As(err, &f) {
				shown = f.Shown
			}
			h.log.Warn().Err(err).Str("look", look).Str("shown", shown).Msg("a look of pawl.yaml has no answer")
		},
	})
}

// askHost runs the script of a look on its host and gives the lines of what it printed. Whoever asked may have gone when it
// ends; then it is stopped.
func (h *house) askHost(ctx context.Context, a job.Asked, args map[string]string) ([]string, error) {
	s := job.Script{Name: strings.ReplaceAll(a.Name, " ", "-"), Host: a.Script.Hosts[0], Body: a.Script.Body, Args: a.Script.Variables(args)}
	p := job.Process{Run: "look" + strings.ToLower(rand.Text()), ID: a.Name, Step: 1, Label: s.Name}
	state, err := h.remote.Start(ctx, s, p)
	if err == nil {
		state, err = h.remote.Watch(ctx, s, p, state, nil)
	}
	if err != nil {
		h.stopAsked(ctx, s, p, err)
		return nil, unheard(s.Host, err)
	}
	printed, err := h.remote.Log(ctx, s, p, mostPrinted)
	switch {
	case err != nil:
		return nil, unheard(s.Host, err)
	case state.State != job.Exited || state.Exit != 0:
		f := &job.Fault{Class: job.FaultOurs, Says: fmt.Sprintf("The script %s failed on %s.", a.Script.File, s.Host.Name), Shown: lastLine(printed)}
		if state.Problem != "" {
			f.Says = state.Problem
		}
		return nil, f
	}
	lines, err := calls.Lines(ctx, a.Line, []byte(printed))
	if err != nil {
		return nil, &job.Fault{Class: job.FaultData, Says: fmt.Sprintf("What %s printed cannot be read: %v.", a.Script.File, err), Shown: lastLine(printed)}
	}
	return lines, nil
}

// stopAsked stops a script nobody waits for any more.
func (h *house) stopAsked(ctx context.Context, s job.Script, p job.Process, err error) {
	if ctx.Err() == nil || errors.As(err, new(*sshrun.UnreachableError)) {
		return // it was not begun, or nobody can tell its host
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 3*time.Second)
	defer cancel()
	if _, err := h.remote.Stop(ctx, s, p); err != nil {
		h.log.Warn().Err(err).Str("look", p.ID).Msg("stopping the script of a look")
	}
}

// unheard is a host that did not do its part, as a sentence.
func unheard(host job.Host, err error) error {
	f := &job.Fault{Class: job.FaultOurs, Cause: err}
	switch {
	case errors.As(err, new(*sshrun.UnreachableError)):
		f.Class, f.Says = job.FaultTheirs, host.Name+" cannot be reached."
	case errors.As(err, new(*sshrun.LoginError)):
		f.Class, f.Says = job.FaultAccess, host.Name+" does not let Pawl in."
	case errors.As(err, new(*sshrun.HostKeyError)):
		f.Class, f.Says = job.FaultAccess, host.Name+" did not prove to be the host we know."
	default:
		return err
	}
	return f
}

// lastLine is what a log says at its end, at most 500 bytes of it.
func lastLine(log string) string {
	log = strings.TrimSpace(log)
	log = log[strings.LastIndexByte(log, '\n')+1:]
	return strings.ToValidUTF8(log[:min(len(log), 500)], "")
}
