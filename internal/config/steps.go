package config

import (
	"reflect"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/pawl-ops/pawl/job"
)

// stepFlags may stand beside what a step does, whatever it is.
type stepFlags struct{ once, atomic, must bool }

// stepKinds are what a step can do.
func stepKinds() []string { return []string{"script", "http", "jenkins", "ask", "wait", "say"} }

// runbookStep reads one step: its name, and what it does.
func (m *command) runbookStep(e entry) job.RunbookStep {
	s := job.RunbookStep{Name: m.stepName(e)}
	node, ok := m.plain(e.value)
	if !ok {
		return s
	}
	if _, mapping := pairsOf(node); !mapping {
		m.wrong(e.value, "what the step does, such as {http: POST https://shop.acme.test/warm}")
		return s
	}
	kind := m.stepKind(e)
	var also []string
	if kind == "script" {
		also = scriptKeys()
	}
	f := m.flags(e, kind, also)
	s.Once, s.Atomic, s.Must, m.once = f.once, f.atomic, f.must, f.once
	v, _, _ := step(e.value, kind)
	switch kind {
	case "script":
		s.Script = m.scriptStep(e.value)
	case "http":
		s.HTTP = m.httpStep(v)
	case "jenkins":
		s.Jenkins = m.jenkinsStep(v)
	case "ask":
		s.Ask = m.askStep(v)
	case "wait":
		s.Wait = m.waitStep(v)
	case "say":
		s.Say = m.sayStep(v)
	}
	return s
}

// flags reads how a step is treated, and holds it to the keys it may have.
func (m *command) flags(e entry, kind string, also []string) (f stepFlags) {
	accepted := append([]string{kind, "once", "atomic", "must"}, also...)
	for _, one := range m.entries(e.value) {
		switch one.key {
		case "once":
			m.decode(one.value, &f.once)
		case "atomic":
			m.decode(one.value, &f.atomic)
		case "must":
			m.decode(one.value, &f.must)
		default:
			_, inside := insideOf(kind)[one.key]
			switch {
			case kind == "" || slices.Contains(accepted, one.key):
			case inside:
				m.at(one.keyNode, "%s: `%s` stands inside of `%s`: {%s: {..., %s: ...}}", one.value.name(), one.key, kind, kind, one.key)
			default:
				m.unknown(one, accepted)
			}
		}
	}
	return f
}

// insideOf are the keys that belong below what a step does, by its kind.
func insideOf(kind string) map[string]field {
	below := map[string]any{"http": httpKeys{}, "jenkins": jenkinsStepKeys{}, "ask": askKeys{}, "wait": waitKeys{}, "say": sayKeys{}}
	if keys, ok := below[kind]; ok {
		return fieldsOf(reflect.TypeOf(keys))
	}
	return nil
}

// stepKind is which of the things a step can do this one does; empty after a mistake.
func (m *command) stepKind(e entry) string {
	found := ""
	entries := m.entries(e.value)
	for _, one := range stepKinds() {
		if _, _, ok := step(e.value, one); !ok {
			continue
		}
		if found != "" {
			m.at(e.value.node, "%s does two things, `%s` and `%s`; make two steps of it", e.value.name(), found, one)
			return ""
		}
		found = one
	}
	if found == "" && len(entries) > 0 {
		for _, one := range entries { // a misspelt word is the likeliest reason
			if !slices.Contains([]string{"once", "atomic", "must"}, one.key) {
				m.unknown(one, append(stepKinds(), "once", "atomic", "must"))
				return ""
			}
		}
	}
	if found == "" {
		m.at(e.value.node, "%s says nothing of what it does%s", e.value.name(), choose("", stepKinds()))
	}
	return found
}

// stepName is what people read on the board.
func (m *command) stepName(e entry) string {
	switch {
	case strings.TrimSpace(e.key) != e.key || e.key == "" || utf8.RuneCountInString(e.key) > maxTitle || strings.ContainsFunc(e.key, unicode.IsControl):
		m.at(e.keyNode, "%s: the name of a step is one line of 1 to %d characters, with no space around it", e.value.name(), maxTitle)
	case argumentIn.MatchString(e.key):
		m.at(e.keyNode, "%s: the name of a step stays as it is, whatever was typed; an argument cannot be part of it", e.value.name())
	case m.steps[strings.ToLower(e.key)]:
		m.at(e.keyNode, "%s: two steps are called so; people could not tell them apart", e.value.name())
	}
	m.steps[strings.ToLower(e.key)] = true
	return e.key
}

