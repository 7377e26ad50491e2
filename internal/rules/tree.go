// Package rules holds the rooms of Pawl apart: it reads the imports of the
// whole module and says which of them cross a line.
//
// The tour: tree.go reads the imports, rooms.go is the table of who lives
// where, rules.go the rules themselves, reach.go follows imports through
// other packages. The tests run the rules over this module and over planted
// cases, one archive under testdata for each way to break one.
//
// Files are read whatever their build constraints say: a rule that holds only
// in the variant which happens to be built is none.
package rules

import (
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"regexp"
	"strconv"
	"strings"
)

// Import is one import declaration.
type Import struct {
	Path string // what is imported, as written
	File string // relative to the module's root, with slashes
	Line int
}

// Package is one folder with Go files.
type Package struct {
	Dir         string   // relative to the module's root, with slashes; "." is the root
	Imports     []Import // of all files but tests, in every build variant
	TestImports []Import // of the _test.go files, in package and beside it
	Tests       bool     // whether there is a _test.go file with more than examples: those are compiled by vet, and not linked
}

// Tree is the imports of a module.
type Tree struct {
	Module   string              // the module's path
	Packages map[string]*Package // by Dir
}

var modulePattern = regexp.MustCompile(`(?m)^module\s+(\S+)`)

// Read reads the imports of the module whose go.mod is at the root of fsys.
// Modules inside it, testdata, vendored and hidden folders are not part of it.
// A file that does not parse is an error.
func Read(fsys fs.FS) (Tree, error) {
	mod, err := fs.ReadFile(fsys, "go.mod")
	if err != nil {
		return Tree{}, fmt.Errorf("reading the module's name: %w", err)
	}
	name := modulePattern.FindSubmatch(mod)
	if name == nil {
		return Tree{}, fmt.Errorf("reading the module's name: go.mod has no module line")
	}
	tree := Tree{Module: string(name[1]), Packages: map[string]*Package{}}
	err = fs.WalkDir(fsys, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			if outside(fsys, name) {
				return fs.SkipDir
			}
			return nil
		}
		if path.Ext(name) != ".go" {
			return nil
		}
		return tree.add(fsys, name)
	})
	if err != nil {
		return Tree{}, fmt.Errorf("reading imports: %w", err)
	}
	return tree, nil
}

// outside reports whether the go command would not count a folder to the module.
func outside(fsys fs.FS, dir string) bool {
	if dir == "." {
		return false
	}
	base := path.Base(dir)
	if base == "testdata" || base == "vendor" || base == "node_modules" || strings.HasPrefix(base, ".") || strings.HasPrefix(base, "_") {
		return true
	}
	_, err := fs.Stat(fsys, path.Join(dir, "go.mod"))
	return err == nil
}

// add reads the imports of one file into its package.
func (t Tree) add(fsys fs.FS, name string) error {
	if base := path.Base(name); strings.HasPrefix(base, ".") || strings.HasPrefix(base, "_") {
		return nil // ignored by the go command too
	}
	text, err := fs.ReadFile(fsys, name)
	if err != nil {
		return err
	}
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, name, text, parser.ImportsOnly|parser.SkipObjectResolution)
	if err != nil {
		return err
	}
	dir := path.Dir(name)
	pkg := t.Packages[dir]
	if pkg == nil {
		pkg = &Package{Dir: dir}
		t.Packages[dir] = pkg
	}
	test := strings.HasSuffix(name, "_test.go")
	pkg.Tests = pkg.Tests || test && path.Base(name) != "example_test.go"
	for _, spec := range file.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return fmt.Errorf("%s: import %s: %w", name, spec.Path.Value, err)
		}
		imp := Import{Path: imported, File: name, Line: fset.Position(spec.Pos()).Line}
		if test {
			pkg.TestImports = append(pkg.TestImports, imp)
		} else {
			pkg.Imports = append(pkg.Imports, imp)
		}
	}
	return nil
}

// ours gives the folder of an imported package of this module.
func (t Tree) ours(imported string) (dir string, ok bool) {
	if imported == t.Module {
		return ".", true
	}
	return strings.CutPrefix(imported, t.Module+"/")
}
