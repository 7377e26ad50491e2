// Package sandbox is the pretend world: Slack on the wire with a chat page, SSH hosts with a real shell, and a panel
// with switches that break things. It speaks the real protocols to Pawl's real clients and is never kinder than the
// original; nothing of it is part of Pawl, which runs beside it as a process of its own.
//
//	slack/  the Slack of the world    page/   the chat page    hosts/  its machines    apps/  what runs on them
//	crm/    a third party with deals  sheet/  shows written tables to people    jenkins/ builds things
//	world.go puts them together       panel.go "The world" on the page       plug.go Pawl's process and its plug
//	env.go what that process is started with
package sandbox

import (
	"bytes"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"text/template"
	"time"

	"github.com/rs/zerolog"

	"github.com/pawl-ops/pawl/internal/hosttools"
	"github.com/pawl-ops/pawl/internal/lives"
	"github.com/pawl-ops/pawl/sandbox/apps"
	"github.com/pawl-ops/pawl/sandbox/crm"
	"github.com/pawl-ops/pawl/sandbox/hosts"
	"github.com/pawl-ops/pawl/sandbox/jenkins"
	"github.com/pawl-ops/pawl/sandbox/page"
	"github.com/pawl-ops/pawl/sandbox/sheet"
	"github.com/pawl-ops/pawl/sandbox/slack"
	"github.com/pawl-ops/pawl/scripts"
)

// The tokens of Pawl in the world's Slack. They open nothing outside it.
const (
	BotToken = "xoxb-sandbox-pawl"
	AppToken = "xapp-sandbox-pawl"
)

// crmPath is where the CRM has its deals, below the address of the world.
const crmPath = "/crm/v3/objects/deals"

// machines are the names of the world's hosts.
func machines() []string { return append([]string{"db-master", "toys"}, apps.Machines()...) }

// What pawl.yaml calls the scripts that restart an instance and that give it another version. They lie beside it.
const (
	restartScript = "restart-app.sh"
	deployScript  = "deploy-app.sh"
)

// Options say where the world lives and how fast it turns.
type Options struct {
	Dir    string          // everything of the world is below it
	Listen string          // address of the chat page; port 0 for any
	Exe    string          // Pawl's binary: the hosts have its tools on their PATH
	Orders int             // size of the master database: rows of its largest table
	Pace   time.Duration   // over how long a toy refresh is spread; 0: as fast as it goes
	Things []Switchable    // shown on the panel before the hosts
	Warm   time.Duration   // how long an app is not well after it was started
	Drain  time.Duration   // how long an app takes to end
	Users  int             // requests a second of pretend users of the shop; 0: none but who looks at its page
	Timers string          // lines for the section `timers:` of the configuration; empty: defaults
	Login  string          // the login on this machine that is Alice; empty: nobody is
	Extra  string          // commands engineers may type beside the demo's: ", drill"
	With   [][]byte        // YAML that is laid over the configuration: sections of jobs, who else may do what
	Agree  string          // lines for the section `approve:` of the configuration, beside the demo's
	More   []string        // more environments of the shop, each with a blue that has users and a green
	Bake   string          // how long users are watched after a deploy: "5s"; empty: as the demo has it
	When   string          // when deals are fetched: "every 2 minutes"; empty: when somebody says so
	Slack  slack.Options   // limits, redelivery; Path, URL and tokens are set here
	CRM    crm.Options     // size, growth, limits; Token, Path and Changed are set here
	CI     jenkins.Options // quiet period, speed, executors, more jobs; Root, Context, Accounts, Path and Changed are set here
	Log    zerolog.Logger
}

// World is the running world. Close it when done; scripts on its hosts go on.
type World struct {
	URL     string // of the chat page and the sandbox API
	Config  string // path of Pawl's configuration
	Slack   *slack.Server
	Hosts   *hosts.World
	Apps    *apps.Apps
	CRM     *crm.Server
	Jenkins *jenkins.Server
	Sheets  *sheet.Folder // tables that were written: data/NAME.csv below the world's directory
	Panel   *Panel

	dir     string
	server  *http.Server
	seeded  chan struct{}
	looking sync.WaitGroup // at the written tables
	stop    context.CancelFunc
	held    *lives.Holding
	log     zerolog.Logger
}

// Open makes the world, or wakes the one that is in the directory. The master database is made in the background. The
// error is a *lives.HeldError when another process has it open.
func Open(o Options) (*World, error) {
	dir, err := filepath.Abs(o.Dir)
	if err != nil {
		return nil, fmt.Errorf("finding the world's directory: %w", err)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("making the world's directory: %w", err)
	}
	held, err := hold(dir)
	if err != nil {
		return nil, err
	}
	listener, err := listen(o.Listen)
	if err != nil {
		held.Release()
		return nil, err
	}
	w := &World{URL: urlOf(listener.Addr()), dir: dir, seeded: make(chan struct{}), held: held, log: o.Log}
	err = held.Announce(w.URL)
	if err == nil {
		err = w.build(o, listener)
	}
	if err != nil {
		_ = listener.Close()
		w.Close(context.Background())
		return nil, err
	}
	return w, nil
}