// askKeys is what stands under `ask`.
type askKeys struct {
	Question value         `yaml:"question,required" help:"what people are asked"`
	By       []string      `yaml:"by,person"`
	Within   time.Duration `yaml:"within"`
	Button   string        `yaml:"button"`
}

// askStep reads a question.
func (m *command) askStep(v value) *job.AskStep {
	if _, mapping := pairsOf(v.node); !mapping {
		return &job.AskStep{Question: m.spoken(v)}
	}
	var k askKeys
	m.decode(v, &k)
	s := &job.AskStep{By: k.By, Within: k.Within, Go: k.Button}
	if k.Question.node != nil {
		s.Question = m.spoken(k.Question)
	}
	m.long(v, "within", k.Within, time.Minute)
	if b, _, ok := step(v, "button"); ok && (k.Button != strings.TrimSpace(k.Button) || k.Button == "" || utf8.RuneCountInString(k.Button) > 30 || strings.ContainsFunc(k.Button, unicode.IsControl)) {
		m.at(b.node, "%s must be one line of 1 to 30 characters, such as Open the shop", b.name())
	}
	return s
}

// sayKeys is what stands under `say`.
type sayKeys struct {
	Text    value `yaml:"text,required" help:"what is said"`
	Channel value `yaml:"channel"`
}

// sayStep reads a sentence that is posted.
func (m *command) sayStep(v value) *job.SayStep {
	if _, mapping := pairsOf(v.node); !mapping {
		return &job.SayStep{Text: m.spoken(v)}
	}
	var k sayKeys
	m.decode(v, &k)
	s := &job.SayStep{}
	if k.Text.node != nil {
		s.Text = m.spoken(k.Text)
	}
	if k.Channel.node != nil {
		s.Channel = m.config.channelNamed(k.Channel)
	}
	return s
}

// waitKeys is what stands under `wait`.
type waitKeys struct {
	Until  value         `yaml:"until,required" help:"the URL that has to answer well; a time is written as it is: {wait: 30s}"`
	Expect value         `yaml:"expect"`
	Holds  value         `yaml:"holds"`
	Times  int           `yaml:"times"`
	Within time.Duration `yaml:"within"`
}

// waitStep reads a time to wait, or what to wait for.
func (m *command) waitStep(v value) *job.WaitStep {
	const within = 10 * time.Minute // until a URL answers well
	if _, mapping := pairsOf(v.node); !mapping {
		if text, ok := textOf(v); ok && strings.Contains(text, "://") {
			return &job.WaitStep{Until: m.pageToWaitFor(v), Times: 1, Within: within}
		}
		d, ok := m.duration(v)
		if ok && (d < time.Second || d > maxWait) {
			m.at(v.node, "%s must be from 1 second to 7 days", v.name())
		}
		return &job.WaitStep{For: d}
	}
	k := waitKeys{Times: 1, Within: within}
	m.decode(v, &k)
	s := &job.WaitStep{Times: k.Times, Within: k.Within}
	m.long(v, "within", k.Within, time.Second)
	if times, _, ok := step(v, "times"); ok && (k.Times < 1 || k.Times > 100) {
		m.at(times.node, "%s must be between 1 and 100", times.name())
	}
	if k.Until.node == nil {
		return s
	}
	s.Until = m.pageToWaitFor(k.Until)
	if s.Until == nil {
		return s
	}
	for key, also := range map[string]value{"expect": k.Expect, "holds": k.Holds} {
		if also.node == nil {
			continue
		}
		if again, _, twice := step(k.Until, key); twice {
			m.at(also.node, "%s is said twice, here and in line %d", also.name(), lineOf(again))
		}
	}
	if k.Expect.node != nil {
		s.Until.Expect.Status = m.statuses(k.Expect)
	}
	if k.Holds.node != nil {
		s.Until.Expect.Holds = m.program(k.Holds)
	}
	return s
}

// maxWait is how long a step may take on purpose.
const maxWait = 7 * 24 * time.Hour

// long holds a time to what makes sense: from the least to a week.
func (m *command) long(v value, key string, d, least time.Duration) {
	if at, _, ok := step(v, key); ok && (d < least || d > maxWait) {
		if _, isText := textOf(at); isText {
			m.at(at.node, "%s must be from %s to 7 days", at.name(), shortly(least))
		}
	}
}

func shortly(d time.Duration) string {
	if d >= time.Minute {
		return "1 minute"
	}
	return "1 second"
}

func lineOf(v value) int {
	line, _ := position(v.node)
	return line
}
