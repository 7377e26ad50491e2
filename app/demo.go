package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/rs/zerolog"
	"github.com/spf13/cobra"

	"github.com/pawl-ops/pawl/internal/config"
	"github.com/pawl-ops/pawl/sandbox"
	"github.com/pawl-ops/pawl/workflows"
	"github.com/pawl-ops/pawl/workflows/frame"
)

// The demo's master database and pace: about a minute for a toy, so that there is time to find the button.
const (
	demoOrders = 600_000
	demoPace   = 45 * time.Second
)

// The demo's shop: a restart takes as long as one does, and somebody notices.
const (
	demoWarm  = 8 * time.Second // an instance answers, and is not well yet
	demoDrain = 3 * time.Second // it has been told to end, and ends
	demoUsers = 12              // requests a second
)

// demoFetch is when the demo fetches deals from its CRM: often enough to be seen.
const demoFetch = "every 2 minutes"

type demoOptions struct {
	data, listen, ui, pawl string
	with, extra            string
	fresh, apart           bool
	pace                   time.Duration
	orders                 int
}

func newDemo(jobs []frame.Definition) *cobra.Command {
	o := demoOptions{pace: demoPace, orders: demoOrders, extra: extra(jobs)}
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Open a pretend company with a Slack, hosts and a database, and run Pawl in it",
		Long: `Open a pretend company: a Slack with a chat page, hosts with a real shell, a database,
and Pawl running in the middle of it. Nothing outside the data directory is touched.
Type toy to Pawl, and while it runs press Pull the plug. With --apart there are three plugs:
the engine, the worker and the Slack bridge are processes of their own.`,
		Example: "  pawl demo\n  pawl demo --fresh\n  pawl demo --apart\n  pawl demo --listen 127.0.0.1:9000 --data /tmp/acme",
		Args:    noArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return demo(cmd.Context(), cmd.OutOrStdout(), o) },
	}
	cmd.Flags().StringVar(&o.data, "data", ".pawl", "the demo's directory: everything it makes is in there")
	cmd.Flags().StringVar(&o.listen, "listen", "127.0.0.1:8065", "where the chat page is")
	cmd.Flags().StringVar(&o.ui, "ui", "127.0.0.1:8233", "where Temporal's web page is; empty: nowhere")
	cmd.Flags().StringVar(&o.pawl, "ready", "127.0.0.1:8480", "where Pawl's /readyz is")
	cmd.Flags().StringVar(&o.with, "with", "", "file with lines for the demo's pawl.yaml, laid over it: sections of your own jobs")
	cmd.Flags().BoolVar(&o.fresh, "fresh", false, "forget the demo before: stop its scripts, remove its directory")
	cmd.Flags().BoolVar(&o.apart, "apart", false, "run Pawl as three processes, each with a plug of its own")
	cmd.Flags().DurationVar(&o.pace, "pace", o.pace, "over how long a toy refresh is spread; 0: as fast as it goes")
	cmd.Flags().IntVar(&o.orders, "orders", o.orders, "size of the master database, in orders")
	return cmd
}

// extra are the commands of a company's own, which engineers may type in the demo.
func extra(jobs []frame.Definition) string {
	shipped := map[string]bool{}
	for _, d := range workflows.All() {
		shipped[d.Spec.Name] = true
	}
	var more strings.Builder
	for _, d := range jobs {
		if !shipped[d.Spec.Name] && !d.Spec.Always { // what always needs a second person needs a line that says whom
			more.WriteString(", " + d.Spec.Name)
		}
	}
	return more.String()
}

