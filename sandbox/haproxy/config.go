package haproxy

import (
	"fmt"
	"strings"
	"time"
)

// Times of the configuration: how long a server may take to answer, and how long somebody on the admin socket to say
// something ("stats timeout" is 10 s when nothing is said).
const (
	serverWaits = 5 * time.Second
	cliWaits    = 10 * time.Second
)

// Config is what the configuration file says.
type Config struct {
	Home      string // the directory it is started in
	Map       string // the map file, a path below Home; it is called the same on the admin socket
	Socket    string // the admin socket, a path below Home
	Frontends []Frontend
}

// Frontend is a port, and where what arrives there goes to: the backend whose name is Prefix and the value that the map has
// for Key.
type Frontend struct {
	Name     string // "shop_master"
	Bind     string // host:port
	Key      string // "shop/master"
	Prefix   string // "shop_master_"; empty: the map has whole names
	Backends []Backend
}

// Backend is one server.
type Backend struct {
	Name    string // "shop_master_blue"
	Server  string // "blue"
	Address string // host:port
}

// File is where the configuration file is said to be, below Home.
const File = "haproxy/haproxy.cfg"

// Text is the configuration file. A real HAProxy 2.6 that is started with it in Home does what ours does.
func (c Config) Text() string {
	var b strings.Builder
	fmt.Fprintf(&b, `global
    stats socket unix@%s mode 600 level admin
    maxconn 2000

defaults
    mode http
    timeout connect 2s
    timeout client 10s
    timeout server %s
    retries 0
`, c.Socket, serverWaits)
	for _, f := range c.Frontends {
		fmt.Fprintf(&b, "\nfrontend %s\n    bind %s\n    use_backend %s%%[str(%s),map(%s)]\n", f.Name, f.Bind, f.Prefix, f.Key, c.Map)
	}
	for _, be := range c.backends() {
		fmt.Fprintf(&b, "\nbackend %s\n    server %s %s\n", be.Name, be.Server, be.Address)
	}
	return b.String()
}

func (c Config) backends() (all []Backend) {
	for _, f := range c.Frontends {
		all = append(all, f.Backends...)
	}
	return all
}

// uses are the lines of the configuration file that use the map.
func (c Config) uses() (all []int) {
	for n, line := range strings.Split(c.Text(), "\n") {
		if strings.Contains(line, "use_backend") {
			all = append(all, n+1)
		}
	}
	return all
}
