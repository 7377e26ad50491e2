package words

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// reading is a decision as far as it was said, and the words that are no part of one.
type reading struct {
	Decision
	extra []word
}

// readDecision reads a choice, and after it in this order an id, a number and a reason, each of which may be missing.
// The id may also come first.
func readDecision(ws []word) (reading, bool) {
	var r reading
	if len(ws) > 1 && ws[0].isID() && isChoice(ws[1]) {
		r.Run, _ = runID(ws[0].value)
		r.Choice, ws = ws[1].bare, ws[2:]
	} else if len(ws) > 0 && isChoice(ws[0]) {
		r.Choice, ws = ws[0].bare, ws[1:]
	} else {
		return r, false
	}
	if len(ws) > 0 && r.Run == "" && ws[0].isID() {
		r.Run, _ = runID(ws[0].value)
		ws = ws[1:]
	}
	if len(ws) > 0 {
		if n, err := strconv.Atoi(strings.TrimPrefix(ws[0].value, "#")); err == nil && n > 0 && !ws[0].quoted {
			r.Ask, ws = n, ws[1:]
		}
	}
	if len(ws) > 1 && ws[0].bare == becauseWord {
		r.Because, ws = param{Type: typeRest}.value(ws[1:]), nil
	}
	r.extra = ws
	return r, true
}

func isChoice(w word) bool { return slices.Contains(choices(), w.bare) }

// settle fills in what the place tells, and asks back for what is still missing.
func (r reading) settle(at Context) Result {
	if at.Run != "" && !slices.ContainsFunc(r.extra, func(w word) bool { return !isPronoun(w) }) {
		r.extra = nil
	}
	if r.Run == "" {
		r.Run = at.Run
	}
	switch {
	case r.Run == "":
		return r.whichRun()
	case len(r.extra) > 0:
		return r.notUnderstood(at)
	}
	return r.Decision
}

// isPronoun reports whether the word only points at the run whose thread this is: "stop it", "cancel this run".
func isPronoun(w word) bool {
	return slices.Contains([]string{"it", "this", "that", "the", "run"}, w.bare)
}

func (r reading) whichRun() Reply {
	for _, w := range r.extra {
		if strings.Contains(w.value, "-") {
			return Reply{Kind: Missing, Topic: r.Choice, Text: fmt.Sprintf(
				"`%s` is not the id of a run. An id looks like `toy-k4m7q2` and stands on the run's first message.", short(w.value))}
		}
	}
	return Reply{Kind: Missing, Topic: r.Choice, Text: fmt.Sprintf(
		"Which run? Say `%s` in its thread, or with its id: `%[1]s toy-k4m7q2`.", r.Choice)}
}

func (r reading) notUnderstood(at Context) Reply {
	reason := Decision{Choice: r.Choice, Ask: r.Ask, Because: raws(r.extra)}
	if r.Run != at.Run {
		reason.Run = r.Run
	}
	if r.extra[0].bare == becauseWord {
		reason.Because = ""
		return Reply{Kind: Missing, Topic: r.Choice, Text: fmt.Sprintf("Why? The reason follows: `%s because ...`.", reason)}
	}
	return Reply{Kind: Extra, Topic: r.Choice, Suggest: fitting(reason.String()), Text: fmt.Sprintf(
		"I don't understand `%s` after `%s`. If it is the reason, put `because` before it.", short(reason.Because), r.Choice)}
}

// overheard reads what was said in a run's thread without speaking to Pawl. People talk there, so only the exact words
// of a decision count: nothing around them, no question mark, and a reason only where the id shows who is meant.
func overheard(ws []word, at Context) Result {
	if again, ok := overheardAgain(ws, at); ok {
		return again
	}
	r, ok := readDecision(ws)
	if !ok || !isChoice(ws[0]) || len(r.extra) > 0 {
		return Ignore{}
	}
	if r.Because != "" {
		if !slices.ContainsFunc(ws[:2], word.isID) {
			return Ignore{}
		}
		return r.settle(at)
	}
	if !exact(ws) {
		return Ignore{}
	}
	return r.settle(at)
}

// overheardAgain is overheard for `again`.
func overheardAgain(ws []word, at Context) (Again, bool) {
	switch {
	case len(ws) == 0 || len(ws) > 2 || ws[0].bare != againWord || !exact(ws):
		return Again{}, false
	case len(ws) == 1:
		return Again{Run: at.Run}, true
	case !ws[1].isID():
		return Again{}, false
	}
	id, _ := runID(ws[1].value)
	return Again{Run: id}, true
}

// exact reports whether nothing stands around the words but the end of a sentence.
func exact(ws []word) bool {
	return !slices.ContainsFunc(ws, func(w word) bool { return strings.TrimRight(w.raw, ".!") != w.value })
}
