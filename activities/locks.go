package activities

import (
	"context"
	"fmt"
	"strings"

	"github.com/pawl-ops/pawl/internal/failpoint"
	"github.com/pawl-ops/pawl/internal/ledger"
	"github.com/pawl-ops/pawl/job"
)

// Environment is an environment, and what keeps people from deploying there: the plan of a lock.
type Environment struct {
	App     string   `json:"app"`
	Name    string   `json:"name"`
	Lock    job.Lock `json:"lock,omitzero"`     // as it stands
	Working []string `json:"working,omitempty"` // the runs that deploy there at the moment
}

// String is how people name it.
func (e Environment) String() string { return e.App + " " + e.Name }

// Key is how it is called where one word is needed.
func (e Environment) Key() string { return job.EnvironmentKey(e.App, e.Name) }

// Free reports whether somebody could deploy there at once.
func (e Environment) Free(who job.Actor) bool { return !e.Lock.Keeps(who) && len(e.Working) == 0 }

// FreeInput is who waits for an environment.
type FreeInput struct {
	Who         job.Actor `json:"who"`
	Environment string    `json:"environment"`
}

// Free is content once somebody could deploy to an environment at once.
func (a *Activities) Free(ctx context.Context, in FreeInput) (string, error) {
	e, err := a.LockedBy(ctx, in.Environment)
	switch {
	case err != nil:
		return "", err
	case e.Lock.Keeps(in.Who):
		return "", NotYet(fmt.Sprintf("locked by %s%s", e.Lock.By.Display(), reason(e.Lock.Because)))
	case len(e.Working) > 0:
		return "", NotYet("`" + e.Working[0] + "` is at work there")
	}
	return "", nil
}

// LockInput is what becomes of a lock.
type LockInput struct {
	Run         RunRef   `json:"run"`
	App         string   `json:"app"`
	Environment string   `json:"environment"`
	Lock        job.Lock `json:"lock"`
}

// LockedBy looks at an environment and its lock.
func (a *Activities) LockedBy(ctx context.Context, environment string) (Environment, error) {
	var e Environment
	e.App, e.Name, _ = strings.Cut(environment, " ")
	known := false
	if a.Deploys.Of != nil {
		_, known = a.Deploys.Of(e.App, e.Name)
	}
	if !known {
		return e, Refuse(fmt.Sprintf("I don't know the environment `%s`.", environment))
	}
	var err error
	if e.Lock, err = a.Ledger.Lock(ctx, e.App, e.Name); err != nil {
		return e, err
	}
	under, err := a.under(ctx, environment)
	for _, r := range under {
		e.Working = append(e.Working, r.ID)
	}
	return e, err
}

// SetLock locks an environment, or unlocks it. It is done once for a run; the newest one counts.
func (a *Activities) SetLock(ctx context.Context, in LockInput) (string, error) {
	failpoint.Here("before the lock", in.Run.ID)
	lock := in.Lock
	lock.Run = in.Run.ID
	_, err := a.Ledger.Record(ctx, ledger.Entry{
		At: a.Now(), Key: job.Key(in.Run.ID + "/lock"), Kind: ledger.KindLock, Run: in.Run.ID, Actor: in.Run.Actor,
		Job: ledger.OfEnvironment(in.App, in.Environment), Text: lock.Because, Data: lock,
	})
	failpoint.Here("after the lock", in.Run.ID)
	return "", err
}

// deployedBy is the environment that a run gives another version; empty when it is of another job.
func deployedBy(r ledger.Run) string {
	switch r.Job {
	case "deploy", "force deploy", "break glass", "rollback":
		return r.Terms.Args["environment"]
	case "promote":
		return r.Terms.Args["to"]
	}
	return ""
}

// under are the open runs that give an environment another version and do not wait for anything, the newest first.
func (a *Activities) under(ctx context.Context, environment string) (under []ledger.Run, err error) {
	runs, err := a.Ledger.OpenRuns(ctx)
	if err != nil {
		return nil, err
	}
	for _, r := range runs {
		if deployedBy(r) == environment && !r.Terms.Plan && len(r.Waits) == 0 {
			under = append(under, r)
		}
	}
	return under, nil
}
