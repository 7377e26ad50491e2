package sandbox

import (
	"context"

	"github.com/pawl-ops/pawl/internal/hosttools"
	"github.com/pawl-ops/pawl/sandbox/apps"
)

// environment shows on the panel where the users of an environment are, and leads to the page on which one of them asks.
type environment struct {
	apps *apps.Apps
	name string
}

// Thing shows where users are.
func (e *environment) Thing() Thing {
	p := e.apps.Proxy(e.name)
	s := p.Shown()
	return Thing{
		ID: "shop-" + e.name, Kind: KindApp, Name: apps.App + " " + e.name, State: s.State, Word: s.Word, Detail: s.Detail, Since: s.Since,
		URL: p.URL + apps.WatchPath,
		Switches: []Switch{{
			ID: switchReload, Label: "Reload it", Danger: true,
			Help: "The load balancer of all environments reads its map file again and forgets what it was told. No request fails.",
		}},
	}
}

// switchReload reloads the load balancer.
const switchReload = "reload"

// Flip reloads the load balancer. Users are moved by its map, not by a switch of ours.
func (e *environment) Flip(_ context.Context, id string, on bool) error {
	if id != switchReload {
		return ErrNoSwitch
	}
	if !on {
		return nil
	}
	return e.apps.Reload()
}

// instance shows a copy of the shop on the panel, with switches that make it ill.
type instance struct {
	apps *apps.Apps
	of   *apps.Instance
}

// The illnesses of an instance, as switches.
const (
	switchHang = "hang"
	switchFail = "fail"
)

// Thing shows how the instance is.
func (i *instance) Thing() Thing {
	s, has := i.of.Shown(), i.of.Illness()
	t := Thing{
		ID: "shop-" + i.of.Environment + "-" + i.of.Instance, Kind: KindApp, Name: i.of.Instance, State: s.State, Word: s.Word,
		Since: s.Since, Detail: s.Detail + ", on " + i.of.Host.Name(), URL: i.of.URL,
		Switches: []Switch{
			{ID: switchHang, Label: "Let it hang", Danger: true, Help: "It takes requests and answers none, until it is restarted."},
			{ID: switchFail, Label: "Let it fail", Danger: true, Help: "It answers 503, until it is restarted."},
		},
	}
	for n, illness := range []string{hosttools.IllHang, hosttools.IllFail} {
		if has == illness {
			t.Switches[n].On, t.Switches[n].Label, t.Switches[n].Help = true, "Make it well", "So does a restart."
		}
	}
	return t
}

// Flip makes the instance ill, or well again.
func (i *instance) Flip(_ context.Context, id string, on bool) error {
	illness, known := map[string]string{switchHang: hosttools.IllHang, switchFail: hosttools.IllFail}[id]
	switch {
	case !known:
		return ErrNoSwitch
	case !on && i.of.Illness() != illness:
		return nil
	case !on:
		illness = ""
	}
	err := i.of.Ail(illness)
	i.apps.LookSoon()
	return err
}

// showApps puts the apps on the panel: where users are, and the instances of master, which are the ones to play with.
func (w *World) showApps() {
	for _, name := range []string{"master", "staging"} {
		w.Panel.Register(&environment{apps: w.Apps, name: name})
		for _, i := range w.Apps.Instances() {
			if i.Environment == name && name == "master" {
				w.Panel.Register(&instance{apps: w.Apps, of: i})
			}
		}
	}
	w.Panel.Register(nextVersion{w.Apps})
}
