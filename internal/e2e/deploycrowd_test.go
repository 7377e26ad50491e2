package e2e

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/pawl-ops/pawl/internal/crowd"
)

// answered is what a user of the shop got.
type answered struct {
	crowd.Answer
	instance, version string // who answered, as it says itself; empty: it was no instance
}

// saidBy reads who answered.
func saidBy(a crowd.Answer) answered {
	s := answered{Answer: a}
	var says struct{ Instance, Version string }
	if a.Err == nil && json.Unmarshal([]byte(a.Body), &says) == nil && a.Header.Get("X-Served-By") == says.Instance {
		s.instance, s.version = says.Instance, says.Version
	}
	return s
}

// good reports whether the user got what they asked for.
func (s answered) good() bool { return s.Err == nil && s.Status == http.StatusOK && s.instance != "" }

// pass lets time pass.
func pass(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}
