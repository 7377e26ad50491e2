package sandbox

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"sync"
	"syscall"
	"time"
)

// Plug supervises one process of Pawl and can pull its plug: a real SIGKILL, as a crash would be. It starts the process
// again after a pause in which people can see that nothing happens without it.
type Plug struct {
	ID      string           // names it in URLs; "pawl" when empty
	Name    string           // names it to people; "Pawl" when empty
	Help    string           // what pulling it does; that of the whole of Pawl when empty
	Command func() *exec.Cmd // a fresh command for each life
	Pause   time.Duration    // between a death and the next life; 3 s when zero
	Changed func()           // told when the state changes
	Report  func(string)     // told why a life ended that was not ended by us

	mu     sync.Mutex
	cmd    *exec.Cmd
	since  time.Time
	killed bool // by the plug
	closed bool
	wake   chan struct{}
	done   chan struct{}
}

// Start begins the first life.
func (p *Plug) Start() {
	if p.Pause == 0 {
		p.Pause = 3 * time.Second
	}
	p.wake, p.done = make(chan struct{}, 1), make(chan struct{})
	go p.supervise()
}

// supervise is bound to one thread: the child is told to die with the thread that started it, so that a demo that is
// killed itself leaves no Pawl behind that holds the lock and the ports.
func (p *Plug) supervise() {
	runtime.LockOSThread()
	defer close(p.done)
	for {
		p.mu.Lock()
		if p.closed {
			p.mu.Unlock()
			return
		}
		cmd := p.Command()
		dieWithParent(cmd)
		err := cmd.Start()
		if err == nil {
			p.cmd, p.killed = cmd, false
		}
		p.since = time.Now()
		p.mu.Unlock()
		p.changed()
		if err == nil {
			err = cmd.Wait()
		}
		p.mu.Lock()
		p.cmd, p.since = nil, time.Now()
		ended, killed := p.closed, p.killed
		p.mu.Unlock()
		p.changed()
		if ended {
			return
		}
		if !killed && p.Report != nil {
			p.Report(fmt.Sprintf("%s ended by itself: %v", p.name(), err))
		}
		select {
		case <-time.After(p.Pause):
		case <-p.wake:
		}
	}
}

// Pull kills the process with SIGKILL.
func (p *Plug) Pull() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cmd == nil {
		return fmt.Errorf("%s is dead already; it comes back by itself", p.name())
	}
	p.killed = true
	return p.cmd.Process.Kill()
}

// PID is the process of this life; 0 while there is none.
func (p *Plug) PID() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cmd == nil {
		return 0
	}
	return p.cmd.Process.Pid
}

// Close ends the process with SIGTERM and waits for it; after the context's end with SIGKILL.
func (p *Plug) Close(ctx context.Context) error {
	p.mu.Lock()
	p.closed = true
	cmd := p.cmd
	p.mu.Unlock()
	if cmd != nil {
		_ = cmd.Process.Signal(syscall.SIGTERM)
	}
	select {
	case p.wake <- struct{}{}:
	default:
	}
	select {
	case <-p.done:
		return nil
	case <-ctx.Done():
		if cmd != nil {
			_ = cmd.Process.Signal(os.Kill)
		}
		<-p.done
		return fmt.Errorf("waiting for %s to end: %w", p.name(), ctx.Err())
	}
}

func (p *Plug) changed() {
	if p.Changed != nil {
		p.Changed()
	}
}

func (p *Plug) name() string { return or(p.Name, "Pawl") }

// or is the first text unless it is empty.
func or(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}

// Thing shows the process on the panel.
func (p *Plug) Thing() Thing {
	p.mu.Lock()
	defer p.mu.Unlock()
	t := Thing{
		ID: or(p.ID, "pawl"), Kind: KindPawl, Name: p.name(), Since: p.since, State: StateOK, Word: "alive",
		Switches: []Switch{{
			ID: "plug", Label: "Pull the plug", Danger: true,
			Help: or(p.Help, "Kills Pawl with SIGKILL, as a power cut would. It comes back by itself."),
		}},
	}
	switch {
	case p.cmd != nil:
		t.Detail = fmt.Sprintf("pid %d", p.cmd.Process.Pid)
	case p.killed:
		t.State, t.Word = StateDown, "killed"
	default:
		t.State, t.Word = StateDown, "ended"
	}
	return t
}

// Flip pulls the plug.
func (p *Plug) Flip(_ context.Context, id string, _ bool) error {
	if id != "plug" {
		return ErrNoSwitch
	}
	return p.Pull()
}
