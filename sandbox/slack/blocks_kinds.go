package slack

// maxMarkdown is the sum of all markdown blocks of one message.
const maxMarkdown = 12_000

// block checks one block. Limits are those of
// https://docs.slack.dev/reference/block-kit/blocks. Kinds this Slack cannot show
// are refused, as Slack does with kinds it does not know.
func (k *checker) block(n node) {
	s, known := k.blockShape(n)
	if !known {
		if _, ok := n.value.(map[string]any); !ok {
			k.fail(n, "must provide an object")
			return
		}
		k.fail(n.field("type"), "unsupported type: %s", n.kind())
		return
	}
	s.fields["block_id"] = uniqueBlockID
	object := k.object(n, s)
	if object == nil {
		return
	}
	if _, ok := object["block_id"]; !ok {
		object["block_id"] = randomID(5)
	}
	switch n.kind() {
	case "section":
		_, text := object["text"]
		if _, fields := object["fields"]; !text && !fields {
			k.fail(n, "missing required field: text or fields")
		}
	case "actions":
		k.distinctActions(n.field("elements"))
	case "input":
		if _, ok := object["optional"]; !ok {
			object["optional"] = false
		}
	case "table":
		k.tables++
		if k.tables > 1 {
			k.fail(n, "only one table allowed")
		}
	}
}

func (k *checker) blockShape(n node) (shape, bool) {
	switch n.kind() {
	case "section":
		return shape{fields: map[string]rule{
			"text": anyText(3000), "expand": boolean, "accessory": element(sectionElements()...),
			"fields": func(k *checker, n node) { k.list(n, 1, 10, anyText(2000)) },
		}}, true
	case "header":
		return shape{fields: map[string]rule{"text": plainText(150)}, needs: []string{"text"}}, true
	case "divider":
		return shape{fields: map[string]rule{}}, true
	case "context":
		return shape{fields: map[string]rule{
			"elements": func(k *checker, n node) { k.list(n, 1, 10, contextElement) },
		}, needs: []string{"elements"}}, true
	case "actions":
		return shape{fields: map[string]rule{
			"elements": func(k *checker, n node) { k.list(n, 1, 25, element("button", "static_select", "overflow")) },
		}, needs: []string{"elements"}}, true
	case "image":
		return shape{fields: map[string]rule{
			"image_url": plain(3000), "alt_text": plain(2000), "title": plainText(2000),
		}, needs: []string{"image_url", "alt_text"}}, true
	case "rich_text":
		return shape{fields: map[string]rule{
			"elements": func(k *checker, n node) { k.list(n, 1, 1<<10, richElement) },
		}, needs: []string{"elements"}}, true
	case "markdown":
		return shape{fields: map[string]rule{"text": func(k *checker, n node) {
			plain(maxMarkdown)(k, n)
			text, _ := n.value.(string)
			k.markdown += length(text)
			k.total += length(text)
		}}, needs: []string{"text"}}, true
	case "input":
		if !k.fields {
			return shape{}, false // messages have them too by now; no message of ours needs one
		}
		return shape{fields: map[string]rule{
			"label": plainText(2000), "element": element("plain_text_input"), "hint": plainText(2000),
			"optional": boolean, "dispatch_action": boolean,
		}, needs: []string{"label", "element"}}, true
	case "table":
		return shape{fields: map[string]rule{
			"rows": tableRows, "column_settings": func(k *checker, n node) { k.list(n, 0, 20, anything) },
		}, needs: []string{"rows"}}, true
	}
	return shape{}, false
}

// uniqueBlockID makes sure that a block can be told from the others.
func uniqueBlockID(k *checker, n node) {
	plain(255)(k, n)
	id, ok := n.value.(string)
	if !ok || k.blockIDs == nil {
		return
	}
	if k.blockIDs[id] {
		k.fail(n, "block_id already exists: %s", id)
	}
	k.blockIDs[id] = true
}

// distinctActions makes sure that a press can be told from another in its block.
func (k *checker) distinctActions(n node) {
	items, _ := n.value.([]any)
	seen := map[any]bool{}
	for _, item := range items {
		id := node{n.path, item}.field("action_id").value
		if _, ok := id.(string); ok && seen[id] {
			k.fail(n, "action_id already exists: %s", id)
		}
		if id, ok := id.(string); ok {
			seen[id] = true
		}
	}
}

// tableRows checks the rows of a table: 100 of 20 cells, 10,000 characters. Cells
// of type raw_number are refused: some workspaces do.
func tableRows(k *checker, n node) {
	before := k.total
	k.list(n, 1, 100, func(k *checker, n node) {
		k.list(n, 1, 20, func(k *checker, n node) {
			switch n.kind() {
			case "raw_text":
				k.object(n, shape{fields: map[string]rule{"text": plain(10_000)}, needs: []string{"text"}})
				text, _ := n.field("text").value.(string)
				k.total += length(text)
			case "rich_text":
				k.object(n, shape{fields: map[string]rule{
					"elements": func(k *checker, n node) { k.list(n, 1, 1<<10, richElement) },
				}, needs: []string{"elements"}})
			default:
				k.fail(n, "unsupported type: %s", n.kind())
			}
		})
	})
	if k.total-before > 10_000 {
		k.fail(n, "must be less than 10001 characters in total")
	}
}
