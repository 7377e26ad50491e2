package slackbridge

import (
	"testing"

	"github.com/pawl-ops/pawl/sandbox/slack"
	"github.com/stretchr/testify/require"
)

// A team's own answers count in their channel, and only for what is no command.
func TestOwnRepliesOfAChannel(t *testing.T) {
	t.Parallel()
	w := connected(t, calm(), func(o *Options) {
		o.Replies = []Replies{
			{Channel: "#nowhere", Says: map[string]string{"where are the docs": "Nowhere."}},
			{Channel: "#shop-dev", Says: map[string]string{"where are the docs": "Look at https://wiki.acme.test.", "toy": "No."}},
		}
	})
	me := "<@" + slack.BotUserID + "> "
	m := w.answered("alice", shopDev, w.say("alice", shopDev, me+"Where are the docs?", ""), "Look at")
	require.Equal(t, "Look at <https://wiki.acme.test>.", m.Text)
	w.answered("alice", shopDev, w.say("alice", shopDev, me+"where are the dogs", ""), "I don't know")
	w.answered("alice", dmAlice, w.say("alice", dmAlice, "where are the docs", ""), "I don't know")
	w.say("alice", shopDev, me+"toy", "")
	w.eventually(func() bool { return len(w.door.started()) == 1 }, "a command is a command")
	talk := w.say("alice", shopDev, "where are the docs", "")
	w.quiet()
	require.Empty(t, w.answers("alice", shopDev, talk), "people talking to each other get no answer")
}
