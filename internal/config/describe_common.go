package config

import (
	"strings"
	"time"

	"github.com/pawl-ops/pawl/internal/config/schema"
)

// What is used by several sections. Where a pattern could refuse what the reader takes, there is none.

func text(example string) *schema.Node { return &schema.Node{Kind: schema.Text, Example: example} }

func host() *schema.Node { return &schema.Node{Kind: schema.Host} }

func person() *schema.Node { return &schema.Node{Kind: schema.Person} }

func channel() *schema.Node { return &schema.Node{Kind: schema.Channel} }

func jq(example string) *schema.Node { return &schema.Node{Kind: schema.JQ, Example: example} }

func duration() *schema.Node {
	return &schema.Node{Kind: schema.Duration, Shape: "length of time", Pattern: durationPattern(), Like: "Not a length of time; " + likeDuration + "."}
}

// longQuestion is how long a question stays open that says nothing else.
const longQuestion = "`ask_within` under `timers`"

// atMost is how long something may be, for people.
func atMost(most time.Duration) string { return "at most " + WriteDuration(most) }

func between(least, most time.Duration) string {
	return WriteDuration(least) + " to " + WriteDuration(most)
}

func times() *schema.Node {
	return &schema.Node{Kind: schema.Times, Offered: []string{"weekdays at 5:30", "hourly at :15", "every 15 minutes", "on the 1st at 6:00", `*/15 8-17 * * 1-5`}}
}

// address is that of a page or a server.
func address(example string) *schema.Node {
	return &schema.Node{Kind: schema.URL, Example: example, Pattern: webAddresses, Like: "Not an address; write one like " + example + "."}
}

// sentenceNode is a text for people on one line.
func sentenceNode(example string) *schema.Node {
	return &schema.Node{Kind: schema.Text, Example: example, Most: maxSentence}
}

func named(name string, each *schema.Node, called ...string) *schema.Node {
	return &schema.Node{Kind: schema.Named, Name: name, Each: each, Call: called}
}

// matching is what names must look like, and how to say it.
func matching(pattern, like string, most int) *schema.Node {
	return &schema.Node{Kind: schema.Text, Pattern: pattern, Like: like, Most: most}
}

// names are other names, also of several words.
func names(example string) *schema.Node { return schema.Of(text(example)) }

func (d describer) command() *schema.Node {
	return &schema.Node{Kind: schema.Command, Offered: d.commands(), Shape: "command"}
}

func (d describer) people() *schema.Node {
	handles := strings.ReplaceAll(groups, "a-z", "A-Za-z") // they are read in any case
	who := &schema.Node{
		Kind: schema.Text, Example: `"@oncall"`, Pattern: "(" + handles + ")|(" + emails + ")",
		Like: "Neither the handle of a user group (\"@oncall\") nor an e-mail address.",
	}
	one := d.keys(identityKeys{}).
		Set("email", &schema.Node{Kind: schema.Text, Example: "jana@acme.test", Pattern: emails, Like: "not an e-mail address"}).
		Set("os", &schema.Node{Kind: schema.Text, Example: "jana", Pattern: logins, Like: "not a login name; `id -un` prints yours"}).
		Rule(schema.AtLeastOne, []string{"email"}, []string{"os"})
	n := named("name", schema.OneOf(schema.Of(who), one).With("a user group of Slack, by its handle, people by their e-mail addresses, or one person with what identifies them"), "oncall", "jana")
	n.Names = matching(peopleNames, "small letters, digits, - and _", 0)
	return n
}

func (d describer) channels() *schema.Node {
	one := &schema.Node{Kind: schema.Text, Example: `"#ops"`, Pattern: channels, Like: "Not a channel; write its name (\"#ops\") or its id (C0123456789)."}
	n := named("name", one.With("a channel by its name or its id"), "alerts")
	n.Keys = []schema.Key{
		{Name: askIn, Node: one.With("where those are asked who cannot see where a command was typed; `approve` needs it")},
		{Name: releasesIn, Node: one.With("where release notes are read")},
	}
	return n
}

func (d describer) hosts() *schema.Node {
	n := named("host", text("pawl@app-1.acme.test:22").With("its address: [user@]host[:port]"), "app-1", "app-2")
	n.Names = matching(hostNames, "small letters, digits, dots and dashes", 0)
	return n
}

func (d describer) rules() *schema.Node {
	n := named("name", schema.Of(d.command()).With("commands, as they are typed"), "oncall")
	n.Keys = []schema.Key{{Name: "everyone", Node: schema.Of(d.command()).With("everybody Pawl talks to")}}
	n.Names = &schema.Node{Kind: schema.Person, Pattern: peopleNames, Like: "a name from `people`, or everyone"}
	return n
}

func (d describer) approve() *schema.Node {
	one := d.keys(approveKeys{People: 1}).
		Bounds("people", 1, maxPeople).
		AbsentOf("within", longQuestion)
	return named("command", one.With("a command as it is typed, and who has to agree to it"), "toy")
}

func (d describer) replies() *schema.Node {
	says := named("what people say", &schema.Node{Kind: schema.Text, Example: "https://wiki.acme.test/shop", Most: maxReply, Help: "the answer"}, "where are the docs")
	says.Most = maxReplies
	return named("channel", says.With("answers in one channel"), `"#ops"`)
}
