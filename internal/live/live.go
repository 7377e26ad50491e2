// Package live runs the checks of `pawl check --live`: many at once, each with a deadline, and one line for each thing
// that was tried: ok, or how to mend it. A check that does not answer is a finding like any other, so the whole never
// hangs. What is tried, others say; here it is run, ordered and shown.
package live

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/pawl-ops/pawl/internal/board"
)

// State is how something stands.
type State string

// How something may stand.
const (
	OK   State = "ok"   // it works
	Note State = "note" // it works; people should know something about it
	Mend State = "mend" // it does not work
)

// Finding is one line: what was tried, how it stands, and how to mend it.
type Finding struct {
	Area  string `json:"area"` // Slack, hosts, engine: findings of one stand together
	What  string `json:"what"` // "bot token", "#ops", "db-master"
	State State  `json:"state"`
	Says  string `json:"says"`           // what was found, a phrase
	Mend  string `json:"mend,omitempty"` // what to do about it; may have several lines
}

// Check tries one thing, or several that need the same call.
type Check struct {
	Area, What string                              // for the line when it does not answer
	Try        func(ctx context.Context) []Finding // ends with its context; when it does not, it is not waited for
	Within     time.Duration                       // 0: what Run gets
}

// Run runs all checks at once and gives what they found, in their order. Each has so long; it takes little longer in all,
// whatever they do. When ctx ends it ends at once, and what it gives then means nothing. What outside says is cleaned.
func Run(ctx context.Context, checks []Check, within time.Duration) []Finding {
	found := make([][]Finding, len(checks))
	var wait sync.WaitGroup
	for i, c := range checks {
		wait.Go(func() { found[i] = try(ctx, c, within) })
	}
	wait.Wait()
	var all []Finding
	for _, list := range found {
		for _, f := range list {
			f.What, f.Says, f.Mend = oneLine(f.What), oneLine(f.Says), bounded(board.Clean(f.Mend), 4000)
			all = append(all, f)
		}
	}
	return all
}

// grace is how long a check may take beyond its deadline to say what kept it.
const grace = 500 * time.Millisecond

func try(ctx context.Context, c Check, within time.Duration) []Finding {
	if c.Within > 0 {
		within = c.Within
	}
	left := ctx.Done()
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	done := make(chan []Finding, 1)
	go func() {
		defer func() {
			if p := recover(); p != nil {
				done <- []Finding{{c.Area, c.What, Mend, fmt.Sprintf("trying it went wrong in Pawl itself: %v", p), "It is a mistake in Pawl: report it."}}
			}
		}()
		done <- c.Try(ctx)
	}()
	late := time.NewTimer(within + grace)
	defer late.Stop()
	select {
	case list := <-done:
		return list
	case <-left:
		return nil
	case <-late.C:
		return []Finding{{c.Area, c.What, Mend, fmt.Sprintf("no answer within %s", board.Span(within)), "Look whether it can be reached from this machine, and try again."}}
	}
}

func oneLine(text string) string {
	return bounded(strings.Join(strings.Fields(board.Clean(text)), " "), 600)
}

func bounded(text string, most int) string {
	if r := []rune(text); len(r) > most {
		return string(r[:most]) + "..."
	}
	return text
}

// Well reports whether nothing has to be mended.
func Well(all []Finding) bool {
	for _, f := range all {
		if f.State == Mend {
			return false
		}
	}
	return true
}

// Write shows findings to people, under the name of each area. Colour only repeats what the word says.
func Write(out io.Writer, all []Finding, colour bool) {
	width := 0
	for _, f := range all {
		width = max(width, len([]rune(f.What)))
	}
	width = min(width, 28)
	area, counts := "", map[State]int{}
	for _, f := range all {
		counts[f.State]++
		if f.Area != area {
			area = f.Area
			fmt.Fprintf(out, "%s\n", area)
		}
		fmt.Fprintf(out, "  %s  %-*s  %s\n", painted(f.State, colour), width, f.What, f.Says)
		if f.Mend != "" {
			for line := range strings.Lines(f.Mend) {
				fmt.Fprintf(out, "        %s\n", strings.TrimRight(line, "\n"))
			}
		}
	}
	fmt.Fprintf(out, "\n%s\n", summed(counts))
}

// painted is the word for a state, four letters wide.
func painted(s State, colour bool) string {
	word := fmt.Sprintf("%-4s", s)
	if !colour {
		return word
	}
	return map[State]string{OK: "\x1b[32m", Note: "\x1b[33m", Mend: "\x1b[31m"}[s] + word + "\x1b[0m"
}

func summed(counts map[State]int) string {
	text := fmt.Sprintf("%d ok", counts[OK])
	if n := counts[Note]; n > 0 {
		text += fmt.Sprintf(", %d to know", n)
	}
	if n := counts[Mend]; n > 0 {
		return text + fmt.Sprintf(", %d to mend.", n)
	}
	return text + ". All is well."
}

// WriteJSON shows findings to scripts.
func WriteJSON(out io.Writer, all []Finding) error {
	if all == nil {
		all = []Finding{}
	}
	e := json.NewEncoder(out)
	e.SetIndent("", "  ")
	if err := e.Encode(map[string]any{"well": Well(all), "findings": all}); err != nil {
		return fmt.Errorf("writing what was found: %w", err)
	}
	return nil
}
