package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/enums/v1"

	"github.com/pawl-ops/pawl/internal/ledger"
	"github.com/pawl-ops/pawl/job"
	"github.com/pawl-ops/pawl/sandbox"
)

// launchersKept are launchers of schedules that are recorded where they can stand still, and two scheduled runs: they end
// otherwise than those of people.
var launchersKept = []string{
	"launcher-asking", "launcher-waiting", "launcher-late", "launcher-cancelled", "launcher-done", "launcher-lost", "launcher-telling",
	"scheduled-asking", "scheduled-done",
}

func launcherFile(name string) string { return filepath.Join(histories, name+".json") }

// recordLaunchers records them all anew when one is missing.
func recordLaunchers(t *testing.T) {
	missing := false
	for _, name := range launchersKept {
		if _, err := os.Stat(launcherFile(name)); err != nil {
			missing = true
		}
	}
	if !missing {
		return
	}
	f := newFleet(t, func(o *sandbox.Options) {
		o.Extra += ", schedule run"
		o.Slack.Limits.Off = true
	})
	far := time.Now().AddDate(0, 0, -2)
	f.writes(fmt.Sprintf(`
schedules:
  waiting:   {run: drill slowly, when: "0 0 %[1]d %[2]d *"}
  late:      {run: drill slowly, when: "0 0 %[1]d %[2]d *", late: 1m}
  cancelled: {run: drill slowly, when: "0 0 %[1]d %[2]d *", overlap: replace}
  asking:    {run: drill loudly, when: "0 0 %[1]d %[2]d *"}
  done:      {run: drill, when: "0 0 %[1]d %[2]d *"}
  parks:     {run: drill, when: "0 0 %[1]d %[2]d *"}
  beat:      {run: drill, when: every minute}
`, far.Day(), far.Month()))
	minute := "PAWL_MINUTE=3s"
	f.up(haste, minute)
	f.eventually(30*time.Second, "the schedule comes", func() error { return f.wrote("beat", ledger.KindDue) })
	f.kill()
	away := time.Now()
	f.eventually(20*time.Second, "times pass", func() error {
		if time.Since(away) < 8*time.Second {
			return fmt.Errorf("not yet")
		}
		return nil
	})
	f.ui = "127.0.0.1:0"
	f.up(haste, minute)
	f.eventually(30*time.Second, "times were lost", func() error { return f.wrote("beat", ledger.KindLost) })
	lost := f.about("beat", ledger.KindLost)[0]
	finder := job.LaunchPrefix + strings.Replace(strings.TrimPrefix(lost.Text, "schedule/"), "/", "-", 1)
	c := f.temporal()
	require.NoError(t, c.GetWorkflow(t.Context(), finder, "").Get(t.Context(), nil))
	f.export(f.page(), finder, launcherFile("launcher-lost"))
	var times job.LostTimes
	require.NoError(t, lost.Decode(&times))
	f.eventually(30*time.Second, "they were told", func() error {
		d, err := c.DescribeWorkflowExecution(t.Context(), job.LostID("beat", times), "")
		if err == nil && d.GetWorkflowExecutionInfo().GetStatus() != enums.WORKFLOW_EXECUTION_STATUS_COMPLETED {
			err = fmt.Errorf("it is %s", d.GetWorkflowExecutionInfo().GetStatus())
		}
		return err
	})
	f.export(f.page(), job.LostID("beat", times), launcherFile("launcher-telling"))

	alice := f.person("alice")
	run := func(name string) (launcher, id string) {
		id = idInText.FindStringSubmatch(shownBy(alice.types("schedule run "+name).sees(30*time.Second, "speaks in")))[1]
		return f.launcherOf(name, ledger.KindDue), id
	}
	late, _ := run("late")
	waiting, _ := run("waiting")
	cancelled, stopped := run("cancelled")
	done, over := run("done")
	_, asking := run("asking")
	f.eventually(30*time.Second, "it is over", func() error { return f.ended(over) })
	require.NoError(t, c.GetWorkflow(t.Context(), done, "").Get(t.Context(), nil))
	require.NoError(t, c.CancelWorkflow(t.Context(), cancelled, ""))
	f.eventually(30*time.Second, "it is cancelled", func() error { return f.ended(stopped) })
	require.NoError(t, c.GetWorkflow(t.Context(), cancelled, "").Get(t.Context(), nil))
	f.eventually(30*time.Second, "it asks", func() error {
		for _, m := range f.person("carol").stands("#ops") {
			if strings.Contains(shownBy(m), asking) && strings.Contains(shownBy(m), "waiting for a decision") || strings.Contains(shownBy(m), ":question:") {
				return nil
			}
		}
		return fmt.Errorf("it does not")
	})
	f.eventually(90*time.Second, "it is late", func() error { return f.wrote("late", ledger.KindLate) })
	for name, id := range map[string]string{
		"launcher-late": late, "launcher-waiting": waiting, "launcher-cancelled": cancelled, "launcher-done": done,
		"scheduled-asking": asking, "scheduled-done": over,
	} {
		f.export(f.page(), id, launcherFile(name))
	}

	f.kill()
	f.up(haste, minute, "PAWL_PARK=nowhere,before the time is allowed", "PAWL_PARKED="+f.parked())
	alice.types("schedule run parks")
	f.eventually(30*time.Second, "the door parks", func() error { return holds(f.parked(), "parks\tbefore the time is allowed") })
	f.export(f.page(), f.launcherOf("parks", ledger.KindNow), launcherFile("launcher-asking"))
	f.enough()
}

// about are the entries of a kind about a schedule, the newest first.
func (f *fleet) about(name, kind string) []ledger.Entry {
	f.t.Helper()
	l, err := ledger.Open(f.t.Context(), filepath.Join(f.data(), "ledger.db"))
	require.NoError(f.t, err)
	defer l.Close()
	list, err := l.Last(f.t.Context(), ledger.OfSchedule(name), kind, 100)
	require.NoError(f.t, err)
	return list
}

func (f *fleet) wrote(name, kind string) error {
	if len(f.about(name, kind)) == 0 {
		return fmt.Errorf("there is no %s of %s in the ledger", kind, name)
	}
	return nil
}

// launcherOf is the workflow id of the launcher of a schedule's last time.
func (f *fleet) launcherOf(name, kind string) string {
	f.t.Helper()
	var due job.Due
	require.NoError(f.t, f.about(name, kind)[0].Decode(&due))
	return job.LaunchPrefix + name + "-" + due.At.UTC().Format(time.RFC3339)
}
