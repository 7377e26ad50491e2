package app

import (
	"github.com/spf13/cobra"

	"github.com/pawl-ops/pawl/workflows/frame"
)

// besideAnEngine is what both commands say of the engine they work with.
const besideAnEngine = `
Everything under way is kept by an engine, which is not in this process: a Temporal
cluster (TEMPORAL_ADDRESS), or on this machine the one of pawl up --roles engine with
the same data directory. It may be started later, and may go away and come back: this
process waits for it and goes on.`

func newWorker(jobs []frame.Definition) *cobra.Command {
	o := Options{Roles: Roles{Worker: true}}
	cmd := &cobra.Command{
		Use:   "worker",
		Short: "Run only the part of Pawl that carries on runs",
		Long: `Run only the part of Pawl that carries on runs: it works on the hosts, keeps the boards,
and says in Slack how each run ended. It hears nobody; that is what pawl slackbridge does.
There may be several. It needs pawl.yaml, SLACK_BOT_TOKEN, and the keys of the hosts.
` + besideAnEngine,
		Example: "  pawl worker\n  pawl worker --config /etc/pawl/pawl.yaml --data /var/lib/pawl\n  TEMPORAL_ADDRESS=temporal.example.com:7233 pawl worker",
	}
	return role(cmd, &o, listenWorker, jobs, func() error { return nil })
}

func newSlackbridge(jobs []frame.Definition) *cobra.Command {
	o := Options{Roles: Roles{Bridge: true}}
	cmd := &cobra.Command{
		Use:   "slackbridge",
		Short: "Run only the part of Pawl that people in Slack talk to",
		Long: `Run only the part of Pawl that people in Slack talk to: it answers what can be looked up,
and starts, answers and cancels runs. It carries on none; that is what pawl worker does.
There may be several. It needs pawl.yaml, SLACK_BOT_TOKEN and SLACK_APP_TOKEN, or with
--slack-http SLACK_SIGNING_SECRET instead of the last.
` + besideAnEngine,
		Example: "  pawl slackbridge\n  pawl slackbridge --config /etc/pawl/pawl.yaml --data /var/lib/pawl\n  TEMPORAL_ADDRESS=temporal.example.com:7233 pawl slackbridge",
	}
	return role(cmd, &o, listenBridge, jobs, func() error { return nil })
}
