package slack

import (
	"fmt"
	"math"
	"slices"
)

// sectionElements are what may stand beside a section's text.
func sectionElements() []string { return []string{"button", "image", "overflow", "static_select"} }

// element accepts block elements of some kinds. Limits are those of
// https://docs.slack.dev/reference/block-kit/block-elements.
func element(kinds ...string) rule {
	return func(k *checker, n node) {
		object, ok := n.value.(map[string]any)
		if !ok {
			k.fail(n, "must provide an object")
			return
		}
		if !slices.Contains(kinds, n.kind()) {
			k.fail(n.field("type"), "unsupported type: %s", n.kind())
			return
		}
		k.object(n, elementShape(n.kind()))
		if _, ok := object["action_id"]; !ok && n.kind() != "image" {
			object["action_id"] = randomID(5)
		}
	}
}

func elementShape(kind string) shape {
	switch kind {
	case "button":
		return shape{fields: map[string]rule{
			"text": plainText(75), "action_id": plain(255), "url": plain(3000), "value": plain(2000),
			"style": oneOf("primary", "danger"), "confirm": confirm, "accessibility_label": plain(75),
		}, needs: []string{"text"}}
	case "plain_text_input":
		return shape{fields: map[string]rule{
			"action_id": plain(255), "multiline": boolean, "placeholder": plainText(150), "focus_on_load": boolean,
			"initial_value": plain(3000), "min_length": wholeNumber(0, 3000), "max_length": wholeNumber(1, 3000),
			"dispatch_action_config": anything,
		}}
	case "image":
		return shape{
			fields: map[string]rule{"image_url": plain(3000), "alt_text": plain(2000)},
			needs:  []string{"image_url", "alt_text"},
		}
	case "overflow":
		return shape{fields: map[string]rule{
			"action_id": plain(255), "confirm": confirm,
			"options": func(k *checker, n node) { k.list(n, 1, 5, option) },
		}, needs: []string{"options"}}
	default: // static_select
		return shape{fields: map[string]rule{
			"action_id": plain(255), "confirm": confirm, "placeholder": plainText(150), "focus_on_load": boolean,
			"initial_option": option, "options": func(k *checker, n node) { k.list(n, 1, 100, option) },
		}, needs: []string{"options"}}
	}
}

// wholeNumber accepts a number of characters.
func wholeNumber(least, most int) rule {
	return func(k *checker, n node) {
		v, ok := n.value.(float64)
		if !ok || v != math.Trunc(v) || int(v) < least || int(v) > most {
			k.fail(n, "must be a whole number from %d to %d", least, most)
		}
	}
}

// confirm checks the question a client asks before it sends a press.
func confirm(k *checker, n node) {
	k.object(n, shape{fields: map[string]rule{
		"title": plainText(100), "text": anyText(300), "confirm": plainText(30), "deny": plainText(30),
		"style": oneOf("primary", "danger"),
	}, needs: []string{"title", "text", "confirm", "deny"}})
}

// option checks a choice. The limit of its value is 75 in Slack's own SDK and 150
// in newer pages; the smaller one counts.
func option(k *checker, n node) {
	k.object(n, shape{fields: map[string]rule{
		"text": anyText(75), "value": plain(75), "description": anyText(75), "url": plain(3000),
	}, needs: []string{"text", "value"}})
}

// contextElement checks what may stand in a context block: images and text.
func contextElement(k *checker, n node) {
	if n.kind() == "image" {
		element("image")(k, n)
		return
	}
	anyText(2000)(k, n)
}

// richElement checks a part of a rich_text block.
func richElement(k *checker, n node) {
	inner := func(k *checker, n node) { k.list(n, 0, 1<<10, richInline) }
	fields := map[string]rule{"elements": inner, "border": anything}
	switch n.kind() {
	case "rich_text_section", "rich_text_quote":
	case "rich_text_preformatted":
		fields["language"] = anything
	case "rich_text_list":
		fields["style"] = oneOf("bullet", "ordered")
		fields["indent"], fields["offset"] = anything, anything
		fields["elements"] = func(k *checker, n node) { k.list(n, 1, 1<<10, richElement) }
	default:
		k.fail(n.field("type"), "unsupported type: %s", n.kind())
		return
	}
	k.object(n, shape{fields: fields, needs: []string{"elements"}})
}

// richInline checks a piece of rich text.
func richInline(k *checker, n node) {
	need := map[string]string{
		"text": "text", "link": "url", "user": "user_id", "usergroup": "usergroup_id", "channel": "channel_id",
		"emoji": "name", "broadcast": "range", "date": "timestamp", "color": "value",
	}[n.kind()]
	object, ok := n.value.(map[string]any)
	switch {
	case !ok:
		k.fail(n, "must provide an object")
	case need == "":
		k.fail(n.field("type"), "unsupported type: %s", n.kind())
	case object[need] == nil:
		k.fail(n, "missing required field: %s", need)
	}
	for _, name := range []string{"text", "name", "url"} {
		if text, ok := object[name].(string); ok {
			k.total += length(text)
		}
	}
	if text, ok := object["text"]; ok {
		if _, isText := text.(string); !isText {
			k.fail(n.field("text"), "must provide a string")
		}
	}
	if style, ok := object["style"]; ok {
		if _, isObject := style.(map[string]any); !isObject {
			k.fail(n.field("style"), "must provide an object")
		}
	}
}

// findAction finds an interactive element in the blocks of a message. An empty
// blockID matches any block, as long as only one element matches.
func findAction(blocks any, blockID, actionID string) (block, found map[string]any, err error) {
	list, _ := blocks.([]any)
	for _, b := range list {
		b, _ := b.(map[string]any)
		if blockID != "" && b["block_id"] != blockID {
			continue
		}
		candidates, _ := b["elements"].([]any)
		candidates = append(slices.Clone(candidates), b["accessory"])
		for _, e := range candidates {
			e, _ := e.(map[string]any)
			if e == nil || e["action_id"] != actionID {
				continue
			}
			if found != nil {
				return nil, nil, fmt.Errorf("action_id %q is there twice; say the block_id", actionID)
			}
			block, found = b, e
		}
	}
	if found == nil {
		return nil, nil, fmt.Errorf("there is no element with action_id %q", actionID)
	}
	return block, found, nil
}
