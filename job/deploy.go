package job

import (
	"strings"
	"time"
)

// Deploys is how an environment gets another version, as pawl.yaml has it. It is pinned by a plan.
type Deploys struct {
	App         string `json:"app"`
	Environment string `json:"environment"`
	// Script is the full path of the script that takes an instance down, swaps its code and starts it again; empty: nobody
	// may deploy there.
	Script  string        `json:"script,omitempty"`
	Build   Builds        `json:"build,omitzero"`
	URL     string        `json:"url,omitempty"`     // where users reach the environment, through the load balancer; empty: nobody knows
	Healthy int           `json:"healthy"`           // good answers in a row before an instance counts as proven
	Within  time.Duration `json:"within"`            // how long an instance may take until then
	Bake    time.Duration `json:"bake,omitempty"`    // how long users are watched on the new version; 0: not at all
	Errors  float64       `json:"errors,omitempty"`  // percent of failed requests above which users are moved back; 0: only health counts
	Drain   time.Duration `json:"drain,omitempty"`   // how long the last requests of the old colour are waited for
	Cron    bool          `json:"cron,omitempty"`    // instances that work off tasks get the version as well, in place, after everybody else
	Confirm bool          `json:"confirm,omitempty"` // whoever asks sees the plan first, and says yes to it
	Channel string        `json:"channel,omitempty"` // where release notes are read: "#releases"; empty: nowhere
}

// String is the environment as people name it: "shop master".
func (d Deploys) String() string { return d.App + " " + d.Environment }

// Builds is where the versions of an app come from.
type Builds struct {
	Jenkins string          `json:"jenkins,omitempty"` // the job that builds them, with its folders; empty: they are there, or it is the script's business
	Params  map[string]Text `json:"params,omitempty"`  // of a build; {version}, {branch} and {pr} are what was asked for
	RunID   string          `json:"run_id,omitempty"`  // the parameter that takes the key of a request
	Version string          `json:"version,omitempty"` // the parameter that holds a build's version; empty: its display name does
	// Changes, where it is set, prints the changes between two versions, a line each: the script of a repository, or the
	// company's own. Otherwise Jenkins' change sets tell them.
	Changes *Script `json:"changes,omitempty"`
}

// Change is one commit or pull request that came with a version.
type Change struct {
	ID     string `json:"id"`               // of the commit
	Author string `json:"author,omitempty"` // as people call them
	Title  string `json:"title"`            // the first line, for people
	PR     int    `json:"pr,omitempty"`     // the number of its pull request; 0: none is named
}

// How a version came to its environment.
const (
	ByDeploy   = "deploy"
	ByPromote  = "promote"
	ByRollback = "rollback" // an earlier version came back
)

// Release is a version that users of an environment got.
type Release struct {
	App         string        `json:"app"`
	Environment string        `json:"environment"`
	Version     string        `json:"version"`
	Was         string        `json:"was,omitempty"`      // the version before
	Instance    string        `json:"instance,omitempty"` // the colour that serves it; empty: it was deployed in place
	How         string        `json:"how"`
	By          string        `json:"by"`                // who asked, for people
	Agreed      []string      `json:"agreed,omitempty"`  // who agreed
	Because     string        `json:"because,omitempty"` // a reason, where one was given
	Forced      bool          `json:"forced,omitempty"`  // a freeze or a lock was overridden
	Glass       bool          `json:"glass,omitempty"`   // nobody was asked: the glass was broken
	At          time.Time     `json:"at"`
	Took        time.Duration `json:"took"`
	Run         string        `json:"run"`
	Link        string        `json:"link,omitempty"` // to the thread
	Build       int64         `json:"build,omitempty"`
	Changes     []Change      `json:"changes,omitempty"`
	Note        Posted        `json:"note,omitzero"`   // the release note
	Taken       string        `json:"taken,omitempty"` // why it was taken back; empty: it was not
}

// Lock keeps everybody but its holder from deploying to an environment.
type Lock struct {
	Held    bool      `json:"held"` // false: it was given back
	By      Actor     `json:"by"`
	Because string    `json:"because,omitempty"`
	Since   time.Time `json:"since"`
	Run     string    `json:"run,omitempty"` // the run that locked it
	// All says that its holder may not deploy either: it is there because something went wrong.
	All bool `json:"all,omitempty"`
}

// Keeps reports whether it keeps this actor from deploying.
func (l Lock) Keeps(a Actor) bool { return l.Held && (l.All || !l.By.Same(a)) }

// EnvironmentKey is how an environment is called where one word is needed: in a lane, a map, the ledger. "shop/master".
func EnvironmentKey(app, environment string) string {
	return strings.Join([]string{app, environment}, "/")
}

// Freeze is a time in which nobody deploys.
type Freeze struct {
	Name         string    `json:"name"`
	Because      string    `json:"because,omitempty"`
	From         time.Time `json:"from"`
	To           time.Time `json:"to"`
	Environments []string  `json:"environments,omitempty"` // canonical: "shop master"; empty: all
}
