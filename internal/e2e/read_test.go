package e2e

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/internal/scenes"
	"github.com/pawl-ops/pawl/sandbox/slack"
)

// shownBy is every word of a message that a person sees.
func shownBy(m slack.Message) string { return scenes.ShownBy(m) }

// buttonsOf finds the buttons in the blocks of a message.
func buttonsOf(raw json.RawMessage) []scenes.Button { return scenes.ButtonsOf(raw) }

// actionOf is what the button with a label does; empty when it is not there.
func actionOf(raw json.RawMessage, label string) string { return scenes.ActionOf(raw, label) }

var idOnBoard = regexp.MustCompile("`([a-z0-9]+-[0-9a-z]{6,16})`")

// runID is the id on the board of the thread.
func (th thread) runID() string {
	th.p.f.t.Helper()
	for _, m := range th.messages() {
		if found := idOnBoard.FindStringSubmatch(shownBy(m)); found != nil {
			return found[1]
		}
	}
	th.p.f.t.Fatalf("no run in the thread %s", th.ts)
	return ""
}

// said counts the messages of the run in the thread by what they are: board, ask/1, result. They are known by the key
// Pawl puts into their metadata, as a tool of the workspace would see them.
func (th thread) said() map[string]int {
	th.p.f.t.Helper()
	count := map[string]int{}
	for _, m := range th.messages() {
		what := "something without a key"
		if m.Metadata != nil {
			var payload struct {
				Key string `json:"key"`
			}
			require.NoError(th.p.f.t, json.Unmarshal(m.Metadata.EventPayload, &payload))
			if _, what, _ = strings.Cut(payload.Key, "/"); strings.HasPrefix(payload.Key, "reply/") {
				what = "reply"
			}
		}
		count[what]++
	}
	return count
}

// ended reports whether the ledger has the outcome of a run. It is read as another process would: beside the running Pawl.
func (f *fleet) ended(id string) error { return scenes.EndedIn(f.data())(id) }

// look types something that is answered at once and returns the answer.
func (p *person) look(text string) string {
	p.f.t.Helper()
	th := p.types(text)
	var shown string
	p.f.eventually(10*time.Second, fmt.Sprintf("%q is answered", text), func() error {
		for _, m := range th.messages() {
			shown = shownBy(m)
			return nil
		}
		return fmt.Errorf("there is no answer yet")
	})
	return shown
}

// presses clicks a button of a message by its label.
func (p *person) presses(m slack.Message, label string) {
	p.f.t.Helper()
	action := actionOf(m.Blocks, label)
	require.NotEmpty(p.f.t, action, "no button %q on:\n%s", label, shownBy(m))
	dm, err := p.DM(p.f.t.Context())
	require.NoError(p.f.t, err)
	require.NoError(p.f.t, p.Click(p.f.t.Context(), dm, m.TS, action))
}
