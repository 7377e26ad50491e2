package looks

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/pawl-ops/pawl/internal/board"
	"github.com/pawl-ops/pawl/internal/near"
	"github.com/pawl-ops/pawl/internal/syncs"
	"github.com/pawl-ops/pawl/job"
)

// syncArg is the name of a sync.
const syncArg = "sync"

// Syncs is what the looks at syncs need.
type Syncs struct {
	Ledger syncs.Ledger
	All    []job.Sync      // in the order of pawl.yaml
	Times  []job.Scheduled // of those that are fetched by themselves
	Zone   *time.Location  // of those that are not
}

// OfSyncs are the looks at the data that is fetched.
func OfSyncs(s Syncs) []Look {
	return []Look{{Spec: syncSpec(), Answer: s.list}, {Spec: lastSyncSpec(), Answer: s.last}, {Spec: syncHistorySpec(), Answer: s.history}}
}

func syncSpec() job.Spec {
	return job.Spec{Name: "sync", Look: true, Help: "All data that is fetched, and how fresh it is.", Examples: []string{"sync"}}
}

func lastSyncSpec() job.Spec {
	return job.Spec{
		Name: "last sync", Look: true, Help: "Are the numbers fresh?", Examples: []string{"last sync", "last sync deals"},
		Params: []job.Param{{Name: syncArg, Type: "text", Optional: true, Help: "which one: a name under syncs: in pawl.yaml; all when it is left out"}},
	}
}

// list is one line for each sync, with its age.
func (s Syncs) list(ctx context.Context, r Request) (board.Message, error) {
	if len(s.All) == 0 {
		return s.none(), nil
	}
	var m board.Message
	stale := 0
	for _, one := range s.All {
		st, err := s.stand(ctx, one, r.Now)
		if err != nil {
			return board.Message{}, err
		}
		if st.State != syncs.Fine {
			stale++
		}
		m.Lines = append(m.Lines, st.Line(r.Now))
	}
	switch {
	case stale == 0:
		m.Sentence = plural(len(s.All), "sync", "syncs") + ", nothing wrong."
	case stale == len(s.All):
		m.Sentence = plural(len(s.All), "sync", "syncs") + ", none as fresh as it should be."
	default:
		m.Sentence = fmt.Sprintf("%s, %d not as fresh as it should be.", plural(len(s.All), "sync", "syncs"), stale)
	}
	return m, nil
}

// last says of one sync what people who use the data want to know; of several, a line each.
func (s Syncs) last(ctx context.Context, r Request) (board.Message, error) {
	typed := r.Command.Args[syncArg]
	if typed == "" && len(s.All) == 1 {
		typed = s.All[0].Name
	}
	if typed == "" {
		return s.list(ctx, r)
	}
	one, unknown := s.find(typed)
	if unknown != nil {
		return *unknown, nil
	}
	st, err := s.stand(ctx, one, r.Now)
	if err != nil {
		return board.Message{}, err
	}
	return st.Message(r.Now), nil
}

func (s Syncs) stand(ctx context.Context, one job.Sync, now time.Time) (syncs.Standing, error) {
	schedule, zone := syncs.Times(one.Name, s.Times, s.Zone)
	return syncs.Stand(ctx, s.Ledger, one, schedule, zone, now)
}

// find gives the sync that was typed, or an answer that says which there are.
func (s Syncs) find(typed string) (job.Sync, *board.Message) {
	var names []string
	for _, one := range s.All {
		if strings.EqualFold(one.Name, typed) {
			return one, nil
		}
		names = append(names, one.Name)
	}
	if len(names) == 0 {
		none := s.none()
		return job.Sync{}, &none
	}
	text := "There is no sync " + code(typed) + "."
	if meant := near.Nearest(typed, names); len(meant) > 0 {
		text += " Did you mean " + board.OneOf(meant) + "?"
	} else {
		slices.Sort(names)
		text += " There is " + board.Listed(codes(names), "and") + "."
	}
	return job.Sync{}, &board.Message{Sentence: board.PlainText(text), Lines: []string{text}}
}

func (s Syncs) none() board.Message {
	text := "Nothing is fetched here; `syncs:` in pawl.yaml says what is."
	return board.Message{Sentence: board.PlainText(text), Lines: []string{text}}
}

func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
