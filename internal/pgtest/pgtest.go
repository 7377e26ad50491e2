// Package pgtest gives tests a real PostgreSQL of their own.
//
// A [Server] is a cluster in a folder of its own, made with the initdb of this machine, that listens on a Unix socket in
// that folder and nowhere else. PostgreSQL refuses to run as root, so a test that runs as root gives it to the user
// postgres, or to nobody. A guardian, a shell that waits for the end of its input, ends the server and removes the folder
// also when the test binary was killed.
//
// Making a cluster takes a second or two, so the tests of a package share one: a [Shared] as a variable of the test
// package, Stop in TestMain, and a database for each test.
package pgtest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// Superuser is the role that owns everything in a test's cluster. It needs no password.
const Superuser = "owner"

// Server is a running cluster.
type Server struct {
	bin      string // where PostgreSQL's programs are
	dir      string // all its files, the socket included
	as       *syscall.Credential
	guardian *exec.Cmd
	leash    *os.File // the guardian waits for its end
}

// Start makes a cluster and starts it. Without durable it never waits for the disk (fsync off), which is right for every
// test that is not about crashes of the machine; a crash of the server alone loses nothing either way. Close ends it.
func Start(bin string, durable bool) (*Server, error) {
	as, err := unprivileged()
	if err != nil {
		return nil, err
	}
	// Not t.TempDir: only its owner may enter that, and the names of sockets must stay under 108 bytes.
	dir, err := os.MkdirTemp("/tmp", "pawl-pg-")
	if err != nil {
		return nil, err
	}
	s := &Server{bin: bin, dir: dir, as: as}
	if as != nil {
		if err := os.Chown(dir, int(as.Uid), int(as.Gid)); err != nil {
			return nil, errors.Join(err, os.RemoveAll(dir))
		}
	}
	if err := s.guard(); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	if err := s.run("initdb", "-D", s.data(), "-U", Superuser, "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync"); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	settings := []string{
		"listen_addresses = ''", "unix_socket_directories = '" + dir + "'", "max_connections = 60", "timezone = 'UTC'",
		"shared_buffers = 64MB", "log_min_messages = fatal",
	}
	if !durable {
		settings = append(settings, "fsync = off", "full_page_writes = off")
	}
	if err := s.configure(settings); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	if err := s.Up(); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// DSN is how a database of the cluster is reached.
func (s *Server) DSN(role, database string) string {
	return fmt.Sprintf("host=%s user=%s dbname=%s", s.dir, role, database)
}

// Up starts a server that is down, and returns when it answers.
func (s *Server) Up() error {
	return s.run("pg_ctl", "-D", s.data(), "-l", filepath.Join(s.dir, "log"), "-w", "-t", "60", "-s", "start")
}

// Down ends the server in good order.
func (s *Server) Down() error {
	return s.run("pg_ctl", "-D", s.data(), "-m", "fast", "-w", "-t", "60", "-s", "stop")
}

// Crash ends the server as a power cut would: it has to recover when it is started again.
func (s *Server) Crash() error {
	return s.run("pg_ctl", "-D", s.data(), "-m", "immediate", "-w", "-t", "60", "-s", "stop")
}

// Configure adds lines to postgresql.conf; they count after the next Up.
func (s *Server) Configure(lines ...string) error { return s.configure(lines) }

// Close ends the server and removes its files.
func (s *Server) Close() error {
	err := s.leash.Close()
	return errors.Join(err, s.guardian.Wait())
}

func (s *Server) data() string { return filepath.Join(s.dir, "data") }

func (s *Server) configure(lines []string) error {
	f, err := os.OpenFile(filepath.Join(s.data(), "postgresql.conf"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = f.WriteString(strings.Join(lines, "\n") + "\n")
	return errors.Join(err, f.Close())
}

// guard starts the shell that cleans up. It gets the folder as its arguments, never as a part of a command.
func (s *Server) guard() error {
	in, leash, err := os.Pipe()
	if err != nil {
		return err
	}
	const script = `cat >/dev/null; "$0"/pg_ctl -D "$1"/data -m immediate -w -s stop >/dev/null 2>&1; rm -rf "$1"; exit 0`
	cmd := exec.CommandContext(context.Background(), "/bin/sh", "-c", script, s.bin, s.dir) //nolint:gosec // the script is the one above
	cmd.Stdin, cmd.Dir = in, "/"
	// A group of its own: Ctrl-C for the tests is no reason for the guardian to die before its work.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Credential: s.as}
	err = cmd.Start()
	if err := errors.Join(err, in.Close()); err != nil {
		return errors.Join(err, leash.Close())
	}
	s.guardian, s.leash = cmd, leash
	return nil
}

// run calls one of PostgreSQL's programs. What it says goes to a file and not to a pipe: the server it leaves behind
// would keep that open.
func (s *Server) run(program string, args ...string) error {
	out, err := os.OpenFile(filepath.Join(s.dir, "said"), os.O_CREATE|os.O_TRUNC|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	defer func() { _ = out.Close() }()
	cmd := exec.CommandContext(context.Background(), filepath.Join(s.bin, program), args...) //nolint:gosec // PostgreSQL's own programs
	cmd.Dir, cmd.Stdout, cmd.Stderr = s.dir, out, out
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "LANG=C", "LC_ALL=C"}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: s.as}
	if err := cmd.Run(); err != nil {
		said, _ := os.ReadFile(out.Name())
		log, _ := os.ReadFile(filepath.Join(s.dir, "log"))
		return fmt.Errorf("running %s: %w: %s\n%s", program, err, said, log)
	}
	return nil
}

// unprivileged is whom the server runs as, or nil for whoever runs the test.
func unprivileged() (*syscall.Credential, error) {
	if os.Geteuid() != 0 {
		return nil, nil //nolint:nilnil // nil is "nobody else", and not the absence of an answer
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err := strconv.ParseUint(u.Uid, 10, 32)
		if err != nil {
			return nil, err
		}
		gid, err := strconv.ParseUint(u.Gid, 10, 32)
		if err != nil {
			return nil, err
		}
		return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, nil
	}
	return nil, errors.New("looking for a user to run PostgreSQL as: there is neither postgres nor nobody")
}

// programs are the places where a postgres may be: on PATH, and where Debian keeps one for each version, newest first.
func programs() []string {
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/postgres")
	if err != nil {
		return []string{"postgres"}
	}
	version := func(path string) int {
		n, _ := strconv.Atoi(filepath.Base(filepath.Dir(filepath.Dir(path)))) // no number: the oldest
		return n
	}
	slices.SortFunc(found, func(a, b string) int { return version(b) - version(a) })
	return append([]string{"postgres"}, found...)
}

// folderOf is where the programs beside this one are.
func folderOf(t testing.TB, program string) string {
	t.Helper()
	path, err := filepath.EvalSymlinks(program)
	if err != nil {
		t.Fatalf("looking for the programs beside %s: %v", program, err)
	}
	return filepath.Dir(path)
}

// DemandPassword makes the server ask a role for its password from now on.
func (s *Server) DemandPassword(role string) error {
	rules := fmt.Sprintf("local all %q scram-sha-256\nlocal all all trust\n", role)
	if err := os.WriteFile(filepath.Join(s.data(), "pg_hba.conf"), []byte(rules), 0o600); err != nil {
		return err
	}
	return s.run("pg_ctl", "-D", s.data(), "-s", "reload")
}

// Listen makes a running server answer on port 5432 of an address of this machine as well, for programs that know no
// sockets. There it asks every role for its password. The address is better one of 127.0.0.0/8 that nobody else has.
func (s *Server) Listen(addr string) error {
	rules := "local all all trust\nhost all all all scram-sha-256\n"
	if err := os.WriteFile(filepath.Join(s.data(), "pg_hba.conf"), []byte(rules), 0o600); err != nil {
		return err
	}
	if err := s.configure([]string{"listen_addresses = '" + addr + "'"}); err != nil {
		return err
	}
	return errors.Join(s.Down(), s.Up())
}

// Socket is the folder of the server's socket: what PGHOST is for PostgreSQL's own programs.
func (s *Server) Socket() string { return s.dir }

// Programs is the folder of PostgreSQL's own programs.
func (s *Server) Programs() string { return s.bin }
