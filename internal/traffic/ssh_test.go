package traffic_test

import (
	"context"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/internal/sshrun"
	"github.com/pawl-ops/pawl/internal/traffic"
	"github.com/pawl-ops/pawl/job"
	"github.com/pawl-ops/pawl/sandbox/hosts"
	"github.com/pawl-ops/pawl/scripts"
)

// overSSH reaches HAProxy through a host with a cable. Where HAProxy was told, the script waits while the file hold is there.
func (p *proxy) overSSH() *hosts.World {
	world, err := hosts.New(hosts.Options{Dir: p.t.TempDir(), Names: []string{"lb"}})
	require.NoError(p.t, err)
	p.t.Cleanup(world.Close)
	p.t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		require.NoError(p.t, hosts.StopAll(ctx, world.Dir()))
	})
	runner := sshrun.New(sshrun.Options{KnownHosts: []string{world.KnownHosts()}, IdentityFiles: []string{world.IdentityFile()}})
	p.t.Cleanup(runner.Close)
	wait := "point() {\n\t[ \"$1\" != told ] || while [ -e " + p.path("hold") + " ]; do sleep 0.02; done\n"
	script := strings.Replace(scripts.Traffic("haproxy"), "point() {\n\t:\n", wait, 1)
	require.Contains(p.t, script, wait)
	p.balancer = traffic.New(traffic.Options{Files: runner, Scripts: runner, HAProxy: script})
	p.lb.Host = job.Host{Name: "lb", Address: world.Host("lb").Address()}
	return world
}

// An answer is lost between the load balancer's host and Pawl: nobody claims to know, until somebody looks.
func TestOverSSHALostAnswerIsUnknownUntilSomebodyLooks(t *testing.T) {
	t.Parallel()
	p := newHAProxy(t)
	world := p.overSSH()
	require.Equal(t, "blue", p.active())

	p.write("hold", "")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	ended := make(chan error, 1)
	go func() { ended <- p.balancer.Switch(ctx, p.lb, traffic.Switch{To: "green", From: "blue", Token: "a"}) }()
	eventually(t, "HAProxy was told", func() bool { return strings.Contains(p.tell("show map "+p.lb.Map), "shop/master green") })
	require.NoError(t, world.Cut("lb"))
	require.NoError(t, os.Remove(p.path("hold")))
	eventually(t, "the script ended", func() bool { return strings.Contains(p.read("active.map.pawl"), "shop/master a done") })
	cancel()
	err := <-ended
	require.Equal(t, "I do not know whether users were moved: lb did not answer.", p.unknown(err))
	require.ErrorIs(t, err, context.Canceled)
	soon, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	_, err = p.balancer.Active(soon, p.lb)
	require.ErrorIs(t, err, context.DeadlineExceeded)

	require.NoError(t, world.Mend("lb"))
	require.Equal(t, "green", p.active())
	require.NoError(t, p.move("a", "blue", "green"), "it is done, and that is said")
	require.Equal(t, "green", p.served())
}

// A request hangs on its way. It was given up meanwhile, and moves nobody when it arrives.
func TestOverSSHARequestThatComesLateDoesNothing(t *testing.T) {
	t.Parallel()
	p := newHAProxy(t)
	world := p.overSSH()
	require.Equal(t, "blue", p.active())
	far, near := p.balancer, traffic.New(traffic.Options{Files: p.host, Scripts: p.host, HAProxy: scripts.Traffic("haproxy")})

	require.NoError(t, world.Cut("lb"))
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	p.unknown(far.Switch(ctx, p.lb, traffic.Switch{To: "green", From: "blue", Token: "late"}))
	name, err := near.Settle(t.Context(), p.lb, "late") // somebody with another way to the host
	require.NoError(t, err)
	require.Equal(t, "blue", name)
	require.NoError(t, world.Mend("lb"))
	require.Equal(t, "blue", p.active(), "the next answer comes after it, on the same connection")
	require.Contains(t, p.refused(p.move("late", "blue", "green")), "given up before it was begun")
	require.Equal(t, "blue", p.served())
}
