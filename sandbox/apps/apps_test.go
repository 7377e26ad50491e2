package apps_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/pawl-ops/pawl/internal/hosttools"
	"github.com/pawl-ops/pawl/internal/instances"
	"github.com/pawl-ops/pawl/job"
	"github.com/pawl-ops/pawl/sandbox/apps"
	"github.com/pawl-ops/pawl/sandbox/hosts"
)

// TestMain makes the test binary a host's tool when it is called by a tool's name.
func TestMain(m *testing.M) {
	if handled, code := hosttools.Main(os.Args[0], os.Args[1:]); handled {
		os.Exit(code)
	}
	goleak.VerifyTestMain(m)
}

// openHosts makes the hosts the apps need, in a directory.
func openHosts(t *testing.T, dir string) *hosts.World {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	h, err := hosts.New(hosts.Options{Dir: filepath.Join(dir, "machines"), Names: apps.Machines(), Exe: self, Tools: hosttools.Names()})
	require.NoError(t, err)
	t.Cleanup(h.Close)
	return h
}

// openApps starts the apps and waits until they are up.
func openApps(t *testing.T, dir string, h *hosts.World, change ...func(*apps.Options)) *apps.Apps {
	t.Helper()
	o := apps.Options{Dir: dir, Hosts: h, Look: 20 * time.Millisecond}
	for _, c := range change {
		c(&o)
	}
	a, err := apps.Open(o)
	require.NoError(t, err)
	t.Cleanup(a.Close)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	require.NoError(t, a.WaitUp(ctx))
	return a
}

func open(t *testing.T, change ...func(*apps.Options)) (*apps.Apps, *hosts.World) {
	t.Helper()
	dir := t.TempDir()
	h := openHosts(t, dir)
	return openApps(t, dir, h, change...), h
}

// answer is what a user gets.
type answer struct {
	Code                       int
	Instance, Version, Problem string
}

func get(t *testing.T, url string) answer {
	t.Helper()
	a, err := try(t.Context(), url)
	require.NoError(t, err)
	return a
}

func try(ctx context.Context, url string) (a answer, err error) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return a, err
	}
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	res, err := client.Do(req)
	if err != nil {
		return a, err
	}
	defer func() { _ = res.Body.Close() }()
	err = json.NewDecoder(res.Body).Decode(&a)
	a.Code = res.StatusCode
	return a, err
}

func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	require.Eventually(t, holds, time.Minute, 10*time.Millisecond, what)
}

// of is the instance as Pawl knows it.
func of(i *apps.Instance) job.Instance {
	return job.Instance{App: i.App, Environment: i.Environment, Name: i.Instance, URL: i.URL, Tasks: "/tasks"}
}

func TestEveryInstanceSaysWhoItIs(t *testing.T) {
	t.Parallel()
	a, h := open(t)
	client := instances.New(instances.Options{})
	want := map[string]string{
		"master blue": "2024.50", "master green": "2024.49", "master purple": "2024.50", "master yellow": "2024.50",
		"staging blue": "2024.51", "staging green": "2024.50",
	}
	for _, i := range a.Instances() {
		health := client.Probe(t.Context(), of(i))
		require.True(t, health.OK, health.Problem)
		require.Equal(t, want[i.Environment+" "+i.Instance], health.Version)
		require.Equal(t, map[string]string{"database": "ok", "cache": "ok"}, health.Checks)
		require.WithinDuration(t, time.Now(), health.Since, time.Minute)
		require.Equal(t, i.Instance, get(t, i.URL+"/").Instance)

		tasks, err := client.Tasks(t.Context(), of(i))
		if i.Role == "" {
			require.EqualError(t, err, "404: 404 page not found")
			continue
		}
		require.NoError(t, err)
		require.Len(t, tasks, len(i.Shop.Tasks))
		for _, task := range tasks {
			require.False(t, task.Since.IsZero())
			require.Regexp(t, `^\d+ %$`, task.Note)
		}
	}
	pids, err := apps.Processes(h.Dir())
	require.NoError(t, err)
	require.Len(t, pids, len(want), "each is a process of its own")
	require.Contains(t, pids, a.Instance("master", "blue").PID())
}

