package slackbridge

import (
	"context"
	"encoding/json"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pawl-ops/pawl/internal/board"
	"github.com/pawl-ops/pawl/job"
	"github.com/pawl-ops/pawl/sandbox/slack"
	"github.com/slack-go/slack/socketmode"
	"github.com/stretchr/testify/require"
)

// presses presses the button of somebody's Home tab that begins so.
func (w *world) presses(who, label string) error {
	w.Helper()
	v, err := w.person(who).Home(w.ctx)
	require.NoError(w, err)
	var blocks []struct {
		ID        string       `json:"block_id"`
		Elements  []viewButton `json:"elements"`
		Accessory viewButton   `json:"accessory"`
	}
	require.NoError(w, json.Unmarshal(v.Blocks, &blocks))
	for _, b := range blocks {
		for _, e := range append(b.Elements, b.Accessory) {
			if strings.HasPrefix(e.label(), label) {
				return w.person(who).ClickHome(w.ctx, b.ID, e.Action)
			}
		}
	}
	w.Fatalf("no button %q in %s", label, v.Blocks)
	return nil
}

// viewButton is what a test reads of an element: a button, or the text of a context.
type viewButton struct {
	Action string          `json:"action_id"`
	Text   json.RawMessage `json:"text"`
}

func (b viewButton) label() string {
	var text struct{ Text string }
	_ = json.Unmarshal(b.Text, &text) // the text of a context is a string: no button
	return text.Text
}

func TestAnAnswerInTheHomeTabCounts(t *testing.T) {
	t.Parallel()
	w, h := atHome(t, calm())
	w.door.answers(func(job.Decision, int) job.Answer {
		h.happens(page())
		return job.Answer{Counted: true, Pending: true, Text: "Recorded. Pawl's worker is down."}
	})
	w.door.mu.Lock()
	w.door.hears = func(job.Decision) bool { return true }
	w.door.mu.Unlock()
	w.opens("carol", "Approve")
	require.NoError(t, w.presses("carol", "Approve"))
	v := w.homeSays("carol", "Counted: you approved `restart-3x9q7d`.")
	require.NotContains(t, string(v.Blocks), "Approve force restart", "it does not wait for her any more")
	d := w.door.decided()
	require.Len(t, d, 1)
	require.Equal(t, job.Decision{
		Run: "restart-3x9q7d", Ask: 1, Choice: "approve", Actor: d[0].Actor, Key: d[0].Key, Source: "slack",
		Place: job.Place{Team: slack.TeamID, Channel: "C0OPS"},
	}, d[0], "what the run says to her alone it says where the question stands")
	require.Equal(t, "U0CAROL", d[0].Actor.ID)
	require.Contains(t, d[0].Actor.Groups, "oncall")
	require.True(t, strings.HasPrefix(string(d[0].Key), slack.TeamID+":home:"), d[0].Key)
}

func TestARefusalIsToldInTheHomeTabAndPrivately(t *testing.T) {
	t.Parallel()
	w, _ := atHome(t, calm())
	w.door.answers(func(job.Decision, int) job.Answer {
		return job.Answer{Text: "You asked for this, so it has to be someone else. @oncall knows."}
	})
	w.opens("bob", "Approve")
	require.NoError(t, w.presses("bob", "Approve"))
	w.homeSays("bob", "You asked for this, so it has to be someone else.")
	w.whispered("bob", "C0OPS", "You asked for this, so it has to be someone else.")
}

func TestWhereTheQuestionStandsIsNotKnown(t *testing.T) {
	t.Parallel()
	w, _ := atHome(t, calm(), func(o *Options) { o.Asked = nil })
	w.opens("alice", "Approve")
	require.NoError(t, w.presses("alice", "Approve"))
	w.homeSays("alice", "Counted: approve.")
	w.whispered("alice", dmAlice, "Counted: approve.")

	raw := homePress(bob, "decide:1", job.DecisionValue("restart-3x9q7d", 1, "approve")) // as after a restart
	w.bridge.handle(w.ctx, envelope{kind: socketmode.RequestTypeInteractive, payload: raw, came: time.Now()})
	w.whispered("bob", "D0BOB", "Counted: approve.")
}

