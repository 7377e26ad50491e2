// Command pawl, as the benchmark runs it: the real program with one job more, which costs no more than the frame does.
package main

import (
	"os"

	"github.com/pawl-ops/pawl/app"
	"github.com/pawl-ops/pawl/workflows"
)

func main() { os.Exit(app.Main(append(workflows.All(), Bench)...)) }
