package activities

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/pawl-ops/pawl/job"
	"github.com/pawl-ops/pawl/scripts"
)

// ToyConfig is the section `toy:` of pawl.yaml.
type ToyConfig struct {
	From   ToyEnd        `yaml:"from" help:"where master lives"`
	To     ToyEnd        `yaml:"to" help:"where the toys live; {name} in the database's name is the person's"`
	Reuse  time.Duration `yaml:"reuse" help:"a snapshot younger than this is shared; 30m when not given"`
	AtOnce int           `yaml:"at once" help:"how many refreshes run at the same time; 2 when not given"`
	Pace   time.Duration `yaml:"pace" help:"spreads the work of a refresh over this long, for demonstrations"`
}

// ToyEnd is one end of a refresh.
type ToyEnd struct {
	Host     string `yaml:"host" help:"a name from hosts:"`
	Database string `yaml:"database" help:"path of the SQLite database on that host, relative to its home"`
}

// Toy is the plan of a refresh: everything pinned, so that an edit of pawl.yaml changes nothing under way.
type Toy struct {
	Owner    string     `json:"owner"` // whose toy: part of names on the host
	AtOnce   int        `json:"at_once"`
	Connect  string     `json:"connect"`
	Snapshot job.Script `json:"snapshot"`
	Copy     job.Script `json:"copy"`
	Restore  job.Script `json:"restore"`
	Mask     job.Script `json:"mask"`
	Swap     job.Script `json:"swap"`
	SwapBack job.Script `json:"swap_back"`
	Drop     job.Script `json:"drop"`
}

// defaults of the section.
const (
	toyReuse  = 30 * time.Minute
	toyAtOnce = 2
)

// ToyOf makes the plan of a refresh for one person. It looks at the configuration only; the hosts are looked at by the
// scripts, which refuse with a sentence when something is missing.
func (a *Activities) ToyOf(_ context.Context, who job.Actor) (Toy, error) {
	c, ok := a.Configs["toy"].(*ToyConfig)
	if !ok || c.From.Host == "" {
		return Toy{}, Refuse("There is no section `toy:` in pawl.yaml, so there is nothing to refresh from.")
	}
	from, to := a.Hosts[c.From.Host], a.Hosts[c.To.Host]
	if from.Address == "" || to.Address == "" {
		return Toy{}, Refuse("The section `toy:` in pawl.yaml names a host that `hosts:` does not have.")
	}
	owner, err := toyOwner(who)
	if err != nil {
		return Toy{}, err
	}
	reuse, atOnce := c.Reuse, c.AtOnce
	if reuse == 0 {
		reuse = toyReuse
	}
	if atOnce == 0 {
		atOnce = toyAtOnce
	}
	_ = reuse
	script := func(name string, h job.Host) job.Script {
		return job.Script{Name: name, Host: h, Body: scripts.Toy(name), Target: "toy/" + owner}
	}
	return Toy{
		Owner: owner, AtOnce: atOnce, Connect: "sqlite3 x",
		Snapshot: script("snapshot", from), Copy: script("copy", to), Restore: script("restore", to), Mask: script("mask", to),
		Swap: script("swap", to), SwapBack: script("undo", to), Drop: script("cleanup", to),
	}, nil
}

var notInNames = regexp.MustCompile(`[^a-z0-9]+`)

// toyOwner is the person's part of names on hosts: what stands before the @ of their e-mail.
func toyOwner(who job.Actor) (string, error) {
	name, _, _ := strings.Cut(who.Email, "@")
	if name == "" {
		name = who.Name
	}
	name = strings.Trim(notInNames.ReplaceAllString(strings.ToLower(name), "_"), "_")
	if name == "" {
		return "", Refuse(fmt.Sprintf("I cannot make the name of a database out of %q.", who.Display()))
	}
	return name, nil
}

var _ = errors.Is
