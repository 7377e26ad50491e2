package board

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/pawl-ops/pawl/job"
)

// mostParts is how many parts of a step have a line of their own: more than that nobody reads.
const mostParts = 8

// partLines are the parts of a step under it. Of many only those are named that somebody looks for: what goes wrong, and
// what is being done.
func partLines(parts []job.Part) []string {
	var lines []string
	if len(parts) <= mostParts {
		for _, p := range parts {
			lines = append(lines, partLine(p))
		}
		return lines
	}
	counts := map[job.PartState]int{}
	named := 0
	for _, p := range parts {
		switch p.State {
		case job.PartDone, job.PartToCome, job.PartNotDone:
			counts[p.State]++
			continue
		}
		if named++; named <= mostParts {
			lines = append(lines, partLine(p))
		} else {
			counts[p.State]++
		}
	}
	var said []string
	for _, state := range []job.PartState{job.PartDone, job.PartRunning, job.PartFailed, job.PartCancelled, job.PartToCome, job.PartNotDone} {
		if n := counts[state]; n > 0 {
			said = append(said, fmt.Sprintf("%d %s", n, state))
		}
	}
	if len(said) == 0 {
		return lines
	}
	return slices.Insert(lines, 0, Indent+strings.Join(said, ", ")+fmt.Sprintf(" of %d", len(parts)))
}

func partLine(p job.Part) string {
	state := StepState(p.State)
	line := Indent + Emoji(glyph(state)) + Word(state) + " " + p.Name
	var about []string
	if p.State == job.PartRunning && p.Percent > 0 {
		about = append(about, fmt.Sprintf("%d %%", p.Percent))
	}
	if p.Detail != "" {
		about = append(about, p.Detail)
	} else if p.State == job.PartDone && p.Took >= time.Second {
		about = append(about, Span(p.Took))
	}
	if len(about) > 0 {
		line += " · " + strings.Join(about, ", ")
	}
	return line
}
