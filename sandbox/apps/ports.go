package apps

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"syscall"

	"github.com/pawl-ops/pawl/sandbox/hosts"
)

// Ports come in blocks. Whoever listens on the first of a block has all of it: an instance that is down leaves its port alone,
// and neither another name of this world nor another world may take it meanwhile. They are above those of hosts, and below the
// range the kernel gives to outgoing connections, so that nobody has one by accident after a restart.
const (
	firstBlock = hosts.LastPort + 1
	blockPorts = 128
	blocks     = (32000 - firstBlock) / blockPorts
)

// ports are those of a world, by what they belong to.
type ports struct {
	of        map[string]int
	guards    []net.Listener // on the first of each block
	next, end int            // those of the last block that nobody has yet
}

func (a *Apps) portsFile() string { return filepath.Join(a.opts.Dir, "apps.json") }

// loadPorts reads which ports the world had before, and takes their blocks again where nobody has taken them since.
func (a *Apps) loadPorts(ctx context.Context) error {
	a.ports = ports{of: map[string]int{}}
	text, err := os.ReadFile(a.portsFile())
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if err := json.Unmarshal(text, &a.ports.of); err != nil {
		return fmt.Errorf("reading %s: %w", a.portsFile(), err)
	}
	had := map[int]bool{}
	for _, port := range a.ports.of {
		first := port - (port-firstBlock)%blockPorts
		if port >= firstBlock && !had[first] {
			had[first] = true
			if l, err := listenOn(ctx, first); err == nil {
				a.ports.guards = append(a.ports.guards, l)
			}
		}
	}
	return nil
}

func (a *Apps) savePorts() error {
	text, err := json.MarshalIndent(a.ports.of, "", "  ")
	if err != nil {
		return err
	}
	return replace(a.portsFile(), append(text, '\n'), 0o600)
}

// freePorts gives the blocks back.
func (a *Apps) freePorts() {
	for _, l := range a.ports.guards {
		_ = l.Close()
	}
}

// listen takes the port that belongs to a name; a free one the first time. Addresses are written down in pawl.yaml and in
// runs under way, so another one is no way out.
func (a *Apps) listen(ctx context.Context, name string) (net.Listener, error) {
	if port := a.ports.of[name]; port != 0 {
		l, err := hosts.ListenAgain(ctx, port)
		if errors.Is(err, syscall.EADDRINUSE) {
			return nil, fmt.Errorf("port %d, which is that of %s, is in use by another program", port, name)
		}
		return l, err
	}
	for {
		for ; a.ports.next < a.ports.end; a.ports.next++ {
			if l, err := listenOn(ctx, a.ports.next); err == nil { // else a program has it that knows nothing of blocks
				a.ports.of[name] = a.ports.next
				a.ports.next++
				return l, nil
			}
		}
		if err := a.takeBlock(ctx); err != nil {
			return nil, err
		}
	}
}

// takeBlock takes a block that nobody has.
func (a *Apps) takeBlock(ctx context.Context) (err error) {
	for range 4 * blocks {
		first := firstBlock + blockPorts*rand.IntN(blocks)
		var l net.Listener
		if l, err = listenOn(ctx, first); err == nil {
			a.ports.guards = append(a.ports.guards, l)
			a.ports.next, a.ports.end = first+1, first+blockPorts
			return nil
		}
	}
	return fmt.Errorf("all ports from %d to %d are in use: %w", firstBlock, firstBlock+blocks*blockPorts, err)
}

func listenOn(ctx context.Context, port int) (net.Listener, error) {
	return (&net.ListenConfig{}).Listen(ctx, "tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
}
