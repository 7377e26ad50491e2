package scenes

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/pawl-ops/pawl/sandbox/slack"
)

// ShownBy is every word of a message that a person sees.
func ShownBy(m slack.Message) string {
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

// Button is a button of a message.
type Button struct{ Label, Action, Says string }

// ButtonsOf finds the buttons in the blocks of a message.
func ButtonsOf(raw json.RawMessage) []Button {
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
	var all []Button
	for _, row := range rows {
		for _, e := range row.Elements {
			var label struct{ Text string }
			if e.Type == "button" && json.Unmarshal(e.Text, &label) == nil {
				all = append(all, Button{Label: label.Text, Action: e.ActionID, Says: e.Says})
			}
		}
	}
	return all
}

// ActionOf is what the button with a label does; empty when it is not there.
func ActionOf(raw json.RawMessage, label string) string {
	for _, b := range ButtonsOf(raw) {
		if b.Label == label {
			return b.Action
		}
	}
	return ""
}
