package sandbox

import (
	"slices"
	"strings"

	"github.com/pawl-ops/pawl/sandbox/crm"
	"github.com/pawl-ops/pawl/sandbox/jenkins"
)

// outward are the beginnings of the names of variables that lead a process of Pawl out of its world: to the cluster, the
// Slack app, the ledger and the keys of whoever started it. Everything Pawl reads by name is below one of them, and HOME is replaced.
func outward() []string { return []string{"TEMPORAL_", "SLACK_", "SSH_", "PAWL_LEDGER", "HOME="} }

// Env is the environment of a process of Pawl that lives in this world, made from the caller's: what leads out of the
// world is taken away, and the way to the world's Slack is added. What a caller adds behind it counts.
func (w *World) Env(caller []string) []string {
	env := slices.DeleteFunc(slices.Clone(caller), func(variable string) bool {
		return slices.ContainsFunc(outward(), func(name string) bool { return strings.HasPrefix(variable, name) })
	})
	// Keys and known hosts are looked for at home when the configuration names none.
	return append(env,
		"HOME="+w.dir, "SLACK_API_URL="+w.URL+"/api/", "SLACK_BOT_TOKEN="+BotToken, "SLACK_APP_TOKEN="+AppToken,
		"CRM_URL="+w.URL+crmPath, "CRM_TOKEN="+crm.Token,
		"JENKINS_URL="+w.URL+jenkinsPath, "JENKINS_USER="+jenkins.User, "JENKINS_TOKEN="+jenkins.Token,
	)
}
