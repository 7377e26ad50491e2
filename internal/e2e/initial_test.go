package e2e

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/pawl-ops/pawl/sandbox"
	"github.com/pawl-ops/pawl/sandbox/slack"
)

// From nothing to a toy: six answers at a terminal, two tokens, check, check --live, up.
func TestFromAnEmptyDirectoryToAToy(t *testing.T) {
	t.Parallel()
	f := newFleet(t, nil)
	dir := filepath.Join(f.dir, "fresh")
	require.NoError(t, os.MkdirAll(filepath.Join(dir, ".ssh"), 0o700))
	for from, to := range map[string]string{f.world.Hosts.IdentityFile(): "id_ed25519", f.world.Hosts.KnownHosts(): "known_hosts"} {
		text, err := os.ReadFile(from)
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(filepath.Join(dir, ".ssh", to), text, 0o600))
	}
	env := []string{"HOME=" + dir, "PATH=" + os.Getenv("PATH"), "SLACK_API_URL=" + f.world.URL + "/api/"}
	master, toys := f.world.Hosts.Host("db-master").Address(), f.world.Hosts.Host("toys").Address()

	said, code := atTerminal(t, dir, env, "Pawl/\n?\n\n@engineering, jana@acme.test\n\n"+master+" shop.db\n"+toys+"\npeople.name, people.email\n", "init")
	require.Zero(t, code, said)
	require.Contains(t, said, "Not like this: a name begins with")
	require.Contains(t, said, "https://api.slack.com/apps?new_app=1&manifest_json=")
	info, err := os.Stat(filepath.Join(dir, ".env"))
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())

	printed, code := typed(t, dir, env, "schema")
	require.Zero(t, code, printed)
	schema, err := os.ReadFile(filepath.Join(dir, "pawl.schema.json"))
	require.NoError(t, err)
	require.Equal(t, printed, string(schema), "editors know the file without asking anybody")

	said, code = typed(t, dir, env, "check")
	require.Zero(t, code, said)
	require.NotContains(t, said, "pawl.schema.json")
	require.NoError(t, os.WriteFile(filepath.Join(dir, "pawl.schema.json"), []byte("{}"), 0o600))
	outdated, _ := typed(t, dir, env, "check")
	require.Contains(t, outdated, "is of another version of this program: pawl schema > pawl.schema.json")
	require.NoError(t, os.WriteFile(filepath.Join(dir, "pawl.schema.json"), schema, 0o600))
	require.Contains(t, said, "Not set: SLACK_BOT_TOKEN and SLACK_APP_TOKEN.")
	said, code = typed(t, dir, env, "up", "--ui", "")
	require.Equal(t, 1, code, said)
	require.Contains(t, said, "there is no way into Slack")

	text, err := os.ReadFile(filepath.Join(dir, ".env"))
	require.NoError(t, err)
	filled := strings.NewReplacer("SLACK_BOT_TOKEN=", "SLACK_BOT_TOKEN="+sandbox.BotToken, "SLACK_APP_TOKEN=", "SLACK_APP_TOKEN="+sandbox.AppToken).Replace(string(text))
	require.NoError(t, os.WriteFile(filepath.Join(dir, ".env"), []byte(filled), 0o600))
	said, code = typed(t, dir, env, "check", "--live")
	require.Zero(t, code, said)
	require.NotContains(t, said, "mend")
	for _, line := range []string{"Acme, as @pawl", "all 16", "Pawl is in it", "@engineering", "@jana", "in as pawl; its key is ssh-ed25519 SHA256:", "made at the first start", "All is well."} {
		require.Contains(t, said, line)
	}
	require.NoDirExists(t, filepath.Join(dir, ".pawl"), "a look makes nothing")

	said, code = typed(t, dir, env, "check", "--live", "--can", "alice", "toy")
	require.Zero(t, code, said)
	require.Contains(t, said, "Yes: Alice Andersson (@alice) may type `toy`")
	said, code = typed(t, dir, env, "check", "--can", "everyone", "toy")
	require.Equal(t, 1, code, said)

	f.upIn(dir, env)
	alice := f.person("alice")
	require.Contains(t, alice.look("help"), "toy")
	alice.types("toy").sees(60*time.Second, "your toy database is fresh")
	said, code = typed(t, dir, env, "check", "--live", "--data", f.data())
	require.Zero(t, code, said)
	require.Contains(t, said, "a Pawl runs on this data directory")

	// What is wrong in the world is told, each with what mends it.
	file := filepath.Join(dir, "pawl.yaml")
	answered, err := os.ReadFile(file)
	require.NoError(t, err)
	away := strings.Replace(string(answered), "{host: db-master", `{address: "pawl@127.0.0.1:1", host: db-master`, 1)
	require.NoError(t, os.WriteFile(file, []byte(away), 0o600))
	said, code = typed(t, dir, env, "check", "--live", "--data", f.data())
	require.Equal(t, 1, code, said)
	require.Contains(t, said, "it cannot fetch from pawl@127.0.0.1, as toys are: ")
	require.Contains(t, said, "ssh-copy-id -p 1 pawl@127.0.0.1")
	require.NoError(t, os.WriteFile(file, answered, 0o600))
	require.NoError(t, f.world.Slack.Edit(slack.Edit{Channel: "ops", Remove: []string{"pawl"}}))
	require.NoError(t, f.world.Slack.Edit(slack.Edit{User: "jana", Guest: new(true)}))
	known := filepath.Join(dir, ".ssh", "known_hosts")
	lines, err := os.ReadFile(known)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(known, swapped(string(lines), master, toys), 0o600))
	said, code = typed(t, dir, env, "check", "--live", "--data", f.data())
	require.Equal(t, 1, code, said)
	for _, line := range []string{"Pawl is not in it", "/invite @pawl", "is a guest", "IT SHOWS ANOTHER KEY", "to mend."} {
		require.Contains(t, said, line)
	}
	require.NotContains(t, said, sandbox.BotToken)
}

