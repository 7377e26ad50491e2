package e2e

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/internal/scenes"
	"github.com/pawl-ops/pawl/sandbox"
	"github.com/pawl-ops/pawl/sandbox/slack"
)

// The noise budget: a run that succeeds is two messages, one of which calls the person; each question is one more; a
// look is one, and a deploy has a release note beside it, which calls nobody. Reactions are only added. Editing tells nobody, and there is not much of it.
func TestNoiseBudget(t *testing.T) {
	t.Parallel()
	f := newFleet(t, func(o *sandbox.Options) { o.Bake = "1s" })
	f.up()
	seen := scenes.NewChronicle(t, f.world.URL, watched...)
	world := slack.NewControl(f.world.URL, nil)
	for _, c := range []struct {
		name, command, answer string
		messages, calls       int
		steps                 int
		notes                 int // in #releases
	}{
		{name: "a run that succeeds", command: "toy", messages: 2, calls: 1, steps: 5},
		{name: "a run that asks", command: "drill asking", answer: "retry", messages: 3, calls: 2, steps: 3},
		{name: "a deploy", command: "deploy staging", messages: 2, calls: 1, steps: 8, notes: 1},
		{name: "a look", command: "runs", messages: 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			f.t = t
			from := lastEntry(t, world)
			th := f.person("alice").mentions("#shop-dev", c.command)
			if c.answer != "" {
				th.sees(30*time.Second, "I need a decision")
				th.replies(c.answer)
			}
			if c.steps > 0 {
				f.eventually(90*time.Second, "it is over", func() error { return f.endedIn(th) })
			}
			var told []scenes.Said
			f.eventually(20*time.Second, fmt.Sprintf("there are %d messages", c.messages), func() error {
				told = slices.DeleteFunc(seen.In(th.channel, th.ts), func(s scenes.Said) bool { return !s.Ours() || s.To != "" })
				if len(told) < c.messages {
					return fmt.Errorf("there are %d", len(told))
				}
				return nil
			})
			require.Len(t, told, c.messages)
			require.Equal(t, c.calls, callsOf(told, "alice"), "how often she is called")
			for _, name := range watched[1:] {
				require.Zero(t, callsOf(told, name), "%s is not called", name)
				for _, one := range told {
					require.NotContains(t, one.Pushed, name, "%s is not told either", name)
				}
			}
			notes := seen.Unasked(channelID("#releases"), th.ts)
			require.Len(t, notes, c.notes)
			for _, one := range notes {
				require.Empty(t, one.Pushed, "a release note calls nobody")
			}
			f.spends(since(t, world, from), c.steps)
		})
	}
}

// spends holds the calls of a run to its share of Slack.
func (f *fleet) spends(log []slack.Entry, steps int) {
	f.t.Helper()
	count, edits := map[string]int{}, map[string][]time.Time{}
	var first, last time.Time
	for _, e := range log {
		if e.Kind != "call" || e.Actor != "pawl" {
			continue
		}
		if first.IsZero() {
			first = e.At
		}
		last = e.At
		count[e.Method]++
		if e.Method == "chat.update" {
			edits[e.Args["ts"]] = append(edits[e.Args["ts"]], e.At)
		}
	}
	require.Zero(f.t, count["reactions.remove"], "reactions are only added")
	require.LessOrEqual(f.t, count["reactions.add"], 2)
	all := 0
	for _, times := range edits {
		all += len(times)
	}
	// One for each step, one each 5 seconds, the first picture of the steps, the last word, and those that waiting for a person costs.
	require.LessOrEqual(f.t, all, steps+int(last.Sub(first)/(5*time.Second))+5)
}

// callsOf counts the messages that name a person in order to call them.
func callsOf(messages []scenes.Said, name string) int {
	n := 0
	for _, one := range messages {
		if strings.Contains(shownBy(one.First), "<@U0"+strings.ToUpper(name)+">") && slices.Contains(one.Pushed, name) {
			n++
		}
	}
	return n
}

// mentions says something to Pawl in a channel.
func (p *person) mentions(channel, text string) thread {
	p.f.t.Helper()
	ts, err := p.Say(p.f.t.Context(), channelID(channel), "<@"+slack.BotUserID+"> "+text, "")
	require.NoError(p.f.t, err)
	return thread{p: p, channel: channelID(channel), ts: ts}
}