// urlOf is where a listener is reached from this machine. One on all addresses, as in a container, is on loopback, too.
func urlOf(addr net.Addr) string {
	if tcp, ok := addr.(*net.TCPAddr); ok && tcp.IP.IsUnspecified() {
		return "http://" + net.JoinHostPort("127.0.0.1", strconv.Itoa(tcp.Port))
	}
	return "http://" + addr.String()
}

func listen(addr string) (net.Listener, error) {
	l, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", addr)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("%s is in use by another program, maybe another demo: end it, or give --listen 127.0.0.1:0", addr)
	}
	if err != nil {
		return nil, fmt.Errorf("listening on %s: %w", addr, err)
	}
	return l, nil
}

func (w *World) build(o Options, listener net.Listener) (err error) {
	w.Hosts, err = hosts.New(hosts.Options{Dir: filepath.Join(w.dir, "machines"), Names: machines(), Exe: o.Exe, Tools: hosttools.Names(), Log: o.Log})
	if err != nil {
		return err
	}
	so := o.Slack
	so.Path, so.URL, so.BotToken, so.AppToken = filepath.Join(w.dir, "slack.db"), w.URL, BotToken, AppToken
	if w.Slack, err = slack.New(so); err != nil {
		return err
	}
	w.Panel = NewPanel(w.Slack.Broadcast)
	for _, thing := range o.Things {
		w.Panel.Register(thing)
	}
	for _, name := range machines() {
		w.Panel.Register(newMachine(w.Hosts, name, w.Panel.Changed))
	}
	w.Apps, err = apps.Open(apps.Options{
		Dir: w.dir, Hosts: w.Hosts, Warm: o.Warm, Drain: o.Drain, Users: o.Users, More: o.More, Changed: w.Panel.Changed, Log: o.Log,
	})
	if err != nil {
		return err
	}
	w.showApps()
	if err := w.openCRM(o.CRM); err != nil {
		return err
	}
	if err := w.openJenkins(o.CI); err != nil {
		return err
	}
	if err := w.configure(o); err != nil {
		return err
	}
	mux := http.NewServeMux()
	talk := w.Slack.Handler()
	for _, path := range []string{"/api/", "/socket/", "/sandbox/", "/response/", "/upload/", "/files-pri/"} {
		mux.Handle(path, talk)
	}
	mux.Handle("/sandbox/world", w.Panel)
	mux.Handle("/sandbox/world/", w.Panel)
	for _, path := range []string{"/crm/", "/offset/", "/link/"} {
		mux.Handle(path, w.CRM.Handler())
	}
	mux.Handle("/sandbox/crm", w.CRM.Control())
	mux.Handle("/sandbox/crm/", w.CRM.Control())
	mux.Handle(jenkinsPath, w.Jenkins.Handler())
	mux.Handle(jenkinsPath+"/", w.Jenkins.Handler())
	mux.Handle("/sandbox/jenkins", w.Jenkins.Control())
	mux.Handle("/sandbox/jenkins/", w.Jenkins.Control())
	mux.Handle(sheet.Path, w.Sheets.Handler())
	mux.Handle("/", page.Handler())
	w.server = &http.Server{Handler: byItsName(listener.Addr(), mux), ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = w.server.Serve(listener) }()
	ctx, stop := context.WithCancel(context.Background())
	w.stop = stop
	go w.seed(ctx, o.Orders)
	w.looking.Go(func() { w.Sheets.Watch(ctx, w.Panel.Changed, dealsSheet) })
	w.looking.Go(func() { w.watchJenkins(ctx) })
	return nil
}

// openCRM opens the third party, and the folder with what is written from it, and shows both on the panel.
func (w *World) openCRM(o crm.Options) (err error) {
	o.Token, o.Path, o.Changed = crm.Token, filepath.Join(w.dir, "crm.json"), w.Panel.Changed
	if w.CRM, err = crm.New(o); err != nil {
		return err
	}
	if w.Sheets, err = sheet.Open(filepath.Join(w.dir, "data")); err != nil {
		return err
	}
	w.Panel.Register(thirdParty{crm: w.CRM})
	w.Panel.Register(written{sheets: w.Sheets, name: dealsSheet, base: w.URL})
	return nil
}

//go:embed pawl.yaml.tmpl
var configuration string

