// Package hosttools is our binary under the names of small programs that a fresh machine may not have: the hosts of the
// sandbox find them first on their PATH, so that the demo works with Go alone.
//
// Each does a part of what the original does, in the same words, and refuses the rest loudly. A script that runs with
// them runs with the originals; the tests compare both. acme-shop alone has no original: it is the pretend company's app.
package hosttools

import (
	"context"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
)

// Names are the programs this package can be.
func Names() []string { return []string{"sqlite3", "scp", "socat", "acme-shop"} }

// Main runs the program that name (argv[0], a path or not) asks for with the arguments after it, on the process's own
// standard streams. When name is none of [Names] nothing happens and handled is false.
func Main(name string, args []string) (handled bool, exitCode int) {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer stop()
	switch filepath.Base(name) {
	case "sqlite3":
		return true, sqlite3(ctx, args, os.Stdin, os.Stdout, os.Stderr)
	case "scp":
		return true, scp(ctx, args, os.Environ(), os.Stderr)
	case "socat":
		return true, socat(args, os.Stdin, os.Stdout, os.Stderr)
	case "acme-shop":
		return true, shop(ctx, os.Stderr)
	}
	return false, 0
}
