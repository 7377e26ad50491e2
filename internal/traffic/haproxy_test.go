package traffic_test

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/internal/testneed"
	"github.com/pawl-ops/pawl/internal/traffic"
	"github.com/pawl-ops/pawl/job"
)

const theMap = "# who serves\nshop/master\tblue  \nshop/staging green\n"

// proxy is a real HAProxy, as its documentation tells to run it.
type proxy struct {
	*colours
	cmd *exec.Cmd
}

func newHAProxy(t testing.TB) *proxy {
	t.Helper()
	program := testneed.Component(t, "haproxy", "haproxy", "/usr/sbin/haproxy")
	testneed.Component(t, "socat")
	c := newColours(t, job.TrafficHAProxy)
	c.lb.Map, c.lb.Socket = c.path("active.map"), c.path("admin.sock")
	c.write("active.map", theMap)
	c.write("haproxy.cfg", fmt.Sprintf(`
global
	stats socket %[1]s/admin.sock mode 600 level admin expose-fd listeners
defaults
	mode http
	retries 0
	timeout connect 2s
	timeout client 10s
	timeout server 10s
frontend users
	bind %[2]s
	use_backend %%[str(shop/master),map(%[1]s/active.map)]
backend blue
	server b1 %[3]s check inter 100
backend green
	server g1 %[4]s check inter 100
backend dead
	server d1 127.0.0.1:1 check inter 50 fall 1
	server d2 127.0.0.1:1 disabled
backend hollow
backend unchecked
	server u1 127.0.0.1:1
backend plain
	mode tcp
	server p1 127.0.0.1:1
`, c.dir, c.front, c.address["blue"], c.address["green"]))
	p := &proxy{colours: c, cmd: c.run(program, "-W", "-f", c.path("haproxy.cfg"))}
	eventually(t, "the dead server is down", func() bool { return strings.Contains(p.tell("show stat"), "dead,d1,0,0,0,0,,0,0,0,,0,,0,0,0,0,DOWN") })
	return p
}

// tell is somebody else at the admin socket.
func (p *proxy) tell(command string) string {
	cmd := exec.Command("socat", "-t", "5", "-", "UNIX-CONNECT:"+p.lb.Socket)
	cmd.Stdin = strings.NewReader(command + "\n")
	out, err := cmd.Output()
	if err != nil {
		return err.Error()
	}
	return string(out)
}

func (p *proxy) memory(value string) {
	p.t.Helper()
	require.Equal(p.t, "\n", p.tell("set map "+p.lb.Map+" shop/master "+value))
}

// pid is the process that answers at the admin socket.
func (p *proxy) pid() string {
	_, rest, _ := strings.Cut(p.tell("show info"), "\nPid: ")
	n, _, _ := strings.Cut(rest, "\n")
	return n
}

// ready waits until the master hears a signal. After its start it becomes itself once more, and until then a signal is lost,
// or the end of it.
func (p *proxy) ready() {
	p.t.Helper()
	proc := fmt.Sprintf("/proc/%d/", p.cmd.Process.Pid)
	eventually(p.t, "the master listens", func() bool {
		env, _ := os.ReadFile(proc + "environ")
		status, _ := os.ReadFile(proc + "status")
		_, rest, _ := strings.Cut(string(status), "\nSigCgt:")
		word, _, _ := strings.Cut(strings.TrimSpace(rest), "\n")
		caught, _ := strconv.ParseUint(word, 16, 64)
		return strings.Contains(string(env), "HAPROXY_MWORKER_WAIT_ONLY=") && caught&(1<<(syscall.SIGUSR2-1)) != 0
	})
}

func (p *proxy) reload() {
	p.t.Helper()
	before := p.pid()
	require.NotEmpty(p.t, before)
	p.ready()
	require.NoError(p.t, p.cmd.Process.Signal(syscall.SIGUSR2))
	eventually(p.t, "a new process answers", func() bool { now := p.pid(); return now != "" && now != before })
}

func TestHAProxyMovesUsersUnderLoad(t *testing.T) {
	p := newHAProxy(t)
	require.Equal(t, "blue", p.active())
	p.thereAndBack(allowed{})
}

