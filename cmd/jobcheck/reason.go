package main

import (
	"fmt"
	"go/types"
	"path/filepath"

	"go.temporal.io/sdk/contrib/tools/workflowcheck/determinism"
)

// maxChain is how many calls of a chain are told before it is cut short: the
// last ones are deep inside the standard library and explain nothing.
const maxChain = 4

// explain says what a reason consists of, following calls to where they end:
// `calls clock.Stamp (toy.go:12), which calls time.Now (clock.go:7)`.
func explain(reason determinism.Reason, from *types.Package, lookup *determinism.PackageLookupCache) string {
	text := ""
	for range maxChain {
		text += phrase(reason)
		if pos := reason.Pos(); pos != nil && pos.IsValid() {
			text += fmt.Sprintf(" (%s:%d)", filepath.Base(pos.Filename), pos.Line)
		}
		call, ok := reason.(*determinism.ReasonFuncCall)
		if !ok {
			return text
		}
		pkg, facts := lookup.PackageNonDeterminismsFromName(from, call.PackageName())
		deeper := facts[call.FuncName]
		if pkg == nil || len(deeper) == 0 {
			return text
		}
		if _, listed := deeper[0].(*determinism.ReasonDecl); listed {
			return text // "calls time.Now" says it all
		}
		reason, from = deeper[0], pkg
		text += ", which "
	}
	return text + "..."
}

func phrase(reason determinism.Reason) string {
	switch r := reason.(type) {
	case *determinism.ReasonFuncCall:
		return "calls " + r.FuncName
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
