package main

import (
	"go/ast"
	"go/types"
	"reflect"
	"slices"

	"go.temporal.io/sdk/contrib/tools/workflowcheck/determinism"
	"go.temporal.io/sdk/contrib/tools/workflowcheck/workflow"
	"golang.org/x/tools/go/analysis"
)

// sdkWorkflow is deterministic by contract, although its inside is not: what
// it does differently on a replay is its business. Workflowcheck trusts it in
// the same way.
const sdkWorkflow = "go.temporal.io/sdk/workflow"

// checked is the analyzer's result for one package.
type checked struct {
	functions int // how many functions of jobs were held to determinism; 0 elsewhere
}

// newAnalyzer returns the analyzer. It leaves workflowcheck's facts on every
// package it passes and reports only in packages of jobs, those of also
// included, and functions taking a workflow.Context everywhere else.
func newAnalyzer(also []string) *analysis.Analyzer {
	check := workflow.NewChecker(workflow.Config{IdentRefs: outsideWorld(), SingleLine: true})
	a := &analysis.Analyzer{
		Name:       "jobcheck",
		Doc:        "every function of a package of jobs is deterministic",
		ResultType: reflect.TypeFor[checked](),
		FactTypes:  []analysis.Fact{&determinism.PackageNonDeterminisms{}},
	}
	a.Run = func(pass *analysis.Pass) (any, error) {
		if pass.Pkg.Path() == sdkWorkflow {
			return checked{}, nil
		}
		if !slices.Contains(also, pass.Pkg.Path()) && !holdsJobs(pass) {
			return checked{}, check.Run(pass)
		}
		facts, err := check.Determinism.Run(pass)
		if err != nil {
			return nil, err
		}
		return holdPackage(pass, facts), nil
	}
	return a
}

// outsideWorld is what no job may call or read, besides what follows from it.
// Workflowcheck's own list stops at the clock and at chance; a job that reads
// a file or the environment is different after a restart as well.
func outsideWorld() determinism.IdentRefs {
	refs := workflow.DefaultIdentRefs.Clone()
	for _, name := range []string{
		"math/rand/v2.globalRand", "crypto/rand.Read", "crypto/rand.Text",
		"time.After", "time.AfterFunc", "time.NewTicker", "time.NewTimer", "time.Tick",
		"os.Create", "os.Environ", "os.Getenv", "os.Getpid", "os.Getwd", "os.Hostname", "os.LookupEnv", "os.Open",
		"os.OpenFile", "os.ReadDir", "os.ReadFile", "os.Stat", "os.WriteFile",
		"net.Dial", "net.DialTimeout", "net.Listen", "(*net.Dialer).DialContext",
		"(*net/http.Client).Do", "(*os/exec.Cmd).Start",
	} {
		refs[name] = true
	}
	return refs
}

// holdsJobs reports whether a package declares jobs: it is called workflows and
// imports frame, or it calls frame.Define.
func holdsJobs(pass *analysis.Pass) bool {
	importsFrame := slices.ContainsFunc(pass.Pkg.Imports(), func(p *types.Package) bool { return p.Path() == framePath })
	if !importsFrame {
		return false
	}
	if pass.Pkg.Name() == "workflows" {
		return true
	}
	for _, obj := range pass.TypesInfo.Uses {
		if isDefine(obj) {
			return true
		}
	}
	return false
}

func isDefine(obj types.Object) bool {
	fn, ok := obj.(*types.Func)
	return ok && fn.Pkg() != nil && fn.Pkg().Path() == framePath && fn.Name() == "Define"
}

// holdPackage reports every declared function that is not deterministic, and
// the places where a function hides from that.
func holdPackage(pass *analysis.Pass, facts determinism.PackageNonDeterminisms) checked {
	lookup := determinism.NewPackageLookupCache(pass)
	values := valueCheck{pass: pass, facts: facts, lookup: lookup}
	functions := 0
	for _, file := range pass.Files {
		for _, decl := range file.Decls {
			fn, ok := decl.(*ast.FuncDecl)
			if !ok {
				continue
			}
			obj, ok := pass.TypesInfo.ObjectOf(fn.Name).(*types.Func)
			if ok && takesSetup(obj) {
				continue
			}
			functions++
			if !ok {
				continue
			}
			for _, reason := range facts[obj.FullName()] {
				// A call inside the package is reported where it ends up: at the callee.
				if call, ok := reason.(*determinism.ReasonFuncCall); ok && len(facts[call.FuncName]) > 0 {
					continue
				}
				pass.Reportf(fn.Name.Pos(), "%s is not deterministic: it %s", fn.Name.Name, explain(reason, pass.Pkg, lookup))
			}
		}
		values.check(file)
	}
	return checked{functions: functions}
}
