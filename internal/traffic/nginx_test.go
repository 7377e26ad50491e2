package traffic_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/internal/testneed"
	"github.com/pawl-ops/pawl/internal/traffic"
	"github.com/pawl-ops/pawl/job"
)

// newNginx is a real nginx. What is called in its place is a file of two lines, as where sudo is needed.
func newNginx(t testing.TB) *colours {
	t.Helper()
	program := testneed.Component(t, "nginx", "nginx", "/usr/sbin/nginx")
	c := newColours(t, job.TrafficNginx)
	c.lb.Map, c.lb.Program = c.path("shop-master.conf"), c.path("our-nginx")
	c.lb.Backends = map[string]string{"blue": c.address["blue"], "green": c.address["green"]}
	c.write("shop-master.conf", c.upstreams("blue"))
	c.write("our-nginx", "#!/bin/sh\nexec "+program+" -p "+c.dir+" -c "+c.path("nginx.conf")+" \"$@\"\n")
	require.NoError(t, os.Chmod(c.lb.Program, 0o755))
	user := ""
	if os.Geteuid() == 0 {
		user = "user root;"
	}
	c.write("nginx.conf", fmt.Sprintf(`
%[3]s
worker_processes 2;
pid %[1]s/nginx.pid;
error_log %[1]s/error.log;
daemon off;
events { worker_connections 256; }
http {
	access_log off;
	client_body_temp_path %[1]s; proxy_temp_path %[1]s; fastcgi_temp_path %[1]s; uwsgi_temp_path %[1]s; scgi_temp_path %[1]s;
	upstream shop_master { include %[1]s/shop-master.conf; keepalive 16; }
	server {
		listen %[2]s;
		location / { proxy_pass http://shop_master; proxy_http_version 1.1; proxy_set_header Connection ""; }
	}
}
`, c.dir, c.front, user))
	c.run(c.lb.Program)
	return c
}

func (c *colours) upstreams(name string) string {
	return "# shop master\n\tserver " + c.address[name] + " max_fails=0 ;\t# pawl: " + name + "\nserver 127.0.0.1:1 down; # spare\n"
}

func TestNginxMovesUsersUnderLoad(t *testing.T) {
	c := newNginx(t)
	require.Equal(t, "blue", c.active())
	c.thereAndBack(allowed{mixed: true})
	require.Equal(t, c.upstreams("blue"), c.read("shop-master.conf"), "all else in the file stays")
}

func TestNginxIsDrainedWhenTheOldWorkersAreGone(t *testing.T) {
	t.Parallel()
	c := newNginx(t)
	left := func() int {
		n, err := c.balancer.Drained(t.Context(), c.lb, "blue")
		require.NoError(t, err)
		return n
	}
	require.Zero(t, left())
	saw := c.slowly()
	require.NoError(t, c.move("a", "blue", "green"))
	require.Equal(t, "green", c.served())
	require.Equal(t, 1, left(), "a worker ends what it has")
	c.finish <- struct{}{}
	require.Equal(t, "blue<nil>", <-saw)
	eventually(t, "it is over", func() bool { return left() == 0 })
	_, err := c.balancer.Count(t.Context(), c.lb, "blue")
	require.ErrorIs(t, err, traffic.ErrNotCounted)
}

