package proof

import (
	"fmt"
	"path"
	"strings"
	"time"

	"github.com/pawl-ops/pawl/app"
	"github.com/pawl-ops/pawl/internal/variables"
	"github.com/pawl-ops/pawl/workflows"
)

// Drain is how long Pawl takes to end at most; what starts it waits longer.
const Drain = 10 * time.Second

// unit is a systemd unit: what stands in its sections, by key.
type unit map[string][]string

func parseUnit(text string) unit {
	u := unit{}
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if key, value, ok := strings.Cut(line, "="); ok && !strings.HasPrefix(line, "#") {
			u[key] = append(u[key], value)
		}
	}
	return u
}

// brokenUnit gives what is wrong with a unit, a sentence each. What systemd itself can tell is not here.
func brokenUnit(text string) []string {
	u := parseUnit(text)
	var found []string
	say := func(format string, args ...any) { found = append(found, fmt.Sprintf(format, args...)) }
	one := func(key string) string {
		if len(u[key]) != 1 {
			say("%s stands in it %d times", key, len(u[key]))
			return ""
		}
		return u[key][0]
	}
	words := strings.Fields(one("ExecStart"))
	if len(words) < 2 || words[0] != "/usr/local/bin/pawl" {
		say("it does not start pawl")
		return found
	}
	if err := app.Understands(words[1:], workflows.All()...); err != nil {
		say("its command: %v", err)
	}
	if data, state := argument(words, "--data"), "/var/lib/"+one("StateDirectory"); data != state {
		say("its data are in %q, and it may write in %s", data, state)
	}
	if config := argument(words, "--config"); config != "" && path.Dir(config) != "/etc/pawl" {
		say("it reads %s", config)
	}
	if d, err := time.ParseDuration(one("TimeoutStopSec") + "s"); err != nil || d <= Drain {
		say("it is killed before it could end")
	}
	for key, want := range map[string]string{
		"Restart": "always", "StartLimitIntervalSec": "0", "User": "pawl", "NoNewPrivileges": "yes", "ProtectSystem": "strict", "CapabilityBoundingSet": "", "StateDirectoryMode": "0700",
	} {
		if got := one(key); got != want {
			say("%s is %q and not %q", key, got, want)
		}
	}
	if len(u["Requires"])+len(u["BindsTo"]) > 0 {
		say("it ends with another one, which it does not need")
	}
	credentials := map[string]bool{}
	for _, c := range u["LoadCredential"] {
		name, from, _ := strings.Cut(c, ":")
		credentials["%d/"+name] = true
		if from != "/etc/pawl/secrets/"+name {
			say("its secret %s is in %s", name, from)
		}
	}
	for _, v := range u["Environment"] {
		name, value, _ := strings.Cut(v, "=")
		switch {
		case !variables.Known(name):
			say("it does not read %s", name)
		case !strings.HasSuffix(name, "_FILE") || !credentials[value]:
			say("%s is none of its secrets", name)
		}
		delete(credentials, value)
	}
	for unread := range credentials {
		say("nobody reads its secret %s", unread)
	}
	return found
}
