package e2e

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/internal/ledger"
	"github.com/pawl-ops/pawl/job"
	"github.com/pawl-ops/pawl/sandbox"
	"github.com/pawl-ops/pawl/sandbox/apps"
)

// shipping is a world with more environments of the shop, in which each script that gives an instance a version leaves a
// line behind.
func shipping(t *testing.T, environments []string, change func(*sandbox.Options)) *fleet {
	t.Helper()
	f := newFleet(t, func(o *sandbox.Options) {
		o.Slack.Limits.Off, o.More, o.Bake = true, environments, "2s"
		o.CI = hastyCI()
		o.CI.Speed = 40
		if change != nil {
			change(o)
		}
	})
	script := filepath.Join(filepath.Dir(f.world.Config), "deploy-app.sh")
	text, err := os.ReadFile(script)
	require.NoError(t, err)
	text = append([]byte(`echo "$environment/$instance/$version/$PAWL_KEY" >>"$HOME/deployed"`+"\n"), text...)
	require.NoError(t, os.WriteFile(script, text, 0o600))
	f.writes("", "      healthy: 3 ", "      healthy: 2 ")
	return f
}

// deployed are the versions instances were given by scripts, as environment/instance/version. No script may have begun twice.
func (f *fleet) deployed() (all []string) {
	f.t.Helper()
	seen := map[string]bool{}
	for _, host := range apps.Machines() {
		for _, line := range linesOf(filepath.Join(f.world.Hosts.Host(host).Home(), "deployed"), "") {
			if line == "" {
				continue
			}
			require.False(f.t, seen[line], "a script began twice: %s", line)
			seen[line] = true
			all = append(all, strings.Join(strings.SplitN(line, "/", 4)[:3], "/"))
		}
	}
	slices.Sort(all)
	return all
}

// of are those of an environment, without its name.
func of(environment string, deployed []string) (all []string) {
	for _, line := range deployed {
		if rest, ok := strings.CutPrefix(line, environment+"/"); ok {
			all = append(all, rest)
		}
	}
	return all
}

// released is what the ledger knows of an environment, the newest first: "deploy 2024.52", and "taken" behind it.
func (f *fleet) released(environment string) (all []string) {
	f.t.Helper()
	for _, r := range f.releases(environment) {
		line := r.How + " " + r.Version
		if r.Taken != "" {
			line += " taken"
		}
		all = append(all, line)
	}
	return all
}

func (f *fleet) releases(environment string) []job.Release {
	f.t.Helper()
	ctx, cancel := context.WithTimeout(f.t.Context(), time.Minute)
	defer cancel()
	l, err := ledger.Open(ctx, filepath.Join(f.data(), "ledger.db"))
	require.NoError(f.t, err)
	defer l.Close()
	all, err := l.ReleasesOf(ctx, apps.App, environment, 100)
	require.NoError(f.t, err)
	return all
}

// locked is why nobody deploys to an environment; false: somebody may.
func (f *fleet) locked(environment string) (because string, held bool) {
	f.t.Helper()
	ctx, cancel := context.WithTimeout(f.t.Context(), time.Minute)
	defer cancel()
	l, err := ledger.Open(ctx, filepath.Join(f.data(), "ledger.db"))
	require.NoError(f.t, err)
	defer l.Close()
	lock, err := l.Lock(ctx, apps.App, environment)
	require.NoError(f.t, err)
	return lock.Because, lock.Held
}

// journal is what the host of a load balancer wrote about switches: by token, how it ended and where users went.
func (f *fleet) journal(mapFile string) map[string]string {
	f.t.Helper()
	text, err := os.ReadFile(filepath.Join(f.world.Hosts.Host(apps.Balancer).Home(), mapFile+".pawl"))
	require.NoError(f.t, err)
	all := map[string]string{}
	for line := range strings.Lines(string(text)) {
		words := strings.Fields(line)
		require.GreaterOrEqual(f.t, len(words), 5, line)
		require.NotContains(f.t, all, words[1], "a token stands there twice")
		all[words[1]] = words[2] + " " + words[4]
	}
	return all
}

// alone looks from time to time whether an instance has two servers, until the test ends.
func (f *fleet) alone() {
	f.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	found := make(chan string, 1)
	go func() {
		defer close(found)
		tick := time.NewTicker(300 * time.Millisecond)
		defer tick.Stop()
		for {
			if twice := servedTwice(f.world.Hosts.Dir()); twice != "" {
				found <- twice
				return
			}
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
		}
	}()
	f.t.Cleanup(func() {
		cancel()
		require.Empty(f.t, <-found, "an instance has two servers")
	})
}

// servedTwice is the directory of an instance in which two servers are at work; empty: there is none. What is seen once may
// be one that ended while the next began.
func servedTwice(dir string) string {
	pids, err := apps.Processes(dir)
	if err != nil {
		return ""
	}
	at := func(pid int) string {
		cwd, err := os.Readlink(fmt.Sprintf("/proc/%d/cwd", pid))
		if err != nil {
			return ""
		}
		return cwd
	}
	first := map[string]int{}
	for _, pid := range pids {
		cwd := at(pid)
		if other, ok := first[cwd]; ok && cwd != "" && at(other) == cwd && at(pid) == cwd {
			return fmt.Sprintf("%s: pids %d and %d", cwd, other, pid)
		}
		first[cwd] = pid
	}
	return ""
}

var deedOfDeploy = regexp.MustCompile(`^(Deploy|Build and deploy) `)

// agrees presses the button with which whoever asked for a deploy says yes to it.
func (th thread) agrees() {
	f := th.p.f
	f.t.Helper()
	f.eventually(30*time.Second, "there is a button to deploy", func() error {
		for _, m := range th.messages() {
			for _, b := range buttonsOf(m.Blocks) {
				if deedOfDeploy.MatchString(b.Label) {
					return th.p.Click(f.t.Context(), th.channel, m.TS, b.Action)
				}
			}
		}
		return fmt.Errorf("there is none")
	})
}

// board is what the board of the thread shows.
func (th thread) board() string {
	th.p.f.t.Helper()
	for _, m := range th.messages() {
		if idOnBoard.MatchString(shownBy(m)) {
			return shownBy(m)
		}
	}
	return ""
}
