package starter

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/pawl-ops/pawl/internal/access"
	"github.com/pawl-ops/pawl/internal/board"
	"github.com/pawl-ops/pawl/internal/ledger"
	"github.com/pawl-ops/pawl/job"
)

// sayInvalid says what is wrong with a command that no door should have let through; empty when nothing is.
func sayInvalid(c job.Command, spec job.Spec, known bool) string {
	switch {
	case !known:
		return fmt.Sprintf("I don't know %s.", code(c.Name))
	case spec.Look:
		return fmt.Sprintf("%s only looks; there is nothing to start.", code(c.Name))
	case spec.Retired != "":
		return spec.Retired
	case c.Key == "":
		return "The command came without anything that tells it from the next one, so I did not run it."
	case c.Actor.ID == "" || c.Actor.Kind == "":
		return "I don't know who you are, so I did not run it."
	}
	return ""
}

// sayRefused says who may, or which line says no.
func (s *Starter) sayRefused(c job.Command, d access.Decision) string {
	what := code(s.shown(c.Name, c.Args))
	switch {
	case d.Rule != "":
		return fmt.Sprintf("%s is not for you: %s in pawl.yaml says so.", what, code(d.Rule))
	case len(d.Who) == 0:
		return fmt.Sprintf("Nobody may %s: no line under `may:` in pawl.yaml allows it.", what)
	}
	return fmt.Sprintf("%s is for %s.", what, board.Handles(d.Who))
}

// shown is a command as a sentence names it: without a reason or any other free text.
func (s *Starter) shown(name string, args map[string]string) string {
	short := map[string]string{}
	for _, p := range s.specs[name].Params {
		if v, ok := args[p.Name]; ok && (p.Word == "" || p.Type == job.TypeEnvironment) && p.Type != "rest" {
			short[p.Name] = v
		}
	}
	return s.words.Canonical(name, short)
}

func sayUnknown(c job.Command) string {
	return fmt.Sprintf("Not confirmed yet: I do not know whether %s was started.", code(c.Name))
}

// sayNotNow says why nothing was started.
func sayNotNow(why error) string {
	var down *ledger.DownError
	if errors.As(why, &down) {
		return "Nothing was started. I cannot write down who asks for what at the moment, and without that I start nothing."
	}
	if errors.Is(why, errNoEngine) {
		return "Nothing was started. The engine does not answer yet."
	}
	return "Nothing was started. The part of me that runs things does not answer properly."
}

// sayJoined points at the run that is under way, and says when it will be over when earlier runs tell.
func (s *Starter) sayJoined(ctx context.Context, r ledger.Run) string {
	text := fmt.Sprintf("Your %s is under way already: %s.", code(s.shown(r.Job, r.Terms.Args)), code(r.ID))
	usual, err := s.ledger.Usual(ctx, r.Job)
	if err != nil || usual.Runs == 0 || len(r.Waits) > 0 {
		return text
	}
	if done := r.Started.Add(usual.Total); done.After(time.Now()) {
		text += fmt.Sprintf(" It will be done at about %s.", board.Time(done))
	}
	return text
}

// code quotes what people typed, so that nothing in it is taken for more than letters.
func code(s string) string {
	s = strings.Join(strings.Fields(board.Clean(strings.ReplaceAll(s, "`", "'"))), " ")
	const most = 80
	if r := []rune(s); len(r) > most {
		s = string(slices.Concat(r[:most], []rune("...")))
	}
	return "`" + s + "`"
}
