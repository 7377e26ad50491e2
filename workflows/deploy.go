package workflows

import (
	"fmt"
	"strings"

	"github.com/pawl-ops/pawl/activities"
	"github.com/pawl-ops/pawl/job"
	"github.com/pawl-ops/pawl/workflows/frame"
)

// Deploy gives an environment another version: users are moved to it when it has proven itself, and back when it turns bad.
var Deploy = frame.Define(frame.Job[DeployArgs, activities.Deployment]{
	Name:     "deploy",
	Help:     "put a version on an environment, without users noticing",
	Examples: []string{"deploy staging", "deploy master 2024.51", "deploy staging branch faster-search", "deploy staging pr 412"},
	Doing:    "Deploying",
	Safe:     "Nothing was deployed.",
	What:     whichDeployment,
	Plan:     planDeploy,
	Lanes:    deploymentLane,
	Confirm:  confirmDeploy,
	Says:     saysDeployment,
	Shows:    newsOf,
	Run:      deploy,
})

// ForceDeploy deploys in spite of a freeze or of somebody else's lock, once a second person agrees.
var ForceDeploy = frame.Define(frame.Job[ForceDeployArgs, activities.Deployment]{
	Name:     "force deploy",
	Help:     "deploy in spite of a freeze or a lock; a second person must agree",
	Examples: []string{"force deploy master 2024.51 because customers cannot pay"},
	Approval: frame.Always,
	Instead:  plainDeploy,
	Doing:    "Deploying",
	Safe:     "Nothing was deployed.",
	What:     whichDeployment,
	Plan:     planForceDeploy,
	Lanes:    deploymentLane,
	Says:     saysDeployment,
	Shows:    newsOf,
	Run:      deploy,
})

// BreakGlass deploys at once, whatever stands in the way and without asking anybody. Everybody is told.
var BreakGlass = frame.Define(frame.Job[ForceDeployArgs, activities.Deployment]{
	Name:     "break glass",
	Help:     "deploy at once, whatever stands in the way; nobody is asked and everybody is told",
	Examples: []string{"break glass master 2024.51 because customers cannot pay"},
	Doing:    "Breaking the glass: deploying",
	Safe:     "Nothing was deployed.",
	What:     whichDeployment,
	Plan:     planBreakGlass,
	Lanes:    deploymentLane,
	Says:     saysDeployment,
	Shows:    newsOf,
	Run:      deploy,
})

// Promote brings the version of one environment to another, without building it again.
var Promote = frame.Define(frame.Job[PromoteArgs, activities.Deployment]{
	Name:     "promote",
	Help:     "bring the version of one environment to another, as it was built",
	Examples: []string{"promote staging to master"},
	CountsAs: "deploy {to}",
	Doing:    "Promoting",
	Safe:     "Nothing was deployed.",
	What:     whichDeployment,
	Plan:     planPromote,
	Lanes:    deploymentLane,
	Confirm:  confirmDeploy,
	Says:     saysDeployment,
	Shows:    newsOf,
	Run:      deploy,
})

// DeployArgs is what may follow "deploy".
type DeployArgs struct {
	Environment string `type:"environment" help:"where to: master, staging"`
	Version     string `optional:"true" help:"which version; the newest build when it is left out"`
	Branch      string `word:"branch" help:"build this branch"`
	PR          string `word:"pr" help:"build this pull request, by its number"`
}

// ForceDeployArgs is what may follow "force deploy" and "break glass".
type ForceDeployArgs struct {
	Environment string `type:"environment" help:"where to: master, staging"`
	Version     string `optional:"true" help:"which version; the newest build when it is left out"`
	Because     string `type:"rest" word:"because" optional:"false" help:"why; everybody reads it"`
}

// PromoteArgs is what may follow "promote".
type PromoteArgs struct {
	Environment string `type:"environment" help:"the environment that has the version"`
	To          string `type:"environment" word:"to" optional:"false" help:"the one that gets it"`
}

func planDeploy(v frame.View, a DeployArgs) (activities.Deployment, error) {
	return frame.Peek(v, acts.PlanDeploy, activities.DeployInput{Who: v.Who, Environment: a.Environment, Version: a.Version, Branch: a.Branch, PR: a.PR})
}

