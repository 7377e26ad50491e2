package page_test

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/sandbox"
	"github.com/pawl-ops/pawl/sandbox/slack"
)

func TestLook(t *testing.T) {
	play(t, map[string]scene{
		"contrast":               contrast,
		"narrow windows":         narrowWindows,
		"one pane on a phone":    onePaneOnAPhone,
		"keyboard alone":         keyboardAlone,
		"names for everything":   namesForEverything,
		"themes":                 themes,
		"motion only if wanted":  motionOnlyIfWanted,
		"the world as a drawer":  worldAsDrawer,
		"new messages are heard": newMessagesAreHeard,
	})
}

// unreadable lists text with a contrast below 4.5:1 (WCAG 2.2, 1.4.3) against the
// colours that lie behind it. Pictures of emoji have colours of their own, and
// what is disabled or hidden is left out, as the rule says.
const unreadable = `(() => {
	const parse = (c) => { const m = c.match(/[\d.]+/g).map(Number); return {r: m[0], g: m[1], b: m[2], a: m[3] ?? 1} };
	const over = (top, under) => ({r: top.r * top.a + under.r * (1 - top.a), g: top.g * top.a + under.g * (1 - top.a), b: top.b * top.a + under.b * (1 - top.a), a: 1});
	const light = (c) => { const f = (v) => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; return 0.2126 * f(c.r) + 0.7152 * f(c.g) + 0.0722 * f(c.b) };
	const behind = (el) => {
		const layers = [];
		for (let e = el; e; e = e.parentElement) layers.unshift(parse(getComputedStyle(e).backgroundColor));
		return layers.reduce((under, top) => over(top, under), {r: 255, g: 255, b: 255, a: 1});
	};
	const found = [];
	const check = (el, colour, text) => {
		const back = behind(el), ink = over(parse(colour), back);
		const [hi, lo] = [light(back), light(ink)].sort((a, b) => b - a);
		const ratio = (hi + 0.05) / (lo + 0.05);
		if (ratio < 4.5) found.push(ratio.toFixed(2) + " " + JSON.stringify(text.trim().slice(0, 40)) + " in " + el.tagName + "." + el.className);
	};
	let checked = 0;
	const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
	for (let n; (n = walk.nextNode());) {
		const el = n.parentElement;
		if (!n.data.trim() || !el.checkVisibility({opacityProperty: true, visibilityProperty: true})) continue;
		if (el.closest(".unseen, .emoji, noscript, script, option, [disabled], [aria-busy]")) continue;
		checked++;
		check(el, getComputedStyle(el).color, n.data);
	}
	for (const el of document.querySelectorAll("textarea")) {
		if (el.checkVisibility()) check(el, getComputedStyle(el, "::placeholder").color, el.placeholder);
	}
	if (checked < 40) found.push("only " + checked + " texts were looked at");
	return found;
})()`

func contrast(ctx context.Context, t *testing.T, w *world) {
	toy := story(w)
	w.call("xoxp-alice", "reactions.add", args{"channel": "D0ALICE", "timestamp": toy, "name": "tada"})
	gallery(w)
	_, err := w.slack.SetFault(slackFault("429"))
	require.NoError(t, err)
	w.whisper("D0ALICE", "U0ALICE", args{"text": "`code`, <https://acme.test|a link>, <@U0ALICE>, <@U0BOB> <!date^1733234820^{time}|x>"})
	for _, dark := range []bool{false, true} {
		b := w.as(ctx, t, view{width: 1440, height: 900, dark: dark}, "alice", "#D0ALICE/"+toy)
		b.wait(`document.querySelectorAll("#thread article").length >= 4 && document.querySelector("#world .plug-button")`)
		b.click("#world summary")
		w.post("D0ALICE", args{"text": "one more, with a toast"})
		b.wait(`document.querySelector(".toast")`)
		require.Empty(t, eval[[]string](b, unreadable), "dark: %v", dark)
		b.click(`a.entry[href="#C0SHOPDEV"]`)
		b.wait(`document.querySelector("#conversation h1").innerText === "shop-dev" && document.querySelector("#conversation pre")`)
		b.do(chromedp.Focus(chromedp.CSS("#composer-main")))
		b.keys("@p")
		b.wait(`!document.querySelector("#composer-main-names").hidden`)
		require.Empty(t, eval[[]string](b, unreadable), "dark: %v", dark)
		b.quiet()
	}
	// Pawl dead: other colours, other words.
	x := w.things["pawl"]
	x.become(sandbox.StateDown, "killed", time.Now())
	for _, dark := range []bool{false, true} {
		b := w.as(ctx, t, view{width: 1440, height: 900, dark: dark}, "alice", "")
		b.wait(`document.querySelector(".notice")`)
		require.Empty(t, eval[[]string](b, unreadable), "dark: %v", dark)
		b.look(view{width: 390, height: 844, dark: dark})
		b.wait(`document.querySelector(".to-conversation").checkVisibility()`)
		require.Empty(t, eval[[]string](b, `(`+unreadable+`).filter(s => !s.startsWith("only"))`), "dark: %v", dark)
		b.click(".to-conversation")
		b.click(".to-list")
		b.wait(`document.querySelector("#panes").dataset.pane === "side"`)
		require.Empty(t, eval[[]string](b, `(`+unreadable+`).filter(s => !s.startsWith("only"))`), "dark: %v", dark)
	}
}