func TestHAProxyKeepsWhoServesOverAReload(t *testing.T) {
	t.Parallel()
	p := newHAProxy(t)
	require.NoError(t, p.move("a", "blue", "green"))
	require.Equal(t, "# who serves\nshop/master\tgreen\nshop/staging green\n", p.read("active.map"), "other lines stay")
	require.Equal(t, "green", p.served())
	p.reload()
	require.Equal(t, "green", p.served())
	require.Equal(t, "green", p.active())
	require.NoError(t, p.move("b", "green", "blue"))
	require.Equal(t, "blue", p.served())
}

func TestHAProxyIsNotToldWhatWouldHurtUsers(t *testing.T) {
	t.Parallel()
	p := newHAProxy(t)
	for to, want := range map[string]string{
		"red":    "HAProxy on lb has no backend red: everybody would see an error. Users stay on blue.",
		"dead":   "No server of backend dead is up (HAProxy on lb says: DOWN MAINT). Users stay on blue.",
		"hollow": "No server of backend hollow is up (HAProxy on lb says: it has none). Users stay on blue.",
	} {
		token := "to-" + to
		require.Equal(t, want, p.refused(p.move(token, "blue", to)))
		require.Equal(t, want, p.refused(p.move(token, "blue", to)), "it stays so")
	}
	require.Equal(t, "Users are on blue, not on green. I moved nobody.", p.refused(p.move("x1", "green", "dead")))
	require.Equal(t, "Users are on blue already, and it was not this switch that moved them.", p.refused(p.move("x2", "green", "blue")))
	require.Equal(t, theMap, p.read("active.map"))

	// HAProxy was told of something that its file does not have.
	p.memory("green")
	_, err := p.balancer.Active(t.Context(), p.lb)
	require.EqualError(t, err, "asking lb who has users: HAProxy on lb sends users of shop/master to green, but its file "+p.lb.Map+
		" says blue: at its next reload they would move.")
	require.Contains(t, p.refused(p.move("x3", "green", "unchecked")), "HAProxy sends users to green, but "+p.lb.Map+" on lb says blue. Put that right first.")
	p.memory("blue")
	require.NoError(t, p.move("x4", "blue", "unchecked"), "without checks nobody knows better")

	p.tell("del map " + p.lb.Map + " shop/master")
	require.Contains(t, p.refused(p.move("x5", "unchecked", "blue")), "does not have exactly one line for shop/master in its map")
	p.lb.Map = p.path("other.map")
	p.write("other.map", theMap)
	require.Contains(t, p.refused(p.move("x6", "blue", "green")), "does not show its map "+p.lb.Map+": Unknown map identifier.")
	require.NoError(t, p.cmd.Process.Signal(syscall.SIGKILL))
	eventually(t, "nobody answers", func() bool { return !strings.HasPrefix(p.tell("show info"), "Name") })
	require.Equal(t, "HAProxy on lb does not answer at "+p.lb.Socket+". Users were not moved.", p.refused(p.move("x7", "blue", "green")))
}

func TestHAProxyCannotBeToldWithoutASocket(t *testing.T) {
	t.Parallel()
	c := newColours(t, job.TrafficHAProxy)
	c.lb.Map = c.path("active.map")
	c.write("active.map", theMap)
	require.Equal(t, "blue", c.active())
	require.Contains(t, c.refused(c.move("a", "blue", "green")), "write the admin socket of HAProxy into pawl.yaml, `traffic: {haproxy: lb, socket: ")
	name, err := c.balancer.Settle(t.Context(), c.lb, "a")
	require.NoError(t, err)
	require.Equal(t, "blue", name)

	// A host without the tools says which.
	c.lb.Socket = c.path("admin.sock")
	bin := c.onlyCommonTools()
	require.Equal(t, "lb has neither socat nor nc, one of which I need to talk to HAProxy. Users were not moved.", c.refused(c.move("b", "blue", "green")))
	require.NoError(t, os.Remove(bin+"/flock"))
	require.Contains(t, c.refused(c.move("c", "blue", "green")), "lb has no flock")
	c.lb.Map = c.path("gone.map")
	require.Equal(t, "There is no file "+c.lb.Map+" on lb.", c.refused(c.move("d", "blue", "green")))
	for _, evil := range []string{"a b", "a;b", "a\nb", "a\\b", `a"b`, "a'b", "<<", "#", "a\x1bb"} {
		c.lb.Map = c.path("active.map")
		require.Contains(t, c.refused(c.move("e", "blue", evil)), "I was not told what to switch")
	}
}

