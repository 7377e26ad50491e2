package activities_test

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"

	"github.com/pawl-ops/pawl/activities"
	"github.com/pawl-ops/pawl/internal/instances"
	"github.com/pawl-ops/pawl/internal/traffic"
	"github.com/pawl-ops/pawl/job"
)

// do runs an activity and gives its text, or its fault.
func (d *deploys) do(t *testing.T, name string, in any) (text string, fault job.Fault, says string) {
	t.Helper()
	v, err := d.env.ExecuteActivity(name, in)
	if err == nil {
		require.NoError(t, v.Get(&text))
		return text, fault, ""
	}
	var app *temporal.ApplicationError
	require.ErrorAs(t, err, &app)
	if app.Type() == activities.FaultType {
		require.NoError(t, app.Details(&fault))
	}
	return "", fault, app.Message()
}

func (d *deploys) move() activities.MoveInput {
	return activities.MoveInput{
		Run: activities.RunRef{ID: "deploy-1", First: "f1"}, Traffic: d.all[0].Traffic, From: d.all[0], To: d.all[1], Token: "f1-to", Timers: job.Timers{Heartbeat: time.Second},
	}
}

func TestUsersAreMovedOnceAndTheTruthIsTold(t *testing.T) {
	t.Parallel()
	d := newDeploys(t)
	var asked []traffic.Switch
	d.moves = func(s traffic.Switch) error { asked = append(asked, s); return nil }
	_, _, says := d.do(t, "MoveUsers", d.move())
	require.Empty(t, says)
	same := traffic.Switch{To: "green", From: "blue", Token: "f1-to"}
	require.Equal(t, []traffic.Switch{same, same}, asked, "HAProxy is told once more")
	asked = nil
	in := d.move()
	in.Traffic.Kind = job.TrafficNginx
	_, _, says = d.do(t, "MoveUsers", in)
	require.Empty(t, says)
	require.Equal(t, []traffic.Switch{same}, asked)

	d.moves = func(traffic.Switch) error { return &traffic.Error{Says: "Users are on red, not on blue"} }
	_, fault, says := d.do(t, "MoveUsers", d.move())
	require.True(t, fault.Undone)
	require.Equal(t, "Users are on red, not on blue. Nobody was moved", says)

	// The load balancer loses an answer: it is asked again with the same token until it says what happened.
	tries := 0
	d.moves = func(s traffic.Switch) error {
		require.Equal(t, "f1-to", s.Token)
		if tries++; tries < 3 {
			d.now = d.now.Add(20 * time.Second)
			return &traffic.Error{Says: "lb did not answer", Unknown: true}
		}
		return nil
	}
	text, _, _ := d.do(t, "MoveUsers", d.move())
	require.Equal(t, "the load balancer did not answer for 40 s", text)
	d.moves = func(traffic.Switch) error {
		d.now = d.now.Add(time.Minute)
		return &traffic.Error{Says: "lb did not answer", Unknown: true}
	}
	_, fault, says = d.do(t, "MoveUsers", d.move())
	require.False(t, fault.Undone, "nobody knows")
	require.Equal(t, "I do not know whether users moved: lb did not answer", says)
}

func TestUsersAreMovedBackOnlyWhereTheyAreBetterOff(t *testing.T) {
	t.Parallel()
	d := newDeploys(t)
	back := d.move()
	back.From, back.To, back.Token, back.Ends = back.To, back.From, "f1-back", "f1-to"
	d.active = "green"
	_, _, says := d.do(t, "MoveBack", back)
	require.Empty(t, says)
	require.Equal(t, "blue", d.active)
	text, _, _ := d.do(t, "MoveBack", back)
	require.Equal(t, "they were there all the time", text)
	require.Equal(t, []string{"f1-to", "f1-to"}, d.settled, "a late attempt at the first move takes no effect")
	d.active, d.health["blue"] = "green", instances.Health{Code: 500, Problem: "500: the disk is full"}
	_, _, says = d.do(t, "MoveBack", back)
	require.Equal(t, "blue does not answer well either (500: the disk is full), so I left users where they are", says)
	require.Equal(t, "green", d.active)
}

