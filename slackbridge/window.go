package slackbridge

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"time"

	"github.com/pawl-ops/pawl/internal/board"
	"github.com/pawl-ops/pawl/internal/words"
	"github.com/pawl-ops/pawl/job"
	"github.com/slack-go/slack"
)

// Windows ask for a reason. Slack opens one within three seconds of the press that asks for it, and once for each press:
// so it is opened right here, before anything else is asked of anybody.
const (
	maxReason    = 500
	reasonBlock  = "pawl.reason"
	reasonInput  = "reason"
	maxTitle     = 24   // https://docs.slack.dev/reference/views/modal-views
	maxPrivate   = 3000 // likewise
	windowWithin = 2500 * time.Millisecond
)

// pressContext is what a window remembers of the press that opened it: private_metadata, which Slack gives back with what
// is sent in. It is checked again then as if it came with a press.
type pressContext struct {
	Action   string `json:"a"`
	Value    string `json:"v"`
	Channel  string `json:"c"`
	Thread   string `json:"t,omitempty"`
	Message  string `json:"m"`
	Block    string `json:"b,omitempty"`
	Parent   string `json:"p,omitempty"`
	Whisper  bool   `json:"w,omitempty"`
	Home     bool   `json:"h,omitempty"`
	At       int64  `json:"n"` // of the press, unix seconds by our clock
	Response string `json:"r,omitempty"`
}

// pressedReason opens a window for the reason of an answer, which may be left out.
func (b *Bridge) pressedReason(ctx context.Context, c click, trigger string) {
	run, _, choice, err := parseValue(c.value)
	if err != nil {
		b.opt.Log.Info().Err(err).Msg("a button nobody knows")
		b.declined(c, unknownButton)
		return
	}
	deed := board.UpperFirst(choice)
	v := b.window(c, ActionReason, deed+" "+run, deed, fmt.Sprintf("Your reason goes to everybody who reads about `%s`.", run), true)
	b.openWindow(ctx, c, trigger, v, typedReason(run, choice))
}

// pressedWhy opens a window for the reason a command lacks.
func (b *Bridge) pressedWhy(ctx context.Context, c click, trigger string) {
	_, typed, no := b.offer(c)
	if no != "" {
		b.tell(c.envelope, c.place, c.actor, no)
		return
	}
	r, ok := b.lacks(typed)
	if !ok {
		b.tell(c.envelope, c.place, c.actor, unknownButton)
		return
	}
	text := fmt.Sprintf("`%s` needs a reason. Whoever has to agree reads it.", quoted(typed))
	if !isReason(r.Want) {
		text = fmt.Sprintf("`%s` needs the %s.", quoted(typed), quoted(r.Want.Name))
		if r.Want.Help != "" {
			text += " " + board.UpperFirst(quoted(r.Want.Help))
		}
	}
	v := b.window(c, ActionWhy, board.UpperFirst(r.Sofar.Name), "Go on", text, false)
	b.label(&v, r.Want)
	b.openWindow(ctx, c, trigger, v, typedWhy(typed, r.Want))
}

// window is a window with one field for a reason.
func (b *Bridge) window(c click, action, title, deed, text string, optional bool) slack.ModalViewRequest {
	private := pressContext{
		Action: action, Value: c.value, Channel: c.place.Channel, Thread: c.place.Thread, Message: c.message.TS,
		Block: c.block, Parent: c.parent, Whisper: c.whisper, Home: c.home, At: c.at.Unix(),
	}
	if c.whisper && c.response != nil { // nothing else can change a message only one person sees
		private.Response = c.response.url
	}
	raw, err := json.Marshal(private)
	if err == nil && len(raw) > maxPrivate {
		private.Response = "" // the longest that is not ours, and the one that can be done without
		raw, err = json.Marshal(private)
	}
	if err != nil {
		raw = nil // then what is sent in is not understood, and that is said
	}
	input := slack.NewPlainTextInputBlockElement(nil, reasonInput)
	input.Multiline, input.MaxLength = true, maxReason
	field := slack.NewInputBlock(reasonBlock, plain("Why?", maxLabel), nil, input)
	field.Optional = optional
	return slack.ModalViewRequest{
		Type: slack.VTModal, CallbackID: "pawl." + action, PrivateMetadata: string(raw),
		Title: plain(title, maxTitle), Submit: plain(deed, maxTitle), Close: plain("Not now", maxTitle),
		Blocks: slack.Blocks{BlockSet: []slack.Block{section(mrkdwn(text)), field}},
	}
}

