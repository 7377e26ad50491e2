package app

import (
	"context"

	"github.com/pawl-ops/pawl/activities"
	"github.com/pawl-ops/pawl/internal/instances"
	"github.com/pawl-ops/pawl/internal/looks"
	"github.com/pawl-ops/pawl/internal/traffic"
	"github.com/pawl-ops/pawl/job"
)

// appLooks are the commands that look at apps: they ask the instances themselves, and the load balancer's map over SSH.
func (h *house) appLooks() []looks.Look {
	client := instances.New(instances.Options{})
	return looks.OfApps(looks.Apps{
		Instances: h.instances, Probe: client.Probe, Tasks: client.Tasks,
		Active: func(ctx context.Context, t job.Traffic) (string, error) { return traffic.New(h.remote).Active(ctx, t) },
	})
}

// observe lets runs look at apps as the looks do.
func (h *house) observe(a *activities.Activities) {
	a.Apps, a.Traffic, a.Probe, a.AskIn = h.cfg.Inventory, traffic.New(h.remote), instances.New(instances.Options{}), h.cfg.AskIn()
}

// instances are those of pawl.yaml that a canonical text means.
func (h *house) instances(things string) []job.Instance { return h.cfg.Inventory.Under(things) }
