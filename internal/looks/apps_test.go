package looks_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/internal/board"
	"github.com/pawl-ops/pawl/internal/instances"
	"github.com/pawl-ops/pawl/internal/looks"
	"github.com/pawl-ops/pawl/job"
)

// company is a pretend inventory, and how everything in it is.
type company struct {
	mu     sync.Mutex
	list   []job.Instance
	health map[string]instances.Health
	tasks  map[string][]instances.Task
	active map[string]string
	broken error                    // of the load balancer
	slow   map[string]chan struct{} // who answers only when this is closed
	asked  map[string]int
}

// within is when an answer is given, complete or not: less than how long an instance may be asked, and more than a machine
// stands still. Where somebody is slow in a test, its time is made up.
const within = 4 * time.Second

// shop is VOICE's: blue and green behind a load balancer, two crons, and a small staging.
func shop() *company {
	lb := job.Host{Name: "lb", Address: "lb.test"}
	c := &company{active: map[string]string{"shop/master": "blue", "shop/staging": "blue"}, slow: map[string]chan struct{}{}, asked: map[string]int{}}
	c.health = map[string]instances.Health{}
	add := func(env, name, icon, role, version string, up time.Duration) {
		i := job.Instance{App: "shop", Environment: env, Name: name, Icon: icon, Role: role, Health: "/health"}
		if role == "" {
			i.Traffic = job.Traffic{Kind: job.TrafficHAProxy, Host: lb, Map: "active.map", Key: "shop/" + env}
		} else {
			i.Tasks = "/tasks"
		}
		c.list = append(c.list, i)
		c.health[i.String()] = instances.Health{
			OK: true, Answered: true, Code: 200, Version: version, Since: two.Add(30*time.Minute - up), Took: 12 * time.Millisecond,
			Checks: map[string]string{"database": "ok", "queue": "ok"},
		}
	}
	add("master", "blue", ":large_blue_circle:", "", "2024.50", 75*time.Hour)
	add("master", "green", ":large_green_circle:", "", "2024.51", 10*time.Minute)
	add("master", "purple", ":crystal_ball:", job.RoleCron, "2024.50", time.Hour)
	add("master", "yellow", ":sunny:", job.RoleCron, "2024.50", time.Hour)
	add("staging", "blue", "", "", "2024.52", time.Hour)
	add("staging", "green", "", "", "2024.51", time.Hour)
	c.tasks = map[string][]instances.Task{
		"shop master purple": {
			{Name: "send invoices", Since: two.Add(2 * time.Minute), Note: "62 %"}, {Name: "clean up"}, {Name: "a"}, {Name: "b"},
		},
		"shop master yellow": {{Name: "mail"}},
	}
	return c
}

func (c *company) looks() map[string]looks.Look {
	all := map[string]looks.Look{}
	for _, l := range looks.OfApps(looks.Apps{Instances: c.instances, Probe: c.probe, Tasks: c.show, Active: c.users, Within: within}) {
		all[l.Spec.Name] = l
	}
	return all
}

func (c *company) instances(things string) (list []job.Instance) {
	for _, i := range c.list {
		if things == "" || strings.HasPrefix(i.String()+" ", things+" ") {
			list = append(list, i)
		}
	}
	return list
}

// wait counts a question and holds it as long as the test wants.
func (c *company) wait(ctx context.Context, key string) bool {
	c.mu.Lock()
	c.asked[key]++
	slow := c.slow[key]
	c.mu.Unlock()
	if slow == nil {
		return true
	}
	select {
	case <-slow:
		return true
	case <-ctx.Done():
		return false
	}
}

