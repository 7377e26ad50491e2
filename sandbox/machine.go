package sandbox

import (
	"context"
	"sync"
	"time"

	"github.com/pawl-ops/pawl/sandbox/hosts"
)

// machine shows a host on the panel, with a switch that cuts its cable.
type machine struct {
	world   *hosts.World
	name    string
	changed func()

	mu    sync.Mutex
	since time.Time
}

func newMachine(w *hosts.World, name string, changed func()) *machine {
	return &machine{world: w, name: name, changed: changed, since: time.Now()}
}

// Thing shows whether the host can be reached.
func (m *machine) Thing() Thing {
	m.mu.Lock()
	defer m.mu.Unlock()
	t := Thing{
		ID: m.name, Kind: KindHost, Name: m.name, State: StateOK, Word: "up", Since: m.since,
		Switches: []Switch{{ID: "cable", Label: "Cut the cable", Danger: true, Help: "Connections fall silent; what runs there goes on."}},
	}
	if m.world.Host(m.name).IsCut() {
		t.State, t.Word = StateDown, "cable cut"
		t.Switches[0].On, t.Switches[0].Label, t.Switches[0].Help = true, "Mend the cable", "What was under way arrives late."
	}
	return t
}

// Flip cuts or mends the cable.
func (m *machine) Flip(_ context.Context, id string, on bool) error {
	if id != "cable" {
		return ErrNoSwitch
	}
	do := m.world.Mend
	if on {
		do = m.world.Cut
	}
	if err := do(m.name); err != nil {
		return err
	}
	m.mu.Lock()
	m.since = time.Now()
	m.mu.Unlock()
	m.changed()
	return nil
}
