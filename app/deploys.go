package app

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/pawl-ops/pawl/activities"
	"github.com/pawl-ops/pawl/internal/jenkins"
	"github.com/pawl-ops/pawl/internal/looks"
	"github.com/pawl-ops/pawl/job"
	"github.com/pawl-ops/pawl/slackbridge"
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

// deployLooks are the commands that look at what runs where, and at what a deploy would bring. Those who ask are shown
// buttons for what they may do.
func (b *bridgeRole) deployLooks() ([]looks.Look, error) {
	builds, err := b.newJenkins()
	if err != nil {
		return nil, err
	}
	acts := &activities.Activities{Ledger: b.ledger, Deploys: b.deploys(builds), Now: time.Now}
	b.observe(acts)
	return looks.OfDeploys(looks.Deploys{
		Apps: b.appsSeen(), Ledger: b.ledger, Names: b.cfg.Inventory, Zone: b.cfg.Timezone.String(), Frozen: b.cfg.Frozen, NextFreeze: b.cfg.NextFreeze,
		Brings: func(ctx context.Context, app, environment, version string) (looks.Brings, error) {
			d, err := acts.Brings(ctx, app+" "+environment, version)
			return looks.Brings{Now: d.Was, New: d.Version, Changes: d.Changes}, err
		},
		May: b.may,
		Offer: func(key job.Key, typed string) (action, value string) {
			return slackbridge.ActionCommand, slackbridge.CommandValue(key, typed)
		},
	}), nil
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
