package scenes

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"sync"
)

// Process is one program that is started and ended again and again. What all its lives print is kept.
type Process struct {
	mu   sync.Mutex
	proc *exec.Cmd
	over chan struct{} // closed when this life has ended
	log  bytes.Buffer
}

// Start begins a life.
func (p *Process) Start(cmd *exec.Cmd) error {
	cmd.Stdout, cmd.Stderr = p.Writer(), p.Writer()
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("starting %s: %w", cmd.Path, err)
	}
	over := make(chan struct{})
	p.proc, p.over = cmd, over
	go func() {
		_ = cmd.Wait()
		close(over)
	}()
	return nil
}

// PID is the process of this life; 0 while there is none.
func (p *Process) PID() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.proc == nil {
		return 0
	}
	return p.proc.Process.Pid
}

// End sends a signal, waits until the process is gone and returns the exit code; -1 when it was the signal that ended it.
func (p *Process) End(signal os.Signal) int {
	p.mu.Lock()
	cmd, over := p.proc, p.over
	p.proc = nil
	p.mu.Unlock()
	if cmd == nil {
		return 0
	}
	_ = cmd.Process.Signal(signal)
	<-over
	return cmd.ProcessState.ExitCode()
}

// Ended reports whether the last life ended by itself.
func (p *Process) Ended() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.proc == nil {
		return false
	}
	select {
	case <-p.over:
		return true
	default:
		return false
	}
}

// Output is all that was printed.
func (p *Process) Output() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.log.String()
}

// Writer adds to the output.
func (p *Process) Writer() io.Writer { return (*writer)(p) }

type writer Process

func (w *writer) Write(b []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.log.Write(b)
}

// FreeAddr is an address on loopback where nobody listened a moment ago.
func FreeAddr() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("looking for a free port: %w", err)
	}
	defer l.Close()
	return l.Addr().String(), nil
}

// Says reports what keeps the Pawl at an address from saying that it is well; path is /healthz or /readyz.
func Says(listen, path string) error {
	res, err := http.Get("http://" + listen + path) //nolint:noctx // the caller asks again and again until its time is over
	if err != nil {
		return err
	}
	defer res.Body.Close()
	text, _ := io.ReadAll(res.Body)
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("%s", text)
	}
	return nil
}
