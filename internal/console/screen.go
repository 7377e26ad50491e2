package console

import (
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/pawl-ops/pawl/internal/terminal"
)

// screen draws the board again in place, in one write, so that nothing flickers.
type screen struct {
	*texts
	file  *os.File
	rows  []string // on the screen, as they were drawn; the cursor stands below them
	drawn bool
	waits bool // the cursor stands behind a prompt
}

// event draws what is new.
func (s *screen) event(e terminal.Event) {
	switch e.Type {
	case terminal.EventBoard:
		s.draw(s.lines(e))
	case terminal.EventTrouble, terminal.EventTold:
		s.note(e.Text)
	case terminal.EventEnd:
		var lines []string
		if e.Board != nil {
			lines = append(lines, plain(e.Board.Message(time.Now())))
		}
		s.draw(strings.Split(strings.Join(append(lines, s.ending(e)...), "\n"), "\n"))
		s.forget()
	}
}

// lines are those of a board with its open question.
func (s *screen) lines(e terminal.Event) []string {
	b := *e.Board
	q := b.Ask
	b.Buttons = nil
	text := plain(b.Message(time.Now()))
	if q != nil && (e.Mine || len(q.By) == 0) {
		text += "\n\n" + strings.Join(s.question(e.Run, q, e.Mine, true), "\n")
	}
	return strings.Split(text, "\n")
}

// draw puts lines in the place of those that stand there. Of what does not fit the end is shown: what stands above the
// screen cannot be drawn again.
func (s *screen) draw(lines []string) {
	s.below()
	columns, height := sizeOf(s.file)
	var rows []string
	for _, line := range lines {
		rows = append(rows, wrap(line, columns-1)...)
	}
	if most := max(height-2, 3); len(rows) > most && s.drawn {
		rows = rows[len(rows)-most:]
	}
	var b strings.Builder
	if up := s.height(columns); up > 0 {
		fmt.Fprintf(&b, "\x1b[%dA\r", min(up, height-1))
	}
	for _, row := range rows {
		if s.colour {
			row = styled(row)
		}
		b.WriteString(row + "\x1b[K\n")
	}
	b.WriteString("\x1b[J")
	_, _ = s.file.WriteString(b.String())
	s.rows, s.drawn = rows, true
}

// height is how many rows the last drawing takes, also when the window was made narrower since.
func (s *screen) height(columns int) (n int) {
	for _, row := range s.rows {
		w := 0
		for _, r := range row {
			w += width(r)
		}
		n += max(1, (w+columns-1)/max(columns, 1))
	}
	return n
}

// forget lets what is drawn stand: what comes is drawn below.
func (s *screen) forget() { s.rows = nil }

// prompt asks for an answer. What is typed stands on the screen, so what comes is drawn below.
func (s *screen) prompt() {
	s.below()
	fmt.Fprint(s.file, "> ")
	s.forget()
	s.waits = true
}

// below leaves a prompt that nobody has answered.
func (s *screen) below() {
	if s.waits {
		fmt.Fprintln(s.file)
	}
	s.waits = false
}

func (s *screen) typed() {
	s.waits = false
	s.forget()
}

func (s *screen) reply(r terminal.Reply) {
	s.below()
	s.forget()
	s.texts.reply(r)
}

func (s *screen) note(text string) {
	s.below()
	s.forget()
	s.texts.note(text)
}

func (s *screen) detached(run string) {
	fmt.Fprintln(s.file)
	s.texts.detached(run)
}

func (s *screen) close() {}
