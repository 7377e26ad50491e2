package proof

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
)

// box is what one container sees. It is handed to the process that becomes it, see inside_linux.go.
type box struct {
	Root     string   // the file system of the image
	Mounts   []mount  // laid over it
	Tmpfs    []string // folders in memory, with their options: "/tmp:size=64m"
	ReadOnly bool     // the root cannot be written
	Drop     bool     // all capabilities, for good
	NoNew    bool     // no new privileges, whatever is started
	UID, GID int
	Dir      string
	Env      []string
	Command  []string
}

// mount lays a file or a folder of this machine over one of the image.
type mount struct {
	From, To string
	ReadOnly bool
}

// boxEnv hands a box to the process that becomes it.
const boxEnv = "PAWL_PROOF_BOX"

// running is a process in a box.
type running struct {
	cmd  *exec.Cmd
	said *output
	done chan struct{} // closed when it has ended
}

// output takes what several processes print.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// start starts the box's command. Its first process is this very program, which becomes the box.
func (b box) start(said *output) (*running, error) {
	if err := b.prepare(); err != nil {
		return nil, err
	}
	spec, err := json.Marshal(b)
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(context.Background(), "/proc/self/exe")
	cmd.Env = []string{boxEnv + "=" + string(spec)}
	cmd.Stdout, cmd.Stderr = said, said
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags: syscall.CLONE_NEWNS | syscall.CLONE_NEWPID | syscall.CLONE_NEWIPC,
		Pdeathsig:  syscall.SIGKILL,
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("starting %s: %w", strings.Join(b.Command, " "), err)
	}
	r := &running{cmd: cmd, said: said, done: make(chan struct{})}
	go func() {
		_ = cmd.Wait() // the exit code is asked for
		close(r.done)
	}()
	return r, nil
}

// run starts the box's command and waits for its end. The error carries what it said.
func (b box) run(ctx context.Context) error {
	var said output
	r, err := b.start(&said)
	if err != nil {
		return err
	}
	select {
	case <-r.done:
	case <-ctx.Done():
		r.kill()
	}
	if code := r.cmd.ProcessState.ExitCode(); code != 0 {
		return fmt.Errorf("%s: exit %d: %s", strings.Join(b.Command, " "), code, said.String())
	}
	return nil
}

// kill ends it as a power cut would.
func (r *running) kill() {
	_ = r.cmd.Process.Kill()
	<-r.done
}

// prepare makes the places that mounts need. A container engine does so in the image.
func (b box) prepare() error {
	for _, m := range b.Mounts {
		info, err := os.Stat(m.From)
		if err != nil {
			return fmt.Errorf("mounting on %s: %w", m.To, err)
		}
		at := filepath.Join(b.Root, m.To)
		if info.IsDir() {
			if err := folders(at); err != nil {
				return err
			}
			continue
		}
		if err := touch(at); err != nil {
			return err
		}
	}
	for _, dir := range append(slices.Clone(b.Tmpfs), "/proc", "/dev") {
		path, _, _ := strings.Cut(dir, ":")
		if err := folders(filepath.Join(b.Root, path)); err != nil {
			return err
		}
	}
	return nil
}

func touch(path string) error {
	if err := folders(filepath.Dir(path)); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY, 0o600) // what is mounted over it has a mode of its own
	if err != nil {
		return err
	}
	return f.Close()
}
