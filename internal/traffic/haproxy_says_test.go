package traffic_test

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/internal/traffic"
	"github.com/pawl-ops/pawl/job"
)

// saying is a host whose HAProxy answers as the files say, reached with the tool of that name.
func saying(t *testing.T, tool string, files map[string]string) *colours {
	t.Helper()
	c := newColours(t, job.TrafficHAProxy)
	c.lb.Map, c.lb.Socket = c.path("active.map"), "admin.sock"
	c.write("active.map", "shop/master blue\n")
	for name, text := range files {
		c.write(name, text)
	}
	c.onlyCommonTools()
	c.write("bin/"+tool, "#!/bin/sh\nread -r command\ncase $command in\n'show map'*) cat map ;;\n'show stat'*) cat stat ;;\n'show backend') cat backend ;;\n*) cat other ;;\nesac\n")
	require.NoError(t, os.Chmod(c.path("bin/"+tool), 0o755))
	return c
}

// Versions of HAProxy have their columns in different places, and newer ones have more.
func TestStatisticsOfHAProxyAreRead(t *testing.T) {
	t.Parallel()
	c := saying(t, "socat", map[string]string{"stat": strings.Join([]string{
		"# pxname,svname,stot,scur,status,econ,eresp,hrsp_5xx,srv_abrt,req_tot,last_chk,mode,",
		`blue,FRONTEND,900,90,OPEN,,,,,99,,http,`,
		`blue,b1,50,2,UP,1,1,1,1,10,"a, b",http,`,
		`blue,BACKEND,100,7,UP,3,5,4,2,90,,http,`,
		`old,BACKEND,100,7,UP,3,5,,,,,tcp,`,
		`odd,BACKEND,x,-1,UP,3,5,,,,,tcp,`,
		`blue2,BACKEND,1,1,UP,1,1,1,1,1,,http,`,
		`short,BACKEND`,
		"", "",
	}, "\n")})
	for backend, want := range map[string]traffic.Count{"blue": {Requests: 90, Failed: 6}, "old": {Requests: 100, Failed: 8}} {
		got, err := c.balancer.Count(t.Context(), c.lb, backend)
		require.NoError(t, err)
		require.Equal(t, want, got)
		left, err := c.balancer.Drained(t.Context(), c.lb, backend)
		require.NoError(t, err)
		require.Equal(t, 7, left)
	}
	for _, backend := range []string{"odd", "short", "none", "BACKEND", "b", ".*"} {
		_, err := c.balancer.Count(t.Context(), c.lb, backend)
		require.ErrorContains(t, err, "does not say how many requests "+backend+" had", backend)
		_, err = c.balancer.Drained(t.Context(), c.lb, backend)
		require.ErrorContains(t, err, "does not say how many requests "+backend+" is at", backend)
	}
	for _, text := range []string{"", "\n", "Permission denied\n", "Unknown command: 'show stat'\n", ",,,\n,,,\n", "# pxname,svname\nblue,BACKEND\n"} {
		c.write("stat", text)
		_, err := c.balancer.Count(t.Context(), c.lb, "blue")
		require.Error(t, err, text)
		_, err = c.balancer.Drained(t.Context(), c.lb, "blue")
		require.Error(t, err, text)
	}
}

// HAProxy answers errors as text, with whatever tool it is asked.
func TestWhatHAProxySaysIsReadAsText(t *testing.T) {
	t.Parallel()
	c := saying(t, "nc", map[string]string{
		"map": "0x1 shop/master blue\n0x2 shop/master2 red\n", "backend": "# name\nblue\ngreen\n", "other": "Permission denied\n",
		"stat": "# pxname,svname,status\ngreen,g1,UP 1/3\ngreen,g2,DOWN\ngreen,BACKEND,UP\n",
	})
	require.Equal(t, "blue", c.active())
	require.Equal(t, "HAProxy on lb did not move users: Permission denied. They stay on blue.", c.refused(c.move("a", "blue", "green")))
	require.Equal(t, "shop/master blue\n", c.read("active.map"), "the file is as it was")
	c.write("stat", "# pxname,svname,status\ngreen,g1,UP 1/3\n")
	for text, want := range map[string]string{
		"":                    "HAProxy on lb does not answer at admin.sock",
		"\n":                  "HAProxy on lb does not answer at admin.sock",
		"Permission denied\n": "does not show its map " + c.lb.Map + ": Permission denied",
		"0x1 shop/master blue\n0x2 shop/master green\n": "does not have exactly one line for shop/master",
		"0x1 shop/master blue and green\n":              "does not have exactly one line for shop/master",
		"0x1 shop/staging blue\n":                       "does not have exactly one line for shop/master",
		"0x1 shop/master\n":                             "does not have exactly one line for shop/master",
	} {
		c.write("map", text)
		_, err := c.balancer.Active(t.Context(), c.lb)
		require.ErrorContains(t, err, want, text)
	}
	c.write("map", "0x1 shop/master blue\n")
	for _, text := range []string{"", "shop/staging blue\n", "shop/master\n", "shop/master blue green\n", "shop/master blue\nshop/master blue\n"} {
		c.write("active.map", text)
		_, err := c.balancer.Active(t.Context(), c.lb)
		require.ErrorContains(t, err, `does not have exactly one line "shop/master INSTANCE"`, text)
		require.Contains(t, c.refused(c.move(c.token(), "blue", "green")), `does not have exactly one line "shop/master INSTANCE"`)
	}
}
