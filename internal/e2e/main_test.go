package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/pawl-ops/pawl/internal/pgtest"
)

// servers are the PostgreSQL of these tests.
var servers pgtest.Shared

// binary is Pawl, built once with fail points; tools are what its hosts have.
var binary, tools string

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "pawl-e2e-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	binary, tools = filepath.Join(dir, "pawl"), filepath.Join(dir, "tools")
	for out, pkg := range map[string]string{binary: "pawl", tools: "tools"} {
		// Stripped: with a Temporal server inside, linking takes half as long.
		build := exec.Command("go", "build", "-tags", "failpoints", "-ldflags", "-s -w", "-o", out, "github.com/pawl-ops/pawl/internal/e2e/"+pkg)
		if text, err := build.CombinedOutput(); err != nil {
			fmt.Fprintf(os.Stderr, "building %s: %v\n%s", pkg, err, text)
			return 1
		}
	}
	// Whoever runs this may work with a cluster and an agent of their own: nothing of that may be used.
	for name, value := range map[string]string{"TEMPORAL_ADDRESS": "127.0.0.1:1", "TEMPORAL_NAMESPACE": "theirs", "SSH_AUTH_SOCK": "/nonexistent/agent"} {
		if err := os.Setenv(name, value); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
	}
	code := m.Run()
	if err := servers.Stop(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return code
}
