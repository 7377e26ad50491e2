package e2e

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/internal/testneed"
	"github.com/pawl-ops/pawl/sandbox/slack"
)

// The promise of the first screen, as a newcomer would try it: one command, a page, type toy, pull the plug, and the
// same message goes on to its end. With PAWL_SHOTS set to a directory, pictures of the page are left there.
func TestTypeToyAndPullThePlug(t *testing.T) {
	dir := t.TempDir()
	url := startDemo(t, dir)
	page := openPage(t, url+"/?as=alice")

	page.types("toy")
	page.waits(`[...document.querySelectorAll("#thread .message, #thread article")].some(e => e.innerText.includes("step 3 of 5"))`)
	board := page.board()
	page.shoots("running")

	page.presses(`[data-thing=pawl][data-switch=plug]`)
	page.waits(`document.body.innerText.includes("Pawl is dead")`)
	page.shoots("dead")
	page.waits(`document.body.innerText.includes("carried on here; nothing ran twice")`)
	require.Equal(t, board, page.board(), "it is the same message that goes on")
	page.shoots("back")
	page.waits(`document.body.innerText.includes("your toy database is fresh")`)
	require.Equal(t, board, page.board())
	page.waits(`document.querySelector("#thread [data-reaction=eyes]") && document.querySelector("#thread [data-reaction=white_check_mark]") && document.querySelector("#conversation [data-reaction=eyes]")`)
	page.shoots("done")

	alice := slack.NewPerson(url, "xoxp-alice", nil)
	dm, err := alice.DM(t.Context())
	require.NoError(t, err)
	said, err := alice.History(t.Context(), dm)
	require.NoError(t, err)
	require.Equal(t, "toy", said[0].Text)
	replies, err := alice.Replies(t.Context(), dm, said[0].TS)
	require.NoError(t, err)
	require.Len(t, replies, 3, "the command, the board, the result")
	_, err = os.Stat(filepath.Join(dir, "world", "machines", "hosts", "toys", "toy_alice.db"))
	require.NoError(t, err, "the database is where it belongs")
}

// startDemo runs `pawl demo` on free ports and returns the address of its page.
func startDemo(t *testing.T, dir string, more ...string) string {
	t.Helper()
	args := []string{"demo", "--data", dir, "--listen", "127.0.0.1:0", "--ui", "", "--ready", freeAddr(t), "--pace", "15s", "--orders", "20000"}
	cmd := exec.Command(binary, append(args, more...)...)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	cmd.Stderr = os.Stderr
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		require.NoError(t, cmd.Wait(), "the demo ends well")
		if t.Failed() {
			log, _ := os.ReadFile(filepath.Join(dir, "pawl.log"))
			t.Logf("pawl's log:\n%s", log)
		}
	})
	found := make(chan string, 1)
	go func() {
		lines := bufio.NewScanner(out)
		for lines.Scan() {
			if fields := strings.Fields(lines.Text()); len(fields) > 1 && fields[0] == "Slack" {
				found <- fields[1]
			}
		}
	}()
	select {
	case url := <-found:
		return url
	case <-time.After(60 * time.Second):
		t.Fatal("the demo did not open")
		return ""
	}
}

// page is the chat page in a real browser.
type page struct {
	t   *testing.T
	ctx context.Context
}

func openPage(t *testing.T, url string) *page {
	t.Helper()
	path := testneed.Component(t, "chromium", "chromium", "chromium-browser", "google-chrome")
	opts := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.UserDataDir(t.TempDir()),
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true), chromedp.WindowSize(1440, 900))
	alloc, stop := chromedp.NewExecAllocator(context.Background(), opts...)
	ctx, closeTab := chromedp.NewContext(alloc)
	t.Cleanup(func() { closeTab(); stop() })
	p := &page{t: t, ctx: ctx}
	require.NoError(t, chromedp.Do(ctx, chromedp.Navigate(url)))
	p.waits(`document.querySelector("#panes[data-link=up]") !== null`)
	return p
}

// waits until an expression holds in the page.
func (p *page) waits(condition string) {
	p.t.Helper()
	deadline := time.Now().Add(90 * time.Second)
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		ok, err := chromedp.Run(p.ctx, chromedp.Evaluate[bool]("Boolean("+condition+")"))
		require.NoError(p.t, err)
		if ok {
			return
		}
		if time.Now().After(deadline) {
			text, _ := chromedp.Run(p.ctx, chromedp.Evaluate[string]("document.body.innerText"))
			p.shoots("late")
			p.t.Fatalf("the page never came to %s; it shows:\n%s", condition, text)
		}
		<-tick.C
	}
}

func (p *page) types(text string) {
	p.t.Helper()
	require.NoError(p.t, chromedp.Do(p.ctx, chromedp.Focus(chromedp.CSS("#composer-main"))))
	require.NoError(p.t, chromedp.Do(p.ctx, chromedp.KeyEvent(text+"\r")))
}

func (p *page) presses(selector string) {
	p.t.Helper()
	require.NoError(p.t, chromedp.Do(p.ctx, chromedp.Click(chromedp.CSS(selector))))
}

// board is the identity of the first answer in the open thread.
func (p *page) board() string {
	p.t.Helper()
	ts, err := chromedp.Run(p.ctx, chromedp.Evaluate[string](`document.querySelectorAll("#thread article[data-ts]")[1].dataset.ts`))
	require.NoError(p.t, err)
	return ts
}

func (p *page) shoots(name string) {
	dir := os.Getenv("PAWL_SHOTS")
	if dir == "" {
		return
	}
	png, err := chromedp.Run(p.ctx, chromedp.CaptureScreenshot())
	require.NoError(p.t, err)
	require.NoError(p.t, os.WriteFile(filepath.Join(dir, fmt.Sprintf("demo-%s.png", name)), png, 0o600))
}
