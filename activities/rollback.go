package activities

import (
	"cmp"
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
	if r.There = r.Was == r.Goal; !r.Colours() {
		on := a.running(ctx, r.Places, r.Goal)
		r.There = on == len(r.Places)
		return r, nil
	}
	if r.There {
		return r, nil
	}
	for _, i := range a.Apps.Environment(r.App, r.Environment) {
		if i.Serves() && i.Name != r.From.Name && versioned(i.Name, a.Probe.Probe(ctx, i), r.Goal) == "" {
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
	if len(under) > 0 {
		r.Stops, r.Goal = under[0].ID, r.Was
		if len(releases) > 0 && releases[0].Run == r.Stops { // users have it already
			r.Goal, r.Bad = releases[0].Was, releases[0]
		}
	} else {
		r.Goal, r.Bad = previous(releases, r.Was)
		if !r.Colours() && len(releases) > 0 { // a deploy that stopped half-way is no release: what users had before it is the last one
			if on := a.running(ctx, r.Places, releases[0].Version); on > 0 && on < len(r.Places) {
				r.Goal, r.Bad = releases[0].Version, job.Release{}
			}
		}
	}
	if r.Goal == "" {
		return Refuse(fmt.Sprintf("I know no release of %s before %s, so there is nothing to go back to. `deploy %s <version>` brings a version you name.", r, cmp.Or(r.Was, "this one"), r.Environment))
	}
	return nil
}

// running is how many of these instances say that they run a version, well or not.
func (a *Activities) running(ctx context.Context, all []job.Instance, version string) (n int) {
	for _, h := range a.probeAll(ctx, all) {
		if h.Version == version {
			n++
		}
	}
	return n
}

// previous is the version before the one that users have, and the release that brought that. What a rollback brought
// back counts as what it was: a second one goes further back, and never to what the first one took away.
func previous(releases []job.Release, has string) (goal string, bad job.Release) {
	came := slices.DeleteFunc(slices.Clone(releases), func(r job.Release) bool { return r.How == job.ByRollback })
	if len(came) == 0 {
		return "", bad
	}
	at := slices.IndexFunc(came, func(r job.Release) bool { return r.Version == has })
	if at < 0 { // what users have did not come by a deploy of ours
		return came[0].Version, bad
	}
	return came[at].Was, came[at]
}
