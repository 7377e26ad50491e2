package apps

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// What the load balancer has on its host: the map, which says who has the users, and the socket on which it is told of
// changes. Both are paths below the home there.
const (
	Balancer   = "lb"
	MapFile    = "haproxy/active.map"
	SocketFile = "haproxy/admin.sock"
)

// Backend is what the load balancer calls the backend of an instance, as pawl.yaml writes it.
const Backend = "{app}_{environment}_{instance}"

// prefix stands before what the map says and makes it the name of a backend: the map has the whole name.
func (p *Proxy) prefix() string { return "" }

// mapValue is what the map says of an instance that has the users: its backend, shop_master_blue.
func (i *Instance) mapValue() string {
	return strings.NewReplacer("{app}", i.App, "{environment}", i.Environment, "{instance}", i.Instance).Replace(Backend)
}

// MapPath is the map file as a path on this machine.
func (a *Apps) MapPath() string {
	return filepath.Join(a.opts.Hosts.Host(Balancer).Home(), filepath.FromSlash(MapFile))
}

// writeMap makes the map file unless there is one. In that of an earlier world there may be the names of instances where
// those of backends belong.
func (a *Apps) writeMap() error {
	path := a.MapPath()
	old, err := os.ReadFile(path)
	if err == nil {
		text := string(old)
		for _, i := range a.instances {
			line := regexp.MustCompile(`(?m)^(` + i.App + `/` + i.Environment + `\s+)` + i.Instance + `$`)
			text = line.ReplaceAllString(text, "${1}"+i.mapValue())
		}
		return replace(path, []byte(text), 0o600)
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	text := "# environment    the backend that has the users\n"
	for _, p := range a.proxies {
		text += mapLine(p.environment, a.Instance(p.environment, "blue").mapValue())
	}
	return replace(path, []byte(text), 0o600)
}

func mapLine(environment, value string) string {
	return fmt.Sprintf("%-16s %s\n", App+"/"+environment, value)
}

// Moved are the instances the users of an environment were moved to over the admin socket, in order: reloads and edits of the
// file are not among them.
func (a *Apps) Moved(environment string) (all []string) {
	for _, m := range a.lb.Moves() {
		if m.Key != App+"/"+environment {
			continue
		}
		name := m.Value // also one that is not there
		for _, i := range a.instances {
			if i.Environment == environment && i.mapValue() == m.Value {
				name = i.Instance
			}
		}
		all = append(all, name)
	}
	return all
}

// Send moves the users of an environment by hand, as somebody does who edits the map file and reloads the load balancer.
func (a *Apps) Send(environment, instance string) error {
	text, err := os.ReadFile(a.MapPath())
	if err != nil {
		return fmt.Errorf("reading the map file: %w", err)
	}
	value := instance // also one that is not there, as people mistype
	if i := a.Instance(environment, instance); i != nil {
		value = i.mapValue()
	}
	lines := strings.SplitAfter(string(text), "\n")
	found := false
	for i, line := range lines {
		if words := strings.Fields(line); len(words) > 0 && words[0] == App+"/"+environment {
			lines[i], found = mapLine(environment, value), true
		}
	}
	if !found {
		return fmt.Errorf("the map file has no line for %s/%s", App, environment)
	}
	if err := replace(a.MapPath(), []byte(strings.Join(lines, "")), 0o600); err != nil {
		return fmt.Errorf("writing the map file: %w", err)
	}
	return a.Reload()
}
