package rules

import (
	"maps"
	"slices"
	"strings"
)

// reach finds the shortest way from a package, through packages of this
// module, to an import that found accepts. It gives the folders on the way and
// the import at its end, or nil. Test files count for the package itself only
// if withTests, and never further on: a test binary holds the tests of one package.
func (t Tree) reach(from string, withTests bool, found func(imported string) bool) []string {
	type step struct {
		dir  string
		back *step
	}
	seen := map[string]bool{from: true}
	queue := []*step{{dir: from}}
	for len(queue) > 0 {
		at := queue[0]
		queue = queue[1:]
		pkg := t.Packages[at.dir]
		if pkg == nil {
			continue // imported, but not there: the compiler will say so
		}
		imports := pkg.Imports
		if withTests && at.dir == from {
			imports = slices.Concat(imports, pkg.TestImports)
		}
		for _, imp := range imports {
			if found(imp.Path) {
				way := []string{imp.Path}
				for s := at; s != nil; s = s.back {
					way = append(way, s.dir)
				}
				slices.Reverse(way)
				return way
			}
			if dir, ok := t.ours(imp.Path); ok && !seen[dir] {
				seen[dir] = true
				queue = append(queue, &step{dir: dir, back: at})
			}
		}
	}
	return nil
}

// dirs gives the folders of the tree in order, so that findings have one.
func (t Tree) dirs() []string { return slices.Sorted(maps.Keys(t.Packages)) }

// under reports whether an import path is one of the given ones or inside it.
func under(imported string, paths ...string) bool {
	return slices.ContainsFunc(paths, func(p string) bool { return imported == p || strings.HasPrefix(imported, p+"/") })
}

// standard reports whether an import is of the standard library: only its
// paths have no dot in the first element (https://pkg.go.dev/cmd/go#hdr-Import_path_syntax).
func standard(imported string) bool {
	first, _, _ := strings.Cut(imported, "/")
	return !strings.Contains(first, ".")
}
