package starter

import (
	"context"
	"strings"

	"github.com/pawl-ops/pawl/internal/ledger"
	"github.com/pawl-ops/pawl/job"
)

// history is what the ledger says of a key that came before.
type history struct {
	allowed, refused, joined *ledger.Entry
	id                       string // the run's id as last recorded; empty when none was
	missed                   int    // how many attempts definitely started nothing
	ended                    bool   // the run has an outcome
}

func (s *Starter) before(ctx context.Context, key job.Key) (h history, err error) {
	entries, err := s.ledger.Entries(ctx, key)
	if err != nil {
		return history{}, err
	}
	for _, e := range entries {
		if e.Run != "" && e.Kind != ledger.KindJoined { // that names somebody's other run
			h.id = e.Run
		}
		switch e.Kind {
		case ledger.KindAllowed:
			h.allowed = &e
		case ledger.KindRefused:
			h.refused = &e
		case ledger.KindJoined:
			h.joined = &e
		case ledger.KindOutcome:
			h.ended = true
		}
		if strings.HasPrefix(e.Kind, "not started/") {
			h.missed++
		}
	}
	return h, nil
}
