package slackbridge

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/pawl-ops/pawl/internal/board"
	"github.com/pawl-ops/pawl/internal/words"
	"github.com/pawl-ops/pawl/job"
	"github.com/pawl-ops/pawl/sandbox/slack"
	"github.com/stretchr/testify/require"
)

// window waits for the window that is open before somebody.
func (w *world) window(who string) slack.View {
	w.Helper()
	var view slack.View
	w.eventually(func() bool {
		all, err := w.person(who).Views(w.ctx)
		require.NoError(w, err)
		if len(all) > 0 {
			view = all[0]
		}
		return len(all) == 1
	}, "a window is open")
	return view
}

// submit sends a window in with a reason.
func (w *world) submit(who string, v slack.View, reason string) map[string]string {
	w.Helper()
	wrong, err := w.person(who).Submit(w.ctx, v.ID, map[string]map[string]string{reasonBlock: {reasonInput: reason}})
	require.NoError(w, err)
	return wrong
}

func (w *world) closed(who string) bool {
	w.Helper()
	all, err := w.person(who).Views(w.ctx)
	require.NoError(w, err)
	return len(all) == 0
}

func denyButton() board.Button {
	return board.Button{Label: "Deny", Says: "Deny the restart", Action: ActionReason, Value: job.DecisionValue("restart-3x9q7d", 1, "deny")}
}

func TestAnAnswerWithAReason(t *testing.T) {
	t.Parallel()
	for name, reason := range map[string]string{
		"a reason": `use "green", it's <!channel> free`, "no reason": "", "two lines": "first\nsecond",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := connected(t, calm())
			at := w.offer("C0OPS", denyButton())
			require.NoError(t, w.person("carol").Click(w.ctx, "C0OPS", at.TS, "reason:1"))
			v := w.window("carol")
			require.Equal(t, "Deny restart-3x9q7d", v.Title.Text)
			require.Empty(t, w.door.decided(), "nothing is decided before the window is sent in")
			require.Empty(t, w.submit("carol", v, reason))
			require.True(t, w.closed("carol"))
			w.whispered("carol", "C0OPS", "Counted: deny.")
			d := w.door.decided()
			require.Len(t, d, 1)
			require.Equal(t, job.Decision{
				Run: "restart-3x9q7d", Ask: 1, Choice: "deny", Because: words.Plain(reason), Actor: d[0].Actor, Key: d[0].Key,
				Place: job.Place{Team: slack.TeamID, Channel: "C0OPS"}, Source: "slack",
			}, d[0])
			require.Equal(t, "U0CAROL", d[0].Actor.ID)
			require.Contains(t, d[0].Actor.Groups, "oncall")
		})
	}
}

func TestWhatTheDoorRefusesIsShownInTheWindow(t *testing.T) {
	t.Parallel()
	w := connected(t, calm())
	w.door.answers(func(_ job.Decision, call int) job.Answer {
		if call == 1 {
			return job.Answer{Text: "You asked for this, so it has to be someone else."}
		}
		return job.Answer{Counted: true, Text: "Counted."}
	})
	at := w.offer("C0OPS", denyButton())
	require.NoError(t, w.person("bob").Click(w.ctx, "C0OPS", at.TS, "reason:1"))
	v := w.window("bob")
	require.Equal(t, map[string]string{reasonBlock: "You asked for this, so it has to be someone else."}, w.submit("bob", v, "because"))
	require.False(t, w.closed("bob"))
	require.Empty(t, w.submit("bob", v, "because"), "the window stays open and may be sent in again")
	require.True(t, w.closed("bob"))
	require.Equal(t, "view_not_found", refusalOf(w.person("bob").Submit(w.ctx, v.ID, nil)))
}

func refusalOf(_ map[string]string, err error) string {
	if r, ok := err.(*slack.Refusal); ok { //nolint:errorlint // it is returned as it is
		return r.Code
	}
	return ""
}

