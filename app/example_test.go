package app_test

import (
	"os"

	"github.com/pawl-ops/pawl/app"
	"github.com/pawl-ops/pawl/workflows"
	"github.com/pawl-ops/pawl/workflows/frame"
)

// The whole main.go of a company: Pawl's jobs, and its own.
func ExampleMain() {
	var own []frame.Definition // example.com/acme/ops/jobs.All()
	os.Exit(app.Main(append(workflows.All(), own...)...))
}