// gallery posts one of everything a message can hold.
func gallery(w *world) {
	w.post("C0SHOPDEV", args{"text": "gallery", "blocks": []args{
		{"type": "header", "text": args{"type": "plain_text", "text": "Everything at once :tada:"}},
		section("*bold* _italic_ ~struck~ `code` :warning: <https://acme.test|link> <@U0BOB> <#C0OPS> <!subteam^S0ONCALL> <!here>\n&gt; a quote\n&gt; of two lines\n• an item\n• another"),
		section("```" + longLine + "```"),
		{"type": "section", "fields": []args{mrkdwn("*Version*\n2024.51"), mrkdwn("*Users*\non blue")}},
		{"type": "divider"},
		{"type": "context", "elements": []args{
			mrkdwn("restart-3x9q7d"),
			{"type": "plain_text", "text": "plain :eyes:"},
			{"type": "image", "image_url": "https://acme.test/x.png", "alt_text": "a picture from elsewhere"},
		}},
		{"type": "actions", "elements": []args{button("a", "Approve", "primary"), button("d", "Deny", "danger"), button("n", "Not now", "")}},
	}})
}

const longLine = "GET /crm/v3/objects/deals?after=3100&properties=dealname,dealstage,amount,closedate,hubspot_owner_id -> 502 Bad Gateway \"upstream connect error\" aVeryLongWordWithoutAnyPlaceToBreakItAtAllWhichIsWhatLogsAreMadeOfAndPhonesDoNotLike"

// narrowWindows: nothing is wider than the window, whatever is open.
func narrowWindows(ctx context.Context, t *testing.T, w *world) {
	toy := story(w)
	gallery(w)
	tooWide := `[...document.querySelectorAll("body *")].filter(e => e.checkVisibility() && !e.closest(".unseen, .skip, svg") && e.getBoundingClientRect().right > innerWidth + 1).map(e => e.tagName + "." + e.className)`
	b := w.as(ctx, t, phone(), "alice", "#D0ALICE/"+toy)
	for _, width := range []int64{320, 360, 390, 640, 768, 1024, 1199, 1280} {
		b.look(view{width: width, height: 780})
		b.wait(fmt.Sprintf(`innerWidth === %d`, width))
		eval[bool](b, `(location.hash = "#D0ALICE/`+toy+`", true)`)
		b.wait(`document.querySelectorAll("#thread article").length === 4 && document.querySelector("#thread").checkVisibility()`)
		require.Empty(t, eval[[]string](b, tooWide), "thread at %d px", width)
		eval[bool](b, `(location.hash = "#C0SHOPDEV", true)`)
		b.wait(`document.querySelector("#conversation pre")?.checkVisibility()`)
		require.Empty(t, eval[[]string](b, tooWide), "gallery at %d px", width)
		eval[bool](b, `(location.hash = "#list", true)`)
		b.wait(`document.querySelector("#panes").dataset.pane === "side"`)
		require.Empty(t, eval[[]string](b, tooWide), "list at %d px", width)
		require.Equal(t, int(width), eval[int](b, `document.documentElement.scrollWidth`))
		b.quiet()
	}
}

