package haproxy_test

import (
	"context"
	"encoding/csv"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/pawl-ops/pawl/internal/testneed"
	"github.com/pawl-ops/pawl/sandbox/haproxy"
)

var update = flag.Bool("update", false, "record what an installed haproxy answers")

func TestMain(m *testing.M) {
	flag.Parse()
	goleak.VerifyTestMain(m)
}

// balancer is ours, or a real one.
type balancer struct {
	t      *testing.T
	home   string
	config haproxy.Config
	reload func()
	ours   *haproxy.Server
}

const mapText = "# environment    the instance that has the users\n\nshop/master      blue\n  shop/staging     blue  \nshop/odd  green   and more # no comment\n"

// newBalancer prepares one in front of servers: blue answers what the path says, and nothing listens where green is.
func newBalancer(t *testing.T) *balancer {
	t.Helper()
	server := &http.Server{ReadHeaderTimeout: time.Minute, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		code := http.StatusOK
		if _, err := fmt.Sscanf(r.URL.Path, "/%d", &code); err != nil && r.URL.Path == "/cut" {
			panic(http.ErrAbortHandler)
		}
		w.WriteHeader(code)
	})}
	blue := listen(t)
	go func() { _ = server.Serve(blue) }()
	t.Cleanup(func() { _ = server.Close() })
	nobody := listen(t)
	require.NoError(t, nobody.Close())
	b := &balancer{t: t, home: t.TempDir()}
	require.NoError(t, os.Mkdir(filepath.Join(b.home, "haproxy"), 0o700))
	b.write(mapText)
	b.config = haproxy.Config{Home: b.home, Map: "haproxy/active.map", Socket: "haproxy/admin.sock"}
	for _, env := range []string{"master", "staging"} {
		f := haproxy.Frontend{Name: "shop_" + env, Key: "shop/" + env, Prefix: "shop_" + env + "_"}
		for name, at := range map[string]net.Addr{"blue": blue.Addr(), "green": nobody.Addr()} {
			f.Backends = append(f.Backends, haproxy.Backend{Name: f.Name + "_" + name, Server: name, Address: at.String()})
		}
		slices.SortFunc(f.Backends, func(a, b haproxy.Backend) int { return strings.Compare(a.Name, b.Name) })
		b.config.Frontends = append(b.config.Frontends, f)
	}
	return b
}

func listen(t *testing.T) net.Listener {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	return l
}

func (b *balancer) write(text string) {
	b.t.Helper()
	require.NoError(b.t, os.WriteFile(filepath.Join(b.home, "haproxy/active.map"), []byte(text), 0o600))
}

// fake starts ours.
func (b *balancer) fake() *balancer {
	b.t.Helper()
	listeners := make([]net.Listener, len(b.config.Frontends))
	for i := range b.config.Frontends {
		listeners[i] = listen(b.t)
		b.config.Frontends[i].Bind = listeners[i].Addr().String()
	}
	var err error
	b.ours, err = haproxy.Start(b.config)
	require.NoError(b.t, err)
	b.t.Cleanup(b.ours.Close)
	for i, f := range b.config.Frontends {
		server := &http.Server{ReadHeaderTimeout: time.Minute, ConnState: b.ours.Conn(f.Name), Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			b.ours.Pass(f.Name, w, r)
		})}
		go func() { _ = server.Serve(listeners[i]) }()
		b.t.Cleanup(func() { _ = server.Close() })
	}
	b.reload = func() { require.NoError(b.t, b.ours.Reload()) }
	return b
}

