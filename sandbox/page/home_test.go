package page_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestHome(t *testing.T) {
	play(t, map[string]scene{
		"what waits is answered":    homeAnswered,
		"everybody has their own":   homeOfEach,
		"the keyboard is enough":    homeByKeyboard,
		"looked at on every screen": homeLooks,
	})
}

// home publishes a Home tab as Pawl draws it.
func (w *world) home(user string, top ...args) {
	w.Helper()
	header := func(s string) args { return args{"type": "header", "text": args{"type": "plain_text", "text": s}} }
	again := section("*deploy staging*   `deploy-8s2dhk`\n:x: failed, yesterday at 10:21, after 8 min 3 s · <https://acme.test/archives/C0OPS/p1733234820000100|See it>\n2024.51 does not start properly on green.")
	again["accessory"], again["block_id"] = button("again:1", "Again", ""), "home.1.1"
	blocks := append(top,
		header("Waiting for you"),
		section("Bob Baker asks to *force restart shop master blue*: \"it hangs since 16:20\".\nblue serves all users now; they will see errors until it is back (last time: 38 s)."),
		args{"type": "actions", "block_id": "home.0.0", "elements": []args{button("decide:1", "Approve force restart shop master blue", "primary"), button("reason:2", "Deny", "")}},
		args{"type": "context", "elements": []args{mrkdwn("Until today at 16:46. <https://acme.test/archives/C0OPS/p1733234820000100|Open the conversation>. Or type `approve restart-3x9q7d` or `deny ...`.")}},
		args{"type": "divider"},
		header("Your runs"),
		section("*toy*   `toy-k4m7q2`\n:arrows_counterclockwise: under way since today at 14:05 · <https://acme.test/archives/C0OPS/p1733234820000100|Follow it>"),
		again,
		args{"type": "divider"},
		header("You can say"),
		section("`toy` · refresh your own toy database · also `toy undo`\n`restart` · restart an instance nobody uses\n`status` · is everything up?\nSay `help toy` for more."),
		args{"type": "context", "elements": []args{mrkdwn("As of 16:33. Only you see this page. Answers count here as they do in the conversation.")}},
	)
	w.call(pawlToken, "views.publish", args{"user_id": user, "view": args{"type": "home", "callback_id": "pawl.home", "blocks": blocks}})
}

func homeAnswered(ctx context.Context, t *testing.T, w *world) {
	a := w.connect()
	b := w.as(ctx, t, desktop(), "carol", "")
	b.click(`.pane-tab[href$="/home"]`)
	b.wait(`document.querySelector(".home-empty").innerText.startsWith("Nothing stands here yet.")`)
	w.home("U0CAROL")
	b.wait(`document.querySelector(".home-view")`)
	require.Contains(t, b.text(".home-view"), "Waiting for you")
	require.False(t, eval[bool](b, `document.querySelector(".composer").checkVisibility()`), "nothing is typed here")

	a.setDeaf(true)
	b.click(`.home-view [data-action="decide:1"]`)
	b.wait(`document.querySelector(".home-view .press-failed")?.innerText.includes("No answer within 3 seconds")`)
	a.setDeaf(false)
	b.click(`.home-view [data-action="decide:1"]`)
	require.Equal(t, click{"U0CAROL", "decide:1", ""}, w.clicked(a))
	w.home("U0CAROL", section("*16:33* · Counted: you approved `restart-3x9q7d`."), args{"type": "divider"})
	b.wait(`document.querySelector(".home-view").innerText.includes("Counted: you approved")`)
	b.wait(`document.querySelector("#polite").innerText.includes("Counted: you approved")`)

	b.click(`.pane-tab:not([href$="/home"])`)
	b.wait(`document.querySelector(".composer").checkVisibility() && !document.querySelector(".home-view").checkVisibility()`)
	b.quiet()
}

func homeOfEach(ctx context.Context, t *testing.T, w *world) {
	w.home("U0CAROL")
	b := w.as(ctx, t, desktop(), "carol", "#D0CAROL/home")
	b.wait(`document.querySelector(".home-view")`)
	b.click(`.you-face:has([value="U0BOB"])`)
	b.wait(`document.querySelector(".home-empty")`)
	require.NotContains(t, b.text("#conversation"), "force restart", "it is Carol's")
	require.Equal(t, "#D0BOB/home", eval[string](b, `location.hash`))
	eval[bool](b, `(location.hash = "#C0OPS", true)`)
	b.wait(`document.querySelector("#conversation h1").innerText === "ops"`)
	require.False(t, eval[bool](b, `document.querySelector(".pane-tabs").checkVisibility()`), "a channel has no such tabs")
	b.quiet()
}

func homeByKeyboard(ctx context.Context, t *testing.T, w *world) {
	a := w.connect()
	w.home("U0CAROL")
	b := w.as(ctx, t, phone(), "carol", "#D0CAROL/home")
	b.wait(`document.querySelector(".home-view")`)
	eval[bool](b, `document.querySelector(".pane-tab[aria-current]").focus() || true`)
	for eval[string](b, `document.activeElement.dataset.action ?? ""`) != "decide:1" {
		b.press("Tab")
		require.NotEqual(t, "BODY", eval[string](b, `document.activeElement.tagName`))
	}
	b.press("Enter")
	require.Equal(t, click{"U0CAROL", "decide:1", ""}, w.clicked(a))
	w.call(pawlToken, "views.publish", args{"user_id": "U0CAROL", "view": args{"type": "home", "blocks": []args{section("Counted.")}}})
	b.wait(`document.querySelector(".home-view").innerText === "Counted."`)
	require.Equal(t, "home", eval[string](b, `document.activeElement.className`), "who is at the keyboard is not thrown out")
	b.quiet()
}

func homeLooks(ctx context.Context, t *testing.T, w *world) {
	w.home("U0CAROL", section("*16:33* · You asked for this, so it has to be someone else. @oncall knows."), args{"type": "divider"})
	for name, v := range map[string]view{
		"home-desktop": desktop(), "home-desktop-dark": {width: 1440, height: 900, dark: true},
		"home-phone": {width: 400, height: 860}, "home-phone-dark": {width: 400, height: 860, dark: true}, "home-320": {width: 320, height: 640},
	} {
		b := w.as(ctx, t, v, "carol", "#D0CAROL/home")
		b.wait(`document.querySelector(".home-view")`)
		require.NotEmpty(t, b.shoot(name))
		require.Empty(t, eval[[]string](b, `(`+unreadable+`).filter(s => !s.startsWith("only"))`), name)
		require.True(t, eval[bool](b, `document.querySelector(".home").scrollWidth <= document.querySelector(".home").clientWidth`), "%s: nothing scrolls sideways", name)
		require.Empty(t, eval[[]string](b, `[...document.querySelectorAll(".home-view .button, .pane-tab")].filter((e) => e.getBoundingClientRect().height < 24).map((e) => e.innerText)`), "%s: a finger hits it", name)
		b.quiet()
	}
}