// The load balancer reads its map when it is reloaded: users are elsewhere, without one error.
func TestUsersFollowTheMap(t *testing.T) {
	t.Parallel()
	a, _ := open(t)
	master, staging := a.Proxy("master"), a.Proxy("staging")
	require.Equal(t, answer{Code: 200, Instance: "blue", Version: "2024.50"}, get(t, master.URL+"/"))
	require.Equal(t, answer{Code: 200, Instance: "blue", Version: "2024.51"}, get(t, staging.URL+"/"))

	text, err := os.ReadFile(a.MapPath())
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(a.MapPath(), []byte(strings.Replace(string(text), "shop_master_blue", "shop_master_green", 1)), 0o600))
	eventually(t, "the panel says so", func() bool {
		return strings.HasSuffix(master.Shown().Detail, "; the map file says green, so that a reload would move them")
	})
	require.Equal(t, "blue", get(t, master.URL+"/").Instance, "a file is a file")
	require.NoError(t, a.Reload())
	require.Equal(t, answer{Code: 200, Instance: "green", Version: "2024.49"}, get(t, master.URL+"/"))
	require.Equal(t, "blue", get(t, staging.URL+"/").Instance)
	eventually(t, "the panel says so", func() bool { return master.Shown().Word == "users are on green, 2024.49" })

	for _, name := range []string{"red", "purple"} { // purple is there, and serves nobody
		require.NoError(t, a.Send("master", name))
		_, err := try(t.Context(), master.URL+"/")
		require.ErrorContains(t, err, "invalid character '<'", "a page for people")
		eventually(t, "the panel says so", func() bool {
			s := master.Shown()
			return s.State == "down" && s.Word == "users are nowhere" && strings.HasSuffix(s.Detail, name+", and there is no such backend")
		})
	}
	require.NoError(t, a.Send("master", "blue"))
	require.Equal(t, "blue", get(t, master.URL+"/").Instance)
	require.EqualError(t, a.Send("moon", "blue"), "the map file has no line for shop/moon")
}

// What a load balancer is told on its socket counts at once, and is forgotten when it is reloaded.
func TestTheLoadBalancerIsTold(t *testing.T) {
	t.Parallel()
	a, h := open(t)
	tell := func(what string) string {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), "sh", "-c", `printf '%s\n' "$WHAT" | socat - UNIX-CONNECT:haproxy/admin.sock`)
		cmd.Dir, cmd.Env = h.Host(apps.Balancer).Home(), append(h.Host(apps.Balancer).Environment(), "WHAT="+what)
		out, err := cmd.CombinedOutput()
		require.NoError(t, err, "%s", out)
		return string(out)
	}
	require.Equal(t, "# name\nshop_master_blue\nshop_master_green\nshop_staging_blue\nshop_staging_green\n\n", tell("show backend"))
	require.Equal(t, "\n", tell("set map haproxy/active.map shop/master shop_master_green"))
	require.Equal(t, "green", get(t, a.Proxy("master").URL+"/").Instance)
	require.NoError(t, a.Reload())
	require.Equal(t, "blue", get(t, a.Proxy("master").URL+"/").Instance)
	text, err := os.ReadFile(filepath.Join(h.Host(apps.Balancer).Home(), "haproxy/haproxy.cfg"))
	require.NoError(t, err)
	require.Contains(t, string(text), "server green "+a.Instance("master", "green").Listen)
}

func TestAnInstanceCanBeIll(t *testing.T) {
	t.Parallel()
	a, h := open(t)
	blue, master := a.Instance("master", "blue"), a.Proxy("master")
	client := instances.New(instances.Options{Within: 20 * time.Second})
	hasty := instances.New(instances.Options{Within: 300 * time.Millisecond})

	require.NoError(t, blue.Ail(hosttools.IllFail))
	require.Equal(t, "503: migration 0412 is missing", client.Probe(t.Context(), of(blue)).Problem)
	require.Equal(t, answer{Code: 503, Instance: "blue", Version: "2024.50", Problem: "migration 0412 is missing"}, get(t, master.URL+"/"))
	eventually(t, "the panel says so", func() bool {
		return blue.Shown().Word == "ill" && master.Shown().Word == "users are on blue, 2024.50, and get errors"
	})

	require.NoError(t, blue.Ail(hosttools.IllHang))
	require.Equal(t, "no answer in time", hasty.Probe(t.Context(), of(blue)).Problem)
	eventually(t, "the panel says so", func() bool { return blue.Shown().Word == "hangs" })

	require.NoError(t, blue.Ail(""))
	require.NoError(t, blue.Ail(""), "well already")
	require.True(t, client.Probe(t.Context(), of(blue)).OK)
	eventually(t, "the panel says so", func() bool { return blue.Shown().State == "ok" && master.Shown().State == "ok" })

	require.NoError(t, h.Cut("app-1"))
	require.Equal(t, "no answer in time", hasty.Probe(t.Context(), of(blue)).Problem, "a cut cable is cut for everybody")
	eventually(t, "the panel says so", func() bool { return blue.Shown().Word == "not to be reached" })
	require.NoError(t, h.Mend("app-1"))
	require.True(t, client.Probe(t.Context(), of(blue)).OK)
}

