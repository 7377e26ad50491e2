package proof

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"
)

func TestTheComposeFileIsInOrder(t *testing.T) {
	t.Parallel()
	read, err := readTheirs(t.Context(), "../..")
	require.NoError(t, err)
	for _, profile := range Profiles() {
		p, err := Read(t.Context(), theFile, profile)
		require.NoError(t, err)
		require.Empty(t, Broken(p, read), "profile %q", profile)
		_, demo := p.Services["demo"]
		require.Equal(t, profile == "demo", demo, "the demo starts when it is asked for, and only then")
	}
}

// Every rule finds something: each line breaks the file in one way.
func TestWhatIsWrongIsFound(t *testing.T) {
	t.Parallel()
	read, err := readTheirs(t.Context(), "../..")
	require.NoError(t, err)
	original, err := os.ReadFile(theFile)
	require.NoError(t, err)
	for _, c := range []struct{ name, from, to, says string }{
		{"latest", "image: temporalio/ui:2.55.0", "image: temporalio/ui:latest", "temporal-ui: its image temporalio/ui:latest is not pinned"},
		{"no tag", "image: postgres:17.11-bookworm", "image: postgres", "postgres: its image postgres is not pinned"},
		{"only the major version", "image: postgres:17.11-bookworm", "image: postgres:17", "not pinned"},
		{"an unknown key", "  stop_grace_period: 20s", "  stop_grace: 20s", "stop_grace"},
		{"a variable of whoever starts it", "LOG_LEVEL: warn", "LOG_LEVEL: ${MINE:?}", "required variable MINE is missing"},
		{"a service that is not there", "postgres: {condition: service_healthy}", "postgresql: {condition: service_healthy}", "depends on undefined service \"postgresql\""},
		{"a secret that is not there", "secrets: [pawl_ledger, slack_bot_token, ssh_key]", "secrets: [pawl_ledger, slack_bot, ssh_key]", "undefined secret slack_bot"},
		{"a network that is not there", "networks: [data, engine, outside]", "networks: [data, engine, world]", "undefined network world"},
		{"published to all", "host_ip: 127.0.0.1, published: \"8233\"", "published: \"8233\"", "port 8233 is published to other machines"},
		{"published to others", "host_ip: 127.0.0.1, published: \"8065\"", "host_ip: 0.0.0.0, published: \"8065\"", "port 8065 is published to other machines"},
		{"a root that can be written", "  read_only: true\n  cap_drop", "  cap_drop", "its root can be written"},
		{"capabilities", "  cap_drop: [ALL]\n", "", "it keeps capabilities"},
		{"some capabilities", "  cap_drop: [ALL]\n", "  cap_drop: [ALL]\n  cap_add: [NET_ADMIN]\n", "it keeps capabilities"},
		{"new privileges", "  security_opt: [\"no-new-privileges:true\"]\n", "", "it can gain privileges"},
		{"root", "user: \"65532:65532\"\n  # SIGTERM", "user: \"0:0\"\n  # SIGTERM", "it runs as \"0:0\""},
		{"a log without an end", "{max-size: 10m, max-file: \"5\"}", "{max-file: \"5\"}", "its log has no limit"},
		{"no limit of memory", "limits: {memory: 512m, pids: 512}", "limits: {pids: 512}", "its memory has no limit"},
		{"never started again", "  restart: unless-stopped\n", "  restart: \"no\"\n", "nobody starts it again"},
		{"the machine's network", "    networks: [page]\n    healthcheck", "    network_mode: host\n    healthcheck", "it lives among the machine's own processes"},
		{"an unknown command", "command: [worker,", "command: [workers,", "pawl-worker: its command: "},
		{"an unknown flag", "slackbridge, --config,", "slackbridge, --configuration,", "pawl-bridge: its command: unknown flag: --configuration"},
		{"a flag of another command", "slackbridge, --config,", "slackbridge, --roles, engine, --config,", "unknown flag: --roles"},
		{"a word too many", "--listen, \"127.0.0.1:8481\"]\n    environment", "--listen, \"127.0.0.1:8481\", now]\n    environment", "\"now\" is not expected here"},
		{"an impossible retention", "--retention, 30d", "--retention, a month", "--retention is a number of days"},
		{"another data directory", "worker, --config, /etc/pawl/pawl.yaml, --data, /var/lib/pawl", "worker, --config, /etc/pawl/pawl.yaml, --data, /data", "--data is /data, where nothing is mounted"},
		{"another configuration", "worker, --config, /etc/pawl/pawl.yaml", "worker, --config, /config/pawl.yaml", "--config is /config, where nothing is mounted"},
		{"a volume nobody reads", "target: /var/lib/pawl}\n  depends_on", "target: /var/lib/pawl}\n    - {type: volume, source: demo-data, target: /data}\n  depends_on", "/data is mounted, and it never looks there"},
		{"a configuration that can be written", "target: /etc/pawl, read_only: true", "target: /etc/pawl", "/etc/pawl can be written from inside"},
		{"a folder made from nothing", "target: /etc/pawl, read_only: true, bind: {create_host_path: false}", "target: /etc/pawl, read_only: true, bind: {create_host_path: true}", "is made as an empty folder"},
		{"no temporary files", "  tmpfs: [\"/tmp:size=64m,mode=1777\"]\n", "", "it has no /tmp"},
		{"killed too soon", "  stop_grace_period: 20s", "  stop_grace_period: 5s", "it is killed before it could end"},
		{"a variable we do not read", "SLACK_BOT_TOKEN_FILE: ", "SLACK_TOKEN_FILE: ", "pawl-worker: it does not read SLACK_TOKEN_FILE"},
		{"a variable Temporal does not read", "BIND_ON_IP: ", "BIND_IP: ", "temporal: it does not read BIND_IP"},
		{"a variable its tool does not read", "SQL_HOST: postgres", "SQL_SERVER: postgres", "temporal-schema: it does not read SQL_SERVER"},
		{"a variable the page does not read", "TEMPORAL_DISABLE_WRITE_ACTIONS", "TEMPORAL_READ_ONLY", "temporal-ui: it does not read TEMPORAL_READ_ONLY"},
		{"a variable PostgreSQL does not read", "PAWL_PASSWORD_FILE: ", "PAWLS_PASSWORD_FILE: ", "postgres: it does not read PAWLS_PASSWORD_FILE"},
		{"a secret in the file", "PAWL_LEDGER_FILE: /run/secrets/pawl_ledger", "PAWL_LEDGER: postgres://pawl:x@postgres/pawl", "PAWL_LEDGER stands in the file"},
		{"a secret it has not", "secrets: [pawl_ledger, slack_bot_token, ssh_key]", "secrets: [pawl_ledger, ssh_key]", "pawl-worker: SLACK_BOT_TOKEN_FILE names /run/secrets/slack_bot_token, which is none of its secrets"},
		{"a secret of the environment", "{file: ./secrets/ssh_key}", "{environment: SSH_KEY}", "its secret ssh_key is not in a file"},
		{"an environment of whoever starts it", "LOG_LEVEL: warn", "LOG_LEVEL:", "LOG_LEVEL comes from the environment of whoever starts it"},
		{"nobody looks", "[CMD, /usr/local/bin/pawl, ready, --listen, \"127.0.0.1:8481\"]", "[NONE]", "pawl-worker"},
		{"a look with a shell", "[CMD, /usr/local/bin/pawl, ready, --listen, \"127.0.0.1:8481\"]", "[CMD-SHELL, \"pawl ready\"]", "its health check needs more than the image has"},
		{"a look at another", "[CMD, /usr/local/bin/pawl, ready, --listen, \"127.0.0.1:8481\"]", "[CMD, /usr/local/bin/pawl, ready, --listen, \"127.0.0.1:8482\"]", "its health check asks 127.0.0.1:8482, and it listens on 127.0.0.1:8481"},
		{"a look that is none", "[CMD, /usr/local/bin/pawl, ready, --listen, \"127.0.0.1:8481\"]", "[CMD, /usr/local/bin/pawl, health]", "its health check: "},
		{"too early", "temporal-namespace: {condition: service_completed_successfully}", "temporal-namespace: {condition: service_started}", "it starts before temporal-namespace can be used"},
		{"waiting for ever", "temporal-namespace: {condition: service_completed_successfully}", "temporal: {condition: service_completed_successfully}", "it waits until temporal has ended"},
		{"the databases reach out", "data: {internal: true}", "data: {internal: false}", "the network data leads out"},
		{"Temporal reaches out", "networks: [data, engine]\n", "networks: [data, engine, outside]\n", "temporal: it is in the network outside"},
		{"an image of ours from elsewhere", "image: pawl:local\n  build", "image: example.com/pawl:1.0.0\n  build", "looks like one that is fetched"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			require.Contains(t, string(original), c.from)
			file := filepath.Join(t.TempDir(), "docker-compose.yml")
			require.NoError(t, os.WriteFile(file, []byte(strings.Replace(string(original), c.from, c.to, 1)), 0o600))
			p, err := Read(t.Context(), file, "demo")
			if err != nil {
				require.ErrorContains(t, err, c.says)
				return
			}
			require.Contains(t, strings.Join(Broken(p, read), "\n"), c.says)
		})
	}
}