func planForceDeploy(v frame.View, a ForceDeployArgs) (activities.Deployment, error) {
	return frame.Peek(v, acts.PlanDeploy, activities.DeployInput{Who: v.Who, Environment: a.Environment, Version: a.Version, Force: true})
}

func planBreakGlass(v frame.View, a ForceDeployArgs) (activities.Deployment, error) {
	return frame.Peek(v, acts.PlanDeploy, activities.DeployInput{Who: v.Who, Environment: a.Environment, Version: a.Version, Force: true, Glass: true})
}

func planPromote(v frame.View, a PromoteArgs) (activities.Deployment, error) {
	return frame.Peek(v, acts.PlanDeploy, activities.DeployInput{Who: v.Who, Environment: a.To, From: a.Environment})
}

// plainDeploy is what needs no force: nothing stands in the way any more.
func plainDeploy(d activities.Deployment) string {
	if d.Past != "" {
		return ""
	}
	return strings.TrimSpace("deploy " + d.Environment + " " + d.Version)
}

func whichDeployment(d activities.Deployment) string {
	if d.Version == "" {
		return d.Source + " to " + d.String()
	}
	return d.Version + " to " + d.String()
}

// deploymentLane is the queue for everything that changes the environment.
func deploymentLane(d activities.Deployment) []frame.Lane {
	return []frame.Lane{{Name: job.EnvironmentKey(d.App, d.Environment)}}
}

// confirmDeploy asks whoever deploys to where that matters.
func confirmDeploy(d activities.Deployment) frame.Confirmation {
	if !d.Confirm {
		return frame.Confirmation{}
	}
	c := frame.Confirmation{Deed: "Deploy " + d.Version, Asks: fmt.Sprintf("Shall users of %s get %s?", d, newVersion(d)), Lists: d.News}
	switch n := d.Count; {
	case d.Version == "":
		c.Deed = "Build and deploy " + d.Source
	case d.Older:
		c.Deed = "Deploy " + d.Version + ", which is older"
	case n == 1:
		c.Deed = "Deploy this change"
	case n > 1:
		c.Deed = fmt.Sprintf("Deploy these %d changes", n)
	}
	return c
}

// newVersion is the version that comes, as a sentence names it.
func newVersion(d activities.Deployment) string {
	if d.Version == "" {
		return d.Source
	}
	return d.Version
}

// saysDeployment is the plan for people who are no engineers.
func saysDeployment(d activities.Deployment) string {
	var says []string
	was, when := d.Was, ""
	if was == "" {
		was = "a version that does not say its name"
	}
	if !d.Since.IsZero() {
		when = ", since " + frame.Day(d.Since)
	}
	if d.Colours() {
		says = append(says, fmt.Sprintf("Now: %s on %s%s. New: %s on %s. Users stay on %s until %s has proven itself.",
			was, d.From.Name, when, newVersion(d), d.To.Name, d.From.Name, d.To.Name))
	} else {
		says = append(says, fmt.Sprintf("Now: %s%s. New: %s, one instance after the other: %s. Each is away for a moment.", was, when, newVersion(d), names(d.Places)))
	}
	switch n := d.Count; {
	case d.Older:
		says = append(says, fmt.Sprintf("%s is older than what users have now.", d.Version))
	case d.Notice != "" && n > 1:
		says = append(says, fmt.Sprintf("%d changes: %s", n, d.Notice))
	case d.Notice != "":
		says = append(says, d.Notice)
	}
	if d.Past != "" {
		says = append(says, "This goes past "+d.Past+".")
	}
	return strings.Join(says, "\n")
}

// newsOf is what a plan that is only looked at lists besides: what is new, by title and author.
func newsOf(_ frame.View, d activities.Deployment) (activities.Sample, error) {
	return activities.Sample{Says: d.News}, nil
}

func names(all []job.Instance) string {
	list := make([]string, len(all))
	for i, one := range all {
		list[i] = one.Name
	}
	return strings.Join(list, ", ")
}
