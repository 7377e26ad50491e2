package board

import (
	"fmt"
	"strings"
	"time"
)

// glyph is the emoji that stands where a state is shown. A plain surface shows the state's word instead.
func glyph(s StepState) string {
	switch s {
	case StepRunning:
		return "arrows_counterclockwise"
	case StepAsking:
		return "question"
	case StepDone:
		return "white_check_mark"
	case StepFailed:
		return "x"
	case StepNotDone:
		return "heavy_minus_sign"
	case StepCancelled:
		return "black_square_for_stop"
	default:
		return "white_circle"
	}
}

// Message turns the board into what a person reads, as of now.
func (b Board) Message(now time.Time) Message {
	m := Message{Head: b.head(now), ID: b.ID, Quote: b.Quote, Buttons: b.Buttons}
	m.Lines = append(m.Lines, b.Lead...)
	if len(b.Lead) > 0 && len(b.Steps) > 0 {
		m.Lines = append(m.Lines, "")
	}
	for _, s := range b.Steps {
		m.Lines = append(m.Lines, s.lines(now)...)
	}
	m.Lines = append(m.Lines, b.Notes...)
	m.Sentence = b.sentence(now)
	return m
}

func (b Board) head(now time.Time) string {
	switch b.State {
	case Running:
		if n, s := b.current(); s != nil {
			head := fmt.Sprintf("%s: step %d of %d", b.Title, n, len(b.Steps))
			if left := b.left(now); left > 0 {
				head += ", " + AboutLeft(left)
			}
			return head
		}
	case Asking:
		if b.Wait != "" {
			return b.Title + ": " + b.Wait
		}
	case Done:
		if !b.Ended.IsZero() {
			return b.Title + " · " + Span(b.Took())
		}
	}
	return b.Title
}

// sentence is the whole state for somebody who reads only a notification, or hears the page.
func (b Board) sentence(now time.Time) string {
	switch b.State {
	case Running:
		n, s := b.current()
		if s == nil {
			break
		}
		parts := []string{fmt.Sprintf("%s, step %d of %d: %s", b.Title, n, len(b.Steps), LowerFirst(s.Name))}
		if s.Percent > 0 {
			parts = append(parts, fmt.Sprintf("%d percent", s.Percent))
		}
		if left := b.left(now); left > 0 {
			parts = append(parts, AboutLeft(left))
		}
		return PlainText(strings.Join(parts, ", ")) + "."
	case Waiting:
		return PlainText(b.Title + ": waiting for your turn.")
	case Asking:
		if b.Wait == "" {
			return PlainText(b.Title + ": waiting for a decision.")
		}
	}
	head := PlainText(b.head(now))
	if strings.HasSuffix(head, "?") || strings.HasSuffix(head, "!") {
		return head
	}
	return strings.TrimSuffix(head, ".") + "."
}

// current is the step under way, with its number.
func (b Board) current() (int, *Step) {
	for i := range b.Steps {
		if b.Steps[i].State == StepRunning || b.Steps[i].State == StepAsking {
			return i + 1, &b.Steps[i]
		}
	}
	return 0, nil
}

// left estimates what remains from the usual durations of the steps; 0 when it is not known.
func (b Board) left(now time.Time) time.Duration {
	var left time.Duration
	for _, s := range b.Steps {
		switch s.State {
		case StepToCome:
			if s.Usual == 0 {
				return 0
			}
			left += s.Usual
		case StepRunning:
			ran := now.Sub(s.Started)
			switch {
			case s.Percent >= 5 && ran > 0:
				left += time.Duration(float64(ran) * float64(100-s.Percent) / float64(s.Percent))
			case s.Usual == 0:
				return 0
			case ran < s.Usual:
				left += s.Usual - ran
			}
		}
	}
	return left
}

func (s Step) lines(now time.Time) []string {
	line := Emoji(glyph(s.State)) + Word(s.State) + " " + s.Name
	var parts []string
	if s.State == StepRunning && s.Percent > 0 {
		parts = append(parts, fmt.Sprintf("%d %%", s.Percent))
	}
	if s.Detail != "" {
		parts = append(parts, s.Detail)
	} else if s.State == StepDone && s.Took >= time.Second {
		parts = append(parts, Span(s.Took))
	}
	switch s.State {
	case StepNotDone, StepCancelled, StepFailed:
		if s.Detail == "" {
			parts = append(parts, string(s.State))
		}
	}
	if len(parts) > 0 {
		line += " · " + strings.Join(parts, ", ")
	}
	lines := []string{line}
	if s.State == StepRunning && s.Note != "" {
		lines = append(lines, Indent+s.Note)
	}
	if slow := s.slower(now); slow != "" {
		lines = append(lines, Indent+slow)
	}
	return append(lines, partLines(s.Parts)...)
}

// Indent stands before a second line of a step. Slack trims ordinary spaces at the start of a line.
const Indent = "\u2003\u2003"

// Word is the state's word where a surface has no emoji: a token that shows nothing in Slack.
func Word(s StepState) string { return token("word", string(s), "["+string(s)+"]") }

// Plain renders the message for a terminal, a transcript or a log: every word a person would read, in order.
func (m Message) Plain() string { return m.plain(PlainText) }

// PlainWith is Plain with another way to render a text: for a surface that knows its reader's time zone.
func (m Message) PlainWith(text func(string) string) string { return m.plain(text) }

func (m Message) plain(text func(string) string) string {
	var b strings.Builder
	if m.Head != "" {
		b.WriteString("*" + text(m.Head) + "*")
		if m.ID != "" {
			b.WriteString("  " + m.ID)
		}
		b.WriteByte('\n')
	}
	for _, l := range m.Lines {
		// A space after an emoji is left over where there are none. Indent is of other spaces.
		b.WriteString(strings.Trim(text(l), " ") + "\n")
	}
	for _, q := range m.Quote {
		b.WriteString("    " + text(q) + "\n")
	}
	if len(m.Buttons) > 0 {
		labels := make([]string, len(m.Buttons))
		for i, btn := range m.Buttons {
			labels[i] = "[ " + btn.Label + " ]"
		}
		b.WriteString(strings.Join(labels, "   ") + "\n")
	}
	if m.Hint != "" {
		b.WriteString(text(m.Hint) + "\n")
	}
	if b.Len() == 0 {
		return text(m.Sentence) + "\n"
	}
	return b.String()
}