// While the cable of the load balancer is cut users get nothing, and what they asked arrives when it is mended.
func TestTheProxyHangsOnItsHostsCable(t *testing.T) {
	t.Parallel()
	a, h := open(t)
	require.NoError(t, h.Cut(apps.Balancer))
	got := make(chan answer, 1)
	go func() {
		a, err := try(t.Context(), a.Proxy("master").URL+"/")
		if err != nil {
			a.Problem = err.Error()
		}
		got <- a
	}()
	eventually(t, "the panel says so", func() bool { return a.Proxy("master").Shown().Word == "not to be reached" })
	require.Empty(t, got)
	require.NoError(t, h.Mend(apps.Balancer))
	require.Equal(t, "blue", (<-got).Instance)
}

func TestAnInstanceThatWasKilledIsNotRunning(t *testing.T) {
	t.Parallel()
	a, _ := open(t)
	yellow := a.Instance("master", "yellow")
	eventually(t, "it is up", func() bool { return yellow.Shown().Word == "up" })
	require.NoError(t, syscall.Kill(yellow.PID(), syscall.SIGKILL))
	eventually(t, "the panel says so", func() bool { return yellow.Shown().Word == "not running" })
	require.Zero(t, yellow.PID())
	require.Equal(t, "no answer: nothing listens there", instances.New(instances.Options{}).Probe(t.Context(), of(yellow)).Problem)
}

// The world comes back and everything is where it was.
func TestAddressesAndTheMapSurviveTheWorld(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	urls := func(a *apps.Apps) (all []string) {
		for _, i := range a.Instances() {
			all = append(all, i.URL)
		}
		return append(all, a.Proxy("master").URL, a.Proxy("staging").URL)
	}
	h := openHosts(t, dir)
	a := openApps(t, dir, h)
	before := urls(a)
	require.NoError(t, os.WriteFile(a.MapPath(), []byte("shop/master  green\nshop/staging blue\n"), 0o600)) // as it was once
	require.NoError(t, a.Instance("master", "green").Ail(hosttools.IllFail))
	a.Close()
	pids, err := apps.Processes(h.Dir())
	require.NoError(t, err)
	require.Empty(t, pids)

	a = openApps(t, dir, h)
	require.Equal(t, before, urls(a))
	require.Equal(t, answer{Code: 200, Instance: "green", Version: "2024.49"}, get(t, a.Proxy("master").URL+"/"), "a restart mends")
	a.Close()

	taken, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", strings.TrimPrefix(before[1], "http://"))
	require.NoError(t, err)
	defer func() { _ = taken.Close() }()
	_, err = apps.Open(apps.Options{Dir: dir, Hosts: h})
	require.ErrorContains(t, err, "which is that of shop/master/green, is in use by another program")
}

