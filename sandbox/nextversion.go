package sandbox

import (
	"context"

	"github.com/pawl-ops/pawl/internal/hosttools"
	"github.com/pawl-ops/pawl/sandbox/apps"
)

// nextVersion is a drawer on the panel with what may be wrong with the next version of the shop that is deployed.
type nextVersion struct{ apps *apps.Apps }

// spoilt is what may be wrong with a version. Its kind is what it does.
type spoilt struct {
	kind string
	does hosttools.Release
}

func spoilings() []illness[spoilt] {
	return []illness[spoilt]{
		{spoilt{"start", hosttools.Release{Starts: hosttools.StartsNo}}, "Next version does not start", "does not start", "It ends right after its start.", true},
		{spoilt{"health", hosttools.Release{Health: "migration 0412 is missing"}}, "Next version is ill (503)", "is ill", "It starts, and says that it is not well.", true},
		{spoilt{"errors", hosttools.Release{Errors: 30}}, "Next version makes errors under users", "makes errors under users", "It says that it is well, and 30 of 100 users get an error.", false},
		{spoilt{"slow", hosttools.Release{Slow: 1500}}, "Next version is slow", "is slow", "It says that it is well, and users wait 1.5 seconds longer.", false},
	}
}

func (n nextVersion) drawer() drawer[spoilt] {
	return drawer[spoilt]{
		all: spoilings(), kind: func(s spoilt) string { return s.kind },
		set: func() (all []spoilt) {
			next := n.apps.Next()
			for _, i := range spoilings() {
				if i.fault.does == next {
					all = append(all, i.fault)
				}
			}
			return all
		},
		ail: func(s spoilt) error { return n.apps.SpoilNext(s.does) },
	}
}

// Thing shows what the next version will be like.
func (n nextVersion) Thing() Thing {
	t := Thing{
		ID: "shop-next", Kind: KindApp, Name: "next version", State: StateOK, Word: "good",
		Detail: "The next one that comes to a host for the first time; those after it are good again.",
	}
	if last := n.apps.Spoilt(); last != "" {
		t.Detail += " The last bad one was " + last + "."
	}
	n.drawer().show(&t)
	return t
}

// Flip makes the next version bad in one way, or good.
func (n nextVersion) Flip(_ context.Context, id string, on bool) error {
	d := n.drawer()
	if !on && d.isSet(id) {
		return n.apps.SpoilNext(hosttools.Release{})
	}
	d.heal = func(string) int { return 0 }
	return d.flip(id, on)
}
