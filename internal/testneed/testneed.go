// Package testneed is how a test says that it needs a component of the
// machine: a browser, an SSH server, Node.
//
// A test that silently skips looks like a test that passed. So a missing
// component is never silent here: with REQUIRE=all in the environment (as in
// CI) it fails the test, otherwise the test is skipped and a line about it is
// appended to the file named by PAWL_LEFT_OUT, which `make test` prints at the
// end.
package testneed

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
)

const (
	// requireEnv set to "all" turns every missing component into a failure.
	requireEnv = "REQUIRE"
	// leftOutEnv names the file that collects what was left out.
	leftOutEnv = "PAWL_LEFT_OUT"
)

// Component returns the path of an installed program that the test cannot do
// without. The candidates are tried in order; each is a name to be found on
// PATH or an absolute path, and without any the name itself is tried.
//
// When none is there Component does not return: it fails the test if
// REQUIRE=all, otherwise it records the test in the file named by
// PAWL_LEFT_OUT (if set) and skips it. Both say how to install the component
// on Debian.
func Component(t testing.TB, name string, candidates ...string) string {
	t.Helper()
	if len(candidates) == 0 {
		candidates = []string{name}
	}
	for _, c := range candidates {
		if path, err := exec.LookPath(c); err == nil {
			return path
		}
	}
	missing := fmt.Sprintf("%s is not installed (looked for %s); on Debian: apt-get install -y %s",
		name, strings.Join(candidates, ", "), debianPackage(name))
	LeftOut(t, missing)
	return ""
}

// LeftOut is for a test that cannot do its work here, for the reason given: it fails the test if REQUIRE=all, otherwise it
// records the test in the file named by PAWL_LEFT_OUT (if set) and skips it. It does not return.
func LeftOut(t testing.TB, why string) {
	t.Helper()
	if os.Getenv(requireEnv) == "all" {
		t.Fatal(why)
	}
	if file := os.Getenv(leftOutEnv); file != "" {
		if err := appendLine(file, t.Name()+": "+why); err != nil {
			t.Fatalf("recording that %s was left out: %v", t.Name(), err)
		}
	}
	t.Skip(why)
}

// debianPackage is the package that brings a component; most share its name.
func debianPackage(name string) string {
	switch name {
	case "sshd":
		return "openssh-server"
	case "ssh", "ssh-keygen":
		return "openssh-client"
	case "node":
		return "nodejs"
	case "nginx":
		return "nginx-light"
	case "systemd-analyze":
		return "systemd"
	case "psql", "postgres":
		return "postgresql"
	default:
		return name
	}
}

// appendLine adds one line in a single write, so that the test binaries that
// `go test` runs side by side do not tear each other's lines.
func appendLine(file, line string) error {
	f, err := os.OpenFile(file, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	if _, err := f.WriteString(line + "\n"); err != nil {
		_ = f.Close()
		return err
	}
	return f.Close()
}
