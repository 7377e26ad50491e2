package pgtest

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/pawl-ops/pawl/internal/testneed"
)

// Shared is one server for all tests of a package. The zero value is ready; Stop belongs into TestMain.
type Shared struct {
	mu     sync.Mutex
	server *Server
	err    error
	made   int // databases, for their names
}

// Database gives a test a database of its own and how it is reached, as [Superuser]. The first call starts the server.
// On a machine without PostgreSQL the test is left out, or fails where nothing may be (see testneed).
func (s *Shared) Database(t testing.TB) string {
	t.Helper()
	program := testneed.Component(t, "postgres", programs()...)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.server == nil && s.err == nil {
		s.server, s.err = Start(folderOf(t, program), false)
	}
	if s.err != nil {
		t.Fatalf("starting PostgreSQL: %v", s.err)
	}
	s.made++
	name := fmt.Sprintf("test%d", s.made)
	if err := s.server.create(t.Context(), name); err != nil {
		t.Fatalf("making the database %s: %v", name, err)
	}
	return s.server.DSN(Superuser, name)
}

// Stop ends the server, if one was started.
func (s *Shared) Stop() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.server == nil {
		return nil
	}
	err := s.server.Close()
	s.server = nil
	return err
}

// Alone is a server for one test only, for what would disturb others: a crash, a full disk, a password.
func Alone(t testing.TB, durable bool) *Server {
	t.Helper()
	s, err := Start(folderOf(t, testneed.Component(t, "postgres", programs()...)), durable)
	if err != nil {
		t.Fatalf("starting PostgreSQL: %v", err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("ending PostgreSQL: %v", err)
		}
	})
	return s
}

func (s *Server) create(ctx context.Context, database string) error {
	conn, err := pgx.Connect(ctx, s.DSN(Superuser, "postgres"))
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(ctx) }()
	_, err = conn.Exec(ctx, "CREATE DATABASE "+pgx.Identifier{database}.Sanitize()+" TEMPLATE template0")
	return err
}

// Folder is where the newest PostgreSQL of this machine has its programs, for Start.
func Folder() (string, error) {
	for _, program := range programs() {
		if path, err := exec.LookPath(program); err == nil {
			path, err = filepath.EvalSymlinks(path)
			return filepath.Dir(path), err
		}
	}
	return "", errors.New("there is no PostgreSQL on this machine: `make setup` says how to install it")
}
