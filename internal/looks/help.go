package looks

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/pawl-ops/pawl/internal/board"
	"github.com/pawl-ops/pawl/internal/near"
	"github.com/pawl-ops/pawl/internal/words"
	"github.com/pawl-ops/pawl/job"
)

const helpArg = "command"

func helpSpec() job.Spec {
	return job.Spec{
		Name: "help", Look: true, Help: "What you can do here.", Examples: []string{"help", "help toy"},
		Params: []job.Param{{Name: helpArg, Type: "rest", Optional: true, Help: "what to explain"}},
	}
}

// Help lists what the person who asks may do, on one screen of a phone, and explains one command when its name follows.
// may tells whether an actor may give a command by that name, in any of its forms.
func Help(specs []job.Spec, may func(a job.Actor, command string) bool) Look {
	h := help{specs: specs, may: may, where: "In a run's thread"}
	return Look{Spec: helpSpec(), Answer: func(_ context.Context, r Request) (board.Message, error) {
		topic := strings.ToLower(strings.Join(strings.Fields(r.Command.Args[helpArg]), " "))
		if topic == "" {
			h := h
			if r.Command.Source == job.SourceTerminal {
				h.where = "While you follow a run"
			}
			return h.overview(r.Command.Actor, phoneRows), nil
		}
		return h.explain(topic, r.Command.Actor), nil
	}}
}

type help struct {
	specs []job.Spec
	may   func(job.Actor, string) bool
	where string // a word about a run needs no id there
}

// overview is everything the actor may do, in so many rows of a phone. What does not fit is named without a word about it.
func (h help) overview(a job.Actor, most int) board.Message {
	offers := h.offers(a)
	foot := h.foot(a, offers)
	if len(offers) == 0 {
		text := "There is nothing here that you may start; `may:` in pawl.yaml says who may do what."
		return board.Message{Sentence: text, Lines: append([]string{text}, foot...)}
	}
	names, lines := make([]string, len(offers)), make([]string, len(offers))
	for i, o := range offers {
		names[i], lines[i] = code(o.spec.Name), o.line()
	}
	m := board.Message{Sentence: "You can say " + board.PlainText(board.Listed(names, "or")) + "."}
	if m.Lines = slices.Concat(lines, h.longFoot(a, offers)); rows(m.Lines...) <= most {
		return m
	}
	for shown := min(len(offers), most); shown >= 0; shown-- { // every line is a row at least
		left := most - rows(lines[:shown]...) - rows(foot...)
		m.Lines = slices.Concat(lines[:shown], rest(names[shown:], left), foot)
		if rows(m.Lines...) <= most {
			break
		}
	}
	return m
}

// foot says how to find out more.
func (h help) foot(a job.Actor, offers []offer) []string {
	return []string{h.more(a, offers) + h.where + " just " + code(job.CancelChoice) + " is enough."}
}

// longFoot also names the words that go with every job, where there is room.
func (h help) longFoot(a job.Actor, offers []offer) []string {
	if !slices.ContainsFunc(offers, func(o offer) bool { return !o.spec.Look }) {
		return h.foot(a, offers)
	}
	return []string{fmt.Sprintf("%s%s just %s or %s is enough. %s before a command only shows what it would do.",
		h.more(a, offers), h.where, code(job.CancelChoice), code("again"), code("plan"))}
}

// more says what else to ask for.
func (h help) more(a job.Actor, offers []offer) string {
	var more []string
	if len(offers) > 0 {
		more = append(more, code("help "+offers[0].spec.Name)+" for more")
	}
	if i := h.find(runsSpec().Name); i >= 0 && h.may(a, runsSpec().Name) {
		more = append(more, code(runsSpec().Name)+" for what is going on")
	}
	if len(more) == 0 {
		return ""
	}
	return "Say " + strings.Join(more, ", ") + ". "
}

// rest names the commands that got no line of their own, as many as fit into the rows that are left; at least one.
func rest(names []string, left int) []string {
	if len(names) == 0 {
		return nil
	}
	if all := "Also " + board.Listed(names, "and") + "."; len(names) <= left*phoneColumns && rows(all) <= left {
		return []string{all}
	}
	line := ""
	for n := 1; n < len(names); n++ {
		longer := fmt.Sprintf("Also %s and %d more.", strings.Join(names[:n], ", "), len(names)-n)
		if n > 1 && rows(longer) > left {
			break
		}
		line = longer
	}
	if line == "" {
		line = "Also " + names[0] + "."
	}
	return []string{line}
}

// offer is a command with those whose names begin with its own: `toy`, also `toy undo`.
type offer struct {
	spec job.Spec
	also []string
}

func (o offer) line() string {
	line := code(o.spec.Name) + " · " + phrase(o.spec.Help)
	if len(o.also) > 0 {
		line += " · also " + strings.Join(o.also, ", ")
	}
	return line
}

// offers is what the actor may do, in the order of the specs. Help itself and runs are named by the last line.
func (h help) offers(a job.Actor) (out []offer) {
	for _, s := range h.specs {
		if s.Retired != "" || s.Name == helpSpec().Name || s.Name == runsSpec().Name || s.Name == excuseSpec().Name || !h.may(a, s.Name) {
			continue
		}
		i := slices.IndexFunc(out, func(o offer) bool { return strings.HasPrefix(s.Name, o.spec.Name+" ") })
		if i >= 0 {
			out[i].also = append(out[i].also, code(s.Name))
			continue
		}
		out = append(out, offer{spec: s})
	}
	return out
}

