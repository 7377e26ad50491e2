package sshrun

import (
	"crypto/ed25519"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/skeema/knownhosts"
	"github.com/stretchr/testify/require"
	"golang.org/x/crypto/ssh"

	"github.com/pawl-ops/pawl/internal/testneed"
	"github.com/pawl-ops/pawl/job"
	"github.com/pawl-ops/pawl/sandbox/hosts"
)

func TestProbeOfAHostThatIsWell(t *testing.T) {
	t.Parallel()
	eachMachine(t, func(t *testing.T, m machine) {
		before := tree(t, m.home)
		require.NoError(t, os.WriteFile(m.path("shop.db"), []byte("x"), 0o600))
		began := time.Now()
		p, err := Probe(deadline(t), m.host, m.opts, Wanted{Tools: []string{"cat"}, File: "shop.db"})
		took := time.Since(began)
		require.NoError(t, err)
		require.True(t, p.In)
		require.True(t, p.Known)
		require.Equal(t, "ssh-ed25519", p.Kind)
		require.Equal(t, []string{p.Fingerprint}, p.OnFile)
		require.Empty(t, p.Missing)
		require.Empty(t, p.Home)
		require.False(t, p.NoFile || p.Closed)
		require.InDelta(t, 0, p.Ahead.Seconds(), 1+took.Seconds()/2, "it is the same clock; nobody knows it better than half of the time the answer took")
		require.Equal(t, append(before, "shop.db"), tree(t, m.home), "nothing was changed there")
	})
}

// tree are the names of everything in a folder.
func tree(t *testing.T, dir string) (all []string) {
	t.Helper()
	require.NoError(t, filepath.WalkDir(dir, func(path string, _ os.DirEntry, err error) error {
		if name, _ := filepath.Rel(dir, path); name != "." {
			all = append(all, name)
		}
		return err
	}))
	return all
}

func TestProbeSaysWhatAHostLacks(t *testing.T) {
	t.Parallel()
	m := newSandbox(t)
	p, err := Probe(deadline(t), m.host, m.opts, Wanted{Tools: []string{"no-such-program", "cat"}, File: "it's not; here $(touch x)"})
	require.NoError(t, err)
	require.Equal(t, []string{"no-such-program"}, p.Missing)
	require.True(t, p.NoFile)
	require.NotContains(t, tree(t, m.home), "x")
	_, err = Probe(deadline(t), m.host, m.opts, Wanted{Tools: []string{"a b"}})
	require.ErrorAs(t, err, new(*HostError))
}

func TestProbeOfAHostThatNobodyKnowsYet(t *testing.T) {
	t.Parallel()
	eachMachine(t, func(t *testing.T, m machine) {
		file := m.opts.KnownHosts[0]
		require.NoError(t, os.WriteFile(file, nil, 0o600))
		p, err := Probe(deadline(t), m.host, m.opts, Wanted{})
		var key *HostKeyError
		require.ErrorAs(t, err, &key)
		require.False(t, key.Changed)
		require.False(t, p.Known || p.In)
		require.True(t, strings.HasPrefix(p.Fingerprint, "SHA256:"))
		require.NoError(t, os.WriteFile(file, []byte(p.Line+"\n"), 0o600))
		p, err = Probe(deadline(t), m.host, m.opts, Wanted{})
		require.NoError(t, err, "the line is one for known_hosts")
		require.True(t, p.In)

		m.opts.KnownHosts = []string{filepath.Join(t.TempDir(), "none")}
		p, err = Probe(deadline(t), m.host, m.opts, Wanted{})
		require.ErrorAs(t, err, &key)
		require.NotEmpty(t, p.Fingerprint, "also without a file")
	})
}

func TestProbeOfAHostWithAnotherKey(t *testing.T) {
	t.Parallel()
	eachMachine(t, func(t *testing.T, m machine) {
		_, other := signer(t)
		require.NoError(t, os.WriteFile(m.opts.KnownHosts[0], []byte(knownhosts.Line([]string{m.relay.address()}, other.PublicKey())+"\n"), 0o600))
		p, err := Probe(deadline(t), m.host, m.opts, Wanted{})
		var key *HostKeyError
		require.ErrorAs(t, err, &key)
		require.True(t, key.Changed)
		require.Equal(t, []string{ssh.FingerprintSHA256(other.PublicKey())}, p.OnFile)
		require.NotEqual(t, p.OnFile[0], p.Fingerprint)
		require.False(t, p.In)
	})
}

// signer is a new key, and the file it is in.
func signer(t *testing.T) (string, ssh.Signer) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "other")
	_, key, err := ed25519.GenerateKey(nil)
	require.NoError(t, err)
	return file, writeKey(t, file, key)
}

func TestProbeOfAHostThatLetsNobodyIn(t *testing.T) {
	t.Parallel()
	m := newSandbox(t)
	file, _ := signer(t)
	m.opts.IdentityFiles = []string{file}
	p, err := Probe(deadline(t), m.host, m.opts, Wanted{})
	require.ErrorAs(t, err, new(*LoginError))
	require.True(t, p.Known || p.Fingerprint == p.OnFile[0])
	require.False(t, p.In)
}

func TestProbeOfAHostThatIsAway(t *testing.T) {
	t.Parallel()
	m := newSandbox(t)
	_, err := Probe(deadline(t), job.Host{Name: "x", Address: "pawl@127.0.0.1:1"}, m.opts, Wanted{})
	require.ErrorAs(t, err, new(*UnreachableError))
	_, err = Probe(deadline(t), job.Host{Name: "x", Address: ":"}, m.opts, Wanted{})
	require.ErrorAs(t, err, new(*LoginError))
}

// A host is asked whether it may fetch from another, with the very program that its scripts use, and nothing is left of that.
func TestProbeSaysWhetherAHostMayFetchFromAnother(t *testing.T) {
	t.Parallel()
	testneed.Component(t, "scp", "scp", "/usr/bin/scp")
	world, err := hosts.New(hosts.Options{Dir: t.TempDir(), Names: []string{"master", "toys"}})
	require.NoError(t, err)
	t.Cleanup(world.Close)
	toys, master := world.Host("toys"), world.Host("master")
	o := quick(Options{KnownHosts: []string{world.KnownHosts()}, IdentityFiles: []string{world.IdentityFile()}})
	port := func(address string) string { return address[strings.LastIndexByte(address, ':')+1:] }
	before := tree(t, toys.Home())
	probe := func(fetch, port string) Probed {
		p, err := Probe(deadline(t), job.Host{Name: "toys", Address: toys.Address()}, o, Wanted{Fetch: fetch, Port: port})
		require.NoError(t, err)
		return p
	}
	require.Contains(t, probe(hosts.User+"@127.0.0.1", port(master.Address())).Refused, "verification failed", "it has never seen that key")
	require.Contains(t, probe(hosts.User+"@127.0.0.1", "1").Refused, "refused")
	require.Equal(t, before, tree(t, toys.Home()))

	for said, want := range map[string]string{
		"pawl@master: Permission denied (publickey).\nscp: Connection closed":                                              "pawl@master: Permission denied (publickey). scp: Connection closed",
		"Warning: Identity file /x not accessible: No such file or directory.\npawl@master: Permission denied (publickey)": "Permission denied",
		"scp: .pawl/no-such-file: No such file or directory":                                                               "",
		"": "scp says nothing",
	} {
		if want == "" {
			require.Empty(t, refused(said))
			continue
		}
		require.Contains(t, strings.Join(strings.Fields(refused(said)), " "), want)
	}
}
