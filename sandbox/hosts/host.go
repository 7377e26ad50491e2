package hosts

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
	"time"

	"golang.org/x/crypto/ssh"
)

// Like OpenSSH's MaxSessions and LoginGraceTime, sshd_config(5).
const (
	maxSessions = 10
	loginGrace  = 2 * time.Minute
)

// portWaits is far more than it takes a process that was started to become another program.
const portWaits = 2 * time.Second

// Host is one machine of the world.
type Host struct {
	world    *World
	name     string
	key, own ssh.Signer
	listener net.Listener
	cable    *cable

	mu       sync.Mutex
	closed   bool
	conns    map[net.Conn]bool
	attached map[int]bool // pids of the shells of open sessions
}

// newHost takes the host's port, a free one when it has none yet, and makes its home and keys.
func newHost(w *World, name string, port int) (*Host, error) {
	h := &Host{world: w, name: name, cable: newCable(), conns: map[net.Conn]bool{}, attached: map[int]bool{}}
	if err := os.MkdirAll(h.Home(), 0o700); err != nil {
		return nil, err
	}
	if err := h.mark(false); err != nil { // an earlier world may have ended with it cut
		return nil, err
	}
	var err error
	if h.key, err = loadKey(w.hostKeyFile(name)); err != nil {
		return nil, err
	}
	if h.own, err = loadKey(w.ownKeyFile(name)); err != nil {
		return nil, err
	}
	h.listener, err = listen(port)
	return h, err
}

// Ports of hosts are between these; those of others begin behind them.
const (
	firstPort = 20000
	LastPort  = 23999
)

// listen takes a port on loopback. New ones are below the range the kernel gives to outgoing connections (32768 and
// up on Linux), so that nobody else has it by accident after a restart.
func listen(port int) (net.Listener, error) {
	if port != 0 {
		return ListenAgain(context.Background(), port)
	}
	var err error
	for range 50 {
		var l net.Listener
		if l, err = net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", firstPort+rand.IntN(LastPort-firstPort+1))); err == nil {
			return l, nil
		}
	}
	return nil, err
}

// ListenAgain takes a port on loopback that was the world's before. Right after an earlier world it may not be free yet: a
// process that was started as that one ended has its listeners as well, until it becomes another program. A port that is in
// use for two seconds is another's, and syscall.EADDRINUSE.
func ListenAgain(ctx context.Context, port int) (net.Listener, error) {
	for patience := time.Now().Add(portWaits); ; <-time.After(5 * time.Millisecond) {
		l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
		if !errors.Is(err, syscall.EADDRINUSE) || time.Now().After(patience) {
			return l, err
		}
	}
}

// Name is how people call the host.
func (h *Host) Name() string { return h.name }

// Address is user@ip:port, as pawl.yaml has it.
func (h *Host) Address() string { return User + "@" + h.listener.Addr().String() }

// Home is the host's home directory.
func (h *Host) Home() string { return h.world.home(h.name) }

// IsCut reports whether the host's cable is cut.
func (h *Host) IsCut() bool { return !isClosed(h.cable.whole()) }

func (h *Host) port() int { return h.listener.Addr().(*net.TCPAddr).Port }

func (h *Host) serve(config *ssh.ServerConfig) {
	mine := *config
	mine.AddHostKey(h.key)
	h.world.wg.Add(1)
	go func() {
		defer h.world.wg.Done()
		for {
			conn, err := h.listener.Accept()
			if errors.Is(err, net.ErrClosed) {
				return
			}
			if err != nil {
				h.world.opts.Log.Warn().Str("host", h.name).Err(err).Msg("accepting a connection")
				continue
			}
			h.world.wg.Add(1)
			go func() {
				defer h.world.wg.Done()
				h.talk(wire(conn, h.cable), &mine)
			}()
		}
	}()
}

// talk serves one connection until it ends.
func (h *Host) talk(conn *wired, config *ssh.ServerConfig) {
	defer func() { _ = conn.Close() }()
	if !h.keep(conn) {
		return
	}
	defer h.drop(conn)
	grace := time.AfterFunc(loginGrace, func() { _ = conn.Close() })
	server, channels, requests, err := ssh.NewServerConn(conn, config)
	if !grace.Stop() || err != nil {
		return
	}
	if from := h.world.hosts[server.Permissions.Extensions[origin]]; from != nil && from != h {
		conn.there.Store(from.cable)
	}
	var sessions sync.WaitGroup
	defer sessions.Wait()
	go ssh.DiscardRequests(requests) // answers keepalives by refusing them, as OpenSSH does
	slots := make(chan struct{}, maxSessions)
	for channel := range channels {
		if channel.ChannelType() != "session" {
			_ = channel.Reject(ssh.UnknownChannelType, "unsupported channel type")
			continue
		}
		select {
		case slots <- struct{}{}:
		default:
			_ = channel.Reject(ssh.ConnectionFailed, "open failed")
			continue
		}
		ch, reqs, err := channel.Accept()
		if err != nil {
			<-slots
			continue
		}
		sessions.Add(1)
		go func() {
			defer sessions.Done()
			defer func() { <-slots }()
			(&session{host: h, channel: ch}).serve(reqs)
		}()
	}
}

// Whole is closed while the host's cable is whole; after a cut there is another one.
func (h *Host) Whole() <-chan struct{} { return h.cable.whole() }

// Environment is all a command gets, and everything else that runs on the host: nothing of the user who runs the world but the end of PATH.
func (h *Host) Environment() []string {
	return []string{
		"HOME=" + h.Home(), "USER=" + User, "LOGNAME=" + User, "SHELL=/bin/sh", "LANG=C.UTF-8",
		"PATH=" + h.world.Bin() + string(filepath.ListSeparator) + os.Getenv("PATH"),
		EnvIdentity + "=" + h.world.ownKeyFile(h.name), EnvKnownHosts + "=" + h.world.KnownHosts(),
	}
}

// Variables that tell the hosts' own scp how to reach the other hosts.
const (
	EnvIdentity   = "PAWL_SCP_IDENTITY"
	EnvKnownHosts = "PAWL_SCP_KNOWN_HOSTS"
)

func (h *Host) keep(c net.Conn) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return false
	}
	h.conns[c] = true
	return true
}

func (h *Host) drop(c net.Conn) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.conns, c)
}

func (h *Host) close() {
	_ = h.listener.Close()
	h.mu.Lock()
	defer h.mu.Unlock()
	h.closed = true
	for c := range h.conns {
		_ = c.Close()
	}
	for pid := range h.attached {
		killGroup(pid)
	}
}
