package activities

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/pawl-ops/pawl/internal/instances"
	"github.com/pawl-ops/pawl/internal/traffic"
	"github.com/pawl-ops/pawl/job"
)

// Apps is the part of pawl.yaml that names what runs where.
type Apps interface {
	// Environment is every instance of an environment, in the order of the file.
	Environment(app, environment string) []job.Instance
}

// Traffic knows who serves users, and moves them: see package traffic.
type Traffic interface {
	// Active is the name of the instance that serves an environment's users at this moment.
	Active(ctx context.Context, t job.Traffic) (string, error)
	// Switch moves all users, at most once for a token. A *traffic.Error says that nobody was moved, or that nobody knows.
	Switch(ctx context.Context, t job.Traffic, s traffic.Switch) error
	// Settle ends a switch of which nobody knows whether it was made: nothing of it can take effect afterwards. It says who has
	// the users.
	Settle(ctx context.Context, t job.Traffic, token string) (string, error)
	// Drained is how many requests an instance still works at.
	Drained(ctx context.Context, t job.Traffic, instance string) (left int, err error)
	// Count is how requests to an instance went; traffic.ErrNotCounted where nobody counts.
	Count(ctx context.Context, t job.Traffic, instance string) (traffic.Count, error)
}

// Prober asks an instance how it is.
type Prober interface {
	Probe(ctx context.Context, i job.Instance) instances.Health
}

// Instance is what is about to be restarted, and what it does at this moment: the plan of a restart. Two plans are equal
// when the situation people decide about is the same.
type Instance struct {
	job.Instance
	Active  bool       `json:"active"`
	Health  string     `json:"health"`            // how it is, in a few words: "healthy", "no answer"
	Version string     `json:"version,omitempty"` //
	Since   int64      `json:"since,omitempty"`   // Unix seconds of its start, when it tells
	Standby []Standby  `json:"standby,omitempty"` // the others that could serve users
	Script  job.Script `json:"script"`            // restarts it
}

// Standby is another instance that could serve users.
type Standby struct {
	Name    string `json:"name"`
	Active  bool   `json:"active"`
	Health  string `json:"health"`
	Version string `json:"version,omitempty"`
}

// activeWithin is how long a load balancer may take to say who serves users. It leaves time to ask it twice more.
const activeWithin = 5 * time.Second

// longestScript is how many bytes a restart script may have.
const longestScript = 256 << 10

// Inspect finds the instance a command means, resolving active and inactive by what the load balancer says at this
// moment, and looks how it and those beside it are. It changes nothing.
func (a *Activities) Inspect(ctx context.Context, name string) (Instance, error) {
	words := strings.Fields(name)
	if a.Apps == nil || len(words) != 3 {
		return Instance{}, Refuse(fmt.Sprintf("I don't know the instance `%s`.", name))
	}
	all := a.Apps.Environment(words[0], words[1])
	serving, err := a.serving(ctx, all)
	if err != nil {
		return Instance{}, err
	}
	i, err := pick(all, words[2], serving)
	if err != nil {
		return Instance{}, err
	}
	plan := Instance{Instance: i, Active: i.Serves() && i.Name == serving}
	for n, h := range a.probeAll(ctx, all) {
		if other := all[n]; other.Name == i.Name {
			plan.Health, plan.Version = state(h), h.Version
			if !h.Since.IsZero() {
				plan.Since = h.Since.Unix()
			}
		} else if other.Serves() && i.Serves() {
			plan.Standby = append(plan.Standby, Standby{Name: other.Name, Active: other.Name == serving, Health: state(h), Version: h.Version})
		}
	}
	plan.Script, err = restartScript(i)
	return plan, err
}

// probeAll asks them side by side: one that hangs does not hold up the others.
func (a *Activities) probeAll(ctx context.Context, all []job.Instance) []instances.Health {
	found := make([]instances.Health, len(all))
	var asking sync.WaitGroup
	for n, i := range all {
		asking.Go(func() { found[n] = a.Probe.Probe(ctx, i) })
	}
	asking.Wait()
	return found
}

