package console

import (
	"fmt"
	"strings"
	"time"

	"github.com/pawl-ops/pawl/internal/board"
	"github.com/pawl-ops/pawl/internal/terminal"
)

// changes prints a line for what has changed, and nothing twice: for logs, pipes and screen readers. Progress within a
// step is no news.
type changes struct {
	*texts
	shown map[string]bool
	asked int
	head  string
}

func (c *changes) begins(r terminal.Reply) { fmt.Fprintln(c.Out, r.Run) }

func (c *changes) event(e terminal.Event) {
	switch e.Type {
	case terminal.EventBoard:
		c.board(*e.Board)
		if q := e.Board.Ask; q != nil && q.Number != c.asked && (e.Mine || len(q.By) == 0) {
			c.asked = q.Number
			c.print(strings.Join(c.question(e.Run, q, e.Mine, c.tty), "\n"))
		}
	case terminal.EventTrouble, terminal.EventTold:
		c.note(e.Text)
	case terminal.EventEnd:
		if e.Board != nil {
			c.board(*e.Board)
		}
		if lines := c.ending(e); len(lines) > 0 {
			c.print(strings.Join(lines, "\n"))
		}
	}
}

// board prints what is new on it.
func (c *changes) board(b board.Board) {
	if c.shown == nil {
		c.shown = map[string]bool{}
	}
	head := local(b.Title)
	switch {
	case b.State == board.Waiting || b.State == board.Asking && b.Wait != "":
		head = local(b.Message(time.Now()).Head)
	case !b.Ended.IsZero():
		head = local(b.Message(time.Now()).Head)
	}
	if head != c.head {
		c.head = head
		c.print("*" + clean(head) + "*  " + b.ID)
	}
	for _, l := range b.Lead {
		c.once(local(l))
	}
	for i := range b.Steps {
		s := b.Steps[i]
		if s.State == board.StepToCome && b.State != board.Planned { // a plan is nothing but what would come
			continue
		}
		s.Percent, s.Note, s.Tail = 0, "", nil
		if s.State == board.StepRunning || s.State == board.StepAsking {
			s.Detail = ""
		}
		for j := range s.Parts {
			s.Parts[j].Percent = 0
			if s.Parts[j].State == "running" {
				s.Parts[j].Detail = ""
			}
		}
		for _, line := range (board.Board{Steps: []board.Step{s}}).Message(time.Time{}).Lines {
			if b.State == board.Planned || !strings.Contains(line, "to come") {
				c.onceIn(i, strings.Trim(local(line), " "))
			}
		}
	}
	for _, n := range b.Notes {
		c.once(local(n))
	}
	for _, q := range b.Quote {
		c.once("    " + local(q))
	}
}

func (c *changes) once(line string) { c.onceIn(-1, line) }

// onceIn prints a line of a step that was not printed for it before.
func (c *changes) onceIn(step int, line string) {
	key := fmt.Sprint(step, " ", line)
	if line == "" || c.shown[key] {
		return
	}
	c.shown[key] = true
	c.print(clean(line))
}

func (c *changes) prompt() {}
func (c *changes) typed()  {}
func (c *changes) close()  {}
