package board

import (
	"testing"

	"github.com/pawl-ops/pawl/job"
	"github.com/stretchr/testify/require"
)

func TestNamesOfPawlYamlAreMentioned(t *testing.T) {
	t.Parallel()
	m := Message{
		Sentence: "Bob asks " + MentionGroup("oncall") + ".",
		Head:     MentionGroup("@oncall"),
		Lines:    []string{"plain", MentionGroup("oncall") + " and " + MentionGroup("nobody") + ", says " + Mention(job.Actor{Kind: job.SlackUser, ID: "U1", Name: "bob"})},
		Hint:     "For " + MentionGroup("oncall"),
	}
	said := m.Named(func(name string) (string, bool) { return Group("S1", "on-call"), name == "oncall" })
	require.Equal(t, "Bob asks "+Group("S1", "on-call")+".", said.Sentence)
	require.Equal(t, Group("S1", "on-call"), said.Head)
	require.Equal(t, []string{"plain", Group("S1", "on-call") + " and " + MentionGroup("nobody") + ", says " + Mention(job.Actor{Kind: job.SlackUser, ID: "U1", Name: "bob"})}, said.Lines)
	require.Equal(t, "For "+Group("S1", "on-call"), said.Hint)
	require.Equal(t, "Bob asks @oncall.", PlainText(m.Sentence), "where nobody knows who they are, the name is shown")
	require.Equal(t, MentionGroup("oncall"), m.Head, "the message itself stays as it was")

	none := Message{Sentence: "x", Lines: []string{Mention(job.Actor{Kind: job.SlackUser, ID: "U1"})}}
	require.Equal(t, none, none.Named(func(string) (string, bool) { t.Error("nobody is named"); return "", true }))
}
