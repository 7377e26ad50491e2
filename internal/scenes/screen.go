package scenes

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/pawl-ops/pawl/sandbox/slack"
)

// Screen is a thread as a transcript shows it: every word a person reads, and nothing that differs from run to run.
// Whose phone tells of a message is shown when Pawl called them; that Slack tells people of every message in a direct
// message, and in threads they began, is not Pawl's doing.
type Screen struct {
	Dir string         // of the world, which is another each time
	IDs *regexp.Regexp // finds the ids of runs

	names map[string]string // of runs: the ids that transcripts have for them
}

// words that stand where Slack shows the emoji of a state.
func stateWords() map[string]string {
	return map[string]string{
		"white_circle": "[to come]", "arrows_counterclockwise": "[running]", "question": "[asking]", "white_check_mark": "[done]",
		"x": "[failed]", "heavy_minus_sign": "[not done]", "fast_forward": "[skipped]", "black_square_for_stop": "[cancelled]",
	}
}

// thread shows messages; each in the form given by pick.
func (sc *Screen) thread(messages []Said, pick func(Said) slack.Message) string {
	var b strings.Builder
	for _, s := range messages {
		if b.Len() > 0 && !s.Ours() {
			b.WriteString("\n")
		}
		sc.message(&b, s, pick(s))
	}
	return strings.Trim(b.String(), "\n")
}

func (sc *Screen) message(b *strings.Builder, s Said, m slack.Message) {
	if !s.Ours() {
		fmt.Fprintf(b, "%s: %s%s\n", title(strings.ToLower(strings.TrimPrefix(m.User, "U0"))), sc.words(m.Text), reactions(s.Reactions))
		return
	}
	head := "Pawl"
	switch {
	case s.To != "":
		head += ", only to " + title(s.To)
	default:
		var called []string
		for _, name := range s.Pushed {
			if strings.Contains(ShownBy(s.First), "<@U0"+strings.ToUpper(name)+">") {
				called = append(called, title(name))
			}
		}
		if len(called) > 0 {
			head += ", calling " + strings.Join(called, " and ")
		}
	}
	fmt.Fprintf(b, "\n  %s:\n", head)
	if s.Deleted {
		b.WriteString("  | (deleted)\n")
		return
	}
	for _, line := range sc.Lines(m) {
		b.WriteString(strings.TrimRight("  | "+line, " ") + "\n")
	}
}

// Lines are a message's lines with what changes from run to run made the same: ids, times, durations, how far a
// running step has come, what its log says.
func (sc *Screen) Lines(m slack.Message) []string {
	var lines []string
	running := false
	for _, line := range strings.Split(sc.words(ShownBy(m)), "\n") {
		indented := strings.HasPrefix(line, "\u2003")
		if running && indented && !strings.Contains(line, "trying again") && !strings.Contains(line, "I do not know") {
			continue
		}
		if !indented {
			running = strings.HasPrefix(line, "[running]")
		}
		if running && !indented {
			line = percent.ReplaceAllString(line, "")
		}
		line = stepSpan.ReplaceAllString(line, "$1")
		lines = append(lines, strings.ReplaceAll(line, "\u2003", "  "))
	}
	return lines
}

var (
	token       = regexp.MustCompile(`<([^<>]+)>`)
	emoji       = regexp.MustCompile(`:([a-z0-9_+-]+):`)
	correlation = regexp.MustCompile(`"correlationId":"[^"]*"`)
	clock       = regexp.MustCompile(`\b\d\d:\d\d\b`)
	span        = regexp.MustCompile(`\b\d+(\.\d+)? (s|min|h)( \d+ (s|min))?\b`)
	rough       = regexp.MustCompile(`\b(a few seconds|\d+ (second|minute|hour)s?)\b`)
	port        = regexp.MustCompile(`127\.0\.0\.1:\d+`)
	served      = regexp.MustCompile(`\b\d+ requests?( failed|, )`)
	share       = regexp.MustCompile(`\b\d+(\.\d)? % of the requests`)
	pid         = regexp.MustCompile(`\bpid \d+`)
	build       = regexp.MustCompile(`#\d+\b`)
	left        = regexp.MustCompile(`, (about )?N s left`)
	stepSpan    = regexp.MustCompile(`^(\x{2003}*\[done\] [^·]+) · N s$`) // shown only when it took more than a second
	percent     = regexp.MustCompile(` · \d+ %.*$`)
)

