package sshrun

import (
	"cmp"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"net"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/skeema/knownhosts"
	"golang.org/x/crypto/ssh"

	"github.com/pawl-ops/pawl/job"
)

// Wanted is what a host has to have, besides what every script needs.
type Wanted struct {
	Tools []string // names of programs: "sqlite3", "scp"
	File  string   // a file that has to be readable, relative to the home directory; empty: none
	// Fetch is [user@]host of another host that scripts there copy files from, as scp takes it, and Port its port; empty: what
	// ssh would take. Empty: none.
	Fetch, Port string
}

// Probed is how a host is. What was not reached is zero.
type Probed struct {
	User    string // who we log in as
	Address string // host:port
	// Kind and Fingerprint are of the key the host showed: "ssh-ed25519", "SHA256:...".
	Kind, Fingerprint string
	Line              string        // of known_hosts, with that key
	Known             bool          // that key is in known_hosts
	OnFile            []string      // fingerprints of the keys of it that are in known_hosts
	In                bool          // it let us in
	Ahead             time.Duration // how far its clock is ahead of ours; whole seconds
	Missing           []string      // programs, and /proc
	Home              string        // its home directory, when it cannot be written to
	NoFile, Closed    bool          // Wanted.File is not there; is not ours to read
	Refused           string        // what scp there says of Wanted.Fetch; empty: it is let in
}

//go:embed remote/probe.sh
var probeScript string

// tools are the programs that every script needs (see the package's documentation).
func tools() []string {
	return []string{"sh", "setsid", "flock", "date", "mkdir", "ln", "mv", "sed", "cat", "kill", "tail"}
}

// Probe looks at a host over a connection of its own: it shows its key, lets us in and has what scripts need. Nothing is
// changed on it, and no script that runs is disturbed. What was found before an error is in the answer. Errors are those
// of a [Runner], *HostKeyError when its key is not the one in known_hosts.
func Probe(ctx context.Context, h job.Host, o Options, want Wanted) (Probed, error) {
	o = o.withDefaults()
	var p Probed
	var err error
	if p.User, p.Address, err = splitAddress(h.Address); err != nil {
		return p, &LoginError{Host: h.Name, User: p.User, Err: err}
	}
	if err := p.greet(ctx, h, o); err != nil {
		return p, err
	}
	client, err := dial(ctx, h, o)
	if err != nil {
		if !Permanent(err) {
			err = &UnreachableError{Host: h.Name, Err: err}
		}
		return p, err
	}
	defer func() { _ = client.Close() }()
	stop := context.AfterFunc(ctx, func() { _ = client.Close() })
	defer stop()
	p.In, p.Known = true, true // also when an authority signed its key
	return p, p.ask(ctx, client, h, want)
}

// greet lets the host show its key, and goes no further: whoever it is learns nothing of ours.
func (p *Probed) greet(ctx context.Context, h job.Host, o Options) error {
	known, err := knownhosts.NewDB(o.KnownHosts...)
	if err != nil {
		known, err = knownhosts.NewDB() // a file that is not there knows nobody; dial says so
	}
	if err != nil {
		return &HostKeyError{Host: h.Name, Address: p.Address, Err: err}
	}
	for _, k := range known.HostKeys(p.Address) {
		p.OnFile = append(p.OnFile, ssh.FingerprintSHA256(k))
	}
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", p.Address)
	if err != nil {
		return &UnreachableError{Host: h.Name, Err: err}
	}
	defer func() { _ = conn.Close() }()
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer stop()
	seen := errors.New("seen enough")
	_, _, _, err = ssh.NewClientConn(conn, p.Address, &ssh.ClientConfig{
		User: p.User, ClientVersion: "SSH-2.0-Pawl", HostKeyAlgorithms: known.HostKeyAlgorithms(p.Address),
		HostKeyCallback: func(_ string, _ net.Addr, key ssh.PublicKey) error {
			p.Kind, p.Fingerprint = key.Type(), ssh.FingerprintSHA256(key)
			p.Line = knownhosts.Line([]string{knownhosts.Normalize(p.Address)}, key)
			return seen
		},
	})
	for _, f := range p.OnFile {
		p.Known = p.Known || f == p.Fingerprint
	}
	switch {
	case p.Fingerprint == "" && ctx.Err() != nil:
		return &UnreachableError{Host: h.Name, Err: context.Cause(ctx)}
	case p.Fingerprint == "" && err != nil && strings.Contains(err.Error(), "no common algorithm for host key"):
		return &HostKeyError{Host: h.Name, Address: p.Address, Changed: true, Err: err}
	case p.Fingerprint == "":
		return &UnreachableError{Host: h.Name, Err: fmt.Errorf("what answers there speaks no SSH: %w", err)}
	}
	return nil
}

// ask runs the look.
func (p *Probed) ask(ctx context.Context, client *ssh.Client, h job.Host, want Wanted) error {
	name := regexp.MustCompile(`^[a-z][a-z0-9_.-]*$`)
	for _, t := range want.Tools {
		if !name.MatchString(t) {
			return &HostError{Host: h.Name, Doing: "looking for a program that has no name", Detail: t}
		}
	}
	text := assignments("", map[string]string{"TOOLS": strings.Join(append(tools(), want.Tools...), " "), "FILE": want.File, "FETCH": want.Fetch, "PORT": want.Port}) + probeScript
	asked := time.Now()
	out, complained, err := exchange(client, ctx.Done(), text, 64<<10)
	answered := time.Now()
	if ctx.Err() != nil {
		return &UnreachableError{Host: h.Name, Err: context.Cause(ctx)}
	}
	over := false
	for line := range strings.Lines(string(out)) {
		what, is, _ := strings.Cut(strings.TrimSpace(line), " ")
		switch what {
		case "clock":
			if n, err := strconv.ParseInt(is, 10, 64); err == nil {
				mid := asked.Add(answered.Sub(asked) / 2)
				p.Ahead = time.Unix(n, 5e8).Sub(mid).Round(time.Second)
			}
		case "missing":
			p.Missing = append(p.Missing, is)
		case "home":
			p.Home = is
		case "nofile":
			p.NoFile = true
		case "closed":
			p.Closed = true
		case "fetch":
			p.Refused = refused(is)
		case "over":
			over = true
		}
	}
	if !over {
		return &HostError{Host: h.Name, Doing: "it lets us in and runs no shell", Detail: clean(strings.TrimSpace(complained + " " + errorText(err)))}
	}
	return nil
}

// refused is what scp said, when it did not come so far as to look for a file that is not there.
func refused(said string) string {
	if _, then, found := strings.Cut(strings.ToLower(said), ".pawl/no-such-file"); found && strings.Contains(then, "no such file") {
		return ""
	}
	return clean(cmp.Or(strings.TrimSpace(said), "scp says nothing"))
}

func errorText(err error) string {
	if err != nil {
		return err.Error()
	}
	return ""
}