// A world that is killed cannot stop anything. Its lock is released by the kernel, which is all the apps wait for.
func TestTheAppsDieWithTheWorld(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	h := openHosts(t, dir)
	file, err := os.OpenFile(filepath.Join(dir, "alive"), os.O_CREATE|os.O_RDWR, 0o600)
	require.NoError(t, err)
	require.NoError(t, syscall.Flock(int(file.Fd()), syscall.LOCK_EX))
	home := h.Host("app-1").Home()
	text, err := json.Marshal(hosttools.Shop{App: "shop", Instance: "blue", Listen: "127.0.0.1:0", While: file.Name()})
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(home, hosttools.ShopFile), text, 0o600))
	require.NoError(t, os.Mkdir(filepath.Join(home, hosttools.ShopCurrent), 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(home, hosttools.ShopCurrent, hosttools.ShopVersionFile), []byte(`{"version":"1"}`), 0o600))
	proc, err := os.StartProcess(filepath.Join(h.Bin(), apps.Tool), []string{apps.Tool}, &os.ProcAttr{Dir: home, Env: h.Host("app-1").Environment()})
	require.NoError(t, err)
	ended := make(chan error, 1)
	go func() {
		state, err := proc.Wait()
		if err == nil && !state.Success() {
			err = errors.New(state.String())
		}
		ended <- err
	}()
	eventually(t, "it runs", func() bool {
		pids, err := apps.Processes(h.Dir())
		return err == nil && len(pids) == 1
	})
	require.Empty(t, ended)
	require.NoError(t, file.Close())
	select {
	case err := <-ended:
		require.NoError(t, err)
	case <-time.After(time.Minute):
		t.Fatal("it outlives its world")
	}
}

func TestTheCrowdIsCounted(t *testing.T) {
	t.Parallel()
	a, _ := open(t, func(o *apps.Options) { o.Users = 20 })
	master := a.Proxy("master")
	eventually(t, "all are answered", func() bool { return master.Shown().Detail == "20 requests a second, all answered" })
	require.Equal(t, "nobody asks at the moment", a.Proxy("staging").Shown().Detail)
	require.NoError(t, syscall.Kill(a.Instance("master", "blue").PID(), syscall.SIGKILL))
	eventually(t, "they get errors", func() bool { return strings.HasSuffix(master.Shown().Detail, " of them in vain") })
}

func TestWarmingUpIsNotWell(t *testing.T) {
	t.Parallel()
	a, _ := open(t, func(o *apps.Options) { o.Warm = 6 * time.Second })
	green := a.Instance("master", "green")
	require.NoError(t, syscall.Kill(green.PID(), syscall.SIGKILL))
	eventually(t, "it is gone", func() bool { return green.PID() == 0 })
	require.NoError(t, a.Start(green))
	eventually(t, "the panel says so", func() bool { return green.Shown().Word == "warming up" })
	require.Regexp(t, `^503: warming up, \d+ %$`, instances.New(instances.Options{}).Probe(t.Context(), of(green)).Problem)
	eventually(t, "it is well", func() bool { return green.Shown().Word == "up" })
}

// What a browser loads is ours, and nothing may be loaded from elsewhere.
func TestThePagesAreClosed(t *testing.T) {
	t.Parallel()
	a, _ := open(t)
	for path, kind := range map[string]string{
		apps.WatchPath: "text/html; charset=utf-8", apps.WatchPath + ".js": "text/javascript; charset=utf-8",
		apps.WatchPath + ".css": "text/css; charset=utf-8", "/": "text/html; charset=utf-8",
	} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, a.Proxy("master").URL+path, nil)
		require.NoError(t, err)
		req.Header.Set("Accept", "text/html")
		client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
		res, err := client.Do(req)
		require.NoError(t, err)
		body, err := io.ReadAll(res.Body)
		require.NoError(t, err)
		_ = res.Body.Close()
		require.Equal(t, []any{200, kind}, []any{res.StatusCode, res.Header.Get("Content-Type")}, path)
		require.Contains(t, res.Header.Get("Content-Security-Policy"), "default-src 'none'")
		require.NotEmpty(t, body)
	}
}

func TestTheCableFileIsTheSameForBoth(t *testing.T) {
	t.Parallel()
	require.Equal(t, hosts.CutFile, hosttools.CableFile)
}

func TestThoseWhoWaitAreCounted(t *testing.T) {
	t.Parallel()
	a, _ := open(t, func(o *apps.Options) { o.Users = 20 })
	require.NoError(t, a.Instance("master", "blue").Ail(hosttools.IllHang))
	eventually(t, "they wait", func() bool { return strings.HasSuffix(a.Proxy("master").Shown().Detail, " wait for an answer") })
	require.NoError(t, a.Instance("master", "blue").Ail(""))
	eventually(t, "all are answered", func() bool { return a.Proxy("master").Shown().Detail == "20 requests a second, all answered" })
}
