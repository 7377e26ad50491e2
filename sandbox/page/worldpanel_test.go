package page_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/sandbox"
)

func TestWorldPanel(t *testing.T) {
	play(t, map[string]scene{
		"pulling the plug":      pullThePlug,
		"three plugs":           threePlugs,
		"cutting a cable":       cutACable,
		"an older answer loses": olderWorldLoses,
		"a switch that fails":   switchThatFails,
		"Slack misbehaves":      slackMisbehaves,
		"a clock keeps nodes":   clockKeepsNodes,
		"a world without one":   worldWithoutPanel,
		"open or closed stays":  openOrClosedStays,
	})
}

func pullThePlug(ctx context.Context, t *testing.T, w *world) {
	x := w.pawl()
	b := w.as(ctx, t, desktop(), "alice", "")
	b.wait(`document.querySelector("#world h3").innerText === "Pawl is alive, 2 min"`)
	require.Equal(t, "Pawl is alive", b.text("#pill-text"))
	b.click(".plug-button")
	b.wait(`/^Pawl is dead \(killed (just now|\d s ago)\)$/.test(document.querySelector("#world h3").innerText)`)
	require.Equal(t, "Pawl is dead", b.text("#pill-text"))
	b.wait(`document.querySelector(".notice").innerText.includes("what you type now is not lost")`)
	b.wait(`document.querySelector(".presence").dataset.state === "down"`)
	require.Equal(t, "down", eval[string](b, `document.querySelector(".pawl-card").dataset.state`))
	require.Equal(t, "true", eval[string](b, `document.querySelector(".plug-button").getAttribute("aria-disabled")`))
	b.press("Enter") // what is dead cannot be killed
	b.shoot("dead")
	eval[bool](b, `(window.before = document.querySelector("#world h3").innerText, true)`)
	b.wait(`document.querySelector("#world h3").innerText !== before`) // it counts

	x.mu.Lock()
	flips := x.flips
	x.mu.Unlock()
	require.Equal(t, []string{"plug on"}, flips)
	x.become(sandbox.StateStarting, "starting", time.Now())
	b.wait(`document.querySelector("#world h3").innerText === "Pawl is coming back"`)
	x.become(sandbox.StateOK, "alive", time.Now())
	b.wait(`document.querySelector("#world h3").innerText.startsWith("Pawl is alive, ")`)
	b.wait(`!document.querySelector(".notice")`)
	b.wait(`[...document.querySelectorAll(".toast")].some(t => t.innerText.includes("Pawl is back"))`)
	b.quiet()
}

// threePlugs: Pawl as three processes has three cards, and the page says which of them is dead.
func threePlugs(ctx context.Context, t *testing.T, w *world) {
	things := map[string]*thing{}
	for id, name := range map[string]string{"engine": "Pawl's engine", "worker": "Pawl's worker", "slackbridge": "Pawl's Slack bridge"} {
		things[id] = w.register(sandbox.Thing{
			ID: id, Kind: sandbox.KindPawl, Name: name, State: sandbox.StateOK, Word: "alive", Since: time.Now().Add(-2 * time.Minute),
			Switches: []sandbox.Switch{{ID: "plug", Label: "Pull the plug", Danger: true, Help: "Kills it."}},
		})
	}
	b := w.as(ctx, t, desktop(), "alice", "")
	b.wait(`document.querySelectorAll("#world .pawl-card").length === 3`)
	require.Equal(t, "Pawl is alive", b.text("#pill-text"))
	b.click(`[data-thing="worker"][data-switch="plug"]`)
	b.wait(`document.querySelector('[data-key="worker"] h3').innerText.startsWith("Pawl's worker is dead (killed")`)
	require.Equal(t, "Pawl's worker is dead", b.text("#pill-text"))
	b.wait(`document.querySelector(".notice").innerText.includes("Pawl's worker is dead")`)
	b.wait(`document.querySelector(".presence").dataset.state === "down"`)
	require.Equal(t, "ok", eval[string](b, `document.querySelector('[data-key="engine"]').dataset.state`))
	b.shoot("three-plugs")
	for _, x := range things {
		x.become(sandbox.StateDown, "killed", time.Now())
	}
	b.wait(`document.querySelector("#pill-text").innerText === "Pawl is dead"`)
	for _, x := range things {
		x.become(sandbox.StateOK, "alive", time.Now())
	}
	b.wait(`document.querySelector("#pill-text").innerText === "Pawl is alive"`)
	b.wait(`!document.querySelector(".notice")`)
	b.quiet()
}

func cutACable(ctx context.Context, t *testing.T, w *world) {
	w.pawl()
	x := w.host("db-master")
	alice := w.as(ctx, t, desktop(), "alice", "")
	bob := w.as(ctx, t, desktop(), "bob", "")
	cable := `document.querySelector('[data-thing="db-master"]')`
	alice.wait(cable)
	alice.click(`[data-thing="db-master"]`)
	for _, b := range []*tab{alice, bob} {
		b.wait(cable + `.innerText.startsWith("Mend the cable")`) // everybody sees it
	}
	x.become(sandbox.StateDown, "cable cut", time.Now().Add(-4*time.Second))
	alice.wait(`/^cable cut [45] s ago$/.test(document.querySelector('[data-key="db-master"] .word').innerText)`)
	alice.press("Enter") // the button has the focus still
	alice.wait(cable + `.innerText.startsWith("Cut the cable")`)
	x.mu.Lock()
	flips := x.flips
	x.mu.Unlock()
	require.Equal(t, []string{"cable on", "cable off"}, flips)
	alice.quiet()
	bob.quiet()
}

