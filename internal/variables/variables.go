// Package variables is the list of the environment variables that Pawl reads: what its documentation, its compose file and
// its systemd units are held to.
//
// Beside those here there are the ones that pawl.yaml names itself, as {env: NAME}.
package variables

import (
	"slices"
	"strings"
)

// Variable is one variable of the environment.
type Variable struct {
	Name   string
	Secret bool   // NAME_FILE may name a file that holds it (package secrets)
	Means  string // a phrase for people
}

// Where a variable belongs, as the headings of the documentation.
const (
	Slack    = "Slack"
	Ledger   = "The ledger"
	Temporal = "A Temporal cluster"
	Machine  = "The machine"
)

// Group is the variables of one subject.
type Group struct {
	Name string
	All  []Variable
}

// Groups are all variables, in the order in which people need them.
func Groups() []Group {
	return []Group{
		{Slack, []Variable{
			{"SLACK_BOT_TOKEN", true, "the bot token of the Slack app, `xoxb-...`; worker and bridge need it"},
			{"SLACK_APP_TOKEN", true, "its app-level token, `xapp-...`; the bridge needs it for Socket Mode"},
			{"SLACK_SIGNING_SECRET", true, "its signing secret; the bridge needs it with `--slack-http`"},
			{"SLACK_API_URL", false, "another address of Slack's API, for a proxy or a pretend Slack"},
		}},
		{Ledger, []Variable{
			{"PAWL_LEDGER", true, "`postgres://user:password@host:5432/database`; without it the ledger is a file in the data directory"},
			{"PG*", false, "`PGPASSWORD`, `PGSSLROOTCERT` and the others that PostgreSQL's own tools read: what a connection string does not say, of the ledger and of syncs"},
		}},
		{Temporal, []Variable{
			{"TEMPORAL_ADDRESS", false, "`host:port`; without it, and without a profile, Pawl uses the engine inside"},
			{"TEMPORAL_NAMESPACE", false, "where runs live; `default` when it is not given"},
			{"TEMPORAL_API_KEY", true, "the API key"},
			{"TEMPORAL_TLS", false, "`true`: TLS with the authorities of this machine"},
			{"TEMPORAL_TLS_CLIENT_CERT_PATH", false, "file of the client certificate"},
			{"TEMPORAL_TLS_CLIENT_CERT_DATA", false, "the client certificate itself"},
			{"TEMPORAL_TLS_CLIENT_KEY_PATH", false, "file of its key"},
			{"TEMPORAL_TLS_CLIENT_KEY_DATA", false, "its key itself"},
			{"TEMPORAL_TLS_SERVER_CA_CERT_PATH", false, "file of the authority that the server's certificate is from"},
			{"TEMPORAL_TLS_SERVER_CA_CERT_DATA", false, "that authority itself"},
			{"TEMPORAL_TLS_SERVER_NAME", false, "the name in the server's certificate, when it is not that of the address"},
			{"TEMPORAL_TLS_DISABLE_HOST_VERIFICATION", false, "`true`: believe any server; for trials only"},
			{"TEMPORAL_CONFIG_FILE", false, "the file with profiles"},
			{"TEMPORAL_PROFILE", false, "the profile of that file; `default` when it is not given"},
			{"TEMPORAL_CLIENT_AUTHORITY", false, "the authority of requests, for a proxy"},
			{"TEMPORAL_CODEC_ENDPOINT", false, "read by Temporal's own tools; Pawl encodes nothing"},
			{"TEMPORAL_CODEC_AUTH", false, "the same"},
			{"TEMPORAL_GRPC_META_*", false, "a header of every request: `TEMPORAL_GRPC_META_X_TEAM=ops` is `x-team: ops`"},
		}},
		{Machine, []Variable{
			{"HOME", false, "where `.ssh` is, when `ssh:` of pawl.yaml names no key or no known hosts"},
			{"TZ", false, "the time zone that `pawl init` proposes"},
			{"SSH_AUTH_SOCK", false, "the ssh-agent, when `ssh:` names no key"},
			{"HTTPS_PROXY", false, "the proxy for Slack, Jenkins and what syncs fetch"},
			{"HTTP_PROXY", false, "the same for addresses without TLS"},
			{"NO_PROXY", false, "what is reached without it"},
			{"SSL_CERT_FILE", false, "whom to trust on the Web, instead of what the machine has"},
			{"SSL_CERT_DIR", false, "the same as a folder"},
			{"NO_COLOR", false, "no colours on a terminal, when it is set"},
			{"TERM", false, "`dumb`: a terminal on which lines are not redrawn"},
			{"GOMEMLIMIT", false, "how much memory Pawl tries to stay below: `400MiB`"},
		}},
	}
}

// Known reports whether Pawl reads a variable of this name, or a file that it names.
func Known(name string) bool {
	return slices.ContainsFunc(Groups(), func(g Group) bool {
		return slices.ContainsFunc(g.All, func(v Variable) bool { return v.is(name) })
	})
}

func (v Variable) is(name string) bool {
	if beginning, ok := strings.CutSuffix(v.Name, "*"); ok {
		return strings.HasPrefix(name, beginning) && name != beginning
	}
	return name == v.Name || v.Secret && name == v.Name+"_FILE"
}

// Markdown is the list as the documentation has it.
func Markdown() string {
	var b strings.Builder
	for i, g := range Groups() {
		if i > 0 {
			b.WriteString("\n")
		}
		b.WriteString("## " + g.Name + "\n\n| variable | what |\n|---|---|\n")
		for _, v := range g.All {
			name := "`" + v.Name + "`"
			if v.Secret {
				name += ", or `" + v.Name + "_FILE`"
			}
			b.WriteString("| " + name + " | " + v.Means + " |\n")
		}
	}
	return b.String()
}
