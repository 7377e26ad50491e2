package page_test

import (
	"fmt"
	"strings"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/sandbox"
	"github.com/pawl-ops/pawl/sandbox/jenkins"
)

// buildTogether: Jenkins has a page behind its link on the panel, where somebody who is not Pawl starts a build, reads its log
// and answers what it asks; whatever is typed stays text.
func buildTogether(b *tab, w *sandbox.World) {
	b.Helper()
	to := eval[string](b, `document.querySelector('[data-key="jenkins"] a').href`)
	require.Equal(b, w.URL+"/jenkins/", to)
	page := blank(b.ctx, b.T, desktop())
	page.do(chromedp.Navigate(to))
	page.wait(`document.querySelectorAll("#main .list li").length === 3`)
	require.Equal(b, "You are Eve.", page.text("#you"))
	page.do(chromedp.Navigate(to + "job/shop/job/release/"))
	page.wait(`document.querySelector("[name=VERSION]")`)
	eval[bool](page, `(document.querySelector("[name=VERSION]").value = "<img src=x onerror=alert(1)>", true)`)
	page.click("#main button")
	page.wait(`document.querySelector("#says").innerText === "It waits to be built."`)
	page.wait(`document.querySelector("#main .list a")?.innerText === "#1"`)
	page.do(chromedp.Navigate(to + "job/shop/job/release/1/"))
	page.wait(`document.querySelector(".ask h2")?.innerText === "Publish <img src=x onerror=alert(1)> to all customers?"`)
	page.wait(`document.querySelector("#log").innerText.includes("+ sign shop-<img src=x onerror=alert(1)>\n")`)
	b.wait(`document.querySelector('[data-key="jenkins"] .detail').innerText === "1 build runs"`)
	for _, v := range []view{desktop(), {width: 1440, height: 900, dark: true}, phone()} {
		page.look(v)
		require.Empty(b, eval[[]string](page, strings.Replace(unreadable, "checked < 40", "checked < 15", 1)), "%+v", v)
		require.True(b, eval[bool](page, `document.documentElement.scrollWidth <= innerWidth`), "%+v", v)
		page.shoot(fmt.Sprintf("jenkins-%d-%v", v.width, v.dark))
	}
	page.look(desktop())
	page.click(".ask button")
	page.wait(`document.querySelector("#log").innerText.trimEnd().endsWith("Finished: SUCCESS")`)
	page.wait(`document.querySelector("#main .ball").dataset.is === "good" && !document.querySelector(".ask")`)
	require.Equal(b, []string{"eve"}, w.Jenkins.Builds("shop/release")[0].Causes)
	require.Equal(b, 1, eval[int](page, `document.querySelector("#log").innerText.split("Started by user Eve").length - 1`), "the log is there once")

	require.NoError(b, w.Jenkins.Set(jenkins.Fault{Kind: jenkins.Down}))
	page.wait(`document.querySelector("#says").innerText === "Jenkins does not answer."`)
	b.wait(`document.querySelector('[data-key="jenkins"] .word').innerText.startsWith("does not answer")`)
	w.Jenkins.Clear("")
	page.wait(`document.querySelector("#says").innerText !== "Jenkins does not answer."`)
}
