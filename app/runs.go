package app

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/pawl-ops/pawl/internal/backup"
	"github.com/pawl-ops/pawl/internal/looks"
	"github.com/pawl-ops/pawl/job"
)

func newRuns() *cobra.Command {
	var data string
	cmd := &cobra.Command{
		Use:   "runs",
		Short: "Show what is under way: who, what, since when, waiting for whom",
		Long: `Show what is under way: who asked, what for, since when, and whom or what it waits for.
It reads the ledger, in the data directory or where PAWL_LEDGER says, and works whether
Pawl is running or not.`,
		Example: "  pawl runs\n  pawl runs --data /var/lib/pawl",
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			l, err := existingLedger(cmd.Context(), data)
			if err != nil {
				return err
			}
			defer func() { _ = l.Close() }()
			m, err := looks.Runs(l).Answer(cmd.Context(), looks.Request{Command: job.Command{Name: "runs"}, Now: time.Now()})
			if err != nil {
				return err
			}
			if mark, err := backup.Paused(data); err == nil && mark.Holds() {
				m.Lines = append([]string{sayPausedShort(mark)}, m.Lines...)
			}
			_, err = fmt.Fprint(cmd.OutOrStdout(), m.Plain())
			return err
		},
	}
	cmd.Flags().StringVar(&data, "data", ".pawl", "the data directory")
	besideEnv(cmd)
	cmd.AddCommand(newTerminate())
	return cmd
}
