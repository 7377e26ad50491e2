package app

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/pawl-ops/pawl/workflows/frame"
)

// drainWithin is how long a SIGTERM waits for what is being done at that moment. Whatever is cut is resumed.
const drainWithin = 10 * time.Second

func newUp(jobs []frame.Definition) *cobra.Command {
	var o Options
	roles := allRoles().String()
	cmd := &cobra.Command{
		Use:   "up",
		Short: "Run Pawl: bot, worker and engine",
		Long: `Run Pawl in this process: it connects to Slack, runs what people ask for, and keeps
everything under way in the data directory. It may be stopped or killed at any time;
what was accepted goes on when it is back.

Slack's tokens come from SLACK_BOT_TOKEN and SLACK_APP_TOKEN; with --slack-http it needs
SLACK_SIGNING_SECRET instead of the last. With TEMPORAL_ADDRESS it uses that Temporal
cluster instead of the engine inside. With PAWL_LEDGER=postgres://... the ledger is in
PostgreSQL instead of the data directory. Each secret may be in a file that
NAME_FILE names: SLACK_BOT_TOKEN_FILE=/run/secrets/slack-bot. A file .env beside
pawl.yaml is read first; what the environment has set already wins.

With --roles this process is only a part of Pawl: the others run beside it, on the
same machine and data directory, as pawl worker and pawl slackbridge do.`,
		Example: "  pawl up\n  pawl up --config /etc/pawl/pawl.yaml --data /var/lib/pawl --listen 127.0.0.1:8480\n  pawl up --roles engine --data /var/lib/pawl",
	}
	cmd.Flags().StringVar(&roles, "roles", roles, "the parts of Pawl this process is")
	cmd.Flags().StringVar(&o.UI, "ui", "127.0.0.1:0", "where Temporal's web page is shown, read-only; loopback only; empty: nowhere")
	return role(cmd, &o, listenUp, jobs, func() (err error) {
		o.Roles, err = ParseRoles(roles)
		return err
	})
}

// role completes a command that runs parts of Pawl until it is told to stop.
func role(cmd *cobra.Command, o *Options, listen string, jobs []frame.Definition, complete func() error) *cobra.Command {
	level := "info"
	if o.Roles != (Roles{Worker: true}) {
		cmd.Flags().StringVar(&o.Socket, "socket", "", "the socket by which pawl run finds this process; pawl.sock in the data directory when not given")
		cmd.Flags().StringVar(&o.SlackHTTP, "slack-http", "", "where Slack sends signed requests, instead of Socket Mode; behind something that speaks TLS")
	}
	cmd.Args = noArgs
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		log, err := newLog(os.Stderr, level)
		if err == nil {
			err = complete()
		}
		if err == nil && o.SlackHTTP != "" && !o.Roles.Bridge {
			err = errors.New("--slack-http is where the role slackbridge hears Slack, and this process is not it: name it under --roles, or leave --slack-http out")
		}
		if err != nil {
			return &usageError{err}
		}
		o.Log = log
		if err := takeEnv(o.Config, cmd.ErrOrStderr()); err != nil {
			return err
		}
		return up(cmd.Context(), *o, jobs)
	}
	cmd.Flags().StringVar(&o.Config, "config", "pawl.yaml", "the configuration")
	cmd.Flags().StringVar(&o.Data, "data", ".pawl", "the data directory: engine, ledger, last known people")
	cmd.Flags().StringVar(&o.Listen, "listen", listen, "where /readyz and /healthz answer; loopback, or behind something that guards it")
	cmd.Flags().StringVar(&level, "log", level, "debug, info, warn or error")
	return cmd
}

func up(ctx context.Context, o Options, jobs []frame.Definition) error {
	p, err := New(o, jobs...)
	if err != nil {
		return err
	}
	if err := p.Start(ctx); err != nil {
		return err
	}
	select {
	case <-ctx.Done():
	case err = <-p.Fatal():
	}
	stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainWithin)
	defer cancel()
	if stopErr := p.Stop(stopping); err == nil && stopErr != nil {
		err = fmt.Errorf("stopping: %w", stopErr)
	}
	return err
}
