package proof

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/internal/leakcheck"
	"github.com/pawl-ops/pawl/internal/pgtest"
	"github.com/pawl-ops/pawl/internal/testneed"
	"github.com/pawl-ops/pawl/sandbox"
	"github.com/pawl-ops/pawl/sandbox/slack"
)

// theFile is the compose file under test.
const theFile = "../../docker-compose.yml"

// company is the compose file's services beside a world.
type company struct {
	*testing.T
	*stack
	world    *sandbox.World
	postgres *pgtest.Server
}

// TestTheServicesOfTheComposeFile starts the services with their own commands, environments, secrets and volumes, and uses
// them: a toy is refreshed while the worker is killed, PostgreSQL crashes and the Temporal server is killed.
func TestTheServicesOfTheComposeFile(t *testing.T) {
	c := open(t)
	ctx, cancel := context.WithTimeout(t.Context(), 8*time.Minute) // half a minute on a machine that does nothing else
	defer cancel()
	began := time.Now()
	lap := func(what string) { t.Logf("%6.1f s  %s", time.Since(began).Seconds(), what) }
	for _, service := range []string{"pawl-worker", "pawl-bridge"} {
		require.NoError(t, c.start(ctx, service))
	}
	for _, service := range []string{"pawl-worker", "pawl-bridge"} {
		require.NoError(t, c.healthy(ctx, service))
	}
	lap("everything is up, from nothing")

	alice := slack.NewPerson(c.world.URL, "xoxp-alice", nil)
	dm, err := alice.DM(ctx)
	require.NoError(t, err)
	ts, err := alice.Say(ctx, dm, "toy", "")
	require.NoError(t, err)
	sees := func(text string) {
		t.Helper()
		require.NoError(t, eventually(ctx, func() error { return says(ctx, alice, dm, ts, text) }))
		lap("the thread says " + text)
	}
	sees("step 3 of 5")
	c.kill("pawl-worker")
	require.Error(t, c.check(ctx, "pawl-worker"), "a dead worker is not healthy")
	require.NoError(t, c.check(ctx, "pawl-bridge"))
	require.NoError(t, c.healthy(ctx, "pawl-worker"))
	lap("the worker was killed and is back")

	require.NoError(t, c.postgres.Crash())
	require.Error(t, c.checkPostgres(ctx))
	require.NoError(t, c.postgres.Up())
	lap("PostgreSQL crashed and is back")
	c.kill("temporal")
	require.NoError(t, c.healthy(ctx, "temporal"))
	lap("the Temporal server was killed and is back")
	sees("Your toy database is fresh")
	sees("nothing ran twice")

	// What a second `docker compose up` does first.
	for _, once := range []string{"temporal-schema", "temporal-namespace"} {
		require.NoError(t, c.begin(ctx, once))
		require.NoError(t, c.until(ctx, once, "service_completed_successfully"))
	}
	lap("tables and namespace are left as they are")
	for _, service := range []string{"pawl-bridge", "pawl-worker", "temporal"} {
		took, err := c.stop(service)
		require.NoError(t, err)
		lap(fmt.Sprintf("%s ended in %.1f s", service, took.Seconds()))
	}
}

