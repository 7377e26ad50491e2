package scripts_test

import (
	"bytes"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/internal/testneed"
	"github.com/pawl-ops/pawl/scripts"
)

func names() []string {
	return []string{"snapshot", "copy", "restore", "mask", "swap", "undo", "cleanup"}
}

func TestOnlyTheShippedNamesAreScripts(t *testing.T) {
	t.Parallel()
	for _, name := range names() {
		require.Contains(t, scripts.Toy(name), "set -u")
	}
	for _, name := range []string{"", "Snapshot", "../../seed", "snapshot.sh", "drop"} {
		require.Panics(t, func() { scripts.Toy(name) }, name)
		require.Panics(t, func() { scripts.Traffic(name) }, name)
	}
}

func TestShellcheckFindsNothing(t *testing.T) {
	t.Parallel()
	shellcheck := testneed.Component(t, "shellcheck")
	texts := map[string]string{"haproxy": scripts.Traffic("haproxy"), "nginx": scripts.Traffic("nginx")}
	for _, name := range names() {
		texts[name] = scripts.Toy(name)
	}
	for name, text := range texts {
		// 2034: what one script does not use of the shared part, another does. 2154: arguments come from outside.
		cmd := exec.Command(shellcheck, "--shell=sh", "--exclude=SC2034,SC2154", "-")
		cmd.Stdin = strings.NewReader(text)
		out, err := cmd.CombinedOutput()
		require.NoError(t, err, "%s:\n%s", name, out)
	}
}

// With a pace the work takes at least that long, and is told at least once a second.
func TestPaceSpreadsTheWork(t *testing.T) {
	t.Parallel()
	w := seeded(t)
	r := w.refresh("r1", "Alice").with("pace", "3")
	for _, name := range []string{"snapshot", "copy", "restore", "mask"} {
		began := time.Now()
		s := r.well(name)
		require.GreaterOrEqual(t, time.Since(began), 2900*time.Millisecond, name)
		require.GreaterOrEqual(t, strings.Count(s.log, "%"), 3, "%s:\n%s", name, s.log)
	}
	began := time.Now()
	r.with("pace", "0").well("swap")
	w.refresh("r2", "Bob").with("pace", "3").well("snapshot")
	require.Less(t, time.Since(began), 20*time.Second, "a shared snapshot is not slowed down")
}

// The helpers for numbers, in the words of the board.
func TestNumbersAsPeopleSayThem(t *testing.T) {
	t.Parallel()
	for call, want := range map[string]string{
		"size 0": "0 kB", "size 640123": "640 kB", "size 82345678": "82 MB", "size 499999999": "500 MB", "size 900000000": "0.9 GB",
		"size 1523456789": "1.5 GB", "size 41000000000": "41.0 GB",
		"number 0": "0", "number 7": "7", "number 1333": "1,333", "number 9999": "9,999", "number 66666": "66,700",
		"number 214000": "214,000", "number 213987": "214,000", "number 999999": "1,000,000", "number 1234567": "1,230,000",
		"share_of 120000 600000": "120,000 of 600,000", "share_of 1234567 1900000": "1.2 of 1.9 million", "share_of 5 7": "5 of 7",
		"duration 0": "0 s", "duration 4100": "41 s", "duration 4101": "42 s", "duration 11250": "1 min 52 s",
		"plain a\tb\nc": "abc", `literal "it's"`: "'it''s'", `identifier 'a"b'`: `"a""b"`,
		"absolute /a": "/a", "absolute a/b": "/home/x/a/b",
	} {
		var out bytes.Buffer
		cmd := exec.Command("sh", "-s")
		shared, _, found := strings.Cut(scripts.Toy("cleanup"), "# Takes away")
		require.True(t, found)
		if strings.HasPrefix(call, "plain") {
			call = `plain "` + strings.TrimPrefix(call, "plain ") + `"`
		}
		cmd.Env = []string{"PATH=/usr/bin:/bin", "HOME=/home/x"}
		cmd.Stdin, cmd.Stdout = strings.NewReader(shared+"\n"+call+"\n"), &out
		require.NoError(t, cmd.Run(), call)
		require.Equal(t, want, strings.TrimSuffix(out.String(), "\n"), call)
	}
}