func (c *company) probe(ctx context.Context, i job.Instance) instances.Health {
	if !c.wait(ctx, i.String()) {
		return instances.Health{Problem: "no answer in time"}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.health[i.String()]
}

func (c *company) show(ctx context.Context, i job.Instance) ([]instances.Task, error) {
	if !c.wait(ctx, "tasks of "+i.String()) {
		return nil, errors.New("no answer in time")
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if h := c.health[i.String()]; !h.Answered {
		return nil, errors.New(h.Problem)
	}
	return c.tasks[i.String()], nil
}

func (c *company) users(ctx context.Context, t job.Traffic) (string, error) {
	if !c.wait(ctx, t.Key) {
		return "", ctx.Err()
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.active[t.Key], c.broken
}

func (c *company) set(key string, h instances.Health) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.health[key] = h
}

func (c *company) hold(key string) (letGo func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	slow := make(chan struct{})
	c.slow[key] = slow
	return func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		if c.slow[key] == slow {
			delete(c.slow, key)
			close(slow)
		}
	}
}

// says asks a look about things.
func says(t *testing.T, l looks.Look, things string) board.Message {
	t.Helper()
	began := time.Now()
	m, err := l.Answer(t.Context(), looks.Request{
		Command: job.Command{Name: l.Spec.Name, Args: map[string]string{"what": things}}, Now: two.Add(30 * time.Minute),
	})
	require.NoError(t, err)
	require.Less(t, time.Since(began), 5*within)
	require.NotEmpty(t, m.Sentence)
	require.True(t, strings.HasSuffix(m.Sentence, "."), "a full sentence: %q", m.Sentence)
	return m
}

func text(lines ...string) string { return strings.Join(lines, "\n") + "\n" }

const gap = "\u2003\u2003"

func TestStatusSaysWhatEverythingDoes(t *testing.T) {
	t.Parallel()
	c := shop()
	status := c.looks()["status"]
	m := says(t, status, "")
	require.Equal(t, text(
		"*shop* · all well",
		"*master*",
		"blue · users are here · 2024.50 · up 3 days",
		"green · standby · 2024.51 · up 10 min",
		"purple · cron · 4 tasks running",
		"yellow · cron · 1 task running",
		"*staging* · blue: users are here · 2024.52"+gap+"green: standby",
	), m.Plain())
	require.Equal(t, "shop: all well, users are on blue in master and on blue in staging.", m.Sentence)
	require.Contains(t, m.Lines[2], board.Emoji("large_blue_circle")+" blue")

	require.Equal(t, text("*shop* · all well", "*staging*", "blue · users are here · 2024.52 · up 60 min", "green · standby · 2024.51 · up 60 min"),
		strings.ReplaceAll(says(t, status, "shop staging").Plain(), "up 1 h", "up 60 min"), "an environment alone has room")
	require.Equal(t, text("*shop* · all well", "*master*", "green · standby · 2024.51 · up 10 min"), says(t, status, "shop master green").Plain())
	require.Equal(t, text("There is no app to look at: `apps:` in pawl.yaml says which there are."), says(t, status, "nowhere").Plain())
}

func TestStatusSaysWhatIsIll(t *testing.T) {
	t.Parallel()
	c := shop()
	c.set("shop master green", instances.Health{Answered: true, Code: 503, Version: "2024.51", Problem: "503: migration *0412* is missing"})
	c.set("shop staging green", instances.Health{Problem: "no answer: nothing listens there"})
	status := c.looks()["status"]
	m := says(t, status, "")
	require.Equal(t, text(
		"*shop* · 2 of 6 are not well",
		"*master*",
		"blue · users are here · 2024.50 · up 3 days",
		"green · standby · *503: migration 0412 is missing* · 2024.51",
		"purple · cron · 4 tasks running",
		"yellow · cron · 1 task running",
		"*staging*",
		"blue · users are here · 2024.52 · up 1 h",
		"green · standby · *no answer: nothing listens there*",
	), m.Plain())
	require.Equal(t, "shop: 2 of 6 are not well: master green, 503: migration *0412* is missing; staging green, no answer: nothing listens there.", m.Sentence)
}

// It says since when there is no answer as soon as an earlier look found it so, until there is one again.
func TestStatusRemembersSinceWhenAnInstanceIsSilent(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := shop()
		well := c.health["shop master yellow"]
		status := c.looks()["status"]
		c.set("shop master yellow", instances.Health{Problem: "no answer"})
		first := time.Now()
		require.Contains(t, says(t, status, "").Plain(), "yellow · cron · *no answer*\n")
		since := "yellow · cron · *no answer since " + first.UTC().Format("15:04") + "*\n"
		if first.UTC().Minute() != time.Now().UTC().Minute() {
			since = "no answer since"
		}
		require.Eventually(t, func() bool { return strings.Contains(says(t, status, "").Plain(), since) }, time.Minute, within)
		require.Contains(t, says(t, status, "").Sentence, "master yellow, no answer since ")
		c.set("shop master yellow", well)
		require.Contains(t, says(t, status, "").Plain(), "yellow · cron · 1 task running")
		c.set("shop master yellow", instances.Health{Problem: "no answer"})
		require.Contains(t, says(t, status, "").Plain(), "yellow · cron · *no answer*\n")
	})
}

