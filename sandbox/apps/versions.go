package apps

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"

	"github.com/pawl-ops/pawl/internal/hosttools"
)

// Below the home of every host that runs the app: what was built, and the code of the versions that instances have run
// there. deploy.sh takes the second from the first.
const (
	artifactsDir = "artifacts/" + App
	versionsDir  = "apps/" + App + "/versions"
)

// store is every version that was ever built, and what is wrong with each. Its artifacts are on all hosts.
type store struct {
	Built map[string]hosttools.Release `json:"built"`
	Next  hosttools.Release            `json:"next"` // what will be wrong with the next version that is new on a host
	Came  string                       `json:"came,omitempty"`
}

// goodName is what a version may be called: it becomes the name of a directory.
var goodName = regexp.MustCompile(`^[A-Za-z0-9_+-][A-Za-z0-9._+-]{0,63}$`)

// Store puts a version into the artifacts of every host, as a build does, with what is wrong with it; the same version
// stored before is replaced where no host has fetched it.
func (a *Apps) Store(r hosttools.Release) error {
	if !goodName.MatchString(r.Version) {
		return fmt.Errorf("storing version %q: that is no name for one", r.Version)
	}
	a.versions.Lock()
	defer a.versions.Unlock()
	a.store.Built[r.Version] = r
	return a.spread()
}

// StoreBuilt is Store of a version as good as any, unless it is there already.
func (a *Apps) StoreBuilt(version string) error {
	a.versions.Lock()
	_, there := a.store.Built[version]
	a.versions.Unlock()
	if there {
		return nil
	}
	return a.Store(hosttools.Release{Version: version})
}

// SpoilNext makes the next version bad that comes to a host for the first time, whether it is built already or not: so it
// is until one has come. The Version of what is given does not matter; the zero Release takes it back.
func (a *Apps) SpoilNext(r hosttools.Release) error {
	a.versions.Lock()
	defer a.versions.Unlock()
	if _, err := a.notice(); err != nil {
		return err
	}
	r.Version = ""
	a.store.Next = r
	return a.spread()
}

// Next is what will be wrong with the next version; the zero Release: nothing.
func (a *Apps) Next() hosttools.Release {
	a.versions.Lock()
	defer a.versions.Unlock()
	return a.store.Next
}

// Spoilt is the version that was the next one the last time; empty: none was yet.
func (a *Apps) Spoilt() string {
	a.versions.Lock()
	defer a.versions.Unlock()
	return a.store.Came
}

// Version is the one whose code the instance has; empty when it has none.
func (i *Instance) Version() string {
	r, err := hosttools.ReadRelease(filepath.Join(i.dir, hosttools.ShopCurrent))
	if err != nil {
		return ""
	}
	return r.Version
}

// notice sees whether the next version has come: then it stays as bad as it is, everywhere, and those after it are as they
// were built. It reports whether that was so.
func (a *Apps) notice() (came bool, err error) {
	if a.store.Next == (hosttools.Release{}) {
		return false, nil
	}
	for _, home := range a.homes() {
		for version, built := range a.store.Built {
			r, err := hosttools.ReadRelease(filepath.Join(home, versionsDir, version))
			if bad := as(a.store.Next, version); err != nil || r != bad || built == bad {
				continue // not fetched here, or not as the next one
			}
			a.store.Built[version], a.store.Next, a.store.Came = r, hosttools.Release{}, version
			return true, a.spread()
		}
	}
	return false, nil
}

func as(r hosttools.Release, version string) hosttools.Release {
	r.Version = version
	return r
}

// spread writes down what is stored, and makes the artifacts what they are to be.
func (a *Apps) spread() error {
	text, err := json.MarshalIndent(a.store, "", "  ")
	if err != nil {
		return err
	}
	if err := replace(a.storeFile(), append(text, '\n'), 0o600); err != nil {
		return err
	}
	for _, home := range a.homes() {
		for version, r := range a.store.Built {
			_, err := os.Lstat(filepath.Join(home, versionsDir, version))
			if isNew := errors.Is(err, fs.ErrNotExist); isNew && a.store.Next != (hosttools.Release{}) {
				r = as(a.store.Next, version)
			}
			if err := writeRelease(filepath.Join(home, artifactsDir, version), r); err != nil {
				return fmt.Errorf("storing version %s: %w", version, err)
			}
		}
	}
	return nil
}

// writeRelease makes a directory with the code of a version, unless it is there.
func writeRelease(dir string, r hosttools.Release) error {
	if has, err := hosttools.ReadRelease(dir); err == nil && has == r {
		return nil
	}
	text, err := json.Marshal(r)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	return replace(filepath.Join(dir, hosttools.ShopVersionFile), append(text, '\n'), 0o600)
}

// install gives an instance the code it begins with, unless it has some: what was deployed stays when the world comes back.
func (i *Instance) install(version string) error {
	if i.Version() != "" {
		return nil
	}
	if err := writeRelease(filepath.Join(i.Host.Home(), versionsDir, version), hosttools.Release{Version: version}); err != nil {
		return err
	}
	link := filepath.Join(i.dir, hosttools.ShopCurrent)
	if err := os.Remove(link); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return os.Symlink(filepath.Join("..", "..", "versions", version), link)
}

// homes are the home directories of the hosts that run the app.
func (a *Apps) homes() (all []string) {
	for _, name := range Machines() {
		if name != Balancer {
			all = append(all, a.opts.Hosts.Host(name).Home())
		}
	}
	return all
}

func (a *Apps) storeFile() string { return filepath.Join(a.opts.Dir, "versions.json") }

// loadStore reads what was stored by the world before, and adds the versions it begins with.
func (a *Apps) loadStore() error {
	text, err := os.ReadFile(a.storeFile())
	if err == nil {
		err = json.Unmarshal(text, &a.store)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("reading %s: %w", a.storeFile(), err)
	}
	if a.store.Built == nil {
		a.store.Built = map[string]hosttools.Release{}
	}
	for _, version := range slices.Concat(running(), []string{Newest}) {
		if _, there := a.store.Built[version]; !there {
			a.store.Built[version] = hosttools.Release{Version: version}
		}
	}
	return a.spread()
}
