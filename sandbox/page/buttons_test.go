package page_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestButtons(t *testing.T) {
	play(t, map[string]scene{
		"pressed and acknowledged":        pressedAndAcknowledged,
		"pressed and not heard":           pressedAndNotHeard,
		"asks before the deed":            asksBeforeTheDeed,
		"a button with an address":        buttonWithAddress,
		"a whisper has one addressee":     whisperHasOneAddressee,
		"a whisper's button and its fate": whisperButton,
	})
}

// question posts a message with the buttons of an approval.
func question(w *world, channel string) string {
	return w.post(channel, args{"text": "Bob asks to force restart shop master blue.", "blocks": []args{
		section("Bob asks to *force restart shop master blue*."),
		{"type": "actions", "block_id": "ask", "elements": []args{
			button("approve", "Approve restart of blue", "primary"), button("deny", "Deny", ""),
		}},
	}})
}

func pressedAndAcknowledged(ctx context.Context, t *testing.T, w *world) {
	a := w.connect()
	ts := question(w, "C0OPS")
	b := w.as(ctx, t, desktop(), "carol", "#C0OPS")
	b.click(`[data-action="approve"]`)
	require.Equal(t, click{"U0CAROL", "approve", ts}, w.clicked(a))
	w.update("C0OPS", ts, args{"text": "Approved by Carol.", "blocks": []args{section("*Approved by Carol at 16:33.*")}})
	b.wait(`document.querySelector("#conversation article").innerText.includes("Approved by Carol at 16:33.")`)
	require.Zero(t, eval[int](b, `document.querySelectorAll("#conversation article [data-action]").length`))
	b.quiet()
}

// pressedAndNotHeard: the button shows that it waits, then Slack's warning; a
// second press is a new try.
func pressedAndNotHeard(ctx context.Context, t *testing.T, w *world) {
	a := w.connect()
	a.setDeaf(true)
	ts := question(w, "C0OPS")
	b := w.as(ctx, t, desktop(), "carol", "#C0OPS")
	b.click(`[data-action="approve"]`)
	b.wait(`document.querySelector('[data-action="approve"]').getAttribute("aria-busy") === "true"`)
	b.wait(`document.querySelector('[data-action="approve"]').parentElement.innerText.includes("No answer within 3 seconds. Try again.")`)
	require.False(t, eval[bool](b, `document.querySelector('[data-action="approve"]').hasAttribute("aria-busy")`))
	require.Equal(t, "approve", eval[string](b, `document.activeElement.dataset.action`), "the focus stays where it was")
	b.wait(`document.querySelector("#polite").innerText === "No answer within 3 seconds. Try again."`)
	require.NotContains(t, b.text(`[data-action="deny"]`), "No answer")

	a.setDeaf(false)
	b.press("Enter")
	require.Equal(t, click{"U0CAROL", "approve", ts}, w.clicked(a))
	b.wait(`!document.querySelector(".press-failed")`)
	b.quiet()
}

func asksBeforeTheDeed(ctx context.Context, t *testing.T, w *world) {
	a := w.connect()
	stop := button("stop", "Stop and clean up", "danger")
	stop["confirm"] = args{
		"title": args{"type": "plain_text", "text": "Stop the refresh?"}, "text": mrkdwn("Your *current toy* stays as it is."),
		"confirm": args{"type": "plain_text", "text": "Stop it"}, "deny": args{"type": "plain_text", "text": "Let it run"}, "style": "danger",
	}
	ts := w.post("D0ALICE", args{"text": "Refreshing.", "blocks": []args{{"type": "actions", "block_id": "b", "elements": []args{stop}}}})
	b := w.as(ctx, t, desktop(), "alice", "")

	b.click(`[data-action="stop"]`)
	b.wait(`document.querySelector("dialog[open]")`)
	require.Contains(t, b.text("dialog"), "Your current toy stays as it is.")
	b.click(`dialog [value="no"]`)
	b.wait(`!document.querySelector("dialog")`)
	b.press("Enter") // the focus is back on the button
	b.wait(`document.querySelector("dialog[open]")`)
	b.press("Escape")
	b.wait(`!document.querySelector("dialog")`)
	require.Empty(t, a.clicks, "nothing was pressed yet")

	b.click(`[data-action="stop"]`)
	b.click(`dialog [value="yes"]`)
	require.Equal(t, click{"U0ALICE", "stop", ts}, w.clicked(a))
	b.quiet()
}

func buttonWithAddress(ctx context.Context, t *testing.T, w *world) {
	a := w.connect()
	log := button("log", "See the log", "")
	log["url"] = w.URL + "/nothing-here"
	w.post("D0ALICE", args{"text": "Failed.", "blocks": []args{
		{"type": "section", "block_id": "s", "text": mrkdwn("It failed."), "accessory": log},
	}})
	b := w.as(ctx, t, desktop(), "alice", "")
	b.wait(`document.querySelector('a[data-action="log"]')`)
	require.Equal(t, "noopener noreferrer", eval[string](b, `document.querySelector('a[data-action="log"]').rel`))
	require.Equal(t, w.URL+"/nothing-here", eval[string](b, `document.querySelector('a[data-action="log"]').href`))
	b.click(`a[data-action="log"]`)
	require.Equal(t, "log", w.clicked(a).Action, "Slack tells the app about it too")
}

func whisperHasOneAddressee(ctx context.Context, t *testing.T, w *world) {
	root := w.postAs("xoxp-bob", "C0OPS", args{"text": "<@U0PAWL> toy"})
	bob := w.as(ctx, t, desktop(), "bob", "#C0OPS/"+root)
	carol := w.as(ctx, t, desktop(), "carol", "#C0OPS/"+root)
	w.post("C0OPS", args{"thread_ts": root, "text": "the board"})
	secret := "Connect with `psql service=toy_bob`."
	w.whisper("C0OPS", "U0BOB", args{"thread_ts": root, "text": secret})
	w.whisper("C0OPS", "U0BOB", args{"text": "And this one in the channel."})
	w.post("C0OPS", args{"thread_ts": root, "text": "for everybody"})

	bob.wait(`document.querySelector("#thread .whisper")?.innerText.includes("psql service=toy_bob")`)
	require.Contains(t, bob.text("#thread .whisper"), "Only visible to you")
	bob.wait(`document.querySelector("#conversation .whisper")?.innerText.includes("And this one")`)
	carol.wait(`document.querySelector("#thread").innerText.includes("for everybody")`)
	require.NotContains(t, carol.text("body"), "psql")
	require.NotContains(t, carol.text("body"), "Only visible to you")

	// Being Carol for a moment shows nothing of Bob's; being Bob again shows it again.
	bob.click(`.you-face:has([value="U0CAROL"])`)
	bob.wait(`document.querySelector("#conversation article") && !document.body.innerText.includes("psql")`)
	bob.click(`.you-face:has([value="U0BOB"])`)
	bob.wait(`document.querySelector("#thread .whisper")?.innerText.includes("psql service=toy_bob")`)
	bob.quiet()
	carol.quiet()
}

func whisperButton(ctx context.Context, t *testing.T, w *world) {
	a := w.connect()
	b := w.as(ctx, t, desktop(), "alice", "")
	ts := w.whisper("D0ALICE", "U0ALICE", args{"text": "Did you mean toy?", "blocks": []args{
		section("I don't know `tyo`. Did you mean"),
		{"type": "actions", "block_id": "b", "elements": []args{button("toy", "toy", "primary")}},
	}})
	b.click(`.whisper [data-action="toy"]`)
	require.Equal(t, click{"U0ALICE", "toy", ts}, w.clicked(a))
	b.quiet()
}
