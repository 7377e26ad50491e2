package proof

import (
	"context"
	"debug/elf"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// image is what stands in for a container image.
type image struct {
	Root     string
	UID, GID int
	Dir      string
	Env      []string
	Entry    []string
	Command  []string
}

// programs are what the images are made of, built from this repository and the modules it stands on.
type programs struct {
	dir     string
	Pawl    string // the slim program, as the Dockerfile builds it
	Server  string // go.temporal.io/server/cmd/server
	SQLTool string // go.temporal.io/server/cmd/tools/sql
	entry   string // what the official server image starts
	busybox string // what Alpine, on which Temporal's images stand, has for a shell and small programs
}

const serverModule = "go.temporal.io/server"

// build builds the programs into dir, where the next run finds what did not change. busybox is this machine's.
func build(ctx context.Context, dir, busybox string) (*programs, error) {
	p := &programs{
		dir: dir, Pawl: filepath.Join(dir, "pawl"), Server: filepath.Join(dir, "temporal-server"), SQLTool: filepath.Join(dir, "temporal-sql-tool"), busybox: busybox,
	}
	const stripped = "-ldflags=-s -w"
	for _, b := range []struct {
		env  string
		args []string
	}{
		// As the Dockerfile does: nothing of this machine is in it.
		{"CGO_ENABLED=0", []string{"-C", "../..", "-tags", "slim", "-buildvcs=false", stripped, "-o", p.Pawl, "."}},
		// As the tests of the engine are: to compile a server once more takes minutes.
		{"", []string{stripped, "-o", p.Server, serverModule + "/cmd/server"}},
		{"", []string{stripped, "-o", p.SQLTool, serverModule + "/cmd/tools/sql"}},
	} {
		cmd := exec.CommandContext(ctx, "go", append([]string{"build"}, b.args...)...) //nolint:gosec // the commands above
		cmd.Env = append(os.Environ(), b.env)
		if out, err := cmd.CombinedOutput(); err != nil {
			return nil, fmt.Errorf("go build %s: %w\n%s", strings.Join(b.args, " "), err, out)
		}
	}
	source, _, err := moduleDir(ctx, serverModule)
	if err != nil {
		return nil, err
	}
	p.entry = filepath.Join(source, "docker/scripts/sh/entrypoint.sh")
	return p, nil
}

const (
	searched = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
	certs    = "/etc/ssl/certs/ca-certificates.crt"
)

// pawlImage is what the Dockerfile makes of the target pawl (TestTheImageIsWhatTheDockerfileMakes).
func (p *programs) pawlImage(root string) (image, error) {
	err := errors.Join(
		link(root, "/usr/local/bin/pawl", p.Pawl),
		put(root, certs, certs, 0o644),
		folder(root, "/var/lib/pawl", 0o700, 65532),
		folder(root, "/tmp", 0o1777, 0),
	)
	return image{Root: root, UID: 65532, GID: 65532, Dir: "/", Env: []string{searched, "USER=pawl", "HOME=/var/lib/pawl"}, Entry: []string{"/usr/local/bin/pawl"}, Command: []string{"help"}}, err
}

// serverImage is docker/targets/server.Dockerfile of Temporal's repository, of the version in our go.mod.
func (p *programs) serverImage(root string) (image, error) {
	err := errors.Join(
		p.alpine(root), libraries(root, p.Server),
		link(root, "/usr/local/bin/temporal-server", p.Server),
		put(root, "/etc/temporal/entrypoint.sh", p.entry, 0o755),
	)
	return image{Root: root, UID: 1000, GID: 1000, Dir: "/etc/temporal", Env: []string{searched}, Command: []string{"/etc/temporal/entrypoint.sh"}}, err
}

// toolsImage is docker/targets/admin-tools.Dockerfile of the same repository, as far as it is needed here.
func (p *programs) toolsImage(root string) (image, error) {
	err := errors.Join(p.alpine(root), libraries(root, p.SQLTool), link(root, "/usr/local/bin/temporal-sql-tool", p.SQLTool))
	return image{Root: root, UID: 1000, GID: 1000, Dir: "/", Env: []string{searched}}, err
}

// alpine puts a shell and small programs where Alpine has them.
func (p *programs) alpine(root string) error {
	errs := []error{
		put(root, "/bin/busybox", p.busybox, 0o755), libraries(root, p.busybox), folder(root, "/tmp", 0o1777, 0), folder(root, "/home/temporal", 0o755, 1000),
		write(root, "/etc/passwd", "root:x:0:0:root:/root:/bin/sh\ntemporal:x:1000:1000::/home/temporal:/bin/sh\n"),
		write(root, "/etc/group", "root:x:0:\ntemporal:x:1000:\n"),
	}
	for _, name := range []string{"sh", "cat", "wget"} {
		if err := os.Symlink("/bin/busybox", filepath.Join(root, "bin", name)); err != nil {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// libraries puts what a program of ours is linked with into a root, unless it is linked with nothing.
func libraries(root, program string) error {
	f, err := elf.Open(program)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	loader := f.Section(".interp")
	if loader == nil {
		return nil
	}
	name, err := loader.Data()
	if err != nil {
		return err
	}
	at := strings.TrimRight(string(name), "\x00")
	out, err := exec.CommandContext(context.Background(), at, "--list", program).Output() //nolint:gosec // the loader of this machine
	if err != nil {
		return fmt.Errorf("listing the libraries of %s: %w", program, err)
	}
	errs := []error{put(root, at, at, 0o755)}
	for line := range strings.Lines(string(out)) {
		if _, rest, ok := strings.Cut(line, "=> "); ok { // libc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x...)
			library, _, _ := strings.Cut(rest, " ")
			errs = append(errs, put(root, library, library, 0o755))
		}
	}
	return errors.Join(errs...)
}

// link puts one of our programs into a root without copying it: a server is large.
func link(root, at, from string) error {
	path := filepath.Join(root, at)
	if err := folders(filepath.Dir(path)); err != nil {
		return err
	}
	if os.Link(from, path) == nil {
		return nil
	}
	return put(root, at, from, 0o755) // another disk
}

// put copies a file of this machine into a root.
func put(root, at, from string, mode os.FileMode) error {
	path := filepath.Join(root, at)
	if err := folders(filepath.Dir(path)); err != nil {
		return err
	}
	content, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return os.WriteFile(path, content, mode)
}

func write(root, at, text string) error {
	path := filepath.Join(root, at)
	if err := folders(filepath.Dir(path)); err != nil {
		return err
	}
	return os.WriteFile(path, []byte(text), 0o644) //nolint:gosec // everybody reads it, as in a container
}

// folders makes a folder of an image, with all above it: everybody may enter them, as in a container.
func folders(path string) error {
	return os.MkdirAll(path, 0o755) //nolint:gosec // see above
}

func folder(root, at string, mode os.FileMode, owner int) error {
	path := filepath.Join(root, at)
	if err := folders(path); err != nil {
		return err
	}
	if mode&0o1000 != 0 {
		mode = mode&0o777 | os.ModeSticky
	}
	return errors.Join(os.Chmod(path, mode), os.Chown(path, owner, owner))
}
