package scripts_test

import (
	"context"
	"crypto/ed25519"
	"encoding/pem"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/crypto/ssh"

	"github.com/pawl-ops/pawl/internal/testneed"
	"github.com/pawl-ops/pawl/scripts"
)

// The same scripts with what a company has: OpenSSH's server and scp with an ordinary ssh configuration, and the real
// sqlite3.
func TestWithRealProgramsAsWell(t *testing.T) {
	t.Parallel()
	sshd := testneed.Component(t, "sshd", "sshd", "/usr/sbin/sshd")
	scp := testneed.Component(t, "scp", "/usr/bin/scp")
	sqlite3 := testneed.Component(t, "sqlite3", "/usr/bin/sqlite3")
	w := newWorld(t)
	require.NoError(t, scripts.Seed(t.Context(), w.master("shop.db"), 500))
	require.NoError(t, os.RemoveAll(w.hosts.Bin()))
	w.tool("sqlite3", `exec `+sqlite3+` "$@"`)
	config, port := startSSHD(t, sshd, w.hosts.Host("db-master").Home())
	w.tool("scp", `exec `+scp+` -F `+config+` "$@"`) // what ~/.ssh/config would be: ssh does not look at HOME

	me, err := user.Current()
	require.NoError(t, err)
	r := w.refresh("r1", "Alice").with("from", me.Username+"@127.0.0.1", "from_port", port)
	r.well("snapshot", "copy", "restore", "mask", "swap")
	toy := w.toy("toy_alice.db")
	require.Equal(t, []string{"500"}, query(t, toy, `SELECT count(*) FROM orders`))
	require.Equal(t, []string{"0"}, query(t, toy, `SELECT count(*) FROM people WHERE email NOT LIKE '%@example.invalid'`))
	require.Equal(t, []string{"ok"}, query(t, toy, `PRAGMA integrity_check`))

	// A name from the configuration instead of an address and a port.
	again := w.refresh("r2", "Alice").with("from", "master-of-ours", "from_port", "", "pace", "1")
	again.well("snapshot", "copy", "restore", "mask", "swap", "undo", "cleanup")
	require.Equal(t, []string{"toy_alice.db", "toy_alice.old.db", "toy_alice.undone"}, w.files("toys"))

	// What waiting cannot mend ends at once, in words for people.
	require.NoError(t, os.Remove(w.master("shop.db.snapshot")))
	again.refused("copy", "There is no snapshot on db-master any more.")
	require.NoError(t, os.Remove(w.master("shop.db.snapshot.about")))
	again.refused("copy", "There is no snapshot on db-master any more.")
	require.NoError(t, os.Truncate(filepath.Join(filepath.Dir(config), "known"), 0))
	again.refused("copy", "db-master does not show the key that toys knows it by.")
}

// startSSHD starts a server whose people's home is home, and returns a client's configuration for it.
func startSSHD(t *testing.T, sshd, home string) (config, port string) {
	t.Helper()
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		return path
	}
	key := func(name string) ssh.PublicKey {
		_, private, err := ed25519.GenerateKey(nil)
		require.NoError(t, err)
		block, err := ssh.MarshalPrivateKey(private, "")
		require.NoError(t, err)
		write(name, string(pem.EncodeToMemory(block)))
		signer, err := ssh.NewSignerFromKey(private)
		require.NoError(t, err)
		return signer.PublicKey()
	}
	if os.Geteuid() == 0 {
		require.NoError(t, os.MkdirAll("/run/sshd", 0o755)) // sshd as root insists on it
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	_, port, err = net.SplitHostPort(l.Addr().String())
	require.NoError(t, err)
	require.NoError(t, l.Close())
	host := key("host")
	write("authorized", string(ssh.MarshalAuthorizedKey(key("id"))))
	write("known", fmt.Sprintf("[127.0.0.1]:%s %s", port, ssh.MarshalAuthorizedKey(host)))
	serverConfig := write("sshd_config", fmt.Sprintf(`ListenAddress 127.0.0.1:%s
HostKey %[2]s/host
AuthorizedKeysFile %[2]s/authorized
PidFile none
StrictModes no
UsePAM no
PasswordAuthentication no
Subsystem sftp internal-sftp -d %[3]s
`, port, dir, home))
	cmd := exec.Command(sshd, "-D", "-e", "-f", serverConfig)
	require.NoError(t, cmd.Start())
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	eventually(t, "sshd listens", func() bool {
		c, err := net.Dial("tcp", "127.0.0.1:"+port)
		if err == nil {
			_ = c.Close()
		}
		return err == nil
	})
	me, err := user.Current()
	require.NoError(t, err)
	return write("config", fmt.Sprintf(`Host master-of-ours
  HostName 127.0.0.1
  Port %s
  User %s
Host *
  IdentityFile %[3]s/id
  IdentitiesOnly yes
  UserKnownHostsFile %[3]s/known
`, port, me.Username, dir)), port
}

// A cable that is cut while the copy is under way: it is said, and after the cable was mended the copy begins again.
func TestACutCableWhileCopying(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	require.NoError(t, scripts.Seed(t.Context(), w.master("shop.db"), 50_000)) // more than SSH takes in advance: 2 MiB
	r := w.refresh("r1", "Alice").with("pace", "3")
	r.well("snapshot")
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	cmd := r.near(ctx, "copy")
	log := filepath.Join(t.TempDir(), "log")
	file, err := os.Create(log)
	require.NoError(t, err)
	defer func() { require.NoError(t, file.Close()) }()
	cmd.Stdout, cmd.Stderr = file, file
	require.NoError(t, cmd.Start())
	text := func() string {
		b, err := os.ReadFile(log)
		require.NoError(t, err)
		return string(b)
	}
	eventually(t, "some of it came", func() bool {
		info, err := os.Stat(w.toy("toy_alice.part.db"))
		return err == nil && info.Size() > 0
	})
	require.NoError(t, w.hosts.Cut("db-master"))
	eventually(t, "the board knows", func() bool { return strings.Contains(text(), "pawl: note db-master does not answer since ") })
	require.NoError(t, w.hosts.Mend("db-master"))
	require.NoError(t, cmd.Wait(), text())
	require.Contains(t, text(), "pawl: done ")
	require.Equal(t, []string{"toy_alice.copy.db"}, w.files("toys"))

	// One that is not mended ends in words for people, and leaves nothing that looks like a copy.
	require.NoError(t, w.hosts.Cut("db-master"))
	w.refresh("r2", "Bob").with("patience", "1").refused("copy", "db-master does not answer toys since ")
	require.NoFileExists(t, w.toy("toy_bob.copy.db"))
}
