package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os/user"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/pawl-ops/pawl/internal/backup"
	"github.com/pawl-ops/pawl/internal/engine"
	"github.com/pawl-ops/pawl/internal/looks"
	"github.com/pawl-ops/pawl/job"
)

type restoreOptions struct {
	data        string
	check, goOn bool
	drop        []string
}

func newRestore() *cobra.Command {
	var o restoreOptions
	cmd := &cobra.Command{
		Use:   "restore FILE | --go",
		Short: "Put a backup into an empty data directory, paused until you let it go on",
		Long: `Put a backup of pawl backup into an empty data directory. Since the backup the world has
gone on: runs that are open in it may have ended meanwhile, and what they did must not be
done again. So Pawl starts paused: it lists what was open and what each would do next,
answers looks, and tells everybody else that it is paused. Nothing runs, no schedule comes.

When you have looked at the list, pawl restore --go lets it go on; --drop names the runs
that are to be ended instead. Scripts that ran on a host since the backup are found there
and not started again. It is heard by a Pawl that runs, and by the next start otherwise.

--check only reads a backup to its end and says whether it is whole.`,
		Example: "  pawl restore /backup/pawl-20261122-021700Z.tgz --data /var/lib/pawl\n  pawl restore --go --data /var/lib/pawl --drop deploy-p3v8x1\n  pawl restore --check /backup/pawl-20261122-021700Z.tgz",
		Args:    cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := o.fits(args); err != nil {
				return &usageError{err}
			}
			out, ctx := cmd.OutOrStdout(), cmd.Context()
			switch {
			case o.goOn:
				return letGoOn(ctx, out, o)
			case o.check:
				return checkBackup(ctx, out, args[0])
			}
			return restore(ctx, out, args[0], o.data)
		},
	}
	cmd.Flags().StringVar(&o.data, "data", ".pawl", "the data directory: empty for a restore, the restored one for --go")
	cmd.Flags().BoolVar(&o.check, "check", false, "only say whether the backup is whole")
	cmd.Flags().BoolVar(&o.goOn, "go", false, "let a restored Pawl go on")
	cmd.Flags().StringSliceVar(&o.drop, "drop", nil, "with --go: the ids of the runs that are ended instead of going on")
	besideEnv(cmd)
	return cmd
}

func (o restoreOptions) fits(args []string) error {
	switch {
	case o.goOn && len(args) > 0:
		return fmt.Errorf("--go is for what was restored already and takes no file: %q is not expected here", args[0])
	case o.goOn && o.check:
		return errors.New("--go and --check are two different things")
	case !o.goOn && len(o.drop) > 0:
		return errors.New("--drop belongs to --go")
	case !o.goOn && len(args) != 1:
		return fmt.Errorf("it takes the file of one backup, and %d were given", len(args))
	}
	return nil
}

func checkBackup(ctx context.Context, out io.Writer, path string) error {
	m, err := backup.Check(ctx, path)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "%s is whole: %s. Made %s by pawl %s%s.\n", shownPath(path), many(len(m.Files), "file"),
		m.Made.Format(time.RFC3339), m.Pawl, engineNamed(m.Engine))
	for _, left := range m.Left {
		fmt.Fprintln(out, left)
	}
	return nil
}

func engineNamed(engine string) string {
	if engine == "" {
		return ""
	}
	return ", engine " + engine
}

func restore(ctx context.Context, out io.Writer, path, data string) error {
	if err := inUse(data); err != nil {
		return fmt.Errorf("%s is in use (pawl is %w): a restore needs an empty folder, so stop that Pawl, or give another folder with --data", data, err)
	}
	m, err := backup.Restore(ctx, path, data, fitsProgram)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "Restored %s, the backup of %s, into %s. It is paused.\n", shownPath(path), m.Made.Format(time.RFC3339), data)
	for _, left := range m.Left {
		fmt.Fprintln(out, left)
	}
	if err := sayOpen(ctx, out, data); err != nil { // it is restored all the same
		fmt.Fprintf(out, "\nWhat was open then cannot be told: %v\n", err)
	}
	fmt.Fprintf(out, `
Next: make sure that the Pawl this was copied from does not run any more. Start pawl up
with --data %s; it says in its log what each open run would do next. Then
  pawl restore --go --data %s
lets everything go on; --drop ID ends a run that must not.
`, data, data)
	return nil
}

// fitsProgram says whether this program can go on with what is in a backup.
func fitsProgram(m backup.Manifest) error {
	switch carries := engine.Carries(); {
	case m.Engine == "" || m.Engine == carries:
		return nil
	case carries == "":
		return fmt.Errorf("the backup has the data of an engine (%s), and this pawl was built without one: use the full build of pawl %s", m.Engine, m.Pawl)
	default:
		return fmt.Errorf("the backup was made with engine %s, and this pawl carries engine %s: restore it with pawl %s", m.Engine, carries, m.Pawl)
	}
}

// sayOpen lists what is open in the ledger.
func sayOpen(ctx context.Context, out io.Writer, data string) error {
	l, err := existingLedger(ctx, data)
	if err != nil {
		return err
	}
	defer func() { _ = l.Close() }()
	m, err := looks.Runs(l).Answer(ctx, looks.Request{Command: job.Command{Name: "runs"}, Now: time.Now()})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "\nAs of the ledger:\n%s", m.Plain())
	return err
}

func letGoOn(ctx context.Context, out io.Writer, o restoreOptions) error {
	drop, err := dropped(ctx, o)
	if err != nil {
		return err
	}
	mark, err := backup.GoOn(o.data, whoami(), drop)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "%s goes on from the backup of %s", o.data, mark.Made.Format(time.RFC3339))
	if len(drop) > 0 {
		fmt.Fprintf(out, ", without %s", strings.Join(drop, ", "))
	}
	if inUse(o.data) == nil {
		fmt.Fprint(out, " when you start pawl up")
	}
	fmt.Fprintln(out, ".")
	return nil
}

// dropped are the runs that are not to go on. A mistyped one would go on, so each must be known to the ledger, or have been
// found in the engine by the Pawl that is paused.
func dropped(ctx context.Context, o restoreOptions) (ids []string, err error) {
	if len(o.drop) == 0 {
		return nil, nil
	}
	if mark, err := backup.Paused(o.data); err != nil || mark.Made.IsZero() {
		return nil, err // GoOn says it
	}
	listed, err := backup.Listed(o.data)
	if err != nil {
		return nil, err
	}
	l, err := existingLedger(ctx, o.data)
	if err != nil {
		return nil, err
	}
	defer func() { _ = l.Close() }()
	for _, given := range o.drop {
		id := strings.ToLower(strings.Trim(strings.TrimSpace(given), "`"))
		_, known, err := l.Run(ctx, id)
		if err != nil {
			return nil, err
		}
		if !known && !slices.Contains(listed, id) {
			return nil, fmt.Errorf("--drop %q: there is no run of that id in %s; `pawl runs --data %s` lists them, and the log of the paused Pawl. Nothing goes on yet", given, o.data, o.data)
		}
		ids = append(ids, id)
	}
	return ids, nil
}

// whoami is the user of the machine who typed a command.
func whoami() string {
	u, err := user.Current()
	if err != nil {
		return "somebody"
	}
	return u.Username
}
