package frame

import (
	"fmt"
	"strings"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/pawl-ops/pawl/activities"
	"github.com/pawl-ops/pawl/internal/board"
	"github.com/pawl-ops/pawl/job"
)

// lanePatience is how long an ended run keeps its lanes when the chat does not take its last words: the next run should
// follow what people read, but not wait for an outage.
const lanePatience = time.Minute

// end says how the run ended: clean-up, last board, last message, whispers, reaction, lanes, ledger, in this order.
func (f *F) end() (Result, error) {
	cleaned := f.cleanUp()
	f.finalBoard(cleaned)
	f.last = f.lastWords(cleaned)
	f.keeper.live, f.keeper.over = false, true
	said := workflow.NewBufferedChannel(f.ctx, 1)
	workflow.Go(f.ctx, func(ctx workflow.Context) { f.sayEnd(ctx, cleaned); said.SendAsync(true) })
	timer, stop := workflow.WithCancel(f.ctx)
	patience := workflow.NewTimer(timer, lanePatience)
	workflow.NewSelector(f.ctx).AddReceive(said, func(workflow.ReceiveChannel, bool) {}).AddFuture(patience, func(workflow.Future) {}).Select(f.ctx)
	stop()
	f.releaseLanes()
	said.Receive(f.ctx, nil)
	f.inbox.over = true
	_ = workflow.Await(f.ctx, func() bool { return f.inbox.editing == 0 }) // nobody is waited for any more: that comes before the outcome
	f.record()
	f.hearAll()
	res := Result{State: string(f.board.State), Text: board.PlainText(f.board.Title), Took: f.board.Took()}
	f.log("state", res.State, "took", res.Took.String()).Info("run ended")
	if f.board.State == board.Failed {
		return res, temporal.NewNonRetryableApplicationError(res.Text, "JobFailed", nil, res)
	}
	return res, nil
}

// sayEnd puts the end into the thread: last board, last message, whispers, reaction.
func (f *F) sayEnd(ctx workflow.Context, cleaned []string) {
	defer f.announceEnd(ctx)
	if f.onlyAnnounced() {
		return
	}
	_ = workflow.Await(ctx, func() bool { return f.keeper.done })
	f.lastBoard(ctx)
	f.last = f.lastWords(cleaned) // a cancel that came too late is told
	f.lastMessage(ctx)
	if f.failed == nil && !f.unplaced() {
		for _, text := range f.whispers {
			f.whisper(ctx, text)
		}
	}
	f.react(ctx)
}

// cleanUp takes away what the steps left behind, last first. It is not cut by another cancel.
func (f *F) cleanUp() []string {
	if f.failed == nil {
		return nil
	}
	var said []string
	for i := len(f.cleanup) - 1; i >= 0; i-- {
		f.ordinal++
		proc := job.Process{Run: f.first, ID: f.req.ID, Step: f.ordinal}
		if act := f.cleanup[i].act; act != nil {
			if text, err := act(f.ctx, f.req.Timers, stepID(proc)); err != nil {
				said = append(said, fmt.Sprintf("Cleaning up did not work: %s.", board.Clean(cause(err))))
			} else if text != "" {
				said = append(said, text)
			}
			continue
		}
		script := *f.cleanup[i].script
		proc.Label = script.Name
		in := activities.ScriptInput{Run: f.ref(), Script: script, Process: proc, Timers: f.req.Timers}
		var p job.Progress
		err := workflow.ExecuteActivity(watching(f.ctx, f.req.Timers, stepID(proc)), acts.RunScript, in).Get(f.ctx, &p)
		out := judge(script, p)
		switch {
		case err != nil:
			said = append(said, fmt.Sprintf("Cleaning up on %s did not work: %s.", script.Host.Name, board.Clean(cause(err))))
		case !out.done:
			said = append(said, fmt.Sprintf("Cleaning up on %s did not work: %s", script.Host.Name, out.problem))
		case out.detail != "":
			said = append(said, fmt.Sprintf("Cleaned up on %s: %s.", script.Host.Name, strings.TrimSuffix(out.detail, ".")))
		}
	}
	return said
}

