package slack

import (
	"encoding/json"
	"fmt"
	"strconv"
)

const (
	maxBlocks     = 50
	maxViewBlocks = 100
	// maxBlockText is the sum of all text in the blocks of one message. Slack's
	// limit is not published; messages were refused from 11,341 characters on
	// (https://github.com/slackapi/bolt-js/issues/2509), so this is a little below.
	maxBlockText = 11_000
)

// checkBlocks checks the blocks of a message and returns them with the ids and
// defaults Slack fills in, nil for an empty list.
func checkBlocks(text []byte) (json.RawMessage, *apiError) {
	return checkBlocksWith(text, maxBlocks, &checker{blockIDs: map[string]bool{}})
}

// checkViewBlocks is checkBlocks for a modal or a Home tab, which may have fields.
func checkViewBlocks(text []byte) (json.RawMessage, *apiError) {
	return checkBlocksWith(text, maxViewBlocks, &checker{blockIDs: map[string]bool{}, fields: true})
}

func checkBlocksWith(text []byte, most int, check *checker) (json.RawMessage, *apiError) {
	var list []any
	if err := json.Unmarshal(text, &list); err != nil {
		return nil, refuse("invalid_blocks_format")
	}
	if len(list) == 0 {
		return nil, nil
	}
	if len(list) > most {
		check.fail(node{path: "/blocks"}, "no more than %d items allowed", most)
	}
	for i, b := range list {
		check.block(node{"/blocks/" + strconv.Itoa(i), b})
	}
	switch {
	case len(check.problems) > 0:
		return nil, &apiError{code: "invalid_blocks", messages: check.problems}
	case check.markdown > maxMarkdown || check.total > maxBlockText && most == maxBlocks:
		return nil, refuse("msg_blocks_too_long")
	}
	out, err := json.Marshal(list)
	if err != nil {
		return nil, refuse("invalid_blocks_format")
	}
	return out, nil
}

// checkAttachments checks the attachments of a message. Blocks in them are held to
// the same rules as blocks of the message.
func checkAttachments(text []byte) (json.RawMessage, *apiError) {
	var list []map[string]json.RawMessage
	if err := json.Unmarshal(text, &list); err != nil {
		return nil, invalidArguments("invalid attachments [json-pointer:/attachments]")
	}
	if len(list) > maxAttachments {
		return nil, refuse("too_many_attachments")
	}
	if len(list) == 0 {
		return nil, nil
	}
	for i, a := range list {
		if a == nil {
			return nil, invalidArguments("must provide an object [json-pointer:/attachments/%d]", i)
		}
		a["id"] = json.RawMessage(strconv.Itoa(i + 1))
		if len(a["blocks"]) == 0 {
			continue
		}
		blocks, err := checkBlocks(a["blocks"])
		if err != nil {
			return nil, err
		}
		a["blocks"] = blocks
		if blocks == nil {
			delete(a, "blocks")
		}
	}
	out, err := json.Marshal(list)
	if err != nil {
		return nil, invalidArguments("invalid attachments [json-pointer:/attachments]")
	}
	return out, nil
}

// hasRichText reports whether blocks contain a rich_text block.
func hasRichText(blocks json.RawMessage) bool {
	var list []struct {
		Type string `json:"type"`
	}
	if json.Unmarshal(blocks, &list) != nil {
		return false
	}
	for _, b := range list {
		if b.Type == "rich_text" {
			return true
		}
	}
	return false
}

// node is a value in the JSON of the blocks and where it stands.
type node struct {
	path  string
	value any
}

func (n node) field(name string) node {
	object, _ := n.value.(map[string]any)
	return node{n.path + "/" + name, object[name]}
}

func (n node) kind() string {
	text, _ := n.field("type").value.(string)
	return text
}

// checker collects everything that is wrong with some blocks.
type checker struct {
	problems []string
	blockIDs map[string]bool
	total    int // characters of text
	markdown int // of these, in markdown blocks
	tables   int
	fields   bool // input blocks are allowed
}

// hasInput reports whether blocks contain a field.
func hasInput(blocks json.RawMessage) bool {
	var list []struct {
		Type string `json:"type"`
	}
	if json.Unmarshal(blocks, &list) != nil {
		return false
	}
	for _, b := range list {
		if b.Type == "input" {
			return true
		}
	}
	return false
}

func (k *checker) fail(n node, format string, args ...any) {
	k.problems = append(k.problems, "[ERROR] "+fmt.Sprintf(format, args...)+" [json-pointer:"+n.path+"]")
}

// rule checks one value.
type rule func(k *checker, n node)

// shape is what an object may consist of: the rule of each field, and which fields
// it cannot do without. "type" is always allowed.
type shape struct {
	fields map[string]rule
	needs  []string
}

// object holds a value against a shape and returns it, nil when it is no object.
func (k *checker) object(n node, s shape) map[string]any {
	object, ok := n.value.(map[string]any)
	if !ok {
		k.fail(n, "must provide an object")
		return nil
	}
	for _, name := range s.needs {
		if _, ok := object[name]; !ok {
			k.fail(n, "missing required field: %s", name)
		}
	}
	for name := range object {
		if name == "type" {
			continue
		}
		check, known := s.fields[name]
		if !known {
			k.fail(n, "invalid additional property: %s", name)
			continue
		}
		check(k, n.field(name))
	}
	return object
}

// list holds every item of an array against a rule.
func (k *checker) list(n node, least, most int, item rule) {
	items, ok := n.value.([]any)
	switch {
	case !ok:
		k.fail(n, "must provide an array")
		return
	case len(items) < least:
		k.fail(n, "must provide at least %d item(s)", least)
	case len(items) > most:
		k.fail(n, "no more than %d items allowed", most)
	}
	for i, v := range items {
		item(k, node{n.path + "/" + strconv.Itoa(i), v})
	}
}

func anything(*checker, node) {}

func boolean(k *checker, n node) {
	if _, ok := n.value.(bool); !ok {
		k.fail(n, "must provide a boolean")
	}
}

// oneOf accepts some words.
func oneOf(words ...string) rule {
	return func(k *checker, n node) {
		for _, w := range words {
			if n.value == w {
				return
			}
		}
		k.fail(n, "must be one of %v", words)
	}
}

// plain accepts a string that is neither empty nor longer than most characters.
func plain(most int) rule {
	return func(k *checker, n node) {
		text, ok := n.value.(string)
		switch {
		case !ok:
			k.fail(n, "must provide a string")
		case text == "":
			k.fail(n, "must be more than 0 characters")
		case length(text) > most:
			k.fail(n, "must be less than %d characters", most+1)
		}
	}
}
