package app

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/pawl-ops/pawl/internal/calls"
	"github.com/pawl-ops/pawl/internal/looks"
	"github.com/pawl-ops/pawl/internal/sshrun"
	"github.com/pawl-ops/pawl/job"
)

// Limits of the script of a look: how much of what it prints is read, in bytes, and how long it may take.
const (
	mostPrinted  = 64 << 10
	scriptWithin = 4 * time.Second // the look itself has 5
)

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

// askHost runs the script of a look on its host and gives the lines of what it printed.
func (h *house) askHost(ctx context.Context, a job.Asked, args map[string]string) ([]string, error) {
	s := job.Script{Name: a.Script.File, Host: a.Script.Hosts[0], Body: a.Script.Body, Args: a.Script.Variables(args)}
	printed, exit, err := h.remote.Look(ctx, s, scriptWithin, mostPrinted)
	last := lastLine(string(printed))
	switch {
	case err != nil:
		return nil, unheard(s.Host, err)
	case exit == 124: // timeout(1) ended it
		return nil, &job.Fault{Class: job.FaultTheirs, Says: fmt.Sprintf("%s did not end on %s within %s.", s.Name, s.Host.Name, scriptWithin), Shown: last}
	case exit != 0:
		return nil, &job.Fault{Class: job.FaultOurs, Says: fmt.Sprintf("%s failed on %s with exit code %d.", s.Name, s.Host.Name, exit), Shown: last}
	}
	lines, err := calls.Lines(ctx, a.Line, printed)
	if err != nil {
		return nil, &job.Fault{Class: job.FaultData, Says: fmt.Sprintf("What %s printed cannot be read: %v.", s.Name, err), Shown: last}
	}
	return lines, nil
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
