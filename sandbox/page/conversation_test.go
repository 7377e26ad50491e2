package page_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// scene is one test with a world of its own in a shared browser.
type scene func(ctx context.Context, t *testing.T, w *world)

// play runs scenes side by side in one browser.
func play(t *testing.T, scenes map[string]scene) {
	t.Helper()
	ctx := browser(t)
	for name, s := range scenes {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s(ctx, t, newWorld(t))
		})
	}
}

func TestConversation(t *testing.T) {
	play(t, map[string]scene{
		"typing and the answer":         typeAndAnswer,
		"a new line and a draft":        newLineAndDraft,
		"names become ids":              namesBecomeIDs,
		"what was not sent comes back":  notSentComesBack,
		"a board is edited in place":    boardEditedInPlace,
		"the end is followed at end":    followsTheEnd,
		"deleted and edited":            deletedAndEdited,
		"reactions":                     reactions,
		"earlier messages":              earlierMessages,
		"an older answer loses":         olderHistoryLoses,
		"permalinks":                    permalinks,
		"what happened during the link": missedWhileLinkWasDown,
	})
}

func typeAndAnswer(ctx context.Context, t *testing.T, w *world) {
	b := w.as(ctx, t, desktop(), "alice", "")
	require.Equal(t, "composer-main", eval[string](b, `document.activeElement.id`), "the page is ready to be typed into")
	b.keys("toy")
	b.press("Enter")
	b.wait(`document.querySelector("#conversation article .content")?.innerText === "toy"`)
	require.Empty(t, eval[string](b, `document.querySelector("#composer-main").value`))
	require.True(t, eval[bool](b, `document.querySelector("#thread").hidden`), "there is no answer yet")

	toy := eval[string](b, `document.querySelector("#conversation article").dataset.ts`)
	answer := board("Refreshing your toy database", "toy-k4m7q2", ":hourglass_flowing_sand: Snapshot of master")
	answer["thread_ts"] = toy
	w.post("D0ALICE", answer)

	b.wait(`document.querySelectorAll("#thread article").length === 2`)
	require.Contains(t, b.text("#thread article:last-of-type"), "Refreshing your toy database")
	require.Contains(t, b.text("#thread article:last-of-type"), "⏳ Snapshot of master")
	b.wait(`document.querySelector("#conversation .replies").innerText.includes("1 reply")`)
	require.Equal(t, "composer-main", eval[string](b, `document.activeElement.id`), "the thread that opens takes no focus")
	b.wait(`document.querySelector("#polite").innerText === "Pawl: Refreshing your toy database."`)
	b.quiet()
}

func newLineAndDraft(ctx context.Context, t *testing.T, w *world) {
	b := w.as(ctx, t, desktop(), "alice", "")
	low := eval[int](b, `document.querySelector("#composer-main").offsetHeight`)
	b.keys("one")
	b.press("Shift+Enter")
	b.keys("two")
	require.Equal(t, "one\ntwo", eval[string](b, `document.querySelector("#composer-main").value`))
	require.Greater(t, eval[int](b, `document.querySelector("#composer-main").offsetHeight`), low, "the field grows")

	b.click(`a.entry[href="#C0OPS"]`)
	b.wait(`document.querySelector("#conversation h1").innerText === "ops"`)
	require.Empty(t, eval[string](b, `document.querySelector("#composer-main").value`))
	b.click(`a.entry[href="#D0ALICE"]`)
	b.wait(`document.querySelector("#composer-main").value === "one\ntwo"`)
	b.do(chromedp.Focus(chromedp.CSS("#composer-main")))
	b.press("Enter")
	b.wait(`document.querySelector("#conversation article .content")?.innerText === "one\ntwo"`)
	b.quiet()
}

