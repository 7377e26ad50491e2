package activities

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"go.temporal.io/sdk/temporal"

	"github.com/pawl-ops/pawl/internal/board"
	"github.com/pawl-ops/pawl/internal/changes"
	"github.com/pawl-ops/pawl/internal/instances"
	"github.com/pawl-ops/pawl/job"
)

// Deploys is the part of the world that deploys need beside apps, traffic and health.
type Deploys struct {
	// Of is how an environment gets another version; false: pawl.yaml does not have the environment.
	Of func(app, environment string) (job.Deploys, bool)
	// Frozen is the time without deploys an environment is in; false: it is in none.
	Frozen func(app, environment string, at time.Time) (job.Freeze, bool)
	// Builds are the newest builds of a Jenkins job, the newest first. Nil: pawl.yaml names no Jenkins.
	Builds func(ctx context.Context, name string, most int) ([]Built, error)
	// Changes asks a script for the changes between two versions, the newest first. Nil: no script is run.
	Changes func(ctx context.Context, script job.Script, from, to string) ([]job.Change, error)
}

// Deployment is what a deploy is going to do: its plan. Two of them are equal when the situation people decide about is the
// same.
type Deployment struct {
	job.Deploys

	How     string      `json:"how"`               // job.ByDeploy, ByPromote, ByRollback
	Version string      `json:"version,omitempty"` // empty: Order builds it, and its name is known then
	Source  string      `json:"source,omitempty"`  // what is built, for people: "branch faster-search"; empty: it is there
	Built   int64       `json:"built,omitempty"`   // the build that made it; 0: unknown, or to be built
	Order   *BuildInput `json:"order,omitempty"`   // the build that is to make it

	Was     string         `json:"was,omitempty"`    // the version users have; empty: nobody knows
	Since   time.Time      `json:"since,omitzero"`   // when they got it, where a deploy brought it
	Traffic job.Traffic    `json:"traffic,omitzero"` // zero: it is deployed in place
	From    job.Instance   `json:"from,omitzero"`    // has users
	To      job.Instance   `json:"to,omitzero"`      // gets the version, and the users
	Places  []job.Instance `json:"places,omitempty"` // get the version in place, in this order: those with users where no traffic is moved
	Crons   []job.Instance `json:"crons,omitempty"`  // get it last
	Body    string         `json:"body"`             // of the script that gives an instance its version

	Changes []job.Change `json:"changes,omitempty"` // that come with it, the newest first
	Notice  string       `json:"notice,omitempty"`  // what users will notice of them, in a line
	News    []string     `json:"news,omitempty"`    // the list of them, by title and author, a line each
	Count   int          `json:"count,omitempty"`   // how many there are as people count them
	Older   bool         `json:"older,omitempty"`   // it is older than what users have
	Past    string       `json:"past,omitempty"`    // what is overridden, for people: "the freeze until Monday"
	Glass   bool         `json:"glass,omitempty"`   // nobody is asked
	Told    string       `json:"told,omitempty"`    // the channel where that is told
}

// Colours reports whether users are moved from one instance to another.
func (d Deployment) Colours() bool { return !d.Traffic.Zero() }

// ScriptFor gives an instance a version.
func (d Deployment) ScriptFor(i job.Instance, version string) job.Script {
	return job.Script{
		Name: "deploy", Host: i.Host, Body: d.Body, Target: strings.Join([]string{i.App, i.Environment, i.Name}, "/"),
		Args: map[string]string{"app": i.App, "environment": i.Environment, "instance": i.Name, "host": i.Host.Name, "url": i.URL, "version": version},
	}
}

// DeployInput is what somebody wants in an environment.
type DeployInput struct {
	Who         job.Actor `json:"who"`
	Environment string    `json:"environment"` // canonical: "shop master"
	Version     string    `json:"version,omitempty"`
	Branch      string    `json:"branch,omitempty"`
	PR          string    `json:"pr,omitempty"`
	From        string    `json:"from,omitempty"` // the environment whose version is wanted
	// Force deploys in spite of a freeze, and of a lock of somebody else; Glass says that nobody is asked about it.
	Force bool `json:"force,omitempty"`
	Glass bool `json:"glass,omitempty"`
}

// newsLines is how many lines a plan has for what is new.
const newsLines = 15

// mostVersion is how many characters of a version are taken.
const mostVersion = 80

