package looks

import (
	"context"
	"fmt"
	"sync"

	"github.com/pawl-ops/pawl/internal/board"
	"github.com/pawl-ops/pawl/internal/ledger"
	"github.com/pawl-ops/pawl/job"
)

// ended are the last runs of somebody that have ended, the newest first.
func (h *Home) ended(ctx context.Context, a job.Actor, among int) (runs []ledger.Run, err error) {
	recent, err := h.o.Ledger.RecentOf(ctx, a, among)
	if err != nil {
		return nil, fmt.Errorf("looking up what has ended: %w", err)
	}
	for _, r := range recent {
		if !r.Open() && len(runs) < homeEnded {
			runs = append(runs, r)
		}
	}
	return runs, nil
}

// runs are somebody's own: what goes on, and what was last.
func (h *Home) runs(a job.Actor, open, ended []ledger.Run, l links) board.Section {
	s := board.Section{Head: "Your runs"}
	before := map[string]bool{} // one button for the same command is enough, and none while it is under way
	for i, r := range open {
		if before[r.Text] = true; i < homeOpen {
			s.Items = append(s.Items, goingOn(r, l))
		}
	}
	if hidden := len(open) - homeOpen; hidden > 0 {
		s.Items = append(s.Items, board.Message{Lines: []string{fmt.Sprintf("And %d more under way.", hidden)}})
	}
	for _, r := range ended {
		m := over(r, l)
		if !before[r.Text] && h.o.Again(a, r) {
			m.Buttons = []board.Button{{Label: "Again", Says: "Again: " + called(r), Action: "again", Value: r.ID}}
		}
		before[r.Text] = true
		s.Items = append(s.Items, m)
	}
	if len(s.Items) == 0 {
		s.Items = append(s.Items, board.Message{Lines: []string{"You have asked for nothing yet. What you can say is below; type it to me under Messages."}})
	}
	return s
}

// goingOn is a run under way: since when, and whom or what it waits for.
func goingOn(r ledger.Run, l links) board.Message {
	m := board.Message{Head: called(r), ID: r.ID}
	line := board.Emoji("arrows_counterclockwise") + " under way since " + board.Day(r.Started)
	if len(r.Waits) > 0 {
		line = board.Emoji("hourglass_flowing_sand") + " " + waiting(ledger.Waiting{For: r.Waits[0].For, Who: r.Waits[0].Who}) + " since " + board.Day(r.Since)
	}
	m.Lines = []string{line + followed(l, r, "Follow it")}
	return m
}

// over is a run that has ended: how, when, and what it said last.
func over(r ledger.Run, l links) board.Message {
	m := board.Message{Head: called(r), ID: r.ID}
	line := board.Emoji(endGlyph(r.Outcome.State)) + " " + outcome(r.Outcome.State) + ", " + board.Day(r.Ended)
	if r.Outcome.Took > 0 {
		line += ", after " + board.Span(r.Outcome.Took)
	}
	m.Lines = []string{line + followed(l, r, "See it")}
	if text := shortened(board.PlainText(r.Outcome.Text)); text != "" && r.Outcome.State != board.Done {
		m.Lines = append(m.Lines, text)
	}
	return m
}

// endGlyph is the emoji of an end; its word always follows.
func endGlyph(s board.State) string {
	switch s {
	case board.Done, board.Planned:
		return "white_check_mark"
	case board.Failed:
		return "x"
	case board.Cancelled:
		return "black_square_for_stop"
	default:
		return "heavy_minus_sign"
	}
}

func followed(l links, r ledger.Run, text string) string {
	if url := l[r.Board]; url != "" {
		return " · " + board.Link(url, text)
	}
	return ""
}

// links are the addresses of messages, as far as they were found in time.
type links map[job.Posted]string

// links finds the addresses of everything that is shown, all at once and within a second: without one, the id is enough.
func (h *Home) links(ctx context.Context, asks []asked, runs ...[]ledger.Run) links {
	found := links{}
	if h.o.Link == nil {
		return found
	}
	want := map[job.Posted]bool{}
	for _, q := range asks[:min(len(asks), homeAsks)] {
		want[q.At] = true
	}
	for _, list := range runs {
		for _, r := range list[:min(len(list), homeOpen)] {
			want[r.Board] = true
		}
	}
	ctx, cancel := context.WithTimeout(ctx, linksWithin)
	defer cancel()
	var mu sync.Mutex
	var wg sync.WaitGroup
	for at := range want {
		if at.Zero() {
			continue
		}
		wg.Go(func() {
			url, err := h.o.Link(ctx, at)
			if err != nil {
				return
			}
			mu.Lock()
			defer mu.Unlock()
			found[at] = url
		})
	}
	wg.Wait()
	return found
}