// finalBoard gives the board the state it keeps for ever.
func (f *F) finalBoard(cleaned []string) {
	b := &f.board
	b.Buttons, b.Ended = nil, f.now()
	if f.failed != nil {
		b.By = f.failed.by
	}
	var notes []string // what was said about stopping is over; what happened to Pawl stays
	for _, n := range b.Notes {
		if strings.HasPrefix(n, activities.RestartedNote) {
			notes = append(notes, n)
		}
	}
	b.Notes = notes
	if f.req.Approve.Needed() {
		b.Worked = f.worked() // how long people took to agree is another matter
	}
	if f.failed == nil {
		b.State = board.Done
		b.Lead = nil
		if f.title != "" {
			b.Title = f.title
		}
		b.Title += f.without()
		if f.quietly() {
			b.Lead = f.inShort()
		}
		return
	}
	b.State, b.Wait = f.failed.state, ""
	if b.State == board.Planned {
		f.finalPlan()
		return
	}
	b.Lead = nil
	for i := range b.Steps {
		switch b.Steps[i].State {
		case board.StepToCome, board.StepAsking, board.StepRunning:
			b.Steps[i].State = board.StepNotDone
		}
	}
	if f.failed.title != "" {
		b.Title, b.Notes = f.failed.title, append(b.Notes, cleaned...)
		return
	}
	switch b.State {
	case board.Refused:
		if f.failed.unasked {
			b.Title = board.UpperFirst(f.deed()) + ": nobody could be asked, nothing was done"
			return
		}
		b.Title, b.Steps = f.failed.problem, nil
		return
	case board.Denied:
		b.Title = board.UpperFirst(f.deed()) + ": denied, nothing was done"
	case board.Expired:
		b.Title = board.UpperFirst(f.deed()) + ": nobody answered in time, nothing was done"
	case board.Cancelled:
		if f.failed.withdrawn {
			b.Title = "Withdrawn: " + f.deed() + ". Nothing was done."
			return
		}
		b.Title = f.andStill("Cancelled: " + board.LowerFirst(b.Title))
	case board.Failed:
		if f.failed.plainly {
			b.Title = "Failed: " + f.what
			return
		}
		b.Title = f.andStill("Stopped" + f.where() + ": " + board.LowerFirst(b.Title))
	default:
		b.Title = f.andStill("Stopped" + f.where() + ": " + board.LowerFirst(b.Title))
	}
	b.Notes = append(b.Notes, cleaned...)
}

// without names the steps that a person went on without: what is done is less than people read into the title.
func (f *F) without() string {
	switch len(f.leftOut) {
	case 0:
		return ""
	case 1:
		return ", without the step " + f.leftOut[0]
	}
	return ", without the steps " + board.Listed(f.leftOut, "and")
}

func (f *F) where() string {
	if f.failed.step == 0 || len(f.board.Steps) == 0 {
		return ""
	}
	return fmt.Sprintf(" at step %d of %d", f.failed.step, len(f.board.Steps))
}

// andStill says what still holds, as long as nothing irreversible began.
func (f *F) andStill(what string) string {
	if f.safe != "" && !f.began {
		return what + ". " + f.safe
	}
	return what
}

// lastBoard makes the last edit. When the keeper did not confirm its end, an edit of it may still be on its way and
// arrive after ours; so ours is made again after the time a request can take.
func (f *F) lastBoard(ctx workflow.Context) {
	if f.at.Zero() {
		return
	}
	f.edit(ctx, acts.FinishBoard)
	if f.keeper.unsure {
		_ = workflow.Sleep(ctx, activities.PostTimeout)
		f.edit(ctx, acts.FinishBoard)
	}
}

// lastMessage is the one message that notifies the person who asked.
func (f *F) lastMessage(ctx workflow.Context) {
	if f.at.Zero() || f.last == nil {
		return
	}
	in := activities.PostInput{Run: f.ref(), Post: board.Post{Place: f.place, Key: f.key("result"), Since: f.board.Started, Priority: board.Final, Message: *f.last}}
	if err := workflow.ExecuteActivity(speaking(ctx), acts.PostMessage, in).Get(ctx, nil); err != nil {
		workflow.GetLogger(ctx).Error("posting the last message", "error", err)
	}
}

// lastWords are what the last message says; nil where there is none. A plan, and a refusal at once, have been said by the
// board.
func (f *F) lastWords(cleaned []string) *board.Message {
	saidByBoard := f.board.State == board.Planned || f.board.State == board.Refused && f.waits == 0 || f.failed != nil && f.failed.quiet
	if saidByBoard || f.quietly() {
		return nil
	}
	who, text := f.addressee(), f.result(cleaned)
	if who == "" {
		text = board.UpperFirst(text)
	}
	text = who + text
	m := board.Message{Sentence: board.PlainText(text), Lines: append([]string{text}, f.closing()...)}
	if f.failed != nil {
		m.Quote = f.failed.quote
	}
	if f.failed != nil && (f.failed.state == board.Expired || f.failed.unasked) {
		m.Buttons = []board.Button{{Label: "Ask again", Says: "Ask again: " + board.PlainText(f.deed()), Action: "again", Value: f.req.ID}}
		m.Hint = "Or type `again` here."
	}
	if f.failed != nil && f.failed.again {
		m.Buttons = []board.Button{{Label: "Try again", Says: "Try again: " + board.PlainText(f.deed()), Action: "again", Value: f.req.ID}}
		m.Hint = "Or type `again` here."
	}
	return &m
}