// olderWorldLoses: the answer to "how is the world" may arrive after the stream
// has told something newer.
func olderWorldLoses(ctx context.Context, t *testing.T, w *world) {
	x := w.host("db-master")
	b := blank(ctx, t, desktop())
	b.holdBack("/sandbox/world")
	b.do(chromedp.Navigate(w.URL + "/?as=alice"))
	b.wait(`held && document.querySelector("#panes[data-link=up]")`)
	x.become(sandbox.StateDown, "cable cut", time.Now())
	b.wait(`document.querySelector('[data-key="db-master"] .word')?.innerText.startsWith("cable cut")`)
	// The panel draws whatever it is given at once; two turns of the clock are long after.
	eval[bool](b, `(release(), window.word = () => document.querySelector('[data-key="db-master"] .word').innerText, window.words = new Set([word()]), new MutationObserver(() => words.add(word())).observe(document.querySelector("#world"), {subtree: true, childList: true, characterData: true}), true)`)
	b.wait(`words.size > 2`)
	require.Empty(t, eval[[]string](b, `[...words].filter((w) => !w.startsWith("cable cut"))`))
	b.quiet()
}

func switchThatFails(ctx context.Context, t *testing.T, w *world) {
	w.host("toys").fail = errors.New("the host's shell does not stop")
	b := w.as(ctx, t, desktop(), "alice", "")
	b.click(`[data-thing="toys"]`)
	b.wait(`document.querySelector(".switch-error")?.innerText === "the host's shell does not stop"`)
	require.Equal(t, "alert", eval[string](b, `document.querySelector(".switch-error").getAttribute("role")`))
}

func slackMisbehaves(ctx context.Context, t *testing.T, w *world) {
	w.pawl()
	b := w.as(ctx, t, desktop(), "alice", "")
	b.wait(`document.querySelector(".faults .word").innerText === "fine"`)
	b.click("#world summary")
	b.wait(`document.querySelector(".faults").open`)
	b.click(`[data-thing="slack/faults"][data-switch="slow"]`)
	b.wait(`document.querySelector(".faults .word").innerText === "slow"`)
	faults := w.faults()
	require.Len(t, faults, 1)
	require.Equal(t, "slow", faults[0].Kind)
	require.Equal(t, "*", faults[0].Method)
	require.Zero(t, faults[0].Times, "until it is switched off")

	_, err := w.slack.SetFault(slackFault("429")) // somebody else, with curl
	require.NoError(t, err)
	b.wait(`document.querySelector('[data-switch="429"]').getAttribute("aria-checked") === "true"`)
	require.True(t, eval[bool](b, `document.querySelector(".faults").open`), "it stays open while it changes")
	b.shoot("faults")
	for _, kind := range []string{"429", "slow"} {
		b.click(`[data-switch="` + kind + `"]`)
		b.wait(`document.querySelector('[data-switch="` + kind + `"]').getAttribute("aria-checked") === "false"`)
	}
	require.Empty(t, w.faults())
	b.wait(`document.querySelector(".faults .word").innerText === "fine"`)
	b.quiet()
}

// clockKeepsNodes: the panel is drawn every second, and nothing in it is made anew.
func clockKeepsNodes(ctx context.Context, t *testing.T, w *world) {
	w.pawl()
	w.host("db-master")
	w.host("toys").become(sandbox.StateOK, "up", time.Now())
	b := w.as(ctx, t, desktop(), "alice", "")
	b.wait(`document.querySelector('[data-thing="toys"]')`)
	b.do(chromedp.Focus(chromedp.CSS(`[data-thing="toys"]`)))
	eval[bool](b, `(window.made = 0, new MutationObserver(all => { for (const m of all) for (const n of m.addedNodes) if (n.nodeType === 1) made++ }).observe(document.querySelector("#world"), {subtree: true, childList: true}), true)`)
	eval[bool](b, `(window.word = () => document.querySelector('[data-key="toys"] .word').innerText, window.before = word(), true)`)
	b.wait(`/^up, \d+ s$/.test(word()) && word() !== before`)
	require.Zero(t, eval[int](b, `made`))
	require.Equal(t, "toys", eval[string](b, `document.activeElement.dataset.thing`))
	b.quiet()
}

// worldWithoutPanel: the page is of use beside a bare sandbox Slack too.
func worldWithoutPanel(ctx context.Context, t *testing.T, w *world) {
	b := w.as(ctx, t, desktop(), "alice", "")
	require.Equal(t, "The world", b.text("#pill-text"))
	require.False(t, eval[bool](b, `document.querySelector("#pill-lamp").checkVisibility()`))
	require.Contains(t, b.text("#world"), "Slack")
	b.quiet()
}

func openOrClosedStays(ctx context.Context, t *testing.T, w *world) {
	w.pawl()
	b := w.as(ctx, t, desktop(), "alice", "")
	b.wait(`document.querySelector("#world").checkVisibility()`)
	b.click("#world-toggle")
	b.wait(`!document.querySelector("#world").checkVisibility()`)
	b.do(chromedp.Reload())
	b.wait(`document.querySelector("#conversation .messages")`)
	require.False(t, eval[bool](b, `document.querySelector("#world").checkVisibility()`))
	b.click("#world-toggle")
	b.wait(`document.querySelector("#world").checkVisibility()`)
	b.quiet()
}
