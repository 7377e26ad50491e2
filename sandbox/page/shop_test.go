package page_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/internal/hosttools"
	"github.com/pawl-ops/pawl/sandbox"
	"github.com/pawl-ops/pawl/sandbox/apps"
	"github.com/pawl-ops/pawl/sandbox/crm"
	"github.com/pawl-ops/pawl/sandbox/hosts"
	"github.com/pawl-ops/pawl/sandbox/jenkins"
)

// TestMain makes the test binary a host's tool when it is called by a tool's name.
func TestMain(m *testing.M) {
	if handled, code := hosttools.Main(os.Args[0], os.Args[1:]); handled {
		os.Exit(code)
	}
	os.Exit(m.Run())
}

// TestTheShopAsItsUsersSeeIt: the page behind the link on the panel says who answers, in words and not by colour alone.
func TestTheShopAsItsUsersSeeIt(t *testing.T) {
	ctx := browser(t)
	self, err := os.Executable()
	require.NoError(t, err)
	dir := t.TempDir()
	h, err := hosts.New(hosts.Options{Dir: filepath.Join(dir, "machines"), Names: apps.Machines(), Exe: self, Tools: hosttools.Names()})
	require.NoError(t, err)
	t.Cleanup(h.Close)
	a, err := apps.Open(apps.Options{Dir: dir, Hosts: h})
	require.NoError(t, err)
	t.Cleanup(a.Close)
	require.NoError(t, a.WaitUp(ctx))

	b := blank(ctx, t, desktop())
	b.do(chromedp.Navigate(a.Proxy("master").URL + apps.WatchPath))
	b.wait(`document.querySelector("#who").innerText === "blue" && document.querySelector("#version").innerText === "version 2024.50"`)
	require.Equal(t, "Users are on blue, 2024.50.", b.text("#says"))
	require.Equal(t, "Acme shop, master, as its users see it", b.text("#where"))
	b.wait(`document.querySelector("#counts").innerText.trim().endsWith("blue 2024.50: 3")`)
	require.Equal(t, []string{"B", "blue 2024.50", "blue"}, eval[[]string](b, `[...document.querySelectorAll("#last li:first-child span")].map((s) => s.textContent).concat(document.querySelector("#last li").dataset.who)`))
	b.shoot("shop-blue")

	require.NoError(t, a.Send("master", "green"))
	b.wait(`document.querySelector("#who").innerText === "green"`)
	require.Equal(t, "Users are on green now, 2024.49.", b.text("#says"))
	require.Equal(t, "green · Acme shop", eval[string](b, `document.title`))

	require.NoError(t, a.Instance("master", "green").Ail(hosttools.IllFail))
	b.wait(`document.querySelector("#who").innerText === "error"`)
	require.Equal(t, "migration 0412 is missing", b.text("#version"))
	require.Equal(t, "Users get errors from green.", b.text("#says"))
	require.True(t, eval[bool](b, `document.querySelector("#last li:last-child").innerText.includes("error from green 2024.49")`))
	b.shoot("shop-error")
	require.NoError(t, a.Instance("master", "green").Ail(""))
	b.wait(`document.querySelector("#who").innerText === "green"`)
	require.Regexp(t, `^B\s+blue 2024.50: \d+\s+G\s+green 2024.49: \d+\s+×\s+error from green 2024.49: \d+$`, b.text("#counts"))
	for _, v := range []view{desktop(), phone()} {
		b.look(v)
		require.Empty(t, eval[[]string](b, strings.Replace(unreadable, "checked < 40", "checked < 5", 1)), "%+v", v)
		require.True(t, eval[bool](b, `document.documentElement.scrollWidth <= innerWidth`), "%+v", v)
	}

	// The instance itself has a page, too.
	b.do(chromedp.Navigate(a.Instance("staging", "green").URL))
	b.wait(`document.querySelector("h1").innerText === "green"`)
	require.Contains(t, b.text("body"), "version 2024.50")
	require.Equal(t, "rgb(21, 128, 61)", eval[string](b, `getComputedStyle(document.body).backgroundColor`), "the style is allowed")
}

// TestThePanelMakesAnInstanceIll: the shop on the panel of the real world, with a switch that is pressed.
func TestThePanelMakesAnInstanceIll(t *testing.T) {
	ctx := browser(t)
	self, err := os.Executable()
	require.NoError(t, err)
	w, err := sandbox.Open(sandbox.Options{
		Dir: t.TempDir(), Listen: "127.0.0.1:0", Exe: self, Orders: 10, Users: 10, CRM: crm.Options{Every: -1},
		CI: jenkins.Options{Quiet: -1, Speed: 20},
	})
	require.NoError(t, err)
	t.Cleanup(func() { w.Close(context.WithoutCancel(ctx)) })
	b := open(ctx, t, view{width: 1440, height: 1500}, w.URL+"/?as=alice")
	const blue = `[data-key="shop-master-blue"]`
	word := func(key, words string) {
		t.Helper()
		b.wait(`document.querySelector('[data-key="` + key + `"] .word')?.innerText.startsWith("` + words + `")`)
	}
	word("shop-master", "users are on blue")
	word("shop-master-blue", "up")
	b.wait(`document.querySelector('[data-key="shop-master"] .detail').innerText === "10 requests a second, all answered"`)
	b.shoot("panel-shop")
	require.Equal(t, w.Apps.Proxy("master").URL+apps.WatchPath, eval[string](b, `document.querySelector('[data-key="shop-master"] a').href`))
	b.click(blue + ` [data-switch="hang"]`)
	word("shop-master-blue", "hangs")
	word("shop-master", "users are on blue, 2024.50, and get errors")
	require.Contains(t, b.text(blue+` [data-switch="hang"]`), "Make it well")
	b.shoot("panel-shop-ill")
	b.click(blue + ` [data-switch="hang"]`)
	word("shop-master", "users are on blue")
	word("shop-master-blue", "up")
	breakTheCRM(b, w)
	readATable(b, w)
	buildTogether(b, w)
	b.quiet()
}