// explain tells all about one command.
func (h help) explain(topic string, a job.Actor) board.Message {
	i := h.find(topic)
	if i < 0 {
		if text, ok := decisions()[topic]; ok {
			return board.Message{Sentence: board.PlainText(text), Head: code(topic), Lines: []string{text}}
		}
		return h.unknown(topic, a)
	}
	s := h.specs[i]
	if s.Retired != "" {
		return board.Message{Sentence: board.PlainText(s.Retired), Lines: []string{s.Retired}}
	}
	m := board.Message{Head: code(s.Name), Sentence: sentenceOf(s.Help)}
	m.Lines = append(m.Lines, m.Sentence)
	if len(s.Params) > 0 {
		m.Lines = append(m.Lines, "Type "+code(words.Usage(s))+".")
	}
	for _, p := range s.Params {
		if what := argument(p); what != "" {
			m.Lines = append(m.Lines, "*"+board.Clean(p.Name)+"*: "+what)
		}
	}
	if len(s.Examples) > 0 {
		m.Lines = append(m.Lines, "For example "+board.Listed(codes(s.Examples), "or")+".")
	}
	if related := h.related(s, a); len(related) > 0 {
		m.Lines = append(m.Lines, "See also "+board.Listed(codes(related), "and")+".")
	}
	if s.Name != helpSpec().Name && !h.may(a, s.Name) {
		m.Lines = append(m.Lines, "It is not among what you may do; `may:` in pawl.yaml says whose it is.")
	}
	return m
}

// argument is what a person has to know of one: what it is, what is accepted, and what it is when it is left out.
func argument(p job.Param) string {
	var parts []string
	if p.Help != "" {
		parts = append(parts, phrase(p.Help))
	}
	switch {
	case p.Type == job.TypeChoice:
		parts = append(parts, board.Listed(codes(p.OneOf), "or"))
	case p.Type == job.TypeNumber && p.Range != nil:
		parts = append(parts, fmt.Sprintf("from %d to %d", p.Range.From, p.Range.To))
	case p.Type == job.TypeNumber:
		parts = append(parts, "a whole number")
	}
	if p.Default != "" {
		parts = append(parts, code(p.Default)+" when it is left out")
	}
	return strings.Join(parts, "; ")
}

func (h help) unknown(topic string, a job.Actor) board.Message {
	text := fmt.Sprintf("I don't know %s.", code(topic))
	var names []string
	for _, s := range h.specs {
		if s.Retired == "" && h.may(a, s.Name) {
			names = append(names, s.Name)
		}
	}
	if meant := near.Nearest(topic, names); len(meant) > 0 {
		text += " Did you mean " + board.Listed(codes(meant), "or") + "?"
	}
	return board.Message{Sentence: board.PlainText(text), Lines: []string{text}}
}

// related are the other commands that share the first word of the name and that the actor may give.
func (h help) related(s job.Spec, a job.Actor) (out []string) {
	first, _, _ := strings.Cut(s.Name, " ")
	for _, o := range h.specs {
		word, _, _ := strings.Cut(o.Name, " ")
		if o.Name != s.Name && word == first && o.Retired == "" && h.may(a, o.Name) {
			out = append(out, o.Name)
		}
	}
	return out
}

func (h help) find(name string) int {
	return slices.IndexFunc(h.specs, func(s job.Spec) bool { return s.Name == name })
}

// decisionWhere begins what is said about the place where a decision is typed.
const decisionWhere = " In a run's thread"

// decisions explains the words that are no commands: those that answer a run, and those that go with every job.
func decisions() map[string]string {
	const where = decisionWhere + " just %s is enough; elsewhere its id follows: %s."
	say := func(word, does string) string {
		return does + fmt.Sprintf(where, code(word), code(word+" toy-k4m7q2"))
	}
	return map[string]string{
		job.CancelChoice: say(job.CancelChoice, "Ends a run: what it is doing is stopped and cleaned up."),
		"retry":          say("retry", "Answers a run that cannot go on: it tries the same step again."),
		"stop":           say("stop", "Answers a run that cannot go on: it stops and cleans up."),
		"pause":          say("pause", "Answers a sync that met trouble: it is left alone until somebody types `sync resume`."),
		"skip":           say("skip", "Answers a run whose step did not work: it goes on without that step."),
		"proceed":        say("proceed", "Answers a run that asks whether to go on."),
		"anyway":         say("anyway", "Answers a run that warns: it goes on all the same."),
		"approve":        say("approve", "Agrees to what a run asks."),
		"again":          say("again", "Does once more what a run was asked for, now for whoever says it."),
		"plan":           "Stands before a command and only shows what it would do: " + code("plan toy") + ". Nothing is changed.",
		"deny":           say("deny", "Does not agree to what a run asks; `because` and a reason may follow."),
	}
}

func codes(texts []string) []string {
	out := make([]string, len(texts))
	for i, t := range texts {
		out[i] = code(t)
	}
	return out
}

// sentenceOf makes a phrase a sentence: a capital and a full stop, or the mark of a question.
func sentenceOf(s string) string {
	s = strings.TrimRight(strings.TrimSpace(s), ".")
	if s = board.UpperFirst(s); s == "" || strings.HasSuffix(s, "?") {
		return s
	}
	return s + "."
}

// phrase makes a sentence fit into a line: no capital, no full stop, no line break.
func phrase(s string) string {
	return board.LowerFirst(strings.TrimRight(strings.Join(strings.Fields(board.Clean(s)), " "), "."))
}