func TestHAProxyCounts(t *testing.T) {
	t.Parallel()
	p := newHAProxy(t)
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	for _, path := range []string{"/", "/", "/broken"} {
		_, _, err := get(t.Context(), client, "http://"+p.front+path)
		require.NoError(t, err)
	}
	p.memory("unchecked")
	_, code, err := get(t.Context(), client, "http://"+p.front)
	require.NoError(t, err)
	require.Equal(t, http.StatusServiceUnavailable, code)
	for instance, want := range map[string]traffic.Count{"blue": {Requests: 3, Failed: 1}, "green": {}, "unchecked": {Requests: 1, Failed: 1}, "plain": {}} {
		got, err := p.balancer.Count(t.Context(), p.lb, instance)
		require.NoError(t, err)
		require.Equal(t, want, got, instance)
	}
	_, err = p.balancer.Count(t.Context(), p.lb, "red")
	require.EqualError(t, err, "asking lb about red: HAProxy on lb does not say how many requests red had.")

	// A request that takes long is under way until it is over.
	p.memory("blue")
	saw := p.slowly()
	left := func() int {
		n, err := p.balancer.Drained(t.Context(), p.lb, "blue")
		require.NoError(t, err)
		return n
	}
	eventually(t, "it is seen", func() bool { return left() == 1 })
	p.finish <- struct{}{}
	require.Equal(t, "blue<nil>", <-saw)
	eventually(t, "it is over", func() bool { return left() == 0 })
	_, err = p.balancer.Drained(t.Context(), p.lb, "red")
	require.Error(t, err)
}

// The names of backends are the company's own.
func TestHAProxyBackendsMayBeCalledAnything(t *testing.T) {
	t.Parallel()
	p := newHAProxy(t)
	p.lb.Backends = map[string]string{"azure": "blue", "lime": "green"}
	require.Equal(t, "azure", p.active())
	require.NoError(t, p.move("a", "azure", "lime"))
	require.Equal(t, "lime", p.active())
	require.Equal(t, "red does not take turns in serving users of shop/master, as far as pawl.yaml says. I moved nobody.", p.refused(p.move("b", "azure", "red")))
	require.Equal(t, "Users are on lime already, and it was not this switch that moved them.", p.refused(p.move("c", "azure", "lime")))
	n, err := p.balancer.Count(t.Context(), p.lb, "azure")
	require.NoError(t, err)
	require.Zero(t, n.Failed)
	_, err = p.balancer.Drained(t.Context(), p.lb, "blue")
	require.EqualError(t, err, "asking lb about blue: pawl.yaml does not say what it is called there")

	require.Contains(t, p.read("active.map"), "shop/master\tgreen\n", "the name of a backend")
}

// A map may have the names of instances, from which HAProxy makes those of backends.
func TestHAProxyMayMakeTheNameOfABackend(t *testing.T) {
	t.Parallel()
	p := newHAProxy(t)
	p.write("haproxy.cfg", strings.Replace(strings.NewReplacer("backend blue", "backend shop_blue", "backend green", "backend shop_green").Replace(p.read("haproxy.cfg")),
		"use_backend ", "use_backend shop_", 1))
	p.reload()
	p.lb.Backends = map[string]string{"blue": "shop_blue", "green": "shop_green", "red": "shop_red"}
	require.Equal(t, "blue", p.active())
	require.Equal(t, "HAProxy on lb has no backend shop_red: everybody would see an error. Users stay on blue.", p.refused(p.move("a", "blue", "red")))
	p.host.set(func(h *here) { h.killAt = "told" })
	p.unknown(p.move("b", "blue", "green"))
	p.host.set(func(h *here) { h.killAt = "" })
	require.NoError(t, p.move("b", "blue", "green"))
	require.NoError(t, p.move("b", "blue", "green"))
	require.Equal(t, "green", p.active())
	require.Equal(t, "green", p.served())
	require.Contains(t, p.read("active.map"), "shop/master\tgreen\n", "the name of an instance, as before")
}
