// Package app is the program: Main is the whole command line, with the jobs it is given.
//
// A company's own repository is a main.go of ten lines that calls Main with Pawl's jobs and its own; docs/adding-a-job.md
// goes from an empty folder to that. Whoever wants Pawl inside a program of theirs has New, Start, Ready and Stop, which is
// what `pawl up` does.
//
// Nothing begins unless all of it fits together: commands of one name, sections of pawl.yaml and activities that cannot be
// told apart, and every mistake in pawl.yaml are told before anything is started.
package app

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"
	_ "time/tzdata" // zones are named in pawl.yaml, and a bare container has none

	"github.com/spf13/cobra"

	"github.com/pawl-ops/pawl/internal/hosttools"
	"github.com/pawl-ops/pawl/workflows/frame"
)

// Main runs the command line with these jobs and returns the exit code: 0 when it did what was asked, 1 when it could
// not, 2 when the command line itself was not understood; 3 to 5 tell how a run ended that was followed (docs/terminal.md).
func Main(jobs ...frame.Definition) int {
	// The hosts of the demo find a few programs of their own on PATH: this binary under those names.
	if handled, code := hosttools.Main(os.Args[0], os.Args[1:]); handled {
		return code
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	root := newRoot(jobs)
	cmd, err := root.ExecuteContextC(ctx)
	var usage *usageError
	var coded *exitError
	switch {
	case errors.As(err, &coded):
		if coded.says != "" {
			fmt.Fprintf(os.Stderr, "%s: %s\n", cmd.CommandPath(), coded)
		}
		return coded.code
	case err == nil:
		return 0
	case errors.Is(err, errToldAlready):
		return 1
	case errors.As(err, &usage):
		fmt.Fprintf(os.Stderr, "%s: %s\n\n%s", cmd.CommandPath(), usage, cmd.UsageString())
		return 2
	default:
		fmt.Fprintf(os.Stderr, "%s: %s\n", cmd.CommandPath(), err)
		return 1
	}
}

// usageError is a command line that was not understood.
type usageError struct{ err error }

func (e *usageError) Error() string { return e.err.Error() }

func newRoot(jobs []frame.Definition) *cobra.Command {
	root := &cobra.Command{
		Use:           "pawl",
		Short:         "Long ops jobs from Slack that survive any restart of anything",
		Long:          "Pawl runs long ops jobs from Slack and does not lose them.\nStart with `pawl demo`: it needs nothing but this program.",
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          knownCommand,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.SuggestionsMinimumDistance = 2
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return &usageError{err} })
	root.AddCommand(
		newDemo(jobs), newInit(jobs),
		newUp(jobs), newWorker(jobs), newSlackbridge(jobs),
		newRun(), newFollow(), newRuns(),
		newCheck(jobs), newSchema(jobs), newReady(),
		newBackup(), newRestore(),
		newNamespace(), newVersion(),
	)
	return root
}

// knownCommand is asked when no command of that name was found.
func knownCommand(root *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	if near := root.SuggestionsFor(args[0]); len(near) > 0 {
		return &usageError{fmt.Errorf("there is no command %q: did you mean %s?", args[0], strings.Join(near, " or "))}
	}
	return &usageError{fmt.Errorf("there is no command %q", args[0])}
}

// noArgs refuses stray words with the sentence of a usage error.
func noArgs(_ *cobra.Command, args []string) error {
	if len(args) > 0 {
		return &usageError{fmt.Errorf("%q is not expected here", args[0])}
	}
	return nil
}
