package hosttools

import (
	"bytes"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/internal/testneed"
)

// The original and ours carry the same, and complain in the same words.
func TestSocatLikeTheOriginal(t *testing.T) {
	t.Parallel()
	original := testneed.Component(t, "socat")
	self, err := os.Executable()
	require.NoError(t, err)
	dir := t.TempDir()
	require.NoError(t, os.MkdirAll(filepath.Join(dir, "haproxy"), 0o700))
	ours := filepath.Join(dir, "socat")
	require.NoError(t, os.Symlink(self, ours))
	socket, err := os.Open(dir)
	require.NoError(t, err)
	t.Cleanup(func() { _ = socket.Close() })
	echo, err := net.Listen("unix", filepath.Join("/proc/self/fd", fd(socket), "haproxy/s"))
	require.NoError(t, err)
	t.Cleanup(func() { _ = echo.Close() })
	go answerAll(echo)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "haproxy/file"), nil, 0o600))

	stamp := regexp.MustCompile(`(?m)^\S+ \S+ socat\[\d+\]`)
	for name, args := range map[string][]string{
		"plain":     {"-", "UNIX-CONNECT:haproxy/s"},
		"names":     {"STDIO", "unix-connect:haproxy/s"},
		"path":      {"stdio", "./haproxy/s"},
		"patience":  {"-t2", "-", "UNIX-CLIENT:haproxy/s"},
		"apart":     {"-t", "0.5", "stdio", "unix:haproxy/s"},
		"as pawl":   {"-t", "5", "-T", "5", "-", "UNIX-CONNECT:haproxy/s"},
		"none":      {},
		"one":       {"-"},
		"nosuch":    {"-", "UNIX-CONNECT:haproxy/nosuch"},
		"no socket": {"-", "UNIX-CONNECT:haproxy/file"},
		"word":      {"-", "nosuch"},
		"kind":      {"-", "FOO:bar"},
		"option":    {"-Z", "-", "x"},
		"too long":  {"-", "UNIX-CONNECT:" + strings.Repeat("a", 120)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			run := func(program string) (out, errs string, code int) {
				cmd := exec.Command(program, args...)
				var o, e bytes.Buffer
				cmd.Dir, cmd.Stdin, cmd.Stdout, cmd.Stderr = dir, strings.NewReader("show backend\n"), &o, &e
				if err := cmd.Run(); err != nil {
					require.ErrorAs(t, err, new(*exec.ExitError))
				}
				return o.String(), stamp.ReplaceAllString(e.String(), "socat"), cmd.ProcessState.ExitCode()
			}
			wantOut, wantErrs, wantCode := run(original)
			out, errs, code := run(ours)
			require.Equal(t, []any{wantOut, wantErrs, wantCode}, []any{out, errs, code})
		})
	}
}

func fd(f *os.File) string { return strconv.FormatUint(uint64(f.Fd()), 10) }

// answerAll repeats to each what it said, once it has nothing more to say.
func answerAll(l net.Listener) {
	for {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		go func() {
			defer func() { _ = conn.Close() }()
			text, _ := io.ReadAll(conn)
			_, _ = conn.Write(append([]byte("heard "), text...))
		}()
	}
}
