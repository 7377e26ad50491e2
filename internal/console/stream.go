package console

import (
	"encoding/json"
	"io"
	"time"

	"github.com/pawl-ops/pawl/internal/board"
	"github.com/pawl-ops/pawl/internal/terminal"
)

// streamed is a line for scripts. docs/terminal.md says what is in it; fields are added, never renamed.
type streamed struct {
	Type    string        `json:"type"` // "said", "started", "board", "trouble", "end", "detached"
	At      time.Time     `json:"at"`
	Run     string        `json:"run,omitempty"`
	Kind    string        `json:"kind,omitempty"` // of what Pawl said
	Text    string        `json:"text,omitempty"`
	State   board.State   `json:"state,omitempty"`
	Steps   []streamStep  `json:"steps,omitempty"`
	Ask     *streamAsk    `json:"ask,omitempty"`
	Suggest []string      `json:"suggest,omitempty"`
	By      string        `json:"by,omitempty"`
	Took    time.Duration `json:"took_ns,omitempty"`
	Exit    *int          `json:"exit,omitempty"`
}

type streamStep struct {
	Name    string `json:"name"`
	State   string `json:"state"`
	Detail  string `json:"detail,omitempty"`
	Percent int    `json:"percent,omitempty"`
}

type streamAsk struct {
	Number int       `json:"number"`
	Words  []string  `json:"words"`
	Until  time.Time `json:"until"`
	Mine   bool      `json:"mine"`
	Text   string    `json:"text"`
}

// streamView writes a line of JSON for what happens.
type streamView struct{ out io.Writer }

func newStreamView(o Options) *streamView { return &streamView{out: o.Out} }

func (v *streamView) put(s streamed) {
	if s.At.IsZero() {
		s.At = time.Now().UTC()
	}
	if raw, err := json.Marshal(s); err == nil {
		_, _ = v.out.Write(append(raw, '\n')) // nobody reads any more: the run goes on
	}
}

func (v *streamView) reply(r terminal.Reply) {
	v.put(streamed{Type: "said", Kind: r.Kind, Run: r.Run, Text: plain(r.Message), Suggest: r.Suggest, Exit: &r.Exit})
}

func (v *streamView) started(r terminal.Reply) { v.put(streamed{Type: "started", Run: r.Run}) }
func (v *streamView) begins(r terminal.Reply)  { v.started(r) }

func (v *streamView) event(e terminal.Event) {
	s := streamed{Type: e.Type, At: e.At, Run: e.Run, Text: e.Text, State: e.State, By: e.By}
	if b := e.Board; b != nil {
		s.State = b.State
		s.Text = b.Message(e.At).Sentence
		for _, step := range b.Steps {
			s.Steps = append(s.Steps, streamStep{Name: step.Name, State: string(step.State), Detail: board.PlainText(step.Detail), Percent: step.Percent})
		}
		if q := b.Ask; q != nil {
			s.Ask = &streamAsk{Number: q.Number, Words: q.Words, Until: q.Until, Mine: e.Mine, Text: q.Message.Sentence}
		}
		if !b.Ended.IsZero() {
			s.Took = b.Took()
		}
	}
	switch e.Type {
	case terminal.EventBeat:
		return
	case terminal.EventEnd:
		s.Exit = &e.Exit
		if e.Board != nil && e.Board.Last != nil {
			s.Text = e.Board.Last.Sentence
		}
	}
	v.put(s)
}

func (v *streamView) prompt() {}
func (v *streamView) typed()  {}

func (v *streamView) note(text string) {
	v.put(streamed{Type: terminal.EventTrouble, Text: board.PlainText(text)})
}

func (v *streamView) detached(run string) {
	code := terminal.ExitDetached
	v.put(streamed{Type: "detached", Run: run, Exit: &code})
}
func (v *streamView) close()     {}
func (v *streamView) asks() bool { return false }