func TestAPressInTheHomeTabDoesNotWaitForALedgerThatHangs(t *testing.T) {
	t.Parallel()
	w, _ := atHome(t, calm(), func(o *Options) {
		o.Asked = func(ctx context.Context, _ job.Actor, _ string, _ int) (job.Place, bool) {
			<-ctx.Done()
			return job.Place{}, false
		}
	})
	w.opens("alice", "Approve")
	raw := homePress("U0ALICE", "decide:1", job.DecisionValue("restart-3x9q7d", 1, "approve"))
	w.bridge.handle(w.ctx, envelope{kind: socketmode.RequestTypeInteractive, payload: raw, came: time.Now()})
	require.NoError(t, w.ctx.Err(), "it was handled before the test gave up")
	w.whispered("alice", dmAlice, "Counted: approve.")
}

func TestAPressInTheHomeTabThatComesTwiceIsOneDecision(t *testing.T) {
	t.Parallel()
	w, _ := atHome(t, calm())
	w.opens("carol", "Approve")
	w.fault(slack.Fault{Kind: "duplicate_delivery", Times: 1})
	require.NoError(t, w.presses("carol", "Approve"))
	w.homeSays("carol", "Counted: approve.")
	w.quiet()
	require.Len(t, w.door.decided(), 1)
}

func TestAPressInTheHomeTabKeepsItsKeyAcrossARestart(t *testing.T) {
	t.Parallel()
	w, h := atHome(t, calm())
	raw := homePress("U0CAROL", "decide:1", job.DecisionValue("restart-3x9q7d", 1, "approve"))
	deliver := func() {
		w.bridge.handle(w.ctx, envelope{kind: socketmode.RequestTypeInteractive, payload: raw, came: time.Now()})
	}
	deliver()
	deliver()
	require.Len(t, w.door.decided(), 1)
	w.connect(h.into)
	deliver()
	d := w.door.decided()
	require.Len(t, d, 2, "another process does not know it")
	require.Equal(t, d[0].Key, d[1].Key, "but the door does, by its key")
}

// homePress is a press in a Home tab as Slack sends it.
func homePress(user, action, value string) json.RawMessage {
	raw, err := json.Marshal(map[string]any{
		"type": "block_actions", "user": map[string]any{"id": user, "team_id": slack.TeamID}, "team": map[string]any{"id": slack.TeamID},
		"container": map[string]any{"type": "view", "view_id": "V1"}, "trigger_id": "1.2.3",
		"view":    map[string]any{"id": "V1", "type": "home", "callback_id": homeCallback},
		"actions": []any{map[string]any{"action_id": action, "block_id": "home.0.1", "value": value, "action_ts": "1700000000.000100"}},
	})
	if err != nil {
		panic(err)
	}
	return raw
}

func TestADenialInTheHomeTabAsksForItsReason(t *testing.T) {
	t.Parallel()
	w, _ := atHome(t, calm())
	w.opens("carol", "Deny")
	require.NoError(t, w.presses("carol", "Deny"))
	v := w.window("carol")
	require.Empty(t, w.submit("carol", v, "use green"))
	w.homeSays("carol", "Counted: deny.")
	w.whispered("carol", "C0OPS", "Counted: deny.")
	d := w.door.decided()
	require.Len(t, d, 1)
	require.Equal(t, "use green", d[0].Because)
	require.Equal(t, "C0OPS", d[0].Place.Channel)
}

