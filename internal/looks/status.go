package looks

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/pawl-ops/pawl/internal/board"
	"github.com/pawl-ops/pawl/job"
)

func statusSpec() job.Spec {
	return job.Spec{
		Name: "status", Look: true, Help: "Is everything up?", Examples: []string{"status", "status shop master"},
		Params: []job.Param{whatParam("which app, environment or instance; everything when it is left out")},
	}
}

// smallPlace is how many instances an environment has at most to stand on one line when all is well.
const smallPlace = 2

// status says of every instance what it does and how it is.
func (w *watch) status(ctx context.Context, r Request) (board.Message, error) {
	p := w.see(ctx, r, true)
	if len(p.places) == 0 {
		return w.nothing(), nil
	}
	m := board.Message{Sentence: w.sentence(p)}
	for level := full; level <= shortest; level++ {
		if m.Lines = w.statusLines(p, level); rows(m.Lines...) <= phoneRows {
			break
		}
	}
	return m, nil
}

// How much of what is well is shown: everything, a line an environment, a line an app. What is not well is always shown.
type detail int

const (
	full detail = iota
	shorter
	shortest
)

func (w *watch) statusLines(p picture, d detail) (lines []string) {
	for _, app := range p.apps() {
		lines = append(lines, w.headline(app))
		if d == shortest && len(w.troubles(p, app)) == 0 {
			continue
		}
		for _, e := range app {
			small := len(e.seen) <= smallPlace && len(p.places) > 1
			if (small || d > full) && len(w.troubles(p, []*place{e})) == 0 {
				lines = append(lines, oneLine(e))
				continue
			}
			lines = append(lines, w.title(e))
			for _, s := range e.seen {
				if d < shortest || len(s.trouble(p)) > 0 {
					lines = append(lines, statusLine(p, e, s))
				}
			}
		}
	}
	return lines
}

// headline says how an app is as a whole.
func (w *watch) headline(app []*place) string {
	return "*" + board.Clean(app[0].app) + "* · " + w.summary(app)
}

// summary is "all well", or how many are not.
func (w *watch) summary(app []*place) string {
	count, ill, late, blind := 0, 0, 0, 0
	for _, e := range app {
		for _, s := range e.seen {
			switch count++; {
			case !s.known && s.since.IsZero():
				late++
			case !s.known || !s.health.OK:
				ill++
			}
		}
		if w.confusion(e) != "" {
			blind++
		}
	}
	var parts []string
	if ill > 0 {
		parts = append(parts, fmt.Sprintf("%d of %d %s not well", ill, count, areOf(ill)))
	}
	if late > 0 {
		parts = append(parts, fmt.Sprintf("%d of %d did not answer yet", late, count))
	}
	if blind > 0 && len(parts) == 0 {
		return "all instances well"
	}
	if len(parts) == 0 {
		return "all well"
	}
	return strings.Join(parts, ", ")
}

func areOf(n int) string {
	if n == 1 {
		return "is"
	}
	return "are"
}

// title is the line over the instances of an environment.
func (w *watch) title(e *place) string {
	line := "*" + board.Clean(e.name) + "*"
	if text := w.confusion(e); text != "" {
		line += " · " + bold(text)
	}
	return line
}

// confusion says what is wrong with who has users; empty when it is clear or nobody decides.
func (w *watch) confusion(e *place) string {
	switch {
	case e.traffic.Zero():
		return ""
	case !e.usersKnown:
		return "I do not know yet who has users: " + board.Clean(e.traffic.Host.Name) + " did not answer in time"
	case e.users.err != nil:
		return "I cannot see who has users: " + shortened(e.users.err.Error())
	}
	for _, i := range w.apps.Instances(e.app + " " + e.name) {
		if i.Name == e.users.name && i.Serves() {
			return ""
		}
	}
	return "users are sent to " + shortened(e.users.name) + ", and there is no such instance"
}