// genuine starts a real one with the same configuration file.
func (b *balancer) genuine() *balancer {
	b.t.Helper()
	program := testneed.Component(b.t, "haproxy", "haproxy", "/usr/sbin/haproxy")
	for i := range b.config.Frontends {
		l := listen(b.t)
		b.config.Frontends[i].Bind = l.Addr().String()
		require.NoError(b.t, l.Close())
	}
	require.NoError(b.t, os.WriteFile(filepath.Join(b.home, haproxy.File), []byte(b.config.Text()), 0o600))
	cmd := exec.CommandContext(b.t.Context(), program, "-W", "-db", "-f", haproxy.File)
	cmd.Dir = b.home
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	require.NoError(b.t, cmd.Start())
	b.t.Cleanup(func() { _ = cmd.Process.Signal(syscall.SIGTERM); _ = cmd.Wait() })
	up := func() bool {
		_, err := b.try("show version\n")
		return err == nil
	}
	require.Eventually(b.t, up, time.Minute, 10*time.Millisecond)
	b.reload = func() {
		before := b.ask("show map haproxy/active.map\n")
		require.NoError(b.t, cmd.Process.Signal(syscall.SIGUSR2))
		require.Eventually(b.t, func() bool { // other addresses in memory: another process answers
			now, err := b.try("show map haproxy/active.map\n")
			return err == nil && now != before
		}, time.Minute, 10*time.Millisecond)
	}
	return b
}

// try says something on the admin socket, and reads until it is closed.
func (b *balancer) try(says string) (string, error) {
	// A path may be too long for an address of a socket.
	dir, err := os.Open(filepath.Join(b.home, "haproxy"))
	if err != nil {
		return "", err
	}
	defer func() { _ = dir.Close() }()
	conn, err := net.DialTimeout("unix", fmt.Sprintf("/proc/self/fd/%d/admin.sock", dir.Fd()), time.Minute)
	if err != nil {
		return "", err
	}
	defer func() { _ = conn.Close() }()
	if _, err := io.WriteString(conn, says); err != nil {
		return "", err
	}
	if err := conn.(*net.UnixConn).CloseWrite(); err != nil {
		return "", err
	}
	text, err := io.ReadAll(conn)
	return string(text), err
}

func (b *balancer) ask(says string) string {
	b.t.Helper()
	text, err := b.try(says)
	require.NoError(b.t, err)
	return text
}

// get is what a user gets: status, the headers that are HAProxy's own, and the text.
func (b *balancer) get(frontend, path string) string {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.t.Context(), time.Minute)
	defer cancel()
	i := slices.IndexFunc(b.config.Frontends, func(f haproxy.Frontend) bool { return f.Name == frontend })
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+b.config.Frontends[i].Bind+path, nil)
	require.NoError(b.t, err)
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	res, err := client.Do(req)
	require.NoError(b.t, err)
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	require.NoError(b.t, err)
	return fmt.Sprintf("%d %s %s %d\n%s", res.StatusCode, res.Header.Get("Content-Type"), res.Header.Get("Cache-Control"), res.ContentLength, body)
}

// script is what is said, done and asked, in order.
var script = []string{
	"say show map", "say show map haproxy/active.map", "say show map #2", "say show map nosuch", "say show map #0",
	"say get map haproxy/active.map shop/master", "say get map haproxy/active.map nokey", "say get map haproxy/active.map", "say get map nosuch x",
	"say show backend", "say show  backend  foo", "say show servers conn", "say show servers conn shop_master_blue",
	"say show servers conn nosuch", "say show stat", "say show stat shop_master_blue 2 -1", "say show stat -1 1 -1", "say show stat nosuch 7 -1",
	"get shop_master /", "get shop_master /404", "get shop_master /500", "get shop_master /503", "get shop_master /cut",
	"say set map haproxy/active.map shop/master green", "say show map haproxy/active.map", "get shop_master /",
	"say set map haproxy/active.map shop/master red", "get shop_master /",
	"say set map haproxy/active.map shop/master blue extra", "get shop_master /",
	`say set map haproxy/active.map shop/staging bl\ ue`, "say show map haproxy/active.map", "get shop_staging /",
	"say set map haproxy/active.map nokey green", "say set map nosuch shop/master green", "say set map haproxy/active.map #0x1 green",
	"say set map haproxy/active.map shop/master", "say set map haproxy/active.map", "say set map", "say set map nosuch", "say set map #2 shop/staging blue",
	"get shop_staging /", "say show stat", "say show servers conn shop_master_blue",
	"say add map haproxy/active.map shop/new blue", "say add map haproxy/active.map shop/master green", "say add map haproxy/active.map shop/master",
	"say add map nosuch a b", "say show map haproxy/active.map", "get shop_master /", "say del map haproxy/active.map shop/new",
	"say del map haproxy/active.map shop/new", "say del map nosuch a", "say del map haproxy/active.map", "say set map haproxy/active.map shop/master blue",
	"say show map haproxy/active.map", "say del map haproxy/active.map shop/master", "get shop_master /",
	"say ", "say show", "say set", "say help", "say show map;show backend", "say show backend ; set map nosuch a b;show version",
	"raw show backend", "raw show backend\nshow version\n", "raw show version\nshow back",
	"reload", "say show map haproxy/active.map", "get shop_master /", "say show stat",
}

