package app

import (
	"context"
	"errors"
	"io"
	"os"
	"time"

	"github.com/pawl-ops/pawl/internal/explain"
	"github.com/pawl-ops/pawl/internal/live"
)

// The areas under which findings stand, in this order.
const (
	inFiles   = "Files"
	inSlack   = "Slack"
	inHosts   = "Hosts"
	inOthers  = "Others"
	inSyncs   = "Syncs"
	inMachine = "This machine"
)

// Deadlines: for one check, for one that needs several answers after each other, and for all of them.
const (
	tryWithin     = 5 * time.Second
	tryLongWithin = 10 * time.Second
	tryAllWithin  = 30 * time.Second
)

// tryAll tries everything that pawl.yaml and .env name, at once, and says how each stands.
func (c *checking) tryAll(ctx context.Context, h *house, e *explain.Explainer, out io.Writer) error {
	trying, cancel := context.WithTimeout(ctx, tryAllWithin)
	defer cancel()
	checks := []live.Check{{Area: inFiles, What: c.opt.Config, Try: func(context.Context) []live.Finding { return c.files(h, e) }}}
	slack, done := h.slackChecks()
	defer done()
	checks = append(checks, slack...)
	checks = append(checks, h.hostChecks()...)
	others, done := h.otherChecks()
	defer done()
	checks = append(checks, others...)
	checks = append(checks, h.syncChecks()...)
	checks = append(checks, h.machineChecks()...)
	found := live.Run(trying, checks, tryWithin)
	if ctx.Err() != nil {
		return errors.New("you left before everything was tried; nothing was changed")
	}
	if c.json {
		if err := live.WriteJSON(out, found); err != nil {
			return err
		}
	} else {
		live.Write(out, found, coloured(out))
	}
	if !live.Well(found) {
		return errToldAlready
	}
	return nil
}

// files says that pawl.yaml is in order, and what is worth a second look in it.
func (c *checking) files(h *house, e *explain.Explainer) []live.Finding {
	all := []live.Finding{{Area: inFiles, What: c.opt.Config, State: live.OK, Says: "in order"}}
	for _, w := range h.warnings(e, time.Now()) {
		all = append(all, live.Finding{Area: inFiles, What: c.opt.Config, State: live.Note, Says: w})
	}
	return all
}

// coloured reports whether colours mean something where this is written: a terminal whose owner did not say no
// (https://no-color.org).
func coloured(out io.Writer) bool {
	return onTerminal(out) && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
}