// One slow instance, or a slow load balancer, does not hold the rest; what they say late is known to the next look.
func TestOneSlowInstanceDoesNotHoldTheRest(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := shop()
		letGo := c.hold("shop master purple")
		defer letGo()
		status := c.looks()["status"]
		m := says(t, status, "")
		require.Contains(t, m.Plain(), "*shop* · 1 of 6 did not answer yet\n")
		require.Contains(t, m.Plain(), "blue · users are here · 2024.50 · up 3 days\n")
		require.Contains(t, m.Plain(), "purple · cron · *no answer yet*\n")
		require.Equal(t, "shop: 1 of 6 did not answer yet: master purple, no answer yet.", m.Sentence)
		letGo()
		require.Contains(t, says(t, status, "").Plain(), "purple · cron · 4 tasks running\n")

		letGo = c.hold("tasks of shop master purple")
		defer letGo()
		require.Contains(t, says(t, status, "").Plain(), "purple · cron · 2024.50 · up 1 h\n", "it is well; only its tasks are not known")
	})
}

func TestManyWhoAskAtOnceShareOneAnswer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := shop()
		letGo := c.hold("shop master blue")
		status := c.looks()["status"]
		var asking sync.WaitGroup
		for range 20 {
			asking.Go(func() { _, _ = status.Answer(t.Context(), looks.Request{Now: two}) })
		}
		asking.Wait()
		letGo()
		c.mu.Lock()
		defer c.mu.Unlock()
		require.Less(t, c.asked["shop master blue"], 5)
	})
}

func TestStatusSaysWhenItIsNotClearWhoHasUsers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := shop()
		status := c.looks()["status"]
		c.broken = errors.New("reading the map: host \"lb\" says\nno")
		m := says(t, status, "shop staging")
		require.Equal(t, text(
			"*shop* · all instances well",
			"*staging* · *I cannot see who has users: reading the map: host \"lb\" says no*",
			"blue · 2024.52 · up 1 h",
			"green · 2024.51 · up 1 h",
		), m.Plain())
		require.Equal(t, "shop: all instances well: staging, I cannot see who has users: reading the map: host \"lb\" says no.", m.Sentence)

		c.broken, c.active["shop/staging"] = nil, "red"
		require.Contains(t, says(t, status, "shop staging blue").Plain(), "*staging* · *users are sent to red, and there is no such instance*\nblue · standby")
		c.active["shop/staging"] = "green"
		require.Contains(t, says(t, status, "shop staging blue").Plain(), "*staging*\nblue · standby", "green is not shown, and is there")
		c.active["shop/master"] = "purple"
		require.Contains(t, says(t, status, "shop master").Plain(), "users are sent to purple, and there is no such instance", "a cron serves nobody")

		letGo := c.hold("shop/staging")
		defer letGo()
		require.Eventually(t, func() bool {
			return strings.Contains(says(t, status, "shop staging").Plain(), "*staging* · *I do not know yet who has users: lb did not answer in time*")
		}, time.Minute, within)
	})
}