func TestAnInstanceIsProvenByHealthAndVersion(t *testing.T) {
	t.Parallel()
	d := newDeploys(t)
	in := activities.ProvenInput{Instance: d.all[1], Version: "2024.52", Times: 1}
	_, _, says := d.do(t, "Proven", in)
	require.Equal(t, "green is still 2024.51", says)
	d.health["green"] = instances.Health{OK: true}
	_, _, says = d.do(t, "Proven", in)
	require.Equal(t, "green does not say which version it is", says)
	d.health["green"] = instances.Health{Code: 503, Problem: "503: migration 0412 is missing", Version: "2024.52"}
	_, _, says = d.do(t, "Proven", in)
	require.Equal(t, "green: 503: migration 0412 is missing", says)
	d.health["green"] = instances.Health{OK: true, Version: "2024.52"}
	_, _, says = d.do(t, "Proven", in)
	require.Empty(t, says)
	in.Times = 5
	d.env.SetHeartbeatDetails(3)
	_, _, says = d.do(t, "Proven", in)
	require.Equal(t, "4 of 5 good answers in a row", says)
	d.env.SetHeartbeatDetails(4)
	_, _, says = d.do(t, "Proven", in)
	require.Empty(t, says, "the fifth")

	in.Traffic, in.Front, in.Times = d.all[0].Traffic, "http://shop.acme.test", 1
	_, _, says = d.do(t, "Served", in)
	require.Equal(t, "users are on blue", says)
	d.active = "green"
	_, _, says = d.do(t, "Served", in)
	require.Empty(t, says)
	_, _, says = d.do(t, "Unused", in)
	require.Contains(t, says, "green has all users by now")
	d.active, d.left = "blue", 2
	_, _, says = d.do(t, "Unused", in)
	require.Equal(t, "2 requests are still on their way there", says)
}

func (d *deploys) bake(within time.Duration) activities.BakeInput {
	return activities.BakeInput{Instance: d.all[1], Version: "2024.51", Traffic: d.all[0].Traffic, Until: d.now.Add(within), Errors: 2, Timers: job.Timers{Heartbeat: time.Second}}
}

func TestUsersAreWatchedUntilTheTimeIsOver(t *testing.T) {
	t.Parallel()
	d := newDeploys(t)
	d.active = "green"
	text, _, says := d.do(t, "Bake", d.bake(0))
	require.Empty(t, says)
	require.Equal(t, "it answered well all the time", text)
	_, fault, says := func() (string, job.Fault, string) {
		d.active = "blue"
		return d.do(t, "Bake", d.bake(time.Hour))
	}()
	require.Equal(t, "Users are on blue by now: somebody moved them", says)
	require.True(t, fault.Undone)
}

// The time is over before the load balancer told twice how requests went: it was away, or Pawl was.
func TestUsersAreWatchedUntilItIsKnownHowTheirRequestsWent(t *testing.T) {
	t.Parallel()
	late := newDeploys(t)
	late.active = "green"
	late.acts.Now = func() time.Time { late.count.Requests += 50; late.count.Failed += 10; return late.now }
	_, fault, says := late.do(t, "Bake", late.bake(0))
	require.True(t, fault.Undone)
	require.Contains(t, says, "20 % of the requests failed")

	away := newDeploys(t)
	away.active, away.lost = "green", errors.New("lb is away")
	looks := 0
	away.acts.Now = func() time.Time { looks++; away.now = away.now.Add(20 * time.Second); return away.now }
	text, _, says := away.do(t, "Bake", away.bake(0))
	require.Empty(t, says)
	require.Equal(t, "the load balancer did not tell how requests went", text)
	require.Greater(t, looks, 2, "it was asked again")

	none := newDeploys(t)
	none.active, none.uncounted = "green", true
	text, _, _ = none.do(t, "Bake", none.bake(0))
	require.Equal(t, "it answered well all the time", text, "a kind that does not count is not waited for")
}

func TestWatchingEndsAsSoonAsItTurnsBad(t *testing.T) {
	t.Parallel()
	d := newDeploys(t)
	d.active = "green"
	d.acts.Now = func() time.Time { // each look is later than the one before, and finds more failed requests
		d.now = d.now.Add(time.Second)
		d.count.Requests += 50
		d.count.Failed += 3
		return d.now
	}
	_, fault, says := d.do(t, "Bake", d.bake(time.Hour))
	require.True(t, fault.Undone)
	require.Regexp(t, `^6 % of the requests failed within .*, more than 2 %\. About \d+ requests failed$`, says)
	ill := newDeploys(t)
	ill.active, ill.health["green"] = "green", instances.Health{Code: 503, Problem: "503: it hangs", Version: "2024.51"}
	_, _, says = ill.do(t, "Bake", ill.bake(time.Hour))
	require.Equal(t, "It stopped answering well: green: 503: it hangs", says)
}

func TestTheLastRequestsAreWaitedForAWhile(t *testing.T) {
	t.Parallel()
	d := newDeploys(t)
	in := activities.DrainInput{Instance: d.all[0], Traffic: d.all[0].Traffic, Until: d.now.Add(-time.Second), Timers: job.Timers{Heartbeat: time.Second}}
	text, _, _ := d.do(t, "Drain", in)
	require.Empty(t, text)
	d.left = 1
	text, _, _ = d.do(t, "Drain", in)
	require.Equal(t, "1 request is still there; left alone", text)
	d.lost = errors.New("lb is away")
	text, _, _ = d.do(t, "Drain", in)
	require.Equal(t, "nobody tells whether requests are left there", text)
}
