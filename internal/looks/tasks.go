package looks

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/pawl-ops/pawl/internal/board"
	"github.com/pawl-ops/pawl/internal/instances"
	"github.com/pawl-ops/pawl/job"
)

func tasksSpec() job.Spec {
	return job.Spec{
		Name: "show tasks", Look: true, Help: "What the cron instances work at.", Examples: []string{"show tasks", "show tasks shop master"},
		Params: []job.Param{whatParam("which app, environment or instance; everything when it is left out")},
	}
}

// tasks lists what the instances that have tasks work at.
func (w *watch) tasks(ctx context.Context, r Request) (board.Message, error) {
	p := w.see(ctx, r, true)
	if len(p.places) == 0 {
		return w.nothing(), nil
	}
	for _, e := range p.places {
		e.seen = slices.DeleteFunc(e.seen, func(s seen) bool { return s.Tasks == "" })
	}
	p.places = slices.DeleteFunc(p.places, func(e *place) bool { return len(e.seen) == 0 })
	if len(p.places) == 0 {
		text := "Nothing there works off tasks: only instances with `role: cron` do."
		return board.Message{Sentence: board.PlainText(text), Lines: []string{text}}, nil
	}
	m := board.Message{Sentence: taskSentence(p)}
	for each := mostTasks(p); ; each-- { // as many of each as fit on a phone
		m.Lines = nil
		for _, e := range p.places {
			m.Lines = append(m.Lines, taskLines(p, e, each)...)
		}
		if each == 0 || rows(m.Lines...) <= phoneRows {
			return m, nil
		}
	}
}

// mostTasks is how long the longest list is, as far as anybody could read it.
func mostTasks(p picture) (n int) {
	for _, e := range p.places {
		for _, s := range e.seen {
			n = max(n, len(s.list.tasks))
		}
	}
	return min(n, phoneRows)
}

func taskLines(p picture, e *place, each int) []string {
	lines := []string{"*" + board.Clean(e.app+" "+e.name) + "*"}
	for _, s := range e.seen {
		line := icon(s.Instance) + board.Clean(s.Name) + " · "
		if text := s.idle(p); text != "" {
			lines = append(lines, line+bold(text))
			continue
		}
		lines = append(lines, line+running(len(s.list.tasks)))
		shown := min(each, len(s.list.tasks))
		for _, t := range s.list.tasks[:shown] {
			lines = append(lines, board.Indent+taskLine(p, t))
		}
		if hidden := len(s.list.tasks) - shown; hidden > 0 && shown > 0 {
			lines = append(lines, fmt.Sprintf("%sand %d more", board.Indent, hidden))
		}
	}
	return lines
}

// taskLine is one task: "send invoices · since 14:02, 12 min · 62 %".
func taskLine(p picture, t instances.Task) string {
	parts := []string{board.Clean(t.Name)}
	if !t.Since.IsZero() {
		parts = append(parts, "since "+board.Time(t.Since.In(p.zone))+", "+age(p.now.Sub(t.Since)))
	}
	if t.Note != "" {
		parts = append(parts, board.Clean(t.Note))
	}
	return strings.Join(parts, " · ")
}

// idle says why the tasks of an instance are not known; empty when they are.
func (s seen) idle(p picture) string {
	switch {
	case s.listKnown && s.list.err == nil:
		return ""
	case !s.since.IsZero(), !s.listKnown && s.known && !s.health.OK:
		return s.trouble(p)
	case !s.listKnown:
		return "no answer yet"
	}
	return shortened(s.list.err.Error())
}

func taskSentence(p picture) string {
	total := 0
	var who []string
	for _, e := range p.places {
		for _, s := range e.seen {
			name := board.Clean(e.name + " " + s.Name)
			if text := s.idle(p); text != "" {
				who = append(who, name+": "+text)
				continue
			}
			total += len(s.list.tasks)
			who = append(who, fmt.Sprintf("%s: %d", name, len(s.list.tasks)))
		}
	}
	return board.PlainText(board.UpperFirst(running(total)) + ", " + strings.Join(who, ", ") + ".")
}
