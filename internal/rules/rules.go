package rules

import (
	"fmt"
	"slices"
	"strings"
)

// Finding is one import that crosses a line.
type Finding struct {
	Rule int // which one; 0 is a package without a room
	Dir  string
	File string // empty when a whole package is meant
	Line int
	Text string
}

// String gives the finding as compilers do: where, then what.
func (f Finding) String() string {
	where := f.Dir
	if f.File != "" {
		where = fmt.Sprintf("%s:%d", f.File, f.Line)
	}
	return fmt.Sprintf("%s: %s (rule %d)", where, f.Text, f.Rule)
}

// engineTests is how many packages may have tests that link the engine. Each
// links 220 MB, and again with the race detector.
const engineTests = 2

// Modules that belong to some rooms only.
const (
	slackGo      = "github.com/slack-go"
	temporalSDK  = "go.temporal.io/sdk"
	temporalAPI  = "go.temporal.io/api"
	temporalSrv  = "go.temporal.io/server"
	temporalPage = "github.com/temporalio/ui-server"
)

// Check gives every finding in a module, in the order of its packages.
func Check(t Tree) []Finding {
	var all []Finding
	for _, dir := range t.dirs() {
		pkg := t.Packages[dir]
		if roomOf(dir) == unknown {
			all = append(all, Finding{Dir: dir, Text: "this package has no room: add it to the table in internal/rules/rooms.go"})
		}
		for _, imp := range pkg.Imports {
			all = append(all, t.checkImport(pkg, imp, false)...)
		}
		for _, imp := range pkg.TestImports {
			all = append(all, t.checkImport(pkg, imp, true)...)
		}
		all = append(all, t.checkReach(dir)...)
	}
	return append(all, t.checkEngineTests()...)
}

// checkImport holds one import to the rules that look at nothing else.
func (t Tree) checkImport(pkg *Package, imp Import, test bool) []Finding {
	var found []Finding
	report := func(rule int, format string, args ...any) {
		found = append(found, Finding{Rule: rule, Dir: pkg.Dir, File: imp.File, Line: imp.Line, Text: fmt.Sprintf(format, args...)})
	}
	room := roomOf(pkg.Dir)
	dir, ours := t.ours(imp.Path)
	if !test {
		switch {
		case room == vocabulary && !standard(imp.Path):
			report(1, "job imports only the standard library, not %s", imp.Path)
		case room == adapter && ours && !under(dir, "job", roomDir(pkg.Dir)) && roomOf(dir) != tool:
			report(2, "an adapter imports nothing of ours except job, not %s", dir)
		case room == tool && ours && !under(dir, "job", roomDir(pkg.Dir)):
			report(2, "a tool imports nothing of ours except job, not %s", dir)
		case room == jobs && ours && !under(dir, "workflows/frame", "job", "activities") && roomOf(dir) != jobs:
			report(3, "workflows imports workflows/frame, job and activities, not %s", dir)
		}
		if ours && roomOf(dir) == jobs && !slices.Contains([]kind{jobs, root, trial}, room) && !under(pkg.Dir, "app") {
			report(4, "only app, main and tests import workflows: everybody else starts by name")
		}
		if ours && under(dir, "internal/config") && (room == frame || room == jobs) {
			report(7, "frame and workflows never import internal/config: a plan pins what it needs")
		}
	}
	if under(imp.Path, slackGo) && room != slack {
		report(5, "slack-go belongs to slackbridge and sandbox")
	}
	if under(imp.Path, temporalSDK, temporalAPI) && !slices.Contains([]kind{temporal, jobs, frame, engine, trial}, room) {
		report(6, "the Temporal SDK belongs to frame, workflows, activities, worker, starter, internal/engine and app")
	}
	if under(imp.Path, temporalSrv, temporalPage) && room != engine {
		report(7, "the Temporal server belongs to internal/engine")
	}
	return found
}

// checkReach reports a room that must know nothing of Temporal and reaches it
// through other packages. A direct import was reported already.
func (t Tree) checkReach(dir string) []Finding {
	if !under(dir, "slackbridge", "internal/words", "internal/looks", "internal/access", "internal/config") {
		return nil
	}
	way := t.reach(dir, false, func(p string) bool { return under(p, temporalSDK, temporalAPI, temporalSrv) })
	if len(way) <= 2 {
		return nil
	}
	return []Finding{{Rule: 6, Dir: dir, Text: "reaches the Temporal SDK: " + strings.Join(way, " -> ")}}
}

// checkEngineTests counts the test binaries that the engine is linked into.
func (t Tree) checkEngineTests() []Finding {
	var linked []string
	for _, dir := range t.dirs() {
		server := func(p string) bool { return under(p, temporalSrv) }
		if t.Packages[dir].Tests && t.reach(dir, true, server) != nil {
			linked = append(linked, dir)
		}
	}
	if len(linked) <= engineTests {
		return nil
	}
	return []Finding{{Rule: 8, Dir: linked[len(linked)-1], Text: fmt.Sprintf(
		"the tests of %d packages link the engine, at most %d may: %s", len(linked), engineTests, strings.Join(linked, ", "))}}
}

// roomDir gives the folder of the table that a package's folder is under.
func roomDir(dir string) string {
	table := rooms()
	for {
		if _, ok := table[dir]; ok {
			return dir
		}
		i := strings.LastIndexByte(dir, '/')
		if i < 0 {
			return dir
		}
		dir = dir[:i]
	}
}
