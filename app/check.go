package app

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/pawl-ops/pawl/internal/config"
	"github.com/pawl-ops/pawl/internal/slots"
	"github.com/pawl-ops/pawl/job"
	"github.com/pawl-ops/pawl/workflows/frame"
)

func newCheck(jobs []frame.Definition) *cobra.Command {
	var o Options
	cmd := &cobra.Command{
		Use:   "check",
		Short: "Read pawl.yaml and tell every mistake in it",
		Long: `Read pawl.yaml as pawl up does, and tell every mistake at once, with line and column.
It starts nothing and talks to nobody. Secrets must be there: it says which are not.`,
		Example: "  pawl check\n  pawl check --config /etc/pawl/pawl.yaml",
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := newHouse(o, jobs).read()
			if err != nil {
				return err
			}
			explain(cmd.OutOrStdout(), o.Config, cfg, time.Now())
			return nil
		},
	}
	cmd.Flags().StringVar(&o.Config, "config", "pawl.yaml", "the configuration")
	return cmd
}

// explain says what stands in the file, and when what comes by itself comes next.
func explain(out io.Writer, path string, cfg *config.Config, now time.Time) {
	fmt.Fprintf(out, "%s is in order: %s, %s, %s, %s, %s.\n", path, many(len(cfg.Hosts), "host"), many(len(cfg.Runbooks), "runbook"),
		many(len(cfg.Asked), "look"), many(len(cfg.Syncs), "sync"), many(len(cfg.Schedules), "schedule"))
	for _, b := range cfg.Runbooks {
		what := stepsOf(b.Runbook)
		if b.Spec.Retired != "" {
			what = "retired: " + b.Spec.Retired
		}
		fmt.Fprintf(out, "  %s: %s\n", b.Spec.Name, what)
	}
	for _, s := range cfg.Schedules {
		fmt.Fprintf(out, "  %s: %s%s\n", s.Name, s.When, nextOf(s, now))
	}
}

// many counts: "1 host", "3 hosts".
func many(n int, one string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %ss", n, one)
}

// stepsOf names what a runbook does, one after the other.
func stepsOf(b job.Runbook) string {
	var stages []string
	for _, stage := range b.Parts {
		names := make([]string, len(stage))
		for i, s := range stage {
			names[i] = s.Name
		}
		stages = append(stages, strings.Join(names, " + "))
	}
	return strings.Join(stages, ", ")
}

// nextOf is when a schedule comes next, as the rest of a line.
func nextOf(s job.Scheduled, now time.Time) string {
	times, err := slots.Of(s)
	if err != nil {
		return ""
	}
	switch next := times.Next(now); {
	case s.Paused:
		return ", paused"
	case next.IsZero():
		return ", never again"
	default:
		return next.Format(", next on Mon 2 Jan at 15:04 MST")
	}
}
