package activities_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"

	"github.com/pawl-ops/pawl/activities"
	"github.com/pawl-ops/pawl/internal/instances"
	"github.com/pawl-ops/pawl/internal/traffic"
	"github.com/pawl-ops/pawl/job"
)

// shop is a pretend app: what is where, who has users, how each instance is.
type shop struct {
	all     []job.Instance
	active  string
	lost    error // the load balancer does not tell
	health  map[string]instances.Health
	takes   time.Duration              // each answer
	moves   func(traffic.Switch) error // what a switch meets; nil: it works
	settled []string                   // tokens of switches that are over
	left    int                        // requests still on their way
	count   traffic.Count

	uncounted bool
}

func (s *shop) Environment(app, environment string) (found []job.Instance) {
	for _, i := range s.all {
		if i.App == app && i.Environment == environment {
			found = append(found, i)
		}
	}
	return found
}

func (s *shop) Active(context.Context, job.Traffic) (string, error) { return s.active, s.lost }

func (s *shop) Switch(_ context.Context, _ job.Traffic, to traffic.Switch) error {
	if s.moves != nil {
		if err := s.moves(to); err != nil {
			return err
		}
	}
	s.active = to.To
	return nil
}

func (s *shop) Settle(_ context.Context, _ job.Traffic, token string) (string, error) {
	s.settled = append(s.settled, token)
	return s.active, s.lost
}

func (s *shop) Drained(context.Context, job.Traffic, string) (int, error) { return s.left, s.lost }

func (s *shop) Count(context.Context, job.Traffic, string) (traffic.Count, error) {
	if s.uncounted {
		return traffic.Count{}, traffic.ErrNotCounted
	}
	return s.count, s.lost
}

func (s *shop) Probe(ctx context.Context, i job.Instance) instances.Health {
	select {
	case <-time.After(s.takes):
	case <-ctx.Done():
	}
	return s.health[i.Name]
}

var began = time.Unix(1_795_000_000, 0)

func newShop(t *testing.T) (*shop, *activities.Activities) {
	t.Helper()
	script := filepath.Join(t.TempDir(), "restart.sh")
	require.NoError(t, os.WriteFile(script, []byte("echo again"), 0o600))
	lb := job.Traffic{Kind: job.TrafficHAProxy, Host: job.Host{Name: "lb", Address: "lb:22"}, Map: "active.map", Key: "shop/master"}
	one := func(name, host, role string) job.Instance {
		i := job.Instance{App: "shop", Environment: "master", Name: name, Role: role, Host: job.Host{Name: host, Address: host + ":22"}, URL: "http://" + host, Restart: script}
		if role == "" {
			i.Traffic = lb
		}
		return i
	}
	well := instances.Health{OK: true, Code: 200, Version: "2024.50", Since: began}
	s := &shop{
		all: []job.Instance{one("blue", "app-1", ""), one("green", "app-2", ""), one("purple", "cron-1", job.RoleCron)}, active: "blue",
		health: map[string]instances.Health{"blue": well, "green": {OK: true, Code: 200, Version: "2024.51"}, "purple": well},
	}
	return s, &activities.Activities{Apps: s, Traffic: s, Probe: s}
}

func refusal(t *testing.T, err error) string {
	t.Helper()
	var app *temporal.ApplicationError
	require.ErrorAs(t, err, &app)
	require.Equal(t, activities.RefusedType, app.Type())
	return app.Message()
}

func TestInspectSeesWhoHasUsersAndWhoCouldHaveThem(t *testing.T) {
	t.Parallel()
	_, a := newShop(t)
	i, err := a.Inspect(t.Context(), "shop master blue")
	require.NoError(t, err)
	require.True(t, i.Active)
	require.Equal(t, "healthy", i.Health)
	require.Equal(t, began.Unix(), i.Since)
	require.Equal(t, []activities.Standby{{Name: "green", Health: "healthy", Version: "2024.51"}}, i.Standby, "cron instances never have users")
	require.Equal(t, map[string]string{"app": "shop", "environment": "master", "instance": "blue", "host": "app-1", "url": "http://app-1"}, i.Script.Args)
	require.Equal(t, "shop/master/blue", i.Script.Target)
	require.Equal(t, "echo again", i.Script.Body)
	again, err := a.Inspect(t.Context(), "shop master blue")
	require.NoError(t, err)
	require.Equal(t, i, again, "nothing moved, so the plan is the same")
}