// play does all of it and tells what came, without what differs from time to time.
func (b *balancer) play() string {
	b.t.Helper()
	var all strings.Builder
	for _, line := range script {
		what, rest, _ := strings.Cut(line, " ")
		fmt.Fprintf(&all, "== %s\n", strings.ReplaceAll(line, "\n", `\n`))
		switch what {
		case "say":
			all.WriteString(b.ask(rest + "\n"))
		case "raw":
			all.WriteString(b.ask(rest))
		case "get":
			frontend, path, _ := strings.Cut(rest, " ")
			all.WriteString(b.get(frontend, path))
		case "reload":
			b.reload()
		}
		if what == "get" { // a session is over a moment after its answer
			require.Eventually(b.t, func() bool { return !strings.Contains(columns(b.ask("show stat\n"), "scur"), "1") }, time.Minute, 5*time.Millisecond)
		}
	}
	text := all.String()
	for _, f := range b.config.Frontends {
		for _, be := range f.Backends {
			host, port, err := net.SplitHostPort(be.Address)
			require.NoError(b.t, err)
			text = strings.ReplaceAll(strings.ReplaceAll(text, be.Address, host+":PORT"), host+" "+port, host+" PORT")
		}
	}
	text = regexp.MustCompile(`(?m)^0x[0-9a-f]+ `).ReplaceAllString(text, "0xADDRESS ")
	// What a server keeps open is its own business: ours keeps nothing.
	text = regexp.MustCompile(`(?m)( - 5000 \d+) .*$`).ReplaceAllString(text, "$1 …")
	text = strings.ReplaceAll(text, "2.6.12-1+deb12u4", "VERSION")
	return regexp.MustCompile(`(?m)^# pxname.*\n(?:shop_.*\n)*`).ReplaceAllStringFunc(text, steady)
}

// steady takes out of a table of show stat what is counted by the clock or by the byte: only whether it is there remains.
func steady(table string) string {
	rows, err := csv.NewReader(strings.NewReader(table)).ReadAll()
	if err != nil {
		return table + err.Error()
	}
	exact := strings.Fields("# pxname svname scur slim stot dreq dresp ereq econ eresp wretr wredis status weight act bck pid iid sid lbtot type " +
		"hrsp_1xx hrsp_2xx hrsp_3xx hrsp_4xx hrsp_5xx hrsp_other req_tot addr mode algo conn_tot intercepted connect")
	var b strings.Builder
	for n, cells := range rows {
		for i := range cells {
			if n > 0 && cells[i] != "" && !slices.Contains(exact, strings.TrimPrefix(rows[0][i], "# ")) {
				cells[i] = "n"
			}
		}
		b.WriteString(strings.Join(cells, ",") + "\n")
	}
	return b.String()
}

// columns are the values of a column of show stat.
func columns(table, name string) string {
	rows, err := csv.NewReader(strings.NewReader(strings.TrimSpace(table))).ReadAll()
	if err != nil {
		return err.Error()
	}
	i := slices.Index(rows[0], name)
	var all []string
	for _, r := range rows[1:] {
		all = append(all, r[i])
	}
	return strings.Join(all, " ")
}

