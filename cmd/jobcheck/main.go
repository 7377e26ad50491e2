// Command jobcheck holds every job to determinism.
//
// A run survives a restart because its job is replayed: every function of it
// must do the same the second time. One time.Now() in a job is a run that
// stops for ever at the next restart, and nothing else finds it before that.
//
//	jobcheck ./workflows/...                                   in this repository
//	go run github.com/pawl-ops/pawl/cmd/jobcheck@latest ./...  in a company's own
//
// The tour: select.go finds the packages that hold jobs, analyzer.go holds
// their functions to the determinism facts of Temporal's workflowcheck,
// values.go refuses the two places that those facts do not reach (a function
// literal given to frame.Define, a function of the outside world kept as a
// value), reason.go says why in one line.
//
// Workflowcheck itself reports only functions whose first parameter is
// literally workflow.Context, so it sees none of a job's functions; here every
// declared function of a package of jobs counts, whatever its parameters. In
// frame, which does the work for them, workflowcheck's own rule holds.
//
// What it does not see: a call through an interface, and the bodies of
// packages without source. A line is excused by a comment
// //workflowcheck:ignore with its reason beside it.
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/analysis/checker"
	"golang.org/x/tools/go/packages"
)

// How the command ends, for scripts.
const (
	exitClean    = 0
	exitFindings = 1 // a job is not deterministic
	exitNothing  = 2 // nothing could be checked: usage, source that does not compile, no jobs
)

func main() {
	os.Exit(run(command{args: os.Args[1:], out: os.Stdout, errs: os.Stderr}))
}

// command is one invocation. Dir and overlay are for tests: where to run, and
// files to be taken as if they were on disk.
type command struct {
	args      []string
	dir       string
	env       []string
	overlay   map[string][]byte
	out, errs io.Writer
}

// run checks the named packages and returns the exit code.
func run(c command) int {
	flags := flag.NewFlagSet("jobcheck", flag.ContinueOnError)
	flags.SetOutput(c.errs)
	also := flags.String("also", "", "comma-separated import paths to be held as packages of jobs too")
	tags := flags.String("tags", "", "comma-separated build tags")
	flags.Usage = func() {
		fmt.Fprintln(c.errs, "usage: jobcheck [-also import/path,...] [-tags tag,...] packages")
		flags.PrintDefaults()
	}
	if err := flags.Parse(c.args); err != nil {
		return exitNothing
	}
	if flags.NArg() == 0 {
		flags.Usage()
		return exitNothing
	}
	loader := loader{dir: c.dir, env: c.env, overlay: c.overlay, tags: *tags, also: split(*also)}
	pkgs, err := loader.load(flags.Args())
	if err != nil {
		fmt.Fprintf(c.errs, "jobcheck: %v\n", err)
		return exitNothing
	}
	return check(c, pkgs, loader.also)
}

// check runs the analyzer over loaded packages and prints what it found.
func check(c command, pkgs []*packages.Package, also []string) int {
	graph, err := checker.Analyze([]*analysis.Analyzer{newAnalyzer(also)}, pkgs, nil)
	if err != nil {
		fmt.Fprintf(c.errs, "jobcheck: analysing: %v\n", err)
		return exitNothing
	}
	findings, jobs, functions := 0, 0, 0
	for _, act := range graph.Roots {
		if act.Err != nil {
			fmt.Fprintf(c.errs, "jobcheck: analysing %s: %v\n", act.Package.PkgPath, act.Err)
			return exitNothing
		}
		findings += len(act.Diagnostics)
		if result, ok := act.Result.(checked); ok && result.functions > 0 {
			jobs++
			functions += result.functions
		}
	}
	if findings > 0 {
		if err := graph.PrintText(c.out, -1); err != nil {
			fmt.Fprintf(c.errs, "jobcheck: printing the findings: %v\n", err)
		}
		fmt.Fprintf(c.errs, "jobcheck: %s: a run could not be replayed\n", many(findings, "finding"))
		return exitFindings
	}
	if functions == 0 {
		fmt.Fprintf(c.errs, "jobcheck: the packages named hold no function of a job, so nothing was checked\n")
		return exitNothing
	}
	fmt.Fprintf(c.out, "jobcheck: %s in %s of jobs: all deterministic\n", many(functions, "function"), many(jobs, "package"))
	return exitClean
}

// many counts: "1 finding", "3 findings".
func many(n int, one string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %ss", n, one)
}

// split gives the parts of a comma-separated flag; an empty one has none.
func split(list string) []string {
	return strings.FieldsFunc(list, func(r rune) bool { return r == ',' })
}