func TestAWindowThatDoesNotOpenIsSaidInTheHomeTab(t *testing.T) {
	t.Parallel()
	w, _ := atHome(t, calm())
	w.opens("carol", "Deny")
	w.fault(slack.Fault{Kind: "500", Method: "views.open", Times: 1})
	require.NoError(t, w.presses("carol", "Deny"))
	w.homeSays("carol", "Type it instead: `deny restart-3x9q7d because ...`")
}

func TestAGuestsPressInAHomeTabDecidesNothing(t *testing.T) {
	t.Parallel()
	w, _ := atHome(t, calm())
	w.bridge.handle(w.ctx, envelope{kind: socketmode.RequestTypeInteractive, came: time.Now(), payload: homePress(gus, "decide:1", job.DecisionValue("restart-3x9q7d", 1, "approve"))})
	w.homeSays("gus", "not from guests")
	require.Empty(t, w.door.decided())
}

func TestButtonsOfAHomeTabNobodyKnows(t *testing.T) {
	t.Parallel()
	w, _ := atHome(t, calm())
	for i, c := range []struct{ action, value string }{
		{"decide:1", "nonsense"}, {"reason:1", "nonsense"}, {"again:1", "../etc"}, {"dance:1", "x"}, {"command:1", "T:C:1.2|toy"},
	} {
		raw := []byte(strings.Replace(string(homePress("U0CAROL", c.action, c.value)), "000100", "00010"+string(rune('0'+i)), 1))
		w.bridge.handle(w.ctx, envelope{kind: socketmode.RequestTypeInteractive, payload: raw, came: time.Now()})
		w.homeSays("carol", "I do not understand this button any more.")
	}
	w.bridge.handle(w.ctx, envelope{kind: socketmode.RequestTypeInteractive, payload: homePress("U0CAROL", "open:1", ""), came: time.Now()})
	require.Empty(t, w.door.decided())
	require.Empty(t, w.door.asked())
}

func TestAgainInTheHomeTabIsOneRunInTheDirectMessage(t *testing.T) {
	t.Parallel()
	w, _ := atHome(t, calm())
	w.opens("alice", "Again")
	var both sync.WaitGroup
	for range 2 {
		both.Go(func() { _ = w.presses("alice", "Again") })
	}
	both.Wait()
	w.homeSays("alice", "Follow it under Messages.")
	w.homeSays("alice", "Nothing was started a second time.")
	w.quiet()
	require.Len(t, w.door.started(), 1)
	c := w.door.asked()[0]
	require.Equal(t, homeAgainKey(slack.TeamID, alice, "toy-k4m7q2"), c.Key)
	require.Equal(t, dmAlice, c.Place.Channel)
	require.True(t, c.Place.Direct)
	all, err := w.person("alice").History(w.ctx, dmAlice)
	require.NoError(t, err)
	require.Len(t, all, 1, "the run hangs under one message")
	require.Equal(t, c.Place.Thread, all[0].TS)
}

func TestAgainInTheHomeTabThatCannotBe(t *testing.T) {
	t.Parallel()
	w, _ := atHome(t, calm())
	w.door.says(func(c job.Command, call int) (job.Started, bool) {
		return job.Started{Verdict: job.NotNow, Text: "Nothing was started. The engine does not answer yet."}, call == 1
	})
	w.opens("alice", "Again")
	require.NoError(t, w.presses("alice", "Again"))
	w.homeSays("alice", "The engine does not answer yet.")
	var offer slack.Message
	w.eventually(func() bool {
		all, err := w.person("alice").History(w.ctx, dmAlice)
		require.NoError(t, err)
		for _, m := range all {
			if strings.Contains(string(m.Blocks), "Try again") {
				offer = m
			}
		}
		return len(all) == 1 && offer.TS != ""
	}, "it can be tried again in the direct message, and the first message is taken back")
	require.NoError(t, w.person("alice").Click(w.ctx, dmAlice, offer.TS, "command:1"))
	w.eventually(func() bool { return len(w.door.started()) == 1 }, "then it runs")
	keys := w.door.asked()
	require.Equal(t, keys[0].Key, keys[1].Key)
}

