package app

import (
	"context"

	"github.com/pawl-ops/pawl/activities"
	"github.com/pawl-ops/pawl/internal/instances"
	"github.com/pawl-ops/pawl/internal/looks"
	"github.com/pawl-ops/pawl/internal/traffic"
	"github.com/pawl-ops/pawl/job"
	"github.com/pawl-ops/pawl/scripts"
)

// appLooks are the commands that look at apps: they ask the instances themselves, and the load balancer's map over SSH.
func (h *house) appLooks() []looks.Look {
	return looks.OfApps(h.appsSeen())
}

func (h *house) appsSeen() looks.Apps {
	client := instances.New(instances.Options{})
	return looks.Apps{
		Instances: h.instances, Probe: client.Probe, Tasks: client.Tasks,
		Active: func(ctx context.Context, t job.Traffic) (string, error) { return h.balancers().Active(ctx, t) },
	}
}

// observe lets runs look at apps as the looks do.
func (h *house) observe(a *activities.Activities) {
	a.Apps, a.Traffic, a.Probe, a.AskIn = h.cfg.Inventory, h.balancers(), instances.New(instances.Options{}), h.cfg.AskIn()
}

// balancers are the load balancers, reached over SSH with the shipped scripts.
func (h *house) balancers() *traffic.Balancers {
	return traffic.New(traffic.Options{Files: h.remote, Scripts: h.remote, HAProxy: scripts.Traffic(job.TrafficHAProxy), Nginx: scripts.Traffic(job.TrafficNginx)})
}

// instances are those of pawl.yaml that a canonical text means.
func (h *house) instances(things string) []job.Instance { return h.cfg.Inventory.Under(things) }