func TestAWindowSentInTwiceIsOneDecision(t *testing.T) {
	t.Parallel()
	w := connected(t, hasty(4*time.Second))
	at := w.offer("C0OPS", denyButton())
	require.NoError(t, w.person("carol").Click(w.ctx, "C0OPS", at.TS, "reason:1"))
	v := w.window("carol")
	w.fault(slack.Fault{Kind: "duplicate_delivery", Times: 1})
	require.Empty(t, w.submit("carol", v, "x"))
	w.eventually(func() bool { return len(w.log("ack", nil)) >= 3 }, "both deliveries are acknowledged")
	require.Len(t, w.door.decided(), 1)

	require.NoError(t, w.person("carol").Click(w.ctx, "C0OPS", at.TS, "reason:1"))
	w.fault(slack.Fault{Kind: "lost_ack", Times: 1})
	v = w.window("carol")
	_, err := w.person("carol").Submit(w.ctx, v.ID, nil)
	require.ErrorContains(t, err, "operation_timeout")
	require.Empty(t, w.submit("carol", v, ""), "trying again after a lost acknowledgement")
	require.Len(t, w.door.decided(), 2)
	require.True(t, w.closed("carol"))
}

func TestAWindowOfUnknownOutcome(t *testing.T) {
	t.Parallel()
	w := connected(t, calm())
	w.door.answers(func(_ job.Decision, call int) job.Answer {
		return job.Answer{Retry: call < 3, Counted: call >= 3, Text: map[bool]string{true: "Counted."}[call >= 3]}
	})
	at := w.offer("C0OPS", denyButton())
	require.NoError(t, w.person("carol").Click(w.ctx, "C0OPS", at.TS, "reason:1"))
	require.Empty(t, w.submit("carol", w.window("carol"), "x"))
	w.whispered("carol", "C0OPS", "not confirmed yet")
	w.whispered("carol", "C0OPS", "Counted.")
	d := w.door.decided()
	require.Equal(t, d[0], d[2])
}

func TestAWindowThatIsClosedDecidesNothing(t *testing.T) {
	t.Parallel()
	w := connected(t, calm())
	at := w.offer("C0OPS", denyButton())
	require.NoError(t, w.person("carol").Click(w.ctx, "C0OPS", at.TS, "reason:1"))
	v := w.window("carol")
	require.NoError(t, w.person("carol").CloseView(w.ctx, v.ID))
	require.Empty(t, w.door.decided())
}

func TestGuestsAndForgeriesInWindows(t *testing.T) {
	t.Parallel()
	w := connected(t, calm())
	at := w.offer(shopDev, denyButton(), board.Button{Label: "Forged", Action: ActionReason, Value: "../../etc|1|deny"})
	require.NoError(t, w.person("gus").Click(w.ctx, shopDev, at.TS, "reason:1"))
	w.whispered("gus", shopDev, "not from guests")
	require.True(t, w.closed("gus"))
	require.NoError(t, w.person("alice").Click(w.ctx, shopDev, at.TS, "reason:2"))
	w.whispered("alice", shopDev, "I do not understand this button any more")

	require.NoError(t, w.person("alice").Click(w.ctx, shopDev, at.TS, "reason:1"))
	v := w.window("alice")
	guest := true
	require.NoError(t, w.control.Edit(w.ctx, slack.Edit{User: "alice", Guest: &guest}))
	w.eventually(func() bool { _, ok := w.bridge.Directory().Actor(alice); return !ok }, "alice is a guest now")
	require.Contains(t, w.submit("alice", v, "x")[reasonBlock], "not from guests")
	require.Empty(t, w.door.decided())
}

