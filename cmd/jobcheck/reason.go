package main

import (
	"fmt"
	"go/types"
	"path/filepath"
	"strings"

	"go.temporal.io/sdk/contrib/tools/workflowcheck/determinism"
)

// explain says what a reason consists of, following calls to where they end:
// `calls clock.Stamp (toy.go:12), which calls time.Now (clock.go:7)`. Of a
// longer chain the links between the two ends are only named.
func explain(reason determinism.Reason, from *types.Package, lookup *determinism.PackageLookupCache) string {
	links := chain(reason, from, lookup)
	text := phrase(links[0])
	if len(links) == 1 {
		return text
	}
	for _, link := range links[1 : len(links)-1] {
		if call, ok := link.(*determinism.ReasonFuncCall); ok {
			text += " -> " + shorten(call.FuncName)
		}
	}
	return text + ", which " + phrase(links[len(links)-1])
}

// chain gives a reason and those behind it, down to the one that is no call of
// a function whose inside is known to be at fault.
func chain(reason determinism.Reason, from *types.Package, lookup *determinism.PackageLookupCache) []determinism.Reason {
	links := []determinism.Reason{reason}
	seen := map[string]bool{} // functions that call each other would go round for ever
	for {
		call, ok := reason.(*determinism.ReasonFuncCall)
		if !ok || seen[call.FuncName] {
			return links
		}
		seen[call.FuncName] = true
		pkg, facts := lookup.PackageNonDeterminismsFromName(from, call.PackageName())
		deeper := facts[call.FuncName]
		if pkg == nil || len(deeper) == 0 {
			return links
		}
		if _, listed := deeper[0].(*determinism.ReasonDecl); listed {
			return links // "calls time.Now" says it all
		}
		reason, from = deeper[0], pkg
		links = append(links, reason)
	}
}

// shorten leaves of a package's path its last element: (*frame.F).Do.
func shorten(name string) string {
	path := strings.TrimLeft(name, "(*")
	brackets := name[:len(name)-len(path)]
	return brackets + path[strings.LastIndexByte(path, '/')+1:]
}

// phrase says one reason and where it is.
func phrase(reason determinism.Reason) string {
	text := bare(reason)
	if pos := reason.Pos(); pos != nil && pos.IsValid() {
		text += fmt.Sprintf(" (%s:%d)", filepath.Base(pos.Filename), pos.Line)
	}
	return text
}

func bare(reason determinism.Reason) string {
	switch r := reason.(type) {
	case *determinism.ReasonFuncCall:
		return "calls " + shorten(r.FuncName)
	case *determinism.ReasonVarAccess:
		return "reads " + r.VarName
	case *determinism.ReasonMapRange:
		return "ranges over a map, whose order differs"
	case *determinism.ReasonConcurrency:
		switch r.Kind {
		case determinism.ConcurrencyKindGo:
			return "starts a goroutine"
		case determinism.ConcurrencyKindSend:
			return "sends on a channel"
		case determinism.ConcurrencyKindRecv, determinism.ConcurrencyKindRange:
			return "receives from a channel"
		}
		return "uses channels or goroutines"
	case *determinism.ReasonDecl:
		return "looks at the outside world"
	default:
		return "is known as " + reason.String()
	}
}
