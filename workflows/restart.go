package workflows

import (
	"fmt"
	"strings"
	"time"

	"github.com/pawl-ops/pawl/activities"
	"github.com/pawl-ops/pawl/workflows/frame"
)

// Restart restarts an instance that serves no users.
var Restart = frame.Define(frame.Job[RestartArgs, activities.Instance]{
	Name:     "restart",
	Help:     "restart an instance nobody uses",
	Examples: []string{"restart master green", "restart inactive"},
	Doing:    "Restarting",
	Safe:     "Nothing was restarted.",
	What:     whichInstance,
	Plan:     planRestart,
	Lanes:    environment,
	Says:     outage,
	Run:      restart,
})

// ForceRestart restarts an instance even while it serves users, once a second person agrees.
var ForceRestart = frame.Define(frame.Job[ForceRestartArgs, activities.Instance]{
	Name:     "force restart",
	Help:     "restart an instance even while it serves users; a second person must agree",
	Examples: []string{"force restart master blue because it hangs"},
	Approval: frame.Always,
	Instead:  plainRestart,
	Doing:    "Restarting",
	Safe:     "Nothing was restarted.",
	What:     whichInstance,
	Plan:     planForceRestart,
	Lanes:    environment,
	Says:     outage,
	Run:      restart,
})

// RestartArgs is what may follow "restart".
type RestartArgs struct {
	Instance string `type:"instance" help:"which one, in any order: master blue, its icon, or inactive"`
}

// ForceRestartArgs is what may follow "force restart".
type ForceRestartArgs struct {
	Instance string `type:"instance" help:"which one, in any order: master blue, its icon, or active"`
	Because  string `type:"rest" word:"because" optional:"false" help:"why; whoever approves reads it"`
}

func whichInstance(i activities.Instance) string { return i.String() }

func planRestart(v frame.View, a RestartArgs) (activities.Instance, error) {
	i, err := frame.See(v, acts.Inspect, a.Instance)
	if err == nil && i.Active {
		err = frame.Refuse("%s serves users right now, so I did not restart it. If it has to be: `force restart %s because ...` (asks others whether they agree).", i.Name, i)
	}
	return i, err
}

func planForceRestart(v frame.View, a ForceRestartArgs) (activities.Instance, error) {
	return frame.See(v, acts.Inspect, a.Instance)
}

// plainRestart is what needs no force: nobody uses the instance.
func plainRestart(i activities.Instance) string {
	if i.Active {
		return ""
	}
	return "restart " + i.String()
}

func restart(f *frame.F, i activities.Instance) error {
	err := f.Do(
		frame.Script(fmt.Sprintf("Restart %s on %s", i.Name, i.Host.Name), i.Script, frame.Once),
		frame.Wait("Healthy again", acts.Healthy, i, 3*time.Minute),
	)
	if err == nil {
		f.Done(i.String()+" is back", "healthy, %s after the restart", f.Took())
	}
	return err
}

// outage says what the restart means for users, and what else could serve them.
func outage(i activities.Instance) string {
	lines := []string{i.Name + " serves no users now; nobody will notice."}
	switch {
	case i.Active:
		lines[0] = i.Name + " serves all users now; they will see errors until it is back."
	case i.Role != "":
		lines[0] = fmt.Sprintf("%s is a %s instance; its tasks stop until it is back.", i.Name, i.Role)
	}
	if i.Health != "healthy" {
		lines[0] = strings.TrimSuffix(lines[0], ".") + fmt.Sprintf(". It is %s at the moment.", i.Health)
	}
	for _, s := range i.Standby {
		if !i.Active && !s.Active {
			continue
		}
		users := "no users"
		if s.Active {
			users = "all users"
		}
		version := ""
		switch {
		case s.Version != "" && s.Version == i.Version:
			version = ", on the same version"
		case s.Version != "":
			version = ", on version " + s.Version
		}
		lines = append(lines, fmt.Sprintf("%s is %s%s, with %s.", s.Name, s.Health, version, users))
	}
	return strings.Join(lines, "\n")
}

// environment is the lane: everything that changes one environment goes in order.
func environment(i activities.Instance) []frame.Lane {
	return []frame.Lane{{Name: i.App + "/" + i.Environment}}
}
