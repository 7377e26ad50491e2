package console

import (
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/pawl-ops/pawl/internal/board"
	"github.com/pawl-ops/pawl/internal/terminal"
)

// view shows a session.
type view interface {
	reply(r terminal.Reply)   // what Pawl says at once
	started(r terminal.Reply) // a run that nobody follows
	begins(r terminal.Reply)  // a run that is followed from here on
	event(e terminal.Event)
	prompt()             // the open question may be answered here
	typed()              // the person has typed a line, and it stands there
	note(text string)    // something about Pawl itself
	detached(run string) // the person leaves
	close()
	asks() bool // whether the person may be asked
}

func newView(o Options) view {
	if o.JSON {
		return newStreamView(o)
	}
	out, isFile := o.Out.(*os.File)
	tty := isFile && isTerminal(out)
	t := &texts{Options: o, tty: tty, colour: tty && colourful()}
	if tty && !o.Plain && os.Getenv("TERM") != "dumb" {
		return &screen{texts: t, file: out}
	}
	return &changes{texts: t}
}

// texts is what both views for people have in common.
type texts struct {
	Options
	tty    bool
	colour bool
}

func (t *texts) asks() bool { return t.tty }

func (t *texts) print(text string) {
	for line := range strings.SplitSeq(text, "\n") {
		if t.colour {
			line = styled(line)
		}
		fmt.Fprintln(t.Out, line)
	}
}

func (t *texts) reply(r terminal.Reply) {
	m := r.Message
	text := plain(m)
	if text == "" {
		return
	}
	t.print(text)
	if len(r.Suggest) > 0 && !t.tty {
		for _, s := range r.Suggest {
			fmt.Fprintf(t.Out, "  %s\n", clean(t.typed("run %s", s)))
		}
	}
	if r.Kind == terminal.KindNotNow {
		fmt.Fprintln(t.Out, "Type it again in a moment.")
	}
}

func (t *texts) started(r terminal.Reply) {
	fmt.Fprintln(t.Out, r.Run)
	if r.Board {
		fmt.Fprintln(t.Err, "Its board is in your direct message with Pawl. Here: "+t.typed("follow %s", r.Run))
	}
}

func (t *texts) begins(terminal.Reply) {}

func (t *texts) note(text string) { fmt.Fprintln(t.Err, clean(local(text))) }

func (t *texts) detached(run string) {
	fmt.Fprintf(t.Err, "%s goes on without you. To see it again: %s. To end it: %s\n", run, t.typed("follow %s", run), t.typed("run cancel %s", run))
}

// ending is what is told when the run is over, under its board.
func (t *texts) ending(e terminal.Event) (lines []string) {
	if e.Board == nil {
		return []string{strings.TrimSuffix(local(e.Text), ".") + "."}
	}
	if last := e.Board.Last; last != nil {
		m := *last
		m.Hint = strings.ReplaceAll(m.Hint, "type `again` here", "type: "+t.typed("run again %s", e.Run))
		if text := plain(m); text != "" {
			lines = append(lines, "", text)
		}
	}
	for _, text := range e.Board.Only {
		lines = append(lines, clean(local(text)))
	}
	return lines
}

// asked is a question as it is put: mine says that it is for whoever sits here, and here that they may type below it.
func (t *texts) question(run string, q *board.Question, mine, here bool) []string {
	m := q.Message
	m.Hint = ""
	until := "Until " + q.Until.In(time.Local).Format("15:04") + ". "
	typed := make([]string, len(q.Words))
	for i, w := range q.Words {
		typed[i] = t.typed("run %s %s", w, run)
	}
	switch {
	case mine && here:
		until += "Type " + strings.ReplaceAll(board.OneOf(q.Words), "`", "") + "."
	case mine:
		until += "To answer: " + board.Listed(typed, "or") + "."
	default:
		until += "It is for somebody else to answer."
	}
	return []string{plain(m), until}
}
