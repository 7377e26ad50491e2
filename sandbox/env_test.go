package sandbox

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/sandbox/crm"
	"github.com/pawl-ops/pawl/sandbox/jenkins"
)

// The demo of somebody who works with a cluster every day must not run its toys there.
func TestPawlSeesNothingOfWhoStartedIt(t *testing.T) {
	t.Parallel()
	w := &World{URL: "http://127.0.0.1:8065", dir: "/acme/world"}
	caller := []string{
		"PATH=/bin", "HOME=/home/alice", "TEMPORAL_ADDRESS=prod.example.com:7233", "TEMPORAL_NAMESPACE=prod", "TEMPORAL_API_KEY=k",
		"TEMPORAL_CONFIG_FILE=/home/alice/temporal.toml", "SSH_AUTH_SOCK=/run/agent", "SLACK_SIGNING_SECRET=s", "SLACK_APP_TOKEN=xapp-real",
		"SLACK_API_URL=https://slack.example.com/", "PAWL_LEDGER=postgres://db/pawl", "PAWL_LEDGER_FILE=/run/secrets/ledger", "LANG=C.UTF-8",
	}
	require.Equal(t, []string{
		"PATH=/bin", "LANG=C.UTF-8", "HOME=/acme/world",
		"SLACK_API_URL=http://127.0.0.1:8065/api/", "SLACK_BOT_TOKEN=" + BotToken, "SLACK_APP_TOKEN=" + AppToken,
		"CRM_URL=http://127.0.0.1:8065/crm/v3/objects/deals", "CRM_TOKEN=" + crm.Token,
		"JENKINS_URL=http://127.0.0.1:8065/jenkins", "JENKINS_USER=pawl", "JENKINS_TOKEN=" + jenkins.Token,
	}, w.Env(caller))
	require.Contains(t, caller, "HOME=/home/alice", "the caller's own is left alone")
}
