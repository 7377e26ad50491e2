package sshrun

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/internal/testneed"
	"github.com/pawl-ops/pawl/job"
)

// A connection that breaks while a program is sent must not run half of it.
func TestAProgramCutOffDoesNothing(t *testing.T) {
	t.Parallel()
	r := New(Options{StartWithin: time.Second})
	defer r.Close()
	s := job.Script{Body: "echo ran >>\"$HOME/ran\"\n", Args: map[string]string{"NAME": "it's"}, Target: "toy/alice"}
	vars := r.vars(s, process(1))
	vars["BLOCKS"], vars["PATIENCE"], vars["LAUNCH"], vars["ROUND"] = "1000", "1", "10", "1"
	p, err := startProgram(noPoints, vars, s)
	require.NoError(t, err)
	for _, shell := range []string{"dash", "bash"} {
		t.Run(shell, func(t *testing.T) {
			t.Parallel()
			path := testneed.Component(t, shell)
			home := t.TempDir()
			for end := len(p.text) - 2; end > 0; end -= 1 + len(p.text)/60 {
				cmd := exec.Command(path, "-s")
				cmd.Stdin = strings.NewReader(p.text[:end])
				cmd.Env = []string{"HOME=" + home, "PATH=" + os.Getenv("PATH")}
				_ = cmd.Run()
				entries, err := os.ReadDir(home)
				require.NoError(t, err)
				require.Empty(t, entries, "after %d of %d bytes", end, len(p.text))
			}
		})
	}
}

func TestProgramsAreGoodShell(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("remote/*.sh")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, shell := range []string{"dash", "bash"} {
		path := testneed.Component(t, shell)
		for _, file := range files {
			out, err := exec.Command(path, "-n", file).CombinedOutput()
			require.NoError(t, err, "%s %s: %s", shell, file, out)
		}
	}
}

func TestTargetsBecomeFileNames(t *testing.T) {
	t.Parallel()
	require.Equal(t, "toy%2falice", fileName("toy/alice"))
	require.NotEqual(t, fileName("toy%2falice"), fileName("toy/alice"))
	require.Equal(t, "%2e%2e%2fx", fileName("../x"))
}

func FuzzQuoteSurvivesTheShell(f *testing.F) {
	shell, err := exec.LookPath("sh")
	if err != nil {
		f.Fatal(err)
	}
	for _, s := range []string{"", "it's", "$(reboot) `x` \\ \"", "a\nb\n", "é\xff'"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if strings.ContainsRune(s, 0) {
			t.Skip()
		}
		cmd := exec.Command(shell, "-s")
		cmd.Stdin = strings.NewReader("x=" + quote(s) + "\nprintf '%s.' \"$x\"\n")
		out, err := cmd.Output()
		require.NoError(t, err)
		require.Equal(t, s+".", string(out))
	})
}

func FuzzAnswer(f *testing.F) {
	f.Add([]byte("Welcome\npawl:abc exited 7\nlog\n"))
	f.Add([]byte("pawl:abc \n"))
	f.Add([]byte("pawl:abc exited"))
	f.Fuzz(func(t *testing.T, out []byte) {
		a, ok := parseAnswer("abc", out)
		if !ok {
			return
		}
		require.NotEmpty(t, a.word)
		require.LessOrEqual(t, len(a.body), len(out))
		if state, exit, err := a.state(); err == nil && state != job.Exited {
			require.Zero(t, exit)
		}
	})
}

// However a log is cut into looks, the progress at its end is the same, and what is shown is fit to be shown.
func FuzzFeed(f *testing.F) {
	f.Add([]byte("a\npawl: 62% orders\npawl: result a=b\nlast"), uint16(3))
	f.Add([]byte("10%\r20%\r\n\x1b[31mred\x1b[0m\n\xff\xfe\n\x1b]0;title\a\n"), uint16(1))
	f.Add([]byte(strings.Repeat("x", 3*longestLine)), uint16(999))
	f.Fuzz(func(t *testing.T, log []byte, step uint16) {
		whole := job.Progress{}
		feed(&whole, log, true, keepLine)
		require.Equal(t, int64(len(log)), whole.Offset)

		var parts job.Progress
		for window := int(step) + longestLine; parts.Offset < int64(len(log)); {
			rest := log[parts.Offset:]
			end := len(rest) <= window
			before := parts.Offset
			feed(&parts, rest[:min(window, len(rest))], end, keepLine)
			require.Greater(t, parts.Offset, before, "it gets on")
		}
		require.Equal(t, whole.Tail, parts.Tail)
		require.Equal(t, whole, parts)

		require.LessOrEqual(t, len(whole.Tail), tailLines)
		require.LessOrEqual(t, len(whole.Result), mostResults)
		shown := append([]string{whole.Note, whole.Done, whole.Problem}, whole.Tail...)
		for k, v := range whole.Result {
			shown = append(shown, k, v)
		}
		for _, text := range shown {
			require.True(t, utf8.ValidString(text))
			require.LessOrEqual(t, utf8.RuneCountInString(text), 2*shownRunes)
			require.NotContains(t, text, "\x1b")
			require.NotContains(t, text, "\r")
		}
	})
}

func keepLine(s string) string { return s }

func TestLinesAreMadeFit(t *testing.T) {
	t.Parallel()
	var p job.Progress
	hide := func(s string) string { return strings.ReplaceAll(s, "hunter2", "*****") }
	feed(&p, []byte("  10%\r  20%\r\n\x1b[1;31mred\x1b[0m\n\xffbad\x00\n\u202eevil\npassword hun\x1b[mter2\npawl: note uses hunter2\npawl: 999%\n"), true, hide)
	require.Equal(t, []string{"red", "bad", "evil", "password *****", "pawl: 999%"}[1:], p.Tail)
	require.Equal(t, "uses *****", p.Note)
	require.Equal(t, int64(7), p.Lines)
}
