package activities

import (
	"context"
	"fmt"
	"maps"
	"net"
	"os"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/pawl-ops/pawl/job"
	"github.com/pawl-ops/pawl/scripts"
)

// ToyConfig is the section `toy:` of pawl.yaml.
type ToyConfig struct {
	From    ToyFrom       `yaml:"from" help:"where master lives"`
	To      ToyTo         `yaml:"to" help:"where the toys live"`
	Hide    []string      `yaml:"hide" help:"columns with personal data, as table.column; the first table is the one that is counted"`
	Mask    string        `yaml:"mask,file" help:"SQL of your own that hides personal data, run after hide:"`
	Reuse   time.Duration `yaml:"reuse" help:"a snapshot younger than this is shared"`
	AtOnce  int           `yaml:"at once" help:"how many refreshes run at the same time"`
	Connect string        `yaml:"connect" help:"what a person connects with, shown to nobody else; {name} is theirs"`
	Pace    time.Duration `yaml:"pace" help:"spreads the work of a refresh over this long, for demonstrations"`
}

// ToyFrom is where master lives.
type ToyFrom struct {
	Host     string `yaml:"host,required" help:"a name from hosts:"`
	Database string `yaml:"database,required" help:"path of the SQLite database on that host, relative to its home"`
	Address  string `yaml:"address" help:"[user@]host[:port] by which the toys' host reaches it, when it is another than in hosts:"`
}

// ToyTo is where the toys live.
type ToyTo struct {
	Host     string `yaml:"host,required" help:"a name from hosts:"`
	Database string `yaml:"database,required" help:"path of a toy on that host, relative to its home; {name} is the person's"`
}

// Toy is the plan of a refresh: everything pinned, so that an edit of pawl.yaml changes nothing under way.
//
// Scripts on the toys' host fence by the person, so that two refreshes of one toy cannot meet even when the engine has
// forgotten one of them. The snapshot has no fence: it is shared by everybody, and its script waits for its turn.
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

// ToyDefaults is the section when it says nothing.
func ToyDefaults() ToyConfig { return ToyConfig{Reuse: toyReuse, AtOnce: toyAtOnce} }

// Defaults of the section, and its limits.
const (
	toyReuse     = 30 * time.Minute
	toyAtOnce    = 2
	longestMask  = 64 << 10 // bytes; the kernel takes twice as much in one variable: MAX_ARG_STRLEN, execve(2)
	personInName = "{name}"
)

// ToyOf makes the plan of a refresh for one person. It looks at the configuration only; the hosts are looked at by the
// scripts, which refuse with a sentence when something is missing.
func (a *Activities) ToyOf(_ context.Context, who job.Actor) (Toy, error) {
	c, ok := a.Configs["toy"].(*ToyConfig)
	if !ok || c == nil || c.From.Host == "" {
		return Toy{}, Refuse("There is no section `toy:` in pawl.yaml, so there is nothing to refresh from.")
	}
	from, to := a.Hosts[c.From.Host], a.Hosts[c.To.Host]
	if from.Address == "" || to.Address == "" {
		return Toy{}, Refuse("The section `toy:` in pawl.yaml names a host that `hosts:` does not have.")
	}
	if !strings.Contains(c.To.Database, personInName) {
		return Toy{}, Refuse("`toy: to: database:` in pawl.yaml has no `{name}` in it: everybody would get the same toy.")
	}
	owner, err := toyOwner(who)
	if err != nil {
		return Toy{}, err
	}
	hide, own, err := c.personal()
	if err != nil {
		return Toy{}, err
	}
	database := strings.ReplaceAll(c.To.Database, personInName, owner)
	user, port := c.Reach(from)
	on := func(h job.Host, target, name string, percent int, args map[string]string) job.Script {
		args["host"], args["pace"] = h.Name, strconv.Itoa(int(c.Pace.Seconds())*percent/100)
		return job.Script{Name: name, Host: h, Body: scripts.Toy(name), Target: target, Args: args}
	}
	toy := func(name string, percent int, more map[string]string) job.Script {
		args := map[string]string{"database": database, "owner": identity(who)}
		maps.Copy(args, more)
		return on(to, "toy/"+owner, name, percent, args)
	}
	return Toy{
		Owner: owner, AtOnce: c.atOnce(), Connect: c.connect(to, owner, database),
		Snapshot: on(from, "", "snapshot", 15, map[string]string{
			"database": c.From.Database, "reuse": strconv.Itoa(int(c.reuse().Seconds())), "who": who.Display(),
		}),
		Copy: toy("copy", 20, map[string]string{
			"from": user, "from_port": port, "from_name": from.Name, "from_database": c.From.Database,
		}),
		Restore:  toy("restore", 40, nil),
		Mask:     toy("mask", 20, map[string]string{"hide": hide, "mask_sql": own}),
		Swap:     toy("swap", 5, nil),
		SwapBack: toy("undo", 0, nil),
		Drop:     toy("cleanup", 0, nil),
	}, nil
}

