package app

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

// version is the release, set when a release is built.
var version = "0.1.0-dev"

func newVersion() *cobra.Command {
	return &cobra.Command{
		Use: "version", Short: "Print what this program was built from", Example: "  pawl version", Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			fmt.Fprintf(cmd.OutOrStdout(), "pawl %s (%s, temporal server %s, sdk %s)\n",
				version, runtime.Version(), module("go.temporal.io/server"), module("go.temporal.io/sdk"))
			return nil
		},
	}
}

// module is the version of a module this program was built with.
func module(path string) string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	for _, m := range info.Deps {
		if m.Path == path {
			return m.Version
		}
	}
	return "not built in"
}
