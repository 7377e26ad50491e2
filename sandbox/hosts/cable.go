package hosts

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
)

// CutFile is a file in a host's home while its cable is cut. Servers that run there have ports of their own, which no
// cable of ours leads to; they look at the file and keep silent.
const CutFile = ".cable-cut"

// mark makes or removes the file.
func (h *Host) mark(cut bool) error {
	file := filepath.Join(h.Home(), CutFile)
	var err error
	if cut {
		err = os.WriteFile(file, nil, 0o600)
	} else if err = os.Remove(file); errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	if err != nil {
		return fmt.Errorf("marking the cable of %s: %w", h.name, err)
	}
	return nil
}

// cable is what a host is connected with. While it is cut nothing passes and nothing ends; what was sent waits.
type cable struct {
	mu   sync.Mutex
	pass chan struct{} // closed while the cable is whole
}

func newCable() *cable {
	c := &cable{pass: make(chan struct{})}
	close(c.pass)
	return c
}

func (c *cable) set(cut bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch whole := isClosed(c.pass); {
	case cut && whole:
		c.pass = make(chan struct{})
	case !cut && !whole:
		close(c.pass)
	}
}

func (c *cable) whole() chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.pass
}

func isClosed(c chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// wired is a connection that runs through one cable, and through a second one once it is known where it comes from.
type wired struct {
	net.Conn
	here   *cable
	there  atomic.Pointer[cable]
	closed chan struct{}
	once   sync.Once
}

func wire(c net.Conn, here *cable) *wired {
	return &wired{Conn: c, here: here, closed: make(chan struct{})}
}

// Read holds back what it read, an end of the stream included, until the cables are whole: nobody learns over a cut
// cable that the other side went away.
func (c *wired) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if !c.wait() {
		return 0, net.ErrClosed
	}
	return n, err
}

func (c *wired) Write(p []byte) (int, error) {
	if !c.wait() {
		return 0, net.ErrClosed
	}
	return c.Conn.Write(p)
}

func (c *wired) Close() error {
	c.once.Do(func() { close(c.closed) })
	return c.Conn.Close()
}

// wait returns when both cables are whole; false when the connection was closed meanwhile.
func (c *wired) wait() bool {
	for _, cable := range []*cable{c.here, c.there.Load()} {
		if cable == nil {
			continue
		}
		select {
		case <-cable.whole():
		case <-c.closed:
			return false
		}
	}
	return true
}