func onePaneOnAPhone(ctx context.Context, t *testing.T, w *world) {
	story(w)
	b := w.as(ctx, t, phone(), "alice", "")
	shown := func(pane string) {
		b.wait(`["side", "conversation", "thread"].filter(p => document.getElementById(p).checkVisibility()).join() === "` + pane + `"`)
	}
	shown("conversation")
	b.click(".replies")
	shown("thread")
	b.do(chromedp.NavigateBack())
	shown("conversation")
	b.click(".to-list")
	shown("side")
	b.click(`a.entry[href="#C0OPS"]`)
	shown("conversation")
	require.Equal(t, "ops", b.text("#conversation h1"))
	// Being somebody else is the browser's own list there.
	eval[bool](b, `(s => (s.value = "U0CAROL", s.dispatchEvent(new Event("change", {bubbles: true}))))(document.querySelector("#you-list"))`)
	b.wait(`document.querySelector("#you-list").selectedOptions[0].innerText === "Carol" && location.search === "?as=carol"`)
	// Buttons are big enough for a thumb (WCAG 2.2, 2.5.8 asks for 24 px).
	b.wait(`document.querySelector('[data-action="approve"]')`)
	require.GreaterOrEqual(t, eval[float64](b, `document.querySelector('[data-action="approve"]').getBoundingClientRect().height`), 36.0)
	b.quiet()
}

// keyboardAlone goes through the page with Tab and does the demo without a mouse.
func keyboardAlone(ctx context.Context, t *testing.T, w *world) {
	a := w.connect()
	story(w)
	b := w.as(ctx, t, desktop(), "alice", "")
	b.wait(`document.querySelectorAll("#thread article").length === 4`)
	eval[bool](b, `(document.activeElement.blur(), window.seen = [], document.addEventListener("focusin", e => {
		const s = getComputedStyle(e.target), ring = e.target.matches("input[type=radio], textarea") ? e.target.parentElement : e.target;
		const r = getComputedStyle(ring);
		seen.push({el: e.target, ring: r.outlineStyle !== "none" && parseFloat(r.outlineWidth) >= 1 || r.boxShadow !== "none"});
	}), true)`)
	const tabs = 60
	for range tabs {
		b.press("Tab")
	}
	require.Empty(t, eval[[]string](b, `[...document.querySelectorAll("a[href], button, textarea, select, summary, input:checked")]
		.filter(e => e.checkVisibility() && !e.disabled && !e.closest("[inert], .messages .compact .gutter") && !seen.some(s => s.el === e)).map(e => e.outerHTML.slice(0, 120))`),
		"everything that can be pressed is reached by Tab")
	require.Empty(t, eval[[]string](b, `seen.filter(s => !s.ring && s.el !== document.body).map(s => s.el.outerHTML.slice(0, 120))`),
		"where the focus is can be seen")

	b.do(chromedp.Focus(chromedp.CSS(`#thread [data-action="retry"]`)))
	b.press("Enter")
	require.Equal(t, "retry", w.clicked(a).Action)
	b.do(chromedp.Focus(chromedp.CSS(`#thread [data-action="cancel"]`)))
	b.press("Space")
	require.Equal(t, "cancel", w.clicked(a).Action)

	b.do(chromedp.Focus(chromedp.CSS("#thread textarea")))
	b.press("Escape")
	b.wait(`document.querySelector("#thread").hidden`)

	b.do(chromedp.Focus(chromedp.CSS("[name=you]:checked")))
	b.press("ArrowRight")
	b.wait(`document.querySelector("[name=you]:checked").value === "U0EVE" && document.querySelector("#conversation h1").innerText === "Pawl" && location.hash === "#D0EVE"`)

	b.do(chromedp.Focus(chromedp.CSS(".plug-button")))
	b.press("Enter")
	b.wait(`document.querySelector("#world h3").innerText.startsWith("Pawl is dead (killed")`)
	b.quiet()
}

// namesForEverything asks the browser what it tells a screen reader: whatever can
// be operated has a name, and buttons of one message have different ones.
func namesForEverything(ctx context.Context, t *testing.T, w *world) {
	story(w)
	b := w.as(ctx, t, desktop(), "alice", "")
	b.wait(`document.querySelectorAll("#thread article").length === 4`)
	b.click("#world summary")
	tree, err := chromedp.Call(b.ctx, accessibility.GetFullAXTree, accessibility.GetFullAXTreeParams{})
	require.NoError(t, err)
	operable := map[string]bool{
		"button": true, "link": true, "switch": true, "radio": true, "combobox": true, "textbox": true, "dialog": true,
		"main": true, "navigation": true, "complementary": true, "log": true, "img": true, "image": true,
	}
	counted := 0
	for _, n := range tree.Nodes {
		if n.Ignored || n.Role == nil || !operable[text(n.Role)] {
			continue
		}
		counted++
		require.NotEmpty(t, text(n.Name), "a %s has no name", text(n.Role))
	}
	require.Greater(t, counted, 40)
	require.Equal(t, "polite", eval[string](b, `document.querySelector("#polite").getAttribute("aria-live")`))
	require.Equal(t, "en", eval[string](b, `document.documentElement.lang`))
	b.quiet()
}