// swapped gives two hosts in known_hosts the key of the other.
func swapped(lines, one, other string) []byte {
	port := func(address string) string { return address[strings.LastIndexByte(address, ':'):] + " " }
	return []byte(strings.NewReplacer(port(one), port(other), port(other), port(one)).Replace(lines))
}

// upIn starts Pawl with the pawl.yaml and the .env of a directory, and waits until it takes commands.
func (f *fleet) upIn(dir string, env []string) {
	f.t.Helper()
	cmd := exec.Command(binary, "up", "--data", f.data(), "--listen", f.listen, "--ui", "")
	cmd.Dir, cmd.Env = dir, env
	require.NoError(f.t, f.life.Start(cmd))
	f.ready()
}

// Whoever leaves before the last answer leaves nothing behind.
func TestCtrlCInInitLeavesNothingBehind(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	said, code := atTerminal(t, dir, []string{"HOME=" + dir, "PATH=" + os.Getenv("PATH")}, "Pawl\n\x03", "init")
	require.Equal(t, 1, code, said)
	require.Contains(t, said, "you left before the last answer, so nothing was written")
	left, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Empty(t, left)
}

// atTerminal runs Pawl at a terminal at which somebody types, and gives all that was shown.
func atTerminal(t *testing.T, dir string, env []string, keys string, args ...string) (shown string, code int) {
	t.Helper()
	ours, theirs := terminal(t)
	cmd := exec.CommandContext(t.Context(), binary, args...)
	cmd.Dir, cmd.Env = dir, env
	cmd.Stdin, cmd.Stdout, cmd.Stderr = theirs, theirs, theirs
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	require.NoError(t, cmd.Start())
	late := time.AfterFunc(time.Minute, func() { _ = cmd.Process.Kill() })
	defer late.Stop()
	require.NoError(t, theirs.Close())
	var screen bytes.Buffer
	over, asked := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(over)
		waiting, block := asked, make([]byte, 4096)
		for {
			n, err := ours.Read(block)
			screen.Write(block[:n])
			if waiting != nil && bytes.Contains(screen.Bytes(), []byte("> ")) {
				close(waiting)
				waiting = nil
			}
			if err != nil {
				return // a terminal whose programs have ended is an error to read
			}
		}
	}()
	select {
	case <-asked: // nobody answers before they are asked; Ctrl-C before that just ends the program
	case <-over:
	}
	for key := range strings.SplitAfterSeq(keys, "\n") {
		_, err := io.WriteString(ours, key)
		require.NoError(t, err)
	}
	_ = cmd.Wait() // the exit code is asked for below
	<-over
	return strings.ReplaceAll(screen.String(), "\r\n", "\n"), cmd.ProcessState.ExitCode()
}

// terminal is a terminal: our side of it, and that of the program.
func terminal(t *testing.T) (ours, theirs *os.File) {
	t.Helper()
	ours, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	require.NoError(t, err)
	t.Cleanup(func() { _ = ours.Close() })
	fd := int(ours.Fd())
	require.NoError(t, unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0))
	n, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	require.NoError(t, err)
	theirs, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0)
	require.NoError(t, err)
	return ours, theirs
}