const recorded = "testdata/haproxy-2.6.txt"

// same compares what came with what was recorded, one thing after the other.
func same(t *testing.T, got string) {
	t.Helper()
	text, err := os.ReadFile(recorded)
	require.NoError(t, err)
	want := strings.Split(string(text), "\n== ")
	for i, part := range strings.Split(got, "\n== ") {
		require.Less(t, i, len(want), part)
		require.Equal(t, want[i], part)
	}
}

func TestOursAnswersAsARealOneDid(t *testing.T) {
	t.Parallel()
	same(t, newBalancer(t).fake().play())
}

func TestARealOneStillAnswersSo(t *testing.T) {
	t.Parallel()
	b := newBalancer(t).genuine()
	if is := b.ask("show version\n"); !strings.HasPrefix(is, "2.6.") {
		testneed.LeftOut(t, "the answers were recorded with HAProxy 2.6, and installed is "+strings.TrimSpace(is))
	}
	got := b.play()
	if *update {
		require.NoError(t, os.WriteFile(recorded, []byte(got), 0o600))
	}
	same(t, got)
}

// A file that cannot be read is no reason to stop: the old process goes on, as a master of HAProxy leaves it.
func TestAReloadWithoutAMap(t *testing.T) {
	t.Parallel()
	b := newBalancer(t).fake()
	require.Empty(t, strings.TrimSpace(b.ask("set map haproxy/active.map shop/master red\n")))
	require.NoError(t, os.Rename(filepath.Join(b.home, "haproxy/active.map"), filepath.Join(b.home, "away")))
	require.ErrorContains(t, b.ours.Reload(), "failed to open pattern file")
	_, err := b.ours.Active("shop_master")
	require.EqualError(t, err, "the map names red, and there is no such backend")
	_, err = b.ours.AfterReload("shop_master")
	require.ErrorContains(t, err, "failed to open pattern file")
	b.write("shop/master green\nshop/master blue\n")
	next, err := b.ours.AfterReload("shop_master")
	require.NoError(t, err)
	require.Equal(t, "green", next.Server, "the first counts")
	require.NoError(t, b.ours.Reload())
	is, err := b.ours.Active("shop_master")
	require.NoError(t, err)
	require.Equal(t, "green", is.Server)
	_, err = b.ours.Active("shop_staging")
	require.EqualError(t, err, "the map has no line for shop/staging")

	b.config.Map = "haproxy/nosuch.map"
	_, err = haproxy.Start(b.config)
	require.ErrorContains(t, err, "failed to open pattern file", "and it does not start without one")
}

// A user who waits is counted, and one who leaves is, too, until the server has answered or its time is over.
func TestSessionsThatAreUnderWay(t *testing.T) {
	t.Parallel()
	release, arrived := make(chan struct{}), make(chan struct{}, 1)
	slow := &http.Server{ReadHeaderTimeout: time.Minute, Handler: http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		arrived <- struct{}{}
		<-release
	})}
	l := listen(t)
	go func() { _ = slow.Serve(l) }()
	t.Cleanup(func() { _ = slow.Close() })
	b := newBalancer(t)
	b.config.Frontends[0].Backends[0].Address = l.Addr().String()
	b.fake()
	ctx, leave := context.WithCancel(t.Context())
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+b.config.Frontends[0].Bind+"/", nil)
	require.NoError(t, err)
	left := make(chan error, 1)
	go func() {
		client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
		res, err := client.Do(req)
		if err == nil {
			_ = res.Body.Close()
		}
		left <- err
	}()
	<-arrived
	leave()
	require.ErrorIs(t, <-left, context.Canceled)
	require.Equal(t, "1", columns(b.ask("show stat shop_master_blue 4 -1\n"), "scur"), "its server works for it still")
	require.NoError(t, b.ours.Reload())
	require.Equal(t, "0", columns(b.ask("show stat shop_master_blue 4 -1\n"), "scur"), "the process that knows is not asked any more")
	close(release)
}