// words is text as people read it in Slack.
func (sc *Screen) words(text string) string {
	text = strings.ReplaceAll(text, sc.Dir, "/acme") // before references, which may hold it
	text = token.ReplaceAllStringFunc(text, func(t string) string { return reference(t[1 : len(t)-1]) })
	words := stateWords()
	text = emoji.ReplaceAllStringFunc(text, func(e string) string {
		if word := words[strings.Trim(e, ":")]; word != "" {
			return word
		}
		return e
	})
	text = strings.NewReplacer("&lt;", "<", "&gt;", ">", "&amp;", "&").Replace(text)
	return sc.plain(text)
}

// plain makes the same what differs from run to run.
func (sc *Screen) plain(text string) string {
	text = strings.ReplaceAll(text, sc.Dir, "/acme")
	text = correlation.ReplaceAllString(text, `"correlationId":"..."`)
	text = sc.IDs.ReplaceAllStringFunc(text, sc.name)
	text = port.ReplaceAllString(text, "127.0.0.1:80")
	text = build.ReplaceAllString(clock.ReplaceAllString(text, "14:05"), "#N")
	text = rough.ReplaceAllString(span.ReplaceAllString(text, "N s"), "N s")
	text = strings.ReplaceAll(text, " It will be done at about 14:05.", "") // said until that time has come
	text = pid.ReplaceAllString(share.ReplaceAllString(served.ReplaceAllString(text, "N requests$1"), "N % of the requests"), "pid N")
	// In a watch of one second no user may come by, on a machine that is busy: then there is nothing to count.
	text = strings.ReplaceAll(text, "it answered well all the time", "N requests, 0 failed")
	return left.ReplaceAllString(text, "")
}

// name is the id a transcript has for a run: the first one met ends in aaaaaa.
func (sc *Screen) name(id string) string {
	if sc.names[id] == "" {
		verb, _, _ := strings.Cut(id, "-")
		sc.names[id] = verb + "-" + strings.Repeat(string(rune('a'+len(sc.names))), 6)
	}
	return sc.names[id]
}

// typed puts the real ids into what somebody types.
func (sc *Screen) typed(text string) string {
	for id, name := range sc.names {
		text = strings.ReplaceAll(text, name, id)
	}
	return text
}

// reference is what Slack shows for one of its references. One that would call everybody is shown as an alarm.
func reference(r string) string {
	target, label, labelled := strings.Cut(r, "|")
	switch {
	case strings.HasPrefix(target, "@U0"):
		return "@" + title(strings.ToLower(strings.TrimPrefix(target, "@U0")))
	case strings.HasPrefix(target, "!date^") && strings.Contains(target, "{date_"):
		return "that day at 14:05"
	case strings.HasPrefix(target, "!date^"):
		return "14:05"
	case strings.HasPrefix(target, "!subteam^S0"):
		return "@" + strings.ToLower(strings.TrimPrefix(target, "!subteam^S0"))
	case strings.HasPrefix(target, "!"), strings.HasPrefix(target, "@"), strings.HasPrefix(target, "#"):
		return "(CALLS " + target + ")"
	case labelled:
		return "(link: " + label + ")"
	}
	return "(link)"
}

// reactions in the order in which they are given, whichever came first.
func reactions(names []string) string {
	order := []string{"eyes", "white_check_mark", "x"}
	slices.SortFunc(names, func(a, b string) int { return slices.Index(order, a) - slices.Index(order, b) })
	if len(names) == 0 {
		return ""
	}
	return "    :" + strings.Join(names, ": :") + ":"
}

func title(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}
