package config

import (
	"strings"
	"time"

	"github.com/pawl-ops/pawl/job"
)

// waitKeys is what stands under `wait`.
type waitKeys struct {
	Until  value         `yaml:"until,required" help:"the URL that has to answer well; a time is written as it is: {wait: 30s}"`
	Expect value         `yaml:"expect" help:"which answers are good"`
	Holds  value         `yaml:"holds" help:"jq on the answer that must be true"`
	Times  int           `yaml:"times" help:"so many good answers in a row"`
	Within time.Duration `yaml:"within" help:"how long it may take"`
}

// waitStep reads a time to wait, or what to wait for.
func (m *command) waitStep(v value) *job.WaitStep {
	if _, mapping := pairsOf(v.node); !mapping {
		if text, ok := textOf(v); ok && strings.Contains(text, "://") {
			return &job.WaitStep{Until: m.pageToWaitFor(v), Times: 1, Within: waitWithin}
		}
		d, ok := m.duration(v)
		if ok && (d < time.Second || d > maxWait) {
			m.at(v.node, "%s must be from 1 second to 7 days", v.name())
		}
		return &job.WaitStep{For: d}
	}
	k := waitKeys{Times: 1, Within: waitWithin}
	m.decode(v, &k)
	s := &job.WaitStep{Times: k.Times, Within: k.Within}
	m.long(v, "within", k.Within, time.Second)
	if times, _, ok := step(v, "times"); ok && (k.Times < 1 || k.Times > maxTimes) {
		m.at(times.node, "%s must be between 1 and %d", times.name(), maxTimes)
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

const (
	maxWait    = 7 * 24 * time.Hour // how long a step may take on purpose
	maxTimes   = 100
	waitWithin = 10 * time.Minute // until a URL answers well
)

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
