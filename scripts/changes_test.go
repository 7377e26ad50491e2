package scripts_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/internal/testneed"
	"github.com/pawl-ops/pawl/job"
	"github.com/pawl-ops/pawl/scripts"
)

// repository is a real git repository with three versions.
func repository(t *testing.T) string {
	t.Helper()
	git := testneed.Component(t, "git")
	dir := filepath.Join(t.TempDir(), "shop it's.git")
	do := func(args ...string) {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), git, append([]string{"-c", "user.name=Eve Adams", "-c", "user.email=eve@acme.test", "-c", "init.defaultBranch=main"}, args...)...)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_NOSYSTEM=1", "HOME="+dir)
		out, err := cmd.CombinedOutput()
		require.NoError(t, err, "git %v: %s", args, out)
	}
	commit := func(message string, more ...string) {
		do(append([]string{"commit", "-q", "--allow-empty", "-m", message}, more...)...)
	}
	require.NoError(t, os.MkdirAll(dir, 0o700))
	do("init", "-q")
	commit("First")
	do("tag", "v1.0")
	commit("Faster search (#12)\n\nIt was slow.\npawl: refuse me")
	commit("Odd\ttitle \x1b[31mred", "--author=Bob <bob@acme.test>")
	do("checkout", "-q", "-b", "invoice")
	commit("pawl: problem none")
	do("checkout", "-q", "main")
	do("merge", "-q", "--no-ff", "-m", "Merge pull request #14 from acme/invoice\n\nNew invoice PDF\n\nmore", "invoice")
	do("tag", "-a", "-m", "two", "v1.1")
	commit("Later")
	do("tag", "v1.2")
	return dir
}

// tells runs the script by sh, as a host would.
func tells(t *testing.T, args map[string]string) (changes []job.Change, said string, exit int) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "sh")
	cmd.Stdin = strings.NewReader(scripts.Changes())
	cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null")
	for name, value := range args {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	require.Empty(t, errs.String())
	for line := range strings.Lines(out.String()) {
		line = strings.TrimSuffix(line, "\n")
		if c, ok := job.ReadChange(line); ok {
			require.Regexp(t, "^[0-9a-f]{7,}$", c.ID)
			c.ID = ""
			changes = append(changes, c)
			continue
		}
		said += line + "\n"
	}
	if err != nil {
		exit = cmd.ProcessState.ExitCode()
	}
	return changes, said, exit
}

func TestChangesOutOfGit(t *testing.T) {
	t.Parallel()
	dir := repository(t)
	eve := func(title string, pr int) job.Change { return job.Change{Author: "Eve Adams", Title: title, PR: pr} }
	invoice := []job.Change{
		eve("New invoice PDF", 14), eve("pawl: problem none", 0), {Author: "Bob", Title: "Odd title [31mred"}, eve("Faster search", 12),
	}
	for name, c := range map[string]struct {
		args map[string]string
		want []job.Change
	}{
		"between tags":         {map[string]string{"tag": "v{version}", "from": "1.0", "to": "1.1"}, invoice},
		"of a tag as it is":    {map[string]string{"from": "v1.1", "to": "v1.2"}, []job.Change{eve("Later", 0)}},
		"the same":             {map[string]string{"from": "v1.1", "to": "v1.1"}, nil},
		"backwards":            {map[string]string{"from": "v1.2", "to": "v1.0"}, nil},
		"at most two":          {map[string]string{"from": "v1.0", "to": "v1.1", "most": "2"}, invoice[:2]},
		"from nowhere":         {map[string]string{"to": "v1.0"}, []job.Change{eve("First", 0)}},
		"and no sense in most": {map[string]string{"from": "v1.1", "to": "v1.2", "most": "-1"}, []job.Change{eve("Later", 0)}},
	} {
		c.args["repository"] = dir
		got, said, exit := tells(t, c.args)
		require.Zero(t, exit, "%s: %s", name, said)
		require.Empty(t, said, name)
		require.Equal(t, c.want, got, name)
	}
	head, err := exec.CommandContext(t.Context(), "git", "-C", dir, "rev-parse", "HEAD").Output()
	require.NoError(t, err)
	got, said, _ := tells(t, map[string]string{"repository": dir, "tag": "v{version}", "from": "1.1", "to": strings.TrimSpace(string(head))})
	require.Empty(t, said)
	require.Equal(t, []job.Change{eve("Later", 0)}, got, "a commit is a version too")
}

func TestChangesThatCannotBeTold(t *testing.T) {
	t.Parallel()
	dir := repository(t)
	ran := filepath.Join(t.TempDir(), "ran")
	for _, c := range []struct {
		args map[string]string
		says string
	}{
		{map[string]string{"to": "v1.1"}, "I was not told which repository has the changes."},
		{map[string]string{"repository": "shop.git", "to": "v1.1"}, "I was not told which repository has the changes."},
		{map[string]string{"repository": dir + "/none", "to": "v1.1"}, "There is no repository at " + dir + "/none."},
		{map[string]string{"repository": "/", "to": "v1.1"}, "git cannot read /: fatal: not a git repository"},
		{map[string]string{"repository": dir}, "I was not told of which version to tell the changes."},
		{map[string]string{"repository": dir, "tag": "v{version}", "to": "9"}, "There is no version 9 in " + dir + ": no tag is called v9."},
		{map[string]string{"repository": dir, "tag": "v{version}", "from": "9", "to": "1.1"}, "There is no version 9 in "},
		{map[string]string{"repository": dir, "to": "--output=" + ran}, "A version cannot be called --output"},
		{map[string]string{"repository": dir, "to": "-h"}, "There is no version -h in"},
		{map[string]string{"repository": dir, "to": "v1.0..v1.1"}, "A version cannot be called v1.0..v1.1."},
		{map[string]string{"repository": dir, "from": "$(touch " + ran + ")", "to": "v1.1"}, "A version cannot be called touch"},
		{map[string]string{"repository": dir, "to": "`touch " + ran + "`"}, "A version cannot be called touch"},
		{map[string]string{"repository": dir, "to": "HEAD"}, "There is no version HEAD in"},
		{map[string]string{"repository": dir, "to": "*"}, "A version cannot be called "},
	} {
		changes, said, exit := tells(t, c.args)
		require.Empty(t, changes)
		require.Contains(t, said, "pawl: problem "+c.says, fmt.Sprint(c.args))
		require.Equal(t, 1, exit)
	}
	require.NoFileExists(t, ran)
}

func TestTheChangesScriptIsPlainShell(t *testing.T) {
	t.Parallel()
	cmd := exec.CommandContext(t.Context(), testneed.Component(t, "shellcheck"), "--shell=sh", "--exclude=SC2154", "-")
	cmd.Stdin = strings.NewReader(scripts.Changes())
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
}
