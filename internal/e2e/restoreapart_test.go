package e2e

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/workflowservice/v1"

	"github.com/pawl-ops/pawl/internal/ledger"
	"github.com/pawl-ops/pawl/job"
	"github.com/pawl-ops/pawl/sandbox"
)

// The engine's data are lost and come back from a backup; the roles of Pawl are processes of their own, and the ledger is in
// PostgreSQL and knows what happened since. While it is paused no process does anything, schedules included. Then the
// run that is dropped is ended on every host, also where its copy has never been.
func TestRolesApartAreRestoredWithALedgerInADatabase(t *testing.T) {
	t.Parallel()
	a := newApartOf(t, longSilence, func(o *sandbox.Options) { o.Slack.Limits.Off = true })
	a.writes("\nschedules:\n  beat: {run: drill, when: every minute, channel: releases}\n")
	dsn := servers.Database(t)
	env := []string{haste, "PAWL_MINUTE=4s", "PAWL_LEDGER=" + dsn}
	all := []string{"engine", "worker", "slackbridge"}
	starts := func() { a.start(all, env...) }
	starts()
	a.ready(all...)
	alice, eve := a.person("alice"), a.person("eve")

	dropped := alice.types("drill slowly carefully")
	dropped.counts()
	store := filepath.Join(a.dir, "backup.tgz")
	said, code := typed(t, a.dir, nil, "backup", "--data", a.data(), store)
	require.Equal(t, 1, code, said)
	require.Contains(t, said, "there is no ledger in "+a.data()+": when it is in PostgreSQL, set PAWL_LEDGER")
	require.NoFileExists(t, store)
	// As cron finds it: nothing in the environment, all beside pawl.yaml.
	dotenv := filepath.Join(filepath.Dir(a.world.Config), ".env")
	require.NoError(t, os.WriteFile(dotenv, []byte("PAWL_LEDGER='"+dsn+"'\n"), 0o600))
	said, code = typed(t, a.dir, nil, "backup", "--config", a.world.Config, "--data", a.data(), store)
	require.Zero(t, code, said)
	require.Contains(t, said, "The ledger is in PostgreSQL and not in this backup")

	// What nobody remembers later: its second script runs on another host, and somebody begins one more.
	a.enough()
	dropped.sees(20*time.Second, "Check on the second")
	lost := alice.types("drill carefully")
	id, lostID := dropped.runID(), ""
	a.eventually(30*time.Second, "both check on the second host", func() error {
		for _, r := range a.openRuns(dsn) {
			if r.ID != id && r.Actor.Kind == job.SlackUser {
				lostID = r.ID
			}
		}
		if n := len(a.checking()); n != 2 || lostID == "" {
			return fmt.Errorf("%d do, and %q was begun", n, lostID)
		}
		return nil
	})
	a.kill("slackbridge", "worker", "engine")
	require.NoError(t, os.RemoveAll(a.data()))
	said, code = typed(t, a.dir, nil, "restore", "--data", a.data(), store)
	require.Zero(t, code, said)
	require.Contains(t, said, "It is paused.")
	require.Contains(t, said, "What was open then cannot be told: there is no ledger in")
	require.Contains(t, said, "lets everything go on")

	// A worker that is not told where the ledger is makes no new one, which would know nothing.
	require.NoError(t, os.Remove(dotenv))
	said, code = typed(t, a.dir, a.world.Env(nil), "worker", "--data", a.data(), "--config", a.world.Config, "--listen", freeAddr(t))
	require.Equal(t, 1, code, said)
	require.Contains(t, said, "has no ledger, because that is in PostgreSQL: set PAWL_LEDGER")

	// Paused: each process says so, times of the schedule come, and nothing is begun.
	before := len(eve.stands("#releases"))
	due := a.due(dsn)
	starts()
	for _, role := range all {
		a.eventually(20*time.Second, "the "+role+" is paused", func() error {
			_, err := a.readyz(role)
			if err == nil || !strings.HasPrefix(err.Error(), "503: paused: restored from the backup of") {
				return fmt.Errorf("it says: %w", err)
			}
			return nil
		})
	}
	alice.types("drill").sees(20*time.Second, "is paused.")
	c := a.temporal()
	a.eventually(30*time.Second, "times of the schedule have come", func() error {
		d, err := c.ScheduleClient().GetHandle(t.Context(), job.SchedulePrefix+"beat").Describe(t.Context())
		if err == nil && (len(d.Info.RunningWorkflows) == 0 || d.Info.NumActionsSkippedOverlap == 0) {
			err = errors.New("none yet")
		}
		return err
	})
	require.Equal(t, due, a.due(dsn), "no time was let in")
	require.Len(t, eve.stands("#releases"), before)
	require.Len(t, a.checking(), 2)
	list, err := c.WorkflowService().ListWorkflowExecutions(t.Context(), &workflowservice.ListWorkflowExecutionsRequest{
		Namespace: "pawl", Query: "WorkflowType = 'drill' AND ExecutionStatus = 'Running'",
	})
	require.NoError(t, err)
	require.Len(t, list.GetExecutions(), 1, "the one that was under way in the backup")

	ledgerEnv := []string{"PAWL_LEDGER=" + dsn}
	said, code = typed(t, a.dir, ledgerEnv, "restore", "--go", "--data", a.data(), "--drop", strings.ToUpper(id))
	require.Zero(t, code, said)
	a.ready(all...)
	last := dropped.sees(30*time.Second, "Pawl was restored from a backup, and this was not to go on")
	require.Contains(t, shownBy(last), "Its scripts are stopped")
	require.Equal(t, []string{lostID}, a.checking(), "what the dropped run did since the backup is ended, and nothing else")
	lost.sees(30*time.Second, "The engine has no trace of it")
	a.eventually(60*time.Second, "the schedule goes on, and its missed times are told", func() error {
		told := 0
		for _, m := range eve.stands("#releases") {
			if said := shownBy(m); strings.Contains(said, "*beat* did not run") || strings.Contains(said, "*beat* was left out") { // one was under way when all was lost
				told++
			}
		}
		if told == 0 || a.due(dsn) <= due {
			return fmt.Errorf("%d messages tell of it, and %d times have come after %d", told, a.due(dsn), due)
		}
		return nil
	})
	require.NoError(t, os.WriteFile(filepath.Join(a.world.Hosts.Host("toys").Home(), "enough"), nil, 0o600))
	a.eventually(20*time.Second, "the lost one ends by itself", func() error {
		if len(a.checking()) > 0 {
			return errors.New("it still runs")
		}
		return nil
	})
	a.kill("slackbridge", "worker", "engine")
}

