package slack

import (
	"encoding/json"
	"strings"
)

// typed is the block Slack's client makes out of what a person typed. Formatting
// marks stay plain text: that is what someone without the formatting toolbar sends.
func typed(text string) json.RawMessage {
	elements := []map[string]any{}
	for _, t := range tokens(text) {
		elements = append(elements, t.element())
	}
	block := []map[string]any{{
		"type": "rich_text", "block_id": randomID(5),
		"elements": []map[string]any{{"type": "rich_text_section", "elements": elements}},
	}}
	body, err := json.Marshal(block)
	if err != nil {
		panic(err) // maps of strings always encode
	}
	return body
}

func (t token) element() map[string]any {
	switch t.kind {
	case '@':
		return map[string]any{"type": "user", "user_id": t.target}
	case '#':
		return map[string]any{"type": "channel", "channel_id": t.target}
	case ':':
		return map[string]any{"type": "emoji", "name": t.target}
	case '<':
		e := map[string]any{"type": "link", "url": unescape(t.target)}
		if t.label != "" {
			e["text"] = unescape(t.label)
		}
		return e
	case '!':
		if id, ok := strings.CutPrefix(t.target, "subteam^"); ok {
			return map[string]any{"type": "usergroup", "usergroup_id": id}
		}
		switch t.target {
		case "here", "channel", "everyone":
			return map[string]any{"type": "broadcast", "range": t.target}
		}
		return map[string]any{"type": "text", "text": unescape(t.label)}
	default:
		return map[string]any{"type": "text", "text": t.text}
	}
}
