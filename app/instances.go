package app

import (
	"context"

	"github.com/pawl-ops/pawl/internal/instances"
	"github.com/pawl-ops/pawl/internal/looks"
	"github.com/pawl-ops/pawl/internal/traffic"
	"github.com/pawl-ops/pawl/job"
)

// appLooks are the commands that look at apps: they ask the instances themselves, and the load balancer's map over SSH.
func (p *Pawl) appLooks() []looks.Look {
	client := instances.New(instances.Options{})
	return looks.OfApps(looks.Apps{
		Instances: p.instances, Probe: client.Probe, Tasks: client.Tasks,
		Active: func(ctx context.Context, t job.Traffic) (string, error) { return traffic.New(p.remote).Active(ctx, t) },
	})
}

// instances are those of pawl.yaml that a canonical text means.
func (p *Pawl) instances(things string) []job.Instance { return p.cfg.Inventory.Under(things) }
