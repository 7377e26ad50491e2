package slackbridge

import (
	"fmt"
	"strings"

	"github.com/pawl-ops/pawl/internal/board"
	"github.com/slack-go/slack"
)

// Limits of a message, from https://docs.slack.dev/reference/block-kit and the pages of its blocks and elements. The sum
// of all texts is not documented: messages were refused as msg_blocks_too_long from 11,341 characters on
// (https://github.com/slackapi/bolt-js/issues/2867), so we stay well below.
const (
	maxSection = 3000
	maxSum     = 10_000
	maxText    = 4000 // chat.update refuses more
	maxLabel   = 75
	maxSays    = 75
	maxConfirm = 300
	maxActions = 25
	maxHint    = 1000
	maxHead    = 600
	maxQuote   = 2500
)

// rendered is a message as Slack takes it.
type rendered struct {
	text   string        // always a full sentence: notifications and screen readers get it
	blocks []slack.Block // nil for the plain form
}

// render gives the message as blocks. A click on one of its buttons carries to, the id of the only person the button is
// meant for, or nothing when the door decides who may press.
func render(m board.Message, to string) rendered {
	r := rendered{text: sentence(m)}
	left := maxSum
	add := func(b slack.Block, units int) {
		r.blocks = append(r.blocks, b)
		left -= units
	}
	buttons, hint := actions(m.Buttons, to), fit(m.Hint, maxHint, mrkdwn)
	reserved := size(hint) + labels(m.Buttons)
	quote := ""
	if len(m.Quote) > 0 {
		quote = fence(m.Quote, maxQuote)
		reserved += size(quote)
	}
	if head := headline(m); head != "" {
		add(section(head), size(head))
	}
	for _, text := range sections(m.Lines, left-reserved) {
		add(section(text), size(text))
	}
	if quote != "" {
		add(section(quote), size(quote))
	}
	if buttons != nil {
		add(buttons, labels(m.Buttons))
	}
	if hint != "" {
		add(slack.NewContextBlock("", verbatim(hint)), size(hint))
	}
	if len(r.blocks) == 0 {
		add(section(r.text), size(r.text))
	}
	return r
}

// renderPlain gives the message as text alone: what is left when Slack refuses our blocks. Buttons are gone, which is
// why every one of them has a typed form in the hint.
func renderPlain(m board.Message) rendered {
	var lines []string
	if head := headline(m); head != "" {
		lines = append(lines, head)
	}
	for _, l := range m.Lines {
		lines = append(lines, mrkdwn(l))
	}
	for _, q := range m.Quote {
		lines = append(lines, "> "+escape(board.PlainText(q)))
	}
	if m.Hint != "" {
		lines = append(lines, mrkdwn(m.Hint))
	}
	if len(lines) == 0 {
		return rendered{text: sentence(m)}
	}
	asIs := func(s string) string { return s }
	return rendered{text: strings.Join(cutLines(lines, maxText, asIs), "\n")}
}

// sentence is the top-level text: the whole state, for who reads only the notification.
func sentence(m board.Message) string {
	s := m.Sentence
	if strings.TrimSpace(board.PlainText(s)) == "" {
		s = m.Head
	}
	if strings.TrimSpace(board.PlainText(s)) == "" && len(m.Lines) > 0 {
		s = m.Lines[0]
	}
	text := fit(s, maxText, mrkdwn)
	if strings.TrimSpace(text) == "" {
		return "Pawl has news."
	}
	return text
}

// headline is the first line: bold up to the first middle dot, the run's id beside it.
func headline(m board.Message) string {
	head := strings.ReplaceAll(m.Head, "\n", " ")
	if strings.TrimSpace(head) == "" {
		return ""
	}
	bold, rest, dotted := strings.Cut(head, " · ")
	line := fit(bold, maxHead, mrkdwn)
	if !strings.Contains(line, "*") {
		line = "*" + strings.TrimSpace(line) + "*"
	}
	if dotted {
		line += " · " + fit(rest, maxHead, mrkdwn)
	}
	if m.ID != "" {
		line += "   `" + escape(strings.ReplaceAll(board.PlainText(m.ID), "`", "'")) + "`"
	}
	return line
}

// sections packs lines into as few texts as the limit of a section allows, within units in all.
func sections(lines []string, units int) []string {
	kept := cutLines(lines, max(units, 200), func(l string) string { return fit(l, maxSection, mrkdwn) })
	var texts []string
	var b strings.Builder
	flush := func() {
		if strings.TrimSpace(b.String()) != "" {
			texts = append(texts, strings.TrimRight(b.String(), "\n"))
		}
		b.Reset()
	}
	for _, l := range kept {
		if size(b.String())+size(l)+1 > maxSection {
			flush()
		}
		b.WriteString(l)
		b.WriteByte('\n')
	}
	flush()
	return texts
}

// actions makes the row of buttons; nil when there are none. Ids of elements must differ within a block, so that the
// button's place is part of it.
func actions(buttons []board.Button, to string) slack.Block {
	var elements []slack.BlockElement
	for i, b := range buttons {
		if i == maxActions || len(b.Value) > maxValue {
			break
		}
		elements = append(elements, button(b, i))
	}
	if len(elements) == 0 {
		return nil
	}
	return slack.NewActionBlock(addressed(to), elements...)
}

func button(b board.Button, i int) *slack.ButtonBlockElement {
	e := slack.NewButtonBlockElement(fmt.Sprintf("%s:%d", clip(b.Action, 200), i+1), b.Value, plain(b.Label, maxLabel))
	says := b.Says
	if says == "" {
		says = b.Label
	}
	e.AccessibilityLabel = clip(board.PlainText(says), maxSays)
	switch b.Style {
	case board.Primary:
		e.Style = slack.StylePrimary
	case board.Danger:
		e.Style = slack.StyleDanger
	}
	if b.Sure != "" {
		e.Confirm = slack.NewConfirmationBlockObject(plain("Sure?", 100), plain(b.Sure, maxConfirm),
			plain(b.Label, 30), plain("Not now", 30))
	}
	return e
}

// labels is what buttons add to the sum of a message's texts.
func labels(buttons []board.Button) int {
	n := 0
	for _, b := range buttons[:min(len(buttons), maxActions)] {
		n += min(size(b.Label), maxLabel) + min(size(b.Says), maxSays) + min(size(b.Sure), maxConfirm)
	}
	return n
}

func section(text string) slack.Block { return slack.NewSectionBlock(verbatim(text), nil, nil) }

// verbatim keeps Slack from linking names and addresses it finds in the text by itself.
func verbatim(text string) *slack.TextBlockObject {
	t := slack.NewTextBlockObject(slack.MarkdownType, text, false, false)
	t.Verbatim = true
	return t
}

func plain(text string, limit int) *slack.TextBlockObject {
	t := clip(board.PlainText(text), limit)
	if strings.TrimSpace(t) == "" {
		t = "-"
	}
	return slack.NewTextBlockObject(slack.PlainTextType, t, false, false)
}

// clip cuts plain text to limit units.
func clip(s string, limit int) string {
	return fit(board.Clean(s), limit, func(s string) string { return s })
}
