package manifest

import (
	"slices"
	"strings"
)

// Need is something Pawl asks of Slack, and the reason for it as people read it.
type Need struct {
	Name string // as Slack calls it: "chat:write"
	Why  string // completes "Pawl ...": "posts and edits messages"
}

// Scopes are what the bot token may do. Pawl uses each of them, and no other.
func Scopes() []Need {
	return []Need{
		{"app_mentions:read", "hears `@Pawl restart blue` in a channel"},
		{"im:history", "hears what people type to Pawl in a direct message"},
		{"commands", "hears its slash command"},
		{"chat:write", "posts, edits, and removes a message that appeared twice"},
		{"channels:history", "finds its own message again after an answer that got lost, in public channels"},
		{"groups:history", "does the same in private channels it was invited to"},
		{"channels:read", "finds the channels that `pawl.yaml` names, and sees who can read a question there"},
		{"groups:read", "does the same with private channels it was invited to"},
		{"im:read", "sees who can read a question in a direct message"},
		{"im:write", "opens a direct message when it cannot speak where it was asked"},
		{"users:read", "knows who somebody is, and who has left or is a guest"},
		{"users:read.email", "knows people by their e-mail address, as `pawl.yaml` names them"},
		{"usergroups:read", "knows who is in `@oncall`; user groups need a paid plan"},
		{"reactions:write", "marks what was typed when it is done"},
		{"files:write", "shares a long log as a file"},
		{"files:read", "sees that the file has arrived"},
	}
}

// Events are what Slack tells Pawl of by itself.
func Events() []Need {
	return []Need{
		{"app_mention", "a command in a channel, or an answer in a thread there"},
		{"message.im", "the same in a direct message"},
		{"user_change", "somebody left, or became a guest"},
		{"team_join", "somebody came"},
		{"subteam_members_changed", "a user group has other members"},
		{"subteam_created", "there is a new user group"},
		{"subteam_updated", "a user group has another name, or is gone"},
		{"app_home_opened", "somebody opened Pawl's Home tab"},
	}
}

// AppScope is what the app-level token of Socket Mode needs; a manifest cannot ask for it.
const AppScope = "connections:write"

func names(all []Need) []string {
	list := make([]string, len(all))
	for i, n := range all {
		list[i] = n.Name
	}
	return list
}

// Lacking are the scopes that a token was not granted, and those it has that Pawl does not use, both in a fixed order.
func Lacking(granted []string) (missing []Need, superfluous []string) {
	for _, n := range Scopes() {
		if !slices.Contains(granted, n.Name) {
			missing = append(missing, n)
		}
	}
	for _, g := range granted {
		if g = strings.TrimSpace(g); g != "" && !slices.Contains(names(Scopes()), g) {
			superfluous = append(superfluous, g)
		}
	}
	slices.Sort(superfluous)
	return missing, slices.Compact(superfluous)
}

// Table shows needs as a table in Markdown, as docs/slack.md has it. head names the first column.
func Table(head string, all []Need) string {
	var b strings.Builder
	b.WriteString("| " + head + " | why |\n|---|---|\n")
	for _, n := range all {
		b.WriteString("| `" + n.Name + "` | " + n.Why + " |\n")
	}
	return b.String()
}
