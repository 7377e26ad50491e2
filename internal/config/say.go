package config

import (
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/pawl-ops/pawl/job"
)

// maxButton is how many characters fit on a button of a phone.
const maxButton = 30

// askKeys is what stands under `ask`.
type askKeys struct {
	Question value         `yaml:"question,required" help:"what people are asked"`
	By       []string      `yaml:"by,person" help:"who may answer, besides whoever asked for the run"`
	Within   time.Duration `yaml:"within" help:"how long they may take"`
	Button   string        `yaml:"button" help:"what the button to go on says"`
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
	if b, _, ok := step(v, "button"); ok && (k.Button != strings.TrimSpace(k.Button) || k.Button == "" || utf8.RuneCountInString(k.Button) > maxButton || strings.ContainsFunc(k.Button, unicode.IsControl)) {
		m.at(b.node, "%s must be one line of 1 to %d characters, such as Open the shop", b.name(), maxButton)
	}
	return s
}

// sayKeys is what stands under `say`.
type sayKeys struct {
	Text    value `yaml:"text,required" help:"what is said"`
	Channel value `yaml:"channel" help:"where it is said, besides the thread"`
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