// closing are the sentences under the first one.
func (f *F) closing() []string {
	switch {
	case f.failed != nil:
		return nil
	case f.inbox.cancelled():
		return append([]string{fmt.Sprintf("%s asked to stop; by then only what must not be interrupted was left.", f.you(f.inbox.cancel.Actor))}, f.say...)
	default:
		return f.say
	}
}

// you is how the person who asked is told of somebody.
func (f *F) you(a job.Actor) string {
	if a.Same(f.Who()) {
		return "You"
	}
	return a.Display()
}

func lowerYou(name string) string {
	if name == "You" {
		return "you"
	}
	return name
}

// result is the first sentence of the last message: what it means, what happened, what was done about it.
func (f *F) result(cleaned []string) string {
	if f.failed == nil {
		text := board.LowerFirst(f.board.Title)
		if f.detail != "" {
			text += ": " + f.detail
		}
		text = strings.TrimSuffix(text, ".") + "."
		if n := len(f.approval.agreed); n > 0 {
			text += " " + namesOf(f.approval.agreed) + " agreed."
		}
		return text
	}
	switch {
	case f.failed.title != "":
		return strings.Join(append([]string{f.failed.told(f.Who().Display())}, cleaned...), " ")
	case f.board.State == board.Denied, f.board.State == board.Expired, f.board.State == board.Refused:
		return f.failed.problem
	case f.failed.withdrawn:
		return fmt.Sprintf("%s took it back: %s. Nothing was done.", lowerYou(f.you(f.inbox.cancel.Actor)), f.deed())
	}
	if f.failed.plainly {
		return f.failed.problem
	}
	parts := []string{}
	at := ""
	if f.failed.step > 0 && f.failed.step <= len(f.board.Steps) {
		at = fmt.Sprintf(" at step %d (%s)", f.failed.step, board.LowerFirst(f.board.Steps[f.failed.step-1].Name))
	}
	deed := "stopped"
	if f.board.State == board.Cancelled {
		deed = "cancelled"
	}
	switch f.failed.by {
	case "":
		parts = append(parts, board.LowerFirst(f.doing)+" "+deed+at+".")
	case f.Who().Display():
		parts = append(parts, board.LowerFirst(f.doing)+" was "+deed+at+", as you asked.")
	default:
		parts = append(parts, board.LowerFirst(f.doing)+" was "+deed+at+" by "+f.failed.by+".")
	}
	if f.safe != "" && !f.began {
		parts = append(parts, f.safe)
	}
	if f.failed.problem != "" {
		parts = append(parts, f.failed.problem)
	}
	if f.board.State == board.Failed && f.failed.step > 0 && f.failed.by == "" {
		parts = append(parts, "Nobody answered in time, so it was stopped.")
	}
	return strings.Join(append(parts, cleaned...), " ")
}

func (f *F) whisper(ctx workflow.Context, text string) {
	in := activities.WhisperInput{Place: f.place, To: f.Who(), Message: board.Message{Sentence: board.PlainText(text), Lines: []string{text}}}
	if err := workflow.ExecuteActivity(speaking(ctx), acts.Whisper, in).Get(ctx, nil); err != nil {
		workflow.GetLogger(ctx).Warn("whispering", "error", err)
	}
}

func (f *F) react(ctx workflow.Context) {
	name := "white_check_mark"
	if f.failed != nil && f.failed.state != board.Planned {
		name = "x"
	}
	if f.req.Command.Place.Message == "" {
		return
	}
	in := activities.ReactInput{Place: f.req.Command.Place, Name: name}
	if err := workflow.ExecuteActivity(speaking(ctx), acts.React, in).Get(ctx, nil); err != nil {
		workflow.GetLogger(ctx).Warn("reacting", "error", err)
	}
}

// record writes the outcome into the ledger, after everything else, and tries for days.
func (f *F) record() {
	in := activities.OutcomeInput{Run: f.ref(), State: f.board.State, Text: board.PlainText(f.board.Title), Took: f.board.Took(), Steps: f.took(), By: f.board.By}
	if err := workflow.ExecuteActivity(recording(f.ctx), acts.RecordOutcome, in).Get(f.ctx, nil); err != nil {
		workflow.GetLogger(f.ctx).Error("recording the outcome", "error", err)
	}
}

// took is how long each step that was done took: what later runs are estimated from.
func (f *F) took() map[string]time.Duration {
	steps := map[string]time.Duration{}
	for _, s := range f.board.Steps {
		if s.State == board.StepDone {
			steps[s.Name] = s.Took
		}
	}
	return steps
}