func demo(ctx context.Context, out io.Writer, o demoOptions) error {
	world := filepath.Join(o.data, "world")
	if o.fresh {
		if err := forget(ctx, o.data, world); err != nil {
			return err
		}
	}
	exe, err := os.Executable()
	if err != nil {
		return fmt.Errorf("finding this program: %w", err)
	}
	var with [][]byte
	if o.with != "" {
		lines, err := os.ReadFile(o.with)
		if err != nil {
			return fmt.Errorf("reading the lines for the demo's pawl.yaml: %w", err)
		}
		with = append(with, lines)
	}
	if err := os.MkdirAll(o.data, 0o700); err != nil {
		return fmt.Errorf("making the demo's directory: %w", err)
	}
	logs, err := os.OpenFile(filepath.Join(o.data, "pawl.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("opening Pawl's log: %w", err)
	}
	defer func() { _ = logs.Close() }()
	pawl, err := demoParts(ctx, o)
	if err != nil {
		return err
	}
	w, err := sandbox.Open(sandbox.Options{
		Dir: world, Listen: o.listen, Exe: exe, Orders: o.orders, Pace: o.pace, Things: pawl.things(),
		Warm: demoWarm, Drain: demoDrain, Users: demoUsers, When: demoFetch, Login: ownLogin(), Extra: o.extra, With: with,
		Log: zerolog.New(logs).With().Timestamp().Str("part", "world").Logger().Level(zerolog.WarnLevel),
	})
	if err != nil {
		return err
	}
	pawl.command(exe, w, o, logs, func(why string) { fmt.Fprintf(out, "%s; see %s\n", why, logs.Name()) })
	defer func() {
		closing, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		w.Close(closing)
	}()
	if err := addressesFree(ctx, o); err != nil {
		return err
	}
	pawl.start()
	defer func() {
		closing, cancel := context.WithTimeout(context.Background(), drainWithin+5*time.Second)
		defer cancel()
		if err := pawl.close(closing); err != nil {
			fmt.Fprintln(out, err)
		}
	}()
	if err := pawl.untilReady(ctx); err != nil {
		return fmt.Errorf("%w; Pawl's log is %s", err, logs.Name())
	}
	if err := w.Greet(ctx); err != nil {
		return err
	}
	ui := "http://" + o.ui
	if o.ui == "" {
		ui = "nowhere"
	}
	fmt.Fprintf(out, `Acme is open for business.
  Slack            %s      you are Alice, an engineer
  Temporal UI      %s
  Pawl             %s, data in %s  (kill -9 %s at any time; the page has a button for it)
Type  toy  to Pawl.                                                        Ctrl-C ends the demo.
Or from another terminal:  pawl run --data %s status
`, w.URL, ui, pawl.pids(), o.data, pawl.them(), filepath.Join(o.data, "pawl"))
	openPage(ctx, w.URL)
	<-ctx.Done()
	fmt.Fprintln(out, "\nClosing. Everything goes on where it stands with the next `pawl demo`.")
	return nil
}

// ownLogin is the login of whoever runs the demo, who is Alice in it at the terminal as well; empty when it has no name that
// pawl.yaml takes: then the demo starts all the same.
func ownLogin() string {
	u, err := user.Current()
	if err != nil || !config.IsLogin(u.Username) {
		return ""
	}
	return u.Username
}

// addressesFree says which of Pawl's addresses somebody else has: Pawl would end with a line in its log, and the answer
// of another program be taken for its own.
func addressesFree(ctx context.Context, o demoOptions) error {
	waited, err := untilEnded(ctx, filepath.Join(o.data, "pawl"))
	if err != nil {
		return err
	}
	patience := time.Duration(0)
	if waited {
		patience = 2 * time.Second // a process gives its address back last
	}
	var taken, flags []string
	for _, one := range []struct{ flag, addr string }{{"--ready", o.pawl}, {"--ui", o.ui}} {
		if one.addr == "" {
			continue
		}
		err := untilFree(ctx, one.addr, patience)
		if errors.Is(err, syscall.EADDRINUSE) {
			taken, flags = append(taken, one.addr), append(flags, one.flag)
		} else if err != nil {
			return fmt.Errorf("listening on %s, which is %s: %w", one.addr, one.flag, err)
		}
	}
	switch len(taken) {
	case 0:
		return nil
	case 1:
		return fmt.Errorf("%s is in use by another program: end it, or give another address with %s", taken[0], flags[0])
	}
	return fmt.Errorf("%s are in use by another program, maybe another demo: end it, or give other addresses with %s",
		strings.Join(taken, " and "), strings.Join(flags, " and "))
}

// untilFree waits until nobody listens on an address, but not longer than patience.
func untilFree(ctx context.Context, addr string, patience time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, max(patience, time.Second))
	defer cancel()
	for began := time.Now(); ; {
		l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", addr)
		if err == nil {
			return l.Close()
		}
		if time.Since(began) >= patience {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// openPage shows the page where there is a desktop to show it on.
func openPage(ctx context.Context, url string) {
	if os.Getenv("DISPLAY") == "" && os.Getenv("WAYLAND_DISPLAY") == "" {
		return
	}
	if path, err := exec.LookPath("xdg-open"); err == nil {
		_ = exec.CommandContext(ctx, path, url).Start() //nolint:gosec // the address is our own
	}
}