func TestAgainInTheHomeTabForSomebodyWhoMayNot(t *testing.T) {
	t.Parallel()
	w, _ := atHome(t, calm(), func(o *Options) {
		o.May = func(job.Actor, string) (bool, []string) { return false, nil }
	})
	w.door.says(func(job.Command, int) (job.Started, bool) {
		return job.Started{Verdict: job.Refused, Text: "`toy` is for @engineers."}, true
	})
	w.opens("alice", "Again")
	require.NoError(t, w.presses("alice", "Again"))
	w.homeSays("alice", "is for @engineers")
	all, err := w.person("alice").History(w.ctx, dmAlice)
	require.NoError(t, err)
	require.Empty(t, all, "no message was made for that")
}

func TestTheKeyOfAgainInAHomeTab(t *testing.T) {
	t.Parallel()
	o, ok := keyParts(homeAgainKey("T1", alice, "toy-k4m7q2"))
	require.True(t, ok)
	require.Equal(t, origin{team: "T1", channel: alice, slash: true, again: "toy-k4m7q2"}, o)
	for _, k := range []job.Key{"T1:C1:toy-k4m7q2/again/home", "T1:U0ALICE:TOY-K4M7Q2/again/home", "T1:U0ALICE:x/again/home", "T1:U0ALICE:home"} {
		require.False(t, validKey(k), k)
	}
}

// FuzzHomePress holds that whatever a press in a Home tab carries decides nothing unless it is one of our values.
func FuzzHomePress(f *testing.F) {
	f.Add("decide:1", job.DecisionValue("restart-3x9q7d", 1, "approve"), "home", homeCallback)
	f.Add("again:1", "toy-k4m7q2", "home", homeCallback)
	f.Add("reason:2", "restart-3x9q7d|1|deny", "modal", "pawl.reason")
	f.Add("open:1", "https://example.test", "home", "")
	f.Add("decide:1", "restart-3x9q7d|-1|approve", "home", homeCallback)
	f.Fuzz(func(t *testing.T, action, value, kind, callback string) {
		var p press
		raw := homePress("U0CAROL", action, value)
		require.True(t, lenient(raw, &p))
		p.View.Type, p.View.Callback = kind, callback
		require.Equal(t, kind == "home" && callback == homeCallback, p.inHome())
		if run, ask, choice, err := parseValue(value); err == nil {
			require.Equal(t, value, job.DecisionValue(run, ask, choice))
		}
		if key := homeAgainKey("T1", "U0CAROL", value); validKey(key) {
			require.True(t, job.LooksLikeID(value))
		}
		v := homeView(board.Page{Sections: []board.Section{{Head: action, Items: []board.Message{{
			Head: value, Lines: []string{kind}, Buttons: []board.Button{{Label: callback, Action: ActionOpen, Value: value}},
		}}}}}, []note{{text: value}}, time.Now())
		require.LessOrEqual(t, len(v.Blocks.BlockSet), maxViewBlocks)
	})
}

// What became of a press is said for a while, also where nothing else happens.
func TestWhatBecameOfAPressIsNotSaidForEver(t *testing.T) {
	t.Parallel()
	w, _ := atHome(t, calm(), func(o *Options) { o.Timers.Note = 200 * time.Millisecond })
	w.opens("alice", "Approve")
	require.NoError(t, w.presses("alice", "Approve"))
	w.eventually(func() bool {
		return len(w.log("call", func(e slack.Entry) bool {
			return e.Method == "views.publish" && strings.Contains(e.Args["view"], "Counted: approve.")
		})) > 0
	}, "it was said")
	w.eventually(func() bool {
		v, err := w.person("alice").Home(w.ctx)
		require.NoError(t, err)
		return !strings.Contains(string(v.Blocks), "Counted: approve.")
	}, "it is not said any more")
}
