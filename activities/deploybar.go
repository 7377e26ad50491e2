package activities

import (
	"context"
	"fmt"
	"strings"

	"github.com/pawl-ops/pawl/internal/board"
	"github.com/pawl-ops/pawl/job"
)

// barred refuses a deploy that a lock or a freeze keeps away, or says what it overrides when it is forced.
func (a *Activities) barred(ctx context.Context, d job.Deploys, in DeployInput) (past string, err error) {
	lock, err := a.Ledger.Lock(ctx, d.App, d.Environment)
	if err != nil {
		return "", err
	}
	var overridden []string
	if lock.Keeps(in.Who) {
		if !in.Force {
			return "", Refuse(fmt.Sprintf("%s is %s. %s", d, LockText(lock), unlocking(d.Environment, in.Who, lock)))
		}
		overridden = append(overridden, "the lock of "+lock.By.Display())
	}
	if a.Deploys.Frozen != nil {
		freeze, frozen := a.Deploys.Frozen(d.App, d.Environment, a.Now())
		switch {
		case frozen && !in.Force:
			return "", Refuse(fmt.Sprintf("Nobody deploys to %s until %s%s. If it has to be: `force deploy %s because ...` (asks others whether they agree).",
				d, board.Day(freeze.To), reason(freeze.Because), d.Environment))
		case frozen:
			overridden = append(overridden, "the freeze until "+board.Day(freeze.To))
		}
	}
	return board.Listed(overridden, "and"), nil
}

// LockText says who holds a lock and why, as the end of a sentence: "locked by Bob since 14:02".
func LockText(l job.Lock) string {
	return fmt.Sprintf("locked by %s since %s%s", board.Clean(l.By.Display()), board.Day(l.Since), reason(l.Because))
}

func reason(because string) string {
	if because = strings.TrimSpace(board.Clean(because)); because == "" {
		return ""
	}
	return fmt.Sprintf(": %q", because)
}

// unlocking says what can be done about a lock.
func unlocking(environment string, who job.Actor, l job.Lock) string {
	if l.By.Same(who) {
		return fmt.Sprintf("When all is well again: `unlock %s`.", environment)
	}
	return fmt.Sprintf("`unlock %s` takes it away, `force deploy %[1]s because ...` goes past it when others agree.", environment)
}
