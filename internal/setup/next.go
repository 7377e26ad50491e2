package setup

import (
	"fmt"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/pawl-ops/pawl/internal/manifest"
)

// Said tells what became of the files.
func Said(files []File, fates []Fate, ignored []string) string {
	var b strings.Builder
	for i, f := range files {
		switch fates[i] {
		case Written:
			fmt.Fprintf(&b, "  written  %s\n", f.Path)
		case Same:
			fmt.Fprintf(&b, "  there    %s, and as it should be\n", f.Path)
		case Kept:
			fmt.Fprintf(&b, "  kept     %s, which was there: nothing in it was changed; move it away to have it written anew\n", f.Path)
		}
	}
	if len(ignored) > 0 {
		fmt.Fprintf(&b, "  added    %s to .gitignore\n", strings.Join(ignored, " and "))
	}
	return b.String()
}

// Next says what to click and type, in order, until `help` is answered. config is the path of pawl.yaml.
func (a Answers) Next(config string) string {
	var b strings.Builder
	dir, flag := filepath.Dir(config), ""
	if config != "pawl.yaml" {
		flag = " --config " + shellQuoted(config)
	}
	env := filepath.Join(dir, EnvFile)
	step := 0
	say := func(format string, args ...any) {
		step++
		text := strings.ReplaceAll(fmt.Sprintf(format, args...), "\n", "\n     ")
		fmt.Fprintf(&b, "%3d. %s\n", step, strings.ReplaceAll(text, "\n     \n", "\n\n"))
	}
	say("Open this link, pick your workspace, Next, Create. It makes the app %s with what is in %s:\n\n%s\n\nIf the link is cut: https://api.slack.com/apps, Create New App, From a manifest, and paste that file.",
		a.App.Name, ManifestFile, a.App.Link())
	say("Install App, Install to Workspace, Allow. An owner of the workspace may have to agree first;\n%s says what the app may do, and why.", ManifestFile)
	say("OAuth & Permissions: copy the Bot User OAuth Token (xoxb-...) behind SLACK_BOT_TOKEN= in %s.", env)
	if a.App.RequestURL == "" {
		say("Basic Information, App-Level Tokens, Generate Token and Scopes: any name, the scope %s, Generate.\nCopy it (xapp-...) behind SLACK_APP_TOKEN= in %s.", manifest.AppScope, env)
	} else {
		say("Basic Information, App Credentials: copy the Signing Secret behind SLACK_SIGNING_SECRET= in %s.", env)
	}
	if strings.HasPrefix(a.Ops, "#") {
		say("In Slack, in %s: /invite @%s", a.Ops, a.App.Name)
	} else {
		say("In Slack, in the channel %s: /invite @%s", a.Ops, a.App.Name)
	}
	if a.Toy() && len(a.Hide) == 0 {
		say("In %s, under toy: say what is personal data (hide:). Nobody gets a toy before.", config)
	}
	hosts := "hosts"
	if a.Toy() {
		hosts = "the hosts, and the way from the toys' host to master,"
	}
	say("pawl check --live%s\nEach line is ok, or says how to mend it; %s among them.", flag, hosts)
	if a.App.RequestURL == "" {
		say("pawl up%s", flag)
	} else {
		say("pawl up%s --slack-http 127.0.0.1:8490\nbehind whatever answers at %s; then Event Subscriptions, Retry.", flag, a.App.RequestURL)
	}
	try := "try out"
	if a.Toy() && len(a.Hide) > 0 {
		try = "toy"
	}
	say("In Slack, a direct message to %s: help. Then: %s", a.App.Name, try)
	return b.String()
}

// shellQuoted is a path as a shell takes it, for people to copy.
func shellQuoted(path string) string {
	if regexp.MustCompile(`^[A-Za-z0-9_./+@-]+$`).MatchString(path) {
		return path
	}
	return "'" + strings.ReplaceAll(path, "'", `'\''`) + "'"
}