// PlanDeploy looks at what a deploy would change, and changes nothing. Who has users is asked of the load balancer.
func (a *Activities) PlanDeploy(ctx context.Context, in DeployInput) (Deployment, error) {
	d, err := a.rollout(ctx, in.Environment)
	if err != nil {
		return Deployment{}, err
	}
	d.How = job.ByDeploy
	if d.Past, err = a.barred(ctx, d.Deploys, in); err != nil {
		return Deployment{}, err
	}
	if d.Glass = in.Glass; d.Glass {
		d.Told = a.AskIn
	}
	if err := a.choose(ctx, &d, in); err != nil {
		return Deployment{}, err
	}
	if d.Version != "" && d.Version == d.Was {
		return Deployment{}, Refuse(fmt.Sprintf("%s runs %s already%s. To have it start anew: `restart %s`.", d, d.Was, sinceWhen(d.Since), d.Environment))
	}
	a.changed(ctx, &d)
	news := changes.Of(d.Changes)
	d.Notice, d.Count, d.News = news.Headline(), news.Count(), news.Lines(newsLines)
	return d, nil
}

// Brings finds out what a deploy would bring, whether or not somebody may deploy now. The error's text is a sentence.
func (a *Activities) Brings(ctx context.Context, environment, version string) (Deployment, error) {
	d, err := a.rollout(ctx, environment)
	if err == nil {
		err = a.choose(ctx, &d, DeployInput{Environment: environment, Version: version})
	}
	var app *temporal.ApplicationError
	if errors.As(err, &app) {
		return d, errors.New(app.Message())
	}
	if err == nil {
		a.changed(ctx, &d)
	}
	return d, err
}

// rollout is an environment before it is known which version it is to get.
func (a *Activities) rollout(ctx context.Context, environment string) (d Deployment, err error) {
	app, env, _ := strings.Cut(environment, " ")
	known := false
	if a.Deploys.Of != nil && a.Apps != nil {
		d.Deploys, known = a.Deploys.Of(app, env)
	}
	if !known {
		return d, Refuse(fmt.Sprintf("I don't know the environment `%s`.", environment))
	}
	if d.Deploys.Script == "" {
		return d, Refuse(fmt.Sprintf("I don't know how %s gets another version: pawl.yaml names no `deploy` script for %s.", d, app))
	}
	if d.Body, err = scriptText("deploy", d.Deploys.Script); err != nil {
		return d, err
	}
	all := a.Apps.Environment(app, env)
	serving, err := a.serving(ctx, all)
	if err != nil {
		return d, err
	}
	health := a.probeAll(ctx, all)
	for n, i := range all {
		switch {
		case !i.Serves():
			if d.Cron {
				d.Crons = append(d.Crons, i)
			}
			continue
		case serving == "":
			d.Places = append(d.Places, i)
			if d.Was == "" {
				d.Was = health[n].Version
			}
		case i.Name == serving:
			d.From, d.Traffic, d.Was = i, i.Traffic, health[n].Version
		case d.To.Name == "":
			d.To = i
		}
	}
	switch {
	case d.Traffic.Zero() && len(d.Places) == 0:
		return d, Refuse(fmt.Sprintf("Nothing in %s serves users, so there is nothing to deploy to.", d))
	case !d.Traffic.Zero() && d.To.Name == "": // a balancer in front of one instance moves nobody
		d.Places, d.From, d.Traffic = []job.Instance{d.From}, job.Instance{}, job.Traffic{}
	}
	return d, a.lastRelease(ctx, &d)
}

// lastRelease finds since when users have what they have.
func (a *Activities) lastRelease(ctx context.Context, d *Deployment) error {
	releases, err := a.releases(ctx, d.Deploys)
	if err != nil {
		return err
	}
	if len(releases) > 0 {
		switch last := releases[0]; d.Was {
		case "":
			d.Was, d.Since = last.Version, last.At
		case last.Version:
			d.Since = last.At
		}
	}
	return nil
}

// scriptText reads a script that pawl.yaml names; the plan pins it.
func scriptText(key, path string) (string, error) {
	text, err := os.ReadFile(path)
	switch {
	case err != nil:
		return "", Refuse(fmt.Sprintf("The script that `%s:` in pawl.yaml names cannot be read: %v.", key, err))
	case len(text) > longestScript:
		return "", Refuse(fmt.Sprintf("The script that `%s:` in pawl.yaml names has more than %d kB.", key, longestScript>>10))
	}
	return string(text), nil
}

func sinceWhen(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return ", since " + board.Day(at)
}

// versioned reports whether an instance is well and runs a version, and says in a sentence without its full stop what it
// does when not.
func versioned(name string, h instances.Health, version string) (problem string) {
	switch {
	case !h.OK && h.Answered && h.Problem != "":
		return name + " says: " + board.Clean(h.Problem)
	case !h.OK && h.Problem != "":
		return name + ": " + board.Clean(h.Problem)
	case !h.OK:
		return name + " is " + state(h)
	case h.Version == "":
		return name + " does not say which version it is"
	case h.Version != version:
		return name + " is still " + board.Clean(h.Version)
	}
	return ""
}