// statusLine is one instance: what it does, what it runs, how it is.
func statusLine(p picture, e *place, s seen) string {
	parts := []string{board.Clean(s.Name)}
	if does := e.does(s); does != "" {
		parts = append(parts, does)
	}
	switch {
	case len(s.trouble(p)) > 0:
		parts = append(parts, bold(s.trouble(p)))
		if s.health.Version != "" {
			parts = append(parts, board.Clean(s.health.Version))
		}
		return icon(s.Instance) + strings.Join(parts, " · ")
	case s.listKnown && s.list.err == nil:
		parts = append(parts, running(len(s.list.tasks)))
		return icon(s.Instance) + strings.Join(parts, " · ")
	}
	if s.health.Version != "" {
		parts = append(parts, board.Clean(s.health.Version))
	}
	if !s.health.Since.IsZero() {
		parts = append(parts, "up "+age(p.now.Sub(s.health.Since)))
	}
	return icon(s.Instance) + strings.Join(parts, " · ")
}

// oneLine is an environment in which all is well.
func oneLine(e *place) string {
	parts := make([]string, len(e.seen))
	for i, s := range e.seen {
		text := board.Clean(s.Name)
		if does := e.does(s); does != "" {
			text += ": " + does
		}
		if e.has(s) && s.health.Version != "" {
			text += " · " + board.Clean(s.health.Version)
		}
		parts[i] = text
	}
	return "*" + board.Clean(e.name) + "* · " + strings.Join(parts, board.Indent)
}

// has reports whether the instance has the users.
func (e *place) has(s seen) bool {
	return s.Serves() && !e.traffic.Zero() && e.usersKnown && e.users.err == nil && e.users.name == s.Name
}

// does is what an instance is there for at this moment; empty when that is not known.
func (e *place) does(s seen) string {
	switch {
	case !s.Serves():
		return board.Clean(s.Role)
	case e.has(s):
		return "users are here"
	case !e.traffic.Zero() && e.usersKnown && e.users.err == nil:
		return "standby"
	}
	return ""
}

// trouble is what is wrong with an instance; empty when it is well.
func (s seen) trouble(p picture) string {
	switch {
	case !s.since.IsZero() && (!s.known || !s.health.Answered):
		return "no answer since " + board.Time(s.since.In(p.zone))
	case !s.known:
		return "no answer yet"
	case !s.health.OK:
		return shortened(s.health.Problem)
	}
	return ""
}

// troubles is everything that is wrong, for the notification.
func (w *watch) troubles(p picture, places []*place) (texts []string) {
	for _, e := range places {
		if text := w.confusion(e); text != "" {
			texts = append(texts, board.Clean(e.name)+", "+text)
		}
		for _, s := range e.seen {
			if text := s.trouble(p); text != "" {
				texts = append(texts, board.Clean(e.name+" "+s.Name)+", "+text)
			}
		}
	}
	return texts
}

// sentence is the whole state for somebody who reads only a notification.
func (w *watch) sentence(p picture) string {
	var apps []string
	for _, app := range p.apps() {
		text := board.Clean(app[0].app) + ": " + w.summary(app)
		if troubles := w.troubles(p, app); len(troubles) > 0 {
			text += ": " + strings.Join(troubles, "; ")
		} else if where := usersAre(app); where != "" {
			text += ", " + where
		}
		apps = append(apps, board.PlainText(text)+".")
	}
	return strings.Join(apps, " ")
}

// usersAre says where the users of an app are; empty when nobody decides.
func usersAre(app []*place) string {
	var where []string
	for _, e := range app {
		if !e.traffic.Zero() {
			where = append(where, "on "+shortened(e.users.name)+" in "+board.Clean(e.name))
		}
	}
	if len(where) == 0 {
		return ""
	}
	return "users are " + board.Listed(where, "and")
}

// running is how many tasks an instance works at.
func running(n int) string {
	switch n {
	case 0:
		return "no task running"
	case 1:
		return "1 task running"
	}
	return fmt.Sprintf("%d tasks running", n)
}

// age is how long something is up, in one unit, short: "40 s", "10 min", "5 h", "3 days".
func age(d time.Duration) string {
	const day = 24 * time.Hour
	switch d = max(d, 0); {
	case d < time.Minute:
		return fmt.Sprintf("%d s", d/time.Second)
	case d < time.Hour:
		return fmt.Sprintf("%d min", d/time.Minute)
	case d < 2*day:
		return fmt.Sprintf("%d h", d/time.Hour)
	}
	return fmt.Sprintf("%d days", d/day)
}
