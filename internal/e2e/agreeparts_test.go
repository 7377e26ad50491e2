package e2e

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// One kill of one part of Pawl while the approvals of many runs are everywhere an approval can be, and the other parts go
// on. It ends as it does when all of Pawl dies: TestOneKillWhileOthersAreAsked.
func TestOneKillOfAPartWhileOthersAreAsked(t *testing.T) {
	t.Parallel()
	inTheWorker := slices.DeleteFunc(slices.Clone(stands), func(s stand) bool { return strings.Contains(s.point, "signalled") })
	for _, c := range []struct {
		name   string
		stands []stand
		die    func(a *apart, again func(role string))
	}{
		{"the worker", inTheWorker, func(a *apart, again func(string)) {
			a.kill("worker")
			again("worker")
		}},
		{"the bridge, and the runs go on", stands, func(a *apart, again func(string)) {
			a.kill("slackbridge")
			a.unpark()
			again("slackbridge")
		}},
		{"the engine, and the others go on without it", stands, func(a *apart, again func(string)) {
			a.kill("engine")
			a.unpark()
			again("engine")
		}},
		{"the engine, and the others stand still until it is back", stands, func(a *apart, again func(string)) {
			a.kill("engine")
			again("engine")
			a.unpark()
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			a := newApartOf(t, 2*time.Second, othersAgree)
			a.up("engine")
			a.killAtStands(c.stands, a.parking, func(env ...string) {
				c.die(a, func(role string) { a.start([]string{role}, env...) })
				a.ready("engine", "worker", "slackbridge")
			})
		})
	}
}

// parking starts the parts in which runs can park, with what makes them do so until unpark.
func (a *apart) parking(env ...string) {
	env = append(env, "PAWL_UNPARK="+a.unparked())
	a.start([]string{"worker"}, env...)
	a.start([]string{"slackbridge"}, append(env, "PAWL_PARKED="+a.parked()+inTheBridge)...)
	a.ready("worker", "slackbridge")
}

func (a *apart) unparked() string { return filepath.Join(a.dir, "unparked") }

// unpark lets everything go on that is parked in a living process.
func (a *apart) unpark() {
	a.t.Helper()
	require.NoError(a.t, os.WriteFile(a.unparked(), nil, 0o600))
}