func namesBecomeIDs(ctx context.Context, t *testing.T, w *world) {
	b := w.as(ctx, t, desktop(), "alice", "#C0SHOPDEV")
	require.Contains(t, b.text(".composer-hint"), "@Pawl help")
	b.keys("@pa")
	b.wait(`!document.querySelector("#composer-main-names").hidden`)
	require.Equal(t, "true", eval[string](b, `document.querySelector("#composer-main").getAttribute("aria-expanded")`))
	require.Equal(t, "@Pawl", eval[string](b, `document.getElementById(document.querySelector("#composer-main").getAttribute("aria-activedescendant")).querySelector("b").innerText`))
	b.press("Enter")
	require.Equal(t, "@Pawl ", eval[string](b, `document.querySelector("#composer-main").value`))
	b.keys("ask @oncall and @Bob in #ops about a<b && `@Bob`, mail bob@acme.test")
	b.press("Escape") // the list of names that may be open
	b.press("Enter")
	b.wait(`document.querySelector("#conversation article .content")`)
	require.Equal(t, "@Pawl ask @oncall and @Bob in #ops about a<b && `@Bob`, mail bob@acme.test", b.text("#conversation article .content"))

	history := w.call("xoxp-alice", "conversations.history", args{"channel": "C0SHOPDEV"})
	sent := history["messages"].([]any)[0].(map[string]any)
	require.Equal(t, "<@U0PAWL> ask <!subteam^S0ONCALL> and <@U0BOB> in <#C0OPS> about a&lt;b &amp;&amp; `@Bob`, mail bob@acme.test", sent["text"])
	b.quiet()
}

func notSentComesBack(ctx context.Context, t *testing.T, w *world) {
	b := w.as(ctx, t, desktop(), "alice", "")
	eval[bool](b, `(window.fetch = () => Promise.reject(new TypeError("offline")), true)`)
	b.keys("toy")
	b.press("Enter")
	b.wait(`document.querySelector(".composer-note").innerText.includes("Not sent")`)
	require.Equal(t, "toy", eval[string](b, `document.querySelector("#composer-main").value`))
	require.Empty(t, b.text("#conversation article"))
}

// boardEditedInPlace holds what makes a board bearable: thirty edits, and neither
// the nodes, the focus nor the place on the screen change.
func boardEditedInPlace(ctx context.Context, t *testing.T, w *world) {
	toy := w.postAs("xoxp-alice", "D0ALICE", args{"text": "toy"})
	edit := func(percent int) args {
		a := board(fmt.Sprintf("Refreshing your toy database: %d %%", percent), "toy-k4m7q2",
			":white_check_mark: Snapshot of master", fmt.Sprintf(":hourglass_flowing_sand: Restore · %d %%", percent))
		a["thread_ts"] = toy
		return a
	}
	ts := w.post("D0ALICE", edit(1))
	for i := range 30 {
		w.post("D0ALICE", args{"thread_ts": toy, "text": fmt.Sprintf("line %d\nand more", i)})
	}
	b := w.as(ctx, t, desktop(), "alice", "")
	row := fmt.Sprintf(`document.querySelector('#thread article[data-ts="%s"]')`, ts)
	b.wait(row)
	eval[bool](b, `(window.row = `+row+`, window.cancel = row.querySelector("button.button"), true)`)
	require.Equal(t, "Cancel", eval[string](b, `cancel.innerText`))
	eval[bool](b, `(row.scrollIntoView(), cancel.focus(), window.place = row.getBoundingClientRect().top, true)`)
	require.Less(t, eval[float64](b, `place`), 200.0)
	b.wait(`document.querySelector("#thread .scroller").scrollTop + 500 < document.querySelector("#thread .scroller").scrollHeight`)

	for percent := range 30 {
		a := edit(percent + 2)
		delete(a, "thread_ts")
		w.update("D0ALICE", ts, a)
	}
	b.wait(`row.innerText.includes("Restore · 31 %")`)
	require.True(t, eval[bool](b, `row.isConnected && row === `+row), "the row is the same node")
	require.True(t, eval[bool](b, `cancel.isConnected && document.activeElement === cancel`), "the button kept the focus")
	require.InDelta(t, eval[float64](b, `place`), eval[float64](b, `row.getBoundingClientRect().top`), 0.5, "nothing moved")
	require.NotContains(t, b.text("#thread"), "(edited)", "Slack does not mark edits of blocks")

	w.post("D0ALICE", args{"thread_ts": toy, "text": "a new one below"})
	b.wait(`document.querySelector("#thread").innerText.includes("a new one below")`)
	require.InDelta(t, eval[float64](b, `place`), eval[float64](b, `row.getBoundingClientRect().top`), 0.5, "who reads above is not pulled down")
	b.click("#thread .newer")
	b.wait(`document.querySelector("#thread .newer").hidden`)
	b.quiet()
}