func TestNginxThatDoesNotTakeTheNewFileHasTheOldOne(t *testing.T) {
	t.Parallel()
	c := newNginx(t)
	c.lb.Backends["red"] = "no-such-host.invalid:port"
	said := c.refused(c.move("a", "blue", "red"))
	require.Contains(t, said, "nginx on lb does not take the new file, so the old one is back: ")
	require.Contains(t, said, `is back: invalid port in upstream "no-such-host.invalid:port"`)
	require.Equal(t, said, c.refused(c.move("a", "blue", "red")), "it stays so")
	require.Equal(t, c.upstreams("blue"), c.read("shop-master.conf"))
	require.Equal(t, "blue", c.active())
	require.Equal(t, "blue", c.served())

	good := c.read("nginx.conf")
	c.write("nginx.conf", good+"oops;\n")
	require.Contains(t, c.refused(c.move("b", "blue", "green")), "The configuration of nginx on lb is broken already, so I left it alone: unknown directive \"oops\"")
	c.write("nginx.conf", good)

	require.Equal(t, "Users are on blue, not on green. I moved nobody.", c.refused(c.move("c", "green", "red")))
	require.Equal(t, "Users are on blue already, and it was not this switch that moved them.", c.refused(c.move("d", "green", "blue")))
	c.lb.Backends["blue"] = "127.0.0.1:2"
	require.Contains(t, c.refused(c.move("e", "blue", "green")), "calls "+c.address["blue"]+" blue, but pawl.yaml has blue at 127.0.0.1:2. I moved nobody.")
	c.lb.Backends["blue"], c.lb.Backends["green"] = c.address["green"], c.address["blue"]
	_, err := c.balancer.Active(t.Context(), c.lb)
	require.EqualError(t, err, "asking lb who has users: its file calls "+c.address["blue"]+" blue, but that is the address of green")
	for _, text := range []string{"", "server a:1;\n", "# server a:1; # pawl: blue\n", "server a:1; # pawl: blue\nserver b:1; # pawl: green\n", "server a:1; # pawl: blue green\n"} {
		c.write("shop-master.conf", text)
		_, err := c.balancer.Active(t.Context(), c.lb)
		require.ErrorContains(t, err, `does not have exactly one line "server ADDRESS; # pawl: INSTANCE"`, text)
	}
	c.lb.Program = c.path("no-nginx")
	c.write("shop-master.conf", c.upstreams("blue"))
	c.lb.Backends["blue"], c.lb.Backends["green"] = c.address["blue"], c.address["green"]
	require.Contains(t, c.refused(c.move("f", "blue", "green")), "no-nginx: not found. Users stay on blue.")
}

func TestNginxASwitchThatIsKilledIsFinished(t *testing.T) {
	t.Parallel()
	c := newNginx(t)
	from, to := "blue", "green"
	for _, at := range []string{"begun", "written", "told"} {
		token := "killed-" + at
		c.host.set(func(h *here) { h.killAt = at })
		require.Equal(t, "I do not know whether users were moved: lb did not answer.", c.unknown(c.move(token, from, to)))
		_, err := c.balancer.Active(t.Context(), c.lb)
		require.EqualError(t, err, "asking lb who has users: A switch on lb was begun and not finished, so nobody knows yet whether users are on "+from+" or on "+to+".")
		c.host.set(func(h *here) { h.killAt = "" })
		require.NoError(t, c.move(token, from, to))
		require.Equal(t, to, c.active())
		require.Equal(t, to, c.served())
		require.NoError(t, c.move(token, from, to), "and once more")
		from, to = to, from
	}
	require.Equal(t, "This switch was carried out already; since then users were moved on to green. I did nothing.", c.refused(c.move("killed-written", "green", "blue")))
	require.Equal(t, "green", c.served())
}

func TestNginxASwitchThatIsGivenUpIsOver(t *testing.T) {
	t.Parallel()
	c := newNginx(t)
	for at, want := range map[string]string{"begun": "blue", "written": "blue", "told": "green"} {
		for _, by := range map[string][]string{"begun": {"the next"}, "written": {"settled"}, "told": {"settled", "the next"}}[at] {
			token := strings.ReplaceAll(at+"-"+by, " ", "-")
			c.host.set(func(h *here) { h.killAt = at })
			c.unknown(c.move(token, "blue", "green"))
			c.host.set(func(h *here) { h.killAt = "" })
			if at == "told" { // the workers read it, sooner or later
				eventually(t, "nginx read it", func() bool { return c.served() == "green" })
			}
			if by == "settled" {
				serves, err := c.balancer.Settle(t.Context(), c.lb, token)
				require.NoError(t, err)
				require.Equal(t, want, serves)
			} else if want == "green" {
				require.Contains(t, c.refused(c.move(token+"-2", "blue", "green")), "Users are on green already")
			} else {
				require.Contains(t, c.refused(c.move(token+"-2", "green", "blue")), "Users are on blue already")
			}
			require.Equal(t, want, c.active())
			require.Equal(t, want, c.served())
			err := c.move(token, "blue", "green")
			if want == "green" {
				require.NoError(t, err)
				require.NoError(t, c.move(token+"-back", "green", "blue"))
				continue
			}
			require.Contains(t, c.refused(err), "begun, not finished, and then given up")
		}
	}
	serves, err := c.balancer.Settle(t.Context(), c.lb, "never")
	require.NoError(t, err)
	require.Equal(t, "blue", serves)
	require.Contains(t, c.refused(c.move("never", "blue", "green")), "given up before it was begun")
}
