package access_test

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/internal/access"
	"github.com/pawl-ops/pawl/job"
)

func approval(line int, command string, people int, within time.Duration, by ...string) access.Approval {
	return access.Approval{Command: command, Line: line, Approval: job.Approval{By: by, Within: within, People: people}}
}

func TestWhoHasToAgree(t *testing.T) {
	t.Parallel()
	blue := approval(24, "force restart shop master blue", 2, time.Hour, "oncall", "leads")
	blue.Also = []access.Form{{Text: "force restart shop master active", Partly: true}}
	lines := []access.Approval{
		approval(23, "force restart", 1, 15*time.Minute, "oncall", "engineers"),
		blue,
		approval(25, "deploy master", 1, 0, "engineers"),
		approval(26, "deploy", 3, 0, "leads"),
		approval(27, "Deploy Master", 9, 0, "nobody"),
	}
	for command, want := range map[string]job.Approval{
		"force restart shop master green":              {By: []string{"oncall", "engineers"}, Within: 15 * time.Minute, People: 1, Rule: "approve line 23"},
		"force restart shop master blue because x":     {By: []string{"oncall", "leads"}, Within: time.Hour, People: 2, Rule: "approve line 24"},
		"force restart shop master active because x":   {By: []string{"oncall"}, Within: 15 * time.Minute, People: 2, Rule: "approve line 23, approve line 24"},
		"force restart shop master inactive because x": {By: []string{"oncall", "engineers"}, Within: 15 * time.Minute, People: 1, Rule: "approve line 23"},
		"deploy master 2024.51":                        {By: []string{"engineers"}, People: 1, Rule: "approve line 25"},
		"deploy staging":                               {By: []string{"leads"}, People: 3, Rule: "approve line 26"},
	} {
		got, needed := access.Approver(lines, command)
		require.True(t, needed, command)
		require.Equal(t, want, got, command)
	}
	for _, command := range []string{"toy", "deployments", "restart shop master blue", ""} {
		got, needed := access.Approver(lines, command)
		require.False(t, needed, command)
		require.False(t, got.Needed())
	}
	require.Equal(t, []string{"oncall", "engineers"}, lines[0].By, "the lines stay as they are")
}

func TestLinesThatContradictEachOther(t *testing.T) {
	t.Parallel()
	active := []access.Form{{Text: "restart shop master active", Partly: true}}
	blue, green := approval(1, "restart shop master blue", 1, 0, "oncall"), approval(2, "restart shop master green", 1, 0, "engineers")
	blue.Also, green.Also = active, active
	command, between, found := access.Contradiction([]access.Approval{blue, green})
	require.True(t, found)
	require.Equal(t, "restart shop master active", command)
	require.Equal(t, []access.Approval{blue, green}, between)
	a, needed := access.Approver([]access.Approval{blue, green}, command)
	require.True(t, needed && a.Needed(), "it is not as if nobody had to agree")
	require.NotContains(t, a.By, "oncall")
	require.NotContains(t, a.By, "engineers")

	green.By = []string{"engineers", "oncall"}
	_, _, found = access.Contradiction([]access.Approval{blue, green})
	require.False(t, found)
}

func TestFormsCoverWhatTheySay(t *testing.T) {
	t.Parallel()
	rule := access.Rule{Who: access.Everyone, Command: "status shop master", Line: 1, Also: []access.Form{
		{Text: "status shop", Whole: true, Partly: true}, {Text: "status cron", Whole: true}, {Text: "restart shop master active", Partly: true}, {Text: "restart shop master yellow"},
	}}
	may, mayNot := access.Policy{Rules: []access.Rule{rule}}, rule
	mayNot.Deny = true
	all := access.Policy{Rules: []access.Rule{{Who: access.Everyone, Command: "status"}, {Who: access.Everyone, Command: "restart"}, mayNot}}
	for command, want := range map[string]struct{ may, mayNot bool }{
		"status shop master":                   {true, true},
		"status shop master blue":              {true, true},
		"status shop":                          {false, true},
		"status shop staging":                  {false, false},
		"status cron":                          {true, true},
		"status cron now":                      {false, false},
		"Restart shop master Active because x": {false, true},
		"restart shop master yellow because x": {true, true},
		"restart shop master blue":             {false, false},
	} {
		require.Equal(t, want.may, access.Decide(may, job.Actor{}, command).Allowed, command)
		require.Equal(t, want.mayNot, !access.Decide(all, job.Actor{}, command).Allowed, command)
	}
}

// TestApproverIsNeverLaxer holds the answer to the sentence of the documentation on drawn lines: a line that is or may be
// about a command and is not outdone by a longer one never counts for less than it says.
func TestApproverIsNeverLaxer(t *testing.T) {
	t.Parallel()
	forMany(t, func(must *require.Assertions, w world) {
		lines := make([]access.Approval, w.IntN(6))
		for i := range lines {
			lines[i] = approval(i+1, w.command(), 1+w.IntN(3), time.Duration(w.IntN(3)), "oncall", w.pick("engineers", "product"))
			for range w.IntN(3) {
				lines[i].Also = append(lines[i].Also, access.Form{Text: w.command(), Whole: w.IntN(2) == 0, Partly: true})
			}
		}
		command := w.command()
		got, needed := access.Approver(lines, command)
		longest := 0
		for _, l := range lines {
			if covers(l.Command, command) {
				longest = max(longest, len(split(l.Command)))
			}
		}
		counts := false
		for i, l := range lines {
			proper := covers(l.Command, command)
			partly := slices.ContainsFunc(l.Also, func(f access.Form) bool {
				return covers(f.Text, command) && (!f.Whole || len(split(f.Text)) == len(split(command)))
			})
			if proper && len(split(l.Command)) == longest && !slices.ContainsFunc(lines[:i], func(o access.Approval) bool {
				return covers(o.Command, command) && len(split(o.Command)) == longest
			}) || partly && !proper {
				counts = true
				must.GreaterOrEqual(got.Count(), l.Count())
				must.Subset(l.By, got.By)
				must.True(l.Within == 0 || got.Within > 0 && got.Within <= l.Within)
				must.Contains(got.Rule, "approve line")
			}
		}
		must.Equal(counts, needed)
		must.Equal(needed, got.Needed())
	})
}
