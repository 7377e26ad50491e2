package main

import (
	"go/ast"
	"go/token"
	"go/types"

	"go.temporal.io/sdk/contrib/tools/workflowcheck/determinism"
	"golang.org/x/tools/go/analysis"
)

// valueCheck looks for functions that the determinism facts do not reach,
// because the facts follow calls of declared functions by name.
type valueCheck struct {
	pass   *analysis.Pass
	facts  determinism.PackageNonDeterminisms
	lookup *determinism.PackageLookupCache
}

// check reports, in one file: function literals in package-level declarations
// and in frame.Define; functions of the outside world that are kept as values
// (`now := time.Now`); calls of such methods on generic types.
func (v valueCheck) check(file *ast.File) {
	ignored := map[ast.Node]struct{}{}
	determinism.UpdateIgnoreMap(v.pass.Fset, file, ignored)
	reported := map[token.Pos]bool{} // a literal in frame.Define in a declaration is one finding
	for _, decl := range file.Decls {
		if decl, ok := decl.(*ast.GenDecl); ok {
			v.literals(decl, reported)
		}
	}
	called := map[*ast.Ident]bool{}
	ast.Inspect(file, func(n ast.Node) bool {
		if _, ok := ignored[n]; ok {
			return false
		}
		switch n := n.(type) {
		case *ast.CallExpr:
			id := calleeName(n.Fun)
			if id == nil {
				break
			}
			called[id] = true
			if isDefine(v.pass.TypesInfo.Uses[id]) {
				v.literals(n, reported)
			}
			v.generic(id)
		case *ast.Ident:
			if !called[n] {
				v.value(n)
			}
		}
		return true
	})
}

// literals reports the function literals under a node.
func (v valueCheck) literals(n ast.Node, reported map[token.Pos]bool) {
	ast.Inspect(n, func(n ast.Node) bool {
		lit, ok := n.(*ast.FuncLit)
		if ok && !reported[lit.Pos()] {
			reported[lit.Pos()] = true
			v.pass.Reportf(lit.Pos(), "a function literal in a declaration is not seen by this check: declare it as a function with a name")
		}
		return !ok
	})
}

// value reports a function that is not deterministic and is mentioned without
// being called: once in a variable, its calls cannot be followed. Activities
// are passed around as values and are recognised by their first parameter.
func (v valueCheck) value(id *ast.Ident) {
	fn, ok := v.pass.TypesInfo.Uses[id].(*types.Func)
	if !ok || fn.Pkg() == nil || takesContext(fn) || takesSetup(fn) {
		return
	}
	if reasons := v.reasons(fn); len(reasons) > 0 {
		v.pass.Reportf(id.Pos(), "%s is not deterministic and must not be kept as a value here: %s %s",
			fn.FullName(), fn.Name(), explain(reasons[0], fn.Pkg(), v.lookup))
	}
}

// generic reports a call of a method of an instantiated generic type: its full
// name carries the type arguments, so that the facts do not know it.
func (v valueCheck) generic(id *ast.Ident) {
	fn, ok := v.pass.TypesInfo.Uses[id].(*types.Func)
	if !ok || fn.Origin() == fn || fn.Pkg() == nil || fn.Pkg() == v.pass.Pkg || fn.Pkg().Path() == sdkWorkflow {
		return
	}
	if reasons := v.reasons(fn.Origin()); len(reasons) > 0 {
		v.pass.Reportf(id.Pos(), "%s is not deterministic: it %s", fn.Origin().FullName(), explain(reasons[0], fn.Pkg(), v.lookup))
	}
}

func (v valueCheck) reasons(fn *types.Func) determinism.NonDeterminisms {
	fn = fn.Origin()
	if fn.Pkg() == v.pass.Pkg {
		return nil // declared here, so it is reported where it is declared
	}
	return v.lookup.PackageNonDeterminisms(fn.Pkg())[fn.FullName()]
}

// calleeName gives the identifier that names what is called, through
// parentheses and type arguments; nil for a call of a value.
func calleeName(fun ast.Expr) *ast.Ident {
	switch fun := ast.Unparen(fun).(type) {
	case *ast.Ident:
		return fun
	case *ast.SelectorExpr:
		return fun.Sel
	case *ast.IndexExpr:
		return calleeName(fun.X)
	case *ast.IndexListExpr:
		return calleeName(fun.X)
	default:
		return nil
	}
}

// takesContext reports whether a function has the shape of an activity: its
// first parameter is a context.Context, which no job has.
func takesContext(fn *types.Func) bool { return takes(fn, "context", "Context") }

// takesSetup reports whether a function makes a job's own activities: it runs
// once when Pawl starts, and is not replayed.
func takesSetup(fn *types.Func) bool { return takes(fn, framePath, "Setup") }

// takes reports whether the first parameter of a function is of this type.
func takes(fn *types.Func, path, name string) bool {
	params := fn.Signature().Params()
	if params.Len() == 0 {
		return false
	}
	named, ok := types.Unalias(params.At(0).Type()).(*types.Named)
	if !ok {
		return false
	}
	obj := named.Obj()
	return obj.Name() == name && obj.Pkg() != nil && obj.Pkg().Path() == path
}