// personal says what is to be hidden: a line for each table, its columns after it with tabs between, and SQL of the
// owner's. A plan that hides nothing is refused.
func (c *ToyConfig) personal() (hide, own string, err error) {
	var order []string
	columns := map[string][]string{}
	for _, h := range c.Hide {
		table, column, found := strings.Cut(h, ".")
		if !found || table == "" || column == "" || strings.ContainsAny(h, "\t\n") {
			return "", "", Refuse(fmt.Sprintf("`toy: hide:` in pawl.yaml: `%s` is not written as table.column.", h))
		}
		if columns[table] == nil {
			order = append(order, table)
		}
		columns[table] = append(columns[table], column)
	}
	var lines []string
	for _, table := range order {
		lines = append(lines, table+"\t"+strings.Join(columns[table], "\t"))
	}
	if c.Mask != "" {
		text, err := os.ReadFile(c.Mask)
		if err != nil {
			return "", "", Refuse("The file that `toy: mask:` in pawl.yaml names cannot be read: " + err.Error() + ".")
		}
		if own = strings.TrimSpace(string(text)); len(own) > longestMask || strings.ContainsRune(own, 0) {
			return "", "", Refuse(fmt.Sprintf("The file %s is no SQL of at most %d kB.", c.Mask, longestMask>>10))
		}
	}
	if len(lines) == 0 && own == "" {
		return "", "", Refuse("The section `toy:` in pawl.yaml does not say what is personal, so nothing would be hidden: it needs `hide:` or `mask:`.")
	}
	return strings.Join(lines, "\n"), own, nil
}

// Reach is master's [user@]host as scp on the toys' host takes it, and the port, empty when it is not given.
func (c *ToyConfig) Reach(from job.Host) (host, port string) {
	address := from.Address
	if c.From.Address != "" {
		address = c.From.Address
	}
	user, machine, found := strings.Cut(address, "@")
	if !found {
		user, machine = "", address
	}
	if h, p, err := net.SplitHostPort(machine); err == nil {
		machine, port = h, p
	}
	if strings.Contains(machine, ":") {
		machine = "[" + strings.Trim(machine, "[]") + "]"
	}
	if found {
		machine = user + "@" + machine
	}
	return machine, port
}

// connect is what the person who has the toy types.
func (c *ToyConfig) connect(to job.Host, owner, database string) string {
	if c.Connect != "" {
		return strings.ReplaceAll(c.Connect, personInName, owner)
	}
	return "ssh -t " + to.Name + " sqlite3 " + database
}

func (c *ToyConfig) reuse() time.Duration {
	if c.Reuse == 0 {
		return toyReuse
	}
	return c.Reuse
}

func (c *ToyConfig) atOnce() int {
	if c.AtOnce == 0 {
		return toyAtOnce
	}
	return c.AtOnce
}

// toyOwner is the person's part of names on hosts: what stands before the @ of their e-mail. Two people may come to the
// same one; the scripts find out by the identity.
func toyOwner(who job.Actor) (string, error) {
	name, _, _ := strings.Cut(who.Email, "@")
	if name == "" {
		name = who.Name
	}
	name = regexp.MustCompile(`[^a-z0-9]+`).ReplaceAllString(strings.ToLower(name), "_")
	if name = strings.Trim(name, "_"); name == "" {
		return "", Refuse(fmt.Sprintf("I cannot make the name of a database out of %q.", who.Display()))
	}
	return name[:min(len(name), 64)], nil
}

// identity is who a toy belongs to, on the host.
func identity(who job.Actor) string {
	if who.Email != "" {
		return strings.ToLower(who.Email)
	}
	return string(who.Kind) + " " + who.ID
}
