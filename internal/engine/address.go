package engine

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"strconv"
)

const addressFile = "address.json"

// address is how the ports of an engine are found again: by the next start,
// which uses the same ones so that bookmarks and firewall rules stay true, and
// by Dial.
type address struct {
	Namespace string `json:"namespace"`
	Frontend  int    `json:"frontend"`
	History   int    `json:"history"`
	Matching  int    `json:"matching"`
	Worker    int    `json:"worker"`
	UI        int    `json:"ui,omitempty"` // only when it was left to us to choose
}

// frontend is where clients connect.
func (a address) frontend() string {
	return hostPort(a.Frontend)
}

// readAddress returns the zero address when dir has none yet.
func readAddress(dir string) (address, error) {
	var a address
	b, err := os.ReadFile(filepath.Join(dir, addressFile))
	if errors.Is(err, fs.ErrNotExist) {
		return a, nil
	}
	if err != nil {
		return a, fmt.Errorf("reading the engine's address: %w", err)
	}
	if err := json.Unmarshal(b, &a); err != nil {
		return a, fmt.Errorf("reading the engine's address %s: %w", filepath.Join(dir, addressFile), err)
	}
	return a, nil
}

func (a address) write(dir string) error {
	b, err := json.Marshal(a)
	if err != nil {
		return fmt.Errorf("writing the engine's address: %w", err)
	}
	return writeFile(filepath.Join(dir, addressFile), b)
}

// ports holds listening sockets on loopback so that nobody else is given the
// same ports before the server opens them.
type ports struct {
	held []net.Listener
}

// reserve fills in the server's four ports, keeping those that are still free.
func (p *ports) reserve(a *address) error {
	for _, port := range []*int{&a.Frontend, &a.History, &a.Matching, &a.Worker} {
		l, err := listen(*port)
		if err != nil {
			p.release()
			return err
		}
		p.held = append(p.held, l)
		*port = l.Addr().(*net.TCPAddr).Port
	}
	return nil
}

func (p *ports) release() {
	for _, l := range p.held {
		l.Close()
	}
	p.held = nil
}

// Ports are chosen below the range from which the kernel gives ports to
// outgoing connections (from 32768 on Linux, from 49152 elsewhere): a port of
// that range that is kept from start to start would now and then be somebody's
// connection when it is needed.
const firstPort, lastPort = 20000, 32000

// listen opens the wanted port on loopback, or a free one when it is 0 or
// taken.
func listen(want int) (net.Listener, error) {
	if want != 0 {
		if l, err := net.Listen("tcp", hostPort(want)); err == nil {
			return l, nil
		}
	}
	var err error
	for range 100 {
		var l net.Listener
		if l, err = net.Listen("tcp", hostPort(firstPort+rand.IntN(lastPort-firstPort))); err == nil {
			return l, nil
		}
	}
	return nil, fmt.Errorf("looking for a free port on 127.0.0.1: %w", err)
}

func hostPort(port int) string {
	return net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
}