// However much there is, what is ill is there and what is well gives way.
func TestStatusOfManyFitsOnAPhone(t *testing.T) {
	t.Parallel()
	c := shop()
	for _, app := range []string{"portal", "search", "mail", "billing"} {
		for _, i := range shop().list {
			h := c.health[i.String()]
			i.App, i.Traffic = app, job.Traffic{}
			c.list = append(c.list, i)
			c.health[i.String()] = h
		}
	}
	c.set("mail master green", instances.Health{Answered: true, Code: 500, Problem: "500: internal server error"})
	m := says(t, c.looks()["status"], "")
	require.LessOrEqual(t, strings.Count(m.Plain(), "\n"), 18)
	require.Contains(t, m.Plain(), "*mail* · 1 of 6 is not well\n*master*\ngreen · *500: internal server error*\n")
	for _, app := range []string{"shop", "portal", "search", "billing"} {
		require.Contains(t, m.Plain(), "*"+app+"* · all well\n")
	}
}

func TestHealthSaysCheckByCheck(t *testing.T) {
	t.Parallel()
	c := shop()
	c.set("shop master green", instances.Health{Answered: true, Code: 503, Problem: "503: migration 0412 is missing (and 1 more)", Checks: map[string]string{
		"database": "migration 0412 is missing", "queue": "is full", "cache": "ok",
	}})
	c.set("shop master purple", instances.Health{OK: true, Answered: true, Code: 200, Took: 1400 * time.Millisecond, Checks: map[string]string{"queue": "4,000 waiting"}})
	c.set("shop master yellow", instances.Health{Answered: true, Code: 503, Problem: "503: warming up", Checks: map[string]string{"cache": "warming up"}})
	m := says(t, c.looks()["health"], "")
	require.Equal(t, text(
		"*shop master* · 2 of 4 are not well",
		"blue · healthy in 12 ms · database and queue ok",
		"green · *503: migration 0412 is missing (and 1 more)* · cache ok",
		gap+"database: migration 0412 is missing",
		gap+"queue: is full",
		"purple · healthy in 1 s",
		gap+"queue: 4,000 waiting",
		"yellow · *503: warming up*",
		"*shop staging* · all well",
		"blue · healthy in 12 ms · database and queue ok",
		"green · healthy in 12 ms · database and queue ok",
	), m.Plain())
	require.Contains(t, m.Sentence, "shop: 2 of 6 are not well: master green, 503: migration 0412 is missing (and 1 more)")
}

func TestShowTasks(t *testing.T) {
	t.Parallel()
	c := shop()
	show := c.looks()["show tasks"]
	m := says(t, show, "")
	require.Equal(t, text(
		"*shop master*",
		"purple · 4 tasks running",
		gap+"send invoices · since 14:02, 28 min · 62 %",
		gap+"clean up",
		gap+"a",
		gap+"b",
		"yellow · 1 task running",
		gap+"mail",
	), m.Plain())
	require.Equal(t, "5 tasks running, master purple: 4, master yellow: 1.", m.Sentence)
	require.Equal(t, text("Nothing there works off tasks: only instances with `role: cron` do."), says(t, show, "shop staging").Plain())

	c.set("shop master yellow", instances.Health{Problem: "no answer"})
	c.tasks["shop master purple"] = make([]instances.Task, 40)
	for i := range c.tasks["shop master purple"] {
		c.tasks["shop master purple"][i].Name = "task"
	}
	m = says(t, show, "shop master")
	require.LessOrEqual(t, strings.Count(m.Plain(), "\n"), 18)
	require.Contains(t, m.Plain(), gap+"task\n"+gap+"and 26 more\n")
	require.Contains(t, m.Plain(), "yellow · *no answer*")
	require.Equal(t, "40 tasks running, master purple: 40, master yellow: no answer.", m.Sentence)
}