// serving is who serves users; empty where nobody decides that.
func (a *Activities) serving(ctx context.Context, all []job.Instance) (string, error) {
	at := slices.IndexFunc(all, func(i job.Instance) bool { return !i.Traffic.Zero() })
	if at < 0 {
		return "", nil
	}
	lb := all[at].Traffic.Host.Name
	asking, cancel := context.WithTimeout(ctx, activeWithin)
	defer cancel()
	name, err := a.Traffic.Active(asking, all[at].Traffic)
	switch {
	case err != nil && asking.Err() != nil:
		return "", fmt.Errorf("%s does not answer, so nobody knows who serves users", lb)
	case err != nil:
		return "", fmt.Errorf("asking %s who serves users: %w", lb, err)
	}
	if !slices.ContainsFunc(all, func(i job.Instance) bool { return i.Serves() && i.Name == name }) {
		return "", Refuse(fmt.Sprintf("%s sends users of %s to `%s`, which pawl.yaml does not have. Nothing was changed.", all[at].Traffic.Host.Name, all[at].Traffic.Key, name))
	}
	return name, nil
}

// pick is the instance with the name, or the one that plays the part.
func pick(all []job.Instance, name, serving string) (job.Instance, error) {
	var fit []job.Instance
	for _, i := range all {
		switch {
		case i.Name == name, name == job.Active && i.Serves() && i.Name == serving, name == job.Inactive && i.Serves() && serving != "" && i.Name != serving:
			fit = append(fit, i)
		}
	}
	switch {
	case len(fit) == 1:
		return fit[0], nil
	case len(fit) > 1:
		names := make([]string, len(fit))
		for n, i := range fit {
			names[n] = i.Name
		}
		return job.Instance{}, Refuse(fmt.Sprintf("More than one instance has no users: %s. Name the one you mean.", strings.Join(names, ", ")))
	case (name == job.Active || name == job.Inactive) && serving == "":
		return job.Instance{}, Refuse(fmt.Sprintf("Nobody tells which instance is %s there: pawl.yaml names no `traffic` for the app.", name))
	}
	return job.Instance{}, Refuse(fmt.Sprintf("There is no instance `%s` there any more.", name))
}

// state is how an instance is, in a few words that do not change from one look to the next.
func state(h instances.Health) string {
	switch {
	case h.OK:
		return "healthy"
	case h.Code != 0:
		return fmt.Sprintf("answering %d", h.Code)
	default:
		return "not answering"
	}
}

func restartScript(i job.Instance) (job.Script, error) {
	if i.Restart == "" {
		return job.Script{}, Refuse(fmt.Sprintf("I don't know how %s is restarted: pawl.yaml names no `restart` script for %s.", i, i.App))
	}
	text, err := scriptText("restart", i.Restart)
	if err != nil {
		return job.Script{}, err
	}
	return job.Script{
		Name: "restart", Host: i.Host, Body: text, Target: i.App + "/" + i.Environment + "/" + i.Name,
		Args: map[string]string{"app": i.App, "environment": i.Environment, "instance": i.Name, "host": i.Host.Name, "url": i.URL},
	}, nil
}

// Healthy is content once the instance answers well again, and is another process than before when that can be told.
func (a *Activities) Healthy(ctx context.Context, before Instance) (string, error) {
	h := a.Probe.Probe(ctx, before.Instance)
	switch {
	case !h.OK && h.Problem != "":
		return "", NotYet(h.Problem)
	case !h.OK:
		return "", NotYet("it is " + state(h))
	case before.Since != 0 && h.Since.Unix() == before.Since:
		return "", NotYet("the process from before still answers")
	case h.Version != "":
		return "version " + h.Version, nil
	}
	return "", nil
}
