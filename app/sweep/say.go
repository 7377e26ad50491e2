package sweep

import (
	"context"
	"errors"
	"strings"
	"time"

	"go.temporal.io/api/enums/v1"

	"github.com/pawl-ops/pawl/activities"
	"github.com/pawl-ops/pawl/internal/board"
	"github.com/pawl-ops/pawl/internal/ledger"
	"github.com/pawl-ops/pawl/job"
)

// end is what people read of a run that cannot speak: why it ended, and what they may do.
type end struct{ why, next, who string }

// outside is why a run was ended of which nobody says so.
const outside = "It was ended from outside."

// by names who ended it by force.
func (e end) by(who, because string) end {
	if rest, ok := strings.CutPrefix(e.why, outside); ok && who != "" {
		e.who = who
		e.why = board.Clean(who) + " ended it by force: \"" + board.Clean(because) + "\"." + rest
	}
	return e
}

const (
	again    = "Type it again if you still want it."
	lookThen = "Make sure that it has stopped before you type it again."
)

// ended is the end of a run whose scripts were stopped, all but those of which that is not known.
func ended(how enums.WorkflowExecutionStatus, unsure []activities.Unsure) end {
	why, done := "It ended without saying how.", ""
	switch how {
	case enums.WORKFLOW_EXECUTION_STATUS_TERMINATED:
		why, done = outside, "; what it had finished is done"
	case enums.WORKFLOW_EXECUTION_STATUS_TIMED_OUT:
		why, done = "It took longer than it may.", "; what it had finished is done"
	}
	if len(unsure) == 0 {
		return end{why: why + " Its scripts are stopped" + done + ".", next: again}
	}
	var names []string
	for _, u := range unsure {
		names = append(names, board.Clean(u.Script+" on "+u.Host))
	}
	if len(names) == 1 {
		return end{why: why + " I could not make sure that " + names[0] + " has stopped; it may still run.", next: lookThen}
	}
	last := len(names) - 1
	return end{why: why + " I could not make sure that " + strings.Join(names[:last], ", ") + " and " + names[last] + " have stopped; they may still run.", next: lookThen}
}

// vanished is the end of a run that did work, and of which the engine knows nothing.
func vanished() end {
	return end{why: "The engine has no trace of it; I do not know whether its scripts ended.", next: lookThen}
}

// speakFor gives a run that cannot speak its last board, tells the person, and records the outcome. Everything is keyed,
// so that two sweepers say it once.
func (s *Sweeper) speakFor(ctx context.Context, r ledger.Run, e end) error {
	b := board.Board{ID: r.ID, Title: "`" + board.Clean(r.Text) + "` did not come to its end", State: board.Failed, Lead: []string{e.why}, Started: r.Started, Ended: time.Now()}
	if !r.Board.Zero() {
		err := s.Poster.Edit(ctx, r.Board, board.Final, func() board.Message { return b.Message(time.Now()) })
		if err != nil && !errors.Is(err, board.ErrGone) {
			return err
		}
	}
	text := called(r.Actor) + "`" + board.Clean(r.Text) + "` did not come to its end. " + e.why + " " + e.next
	if err := s.say(ctx, r, "swept", board.Final, board.Message{Lines: []string{text}}); err != nil {
		return err
	}
	_, err := s.Ledger.Record(ctx, ledger.Entry{
		Key: r.Key, Kind: ledger.KindOutcome, Run: r.ID, Execution: r.Execution, Job: r.Job, Actor: r.Actor, Place: r.Place, Text: e.why,
		Data: ledger.Outcome{State: board.Failed, Text: e.why, Took: time.Since(r.Started), By: e.who},
	})
	return err
}

// kindStuck says that the person was told that the run hangs.
const kindStuck = "stuck"

// sayStuck tells the person once that a run hangs because the program cannot carry it on.
func (s *Sweeper) sayStuck(ctx context.Context, r ledger.Run) error {
	if told, err := s.Ledger.HasKind(ctx, r.Key, kindStuck); err != nil || told {
		return err
	}
	text := called(r.Actor) + "`" + board.Clean(r.Text) + "` hangs: this version of Pawl cannot carry it on. Nothing is lost; it goes on when Pawl is mended."
	if err := s.say(ctx, r, "stuck", board.Ask, board.Message{Lines: []string{text}}); err != nil {
		return err
	}
	_, err := s.Ledger.Record(ctx, ledger.Entry{Key: r.Key, Kind: kindStuck, Run: r.ID, Job: r.Job, Actor: r.Actor, Place: r.Place})
	return err
}

// called begins a message to whoever asked for a run, and to those a schedule acts for.
func called(a job.Actor) string {
	switch {
	case a.Kind != job.Schedule:
		return board.Mention(a) + " "
	case len(a.Groups) > 0:
		return board.MentionGroup(a.Groups[0]) + " "
	default:
		return ""
	}
}

// where is the thread a run speaks in: of a scheduled one it hangs under the board.
func where(r ledger.Run) job.Place {
	if r.Place.Channel == "" && r.Actor.Kind == job.SlackUser { // asked for at a terminal: nobody may sit there any more
		return job.Place{Channel: r.Actor.ID, Direct: true}
	}
	if r.Actor.Kind == job.Schedule && !r.Board.Zero() {
		return job.Place{Team: r.Place.Team, Channel: r.Board.Channel, Thread: r.Board.TS}
	}
	return r.Place
}

// say posts a message of one line where the run was asked for, exactly once for the name. Where nothing can be posted
// any more nobody is told, and that is no error: trying again mends nothing.
func (s *Sweeper) say(ctx context.Context, r ledger.Run, name string, priority board.Priority, m board.Message) error {
	m.Sentence = board.PlainText(m.Lines[0])
	if r.Place.Channel == "" && r.Actor.Kind == job.CLIUser {
		return nil // the ledger tells them
	}
	_, err := s.Poster.Post(ctx, board.Post{
		Place: where(r), Key: string(r.Key) + "/" + name, Since: r.Started, Again: true, Priority: priority, Message: m,
	})
	if errors.Is(err, board.ErrNoPlace) {
		return nil
	}
	return err
}
