package e2e

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/internal/ledger"
	"github.com/pawl-ops/pawl/sandbox"
)

// longSilence is the heartbeat timeout of production. What goes on sooner did not wait for it.
const longSilence = 10 * time.Second

// apart is a world whose Pawl is three processes.
type apart struct {
	*fleet
	parts map[string]*part
}

// part is one of them.
type part struct {
	typed  []string
	listen string
	cmd    *exec.Cmd
}

func newApart(t *testing.T, heartbeat time.Duration) *apart {
	t.Helper()
	return newApartOf(t, heartbeat, nil)
}

// newApartOf is a world with a Pawl of three processes that is changed.
func newApartOf(t *testing.T, heartbeat time.Duration, change func(*sandbox.Options)) *apart {
	t.Helper()
	f := newFleet(t, func(o *sandbox.Options) {
		o.Timers = strings.Replace(timers, "heartbeat: 2s", "heartbeat: "+heartbeat.String(), 1)
		if change != nil {
			change(o)
		}
	})
	a := &apart{fleet: f, parts: map[string]*part{
		"engine":      {typed: []string{"up", "--roles", "engine", "--ui", ""}, listen: freeAddr(t)},
		"worker":      {typed: []string{"worker", "--config", f.world.Config}, listen: freeAddr(t)},
		"slackbridge": {typed: []string{"slackbridge", "--config", f.world.Config}, listen: freeAddr(t)},
	}}
	t.Cleanup(func() { a.kill("slackbridge", "worker", "engine") })
	return a
}

// start starts parts that are dead, with more in the environment of all of them.
func (a *apart) start(roles []string, env ...string) {
	a.t.Helper()
	for _, role := range roles {
		p := a.parts[role]
		cmd := exec.Command(binary, append(slices.Clone(p.typed), "--data", a.data(), "--listen", p.listen)...)
		cmd.Env = append(a.world.Env(os.Environ()), env...)
		cmd.Stdout, cmd.Stderr = a.life.Writer(), a.life.Writer()
		require.NoError(a.t, cmd.Start())
		p.cmd = cmd
	}
}

// up starts parts and waits until each can do its work.
func (a *apart) up(roles ...string) {
	a.t.Helper()
	a.start(roles)
	a.ready(roles...)
}

func (a *apart) ready(roles ...string) {
	a.t.Helper()
	for _, role := range roles {
		a.eventually(20*time.Second, "the "+role+" is ready", func() error {
			text, err := a.readyz(role)
			if err == nil && text != "ready\n" {
				err = errors.New(text)
			}
			return err
		})
	}
}

// readyz is what a part says of itself; an error when it says that it cannot do its work.
func (a *apart) readyz(role string) (string, error) {
	res, err := http.Get("http://" + a.parts[role].listen + "/readyz")
	if err != nil {
		return "", err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err == nil && res.StatusCode != http.StatusOK {
		err = fmt.Errorf("%d: %s", res.StatusCode, text)
	}
	return string(text), err
}

// kill pulls the plugs of parts: SIGKILL, and waits until they are gone.
func (a *apart) kill(roles ...string) {
	for _, role := range roles {
		if cmd := a.parts[role].cmd; cmd != nil {
			_ = cmd.Process.Kill()
			_ = cmd.Wait()
			a.parts[role].cmd = nil
		}
	}
}

// shows waits until a look says all of this. What was typed before it may still be on its way through the bridge.
func (a *apart) shows(look string, all ...string) {
	a.t.Helper()
	sam := a.person("sam")
	a.eventually(20*time.Second, fmt.Sprintf("%s shows %q", look, all), func() error {
		said := sam.look(look)
		for _, text := range all {
			if !strings.Contains(said, text) {
				return errors.New("it shows " + said)
			}
		}
		return nil
	})
}

// counted reports whether the ledger has a decision of the run that is in the engine.
func (a *apart) counted(id string) error {
	l, err := ledger.Open(a.t.Context(), filepath.Join(a.data(), "ledger.db"))
	if err != nil {
		return err
	}
	defer l.Close()
	r, _, err := l.Run(a.t.Context(), id)
	if err != nil {
		return err
	}
	entries, err := l.Entries(a.t.Context(), r.Key)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if strings.HasPrefix(e.Kind, "counted/") {
			return nil
		}
	}
	return fmt.Errorf("no decision of %s counts", id)
}

// endsOnceAsked holds that a drill with one question did everything once, and its second step once more.
func (a *apart) endsOnceAsked(th thread) {
	a.t.Helper()
	a.eventually(20*time.Second, "the outcome is in the ledger", func() error { return a.endedIn(th) })
	require.Equal(a.t, map[string]int{"board": 1, "ask/1": 1, "result": 1}, th.said())
	for process, times := range a.marks("toys", "checked") {
		require.Equal(a.t, 1, times, "script of %s", process)
	}
}
