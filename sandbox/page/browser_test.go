package page_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/internal/testneed"
)

// patience is how long a condition may take to come true. It is generous
// because a loaded machine may have one core for a browser of ten processes.
const patience = time.Minute

// browser starts one Chromium for a test; it ends with the test.
func browser(t *testing.T) context.Context {
	t.Helper()
	path := testneed.Component(t, "chromium", "chromium", "chromium-browser", "google-chrome")
	opts := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.UserDataDir(t.TempDir()),
		chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-component-update", true),
		chromedp.Flag("hide-scrollbars", true),
		chromedp.WindowSize(1440, 900))
	alloc, stop := chromedp.NewExecAllocator(context.Background(), opts...)
	ctx, closeBrowser := chromedp.NewContext(alloc)
	t.Cleanup(func() { closeBrowser(); stop() })
	require.NoError(t, chromedp.Do(ctx), "starting chromium")
	return ctx
}

// tab is one page as a person has it open, with storage of its own.
type tab struct {
	*testing.T
	ctx context.Context

	mu      sync.Mutex
	console []string
}

// view is how a tab is looked at.
type view struct {
	width, height int64
	dark          bool
}

func desktop() view { return view{width: 1440, height: 900} }
func phone() view   { return view{width: 390, height: 844} }

// open opens an address in a new tab and waits until it is connected.
func open(ctx context.Context, t *testing.T, v view, url string) *tab {
	t.Helper()
	b := blank(ctx, t, v)
	b.do(chromedp.Navigate(url))
	b.wait(`document.querySelector("#panes[data-link=up]")`)
	return b
}

// blank is a new tab that shows nothing yet.
func blank(ctx context.Context, t *testing.T, v view) *tab {
	t.Helper()
	b := &tab{T: t}
	tabCtx, cancel := chromedp.NewContext(ctx, chromedp.WithNewBrowserContext())
	t.Cleanup(cancel)
	b.ctx = tabCtx
	require.NoError(t, chromedp.Do(tabCtx), "opening a tab")
	messages := chromedp.Console(tabCtx)
	go func() {
		for m, err := range messages {
			if err != nil {
				return
			}
			if m.Type == chromedp.ConsoleError || m.Type == chromedp.ConsoleWarning || m.IsException() {
				b.mu.Lock()
				b.console = append(b.console, m.String())
				b.mu.Unlock()
			}
		}
	}()
	b.look(v)
	// Every tab believes that it is the one in front: tests run side by side.
	_, err := chromedp.Call(b.ctx, emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{Enabled: true})
	require.NoError(t, err)
	return b
}

// holdBack makes answers to one path wait until release is called in the page.
func (b *tab) holdBack(path string) {
	b.Helper()
	_, err := chromedp.Call(b.ctx, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{
		Source: `{
			const ask = window.fetch, gate = new Promise((open) => (window.release = open));
			window.fetch = async (path, ...rest) => {
				const answer = await ask(path, ...rest);
				if (path === ` + quote(path) + `) { window.held = true; await gate }
				return answer;
			};
		}`,
	})
	require.NoError(b, err)
}

// quiet holds that nothing was written to the console so far.
func (b *tab) quiet() {
	b.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	require.Empty(b, b.console, "the browser's console")
}

// look changes size and theme of the tab. Motion is off: a test sees the state,
// not the way there.
func (b *tab) look(v view) {
	b.Helper()
	theme := "light"
	if v.dark {
		theme = "dark"
	}
	b.do(chromedp.EmulateViewport(v.width, v.height))
	_, err := chromedp.Call(b.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{
			{Name: "prefers-color-scheme", Value: theme},
			{Name: "prefers-reduced-motion", Value: "reduce"},
		},
	})
	require.NoError(b, err)
	_, err = chromedp.Call(b.ctx, emulation.SetTimezoneOverride, emulation.SetTimezoneOverrideParams{TimezoneID: "Europe/Prague"})
	require.NoError(b, err)
}

func (b *tab) do(a chromedp.Action[chromedp.Void]) {
	b.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	require.NoError(b, chromedp.Do(ctx, a))
}

