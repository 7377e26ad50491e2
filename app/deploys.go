package app

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/pawl-ops/pawl/activities"
	"github.com/pawl-ops/pawl/internal/jenkins"
	"github.com/pawl-ops/pawl/job"
)

// deploys are what deploys need of the world: pawl.yaml, Jenkins, and the hosts that tell what changed.
func (h *house) deploys(builds *jenkins.Server) activities.Deploys {
	d := activities.Deploys{Of: h.cfg.Deploys, Frozen: h.cfg.Frozen, Changes: h.changesBetween}
	if builds != nil {
		d.Builds = func(ctx context.Context, name string, most int) ([]activities.Built, error) {
			return builtIn(ctx, builds, name, most)
		}
	}
	return d
}

// builtIn are the newest builds of a job of Jenkins.
func builtIn(ctx context.Context, server *jenkins.Server, name string, most int) ([]activities.Built, error) {
	found, err := server.Builds(ctx, name, most)
	if err != nil {
		return nil, err
	}
	all := make([]activities.Built, len(found))
	for i, b := range found {
		all[i] = activities.Built{Number: b.Number, Name: b.Name, Good: !b.Building && b.Result == jenkins.Success, Params: b.Params, Changes: b.Changes}
	}
	return all, nil
}

// Limits of a script that prints changes.
const (
	changesWithin = 20 * time.Second
	mostChanges   = 256 << 10 // bytes
)

// changesBetween has a script print the changes between two versions.
func (h *house) changesBetween(ctx context.Context, script job.Script, from, to string) (all []job.Change, err error) {
	args := map[string]string{"from": from, "to": to}
	for name, value := range script.Args {
		args[name] = value
	}
	script.Args = args
	printed, exit, err := h.remote.Look(ctx, script, changesWithin, mostChanges)
	switch {
	case err != nil:
		return nil, fmt.Errorf("asking %s for the changes: %w", script.Host.Name, err)
	case exit != 0:
		return nil, fmt.Errorf("asking %s for the changes: the script ended with code %d", script.Host.Name, exit)
	}
	for line := range strings.Lines(string(printed)) {
		if c, ok := job.ReadChange(line); ok {
			all = append(all, c)
		}
	}
	return all, nil
}
