package e2e

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/pawl-ops/pawl/internal/ledger"
	"github.com/pawl-ops/pawl/job"
	"github.com/pawl-ops/pawl/sandbox"
)

// session is a command of pawl at a terminal, or in a pipe.
type session struct {
	f   *fleet
	cmd *exec.Cmd
	pty *os.File // nil: a pipe

	mu   sync.Mutex
	said bytes.Buffer
	done chan struct{}
}

func (s *session) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.said.Write(b)
}

func (s *session) output() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.said.String()
}

// sits begins a command of this world's Pawl in a pipe.
func (f *fleet) sits(args ...string) *session {
	f.t.Helper()
	s := &session{f: f, done: make(chan struct{})}
	s.cmd = exec.Command(binary, args...)
	s.cmd.Args = append(s.cmd.Args, "--data", f.data())
	s.cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "TZ=UTC", "TERM=xterm"}
	s.cmd.Stdout, s.cmd.Stderr = s, s
	require.NoError(f.t, s.cmd.Start())
	go func() { _ = s.cmd.Wait(); close(s.done) }()
	return s
}

// sitsDown begins it on a terminal of 60 columns.
func (f *fleet) sitsDown(args ...string) *session {
	f.t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	require.NoError(f.t, err)
	f.t.Cleanup(func() { master.Close() })
	fd := int(master.Fd())
	require.NoError(f.t, unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0))
	n, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	require.NoError(f.t, err)
	require.NoError(f.t, unix.IoctlSetWinsize(fd, unix.TIOCSWINSZ, &unix.Winsize{Row: 30, Col: 60}))
	tty, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|syscall.O_NOCTTY, 0)
	require.NoError(f.t, err)
	s := &session{f: f, pty: master, done: make(chan struct{})}
	s.cmd = exec.Command(binary, args...)
	s.cmd.Args = append(s.cmd.Args, "--data", f.data())
	s.cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "TZ=UTC", "TERM=xterm"}
	s.cmd.Stdin, s.cmd.Stdout, s.cmd.Stderr = tty, tty, tty
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	require.NoError(f.t, s.cmd.Start())
	require.NoError(f.t, tty.Close())
	read := make(chan struct{})
	go func() {
		defer close(read)
		buf := make([]byte, 4096)
		for {
			n, err := master.Read(buf)
			_, _ = s.Write(buf[:n])
			if err != nil {
				return
			}
		}
	}()
	go func() { _ = s.cmd.Wait(); <-read; close(s.done) }()
	return s
}

func (s *session) types(line string) {
	s.f.t.Helper()
	_, err := s.pty.WriteString(line)
	require.NoError(s.f.t, err)
}

// shows waits until it says this.
func (s *session) shows(text string) {
	s.f.t.Helper()
	s.f.eventually(20*time.Second, fmt.Sprintf("the terminal shows %q", text), func() error {
		if said := s.output(); !strings.Contains(said, text) {
			return fmt.Errorf("it shows:\n%s", said)
		}
		return nil
	})
}

// ends waits for its end and holds the exit code.
func (s *session) ends(code int) string {
	s.f.t.Helper()
	select {
	case <-s.done:
	case <-time.After(2 * time.Minute):
		s.f.t.Fatalf("it does not end:\n%s", s.output())
	}
	require.Equal(s.f.t, code, s.cmd.ProcessState.ExitCode(), s.output())
	return s.output()
}

var idAtTerminal = regexp.MustCompile(`\b(drill-[0-9a-z]{6,16})\b`)

// run is the id of the run it follows.
func (s *session) run() string {
	s.f.t.Helper()
	s.shows("drill-")
	return idAtTerminal.FindString(s.output())
}

// entries are what the ledger has of a run.
func (f *fleet) entries(id string) []ledger.Entry {
	f.t.Helper()
	l, err := ledger.Open(f.t.Context(), filepath.Join(f.data(), "ledger.db"))
	require.NoError(f.t, err)
	defer l.Close()
	r, ok, err := l.Run(f.t.Context(), id)
	require.NoError(f.t, err)
	require.True(f.t, ok, id)
	all, err := l.Entries(f.t.Context(), r.Key)
	require.NoError(f.t, err)
	return all
}

