package engine

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"time"

	"github.com/rs/zerolog"
)

// Options say where the engine lives and how it behaves. The zero value of
// every field but Dir has a default that is fit for production.
type Options struct {
	// Dir is the data directory of an embedded engine. Start makes it, readable
	// by the owner only, when it does not exist. Connect does not use it.
	Dir string
	// Namespace is the Temporal namespace of all runs: "pawl" when embedded;
	// on a cluster TEMPORAL_NAMESPACE, or else "default".
	Namespace string
	// Logger gets the lines of the SDK at the logger's level and those of the
	// embedded server from warnings upwards. The zero value logs nothing.
	Logger zerolog.Logger

	// UIAddr is the loopback host:port of Temporal's web page, which can only
	// be read. With port 0 a free one is chosen at the first start and kept in
	// the data directory. Empty means no web page.
	UIAddr string
	// URL is what a second start says about where this one can be seen. The
	// default is the address of the web page.
	URL string

	// Address is the host:port of a cluster. Empty means TEMPORAL_ADDRESS.
	Address string
	// MakeNamespace lets Connect make the namespace when the cluster lacks it,
	// with Retention. Otherwise that is an error.
	MakeNamespace bool
	// LookupEnv reads the environment. The default is os.LookupEnv.
	LookupEnv func(name string) (value string, ok bool)

	// Retention is how long a closed run can still be looked at: 30 days. It
	// counts for a namespace that is made and never changes an existing one.
	Retention time.Duration
	// TaskRetryMax is the longest pause before a workflow task that keeps
	// failing is tried again: 1 minute, so that a mended program takes stuck
	// runs up soon (Temporal's own default is 10 minutes).
	TaskRetryMax time.Duration
	// FreeSpace is the number of free bytes on the disk of Dir below which
	// Healthy reports a SpaceError: 256 MiB.
	FreeSpace uint64
}

const (
	defaultNamespace    = "pawl"
	defaultRetention    = 30 * 24 * time.Hour
	defaultTaskRetryMax = time.Minute
	defaultFreeSpace    = 256 << 20
)

func (o Options) lookupEnv(name string) (string, bool) {
	if o.LookupEnv != nil {
		return o.LookupEnv(name)
	}
	return os.LookupEnv(name)
}

// forJoin fills in what an engine needs to be found.
func (o Options) forJoin() (Options, error) {
	if o.Dir == "" {
		return o, errors.New("looking for the engine: no data directory was given")
	}
	dir, err := filepath.Abs(o.Dir)
	if err != nil {
		return o, fmt.Errorf("finding the data directory: %w", err)
	}
	o.Dir = dir
	if o.Namespace == "" {
		o.Namespace = defaultNamespace
	}
	if o.FreeSpace == 0 {
		o.FreeSpace = defaultFreeSpace
	}
	return o, nil
}

// forStart fills in the defaults of an embedded engine and refuses what cannot
// work.
func (o Options) forStart() (Options, error) {
	o, err := o.forJoin()
	if err != nil {
		return o, err
	}
	if o.UIAddr != "" {
		if err := loopback(o.UIAddr); err != nil {
			return o, err
		}
	}
	if o.Retention == 0 {
		o.Retention = defaultRetention
	}
	if o.TaskRetryMax == 0 {
		o.TaskRetryMax = defaultTaskRetryMax
	}
	return o, nil
}

// loopback refuses to show the web page to the network: it knows no users and
// shows every argument of every run.
func loopback(addr string) error {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return fmt.Errorf("reading the address of the web page: %w", err)
	}
	if host == "localhost" {
		return nil
	}
	if ip, err := netip.ParseAddr(host); err == nil && ip.IsLoopback() {
		return nil
	}
	return fmt.Errorf("the web page shows every run to whoever asks, so it stays on this machine: use 127.0.0.1 instead of %q", host)
}
