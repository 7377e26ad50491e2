package manifest

import (
	"fmt"
	"strconv"
	"strings"
)

// YAML is the manifest with a reason beside each scope and event. Slack takes it as it is; whoever has to agree to the
// app reads in one file what it may do, and why.
func (a App) YAML() []byte {
	d := a.document()
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	line("# The Slack app %s. Slack takes this file: https://api.slack.com/apps, Create New App, From a manifest, YAML.", a.Name)
	line("# It asks for what Pawl uses, and for nothing else. Pawl reads and writes only where it was invited.")
	line("_metadata:\n  major_version: %d\n  minor_version: %d", d.Metadata.Major, d.Metadata.Minor)
	line("display_information:\n  name: %s\n  description: %s", quoted(d.Display.Name), quoted(d.Display.Description))
	line("features:")
	line("  app_home:")
	line("    home_tab_enabled: %t", d.Features.Home.Home)
	line("    messages_tab_enabled: %t             # people may write to it directly", d.Features.Home.Messages)
	line("    messages_tab_read_only_enabled: %t", d.Features.Home.ReadOnly)
	line("  bot_user:\n    display_name: %s\n    always_online: %t", quoted(d.Features.Bot.Name), d.Features.Bot.Online)
	line("  slash_commands:")
	for _, c := range d.Features.Commands {
		line("    - command: %s", quoted(c.Command))
		if c.URL != "" {
			line("      url: %s", quoted(c.URL))
		}
		line("      description: %s\n      usage_hint: %s\n      should_escape: %t", quoted(c.Description), quoted(c.Hint), c.Escape)
	}
	line("oauth_config:\n  scopes:\n    bot:")
	listed(&b, Scopes())
	line("settings:\n  event_subscriptions:")
	if d.Settings.Events.URL != "" {
		line("    request_url: %s", quoted(d.Settings.Events.URL))
	}
	line("    bot_events:")
	listed(&b, Events())
	line("  interactivity:\n    is_enabled: %t                       # without it no button works", d.Settings.Interactivity.On)
	if d.Settings.Interactivity.URL != "" {
		line("    request_url: %s", quoted(d.Settings.Interactivity.URL))
	}
	line("  org_deploy_enabled: %t\n  socket_mode_enabled: %t\n  token_rotation_enabled: %t", d.Settings.Org, d.Settings.Socket, d.Settings.Rotation)
	return []byte(b.String())
}

func listed(b *strings.Builder, all []Need) {
	for _, n := range all {
		fmt.Fprintf(b, "      - %-26s # %s\n", n.Name, n.Why)
	}
}

// quoted is a text between quotation marks, which mean the same in YAML and in Go for what an App may hold.
func quoted(text string) string { return strconv.Quote(text) }
