package page_test

import (
	"context"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

func TestPeople(t *testing.T) {
	play(t, map[string]scene{
		"who you can be":               whoYouCanBe,
		"the address and the memory":   addressAndMemory,
		"unread marks":                 unreadMarks,
		"what would have notified you": wouldHaveNotified,
		"who has been asked":           whoHasBeenAsked,
		"missed as somebody else":      missedAsSomebodyElse,
	})
}

func whoYouCanBe(ctx context.Context, t *testing.T, w *world) {
	b := w.as(ctx, t, desktop(), "alice", "")
	require.Equal(t, "engineer: Alice Eve | on call: Bob Carol | product: Petra | sales: Sam | Owns the data syncs: Jana | guest: Gus",
		eval[string](b, `[...document.querySelectorAll(".role")].map(r => r.title + ": " + [...r.querySelectorAll(".you-name")].map(n => n.innerText).join(" ")).join(" | ")`))
	// Each sees what they may: the guest one channel, the stranger none of these.
	for id, channels := range map[string]string{
		"U0GUS": "Pawl shop-dev", "U0SAM": "Pawl general releases sales-data",
		"U0BOB": "Pawl general shop-dev ops ops-alerts releases shared-partner",
	} {
		b.click(`.you-face:has([value="` + id + `"])`)
		b.wait(`document.querySelector("[name=you]:checked").value === "` + id + `"`)
		b.wait(`[...document.querySelectorAll(".entry-name")].map(e => e.innerText).join(" ") === "` + channels + `"`)
	}
	stranger := w.as(ctx, t, desktop(), "max", "")
	require.Equal(t, "shared-partner", stranger.text("#conversation h1"))
	require.Contains(t, stranger.text(".faces-row"), "Max", "who is asked for by name is listed")
	b.quiet()
	stranger.quiet()
}

func addressAndMemory(ctx context.Context, t *testing.T, w *world) {
	b := w.as(ctx, t, desktop(), "bob", "#C0OPS")
	require.Equal(t, "U0BOB", eval[string](b, `document.querySelector("[name=you]:checked").value`))
	require.Equal(t, "ops", b.text("#conversation h1"))
	b.click(`.you-face:has([value="U0CAROL"])`)
	b.wait(`location.search === "?as=carol"`)
	require.Equal(t, "ops", b.text("#conversation h1"), "what both may see stays open")
	b.click(`.you-face:has([value="U0GUS"])`)
	b.wait(`document.querySelector("#conversation h1").innerText === "Pawl" && location.hash === "#D0GUS"`)
	b.do(chromedp.Reload())
	b.wait(`document.querySelector("[name=you]:checked")?.value === "U0GUS"`)
	b.do(chromedp.Navigate(w.URL + "/"))
	b.wait(`document.querySelector("[name=you]:checked")?.value === "U0GUS"`)
	b.do(chromedp.Navigate(w.URL + "/?as=nobody"))
	b.wait(`document.querySelector("[name=you]:checked")?.value === "U0GUS"`)
	b.quiet()
}

func unreadMarks(ctx context.Context, t *testing.T, w *world) {
	b := w.as(ctx, t, desktop(), "alice", "")
	entry := `document.querySelector('a.entry[href="#C0OPS"]')`
	require.False(t, eval[bool](b, entry+`.classList.contains("unread")`))
	w.postAs("xoxp-bob", "C0OPS", args{"text": "coffee?"})
	b.wait(entry + `.classList.contains("unread")`)
	require.Equal(t, "ops unread", eval[string](b, entry+`.innerText.replace(/\s+/g, " ")`), "said in words too")
	w.postAs("xoxp-bob", "C0OPS", args{"text": "<@U0ALICE> coffee?"})
	b.wait(entry + `.querySelector(".count")?.innerText.startsWith("1")`)
	b.wait(`document.title === "(1) Pawl at Acme"`)
	b.do(chromedp.Reload())
	b.wait(entry + `?.querySelector(".count")?.innerText.startsWith("1")`)
	b.click(`a.entry[href="#C0OPS"]`)
	b.wait(`!` + entry + `.classList.contains("unread") && document.title === "Pawl at Acme"`)
	// What the person says themselves, and what is on the screen, is read.
	w.postAs("xoxp-alice", "C0SHOPDEV", args{"text": "from my phone"})
	w.postAs("xoxp-bob", "C0OPS", args{"text": "now?"})
	b.wait(`document.querySelector("#conversation").innerText.includes("now?")`)
	require.Zero(t, eval[int](b, `document.querySelectorAll(".entry.unread").length`))
	b.quiet()
}

func wouldHaveNotified(ctx context.Context, t *testing.T, w *world) {
	root := w.postAs("xoxp-alice", "C0SHOPDEV", args{"text": "<@U0PAWL> status"})
	b := w.as(ctx, t, desktop(), "alice", "")
	dm := w.post("D0ALICE", args{"text": "Your toy is *fresh*."})
	b.wait(`document.querySelector(".toast")?.innerText.includes("Slack would have notified you (direct message)")`)
	require.Contains(t, b.text(".toast"), "Your toy is fresh.")
	require.Equal(t, "would have notified you (direct message)",
		eval[string](b, `document.querySelector('article[data-ts="`+dm+`"] .bell').getAttribute("aria-label")`))

	w.post("C0SHOPDEV", args{"thread_ts": root, "text": "all well"})
	b.wait(`[...document.querySelectorAll(".toast")].at(-1).innerText.includes("reply in a thread of yours")`)
	require.Contains(t, b.text(".toast:last-of-type"), "all well", "also when nobody has the thread open")
	b.wait(`document.querySelector('a.entry[href="#C0SHOPDEV"] .count')`)
	b.do(chromedp.Click(chromedp.CSS(".toast:last-of-type a")))
	b.wait(`document.querySelector("#conversation h1").innerText === "shop-dev" && document.querySelector("#thread").innerText.includes("all well")`)

	// An edit notifies nobody.
	before := eval[int](b, `document.querySelectorAll(".bell").length`)
	w.update("D0ALICE", dm, args{"text": "<@U0ALICE> edited"})
	b.click(`a.entry[href="#D0ALICE"]`)
	b.wait(`document.querySelector("#conversation").innerText.includes("@Alice edited")`)
	require.Equal(t, 1, eval[int](b, `document.querySelectorAll("#conversation .bell").length`))
	require.Positive(t, before)
	b.quiet()
}

func whoHasBeenAsked(ctx context.Context, t *testing.T, w *world) {
	b := w.as(ctx, t, desktop(), "alice", "#C0OPS")
	w.post("C0OPS", args{"text": "<!subteam^S0ONCALL> Alice asks to restart blue."})
	b.wait(`[...document.querySelectorAll(".you-face.called .you-name")].map(n => n.innerText).join() === "Bob,Carol"`)
	b.click(`.you-face:has([value="U0CAROL"])`)
	b.wait(`[...document.querySelectorAll(".you-face.called .you-name")].map(n => n.innerText).join() === "Bob"`)
	b.wait(`document.querySelector("#conversation .mention").classList.contains("mine")`) // it is Carol's group
	b.quiet()
}

// missedAsSomebodyElse: while you were Alice, Bob got a question; becoming Bob
// shows that he did not see it yet.
func missedAsSomebodyElse(ctx context.Context, t *testing.T, w *world) {
	b := w.as(ctx, t, desktop(), "alice", "#C0GENERAL")
	w.postAs("xoxp-eve", "C0GENERAL", args{"text": "hello"}) // something this page has seen
	b.wait(`document.querySelector("#conversation").innerText.includes("hello")`)
	w.post("D0BOB", args{"text": "<@U0BOB> approve?"})
	w.postAs("xoxp-eve", "C0GENERAL", args{"text": "bye"})
	b.wait(`document.querySelector("#conversation").innerText.includes("bye")`)
	b.click(`.you-face:has([value="U0BOB"])`)
	b.wait(`document.querySelector('a.entry[href="#D0BOB"] .count')?.innerText.startsWith("1")`)
	b.click(`a.entry[href="#D0BOB"]`)
	b.wait(`document.querySelector("#conversation").innerText.includes("@Bob approve?")`)
	b.quiet()
}
