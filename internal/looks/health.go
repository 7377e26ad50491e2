package looks

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/pawl-ops/pawl/internal/board"
	"github.com/pawl-ops/pawl/job"
)

func healthSpec() job.Spec {
	return job.Spec{
		Name: "health", Look: true, Help: "What every instance says about itself.",
		Examples: []string{"health", "health shop master"},
		Params:   []job.Param{whatParam("which app, environment or instance; everything when it is left out")},
	}
}

// health says of every instance how fast it answers and what its checks say.
func (w *watch) health(ctx context.Context, r Request) (board.Message, error) {
	p := w.see(ctx, r, false)
	if len(p.places) == 0 {
		return w.nothing(), nil
	}
	m := board.Message{Sentence: w.sentence(p)}
	for level := full; level <= shortest; level++ {
		m.Lines = nil
		for _, e := range p.places {
			m.Lines = append(m.Lines, w.healthLines(p, e, level)...)
		}
		if rows(m.Lines...) <= phoneRows {
			break
		}
	}
	return m, nil
}

func (w *watch) healthLines(p picture, e *place, d detail) []string {
	line := "*" + board.Clean(e.app+" "+e.name) + "* · " + w.summary([]*place{e})
	if text := w.confusion(e); text != "" {
		line += " · " + bold(text)
	}
	lines := []string{line}
	for _, s := range e.seen {
		well := len(s.trouble(p)) == 0
		if well && d == shortest {
			continue
		}
		lines = append(lines, healthLine(p, s, d))
		for _, name := range s.health.Failing() {
			if !well && len(s.health.Failing()) == 1 {
				break // the line above says it
			}
			lines = append(lines, board.Indent+board.Clean(name)+": "+shortened(s.health.Checks[name]))
		}
	}
	return lines
}

// healthLine is one instance: "blue · healthy in 12 ms · database ok, queue ok".
func healthLine(p picture, s seen, d detail) string {
	parts := []string{board.Clean(s.Name)}
	if text := s.trouble(p); text != "" {
		parts = append(parts, bold(text))
	} else {
		parts = append(parts, "healthy in "+millis(s.health.Took))
	}
	failing := map[string]bool{}
	for _, name := range s.health.Failing() {
		failing[name] = true
	}
	var fine []string
	for _, name := range sortedNames(s.health.Checks) {
		if !failing[name] {
			fine = append(fine, board.Clean(name))
		}
	}
	if len(fine) > 0 && d == full {
		parts = append(parts, board.Listed(fine, "and")+" ok")
	}
	return icon(s.Instance) + strings.Join(parts, " · ")
}

// millis is how long an answer took.
func millis(d time.Duration) string {
	if d < time.Second {
		return fmt.Sprintf("%d ms", max(1, d.Milliseconds()))
	}
	return board.Span(d)
}