// open makes a world, a PostgreSQL, secrets and a configuration, and what stands in for the images.
func open(t *testing.T) *company {
	t.Helper()
	if os.Geteuid() != 0 {
		testneed.LeftOut(t, "containers are imitated with namespaces, which needs root")
	}
	busybox := testneed.Component(t, "busybox")
	dir := t.TempDir()
	require.NoError(t, os.Chmod(dir, 0o755))
	built, err := filepath.Abs("../../bin/proof") // which git does not see
	require.NoError(t, err)
	require.NoError(t, os.MkdirAll(built, 0o755))
	p, err := build(t.Context(), built, busybox)
	require.NoError(t, err)

	// The files of the checkout, beside which whoever starts it puts config/ and secrets/.
	checkout := filepath.Join(dir, "checkout")
	for _, path := range []string{"docker-compose.yml", "deploy/compose"} {
		require.NoError(t, os.MkdirAll(filepath.Dir(filepath.Join(checkout, path)), 0o755))
		out, err := exec.Command("cp", "-r", filepath.Join("../..", path), filepath.Join(checkout, path)).CombinedOutput()
		require.NoError(t, err, "%s", out)
	}
	project, err := Read(t.Context(), filepath.Join(checkout, "docker-compose.yml"))
	require.NoError(t, err)
	c := &company{T: t, stack: newStack(project, dir)}
	c.openWorld(p)
	c.writeSecrets(checkout)
	c.writeConfig(checkout)
	for name, make := range map[string]func(string) (image, error){"temporal-schema": p.toolsImage, "temporal": p.serverImage, "pawl": p.pawlImage} {
		img, err := make(filepath.Join(dir, "image-"+name))
		require.NoError(t, err)
		c.images[name] = img
	}
	for _, service := range []string{"pawl-worker", "pawl-bridge", "temporal-namespace"} {
		c.images[service] = c.images["pawl"]
	}
	c.own["postgres"], c.checks["postgres"] = c.startPostgres, c.checkPostgres
	t.Cleanup(func() {
		c.kill("pawl-bridge", "pawl-worker", "temporal")
		for name, said := range c.said {
			leakcheck.Printed(t, said.String())
			if t.Failed() {
				t.Logf("%s said at last:\n%s", name, last(said.String(), 40))
			}
		}
	})
	return c
}

// openWorld opens the sandbox, and says what leads to it: nothing else is in an environment that is not in the file.
func (c *company) openWorld(p *programs) {
	w, err := sandbox.Open(sandbox.Options{
		Dir: filepath.Join(c.dir, "world"), Listen: "127.0.0.1:0", Exe: p.Pawl, Orders: 500, Pace: 10 * time.Second, Log: zerolog.Nop(),
	})
	require.NoError(c, err)
	c.world = w
	c.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		require.NoError(c, w.Hosts.StopAll(ctx))
		w.Close(ctx)
	})
	<-w.Seeded()
	var env []string
	for _, v := range w.Env(nil) {
		name, _, _ := strings.Cut(v, "=")
		switch {
		case name == "HOME", name == "SLACK_BOT_TOKEN", name == "SLACK_APP_TOKEN":
		default: // where the sandbox's Slack is, and the tokens that its pawl.yaml names
			env = append(env, v)
		}
	}
	c.extra["pawl-worker"], c.extra["pawl-bridge"] = env, env
}

// writeSecrets does what docs/operating-compose.md says to do before the first start.
func (c *company) writeSecrets(checkout string) {
	pawl := rand.Text()
	key, err := os.ReadFile(c.world.Hosts.IdentityFile())
	require.NoError(c, err)
	dir := filepath.Join(checkout, "secrets")
	require.NoError(c, os.Mkdir(dir, 0o700))
	for name, text := range map[string]string{
		"postgres_password": rand.Text(), "temporal_password": rand.Text(), "pawl_password": pawl,
		"pawl_ledger":     "postgres://pawl:" + pawl + "@postgres:5432/pawl?sslmode=disable",
		"slack_bot_token": sandbox.BotToken + "\n", "slack_app_token": sandbox.AppToken + "\n", "ssh_key": string(key),
	} {
		require.NoError(c, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o444))
		leakcheck.Use(c, strings.TrimSpace(text))
	}
}

