package app

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/pawl-ops/pawl/internal/jenkins"
	"github.com/pawl-ops/pawl/internal/live"
	"github.com/pawl-ops/pawl/job"
)

// otherChecks ask what is neither Slack nor a host: load balancers, Jenkins and its jobs.
func (h *house) otherChecks() (checks []live.Check, done func()) {
	ended := func() {}
	if remote, err := h.newRemote(); err == nil {
		h.remote, ended = remote, remote.Close
		checks = append(checks, h.balancerChecks()...)
	}
	builds, closeJenkins := h.jenkinsChecks()
	return append(checks, builds...), func() { ended(); closeJenkins() }
}

// balancerChecks ask each load balancer who has users.
func (h *house) balancerChecks() (checks []live.Check) {
	for _, place := range h.cfg.Inventory.Environments() {
		app, environment, _ := h.cfg.Inventory.Place(place)
		all := h.cfg.Inventory.Environment(app, environment)
		i := slices.IndexFunc(all, func(i job.Instance) bool { return !i.Traffic.Zero() && i.Serves() })
		if i < 0 {
			continue
		}
		what := "users of " + place
		checks = append(checks, live.Check{Area: inOthers, What: what, Within: tryLongWithin, Try: func(ctx context.Context) []live.Finding {
			active, err := h.balancers().Active(ctx, all[i].Traffic)
			if err != nil {
				return one(inOthers, what, live.Mend, "where they are cannot be read: "+faultOf(err), "apps: traffic: in pawl.yaml says where it is read.")
			}
			if !slices.ContainsFunc(all, func(i job.Instance) bool { return i.Name == active }) {
				return one(inOthers, what, live.Mend, "they are on "+active+", and pawl.yaml has no such instance there", "Add it under apps:, or look what the load balancer sends them to.")
			}
			return one(inOthers, what, live.OK, "on "+active, "")
		}})
	}
	return checks
}

// jenkinsChecks ask whether Jenkins is there and knows us, and whether each job that is named can be built by us.
func (h *house) jenkinsChecks() (checks []live.Check, done func()) {
	server, err := h.newJenkins()
	switch {
	case err != nil:
		return []live.Check{{Area: inOthers, What: "Jenkins", Try: func(context.Context) []live.Finding {
			return one(inOthers, "Jenkins", live.Mend, err.Error(), "")
		}}}, func() {}
	case server == nil:
		return nil, func() {}
	}
	greet := sync.OnceValues(func() (jenkins.Hello, error) {
		ctx, cancel := context.WithTimeout(context.Background(), tryWithin)
		defer cancel()
		return server.Hello(ctx)
	})
	checks = []live.Check{{Area: inOthers, What: "Jenkins", Try: func(context.Context) []live.Finding {
		hello, err := greet()
		switch {
		case err != nil:
			return one(inOthers, "Jenkins", live.Mend, faultOf(err), "jenkins: in pawl.yaml has its address, the user, and the variable with the API token (Jenkins, the user's page, Security).")
		case hello.Quieting:
			return one(inOthers, "Jenkins", live.Note, fmt.Sprintf("%s, as %s; it is about to shut down and starts no builds", hello.Version, hello.User), "")
		}
		return one(inOthers, "Jenkins", live.OK, fmt.Sprintf("%s, as %s", hello.Version, hello.User), "")
	}}}
	for _, b := range h.builds() {
		checks = append(checks, live.Check{Area: inOthers, What: b.Job, Within: tryLongWithin, Try: func(ctx context.Context) []live.Finding {
			if _, err := greet(); err != nil {
				return nil // told once, with Jenkins
			}
			if _, err := server.Check(ctx, b.Job, b.RunID, b.params()); err != nil {
				return one(inOthers, b.Job, live.Mend, faultOf(err), "")
			}
			return one(inOthers, b.Job, live.OK, "Pawl can start builds of it, and tell them apart", "")
		}})
	}
	return checks, server.Close
}

// build is a job of Jenkins as pawl.yaml has it.
type build struct {
	Job, RunID string
	Params     map[string]job.Text
}

// params are its parameters, with the values that do not depend on what somebody types.
func (b build) params() map[string]string {
	all := map[string]string{}
	for name, text := range b.Params {
		if all[name] = string(text); strings.Contains(all[name], "{") {
			all[name] = ""
		}
	}
	return all
}

// builds are all jobs of Jenkins that pawl.yaml names, by name. Those of a branch that somebody types are left out.
func (h *house) builds() []build {
	all := map[string]build{}
	for _, book := range h.cfg.Runbooks {
		for _, stage := range book.Runbook.Parts {
			for _, step := range stage {
				j := step.Jenkins
				if j == nil || strings.Contains(string(j.Branch), "{") {
					continue
				}
				b := build{j.Job, j.RunID, j.Params}
				if j.Branch != "" {
					b.Job = jenkins.Branch(j.Job, string(j.Branch))
				}
				all[b.Job] = b
			}
		}
	}
	for _, place := range h.cfg.Inventory.Environments() {
		app, environment, _ := h.cfg.Inventory.Place(place)
		if d, ok := h.cfg.Deploys(app, environment); ok && d.Build.Jenkins != "" {
			all[d.Build.Jenkins] = build{d.Build.Jenkins, d.Build.RunID, d.Build.Params}
		}
	}
	return slices.SortedFunc(maps.Values(all), func(a, b build) int { return strings.Compare(a.Job, b.Job) })
}

// faultOf is what went wrong, as people read it, with what the other side said.
func faultOf(err error) string {
	var f *job.Fault
	if !errors.As(err, &f) {
		return err.Error()
	}
	if f.Shown != "" {
		return strings.TrimSuffix(f.Says, ".") + ": " + f.Shown
	}
	return strings.TrimSuffix(f.Says, ".")
}
