package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/sandbox"
	"github.com/pawl-ops/pawl/sandbox/slack"
)

// runbooksKept are runs of runbooks and of what follows builds, recorded where they can stand still and when they are over.
var runbooksKept = []string{"done", "build-asks", "build-failed", "build-again", "build-stopped", "asking", "stopped", "followed"}

func runbookFile(name string) string { return filepath.Join(histories, "runbook-"+name+".json") }

// everything is a runbook with every kind of step.
const everything = `
runbooks:
  everything:
    help: all that a runbook can do
    lane: cache/shop
    steps:
      - Empty: {script: clear-cache.sh, hosts: [app-1, app-2, cron-1], rolling: 2}
      - together:
          - Smoke: {jenkins: {job: shop/smoke, parameters: {ENVIRONMENT: master}}}
          - Look: {http: "GET {{.Shop}}/health"}
          - Breathe: {wait: 1s}
      - Up: {wait: {until: "{{.Shop}}/health", times: 2, within: 1m}}
      - Fine: {ask: Is it fine?}
      - Say: {say: {text: It is fine., channel: releases}}
`

// recordRunbooks records them all anew when one is missing.
func recordRunbooks(t *testing.T) {
	missing := false
	for _, name := range runbooksKept {
		if _, err := os.Stat(runbookFile(name)); err != nil {
			missing = true
		}
	}
	if !missing {
		return
	}
	f := newFleet(t, func(o *sandbox.Options) {
		o.Slack.Limits.Off, o.Extra = true, o.Extra+", everything"
		o.CI.Speed, o.CI.Quiet = 20, 50*time.Millisecond
	})
	f.writes("", "\nrunbooks:", strings.ReplaceAll(strings.TrimRight(everything, "\n"), "{{.Shop}}", f.world.Apps.Proxy("master").URL)+"\n#")
	f.ui = "127.0.0.1:0"
	f.up(haste)
	alice := f.person("alice")
	runs := map[string]string{}
	over := func(name string, th thread, says string) {
		th.sees(60*time.Second, says)
		runs[name] = th.runID()
		f.eventually(30*time.Second, "it is over", func() error { return f.ended(runs[name]) })
	}
	decides := func(th thread, question, word string) slack.Message {
		m := th.sees(60*time.Second, question)
		th.replies(word)
		return m
	}
	th := alice.types("everything")
	decides(th, "Is it fine?", "proceed")
	over("done", th, "done: everything")
	th = alice.types("everything")
	decides(th, "Is it fine?", "stop")
	over("stopped", th, "was stopped at step")
	th = alice.types("build shop broken")
	decides(th, "failed in the stage", "retry")
	decides(th, "build/419/|#419> of shop/build failed", "skip")
	over("build-again", th, "done: build shop")
	th = alice.types("release shop 2024.52")
	decides(th, "Publish 2024.52 to all customers?", "stop")
	over("build-stopped", th, "was stopped at step")
	th = alice.types("follow shop/smoke")
	over("followed", th, "went well")
	standing := func(name, command, says string) {
		th := alice.types(command)
		th.sees(60*time.Second, says)
		runs[name] = th.runID()
	}
	standing("asking", "everything", "Is it fine?")
	standing("build-asks", "release shop 2024.53", "Publish 2024.53 to all customers?")
	standing("build-failed", "build shop broken", "failed in the stage")
	require.Len(t, runs, len(runbooksKept))
	for name, id := range runs {
		f.export(f.page(), id, runbookFile(name))
	}
}
