package app

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/rs/zerolog"
	"github.com/spf13/cobra"

	"github.com/pawl-ops/pawl/internal/backup"
	"github.com/pawl-ops/pawl/internal/engine"
)

func newBackup() *cobra.Command {
	var data string
	cmd := &cobra.Command{
		Use:   "backup FILE|FOLDER",
		Short: "Copy what Pawl keeps into one file, while it runs",
		Long: `Copy what Pawl keeps in its data directory into one file, while it runs: what is under
way, and the ledger, as they were at one moment. In a folder the file gets its name from
the time. It is read again and checked before it gets its name, only you may read it, and
there is no token and no key in it. pawl restore puts it back.

With PAWL_LEDGER the ledger is in PostgreSQL, and with TEMPORAL_ADDRESS what is under way
is in a cluster: these have backups of their own, and the line that is printed says so.
Both are looked for in the environment, and in the .env beside pawl.yaml.

For cron: one line when it went well, exit code 0; otherwise a sentence and 1.`,
		Example: "  pawl backup /backup\n  pawl backup --data /var/lib/pawl /backup/pawl.tgz\n  17 2 * * * pawl backup --data /var/lib/pawl /backup && find /backup -name 'pawl-*.tgz' -mtime +30 -delete",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return &usageError{fmt.Errorf("it takes one file or folder to write to, and %d were given", len(args))}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			o, err := backedUp(data)
			if err != nil {
				return err
			}
			t, err := backup.Take(cmd.Context(), o, args[0])
			if err != nil {
				return err
			}
			return sayTaken(cmd.OutOrStdout(), data, t)
		},
	}
	cmd.Flags().StringVar(&data, "data", ".pawl", "the data directory of pawl up")
	besideEnv(cmd)
	return cmd
}

// backedUp is what belongs into a backup of a data directory, and what does not.
func backedUp(data string) (backup.Options, error) {
	o := backup.Options{Data: data, Pawl: version}
	dsn, err := ledgerDSN(zerolog.Nop())
	if err != nil {
		return o, err
	}
	o.Databases, o.Files = engine.Kept()
	if dsn.Empty() {
		o.Databases = append(o.Databases, ledgerFile)
		if _, err := os.Stat(data); err == nil && !there(data) && len(backup.Present(data, o.Databases)) > 0 {
			return o, fmt.Errorf("there is no ledger in %s: when it is in PostgreSQL, set %s as for `pawl up`, or name the pawl.yaml beside whose .env it stands with --config", data, ledgerEnv)
		}
	} else {
		o.Left = append(o.Left, "The ledger is in PostgreSQL and not in this backup: pg_dump --format=custom copies it, as in docs/backup.md.")
	}
	if (engine.Options{}).Cluster() {
		o.Left = append(o.Left, "What is under way is in a Temporal cluster and not in this backup: back up the databases of that cluster.")
	}
	if len(o.Left) == 2 {
		return o, fmt.Errorf("nothing of Pawl is in %s: the ledger is in PostgreSQL, what is under way in a Temporal cluster; back up these", data)
	}
	return o, nil
}

func sayTaken(out io.Writer, data string, t backup.Taken) error {
	_, err := fmt.Fprintf(out, "Backed up %s to %s: %s, in %s.", data, t.Path, megabytes(t.Size), t.Took.Round(10*time.Millisecond))
	for _, left := range t.Manifest.Left {
		fmt.Fprintf(out, " %s", left)
	}
	fmt.Fprintln(out)
	return err
}

// megabytes is a size for people.
func megabytes(n int64) string {
	if n < 100_000 {
		return fmt.Sprintf("%.1f KB", float64(n)/1e3)
	}
	return fmt.Sprintf("%.1f MB", float64(n)/1e6)
}

// shownPath is a path as somebody would type it here.
func shownPath(path string) string {
	if wd, err := os.Getwd(); err == nil {
		if rel, err := filepath.Rel(wd, path); err == nil && filepath.IsLocal(rel) {
			return rel
		}
	}
	return path
}
