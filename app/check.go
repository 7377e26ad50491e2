package app

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/pawl-ops/pawl/internal/config"
	"github.com/pawl-ops/pawl/internal/engine"
	"github.com/pawl-ops/pawl/internal/explain"
	"github.com/pawl-ops/pawl/internal/slots"
	"github.com/pawl-ops/pawl/job"
	"github.com/pawl-ops/pawl/workflows/frame"
)

func newCheck(jobs []frame.Definition) *cobra.Command {
	c := checking{}
	cmd := &cobra.Command{
		Use:   "check [command]",
		Short: "Tell every mistake in pawl.yaml; with --live also whether the world is as it says",
		Long: `Read pawl.yaml as pawl up does, and tell every mistake at once, with line and column,
and what is worth a second look. It changes nothing, and without --live it talks to
nobody.

  --live   tries what pawl.yaml and .env name: Slack's tokens and scopes, channels,
           groups and people, hosts and their keys, Jenkins, both ends of syncs, the
           ledger, the engine, clocks. One line each: ok, or how to mend it. It
           changes nothing anywhere and disturbs no Pawl that runs.
  --can    says whether somebody may type a command, which line says so, and who else
           must agree. Who: a short name from pawl.yaml, an e-mail address, @group,
           everyone; with --live also anybody in Slack.
  --show   shows everything with presets and defaults filled in, who may do what as a
           table, and the next five times of each schedule. Of secrets it says only
           where they come from.

The exit code is 0 when all is well (or the answer is yes), 1 when something is to be
mended (or the answer is no), 2 when the command line was not understood.`,
		Example: `  pawl check
  pawl check --live
  pawl check --can petra "deploy master"
  pawl check --can @oncall force restart master blue
  pawl check --show --config /etc/pawl/pawl.yaml`,
		Args: func(_ *cobra.Command, args []string) error { return c.understood(args) },
		RunE: func(cmd *cobra.Command, args []string) error {
			c.jobs = jobs
			return c.run(cmd, strings.Join(args, " "))
		},
	}
	f := cmd.Flags()
	f.StringVar(&c.opt.Config, "config", "pawl.yaml", "the configuration")
	f.StringVar(&c.opt.Data, "data", ".pawl", "the data directory of pawl up, for --live")
	f.StringVar(&c.who, "can", "", "who: may they type the command that follows?")
	f.BoolVar(&c.show, "show", false, "show everything with presets and defaults filled in")
	f.BoolVar(&c.live, "live", false, "also try everything the file names")
	f.BoolVar(&c.json, "json", false, "what --live or --can finds, as JSON")
	return cmd
}

// checking is one `pawl check`.
type checking struct {
	opt              Options
	jobs             []frame.Definition
	who              string
	show, live, json bool
}

// understood holds the command line to be right.
func (c *checking) understood(args []string) error {
	switch {
	case c.who == "" && len(args) > 0:
		return &usageError{fmt.Errorf("%q is not expected here; to ask about a command say who would type it: --can oncall %q", strings.Join(args, " "), strings.Join(args, " "))}
	case c.who != "" && len(args) == 0:
		return &usageError{fmt.Errorf("--can %s needs the command: --can %s \"toy\"", c.who, c.who)}
	case c.who != "" && c.show:
		return &usageError{errors.New("--can and --show are two questions: ask them one after the other")}
	case c.json && !c.live && c.who == "":
		return &usageError{errors.New("--json shows what --live or --can finds: add one of them")}
	case c.live && c.show:
		return &usageError{errors.New("--live and --show are two questions: ask them one after the other")}
	}
	return nil
}

func (c *checking) run(cmd *cobra.Command, typed string) error {
	if err := takeEnv(c.opt.Config, cmd.ErrOrStderr()); err != nil {
		return err
	}
	h := newHouse(c.opt, c.jobs)
	cfg, err := h.read()
	if err != nil {
		return err
	}
	h.cfg = cfg
	e := explain.New(cfg, h.specs())
	out := cmd.OutOrStdout()
	switch now := time.Now(); {
	case c.who != "":
		return c.can(cmd.Context(), h, e, out, typed)
	case c.show:
		described(out, c.opt.Config, cfg)
		e.Show(out, h.presets(), usualTimers(), now)
		warned(out, h.warnings(e, now))
	case c.live:
		return c.tryAll(cmd.Context(), h, e, out)
	default:
		described(out, c.opt.Config, cfg)
		outline(out, cfg, now)
		warned(out, h.warnings(e, now))
	}
	return nil
}

// answer tells whether somebody may type something.
func (c *checking) answer(out io.Writer, v explain.Verdict) error {
	if c.json {
		if err := json.NewEncoder(out).Encode(v); err != nil {
			return fmt.Errorf("writing the answer: %w", err)
		}
	} else {
		for _, line := range v.Lines {
			fmt.Fprintln(out, line)
		}
	}
	if !v.Yes {
		return errToldAlready
	}
	return nil
}

// usualTimers are the waits of a file that says nothing.
func usualTimers() job.Timers {
	if (engine.Options{}).Cluster() {
		return config.ClusterTimers()
	}
	return config.EmbeddedTimers()
}

// described says that the file is in order, and what is in it.
func described(out io.Writer, path string, cfg *config.Config) {
	fmt.Fprintf(out, "%s is in order: %s, %s, %s, %s, %s.\n", path, many(len(cfg.Hosts), "host"), many(len(cfg.Runbooks), "runbook"),
		many(len(cfg.Asked), "look"), many(len(cfg.Syncs), "sync"), many(len(cfg.Schedules), "schedule"))
}

// outline says what the runbooks do, and when what comes by itself comes next.
func outline(out io.Writer, cfg *config.Config, now time.Time) {
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

// warned says what is worth a second look.
func warned(out io.Writer, all []string) {
	if len(all) == 0 {
		return
	}
	fmt.Fprintf(out, "\nWorth a second look, though no mistake:\n")
	for _, w := range all {
		fmt.Fprintf(out, "  %s\n", w)
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