// A person works from a terminal: follows over a kill, answers, is refused, leaves and comes back, and is held to four
// eyes whichever door they take.
func TestATerminal(t *testing.T) {
	t.Parallel()
	me, err := user.Current()
	require.NoError(t, err)
	f := newFleet(t, func(o *sandbox.Options) {
		othersAgree(o)
		o.Login = me.Username
		o.Agree = strings.Replace(o.Agree, "hasty drill: {by: oncall, within: 10s}", "hasty drill: {by: [oncall, alice], within: 15m}", 1)
	})
	require.Contains(t, f.sits("run", "status").ends(1), "Pawl is not running here: nobody listens at ")
	f.up()
	alice, carol := f.person("alice"), f.person("carol")
	dm, err := alice.DM(t.Context())
	require.NoError(t, err)
	inDM := func() string {
		all, err := alice.History(t.Context(), dm)
		require.NoError(t, err)
		var said []string
		for _, m := range all {
			said = append(said, shownBy(m))
		}
		return strings.Join(said, "\n")
	}

	// Somebody follows it while Pawl is killed. It is followed on, and nothing ran twice.
	long := f.sits("run", "drill", "slowly")
	long.shows("[running] Count on the first host")
	id := long.run()
	f.eventually(10*time.Second, "its script runs", func() error {
		_, err := os.Stat(filepath.Join(f.world.Hosts.Host("db-master").Home(), "counted"))
		return err
	})
	f.kill()
	long.shows("Pawl went away. What runs goes on without it")
	f.up()
	long.shows("Pawl is back.")
	f.enough()
	said := long.ends(0)
	require.Equal(t, 1, strings.Count(said, "Pawl went away"), said)
	require.Contains(t, said, "The drill is over")
	require.Contains(t, said, "Pawl was restarted at ")
	for process, times := range f.marks("db-master", "counted") {
		require.Equal(t, 1, times, "script of %s", process)
	}
	require.Empty(t, inDM(), "nobody in Slack is bothered")
	first := f.entries(id)[0]
	require.Equal(t, me.Username, first.Actor.Login)
	require.Equal(t, job.SlackUser, first.Actor.Kind)
	require.Contains(t, f.sits("follow", id).ends(0), "The drill is over", "what nobody saw is not lost")
	f.idle()

	// What is not understood, not allowed, refused.
	require.Contains(t, f.sits("run", "dril").ends(2), "Did you mean `drill`?")
	require.Contains(t, f.sits("run", "force", "restart", "master", "blue", "because", "x").ends(3), "is for @oncall")
	require.Contains(t, f.sits("run", "drill", "never").ends(3), "is refused, as you see")
	require.Contains(t, f.sits("run", "runs").ends(0), "Nothing is going on.")

	// A question is answered where the person sits, and from another terminal. It also stands where they may look.
	asking := f.sitsDown("run", "drill", "asking")
	asking.shows("> ")
	told := func(text string) {
		t.Helper()
		f.eventually(20*time.Second, fmt.Sprintf("alice is told %q", text), func() error {
			if said := inDM(); !strings.Contains(said, text) {
				return fmt.Errorf("it says %s", said)
			}
			return nil
		})
	}
	told("I was told to ask.")
	asking.types("what?\n")
	asking.shows("I don't know `what?`")
	asking.types("retry\n")
	require.Contains(t, asking.ends(0), "The drill is over")
	told("Alice Andersson (terminal) tries again")
	other := f.sits("run", "drill", "asking")
	other.shows("To answer: pawl run retry ")
	require.Contains(t, f.sits("run", "stop", other.run()).ends(0), "Recorded for `"+other.run()+"`")
	other.ends(4)

	// Four eyes: who asked here may not agree in Slack, nor the other way round; a second person may.
	forced := f.sits("run", "force", "drill", "because", "of the terminal")
	question := f.asked("of the terminal", 1)
	require.Contains(t, shownBy(question), "Alice Andersson (terminal) asks to *force drill")
	run := f.runOf(question)
	require.Contains(t, f.sits("run", "approve", run).ends(3), "You asked for this, so it has to be someone else.")
	_, err = alice.Say(t.Context(), dm, "approve "+run, "")
	require.NoError(t, err)
	f.eventually(10*time.Second, "alice is refused", func() error {
		if n := refusals(f.entries(run)); n != 2 {
			return fmt.Errorf("%d answers were refused", n)
		}
		return nil
	})
	carol.pressesIn(question, "Approve")
	require.Contains(t, forced.ends(0), "Carol Castillo agreed")

	// The other way round: asked for in Slack, agreed to at a terminal.
	asks := f.person("eve").types("hasty drill because eve asks")
	run = f.runOf(f.asked("eve asks", 1))
	require.Contains(t, f.sits("run", "approve", run).ends(0), "Counted. I go ahead now: hasty drill")
	asks.sees(20*time.Second, "Alice Andersson (terminal) agreed")

	// Who leaves is told how to come back; who comes back ends it.
	left := f.sits("run", "drill", "slowly")
	left.shows("[running] Count on the first host")
	id = left.run()
	require.NoError(t, left.cmd.Process.Signal(os.Interrupt))
	require.Contains(t, left.ends(5), "To see it again: pawl follow "+id)
	back := f.sits("follow", id, "--json")
	back.shows(`"state":"running"`)
	require.Contains(t, f.sits("run", "cancel", id).ends(0), "I cancel it")
	require.Contains(t, back.ends(4), `"state":"cancelled"`)

	// One key is one run; a detached one speaks in the direct message.
	detached := []string{"run", "--detach", "--key", "one-and-the-same", "drill"}
	once := f.sits(detached...).ends(0)
	require.Equal(t, once, f.sits(detached...).ends(0))
	told("The drill is over")

	// An end by force stops what runs first, and says who did it.
	stuck := f.sits("run", "drill", "slowly")
	stuck.shows("[running] Count on the first host")
	id = stuck.run()
	require.Contains(t, f.sits("runs", "terminate", id, "--because", "a test").ends(2), "add --yes")
	said = f.sits("runs", "terminate", id, "--because", "a test", "--yes").ends(0)
	order(t, said, "Stopping what it started", "Confirmed: nothing of it runs", "The run is terminated.", "Its end is written down")
	require.Contains(t, stuck.ends(4), `Alice Andersson (terminal) ended it by force: "a test".`)
	require.Contains(t, f.sits("runs", "terminate", id, "--because", "a test", "--yes").ends(1), "has ended already")
	f.idle()
}

// refusals is how many decisions were refused.
func refusals(all []ledger.Entry) (n int) {
	for _, e := range all {
		if strings.HasPrefix(e.Kind, "decision refused/") {
			n++
		}
	}
	return n
}

// order holds that texts stand one after the other.
func order(t *testing.T, said string, texts ...string) {
	t.Helper()
	rest := said
	for _, text := range texts {
		_, after, ok := strings.Cut(rest, text)
		require.True(t, ok, "%q is missing or too early in:\n%s", text, said)
		rest = after
	}
}
