package page_test

import (
	"bytes"
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

func TestWindows(t *testing.T) {
	play(t, map[string]scene{
		"a window is sent in":          windowSentIn,
		"a window is closed":           windowClosed,
		"a window comes back":          windowComesBack,
		"a slash command":              slashCommand,
		"a slash command goes nowhere": slashCommandNowhere,
		"a file":                       fileShown,
	})
}

// denyWindow is a window that asks why.
func denyWindow() args {
	text := func(s string) args { return args{"type": "plain_text", "text": s} }
	return args{
		"type": "modal", "title": text("Deny restart-3x9q7d"), "submit": text("Deny"), "close": text("Not now"), "blocks": []args{
			section("Your reason goes to everybody who reads about `restart-3x9q7d`."),
			{"type": "input", "block_id": "why", "label": text("Why?"), "element": args{"type": "plain_text_input", "action_id": "text", "multiline": true, "max_length": 500}},
		},
	}
}

// windowOpened presses Deny as Carol and opens the window as Pawl does.
func windowOpened(ctx context.Context, t *testing.T, w *world) (*app, *tab) {
	t.Helper()
	a := w.connect()
	question(w, "C0OPS")
	b := w.as(ctx, t, desktop(), "carol", "#C0OPS")
	b.click(`[data-action="deny"]`)
	require.Equal(t, "deny", w.clicked(a).Action)
	w.call(pawlToken, "views.open", args{"trigger_id": a.lastTrigger(), "view": denyWindow()})
	b.wait(`document.querySelector("dialog.modal[open]")`)
	return a, b
}

func (w *world) reason(a *app) string {
	w.Helper()
	select {
	case r := <-a.sent:
		return r
	case <-time.After(patience):
		require.Fail(w, "nothing was sent in")
		return ""
	}
}

func windowSentIn(ctx context.Context, t *testing.T, w *world) {
	a, b := windowOpened(ctx, t, w)
	require.Equal(t, "Deny restart-3x9q7d", b.text("dialog.modal h2"))
	require.Equal(t, "TEXTAREA", eval[string](b, `document.activeElement.tagName`), "one can type at once")
	require.Equal(t, "Why?", eval[string](b, `document.activeElement.labels[0].innerText`))
	b.click(`dialog.modal [type="submit"]`)
	b.wait(`document.querySelector(".field-wrong").innerText === "Please complete this required field."`)
	require.Equal(t, "true", eval[string](b, `document.activeElement.getAttribute("aria-invalid")`))

	b.click("dialog.modal textarea")
	b.keys("use <b>green</b>")
	a.answers(map[string]any{"response_action": "errors", "errors": map[string]string{"why": "You asked for this, so it has to be someone else."}})
	b.click(`dialog.modal [type="submit"]`)
	require.Equal(t, "use <b>green</b>", w.reason(a))
	b.wait(`document.querySelector(".field-wrong").innerText.startsWith("You asked for this")`)
	a.setDeaf(true)
	b.click(`dialog.modal [type="submit"]`)
	b.wait(`document.querySelector(".modal-trouble").innerText === "No answer within 3 seconds. Try again."`)
	a.setDeaf(false)
	require.NotEmpty(t, b.shoot("window"))
	b.click(`dialog.modal [type="submit"]`)
	require.Equal(t, "use <b>green</b>", w.reason(a))
	b.wait(`!document.querySelector("dialog")`)
	b.quiet()
}

func windowClosed(ctx context.Context, t *testing.T, w *world) {
	a, b := windowOpened(ctx, t, w)
	b.press("Escape")
	b.wait(`!document.querySelector("dialog")`)
	b.do(chromedp.Reload())
	b.wait(`document.querySelector("#panes[data-link=up]")`)
	b.wait(`document.querySelector('[data-action="deny"]')`)
	require.False(t, eval[bool](b, `!!document.querySelector("dialog")`), "it is closed for good")
	require.Empty(t, a.sent)
	b.quiet()
}

func windowComesBack(ctx context.Context, t *testing.T, w *world) {
	a, b := windowOpened(ctx, t, w)
	b.do(chromedp.Reload())
	b.wait(`document.querySelector("dialog.modal[open]")`)
	b.click("dialog.modal textarea")
	b.keys("x")
	b.click(`dialog.modal [type="submit"]`)
	require.Equal(t, "x", w.reason(a))
	b.wait(`!document.querySelector("dialog")`)
}

func slashCommand(ctx context.Context, t *testing.T, w *world) {
	a := w.connect()
	b := w.as(ctx, t, desktop(), "alice", "#C0GENERAL")
	require.Contains(t, b.text(".composer-hint"), "/pawl help")
	a.answers(map[string]any{"response_type": "ephemeral", "text": "Nothing is going on."})
	b.click("#composer-main")
	b.keys("/pawl runs & more")
	b.press("Enter")
	select {
	case c := <-a.commands:
		require.Equal(t, command{"U0ALICE", "C0GENERAL", "runs &amp; more"}, c)
	case <-time.After(patience):
		require.Fail(t, "no command came")
	}
	b.wait(`document.querySelector("#conversation .whisper")?.innerText.includes("Nothing is going on.")`)
	require.Empty(t, eval[string](b, `document.querySelector("#composer-main").value`))
	b.quiet()
}

func slashCommandNowhere(ctx context.Context, t *testing.T, w *world) {
	root := w.postAs("xoxp-alice", "D0ALICE", args{"text": "toy"})
	w.post("D0ALICE", args{"thread_ts": root, "text": "the board"})
	b := w.as(ctx, t, desktop(), "alice", "#D0ALICE/"+root)
	b.click("#composer-thread")
	b.keys("/pawl toy")
	b.press("Enter")
	b.wait(`document.querySelector("#thread .composer-note").innerText.includes("slash commands do not work in threads")`)
	require.Equal(t, "/pawl toy", eval[string](b, `document.querySelector("#composer-thread").value`), "what was not sent is still there")
	b.click("#composer-main")
	b.keys("/unknown x")
	b.press("Enter")
	b.wait(`document.querySelector("#conversation .composer-note").innerText.includes("unknown command")`)
	b.quiet()
}

func fileShown(ctx context.Context, t *testing.T, w *world) {
	content := "<b>one</b>\ntwo\nthree\nfour\nfive\nsix\n"
	got := w.call(pawlToken, "files.getUploadURLExternal", args{"filename": "restore.log", "length": "35"})
	require.Len(t, content, 35)
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, got["upload_url"].(string), bytes.NewBufferString(content))
	require.NoError(t, err)
	answer, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	require.NoError(t, answer.Body.Close())
	w.call(pawlToken, "files.completeUploadExternal", args{"files": []args{{"id": got["file_id"], "title": "Log of the restore"}}, "channel_id": "D0ALICE"})
	b := w.as(ctx, t, desktop(), "alice", "")
	b.wait(`document.querySelector("#conversation .file")`)
	shown := b.text("#conversation .file")
	for _, part := range []string{"Log of the restore", "restore.log", "35 bytes", "6 lines", "<b>one</b>", "five", "1 more", "Download"} {
		require.Contains(t, shown, part)
	}
	require.Equal(t, content, eval[string](b, `fetch(document.querySelector(".file-link").href).then((r) => r.text())`), "the whole of it")
	require.NotEmpty(t, b.shoot("file"))
	b.quiet()
}
