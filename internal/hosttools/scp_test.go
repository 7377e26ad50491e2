package hosttools

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/sandbox/hosts"
)

// place is a host of the sandbox, and how scp reaches it.
type place struct {
	world *hosts.World
	at    []string // -P port
	user  string   // user@address
	env   []string
}

func newPlace(t *testing.T) place {
	t.Helper()
	w, err := hosts.New(hosts.Options{Dir: t.TempDir(), Names: []string{"db-master"}, Log: zerolog.Nop()})
	require.NoError(t, err)
	t.Cleanup(w.Close)
	address := w.Host("db-master").Address()
	at := strings.LastIndexByte(address, ':')
	return place{
		world: w, at: []string{"-P", address[at+1:]}, user: address[:at],
		env: []string{EnvIdentity + "=" + w.IdentityFile(), EnvKnownHosts + "=" + w.KnownHosts()},
	}
}

// scp runs ours with these arguments after the port.
func (p place) scp(ctx context.Context, args ...string) (code int, said string) {
	var errs bytes.Buffer
	code = scp(ctx, append(append([]string{}, p.at...), args...), p.env, &errs)
	return code, errs.String()
}

func (p place) file(name string) string { return filepath.Join(p.world.Host("db-master").Home(), name) }

func TestCopyingThereAndBack(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	local := filepath.Join(t.TempDir(), "local")
	content := bytes.Repeat([]byte("0123456789abcdef\x00\n"), 200_000)
	name := `it's a "file" $(touch pwned); %s`
	require.NoError(t, os.WriteFile(local, content, 0o600))
	code, said := p.scp(t.Context(), "-q", "-B", local, p.user+":"+name)
	require.Zero(t, code, said)
	got, err := os.ReadFile(p.file(name))
	require.NoError(t, err)
	require.True(t, bytes.Equal(content, got))
	require.NoFileExists(t, p.file("pwned"))

	back := filepath.Join(t.TempDir(), "back")
	require.NoError(t, os.WriteFile(back, append(content, content...), 0o600)) // a longer one is cut
	code, said = p.scp(t.Context(), "-o", "ConnectTimeout=5", "-o", "ServerAliveInterval=5", "-o", "ServerAliveCountMax=2", p.user+":"+name, back)
	require.Zero(t, code, said)
	got, err = os.ReadFile(back)
	require.NoError(t, err)
	require.True(t, bytes.Equal(content, got))
}

func TestARateIsKept(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	require.NoError(t, os.WriteFile(p.file("big"), make([]byte, 300_000), 0o600))
	began := time.Now()
	code, said := p.scp(t.Context(), "-l", "1600", p.user+":big", filepath.Join(t.TempDir(), "big")) // 200,000 bytes a second
	require.Zero(t, code, said)
	require.GreaterOrEqual(t, time.Since(began), 1300*time.Millisecond)
}

// What the original refuses, in words the scripts know.
func TestTransfersThatFail(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	require.NoError(t, os.WriteFile(p.file("there"), []byte("x"), 0o600))
	local := filepath.Join(t.TempDir(), "local")
	code, said := p.scp(t.Context(), p.user+":missing", local)
	require.NotZero(t, code)
	require.Regexp(t, `(?i)no such file`, said)

	code, said = p.scp(t.Context(), "nobody@127.0.0.1:there", local)
	require.Equal(t, 255, code)
	require.Contains(t, said, "unable to authenticate")

	stranger := newPlace(t) // another world's keys
	p.env[1] = EnvKnownHosts + "=" + stranger.world.KnownHosts()
	code, said = p.scp(t.Context(), p.user+":there", local)
	require.Equal(t, 255, code)
	require.Contains(t, said, "knownhosts: key is unknown")
	p.env[1] = EnvKnownHosts + "=" + filepath.Join(t.TempDir(), "none")
	code, _ = p.scp(t.Context(), p.user+":there", local)
	require.Equal(t, 255, code)
}

// A cable that is cut while the file comes: the answer is a failure in good time, not a wait for ever.
func TestACableIsCutWhileCopying(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	require.NoError(t, os.WriteFile(p.file("big"), make([]byte, 8<<20), 0o600)) // more than SSH takes in advance: 2 MiB
	local := filepath.Join(t.TempDir(), "big")
	ended := make(chan int, 1)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	go func() {
		code, _ := p.scp(ctx, "-l", "8000", "-o", "ServerAliveInterval=2", "-o", "ServerAliveCountMax=2", p.user+":big", local)
		ended <- code
	}()
	require.Eventually(t, func() bool {
		info, err := os.Stat(local)
		return err == nil && info.Size() > 0
	}, 30*time.Second, 5*time.Millisecond)
	require.NoError(t, p.world.Cut("db-master"))
	require.NotZero(t, <-ended)
	require.NoError(t, ctx.Err(), "it ended by itself")
	info, err := os.Stat(local)
	require.NoError(t, err)
	require.Less(t, info.Size(), int64(8<<20))
	require.NoError(t, p.world.Mend("db-master"))
}

func TestPlacesAreUnderstood(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][3]string{
		"h:a": {"", "h", "a"}, "u@h:a b": {"u", "h", "a b"}, "u@[::1]:a": {"u", "::1", "a"}, "[::1]:a:b": {"", "::1", "a:b"}, "h:~/a": {"", "h", "a"}, "h:/a": {"", "h", "/a"},
	} {
		var got transfer
		file, remote := got.place(text)
		require.True(t, remote, text)
		require.Equal(t, want, [3]string{got.user, got.host, file}, text)
	}
	for _, text := range []string{"a", "./a:b", "/a[b]:c", "dir/[x]:y"} {
		var got transfer
		file, remote := got.place(text)
		require.False(t, remote, text)
		require.Equal(t, text, file)
	}
}

func FuzzPlacesAndWords(f *testing.F) {
	for _, s := range []string{"u@[::1]:a", "[", "]:", "@:", `.backup 'a b' "c\"d`, `.x "\`, ". '"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var got transfer
		if file, remote := got.place(text); !remote {
			require.Equal(t, text, file)
		}
		total := 0
		for _, w := range dotWords(text) {
			total += len(w)
		}
		require.LessOrEqual(t, total, len(text))
	})
}
