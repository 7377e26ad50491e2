package slack

import "encoding/json"

// The kinds of text object a place accepts.
type textKinds int

const (
	plainOnly textKinds = iota
	plainOrMrkdwn
)

// textRule is what a text object may be in one place.
type textRule struct {
	max   int
	kinds textKinds
}

// decoded reads JSON for the checker; what is no JSON becomes nil, which no rule
// accepts.
func decoded(raw json.RawMessage) any {
	var v any
	if json.Unmarshal(raw, &v) != nil {
		return nil
	}
	return v
}

// text holds a text object against its place and fills in Slack's defaults.
func (k *checker) text(n node, r textRule) {
	object, ok := n.value.(map[string]any)
	if !ok {
		k.fail(n, "must provide an object")
		return
	}
	content := plain(r.max)
	switch kind := n.kind(); {
	case kind == "plain_text":
		k.object(n, shape{fields: map[string]rule{"text": content, "emoji": boolean}, needs: []string{"text"}})
		if _, ok := object["emoji"]; !ok {
			object["emoji"] = true
		}
	case kind == "mrkdwn" && r.kinds == plainOrMrkdwn:
		k.object(n, shape{fields: map[string]rule{"text": content, "verbatim": boolean}, needs: []string{"text"}})
		if _, ok := object["verbatim"]; !ok {
			object["verbatim"] = false
		}
	default:
		k.fail(n.field("type"), "unsupported type: %s", kind)
	}
	if text, ok := object["text"].(string); ok {
		k.total += length(text)
	}
}

func plainText(most int) rule {
	return func(k *checker, n node) { k.text(n, textRule{max: most}) }
}

func anyText(most int) rule {
	return func(k *checker, n node) { k.text(n, textRule{max: most, kinds: plainOrMrkdwn}) }
}
