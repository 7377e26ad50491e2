package app

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/pawl-ops/pawl/activities"
	"github.com/pawl-ops/pawl/internal/explain"
	"github.com/pawl-ops/pawl/job"
)

// somebody stands for whoever gives a command when only the configuration is looked at.
func somebody() job.Actor {
	return job.Actor{Kind: job.SlackUser, ID: "U0SOMEBODY", Name: "name", Full: "Name", Email: "name@example.com"}
}

// toy makes the plan of somebody's toy, as the job does; false when the file has no section for it.
func (h *house) toy() (activities.Toy, bool, error) {
	if !h.cfg.Has("toy") {
		return activities.Toy{}, false, nil
	}
	t, err := (&activities.Activities{Configs: h.sections(), Hosts: h.cfg.Hosts}).ToyOf(context.Background(), somebody())
	return t, true, err
}

// presets are what jobs make of their sections.
func (h *house) presets() []explain.Preset {
	t, ok, err := h.toy()
	if !ok || err != nil {
		return nil // warnings say why
	}
	line := func(s job.Script) string {
		return fmt.Sprintf("%s.sh (%d bytes) on %s (%s)%s", s.Name, len(s.Body), s.Host.Name, s.Host.Address, onlyOne(s))
	}
	lines := []string{fmt.Sprintf("%d at the same time; for name@... :", t.AtOnce)}
	for _, s := range []job.Script{t.Snapshot, t.Copy, t.Restore, t.Mask, t.Swap} {
		lines = append(lines, line(s))
	}
	lines = append(lines, "and when it stops half way, "+line(t.Drop))
	if t.Connect != "" {
		lines = append(lines, "people connect with: "+t.Connect)
	}
	return []explain.Preset{{Name: "toy", Lines: lines}, {Name: "toy undo", Lines: []string{line(t.SwapBack)}}}
}

func onlyOne(s job.Script) string {
	if s.Target == "" {
		return ""
	}
	return ", alone at " + s.Target
}

// warnings are what is worth a second look.
func (h *house) warnings(e *explain.Explainer, now time.Time) []string {
	all := e.Warnings(now)
	if _, ok, err := h.toy(); ok && err != nil {
		all = append(all, fmt.Sprintf("Nobody would get a toy: %v", err))
	}
	if w := h.schemaWarning(); w != "" {
		all = append(all, w)
	}
	return slices.Compact(append(all, h.cfg.Warnings...))
}

// errToldAlready ends a command with exit code 1 that has said everything.
var errToldAlready = errors.New("")
