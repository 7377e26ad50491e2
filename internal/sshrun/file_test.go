package sshrun

import (
	"io/fs"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestReadFile(t *testing.T) {
	t.Parallel()
	eachMachine(t, func(t *testing.T, m machine) {
		r, ctx := m.runner(t), deadline(t)
		text := "shop/master blue\r\n\x00\xff\nno newline at the end"
		require.NoError(t, os.Mkdir(m.path("haproxy"), 0o700))
		for _, name := range []string{"haproxy/active.map", "-n", "a 'b' $(touch ran) `touch ran`; touch ran\n#", `back\slash`} {
			require.NoError(t, os.WriteFile(m.path(name), []byte(text), 0o600))
			for _, path := range []string{name, m.path(name)} {
				got, err := r.ReadFile(ctx, m.host, path, 100)
				require.NoError(t, err, path)
				require.Equal(t, text, string(got))
			}
		}
		require.False(t, exists(m.path("ran")), "a name is never part of a command")

		require.NoError(t, os.WriteFile(m.path("empty"), nil, 0o600))
		got, err := r.ReadFile(ctx, m.host, "empty", 0)
		require.NoError(t, err)
		require.Empty(t, got)
	})
}

func TestReadFileSaysWhatIsInTheWay(t *testing.T) {
	t.Parallel()
	eachMachine(t, func(t *testing.T, m machine) {
		r, ctx := m.runner(t), deadline(t)
		require.NoError(t, os.WriteFile(m.path("large"), []byte(strings.Repeat("x", 5000)), 0o600))
		require.NoError(t, syscall.Mkfifo(m.path("pipe"), 0o600))
		require.NoError(t, os.Symlink("nowhere", m.path("dangling")))
		for path, want := range map[string]error{
			"": fs.ErrInvalid, "a\x00b": fs.ErrInvalid, "none": fs.ErrNotExist, "none/at/all": fs.ErrNotExist, "dangling": fs.ErrNotExist,
			"large": ErrFileTooLarge, "pipe": ErrNotAFile, ".": ErrNotAFile, "/dev/zero": ErrNotAFile,
		} {
			_, err := r.ReadFile(ctx, m.host, path, 4999)
			var refused *FileError
			require.ErrorAs(t, err, &refused, path)
			require.ErrorIs(t, err, want, path)
			require.Equal(t, []string{"toys", path}, []string{refused.Host, refused.Path})
		}
		got, err := r.ReadFile(ctx, m.host, "large", 5000)
		require.NoError(t, err)
		require.Len(t, got, 5000)
		if os.Geteuid() != 0 { // root may read everything
			require.NoError(t, os.WriteFile(m.path("closed"), nil, 0))
			_, err = r.ReadFile(ctx, m.host, "closed", 10)
			require.ErrorIs(t, err, fs.ErrPermission)
		}
	})
}

// A look has to answer while a host is away, and gets the file when it is back.
func TestReadFileOverACutCable(t *testing.T) {
	t.Parallel()
	eachMachine(t, func(t *testing.T, m machine) {
		r, ctx := m.runner(t, func(o *Options) {
			o.KeepAlive, o.Silence, o.GiveUp = 50*time.Millisecond, time.Second, time.Millisecond
		}), deadline(t)
		require.NoError(t, os.WriteFile(m.path("map"), []byte("a b"), 0o600))
		read := func() bool {
			got, err := r.ReadFile(ctx, m.host, "map", 10)
			return err == nil && string(got) == "a b"
		}
		eventually(t, "the file is read", read) // a busy machine may be silent for longer than that
		m.relay.cut()
		_, err := r.ReadFile(ctx, m.host, "map", 10)
		require.ErrorAs(t, err, new(*UnreachableError))
		m.relay.mend()
		eventually(t, "the file is read again", read)
	})
}