func TestActiveAndInactiveAreWhatTheLoadBalancerSays(t *testing.T) {
	t.Parallel()
	s, a := newShop(t)
	for active, want := range map[string][2]string{"blue": {"blue", "green"}, "green": {"green", "blue"}} {
		s.active = active
		for n, name := range []string{"shop master active", "shop master inactive"} {
			i, err := a.Inspect(t.Context(), name)
			require.NoError(t, err)
			require.Equal(t, want[n], i.Name, "%s while %s is active", name, active)
		}
	}
	s.active = "mauve"
	_, err := a.Inspect(t.Context(), "shop master inactive")
	require.Equal(t, "lb sends users of shop/master to `mauve`, which pawl.yaml does not have. Nothing was changed.", refusal(t, err))
	s.active = "purple"
	_, err = a.Inspect(t.Context(), "shop master blue")
	require.Contains(t, refusal(t, err), "`purple`")
	s.lost = errors.New("no answer")
	_, err = a.Inspect(t.Context(), "shop master active")
	require.EqualError(t, err, "asking lb who serves users: no answer")
	_, err = a.Inspect(t.Context(), "shop master blue")
	require.Error(t, err, "what is not known is not taken for unused")
}

func TestInspectNeverGuesses(t *testing.T) {
	t.Parallel()
	s, a := newShop(t)
	third := s.all[1]
	third.Name = "red"
	s.all = append(s.all, third)
	_, err := a.Inspect(t.Context(), "shop master inactive")
	require.Equal(t, "More than one instance has no users: green, red. Name the one you mean.", refusal(t, err))
	for _, name := range []string{"shop master mauve", "shop staging blue", "blue", ""} {
		_, err := a.Inspect(t.Context(), name)
		require.NotEmpty(t, refusal(t, err), name)
	}
	for n := range s.all {
		s.all[n].Traffic = job.Traffic{}
	}
	_, err = a.Inspect(t.Context(), "shop master active")
	require.Contains(t, refusal(t, err), "pawl.yaml names no `traffic`")
	i, err := a.Inspect(t.Context(), "shop master purple")
	require.NoError(t, err)
	require.False(t, i.Active)
	require.Empty(t, i.Standby)
}

func TestInspectSaysWhatIsMissingToRestart(t *testing.T) {
	t.Parallel()
	s, a := newShop(t)
	s.all[0].Restart = ""
	_, err := a.Inspect(t.Context(), "shop master blue")
	require.Contains(t, refusal(t, err), "pawl.yaml names no `restart` script for shop")
	s.all[0].Restart = "/nowhere/restart.sh"
	_, err = a.Inspect(t.Context(), "shop master blue")
	require.Contains(t, refusal(t, err), "cannot be read")
}

func TestInspectAsksAllAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, a := newShop(t)
		s.takes = 3 * time.Second
		asked := time.Now()
		_, err := a.Inspect(t.Context(), "shop master blue")
		require.NoError(t, err)
		require.Equal(t, 3*time.Second, time.Since(asked))
	})
}

func TestHealthyAgainIsAnotherProcess(t *testing.T) {
	t.Parallel()
	s, a := newShop(t)
	before, err := a.Inspect(t.Context(), "shop master blue")
	require.NoError(t, err)
	for health, want := range map[*instances.Health]string{
		{}: "it is not answering",
		{Code: 503, Problem: "503: migration 0412 is missing"}: "503: migration 0412 is missing",
		{Code: 503}: "it is answering 503",
		{OK: true, Code: 200, Version: "2024.50", Since: began}: "the process from before still answers",
	} {
		s.health["blue"] = *health
		_, err := a.Healthy(t.Context(), before)
		var app *temporal.ApplicationError
		require.ErrorAs(t, err, &app)
		require.Equal(t, activities.NotYetType, app.Type())
		require.False(t, app.NonRetryable())
		require.Equal(t, want, app.Message())
	}
	s.health["blue"] = instances.Health{OK: true, Code: 200, Version: "2024.50", Since: began.Add(time.Minute)}
	said, err := a.Healthy(t.Context(), before)
	require.NoError(t, err)
	require.Equal(t, "version 2024.50", said)
	before.Since = 0 // it never told when it began
	s.health["blue"] = instances.Health{OK: true, Code: 200}
	said, err = a.Healthy(t.Context(), before)
	require.NoError(t, err)
	require.Empty(t, said)
}