// breakTheCRM uses the drawer of the CRM: folded away until somebody wants to break it, open while it changes.
func breakTheCRM(b *tab, w *sandbox.World) {
	b.Helper()
	const drawer = `[data-key="crm"] details[data-key="crm"]`
	require.False(b, eval[bool](b, `document.querySelector('`+drawer+`').open`))
	require.False(b, eval[bool](b, `document.querySelector('`+drawer+` .switch').checkVisibility()`))
	b.click(drawer + ` summary`)
	b.wait(`document.querySelector('` + drawer + `').open`)
	require.Equal(b, "4,812 deals", b.text(drawer+` .detail`))
	b.click(drawer + ` [data-switch="502"]`)
	b.wait(`document.querySelector('` + drawer + ` .word').innerText.startsWith("answers 502 from page 32 on")`)
	b.wait(`document.querySelector('` + drawer + ` [data-switch="502"]').getAttribute("aria-checked") === "true"`)
	require.True(b, eval[bool](b, `document.querySelector('`+drawer+`').open`), "it stays open")
	require.False(b, eval[bool](b, `document.querySelector('[data-key="slack"] details').open`), "and is no other's")
	faults, _ := w.CRM.Faults()
	require.Len(b, faults, 1)
	require.Equal(b, 32, faults[0].Page)
	b.shoot("panel-crm")
	b.click(drawer + ` [data-switch="502"]`)
	b.wait(`document.querySelector('` + drawer + ` .word').innerText.startsWith("up")`)
}

// readATable: what was written for sales is behind the link on the panel, is text whatever stands in it, and says how old it is.
func readATable(b *tab, w *sandbox.World) {
	b.Helper()
	write := func(last int) {
		b.Helper()
		var text strings.Builder
		text.WriteString("Deal,Amount,Stage\n\"<img src=x onerror=alert(1)>\",12.50,\"=HYPERLINK(\"\"http://evil.test\"\")\"\n")
		for n := 2; n <= last; n++ {
			fmt.Fprintf(&text, "Golden Bakeries s.r.o. - %d seats,%d,contractsent\n", n, 250*n)
		}
		require.NoError(b, os.WriteFile(w.Sheets.File("deals")+".new", []byte(text.String()), 0o600))
		require.NoError(b, os.Rename(w.Sheets.File("deals")+".new", w.Sheets.File("deals")))
	}
	const link = `[data-key="sheet-deals"] a`
	to := eval[string](b, `document.querySelector('`+link+`').href`)
	require.Equal(b, w.URL+"/sheet/deals", to)

	page := blank(b.ctx, b.T, desktop())
	page.do(chromedp.Navigate(to))
	page.wait(`document.querySelector("#says").innerText === "Nothing is written yet."`)
	// It looks by itself, too: the last change waits for that.
	comeBack := func() {
		b.Helper()
		eval[bool](page, `dispatchEvent(new Event("focus"))`)
	}
	write(250)
	comeBack()
	page.wait(`document.querySelectorAll("#rows tr").length === 100`)
	b.wait(`/^written \d+ s ago$/.test(document.querySelector('[data-key="sheet-deals"] .word').innerText)`)
	require.Equal(b, "250 rows", b.text(`[data-key="sheet-deals"] .detail`))
	require.Regexp(b, `^As of \d\d:\d\d:\d\d \(\d+ s ago\) · 250 rows$`, page.text("#asof"))
	require.Equal(b, "<img src=x onerror=alert(1)>", page.text("#rows td"), "text stays text")
	require.Equal(b, "Rows 1 to 100", page.text("#which"))
	page.click("#last")
	page.wait(`document.querySelector("#which").innerText === "Rows 201 to 250"`)
	write(252)
	comeBack()
	page.wait(`document.querySelector("#says").innerText === "Written again: 2 rows more."`)
	page.wait(`document.querySelectorAll("#rows tr").length === 52`)
	page.shoot("sheet")
	for _, v := range []view{desktop(), {width: 1440, height: 900, dark: true}, phone()} {
		page.look(v)
		require.Empty(b, eval[[]string](page, unreadable), "%+v", v)
		require.True(b, eval[bool](page, `document.documentElement.scrollWidth <= innerWidth`), "the table scrolls, not the page: %+v", v)
		page.shoot(fmt.Sprintf("sheet-%d-%v", v.width, v.dark))
	}
	write(30)
	comeBack()
	page.wait(`document.querySelectorAll("#rows tr").length === 30`) // of what became shorter the end is shown
	require.False(b, eval[bool](page, `document.querySelector("#pages").checkVisibility()`))
	require.NoError(b, os.Remove(w.Sheets.File("deals")))
	page.wait(`document.querySelector("#says").innerText === "Nothing is written yet." && !document.querySelector("#frame").checkVisibility()`)
}
