package app

import (
	"fmt"
	"strings"

	"github.com/pawl-ops/pawl/app/sweep"
)

// Roles say which parts of Pawl one process is. They may be apart, beside an engine on the same data directory or
// beside a Temporal cluster; docs/operating-roles.md says who needs what.
type Roles struct {
	Engine bool // the Temporal server inside, unless TEMPORAL_ADDRESS names a cluster
	Worker bool // carries on runs, and says in Slack what becomes of them
	Bridge bool // hears people in Slack, and answers them
}

// The names of the roles, as they are typed.
const (
	roleEngine = "engine"
	roleWorker = "worker"
	roleBridge = sweep.RoleBridge
)

func allRoles() Roles { return Roles{Engine: true, Worker: true, Bridge: true} }

// ParseRoles reads a list of roles: "engine,worker".
func ParseRoles(text string) (Roles, error) {
	var r Roles
	for name := range strings.SplitSeq(text, ",") {
		switch strings.TrimSpace(name) {
		case roleEngine:
			r.Engine = true
		case roleWorker:
			r.Worker = true
		case roleBridge:
			r.Bridge = true
		default:
			return Roles{}, fmt.Errorf("the roles are engine, worker and slackbridge, with commas between them: %q is none", strings.TrimSpace(name))
		}
	}
	return r, nil
}

// String lists the roles as they are typed.
func (r Roles) String() string {
	var names []string
	for _, one := range []struct {
		has  bool
		name string
	}{{r.Engine, roleEngine}, {r.Worker, roleWorker}, {r.Bridge, roleBridge}} {
		if one.has {
			names = append(names, one.name)
		}
	}
	return strings.Join(names, ",")
}

// configured reports whether these roles need pawl.yaml and the ledger. An engine needs neither.
func (r Roles) configured() bool { return r.Worker || r.Bridge }
