package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/pawl-ops/pawl/internal/console"
	"github.com/pawl-ops/pawl/internal/terminal"
	"github.com/pawl-ops/pawl/job"
)

// offersWithin is how long a shell waits for what may be typed next.
const offersWithin = 300 * time.Millisecond

// place is where a command finds Pawl.
type place struct{ data, socket string }

func (p *place) flags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&p.data, "data", ".pawl", "the data directory of the Pawl that is running; the demo's is .pawl/pawl")
	cmd.Flags().StringVar(&p.socket, "socket", "", "its socket; pawl.sock in the data directory when not given")
}

// typed is what of this has to be typed again.
func (*place) typed(cmd *cobra.Command) (flags string) {
	for _, name := range []string{"data", "socket"} {
		if f := cmd.Flags().Lookup(name); f.Changed {
			flags += " --" + name + " " + console.Quoted(f.Value.String())
		}
	}
	return flags
}

func (p *place) path() string {
	return cmp.Or(p.socket, filepath.Join(p.data, terminal.SocketFile))
}

func newRun() *cobra.Command {
	var at place
	o := console.Options{In: os.Stdin}
	cmd := &cobra.Command{
		Use:   "run <what you would type in Slack>",
		Short: "Give Pawl a command from this terminal, and follow it",
		Long: `Give Pawl a command from this terminal, as you would type it in Slack, and follow its run
until it has ended. Without words it shows what you may type. A Pawl that is running here
does it; who you are is your login, which pawl.yaml names under people (os:).

Ctrl-C leaves the run alone: it goes on, and pawl follow shows it again. Pawl may be
restarted meanwhile; nothing is done twice.

The exit code tells how it ended: 0 well, 1 failed or not known, 2 not understood,
3 refused or not agreed to, 4 cancelled or stopped by somebody, 5 still under way.`,
		Example: "  pawl run\n  pawl run status\n  pawl run deploy staging 2024.51\n  pawl run force restart master blue because it hangs\n" +
			"  pawl run approve restart-3x9q7d\n  pawl run cancel toy-k4m7q2\n  pawl run toy --detach",
		RunE: func(cmd *cobra.Command, args []string) error {
			o.Socket, o.Flags, o.Out, o.Err = at.path(), at.typed(cmd), cmd.OutOrStdout(), cmd.ErrOrStderr()
			return spoken(console.Run(cmd.Context(), o, strings.Join(args, " ")))
		},
		ValidArgsFunction: func(cmd *cobra.Command, args []string, begun string) ([]string, cobra.ShellCompDirective) {
			return at.offers(cmd.Context(), append(args, begun)), cobra.ShellCompDirectiveNoFileComp
		},
	}
	at.flags(cmd)
	shown(cmd, &o)
	cmd.Flags().BoolVar(&o.Detach, "detach", false, "start it, print its id, and do not follow it; its board comes as a direct message")
	cmd.Flags().StringVar(&o.Key, "key", "", "what makes it the same request when it is repeated: of two with one key one run comes")
	return cmd
}

// oneRun holds that what is given is the id of one run.
func oneRun(_ *cobra.Command, args []string) error {
	switch {
	case len(args) != 1:
		return &usageError{errors.New("one id is needed; `pawl runs` shows those of what is going on")}
	case !job.LooksLikeID(args[0]):
		return &usageError{fmt.Errorf("%q is not the id of a run: an id looks like toy-k4m7q2; `pawl runs` shows those of what is going on", args[0])}
	}
	return nil
}

func newFollow() *cobra.Command {
	var at place
	o := console.Options{In: os.Stdin}
	cmd := &cobra.Command{
		Use:   "follow <id>",
		Short: "Follow a run that is under way, or see how it ended",
		Long: `Follow a run until it has ended, and answer its questions: the same that pawl run shows.
Of one that has ended it shows the last board. The exit code is that of pawl run.`,
		Example: "  pawl follow toy-k4m7q2\n  pawl follow toy-k4m7q2 --json",
		Args:    oneRun,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.Socket, o.Flags, o.Out, o.Err = at.path(), at.typed(cmd), cmd.OutOrStdout(), cmd.ErrOrStderr()
			return spoken(console.Follow(cmd.Context(), o, args[0]))
		},
		ValidArgsFunction: at.oneOfRuns,
	}
	at.flags(cmd)
	shown(cmd, &o)
	return cmd
}

// shown are the flags that say how a session is shown.
func shown(cmd *cobra.Command, o *console.Options) {
	cmd.Flags().BoolVar(&o.Plain, "plain", false, "print lines as they change, and draw nothing again; so it is without a terminal")
	cmd.Flags().BoolVar(&o.JSON, "json", false, "print a line of JSON for everything that happens")
}

// offers are the words that may be typed next, each with a word about it where there is one.
func (p *place) offers(ctx context.Context, typed []string) (all []string) {
	if ctx == nil {
		ctx = context.Background()
	}
	ctx, cancel := context.WithTimeout(ctx, offersWithin)
	defer cancel()
	for _, o := range console.Offers(ctx, p.path(), typed) {
		all = append(all, o.Word+"\t"+o.Help)
	}
	return all
}

// oneOfRuns offers the ids of what is under way: the same as behind "cancel".
func (p *place) oneOfRuns(cmd *cobra.Command, args []string, begun string) ([]string, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return p.offers(cmd.Context(), []string{job.CancelChoice, begun}), cobra.ShellCompDirectiveNoFileComp
}

// exitError ends the program with a code of its own.
type exitError struct {
	code int
	says string // empty: everything was said
}

func (e *exitError) Error() string { return e.says }

// spoken gives the end of a session its exit code.
func spoken(err error) error {
	var e *console.Error
	if errors.As(err, &e) {
		return &exitError{code: e.Exit, says: e.Says}
	}
	return err
}

func newTerminate() *cobra.Command {
	var at place
	var t terminal.TerminateRequest
	var yes bool
	cmd := &cobra.Command{
		Use:   "terminate <id>",
		Short: "End a run by force, when it cannot be cancelled any more",
		Long: `End a run by force: for one that pawl run cancel does not end, because the program cannot
carry it on. First its scripts are stopped on their hosts, and that is confirmed; then the
run is ended, what it held is given on, and whoever asked for it is told. It cannot put
anything right any more: a deploy may be left half done. It is asked of a Pawl that is
running here, by the login it runs as, or by root.`,
		Example: "  pawl runs terminate deploy-p3v8x1 --because \"stuck since the upgrade\"\n  pawl runs terminate deploy-p3v8x1 --because \"host is gone\" --anyway --yes",
		Args: func(cmd *cobra.Command, args []string) error {
			if err := oneRun(cmd, args); err != nil {
				return err
			}
			if strings.TrimSpace(t.Because) == "" {
				return &usageError{errors.New("why? It is written down: --because \"...\"")}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			t.Run = strings.ToLower(args[0])
			o := console.Options{In: os.Stdin, Socket: at.path(), Flags: at.typed(cmd), Out: cmd.OutOrStdout(), Err: cmd.ErrOrStderr(), Plain: true}
			return spoken(console.Terminate(cmd.Context(), o, t, yes))
		},
		ValidArgsFunction: at.oneOfRuns,
	}
	at.flags(cmd)
	cmd.Flags().StringVar(&t.Because, "because", "", "why; it is written down, and told to whoever asked for the run")
	cmd.Flags().BoolVar(&t.Anyway, "anyway", false, "also when it cannot be confirmed that its scripts have stopped")
	cmd.Flags().BoolVar(&yes, "yes", false, "do not ask for the id once more")
	return cmd
}
