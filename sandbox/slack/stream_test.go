package slack_test

import (
	"bufio"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/sandbox/slack"
)

func kind(kinds ...string) func(slack.Event) bool {
	return func(e slack.Event) bool {
		for _, k := range kinds {
			if e.Type == k {
				return true
			}
		}
		return false
	}
}

// until collects the events up to a message with a text, as "type channel text".
func until(t *testing.T, watch *slack.Watch, text string) []string {
	t.Helper()
	var seen []string
	_, err := watch.Until(func(e slack.Event) bool {
		if e.Message.Text != text {
			seen = append(seen, strings.TrimSpace(e.Type+" "+e.Channel+" "+e.Message.Text+e.Reason+e.Name))
		}
		return e.Message.Text == text
	})
	require.NoError(t, err)
	return seen
}

func TestStreamShowsWhatAPersonSees(t *testing.T) {
	t.Parallel()
	w := open(t, calm())
	alice, gus, partner := w.watch("alice"), w.watch("gus"), w.watch("max")

	ts := w.say(pawl, ops, "one", "")
	w.must(pawl, "chat.update", fields{"channel": ops, "ts": ts, "text": "two"})
	w.must(pawl, "reactions.add", fields{"channel": ops, "timestamp": ts, "name": "eyes"})
	w.must(pawl, "reactions.remove", fields{"channel": ops, "timestamp": ts, "name": "eyes"})
	w.must(pawl, "chat.postEphemeral", fields{"channel": ops, "user": "U0ALICE", "text": "psst"})
	w.must(pawl, "chat.postEphemeral", fields{"channel": ops, "user": "U0BOB", "text": "not you"})
	w.must(pawl, "chat.delete", fields{"channel": ops, "ts": ts})
	w.say("xoxp-bob", "D0BOB", "private", "")
	require.NoError(t, w.server.Broadcast("world", map[string]any{"things": []string{}}))
	require.Error(t, w.server.Broadcast("world", []string{"no object"}))
	w.say(pawl, shopDev, "end", "")
	w.say(pawl, "C0SHAREDPARTNER", "end", "")

	require.Equal(t, []string{
		"message C0OPS one", "message_changed C0OPS two", "reaction_added C0OPS eyes", "reaction_removed C0OPS eyes",
		"ephemeral C0OPS psst", "message_deleted C0OPS", "world",
	}, until(t, alice, "end"))
	require.Equal(t, []string{"world"}, until(t, gus, "end"), "a guest sees no channel but their own")
	require.Equal(t, []string{"world"}, until(t, partner, "end"))
}

func TestPushes(t *testing.T) {
	t.Parallel()
	w := open(t, calm())
	bob := w.watch("bob")
	say := func(channel, text, thread string) string { return w.say(pawl, channel, text, thread) }

	say(shopDev, "nobody in particular", "")
	say(shopDev, "<@U0BOB> look", "")
	say(shopDev, "<!subteam^S0ONCALL> look", "")
	say(shopDev, "<!subteam^S0PRODUCT> look", "")
	w.must(pawl, "chat.postMessage", fields{
		"channel": shopDev, "text": "in a block",
		"blocks": `[{"type":"section","text":{"type":"mrkdwn","text":"<@U0BOB>"}}]`,
	})
	say("D0BOB", "direct", "")
	parent := w.say("xoxp-bob", shopDev, "toy", "")
	board := say(shopDev, "board", parent)
	w.must(pawl, "chat.update", fields{"channel": shopDev, "ts": board, "text": "<@U0BOB> an edit is silent"})
	w.must(pawl, "reactions.add", fields{"channel": shopDev, "timestamp": parent, "name": "eyes"})
	w.must(pawl, "chat.postEphemeral", fields{"channel": shopDev, "user": "U0BOB", "text": "<@U0BOB> psst"})
	other := w.say("xoxp-alice", shopDev, "other", "")
	say(shopDev, "not his thread", other)
	w.say("xoxp-bob", shopDev, "me too", other)
	say(shopDev, "now it is", other)
	say(shopDev, "end", "")

	var pushes []string
	_, err := bob.Until(func(e slack.Event) bool {
		if e.Type == "push" {
			pushes = append(pushes, e.Reason+" "+e.Channel)
		}
		return e.Message.Text == "end"
	})
	require.NoError(t, err)
	require.Equal(t, []string{
		"mention C0SHOPDEV", "mention C0SHOPDEV", "mention C0SHOPDEV", "dm D0BOB", "thread C0SHOPDEV", "thread C0SHOPDEV",
	}, pushes)
}