// Temporal's images are of the versions that Pawl is built and tested with.
func TestTheImagesAreOfOurVersions(t *testing.T) {
	t.Parallel()
	p, err := Read(t.Context(), theFile)
	require.NoError(t, err)
	for service, module := range map[string]string{"temporal": serverModule, "temporal-schema": serverModule, "temporal-ui": "github.com/temporalio/ui-server/v2"} {
		_, version, err := moduleDir(t.Context(), module)
		require.NoError(t, err)
		require.Equal(t, version, p.Services[service].Image[strings.Index(p.Services[service].Image, ":")+1:], service)
	}
}

// Temporal's own reader takes the settings, and every one of them is one that the engine inside Pawl has as well.
func TestTemporalTakesTheSettings(t *testing.T) {
	t.Parallel()
	const file = "../../deploy/compose/dynamicconfig.yaml"
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	settings := map[string]any{}
	require.NoError(t, yaml.Unmarshal(text, &settings))
	require.NotEmpty(t, settings)

	source, _, err := moduleDir(t.Context(), serverModule)
	require.NoError(t, err)
	constants, err := os.ReadFile(filepath.Join(source, "common/dynamicconfig/constants.go"))
	require.NoError(t, err)
	inside, err := os.ReadFile("../../internal/engine/settings.go")
	require.NoError(t, err)
	for name := range settings {
		m := regexp.MustCompile(`(?m)^\t([A-Za-z]+) += New[A-Za-z]+\(\n\t\t"` + regexp.QuoteMeta(name) + `"`).FindSubmatch(constants)
		require.NotNil(t, m, "Temporal has no setting %s", name)
		require.Contains(t, string(inside), "dc."+string(m[1])+".Key()", "the engine inside does not set %s", name)
	}
}

// What the scripts are written in is what the images have: a plain shell.
func TestTheScriptsAreForAnyShell(t *testing.T) {
	t.Parallel()
	scripts, err := filepath.Glob("../../deploy/compose/*.sh")
	require.NoError(t, err)
	require.NotEmpty(t, scripts)
	for _, script := range scripts {
		info, err := os.Stat(script)
		require.NoError(t, err)
		require.Equal(t, os.FileMode(0o755), info.Mode().Perm()&0o755, "%s cannot be run by everybody", script)
		out, err := exec.CommandContext(t.Context(), "sh", "-n", script).CombinedOutput()
		require.NoError(t, err, "%s", out)
	}
}