// wait waits until a JavaScript expression is true.
func (b *tab) wait(condition string) {
	b.Helper()
	script := fmt.Sprintf(`new Promise((done) => {
		const holds = () => { try { return Boolean(%s) } catch { return false } };
		const end = (said) => { seen.disconnect(); clearInterval(tick); clearTimeout(late); done(said) };
		const check = () => holds() && end("");
		const seen = new MutationObserver(check);
		const tick = setInterval(check, 25);
		const late = setTimeout(() => end(document.body.innerText), %d);
		seen.observe(document, {subtree: true, childList: true, attributes: true, characterData: true});
		check();
	})`, condition, patience.Milliseconds())
	ctx, cancel := context.WithTimeout(b.ctx, patience+5*time.Second)
	defer cancel()
	said, err := chromedp.Run(ctx, chromedp.Evaluate[string](script, await))
	require.NoError(b, err, "waiting for %s", condition)
	if said != "" {
		b.shoot("failed-" + strings.ReplaceAll(b.Name(), "/", "-"))
		require.Fail(b, "it never came true: "+condition, "the page says:\n%s", said)
	}
}

func await(p *runtime.EvaluateParams) {
	yes := true
	p.AwaitPromise = &yes
}

// eval evaluates an expression, which may be a promise.
func eval[T any](b *tab, expression string) T {
	b.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression, await))
	require.NoError(b, err, "evaluating %s", expression)
	return v
}

// keys types characters on the keyboard, wherever the focus is.
func (b *tab) keys(text string) {
	b.Helper()
	b.do(chromedp.KeyEvent(text))
}

// press presses one key that is not a character, such as Enter or Shift+Tab. It
// is sent as a browser gets it from the system: one event that becomes both
// keydown and, unless the page prevents it, what the key does.
func (b *tab) press(name string) {
	b.Helper()
	var modifiers int64
	key, shifted := strings.CutPrefix(name, "Shift+")
	if shifted {
		modifiers = 8
	}
	codes := map[string]int64{
		"Enter": 13, "Escape": 27, "Tab": 9, "Space": 32, "ArrowLeft": 37, "ArrowUp": 38, "ArrowRight": 39, "ArrowDown": 40,
	}
	require.Contains(b, codes, key)
	p := input.DispatchKeyEventParams{
		Type: input.DispatchKeyEventTypeKeyDown, Modifiers: modifiers, Key: key, Code: key, WindowsVirtualKeyCode: codes[key],
	}
	switch key {
	case "Enter":
		p.Text = "\r"
	case "Space":
		p.Text, p.Key = " ", " "
	}
	_, err := chromedp.Call(b.ctx, input.DispatchKeyEvent, p)
	require.NoError(b, err)
	p.Type, p.Text = input.DispatchKeyEventTypeKeyUp, ""
	_, err = chromedp.Call(b.ctx, input.DispatchKeyEvent, p)
	require.NoError(b, err)
}

// click clicks with the mouse on the first element a CSS selector finds.
func (b *tab) click(selector string) {
	b.Helper()
	b.wait("document.querySelector(" + quote(selector) + ")")
	b.do(chromedp.Click(chromedp.CSS(selector)))
}

// focusComposer puts the cursor into the message field.
func focusComposer() chromedp.Action[chromedp.Void] {
	return chromedp.Focus(chromedp.CSS("#composer-main"))
}

// text is what the first element a selector finds shows; "" if there is none.
func (b *tab) text(selector string) string {
	b.Helper()
	return eval[string](b, "document.querySelector("+quote(selector)+")?.innerText ?? ''")
}

// shoot saves a picture where PAWL_SCREENSHOTS says, and returns it.
func (b *tab) shoot(name string) []byte {
	b.Helper()
	png, err := chromedp.Run(b.ctx, chromedp.CaptureScreenshot())
	require.NoError(b, err)
	if dir := os.Getenv("PAWL_SCREENSHOTS"); dir != "" {
		require.NoError(b, os.MkdirAll(dir, 0o755))
		require.NoError(b, os.WriteFile(filepath.Join(dir, name+".png"), png, 0o644))
	}
	return png
}

func quote(s string) string {
	q, err := json.Marshal(s)
	if err != nil {
		panic(err) // a string always encodes
	}
	return string(q)
}
