package job

import "strings"

// Types of parameters that name something of the inventory. Their values are canonical: "shop master blue".
const (
	TypeInstance = "instance" // exactly one instance, which may be said as active or inactive
	TypeThings   = "things"   // any part of the inventory: an app, an environment, a role, an instance
	// TypeEnvironment is exactly one environment of an app: "shop master".
	TypeEnvironment = "environment"
)

// Active and Inactive name an instance by what it does at this moment: the one that serves users, or the one that could.
// They stay in the command as they were said, and are resolved when a plan is made.
const (
	Active   = "active"
	Inactive = "inactive"
)

// RoleCron is the role of an instance that works off tasks and serves no users.
const RoleCron = "cron"

// Instance is one running copy of an app in one environment.
type Instance struct {
	App         string  `json:"app"`
	Environment string  `json:"environment"`
	Name        string  `json:"name"`           // its colour: "blue"
	Icon        string  `json:"icon,omitempty"` // as Slack writes it: ":large_blue_circle:"
	Role        string  `json:"role,omitempty"` // RoleCron; empty: serves users when it is active
	Host        Host    `json:"host"`
	URL         string  `json:"url"`               // where it answers, without a path
	Health      string  `json:"health,omitempty"`  // path below URL that says how it is
	Tasks       string  `json:"tasks,omitempty"`   // path below URL that lists its tasks; empty: it has none to show
	Traffic     Traffic `json:"traffic,omitzero"`  // who decides whether it is active; zero: nobody
	Restart     string  `json:"restart,omitempty"` // full path of the script that restarts it
}

// String is how people name it: "shop master blue".
func (i Instance) String() string { return strings.Join([]string{i.App, i.Environment, i.Name}, " ") }

// Same reports whether two are the same instance.
func (i Instance) Same(b Instance) bool { return i.String() == b.String() }

// Serves reports whether it is one of those that take turns in serving users.
func (i Instance) Serves() bool { return i.Role == "" }
