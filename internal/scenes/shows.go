package scenes

import (
	"os/exec"
	"regexp"
	"slices"
	"strings"

	"github.com/pawl-ops/pawl/sandbox/slack"
)

const hostsHeading = "on the hosts"

// hears shows what was said to somebody where nobody had asked.
var hears = regexp.MustCompile(`^(#[a-z-]+|\w+) hears(?: in (?:her|his) direct message)?`)

// threadNamed understands "the thread ..." and "alice's thread ...".
func (s *Stage) threadNamed(heading string) (Thread, bool) {
	first, rest, _ := strings.Cut(heading, " ")
	if !strings.HasPrefix(rest, "thread") {
		return Thread{}, false
	}
	if first == "the" {
		return s.Threads[s.Last], true
	}
	name, ok := strings.CutSuffix(first, "'s")
	return s.Threads[name], ok
}

// threadOf is what a heading shows as it is now.
func (s *Stage) threadOf(heading string) string {
	if show := s.Shows[heading]; show != nil {
		return show()
	}
	if heading == hostsHeading {
		return s.running()
	}
	if m := onHost.FindStringSubmatch(heading); m != nil {
		return s.said(m[1], m[2])
	}
	if m := hears.FindStringSubmatch(heading); m != nil {
		s.meet()
		return s.Screen.thread(s.Seen.Unasked(conversationOf(m[1]), s.Began), func(one Said) slack.Message { return one.Last })
	}
	th, _ := s.threadNamed(heading)
	s.meet()
	return s.Screen.thread(s.Seen.In(th.Channel, th.TS), func(one Said) slack.Message { return one.Last })
}

// canShow reports whether a heading shows something.
func (s *Stage) canShow(heading string) bool {
	_, thread := s.threadNamed(heading)
	m := onHost.FindStringSubmatch(heading)
	return thread || heading == hostsHeading || s.Shows[heading] != nil || hears.MatchString(heading) || m != nil && s.World.Hosts.Host(m[1]) != nil
}

// onHost shows what a command says on a host.
var onHost = regexp.MustCompile(`^on ([a-z0-9-]+): (.+)$`)

// said is what a command prints in the home of a host, its errors included.
func (s *Stage) said(host, command string) string {
	h := s.World.Hosts.Host(host)
	cmd := exec.CommandContext(s.T.Context(), "sh", "-c", command) //nolint:gosec // what the scene's author wrote
	cmd.Dir, cmd.Env = h.Home(), h.Environment()
	text, err := cmd.CombinedOutput()
	shown := strings.TrimRight(s.Screen.plain(string(text)), "\n")
	if err != nil {
		shown = strings.TrimLeft(shown+"\n("+err.Error()+")", "\n")
	}
	return shown
}

// running lists the scripts that run on the hosts.
func (s *Stage) running() string {
	left, err := s.World.Hosts.Orphans()
	switch {
	case err != nil:
		return "(" + err.Error() + ")"
	case len(left) == 0:
		return "nothing runs"
	}
	var lines []string
	for _, o := range left {
		if line := "a script runs on " + o.Host + "\n"; !slices.Contains(lines, line) {
			lines = append(lines, line)
		}
	}
	slices.Sort(lines)
	return strings.TrimSpace(strings.Join(lines, ""))
}

// conversationOf is a channel, or somebody's direct message with Pawl.
func conversationOf(name string) string {
	if strings.HasPrefix(name, "#") {
		return ChannelID(name)
	}
	return DirectOf(name)
}
