package app

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/pawl-ops/pawl/workflows/frame"
)

// Understands reports whether Main would understand a command line: args are what follows the program's name. It does
// nothing of what the line asks for. It is for tests of what starts Pawl: a compose file, a systemd unit, a script.
func Understands(args []string, jobs ...frame.Definition) error {
	root := newRoot(jobs)
	cmd, rest, err := root.Find(args)
	if err != nil {
		return err
	}
	if cmd == root {
		return fmt.Errorf("there is no command in %q", args)
	}
	if err := cmd.ParseFlags(rest); err != nil {
		return err
	}
	if err := cmd.ValidateRequiredFlags(); err != nil {
		return err
	}
	return validate(cmd)
}

// validate looks at the arguments and at those flags whose values are not any text.
func validate(cmd *cobra.Command) error {
	if err := cmd.ValidateArgs(cmd.Flags().Args()); err != nil {
		return err
	}
	if f := cmd.Flags().Lookup("roles"); f != nil {
		if _, err := ParseRoles(f.Value.String()); err != nil {
			return err
		}
	}
	if f := cmd.Flags().Lookup("retention"); f != nil {
		if _, err := days(f.Value.String()); err != nil {
			return err
		}
	}
	return nil
}