func followsTheEnd(ctx context.Context, t *testing.T, w *world) {
	for i := range 40 {
		w.post("D0ALICE", args{"text": fmt.Sprintf("message %d", i)})
	}
	b := w.as(ctx, t, desktop(), "alice", "")
	atEnd := `(s => s.scrollHeight - s.scrollTop - s.clientHeight < 2)(document.querySelector("#conversation .scroller"))`
	b.wait(`document.querySelectorAll("#conversation article").length === 40`)
	b.wait(atEnd)
	w.post("D0ALICE", args{"text": "message 40\n" + strings.Repeat("long\n", 10)})
	b.wait(`document.querySelectorAll("#conversation article").length === 41`)
	b.wait(atEnd)
	b.quiet()
}

func deletedAndEdited(ctx context.Context, t *testing.T, w *world) {
	toy := w.postAs("xoxp-alice", "D0ALICE", args{"text": "toy"})
	first := w.post("D0ALICE", args{"thread_ts": toy, "text": "first"})
	second := w.post("D0ALICE", args{"thread_ts": toy, "text": "second"})
	b := w.as(ctx, t, desktop(), "alice", "")
	b.wait(`document.querySelectorAll("#thread article").length === 3`)
	w.call(pawlToken, "chat.delete", args{"channel": "D0ALICE", "ts": first})
	b.wait(`document.querySelectorAll("#thread article").length === 2`)
	b.wait(`document.querySelector("#conversation .replies").innerText.includes("1 reply")`)
	w.update("D0ALICE", second, args{"text": "second thoughts"})
	b.wait(`document.querySelector("#thread").innerText.includes("second thoughts(edited)")`)
	w.call("xoxp-alice", "chat.delete", args{"channel": "D0ALICE", "ts": toy})
	b.wait(`document.querySelector("#conversation .gone")?.innerText === "This message was deleted."`)
	require.NotContains(t, b.text("#thread"), "toy")
	require.Contains(t, b.text("#thread"), "second thoughts", "the thread is still there")
	b.quiet()
}

func reactions(ctx context.Context, t *testing.T, w *world) {
	toy := w.postAs("xoxp-alice", "D0ALICE", args{"text": "toy"})
	b := w.as(ctx, t, desktop(), "alice", "")
	b.wait(`document.querySelector("#conversation article")`)
	w.call(pawlToken, "reactions.add", args{"channel": "D0ALICE", "timestamp": toy, "name": "eyes"})
	b.wait(`document.querySelector("#conversation .reaction")?.innerText.replace(/\s/g, "") === "👀1"`)
	b.click("#conversation .reaction")
	b.wait(`document.querySelector("#conversation .reaction.mine")?.getAttribute("aria-label") === "eyes, 2: Pawl, Alice"`)
	b.click("#conversation .reaction")
	b.wait(`document.querySelector("#conversation .reaction")?.getAttribute("aria-pressed") === "false"`)
	b.quiet()
}