func themes(ctx context.Context, t *testing.T, w *world) {
	background := `getComputedStyle(document.querySelector("#conversation")).backgroundColor`
	b := w.as(ctx, t, desktop(), "alice", "")
	require.Equal(t, "rgb(255, 255, 255)", eval[string](b, background))
	b.look(view{width: 1440, height: 900, dark: true})
	b.wait(background + ` === "rgb(25, 29, 28)"`)
	b.wait(`document.querySelector("#theme-toggle").getAttribute("aria-label") === "Light theme"`)
	b.click("#theme-toggle")
	b.wait(background + ` === "rgb(255, 255, 255)"`)
	b.do(chromedp.Reload())
	b.wait(`document.querySelector("#conversation .messages")`)
	require.Equal(t, "rgb(255, 255, 255)", eval[string](b, background), "what was chosen is remembered, against the system")
	b.click("#theme-toggle")
	b.wait(background + ` === "rgb(25, 29, 28)"`)
	b.look(desktop())
	b.wait(`matchMedia("(prefers-color-scheme: light)").matches`)
	require.Equal(t, "rgb(25, 29, 28)", eval[string](b, background))
	b.quiet()
}

func motionOnlyIfWanted(ctx context.Context, t *testing.T, w *world) {
	story(w)
	b := w.as(ctx, t, desktop(), "alice", "")
	b.wait(`document.querySelector(".plug-drawing .plug")`)
	require.Empty(t, eval[[]string](b, `[...document.querySelectorAll("*")].filter(e => {
		const s = getComputedStyle(e);
		return s.transitionProperty !== "none" || (s.animationName !== "none" && parseFloat(s.animationDuration) > 0.001);
	}).map(e => e.tagName + "." + e.className)`))
	b.quiet()
}

func worldAsDrawer(ctx context.Context, t *testing.T, w *world) {
	story(w)
	b := w.as(ctx, t, phone(), "alice", "")
	b.wait(`document.querySelector("#pill-text").innerText === "Pawl is alive"`)
	require.False(t, eval[bool](b, `document.querySelector("#world").checkVisibility()`), "closed at first on a phone")
	b.click("#world-toggle")
	b.wait(`document.querySelector("#world").checkVisibility() && document.querySelector("#world").contains(document.activeElement)`)
	b.press("Escape")
	b.wait(`!document.querySelector("#world").checkVisibility() && document.activeElement.id === "world-toggle"`)
	b.press("Enter")
	b.wait(`document.querySelector("#world").checkVisibility()`)
	b.do(chromedp.MouseClickXY(10, 400))
	b.wait(`!document.querySelector("#world").checkVisibility()`)
	require.Equal(t, "false", eval[string](b, `document.querySelector("#world-toggle").getAttribute("aria-expanded")`))
	b.quiet()
}

// newMessagesAreHeard: new messages are said once; edits are not said at all, or
// a board would talk every three seconds.
func newMessagesAreHeard(ctx context.Context, t *testing.T, w *world) {
	b := w.as(ctx, t, desktop(), "alice", "")
	eval[bool](b, `(window.said = [], new MutationObserver(() => said.push(document.querySelector("#polite").innerText)).observe(document.querySelector("#polite"), {childList: true}), true)`)
	ts := w.post("D0ALICE", board("Refreshing your toy database", "toy-k4m7q2", "working"))
	b.wait(`said.length > 0`)
	w.update("D0ALICE", ts, board("Your toy database is fresh", "toy-k4m7q2", "done"))
	b.wait(`document.querySelector("#conversation").innerText.includes("is fresh")`)
	w.post("D0ALICE", args{"text": "<@U0ALICE> your toy database is *fresh*: 1.6 GB &amp; done."})
	b.wait(`said.length > 1`)
	require.Equal(t, []string{"Pawl: Refreshing your toy database.", "Pawl: @Alice your toy database is fresh: 1.6 GB & done."}, eval[[]string](b, `said`))
	b.quiet()
}

func slackFault(kind string) slack.Fault { return slack.Fault{Kind: kind, Method: "files.list"} }

// text is the string in a value of the accessibility tree.
func text(v *accessibility.Value) string {
	if v == nil {
		return ""
	}
	var s string
	_ = json.Unmarshal(v.Value, &s) // not a string: nothing to read aloud
	return s
}
