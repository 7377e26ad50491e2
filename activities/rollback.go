package activities

import (
	"context"
	"fmt"
	"slices"

	"github.com/pawl-ops/pawl/internal/ledger"
	"github.com/pawl-ops/pawl/job"
)

// Rollback is what a rollback is going to do: its plan.
type Rollback struct {
	Deployment

	Goal    string      `json:"goal"`              // the version users are to have again
	Bad     job.Release `json:"bad,omitzero"`      // the release that is taken back; zero: none that is known
	Stops   string      `json:"stops,omitempty"`   // the run that is under way and asked to give way
	There   bool        `json:"there,omitempty"`   // users have that version
	Standby bool        `json:"standby,omitempty"` // To runs that version and is well: users only have to be moved
}

// RollbackInput is what is to be rolled back.
type RollbackInput struct {
	Who         job.Actor `json:"who"`
	Environment string    `json:"environment"`
	Run         string    `json:"run"`              // the rollback's own run
	Before      *Rollback `json:"before,omitempty"` // the plan as it was first made: what it is to put back stays the same
}

// PlanRollback finds out which version users are to have again, and how they get it.
func (a *Activities) PlanRollback(ctx context.Context, in RollbackInput) (Rollback, error) {
	d, err := a.rollout(ctx, in.Environment)
	if err != nil {
		return Rollback{}, err
	}
	r := Rollback{Deployment: d}
	r.How = job.ByRollback
	releases, err := a.releases(ctx, d.Deploys)
	if err != nil {
		return r, err
	}
	if in.Before != nil {
		r.Goal, r.Bad, r.Stops = in.Before.Goal, in.Before.Bad, in.Before.Stops
	} else if err := a.goal(ctx, &r, in, releases); err != nil {
		return r, err
	}
	r.Version = r.Goal
	if r.There = r.Was == r.Goal; r.There || !r.Colours() {
		return r, nil
	}
	for _, i := range a.Apps.Environment(r.App, r.Environment) {
		if i.Serves() && i.Name != r.From.Name && versioned(a.Probe.Probe(ctx, i), r.Goal) == "" {
			r.To, r.Standby = i, true
			break
		}
	}
	return r, nil
}

// goal is the version users had before the last one, or before the deploy that is under way.
func (a *Activities) goal(ctx context.Context, r *Rollback, in RollbackInput, releases []job.Release) error {
	under, err := a.under(ctx, in.Environment)
	if err != nil {
		return err
	}
	under = slices.DeleteFunc(under, func(u ledger.Run) bool { return u.ID == in.Run || u.Job == "rollback" })
	var last job.Release
	if len(releases) > 0 {
		last = releases[0]
	}
	switch {
	case len(under) > 0 && last.Run == under[0].ID:
		r.Stops, r.Goal, r.Bad = under[0].ID, last.Was, last // users have it already
	case len(under) > 0:
		r.Stops, r.Goal = under[0].ID, r.Was
	case last.Version == r.Was && last.Was != "":
		r.Goal, r.Bad = last.Was, last
	case last.Version != "" && last.Version != r.Was: // what users have did not come by a deploy of ours
		r.Goal = last.Version
	}
	if r.Goal == "" {
		return Refuse(fmt.Sprintf("I know no release of %s before %s, so there is nothing to go back to. `deploy %s <version>` brings a version you name.", r, orElse(r.Was, "this one"), r.Environment))
	}
	return nil
}

func orElse(s, other string) string {
	if s == "" {
		return other
	}
	return s
}