func earlierMessages(ctx context.Context, t *testing.T, w *world) {
	for i := range 130 {
		w.post("D0ALICE", args{"text": fmt.Sprintf("message %d", i)})
	}
	b := w.as(ctx, t, desktop(), "alice", "")
	for _, n := range []int{60, 120, 130} {
		b.wait(fmt.Sprintf(`document.querySelectorAll("#conversation article").length === %d`, n))
		if n < 130 {
			b.click("#conversation .older")
		}
	}
	b.wait(`document.querySelector("#conversation .older").hidden`)
	require.Equal(t, "message 0", b.text("#conversation article .content"))
	b.quiet()
}

// olderHistoryLoses: while a page of history is on its way the stream tells of an
// edit, a deletion and a new message; the page that arrives then is older.
func olderHistoryLoses(ctx context.Context, t *testing.T, w *world) {
	w.post("D0ALICE", args{"text": "only history tells"})
	edited := w.post("D0ALICE", args{"text": "working"})
	deleted := w.post("D0ALICE", args{"text": "posted twice"})
	b := blank(ctx, t, desktop())
	b.holdBack("/api/conversations.history")
	b.do(chromedp.Navigate(w.URL + "/?as=alice"))
	b.wait(`held && document.querySelector("#panes[data-link=up]")`)
	w.update("D0ALICE", edited, args{"text": "done"})
	w.call(pawlToken, "chat.delete", args{"channel": "D0ALICE", "ts": deleted})
	w.post("D0ALICE", args{"text": "new"})
	b.wait(`document.querySelector("#conversation").innerText.includes("new")`)
	eval[bool](b, `(release(), true)`)
	b.wait(`document.querySelector("#conversation").innerText.includes("only history tells")`)
	require.Equal(t, []string{"only history tells", "done(edited)", "new"}, eval[[]string](b, `[...document.querySelectorAll("#conversation .content")].map((e) => e.innerText)`))
	b.quiet()
}

func permalinks(ctx context.Context, t *testing.T, w *world) {
	root := w.postAs("xoxp-bob", "C0OPS", args{"text": "<@U0PAWL> status"})
	reply := w.post("C0OPS", args{"thread_ts": root, "text": "all well"})
	link := w.call(pawlToken, "chat.getPermalink", args{"channel": "C0OPS", "message_ts": reply})["permalink"].(string)
	w.post("D0ALICE", args{"text": "follow it <" + link + "|here>"})

	b := w.as(ctx, t, desktop(), "alice", "")
	b.click("#conversation article .content a")
	b.wait(`document.querySelector("#conversation h1").innerText === "ops" && document.querySelector("#thread").innerText.includes("all well")`)
	b.do(chromedp.NavigateBack())
	b.wait(`document.querySelector("#conversation h1").innerText === "Pawl" && document.querySelector("#thread").hidden`)
	b.quiet()

	direct := open(ctx, t, desktop(), link)
	direct.wait(`document.querySelector("#conversation h1").innerText === "ops" && document.querySelector("#thread").innerText.includes("all well")`)
	direct.quiet()
}

func missedWhileLinkWasDown(ctx context.Context, t *testing.T, w *world) {
	toy := w.postAs("xoxp-alice", "D0ALICE", args{"text": "toy"})
	ts := w.post("D0ALICE", args{"thread_ts": toy, "text": "working"})
	b := w.as(ctx, t, desktop(), "alice", "")
	b.wait(`document.querySelector("#thread").innerText.includes("working")`)
	eval[bool](b, `(window.lost = false, new MutationObserver(() => { lost ||= !document.querySelector("#link-lost").hidden }).observe(document.querySelector("#link-lost"), {attributes: true}), true)`)
	w.cut()
	b.wait(`lost`)
	w.update("D0ALICE", ts, args{"text": "done"})
	w.post("D0ALICE", args{"text": "and a new one"})
	b.wait(`document.querySelector("#thread").innerText.includes("done")`)
	b.wait(`document.querySelector("#conversation").innerText.includes("and a new one")`)
	b.wait(`document.querySelector("#link-lost").hidden`)
	require.Equal(t, 2, eval[int](b, `document.querySelectorAll("#conversation article").length`))
}
