package hosts

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"sync"

	"github.com/rs/zerolog"
)

// User is the name everybody logs in with.
const User = "pawl"

// Options say which machines the world has and where they live.
type Options struct {
	Dir   string   // everything of the world is below it; it must be absolute
	Names []string // of the hosts: lower case, digits and dashes
	Exe   string   // our own binary, put on the hosts' PATH under the names in Tools; empty: no tools
	Tools []string // what Exe is called there: "sqlite3", "scp"
	Log   zerolog.Logger
}

// World is a set of running hosts. Close it when done.
type World struct {
	opts  Options
	hosts map[string]*Host
	wg    sync.WaitGroup
}

// New makes the hosts and starts them. What an earlier World left in the same directory is taken over: keys, ports,
// homes, and the scripts that still run there. A port that somebody else has meanwhile is an error, because addresses
// are written down in runs under way.
func New(o Options) (*World, error) {
	if !filepath.IsAbs(o.Dir) {
		return nil, fmt.Errorf("making the world: its directory %q is not absolute", o.Dir)
	}
	w := &World{opts: o, hosts: map[string]*Host{}}
	if err := w.build(); err != nil {
		w.Close()
		return nil, fmt.Errorf("making the world in %s: %w", o.Dir, err)
	}
	return w, nil
}

func (w *World) build() error {
	for _, dir := range []string{"", "ssh", "bin", "hosts"} {
		if err := os.MkdirAll(filepath.Join(w.opts.Dir, dir), 0o700); err != nil {
			return err
		}
	}
	if err := w.placeTools(); err != nil {
		return err
	}
	controller, err := loadKey(w.IdentityFile())
	if err != nil {
		return err
	}
	ports, err := w.loadPorts()
	if err != nil {
		return err
	}
	for _, name := range w.opts.Names {
		if name == "" || strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
			return fmt.Errorf("%q is no name for a host", name)
		}
		if w.hosts[name] != nil {
			return fmt.Errorf("there are two hosts %q", name)
		}
		h, err := newHost(w, name, ports[name])
		if err != nil {
			return fmt.Errorf("starting host %q: %w", name, err)
		}
		w.hosts[name] = h
		ports[name] = h.port()
	}
	if err := w.savePorts(ports); err != nil {
		return err
	}
	if err := w.writeKnownHosts(); err != nil {
		return err
	}
	for _, h := range w.hosts {
		h.serve(w.whoMayLogIn(controller))
	}
	return nil
}

// Close stops the hosts and whatever is attached to a connection. Scripts that were started detached go on.
func (w *World) Close() {
	for _, h := range w.hosts {
		h.close()
	}
	w.wg.Wait()
}

// Host returns a host by name, or nil.
func (w *World) Host(name string) *Host { return w.hosts[name] }

// Hosts returns all hosts, by name.
func (w *World) Hosts() []*Host {
	all := make([]*Host, 0, len(w.hosts))
	for _, h := range w.hosts {
		all = append(all, h)
	}
	sort.Slice(all, func(i, j int) bool { return all[i].name < all[j].name })
	return all
}

// Cut cuts a host's cable: its connections fall silent without ending, and new ones get no answer.
func (w *World) Cut(name string) error { return w.cable(name, true) }

// Mend mends a host's cable: what was under way arrives late, as TCP would deliver it.
func (w *World) Mend(name string) error { return w.cable(name, false) }

func (w *World) cable(name string, cut bool) error {
	h := w.hosts[name]
	if h == nil {
		return fmt.Errorf("finding host %q: the world has no such host", name)
	}
	h.cable.set(cut)
	return h.mark(cut)
}

// IdentityFile is the private key that logs in to every host.
func (w *World) IdentityFile() string { return filepath.Join(w.opts.Dir, "ssh", "id_ed25519") }

// KnownHosts is the known_hosts file that names every host.
func (w *World) KnownHosts() string { return filepath.Join(w.opts.Dir, "ssh", "known_hosts") }

// Dir is where everything of the world is.
func (w *World) Dir() string { return w.opts.Dir }

// Bin is the directory that stands first on the hosts' PATH.
func (w *World) Bin() string { return filepath.Join(w.opts.Dir, "bin") }

func (w *World) home(name string) string { return filepath.Join(w.opts.Dir, "hosts", name) }

func (w *World) portsFile() string { return filepath.Join(w.opts.Dir, "ssh", "ports.json") }

func (w *World) loadPorts() (map[string]int, error) {
	ports := map[string]int{}
	data, err := os.ReadFile(w.portsFile())
	if errors.Is(err, fs.ErrNotExist) {
		return ports, nil
	}
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(data, &ports); err != nil {
		return nil, fmt.Errorf("reading %s: %w", w.portsFile(), err)
	}
	return ports, nil
}

func (w *World) savePorts(ports map[string]int) error {
	data, err := json.MarshalIndent(ports, "", "  ")
	if err != nil {
		return err
	}
	return replace(w.portsFile(), append(data, '\n'))
}

// placeTools puts our binary on the hosts' PATH under the names of the tools. A hard link is tried first: it outlives
// the file it was made from, and "go run" deletes its binary while scripts may still run.
func (w *World) placeTools() error {
	if w.opts.Exe == "" {
		return nil
	}
	for _, name := range w.opts.Tools {
		fresh := filepath.Join(w.Bin(), "."+name)
		_ = os.Remove(fresh)
		if os.Link(w.opts.Exe, fresh) != nil {
			if err := os.Symlink(w.opts.Exe, fresh); err != nil {
				return err
			}
		}
		if err := os.Rename(fresh, filepath.Join(w.Bin(), name)); err != nil {
			return err
		}
		_ = os.Remove(fresh) // still there when both were one file already: rename(2) then does nothing
	}
	return nil
}

// replace writes a file so that readers see the old or the new one.
func replace(file string, data []byte) error {
	if err := os.WriteFile(file+".new", data, 0o600); err != nil {
		return err
	}
	return os.Rename(file+".new", file)
}
