package job

import (
	"strings"
	"time"
)

// Runbook is a job that pawl.yaml describes and no Go file does. It is pinned by value in the request that starts a run:
// the run keeps it as it was, whatever becomes of the file.
type Runbook struct {
	Name  string   `json:"name"`            // as people type it
	Takes []string `json:"takes,omitempty"` // the names of its arguments, as people type them
	Lane  Text     `json:"lane,omitempty"`  // what must not be touched by two runs at once, in two segments: "cache/{environment}"
	Safe  string   `json:"safe,omitempty"`  // what still holds when it stops before its last irreversible step
	Parts []Stage  `json:"parts"`           // one after the other
}

// Stage are the steps of a runbook that run at the same time; mostly one.
type Stage []RunbookStep

// RunbookStep is one step of a runbook: exactly one of its pointers is set.
type RunbookStep struct {
	Name   string `json:"name"`
	Once   bool   `json:"once,omitempty"`   // never tried a second time without asking
	Atomic bool   `json:"atomic,omitempty"` // a cancel waits for its end
	Must   bool   `json:"must,omitempty"`   // nobody may skip it

	Script  *ScriptStep  `json:"script,omitempty"`
	HTTP    *HTTPStep    `json:"http,omitempty"`
	Jenkins *JenkinsStep `json:"jenkins,omitempty"`
	Ask     *AskStep     `json:"ask,omitempty"`
	Wait    *WaitStep    `json:"wait,omitempty"`
	Say     *SayStep     `json:"say,omitempty"`
}

// ScriptStep runs a script on hosts. Every argument of the run reaches it as an environment variable (see
// Variables), and Args beside them.
type ScriptStep struct {
	File    string          `json:"file"` // as pawl.yaml names it, for people
	Body    string          `json:"body"`
	Hosts   []Host          `json:"hosts"`
	Rolling int             `json:"rolling,omitempty"` // on so many hosts at a time; 0: on all at once
	GoOn    bool            `json:"go_on,omitempty"`   // with the hosts to come when one fails; else they are not begun
	Args    map[string]Text `json:"args,omitempty"`
}

// HTTPStep calls a URL, and is done when the answer is as expected.
type HTTPStep struct {
	Method  string               `json:"method"`
	URL     Text                 `json:"url"`
	Headers map[string]Text      `json:"headers,omitempty"`
	Secrets map[string]SecretRef `json:"secrets,omitempty"` // headers whose values are secrets
	Body    Text                 `json:"body,omitempty"`
	Kind    string               `json:"kind,omitempty"` // how arguments are encoded in the body: json, form or text
	Expect  Expected             `json:"expect"`
	Line    string               `json:"line,omitempty"`    // in jq: what of the answer is shown beside the step
	Retries int                  `json:"retries,omitempty"` // how often it is tried again by itself
	Within  time.Duration        `json:"within"`            // how long one answer may take
}

// Expected says which answers are good.
type Expected struct {
	Status []StatusRange `json:"status,omitempty"` // empty: 200 to 299
	Holds  string        `json:"holds,omitempty"`  // in jq, asked of a JSON answer: must be true
}

// StatusRange are HTTP status codes, both ends included.
type StatusRange struct {
	From int `json:"from"`
	To   int `json:"to"`
}

// JenkinsStep builds a job of Jenkins and follows the build to its end.
type JenkinsStep struct {
	Job    string          `json:"job"`              // with its folders: "shop/smoke"
	Branch Text            `json:"branch,omitempty"` // of a multibranch job, as git names it
	Params map[string]Text `json:"params,omitempty"`
	RunID  string          `json:"run_id"`           // the job's parameter that takes the run's id
	Accept []string        `json:"accept,omitempty"` // results that are good besides SUCCESS: UNSTABLE
	Within time.Duration   `json:"within,omitempty"` // from the order on, and anew from an answer on; 0: however long it takes
}

// AskStep asks people whether to go on.
type AskStep struct {
	Question Text          `json:"question"`
	By       []string      `json:"by,omitempty"`     // names from `people:`; empty: whoever may answer the run's questions
	Within   time.Duration `json:"within,omitempty"` // 0: as long as any question
	Go       string        `json:"go,omitempty"`     // what the button to go on says; empty: "Go on"
}

// WaitStep waits for a time, or until a URL answers as expected.
type WaitStep struct {
	For    time.Duration `json:"for,omitempty"`
	Until  *HTTPStep     `json:"until,omitempty"`
	Times  int           `json:"times,omitempty"`  // so many good answers in a row; 0: one
	Within time.Duration `json:"within,omitempty"` // how long it may take until then
}

// SayStep posts a sentence: in the run's thread, or in a channel.
type SayStep struct {
	Text    Text   `json:"text"`
	Channel string `json:"channel,omitempty"` // its name: "#releases"
}

// SecretRef names a secret without holding it. It is looked up where it is used, at the moment of use.
type SecretRef struct {
	Env  string `json:"env,omitempty"`
	File string `json:"file,omitempty"` // full path
}

// Asked is a look that pawl.yaml describes: a question to another service, answered in lines.
type Asked struct {
	Name   string      `json:"name"`
	Takes  []string    `json:"takes,omitempty"` // the names of its arguments, as people type them
	HTTP   *HTTPStep   `json:"http,omitempty"`
	Script *ScriptStep `json:"script,omitempty"` // on one host; prints JSON or text
	Line   string      `json:"line,omitempty"`   // in jq: makes the lines that are shown; empty: the text as it comes
}

// Given are the arguments of a run with every name in it: what was left out is empty, so that no text keeps {its_name}.
func (b Runbook) Given(args map[string]string) map[string]string { return given(b.Takes, args) }

// Given are the arguments of a look with every name in it: what was left out is empty, so that no text keeps {its_name}.
func (a Asked) Given(args map[string]string) map[string]string { return given(a.Takes, args) }

func given(names []string, args map[string]string) map[string]string {
	all := map[string]string{}
	for _, name := range names {
		all[name] = args[name]
	}
	return all
}

// Variable is the name under which scripts get an argument: in capitals, with _ for what is neither letter nor digit.
func Variable(argument string) string {
	return strings.Map(func(c rune) rune {
		switch {
		case c >= 'a' && c <= 'z':
			return c - 'a' + 'A'
		case c >= 'A' && c <= 'Z', c >= '0' && c <= '9':
			return c
		}
		return '_'
	}, argument)
}

// Variables are what the script gets of a run's arguments: each of them by itself, and Args.
func (s ScriptStep) Variables(args map[string]string) map[string]string {
	all := map[string]string{}
	for name, value := range args {
		all[Variable(name)] = value
	}
	for name, text := range s.Args {
		all[name] = text.Fill(args, nil)
	}
	return all
}
