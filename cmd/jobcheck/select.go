package main

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strconv"

	"golang.org/x/tools/go/packages"
)

// framePath is the package that every job is declared with.
const framePath = "github.com/pawl-ops/pawl/workflows/frame"

// loader finds the packages worth checking and loads those alone with their
// source: a main package that links a whole Temporal server is 1,700 packages,
// and none of them is a job.
type loader struct {
	dir     string
	env     []string
	overlay map[string][]byte
	tags    string
	also    []string
}

// load resolves patterns and returns the packages of jobs, and frame if it is
// among them, type-checked with all their dependencies. Source that does not
// compile is an error: facts about half a program are no facts.
func (l loader) load(patterns []string) ([]*packages.Package, error) {
	named, err := packages.Load(l.config(packages.NeedName|packages.NeedFiles|packages.NeedCompiledGoFiles|packages.NeedImports), patterns...)
	if err != nil {
		return nil, fmt.Errorf("finding packages: %w", err)
	}
	var paths []string
	for _, pkg := range named {
		if len(pkg.Errors) > 0 {
			return nil, fmt.Errorf("finding packages: %w", pkg.Errors[0])
		}
		held, err := l.worthChecking(pkg)
		if err != nil {
			return nil, err
		}
		if held {
			paths = append(paths, pkg.PkgPath)
		}
	}
	if len(paths) == 0 {
		return nil, fmt.Errorf("no jobs in %q: a package of jobs imports %s and calls frame.Define", patterns, framePath)
	}
	pkgs, err := packages.Load(l.config(packages.LoadAllSyntax|packages.NeedModule), paths...)
	if err != nil {
		return nil, fmt.Errorf("loading packages: %w", err)
	}
	var broken []error
	packages.Visit(pkgs, nil, func(pkg *packages.Package) {
		for _, e := range pkg.Errors {
			broken = append(broken, e)
		}
	})
	if len(broken) > 0 {
		return nil, fmt.Errorf("loading packages: %w", errors.Join(broken...))
	}
	return pkgs, nil
}

func (l loader) config(mode packages.LoadMode) *packages.Config {
	cfg := &packages.Config{Mode: mode, Dir: l.dir, Env: l.env, Overlay: l.overlay}
	if l.tags != "" {
		cfg.BuildFlags = []string{"-tags=" + l.tags}
	}
	return cfg
}

// worthChecking reports whether a package is frame, was named by the flag, or
// is a package of jobs as far as its syntax tells.
func (l loader) worthChecking(pkg *packages.Package) (bool, error) {
	if pkg.PkgPath == framePath || slices.Contains(l.also, pkg.PkgPath) {
		return true, nil
	}
	if pkg.Imports[framePath] == nil {
		return false, nil
	}
	if pkg.Name == "workflows" {
		return true, nil
	}
	for _, name := range pkg.CompiledGoFiles {
		var src any
		if text, ok := l.overlay[name]; ok {
			src = text
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, src, parser.SkipObjectResolution)
		if err != nil {
			return false, fmt.Errorf("reading %s: %w", name, err)
		}
		if mentionsDefine(file) {
			return true, nil
		}
	}
	return false, nil
}

// mentionsDefine reports whether a file names frame.Define, under whatever
// name it imports frame.
func mentionsDefine(file *ast.File) bool {
	local := ""
	for _, imp := range file.Imports {
		if path, err := strconv.Unquote(imp.Path.Value); err != nil || path != framePath {
			continue
		}
		local = "frame"
		if imp.Name != nil {
			local = imp.Name.Name
		}
	}
	found := false
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.SelectorExpr:
			x, ok := n.X.(*ast.Ident)
			found = found || ok && local != "" && x.Name == local && n.Sel.Name == "Define"
		case *ast.Ident:
			found = found || local == "." && n.Name == "Define"
		}
		return !found
	})
	return found
}
