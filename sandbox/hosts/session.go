package hosts

import (
	"errors"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"

	"golang.org/x/crypto/ssh"
)

// session is one command on a host.
type session struct {
	host    *Host
	channel ssh.Channel

	ours []*os.File // our ends of the command's pipes: stdin, stdout, stderr
	cmd  *exec.Cmd
	done chan struct{} // closed when the command was waited for
}

// serve answers the requests of the channel until it is closed, by whichever side.
func (s *session) serve(requests <-chan *ssh.Request) {
	var ended sync.WaitGroup
	for r := range requests {
		ok := false
		switch r.Type {
		case "exec":
			var payload struct{ Command string }
			if s.cmd == nil && ssh.Unmarshal(r.Payload, &payload) == nil && s.start(payload.Command) == nil {
				ok = true
			}
			if r.WantReply {
				_ = r.Reply(ok, nil)
			}
			if ok {
				ended.Add(1)
				go func() {
					defer ended.Done()
					s.carry()
				}()
			}
			continue
		case "signal":
			var payload struct{ Name string }
			if ssh.Unmarshal(r.Payload, &payload) == nil {
				s.signal(payload.Name)
			}
		}
		if r.WantReply {
			_ = r.Reply(ok, nil)
		}
	}
	// The other side is gone. Like OpenSSH without a terminal we leave the command alone: it reads the end of its
	// input, and dies only if it writes.
	for _, f := range s.ours {
		_ = f.Close()
	}
	ended.Wait()
	_ = s.channel.Close()
}

// start runs the command in a session of its own. The pipes are made by hand because exec.Cmd would wait for whatever
// inherited them.
func (s *session) start(command string) error {
	s.host.mu.Lock()
	defer s.host.mu.Unlock()
	if s.host.closed {
		return errors.New("the host is closing")
	}
	var theirs []*os.File
	defer func() {
		for _, f := range theirs {
			_ = f.Close()
		}
	}()
	for i := range 3 {
		r, w, err := os.Pipe()
		if err != nil {
			return err
		}
		if i == 0 {
			theirs, s.ours = append(theirs, r), append(s.ours, w)
		} else {
			theirs, s.ours = append(theirs, w), append(s.ours, r)
		}
	}
	cmd := exec.Command("/bin/sh", "-c", "umask 077\n"+command) //nolint:noctx // outlives its connection, as on any host
	cmd.Dir, cmd.Env = s.host.Home(), s.host.Environment()
	cmd.Stdin, cmd.Stdout, cmd.Stderr = theirs[0], theirs[1], theirs[2]
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		return err
	}
	s.cmd, s.done = cmd, make(chan struct{})
	s.host.attached[cmd.Process.Pid] = true
	return nil
}

// carry moves the command's input and output and tells how it ended: the status at once, the end of the session when
// nobody holds its output any more.
func (s *session) carry() {
	go func() {
		_, _ = io.Copy(s.ours[0], s.channel)
		_ = s.ours[0].Close()
	}()
	var output sync.WaitGroup
	output.Go(func() { _, _ = io.Copy(s.channel, s.ours[1]); _ = s.ours[1].Close() })
	output.Go(func() { _, _ = io.Copy(s.channel.Stderr(), s.ours[2]); _ = s.ours[2].Close() })
	_ = s.cmd.Wait()
	s.host.mu.Lock()
	delete(s.host.attached, s.cmd.Process.Pid)
	close(s.done)
	s.host.mu.Unlock()
	s.tellEnd(s.cmd.ProcessState.Sys().(syscall.WaitStatus))
	output.Wait()
	_ = s.channel.Close()
}

// tellEnd sends what became of the command: RFC 4254, section 6.10.
func (s *session) tellEnd(status syscall.WaitStatus) {
	if !status.Signaled() {
		_, _ = s.channel.SendRequest("exit-status", false, ssh.Marshal(struct{ Status uint32 }{uint32(status.ExitStatus())}))
		return
	}
	_, _ = s.channel.SendRequest("exit-signal", false, ssh.Marshal(struct {
		Name           string
		Core           bool
		Message, Langs string
	}{Name: signalName(status.Signal()), Core: status.CoreDump()}))
}

// signals are the ones a client may send, and their names in the protocol.
func signals() map[string]syscall.Signal {
	return map[string]syscall.Signal{
		"HUP": syscall.SIGHUP, "INT": syscall.SIGINT, "KILL": syscall.SIGKILL, "QUIT": syscall.SIGQUIT,
		"TERM": syscall.SIGTERM, "ABRT": syscall.SIGABRT, "ALRM": syscall.SIGALRM, "FPE": syscall.SIGFPE,
		"ILL": syscall.SIGILL, "SEGV": syscall.SIGSEGV, "USR1": syscall.SIGUSR1, "USR2": syscall.SIGUSR2, "PIPE": syscall.SIGPIPE,
	}
}

func signalName(sig syscall.Signal) string {
	for name, s := range signals() {
		if s == sig {
			return name
		}
	}
	return strings.TrimPrefix(sig.String(), "SIG") + "@openssh.com"
}

func (s *session) signal(name string) {
	sig, known := signals()[name]
	s.host.mu.Lock()
	defer s.host.mu.Unlock()
	if known && s.cmd != nil && !isClosed(s.done) {
		_ = syscall.Kill(-s.cmd.Process.Pid, sig)
	}
}

// killGroup ends a command and what it started in its own group; what moved to another session stays.
func killGroup(pid int) { _ = syscall.Kill(-pid, syscall.SIGKILL) }
