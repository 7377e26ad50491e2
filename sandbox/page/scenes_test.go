package page_test

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// story fills a world with the day of VOICE: what people see in the first
// minutes of the demo.
func story(w *world) (toy string) {
	w.pawl()
	for _, host := range []string{"db-master", "toys", "app-1", "app-2"} {
		w.host(host)
	}
	w.post("D0ALICE", args{"text": "Hello Alice. Type `toy`, and while it runs press *Pull the plug*."})
	toy = w.postAs("xoxp-alice", "D0ALICE", args{"text": "toy"})
	w.call(pawlToken, "reactions.add", args{"channel": "D0ALICE", "timestamp": toy, "name": "eyes"})
	b := board("Refreshing your toy database: step 3 of 5, about 1 minute left", "toy-k4m7q2",
		":white_check_mark: Snapshot of master · state of 14:02, shared with Bob",
		":white_check_mark: Copy to the toy server · 1.5 GB in 41 s",
		":hourglass_flowing_sand: Restore next to your current toy · *62 %*\n`table orders, 1.2 of 1.9 million rows`",
		":white_circle: Hide personal data",
		":white_circle: Swap it in",
		"Pawl was restarted at <!date^1733234820^{time}|14:07> and carried on here; nothing ran twice.")
	b["thread_ts"] = toy
	w.post("D0ALICE", b)
	w.post("D0ALICE", args{
		"thread_ts": toy, "text": "<@U0ALICE> I need a decision. The toy server has 0.9 GB free and the restore needs 1.8 GB.",
		"blocks": []args{
			section("<@U0ALICE> I need a decision. The toy server has *0.9 GB* free and the restore needs 1.8 GB.\nNothing is lost: your current toy works as before."),
			section("```toys: df /srv/pg: 98 % used, largest: toy_eve_old 41 GB```"),
			{"type": "actions", "block_id": "ask", "elements": []args{
				button("retry", "Try again", "primary"), button("stop", "Stop and clean up", "danger"),
			}},
			{"type": "context", "elements": []args{mrkdwn("Until 15:08, then I stop and clean up. Or type `retry` or `stop` here.")}},
		},
	})
	w.whisper("D0ALICE", "U0ALICE", args{"thread_ts": toy, "text": "Connect with `psql service=toy_alice`. The password is the one you have."})
	w.postAs("xoxp-bob", "C0SHOPDEV", args{"text": "<@U0PAWL> force restart master blue because it hangs since 16:20"})
	w.post("C0OPS", args{
		"text": "<!subteam^S0ONCALL> Bob asks to *force restart shop master blue*: \"it hangs since 16:20\".",
		"blocks": []args{
			section("<!subteam^S0ONCALL> Bob asks to *force restart shop master blue*: \"it hangs since 16:20\".\n:large_blue_circle: blue serves all users now; they will see errors until it is back (last time: 38 s).\n:large_green_circle: green is healthy, on the same version, with no users."),
			{"type": "actions", "block_id": "ask", "elements": []args{
				button("approve", "Approve restart of blue", "primary"), button("deny", "Deny", ""),
			}},
			{"type": "context", "elements": []args{mrkdwn("Until 16:46 · or type `approve restart-3x9q7d`")}},
		},
	})
	return toy
}

// TestScenes draws what people see first, at the widths and in the themes they
// see it; PAWL_SCREENSHOTS keeps the pictures for human eyes.
func TestScenes(t *testing.T) {
	ctx := browser(t)
	w := newWorld(t)
	toy := story(w)
	for name, v := range map[string]view{
		"light": desktop(), "dark": {width: 1440, height: 900, dark: true},
		"laptop": {width: 1280, height: 720}, "tablet": {width: 1024, height: 768}, "small": {width: 768, height: 1024},
	} {
		t.Run(name, func(t *testing.T) {
			b := w.as(ctx, t, v, "alice", "#D0ALICE/"+toy)
			b.wait(`document.querySelectorAll("#thread article.msg").length === 4`)
			require.NotEmpty(t, b.shoot(name))
			b.quiet()
		})
	}
	for name, v := range map[string]view{"phone": phone(), "phone-dark": {width: 390, height: 844, dark: true}} {
		t.Run(name, func(t *testing.T) {
			b := w.as(ctx, t, v, "alice", "")
			b.wait(`document.querySelectorAll("#conversation article.msg").length === 2`)
			require.NotEmpty(t, b.shoot(name))
			b.click("#conversation .replies")
			b.wait(`document.querySelectorAll("#thread article.msg").length === 4`)
			require.NotEmpty(t, b.shoot(name+"-thread"))
			b.click(".to-conversation")
			b.click(".to-list")
			b.wait(`document.querySelector("#panes").dataset.pane === "side"`)
			require.NotEmpty(t, b.shoot(name+"-list"))
			b.click("#world-toggle")
			b.wait(`document.querySelector("#world .plug-button")`)
			require.NotEmpty(t, b.shoot(name+"-world"))
			b.quiet()
		})
	}
}
