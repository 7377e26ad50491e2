// Command pawl runs long ops jobs from Slack and does not lose them.
package main

import (
	"os"

	"github.com/pawl-ops/pawl/app"
	"github.com/pawl-ops/pawl/workflows"
)

func main() { os.Exit(app.Main(workflows.All()...)) }