// openWindow opens it, and where Slack does not, says how the same is typed.
func (b *Bridge) openWindow(ctx context.Context, c click, trigger string, v slack.ModalViewRequest, instead string) {
	const method = "views.open"
	b.errand(func(context.Context) { b.ack(c.envelope, nil) }) // nothing is asked of anybody yet
	ctx, cancel := context.WithDeadline(ctx, c.envelope.came.Add(windowWithin))
	defer cancel()
	err := b.poster.budget.take(ctx, method, "", board.Ask)
	if err == nil {
		_, err = b.api.OpenViewContext(ctx, trigger, v)
		err = calling(method, err)
	}
	if err == nil {
		b.poster.budget.fine(method, "")
		return
	}
	var limited *board.ThrottledError
	if errors.As(err, &limited) {
		b.poster.budget.tooFast(method, "", limited.After)
	}
	b.opt.Log.Info().Err(err).Msg("opening a window")
	b.errand(func(ctx context.Context) {
		if c.home {
			b.noted(c.actor.ID, instead)
			return
		}
		b.whisper(ctx, c.place, c.actor, c.key, instead)
	})
}

// reasoned is a typed command that lacks its reason, with one. The reason is put in its place as it is: nothing in it is
// ever read as words.
func (b *Bridge) reasoned(typed, reason string) (words.Command, bool) {
	r, ok := b.lacks(typed)
	if !ok {
		return words.Command{}, false
	}
	w := r.Sofar
	w.Args = maps.Clone(w.Args)
	if w.Args == nil {
		w.Args = map[string]string{}
	}
	w.Args[r.Want.Name] = words.Plain(reason)
	w.Text = b.typed(w)
	return w, true
}

// lacks is the reply to a typed command that lacks nothing but what a window asks for.
func (b *Bridge) lacks(typed string) (words.Reply, bool) {
	r, ok := b.opt.Words.Parse(typed, words.Context{Direct: true, Raw: true, Self: b.me().user}).(words.Reply)
	return r, ok && r.Want.Name != ""
}

// isReason reports whether what is missing is a reason.
func isReason(p job.Param) bool { return p.Word == "because" }

// label names the field of a window after what is asked for, where that is no reason.
func (b *Bridge) label(v *slack.ModalViewRequest, want job.Param) {
	for _, block := range v.Blocks.BlockSet {
		if field, ok := block.(*slack.InputBlock); ok && !isReason(want) {
			field.Label = plain(board.UpperFirst(want.Name), maxLabel)
			if input, ok := field.Element.(*slack.PlainTextInputBlockElement); ok {
				input.Multiline = want.Type != "text" // that is one word
			}
		}
	}
}

// typed is a command as it would be typed.
func (b *Bridge) typed(c words.Command) string {
	text := b.opt.Words.Canonical(c.Name, c.Args)
	if c.Plan {
		return "plan " + text
	}
	return text
}

// WhyButton is a button that asks for the reason a command lacks and then runs it under the key.
func WhyButton(key job.Key, typed string) board.Button {
	return board.Button{
		Label: "Say why", Says: "Say why, and then run " + typed, Action: ActionWhy, Value: CommandValue(key, typed), Style: board.Primary,
	}
}

// wantButton is a button that asks for what a command lacks.
func wantButton(key job.Key, typed string, want job.Param) board.Button {
	button := WhyButton(key, typed)
	if !isReason(want) {
		button.Label = clip("Type the "+want.Name, maxLabel)
		button.Says = "Type the " + want.Name + ", and then run " + typed
	}
	return button
}
