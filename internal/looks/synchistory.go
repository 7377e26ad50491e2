package looks

import (
	"context"

	"github.com/pawl-ops/pawl/internal/board"
	"github.com/pawl-ops/pawl/internal/syncs"
	"github.com/pawl-ops/pawl/job"
)

// historyShown is how many times fit on a phone.
const historyShown = 10

func syncHistorySpec() job.Spec {
	return job.Spec{
		Name: "sync history", Look: true, Help: "How a sync went lately.", Examples: []string{"sync history deals"},
		Params: []job.Param{{Name: syncArg, Type: "text", Help: "which one: a name under syncs: in pawl.yaml"}},
	}
}

// history is a line for each time it was written or could not be, the newest first.
func (s Syncs) history(ctx context.Context, r Request) (board.Message, error) {
	one, unknown := s.find(r.Command.Args[syncArg])
	if unknown != nil {
		return *unknown, nil
	}
	schedule, zone := syncs.Times(one.Name, s.Times, s.Zone)
	lines, err := syncs.History(ctx, s.Ledger, one.Name, schedule.Name, zone, r.Now, historyShown)
	if err != nil {
		return board.Message{}, err
	}
	m := board.Message{Head: board.Clean(one.Title), Lines: lines}
	if len(lines) == 0 {
		m.Lines = []string{"It was never fetched. To fetch it now: `sync run " + one.Name + "`."}
	}
	m.Sentence = board.PlainText(m.Head + ". " + m.Lines[0])
	return m, nil
}
