package app

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/pawl-ops/pawl/internal/ledger"
	"github.com/pawl-ops/pawl/internal/looks"
	"github.com/pawl-ops/pawl/job"
)

func newRuns() *cobra.Command {
	var data string
	cmd := &cobra.Command{
		Use:   "runs",
		Short: "Show what is under way: who, what, since when, waiting for whom",
		Long: `Show what is under way: who asked, what for, since when, and whom or what it waits for.
It reads the ledger in the data directory and works whether Pawl is running or not.`,
		Example: "  pawl runs\n  pawl runs --data /var/lib/pawl",
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			path := filepath.Join(data, ledgerFile)
			if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
				return fmt.Errorf("there is no ledger in %s: give the data directory of `pawl up` with --data (the demo's is .pawl/pawl)", data)
			}
			l, err := ledger.Open(cmd.Context(), path)
			if err != nil {
				return err
			}
			defer func() { _ = l.Close() }()
			m, err := looks.Runs(l).Answer(cmd.Context(), looks.Request{Command: job.Command{Name: "runs"}, Now: time.Now()})
			if err != nil {
				return err
			}
			_, err = fmt.Fprint(cmd.OutOrStdout(), m.Plain())
			return err
		},
	}
	cmd.Flags().StringVar(&data, "data", ".pawl", "the data directory")
	return cmd
}
