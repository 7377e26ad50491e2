package slackbridge

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/internal/access"
	"github.com/pawl-ops/pawl/internal/inventory"
	"github.com/pawl-ops/pawl/internal/words"
	"github.com/pawl-ops/pawl/job"
	"github.com/pawl-ops/pawl/sandbox/slack"
)

// shop gives a bridge things that can be named: six instances in two environments, restarted by engineers; a forced
// restart needs a reason.
func shop(o *Options) {
	name := func(s string) inventory.Name { return inventory.Name{Text: s} }
	app := inventory.App{Name: name("shop")}
	for _, env := range []string{"master", "staging"} {
		e := inventory.Environment{Name: name(env)}
		for _, colour := range []string{"blue", "green", "red"} {
			e.Instances = append(e.Instances, inventory.Instance{Name: name(colour), Job: job.Instance{App: "shop", Environment: env, Name: colour}})
		}
		app.Environments = append(app.Environments, e)
	}
	v, _ := inventory.New([]inventory.App{app})
	instance := job.Param{Name: "instance", Type: job.TypeInstance}
	o.Words = words.New(append(specs(),
		job.Spec{Name: "bounce", Params: []job.Param{instance, {Name: "because", Word: "because", Type: "rest", Optional: true}}},
		job.Spec{Name: "force bounce", Params: []job.Param{instance, {Name: "because", Word: "because", Type: "rest"}}}), words.With(v))
	policy := access.Policy{Rules: []access.Rule{
		{Who: "engineers", Command: "bounce shop master blue"},
		{Who: "engineers", Command: "bounce shop master green"},
		{Who: "engineers", Command: "force bounce"},
		{Who: access.Everyone, Command: "help"},
	}}
	o.May = func(a job.Actor, command string) (bool, []string) {
		d := access.Decide(policy, a, command)
		return d.Allowed, d.Who
	}
	o.MayPart = func(a job.Actor, command string) bool { return access.Any(policy, a, command) }
}

// buttons are the labels of a message's buttons.
func buttons(t *testing.T, m slack.Message) (labels []string) {
	t.Helper()
	var blocks []struct {
		Elements []struct {
			Type string
			Text json.RawMessage
		}
	}
	require.NoError(t, json.Unmarshal(m.Blocks, &blocks))
	for _, b := range blocks {
		for _, e := range b.Elements {
			if e.Type != "button" {
				continue
			}
			var label struct{ Text string }
			require.NoError(t, json.Unmarshal(e.Text, &label))
			labels = append(labels, label.Text)
		}
	}
	return labels
}

func TestAChoiceLeadsToTheNextAndKeepsTheReason(t *testing.T) {
	t.Parallel()
	w := connected(t, calm(), shop)
	ts := w.say("alice", shopDev, "<@"+slack.BotUserID+"> bounce because it hangs", "")
	m := w.answered("alice", shopDev, ts, "Which one?")
	require.Equal(t, []string{"bounce shop master"}, buttons(t, m), "only where she may")

	require.NoError(t, w.person("alice").Click(w.ctx, shopDev, m.TS, "command:1"))
	w.eventually(func() bool { return len(buttons(t, w.answers("alice", shopDev, ts)[0])) == 2 }, "the next choice is there")
	m = w.answers("alice", shopDev, ts)[0]
	require.Equal(t, []string{"bounce shop master blue", "bounce shop master green"}, buttons(t, m))
	require.NoError(t, w.person("bob").Click(w.ctx, shopDev, m.TS, "command:2"))
	w.whispered("bob", shopDev, "This button is for Alice")
	require.Empty(t, w.door.asked())

	require.NoError(t, w.person("alice").Click(w.ctx, shopDev, m.TS, "command:2"))
	w.answered("alice", shopDev, ts, "runs as")
	require.Len(t, w.door.started(), 1)
	c := w.door.asked()[0]
	require.Equal(t, messageKey(slack.TeamID, shopDev, ts), c.Key, "it is the message that asked")
	require.Equal(t, map[string]string{"instance": "shop master green", "because": "it hangs"}, c.Args)
	require.Len(t, w.answers("alice", shopDev, ts), 1, "one message, edited")
}

func TestAChoiceMayLackItsReason(t *testing.T) {
	t.Parallel()
	w := connected(t, calm(), shop)
	ts := w.say("alice", dmAlice, "force bounce blue", "")
	m := w.answered("alice", dmAlice, ts, "Which one?")
	require.Equal(t, []string{"force bounce shop master blue", "force bounce shop staging blue"}, buttons(t, m))
	require.NoError(t, w.person("alice").Click(w.ctx, dmAlice, m.TS, "command:2"))
	m = w.answered("alice", dmAlice, ts, "Why?")
	require.Equal(t, []string{"Say why"}, buttons(t, m))
	require.NoError(t, w.person("alice").Click(w.ctx, dmAlice, m.TS, "why:1"))
	require.Empty(t, w.submit("alice", w.window("alice"), "it hangs"))
	w.answered("alice", dmAlice, ts, "runs as")
	c := w.door.asked()[0]
	require.Equal(t, messageKey(slack.TeamID, dmAlice, ts), c.Key)
	require.Equal(t, map[string]string{"instance": "shop staging blue", "because": "it hangs"}, c.Args)
}

func TestAPlanStaysAPlanThroughChoices(t *testing.T) {
	t.Parallel()
	w := connected(t, calm(), shop)
	ts := w.say("alice", dmAlice, "plan bounce master", "")
	m := w.answered("alice", dmAlice, ts, "Which one?")
	require.Equal(t, []string{"plan bounce shop master blue", "plan bounce shop master green"}, buttons(t, m))
	require.NoError(t, w.person("alice").Click(w.ctx, dmAlice, m.TS, "command:1"))
	w.answered("alice", dmAlice, ts, "runs as")
	require.True(t, w.door.asked()[0].Plan)
}

func TestWhoMayNothingIsAskedNothing(t *testing.T) {
	t.Parallel()
	w := connected(t, calm(), shop)
	for typed, answer := range map[string]string{"bounce": "`bounce` is not for you.", "force bounce master blue": "`force bounce` is for @engineers."} {
		ts := w.say("petra", shopDev, "<@"+slack.BotUserID+"> "+typed, "")
		m := w.answered("petra", shopDev, ts, answer)
		require.Empty(t, buttons(t, m), typed)
	}
}

func TestASuggestionOfHelpIsHelp(t *testing.T) {
	t.Parallel()
	w := connected(t, calm(), shop)
	ts := w.say("alice", dmAlice, "hlep", "")
	m := w.answered("alice", dmAlice, ts, "I don't know `hlep`")
	require.NoError(t, w.person("alice").Click(w.ctx, dmAlice, m.TS, "command:1"))
	w.answered("alice", dmAlice, ts, "What you can say")
}
