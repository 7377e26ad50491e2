package terminal

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// SocketFile is the socket's name in the data directory.
const SocketFile = "pawl.sock"

// socketMode lets in the owner and the group. Who may reach the socket at all is decided by the folder it is in.
const socketMode = 0o660

// longestPath is how many bytes the path of a socket may have: sun_path of unix(7), with its zero.
const longestPath = 107

// listen makes the socket. It appears under its name at once with its mode, in the place of one whose process died: it
// is made under another name first. Whoever calls it knows that nobody else serves this one.
func listen(path string) (*net.UnixListener, error) {
	dir, name := filepath.Split(path)
	folder, done, err := short(filepath.Clean(dir + "."))
	if err != nil {
		return nil, err
	}
	defer done()
	at := filepath.Join(folder, fmt.Sprintf(".%s.%d", name, os.Getpid()))
	if err := os.Remove(at); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: at, Net: "unix"})
	if err != nil {
		return nil, err
	}
	l.SetUnlinkOnClose(false) // it has another name by then, and that may be somebody else's
	err = os.Chmod(at, socketMode)
	if err == nil {
		err = os.Rename(at, filepath.Join(folder, name))
	}
	if err != nil {
		return nil, errors.Join(err, l.Close(), os.Remove(at))
	}
	return l, nil
}

// Dial connects to the socket at path.
func Dial(ctx context.Context, path string) (net.Conn, error) {
	folder, done, err := short(filepath.Dir(path))
	if err != nil {
		return nil, err
	}
	defer done()
	d := net.Dialer{Timeout: 5 * time.Second}
	return d.DialContext(ctx, "unix", filepath.Join(folder, filepath.Base(path)))
}

// short is another name of a folder, for as long as done is not called, where its own is too long for the path of a
// socket. The folder must exist.
func short(dir string) (name string, done func(), err error) {
	if len(dir)+len("/."+SocketFile+".4194304") <= longestPath && !strings.Contains(dir, "\x00") {
		return dir, func() {}, nil
	}
	f, err := os.Open(dir)
	if err != nil {
		return "", nil, err
	}
	return fmt.Sprintf("/proc/self/fd/%d", f.Fd()), func() { _ = f.Close() }, nil
}
