package frame

import (
	"go.temporal.io/sdk/workflow"

	"github.com/pawl-ops/pawl/activities"
	"github.com/pawl-ops/pawl/internal/board"
	"github.com/pawl-ops/pawl/job"
)

// keeper is the one writer of the board. While steps run it lets an activity keep the board, which costs no history
// however long that takes; while people or a lane are awaited it edits once for each change and holds nothing.
type keeper struct {
	dirty    bool // the board has news
	live     bool // steps are running
	over     bool // the end has come: the frame itself writes the last edit
	placed   bool // the first post has ended, with a place or without
	done     bool // keep has returned
	unsure   bool // the last keeper did not confirm its end: an edit of it may still arrive
	reposted bool // the board was deleted once and posted again
	poke     workflow.Channel
}

// keep runs until the end, in a coroutine of its own.
func (f *F) keep(ctx workflow.Context) {
	defer func() { f.keeper.done = true }()
	for {
		_ = workflow.Await(ctx, func() bool { return f.keeper.dirty || f.keeper.live || f.keeper.over })
		switch {
		case f.keeper.over:
			return
		case f.at.Zero() && !f.unplaced():
			_ = workflow.Await(ctx, func() bool { return f.keeper.over })
		case f.keeper.live:
			f.keepLive(ctx)
		case f.unplaced() && f.board.State != board.Waiting:
			f.keeper.dirty = false // whoever looks asks the run itself
		default:
			f.keeper.dirty = false
			f.edit(ctx, acts.EditBoard)
		}
	}
}

// keepLive hands the board to the keeping activity until the mode changes, and waits until it has let go.
func (f *F) keepLive(ctx workflow.Context) {
	f.keeper.dirty = false
	keeping, stop := workflow.WithCancel(ctx)
	fut := workflow.ExecuteActivity(watchingBoard(keeping, f.req.Timers), acts.KeepBoard, activities.KeepInput{Run: f.ref(), At: f.at, Tick: f.req.Timers.BoardTick, Wait: f.lanes.wait})
	_ = workflow.Await(ctx, func() bool { return !f.keeper.live || f.keeper.over || fut.IsReady() })
	stop()
	var kept activities.Kept
	if err := fut.Get(ctx, &kept); err != nil {
		f.keeper.unsure = true
		workflow.GetLogger(ctx).Warn("the board's keeper ended without being told to", "error", err)
		if f.keeper.live && !f.keeper.over {
			f.keeper.live = false // the rest of the run edits once a change
		}
		return
	}
	f.board.Notes = append(f.board.Notes, kept.Notes()...)
	if !f.keeper.live {
		f.keeper.dirty = true
	}
}

// edit writes the board as it stands and follows it if it had to be posted again.
func (f *F) edit(ctx workflow.Context, how any) {
	var out activities.Edited
	in := activities.EditInput{Run: f.ref(), At: f.at, Board: f.board, Place: f.top(), Repost: !f.keeper.reposted, Key: f.key("board", 2), Wait: f.lanes.wait, Before: f.lanes.ahead()}
	if err := workflow.ExecuteActivity(speaking(ctx), how, in).Get(ctx, &out); err != nil {
		workflow.GetLogger(ctx).Warn("editing the board", "error", err)
		return
	}
	if !out.Reposted {
		return
	}
	f.at, f.keeper.reposted = out.At, true
	f.under(out.At)
	if out.At.Channel != f.place.Channel { // the conversation was closed to us: the rest is said under the board
		f.place = job.Place{Team: f.place.Team, Channel: out.At.Channel, Thread: out.At.TS, Direct: true}
	}
}
