// Command tools is what the hosts of the tests find on their PATH: the same small programs as in Pawl's own binary,
// without the rest of it, because a script starts them dozens of times.
package main

import (
	"os"

	"github.com/pawl-ops/pawl/internal/hosttools"
)

func main() {
	_, code := hosttools.Main(os.Args[0], os.Args[1:])
	os.Exit(code)
}