func TestWhereNoWindowOpensTheTypedFormIsTold(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]func(rw http.ResponseWriter){
		"expired": func(rw http.ResponseWriter) { _, _ = io.WriteString(rw, `{"ok":false,"error":"expired_trigger_id"}`) },
		"a scope": func(rw http.ResponseWriter) { _, _ = io.WriteString(rw, `{"ok":false,"error":"missing_scope"}`) },
		"a 500":   func(rw http.ResponseWriter) { http.Error(rw, "no", http.StatusInternalServerError) },
		"too fast": func(rw http.ResponseWriter) {
			rw.Header().Set("Retry-After", "30")
			http.Error(rw, "no", http.StatusTooManyRequests)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := connected(t, calm(), forced)
			w.intercept(func(rw http.ResponseWriter, r *http.Request) bool {
				if !strings.HasPrefix(r.URL.Path, "/api/views.open") {
					return false
				}
				answer(rw)
				return true
			})
			at := w.offer("C0OPS", denyButton(), why("C0OPS"))
			require.NoError(t, w.person("bob").Click(w.ctx, "C0OPS", at.TS, "reason:1"))
			w.whispered("bob", "C0OPS", "Type it instead: `deny restart-3x9q7d because ...`")
			require.NoError(t, w.person("bob").Click(w.ctx, "C0OPS", at.TS, "why:2"))
			w.whispered("bob", "C0OPS", "Type it instead: `force restart master blue because ...`")
			require.Empty(t, w.door.decided())
			require.Empty(t, w.door.asked())
		})
	}
}

// forced knows a command that needs a reason.
func forced(o *Options) {
	o.Words = words.New(append(specs(), job.Spec{Name: "force restart", Params: []job.Param{
		{Name: "instance", Type: "rest"}, {Name: "because", Word: "because", Type: "rest"},
	}}))
}

func why(channel string) board.Button {
	return WhyButton(messageKey(slack.TeamID, channel, tsOf(time.Now())), "force restart master blue")
}

func TestACommandThatLacksItsReason(t *testing.T) {
	t.Parallel()
	for _, reason := range []string{
		"it hangs since 16:20", `because "it" hangs because of because`, "x` instance=green <!channel> | --force", "toy undo", strings.Repeat("long ", 100),
	} {
		t.Run(reason[:4], func(t *testing.T) {
			t.Parallel()
			w := connected(t, calm(), forced)
			ts := w.say("bob", shopDev, "good morning", "")
			at, err := w.bridge.Poster().post(w.ctx, board.Post{
				Place: job.Place{Channel: shopDev, Thread: ts}, Key: "reply/x", Since: time.Now(),
				Message: board.Message{Sentence: "Why?", Buttons: []board.Button{WhyButton(messageKey(slack.TeamID, shopDev, ts), "force restart master blue")}},
			}, bob)
			require.NoError(t, err)
			require.NoError(t, w.person("alice").Click(w.ctx, shopDev, at.TS, "why:1"))
			w.whispered("alice", shopDev, "This button is for Bob")
			require.NoError(t, w.person("bob").Click(w.ctx, shopDev, at.TS, "why:1"))
			v := w.window("bob")
			require.NotEmpty(t, w.submit("bob", v, "   ")[reasonBlock], "a reason is needed")
			require.Empty(t, w.door.asked())
			require.Empty(t, w.submit("bob", v, reason))
			w.answered("bob", shopDev, ts, "runs as")
			c := w.door.asked()
			require.Len(t, c, 1)
			require.Equal(t, "force restart", c[0].Name)
			require.Equal(t, map[string]string{"instance": "master blue", "because": words.Plain(reason)}, c[0].Args, "the reason is data")
			require.Equal(t, messageKey(slack.TeamID, shopDev, ts), c[0].Key, "it runs under the key of what was typed")
			require.Equal(t, job.Place{Team: slack.TeamID, Channel: shopDev, Thread: ts, Message: ts}, c[0].Place)
			require.Equal(t, bob, c[0].Actor.ID)
			again, ok := w.bridge.opt.Words.Parse(c[0].Text, words.Context{Direct: true, Raw: true}).(words.Command)
			require.True(t, ok, "the text reads back: %q", c[0].Text)
			require.Equal(t, c[0].Name, again.Name)

			require.ErrorContains(t, w.person("bob").Click(w.ctx, shopDev, at.TS, "why:1"), "action_not_found", "the offer is taken")
		})
	}
}