// A reader that comes back with the last id it saw misses nothing; one whose id
// is from another life is told to look around anew.
func TestStreamGoesOnWhereItWas(t *testing.T) {
	t.Parallel()
	w := open(t, calm())
	w.say(pawl, ops, "before", "")
	watch := w.watch("alice")
	w.say(pawl, ops, "first", "")
	first, err := watch.Until(kind("message"))
	require.NoError(t, err)
	require.Equal(t, "first", first.Message.Text, "a new reader begins now")
	require.NoError(t, watch.Close())
	w.say(pawl, ops, "second", "")
	w.say(pawl, ops, "third", "")

	resume := func(id int64) []string {
		req, err := http.NewRequestWithContext(w.ctx, http.MethodGet, w.url+"/sandbox/stream?token=xoxp-alice", nil)
		require.NoError(t, err)
		req.Header.Set("Last-Event-ID", strconv.FormatInt(id, 10))
		resp, err := http.DefaultClient.Do(req)
		require.NoError(t, err)
		defer func() { _ = resp.Body.Close() }()
		var data []string
		for lines := bufio.NewScanner(resp.Body); lines.Scan(); {
			if text, ok := strings.CutPrefix(lines.Text(), "data: "); ok {
				data = append(data, text)
				if len(data) == 2 || strings.Contains(text, "resync") {
					break
				}
			}
		}
		return data
	}
	again := resume(first.ID)
	require.Len(t, again, 2)
	require.Contains(t, again[0], "second")
	require.Contains(t, again[1], "third")
	require.Equal(t, []string{`{"type":"resync"}`}, resume(1))
	require.Equal(t, []string{`{"type":"resync"}`}, resume(first.ID+1_000_000))
}

func TestStreamNeedsAPerson(t *testing.T) {
	t.Parallel()
	w := open(t, calm())
	for _, token := range []string{"", "xoxp-nobody", pawl} {
		req, err := http.NewRequestWithContext(w.ctx, http.MethodGet, w.url+"/sandbox/stream?token="+token, nil)
		require.NoError(t, err)
		require.Equal(t, http.StatusUnauthorized, w.do(req).Status)
	}
}

func TestSayAndState(t *testing.T) {
	t.Parallel()
	w := open(t, calm())
	say := func(body string) answer {
		req, err := http.NewRequestWithContext(w.ctx, http.MethodPost, w.url+"/sandbox/say", strings.NewReader(body))
		require.NoError(t, err)
		return w.do(req)
	}
	got := say(`{"token":"xoxp-alice","channel":"#ops","text":"toy"}`)
	require.Equal(t, true, got.Body["ok"])
	thread := say(fmt.Sprintf(`{"token":"xoxp-bob","channel":"C0OPS","text":"me too","thread_ts":%q}`, got.Body["ts"]))
	require.Equal(t, got.Body["ts"], thread.Body["message"].(map[string]any)["thread_ts"])
	require.Equal(t, "invalid_auth", say(`{"token":"`+pawl+`","channel":"C0OPS","text":"x"}`).code(), "bots do not type")
	require.Equal(t, http.StatusBadRequest, say(`{"wrong":1}`).Status)

	state, err := w.control.State(w.ctx)
	require.NoError(t, err)
	require.Equal(t, slack.Team{ID: "T0ACME", Name: "Acme"}, state.Team)
	require.Equal(t, slack.Bot{UserID: "U0PAWL", BotID: "B0PAWL", Name: "pawl"}, state.Bot)
	require.Len(t, state.People, 9)
	carol := state.People[3]
	require.Equal(t, "xoxp-carol", carol.Token)
	require.Equal(t, []string{"engineering", "oncall"}, carol.Groups)
	require.True(t, state.People[7].Guest)
	require.True(t, state.People[8].Stranger)
	require.Len(t, state.Channels, 7+8, "seven channels, a direct message for each person of Acme")
	require.NotNil(t, state.Faults)
}