// writeConfig writes config/: the sandbox's pawl.yaml with the paths of a container.
func (c *company) writeConfig(checkout string) {
	dir := filepath.Join(checkout, "config")
	require.NoError(c, os.Mkdir(dir, 0o755))
	text, err := os.ReadFile(c.world.Config)
	require.NoError(c, err)
	beside, err := filepath.Glob(filepath.Join(filepath.Dir(c.world.Config), "*.sh"))
	require.NoError(c, err)
	for _, file := range append(beside, c.world.Hosts.KnownHosts()) {
		require.NoError(c, put(dir, filepath.Base(file), file, 0o644))
	}
	world := filepath.Dir(c.world.Config)
	config := strings.NewReplacer(
		c.world.Hosts.IdentityFile(), "/run/secrets/ssh_key",
		c.world.Hosts.KnownHosts(), "/etc/pawl/"+filepath.Base(c.world.Hosts.KnownHosts()),
		filepath.Join(world, "data"), "/var/lib/pawl",
	).Replace(string(text))
	require.NoError(c, os.WriteFile(filepath.Join(dir, "pawl.yaml"), []byte(config), 0o644))
}

// startPostgres starts this machine's PostgreSQL as the image would: with the settings of the service's command, and the
// init script once. The image's own start-up is not imitated.
func (c *company) startPostgres(ctx context.Context) error {
	service := c.project.Services["postgres"]
	c.postgres = pgtest.Alone(c.T, false)
	most, err := flag(service.Command, "max_connections")
	if err == nil {
		err = c.postgres.Configure(fmt.Sprintf("max_connections = %d", most))
	}
	if err == nil {
		err = c.postgres.Listen(c.address("postgres"))
	}
	if err != nil {
		return err
	}
	psql := filepath.Join(c.postgres.Programs(), "psql")
	if out, err := exec.CommandContext(ctx, psql, c.postgres.DSN(pgtest.Superuser, "postgres"), "-c", "CREATE ROLE postgres SUPERUSER LOGIN").CombinedOutput(); err != nil {
		return fmt.Errorf("making the image's superuser: %w: %s", err, out)
	}
	for _, v := range service.Volumes {
		if !strings.HasPrefix(v.Target, "/docker-entrypoint-initdb.d/") {
			continue
		}
		cmd := exec.CommandContext(ctx, "/bin/sh", v.Source)
		cmd.Dir, cmd.Env = "/", []string{"PATH=" + c.postgres.Programs() + ":/usr/bin:/bin", "PGHOST=" + c.postgres.Socket()}
		for name, value := range service.Environment {
			text := *value
			for _, secret := range service.Secrets {
				text = strings.ReplaceAll(text, "/run/secrets/"+secret.Source, c.project.Secrets[secret.Source].File)
			}
			cmd.Env = append(cmd.Env, name+"="+text)
		}
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("running %s: %w: %s", v.Source, err, out)
		}
	}
	return nil
}

// checkPostgres runs PostgreSQL's health check.
func (c *company) checkPostgres(ctx context.Context) error {
	test := c.project.Services["postgres"].HealthCheck.Test
	args := make([]string, 0, len(test))
	for _, word := range test[2:] {
		args = append(args, c.here("postgres", word))
	}
	return exec.CommandContext(ctx, filepath.Join(c.postgres.Programs(), test[1]), args...).Run()
}

// says reports whether a message of a thread says this.
func says(ctx context.Context, p *slack.Person, channel, ts, text string) error {
	all, err := p.Replies(ctx, channel, ts)
	if err != nil {
		return err
	}
	var said []string
	for _, m := range all {
		said = append(said, m.Text, string(m.Blocks))
	}
	if shown := strings.Join(said, "\n"); !strings.Contains(shown, text) {
		return fmt.Errorf("the thread does not say %q but:\n%s", text, shown)
	}
	return nil
}

func eventually(ctx context.Context, cond func() error) error {
	t := time.NewTicker(100 * time.Millisecond)
	defer t.Stop()
	for {
		err := cond()
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return errors.Join(ctx.Err(), err)
		case <-t.C:
		}
	}
}

func last(text string, n int) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	for i, line := range lines {
		lines[i] = line[:min(len(line), 400)]
	}
	return strings.Join(lines[max(0, len(lines)-n):], "\n")
}