func TestTwoWindowsOfOneOfferStartOneRun(t *testing.T) {
	t.Parallel()
	w := connected(t, calm(), forced)
	at := w.offer(dmAlice, why(dmAlice))
	for range 2 {
		require.NoError(t, w.person("alice").Click(w.ctx, dmAlice, at.TS, "why:1"))
	}
	var both []slack.View
	w.eventually(func() bool {
		var err error
		both, err = w.person("alice").Views(w.ctx)
		require.NoError(t, err)
		return len(both) == 2
	}, "two windows are open")
	require.Empty(t, w.submit("alice", both[0], "x"))
	require.Equal(t, chosenBefore, w.submit("alice", both[1], "y")[reasonBlock])
	require.Len(t, w.door.started(), 1)
}

func TestAReasonIsNeverReadAsWords(t *testing.T) {
	t.Parallel()
	o := Options{}
	forced(&o)
	b := &Bridge{opt: o}
	for typed, ok := range map[string]bool{
		"force restart master blue":           true,
		"force restart master blue because":   true,
		"force restart master blue because x": false,
		"toy":                                 false,
		"plan force restart master blue":      false, // a plan needs none
		"":                                    false,
		"nonsense":                            false,
	} {
		_, is := b.reasoned(typed, "x")
		require.Equal(t, ok, is, typed)
	}
}

func FuzzReason(f *testing.F) {
	f.Add("force restart master blue", "it hangs")
	f.Add("force restart because", `"`)
	f.Add("toy", "because x")
	o := Options{}
	forced(&o)
	b := &Bridge{opt: o}
	f.Fuzz(func(t *testing.T, typed, reason string) {
		w, ok := b.reasoned(typed, reason)
		if !ok {
			return
		}
		plain, is := b.reasoned(typed, "x")
		require.True(t, is, "whether there is a place for a reason is no matter of the reason")
		require.Equal(t, plain.Name, w.Name)
		for name, value := range plain.Args {
			if name != "because" {
				require.Equal(t, value, w.Args[name], "nothing of the reason gets elsewhere")
			}
		}
		require.Equal(t, words.Plain(reason), w.Args["because"])
	})
}

// building knows a command whose free text is asked for in a window, and a look that is.
func building(o *Options) {
	forced(o)
	branch := job.Param{Name: "branch", Type: "text", Window: true, Help: "which branch is built"}
	o.Words = words.New(append(specs(),
		job.Spec{Name: "build", Params: []job.Param{{Name: "environment", Type: job.TypeChoice, OneOf: []string{"staging", "master"}}, branch}},
	))
}

func TestMissingArgumentsAreAskedForOneAfterTheOther(t *testing.T) {
	t.Parallel()
	w := connected(t, calm(), building)
	ts := w.say("alice", dmAlice, "build", "")
	m := w.answered("alice", dmAlice, ts, "Which environment?")
	require.Equal(t, []string{"build staging", "build master"}, buttons(t, m))
	require.NoError(t, w.person("alice").Click(w.ctx, dmAlice, m.TS, "command:2"))
	m = w.answered("alice", dmAlice, ts, "also needs the branch")
	require.Equal(t, []string{"Type the branch"}, buttons(t, m))
	require.NoError(t, w.person("alice").Click(w.ctx, dmAlice, m.TS, "why:1"))
	v := w.window("alice")
	shown, err := json.Marshal(v.Blocks)
	require.NoError(t, err)
	require.Contains(t, string(shown), `"text":"Branch"`)
	require.Contains(t, string(shown), "Which branch is built")
	require.Equal(t, "The branch is needed.", w.submit("alice", v, "\u200b")[reasonBlock])
	require.Empty(t, w.submit("alice", v, "staging; rm -r /"))
	w.answered("alice", dmAlice, ts, "runs as")
	c := w.door.asked()[0]
	require.Equal(t, map[string]string{"environment": "master", "branch": "staging; rm -r /"}, c.Args, "what is typed there is data")
	require.Equal(t, `build master "staging; rm -r /"`, c.Text)
}