// checking are the runs whose second script is running on its host.
func (a *apart) checking() (ids []string) {
	a.t.Helper()
	left, err := a.world.Hosts.Orphans()
	require.NoError(a.t, err)
	seen := map[string]bool{}
	for _, o := range left {
		if o.Host != "toys" || seen[o.Script] {
			continue
		}
		seen[o.Script] = true
		id, err := os.Readlink(filepath.Join(a.world.Hosts.Host("toys").Home(), ".pawl", o.Script, "id"))
		require.NoError(a.t, err)
		ids = append(ids, id)
	}
	return ids
}

// inLedger looks into the ledger of a database beside Pawl.
func (a *apart) inLedger(dsn string, look func(*ledger.Ledger) error) {
	a.t.Helper()
	l, err := ledger.Connect(a.t.Context(), job.NewSecret(dsn))
	require.NoError(a.t, err)
	require.NoError(a.t, errors.Join(look(l), l.Close()))
}

func (a *apart) openRuns(dsn string) (open []ledger.Run) {
	a.t.Helper()
	a.inLedger(dsn, func(l *ledger.Ledger) (err error) { open, err = l.OpenRuns(a.t.Context()); return err })
	return open
}

// due is how many times of the schedule were let in.
func (a *apart) due(dsn string) (n int) {
	a.t.Helper()
	a.inLedger(dsn, func(l *ledger.Ledger) error {
		all, err := l.Last(a.t.Context(), ledger.OfSchedule("beat"), ledger.KindDue, 1000)
		n = len(all)
		return err
	})
	return n
}
