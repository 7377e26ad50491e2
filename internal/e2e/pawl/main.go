// Command pawl, as the tests of this folder run it: the real program with a few jobs more, whose only purpose is to
// be killed and broken in every place.
package main

import (
	"os"

	"github.com/pawl-ops/pawl/app"
	"github.com/pawl-ops/pawl/internal/e2e/drill"
	"github.com/pawl-ops/pawl/workflows"
)

func main() { os.Exit(app.Main(append(workflows.All(), drill.Jobs()...)...)) }
