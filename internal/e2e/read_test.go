package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/internal/ledger"
	"github.com/pawl-ops/pawl/sandbox/slack"
)

// shownBy is every word of a message that a person sees.
func shownBy(m slack.Message) string {
	var blocks []struct {
		Type     string          `json:"type"`
		Text     json.RawMessage `json:"text"`
		Elements []struct {
			Type string          `json:"type"`
			Text json.RawMessage `json:"text"`
		} `json:"elements"`
	}
	if len(m.Blocks) == 0 || json.Unmarshal(m.Blocks, &blocks) != nil {
		return m.Text
	}
	var lines []string
	add := func(raw json.RawMessage, form string) {
		var text struct {
			Text string `json:"text"`
		}
		var plain string
		switch {
		case len(raw) == 0:
		case json.Unmarshal(raw, &text) == nil && text.Text != "":
			lines = append(lines, fmt.Sprintf(form, text.Text))
		case json.Unmarshal(raw, &plain) == nil:
			lines = append(lines, fmt.Sprintf(form, plain))
		}
	}
	for _, b := range blocks {
		add(b.Text, "%s")
		before := len(lines)
		for _, e := range b.Elements {
			if e.Type == "button" {
				add(e.Text, "[ %s ]")
			} else {
				add(e.Text, "%s")
			}
		}
		if b.Type == "actions" { // buttons stand in a row
			lines = append(lines[:before], strings.Join(lines[before:], "   "))
		}
	}
	return strings.Join(lines, "\n")
}

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
func (f *fleet) ended(id string) error {
	ctx, cancel := context.WithTimeout(f.t.Context(), 5*time.Second)
	defer cancel()
	l, err := ledger.Open(ctx, filepath.Join(f.data(), "ledger.db"))
	if err != nil {
		return err
	}
	defer l.Close()
	r, ok, err := l.Run(ctx, id)
	switch {
	case err != nil:
		return err
	case !ok:
		return fmt.Errorf("the ledger has no run %s", id)
	case r.Open():
		return fmt.Errorf("run %s is open", id)
	}
	return nil
}

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

// button is a button of a message.
type button struct{ Label, Action, Says string }

// buttonsOf finds the buttons in the blocks of a message.
func buttonsOf(raw json.RawMessage) []button {
	var rows []struct {
		Elements []struct {
			Type     string          `json:"type"`
			ActionID string          `json:"action_id"`
			Says     string          `json:"accessibility_label"`
			Text     json.RawMessage `json:"text"`
		} `json:"elements"`
	}
	if json.Unmarshal(raw, &rows) != nil {
		return nil
	}
	var all []button
	for _, row := range rows {
		for _, e := range row.Elements {
			var label struct{ Text string }
			if e.Type == "button" && json.Unmarshal(e.Text, &label) == nil {
				all = append(all, button{Label: label.Text, Action: e.ActionID, Says: e.Says})
			}
		}
	}
	return all
}

// actionOf is what the button with a label does; empty when it is not there.
func actionOf(raw json.RawMessage, label string) string {
	for _, b := range buttonsOf(raw) {
		if b.Label == label {
			return b.Action
		}
	}
	return ""
}
