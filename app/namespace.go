package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/pawl-ops/pawl/internal/engine"
)

// makingTakes is far more than making a namespace takes: a server learns of a new one within ten seconds.
const makingTakes = time.Minute

func newNamespace() *cobra.Command {
	retention, wait := "30d", time.Duration(0)
	cmd := &cobra.Command{
		Use:   "namespace",
		Short: "Make the namespace of the runs on a Temporal cluster",
		Long: `Make the namespace of the runs on the Temporal cluster that TEMPORAL_ADDRESS names, and
Pawl's search attributes in it. Its name is TEMPORAL_NAMESPACE, or else default. What is there
already stays as it is, its retention too: it may be run as often as you like.

An engine inside Pawl needs none of this.`,
		Example: "  TEMPORAL_ADDRESS=temporal.example.com:7233 TEMPORAL_NAMESPACE=pawl pawl namespace\n  pawl namespace --retention 90d --wait 2m",
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			keep, err := days(retention)
			if err != nil {
				return &usageError{err}
			}
			log, err := newLog(os.Stderr, "warn")
			if err != nil {
				return err
			}
			o := engine.Options{MakeNamespace: true, Retention: keep, Logger: log}
			return makeNamespace(cmd.Context(), cmd.OutOrStdout(), o, wait)
		},
	}
	cmd.Flags().StringVar(&retention, "retention", retention, "how long an ended run can still be looked at in Temporal, in days (30d); 1d at least")
	cmd.Flags().DurationVar(&wait, "wait", wait, "how long a Temporal that does not answer is waited for: 2m")
	besideEnv(cmd)
	return cmd
}

// days reads a number of days: "30d".
func days(text string) (time.Duration, error) {
	number, ok := strings.CutSuffix(text, "d")
	n, err := strconv.Atoi(number)
	if !ok || err != nil || n < 1 || n > 3650 {
		return 0, fmt.Errorf("--retention is a number of days, such as 30d: %q is not", text)
	}
	return time.Duration(n) * 24 * time.Hour, nil
}

// makeNamespace tries until it worked, but not longer than wait.
func makeNamespace(ctx context.Context, out io.Writer, o engine.Options, wait time.Duration) error {
	if !o.Cluster() {
		return errors.New("there is no cluster to make it on: set TEMPORAL_ADDRESS; the engine inside Pawl makes its own")
	}
	t := time.NewTicker(time.Second)
	defer t.Stop()
	for patience := time.Now().Add(wait); ; {
		err := makeOnce(ctx, out, o)
		if err == nil || time.Now().After(patience) {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-t.C:
		}
	}
}

func makeOnce(ctx context.Context, out io.Writer, o engine.Options) error {
	ctx, cancel := context.WithTimeout(ctx, makingTakes)
	defer cancel()
	e, err := engine.Connect(ctx, o)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "Namespace %s is ready for runs.\n", e.Namespace())
	return e.Stop(ctx)
}