// configure writes Pawl's configuration, which is the documentation's with the addresses of this world.
func (w *World) configure(o Options) error {
	t, err := template.New("pawl.yaml").Parse(configuration)
	if err != nil {
		return fmt.Errorf("reading the configuration's template: %w", err)
	}
	for name, text := range map[string]string{restartScript: scripts.Restart(), deployScript: scripts.Deploy()} {
		if err := os.WriteFile(filepath.Join(w.dir, name), []byte(text), 0o600); err != nil {
			return fmt.Errorf("writing the scripts of apps: %w", err)
		}
	}
	if err := w.fillCaches(); err != nil {
		return err
	}
	w.Config = filepath.Join(w.dir, "pawl.yaml")
	var text bytes.Buffer
	err = t.Execute(&text, map[string]any{
		"Hosts": w.Hosts.Hosts(), "Environments": w.Apps.Environments(),
		"Balancer": apps.Balancer, "Map": apps.MapFile, "Socket": apps.SocketFile, "Backend": apps.Backend, "Fronts": w.fronts(), "Bake": o.Bake, "Restart": restartScript, "Deploy": deployScript,
		"ClearCache": clearCacheScript, "Jenkins": w.URL + jenkinsPath, "Shop": w.Apps.Proxy("master").URL,
		"CRM": w.URL + crmPath, "Deals": strconv.Quote(w.Sheets.File(dealsSheet)),
		"Connect": strconv.Quote(w.connect("toy_{name}.db")),
		"Key":     w.Hosts.IdentityFile(), "Known": w.Hosts.KnownHosts(), "Pace": o.Pace, "Timers": o.Timers, "Extra": o.Extra, "Login": o.Login, "Agree": o.Agree, "When": o.When,
	})
	config := text.Bytes()
	for _, above := range o.With {
		if err == nil && len(bytes.TrimSpace(above)) > 0 {
			config, err = laidOver(config, above)
		}
	}
	if err == nil {
		err = os.WriteFile(w.Config, config, 0o600)
	}
	if err != nil {
		return fmt.Errorf("writing the configuration: %w", err)
	}
	return nil
}

// fronts are where users reach each environment, through the load balancer.
func (w *World) fronts() map[string]string {
	all := map[string]string{}
	for _, e := range w.Apps.Environments() {
		all[e.Name] = w.Apps.Proxy(e.Name).URL
	}
	return all
}

// connect is what a person types to open a database on the toys' host: the hosts are directories on this machine.
func (w *World) connect(database string) string {
	file := filepath.Join(w.Hosts.Host("toys").Home(), database)
	if strings.ContainsAny(file, " \t\n'\"\\$`&|;<>()*?[]#~!") {
		file = "'" + strings.ReplaceAll(file, "'", `'\''`) + "'"
	}
	return "sqlite3 " + file
}

// seed makes the master database unless it is there.
func (w *World) seed(ctx context.Context, orders int) {
	defer close(w.seeded)
	path := filepath.Join(w.Hosts.Host("db-master").Home(), "shop.db")
	if err := scripts.Seed(ctx, path, orders); err != nil && ctx.Err() == nil {
		w.log.Error().Err(err).Msg("making the master database")
	}
}

// Seeded is closed when the master database is there.
func (w *World) Seeded() <-chan struct{} { return w.seeded }

// Close ends the world as it stands.
func (w *World) Close(ctx context.Context) {
	if w.stop != nil {
		w.stop()
		<-w.seeded
		w.looking.Wait()
	}
	if w.server != nil {
		_ = w.server.Shutdown(ctx)
		_ = w.server.Close()
	}
	if w.Apps != nil {
		w.Apps.Close()
	}
	if w.Slack != nil {
		if err := w.Slack.Close(); err != nil {
			w.log.Warn().Err(err).Msg("closing slack")
		}
	}
	if w.Hosts != nil {
		w.Hosts.Close()
	}
	if w.Jenkins != nil {
		w.Jenkins.Close()
	}
	if w.Sheets != nil {
		_ = w.Sheets.Close() // it was only read
	}
	w.held.Release()
}

// Clean ends the scripts an earlier world left running below dir and removes everything of it. The error is a
// *lives.HeldError when it is open, and then nothing is touched.
func Clean(ctx context.Context, dir string) error {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return fmt.Errorf("finding the world's directory: %w", err)
	}
	if _, err := os.Stat(dir); errors.Is(err, os.ErrNotExist) {
		return nil
	}
	held, err := hold(dir)
	if err != nil {
		return err
	}
	defer held.Release()
	if err := hosts.StopAll(ctx, filepath.Join(dir, "machines")); err != nil {
		return err
	}
	if err := apps.StopAll(ctx, filepath.Join(dir, "machines")); err != nil {
		return err
	}
	return os.RemoveAll(dir)
}
