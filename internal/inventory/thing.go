package inventory

import (
	"strings"

	"github.com/pawl-ops/pawl/job"
)

// level is where a name stands: a text names at most one thing of each.
type level int

const (
	levelApp level = iota
	levelEnvironment
	levelLeaf // an instance, a role, or what an instance does at the moment
)

// thing is a part of the inventory by its canonical names. What is empty was not said: all of that level are meant.
type thing struct{ app, environment, leaf string }

// String is its canonical text.
func (t thing) String() string {
	return strings.Join(strings.Fields(t.app+" "+t.environment+" "+t.leaf), " ")
}

func (t thing) with(leaf string) thing {
	t.leaf = leaf
	return t
}

// holds reports whether an instance is part of the thing, or may be at some moment.
func (t thing) holds(i job.Instance) bool {
	if t.app != "" && t.app != i.App || t.environment != "" && t.environment != i.Environment {
		return false
	}
	switch t.leaf {
	case "":
		return true
	case job.Active, job.Inactive:
		return turns(i)
	case job.RoleCron:
		return i.Role == job.RoleCron
	}
	return t.leaf == i.Name
}

// single reports whether nothing narrower can be said.
func (t thing) single() bool { return t.leaf != "" && t.leaf != job.RoleCron }

// isEnvironment reports whether it is one environment of one app, and nothing in it.
func (t thing) isEnvironment() bool { return t.app != "" && t.environment != "" && t.leaf == "" }
