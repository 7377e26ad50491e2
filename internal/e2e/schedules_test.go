package e2e

import (
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
	"github.com/pawl-ops/pawl/sandbox"
	"github.com/pawl-ops/pawl/sandbox/slack"
)

// scheduled is a world with schedules, which engineers may hold and run. One comes every minute, and what a minute is the
// environment of Pawl says; the others never come by themselves while a test lasts.
func scheduled(t *testing.T) *fleet {
	t.Helper()
	f := newFleet(t, func(o *sandbox.Options) {
		o.Extra += ", schedules, schedule run, schedule pause, schedule resume"
		o.Slack.Limits.Off = true
	})
	far := time.Now().AddDate(0, 0, -2)
	f.writes(fmt.Sprintf(`
schedules:
  beat:   {run: drill, when: every minute, channel: releases, paused: true}
  yearly: {run: drill, when: "0 0 %d %d *", timezone: UTC}
  second: {run: drill, when: "0 0 %[1]d %[2]d *", timezone: UTC}
  asking: {run: drill loudly, when: "0 0 %[1]d %[2]d *", as: engineers}
`, far.Day(), far.Month()))
	return f
}

// writes adds to pawl.yaml, and changes it.
func (f *fleet) writes(more string, change ...string) {
	f.t.Helper()
	text, err := os.ReadFile(f.world.Config)
	require.NoError(f.t, err)
	changed := strings.NewReplacer(change...).Replace(string(text)) + more
	require.NotEqual(f.t, string(text), changed)
	require.NoError(f.t, os.WriteFile(f.world.Config, []byte(changed), 0o600))
}

// stands are the messages of Pawl that stand by themselves in a channel, the oldest first.
func (p *person) stands(channel string) []slack.Message {
	p.f.t.Helper()
	all, err := p.History(p.f.t.Context(), channelID(channel))
	require.NoError(p.f.t, err)
	all = slices.DeleteFunc(all, func(m slack.Message) bool { return m.BotID == "" || m.ThreadTS != "" && m.ThreadTS != m.TS })
	slices.SortFunc(all, func(a, b slack.Message) int { return strings.Compare(a.TS, b.TS) })
	return all
}

// under is the thread under a message.
func (p *person) under(channel string, m slack.Message) thread {
	return thread{p: p, channel: channelID(channel), ts: m.TS}
}

var idInText = regexp.MustCompile("`((?:drill|run)-[0-9a-z]{6,16})`")

// A schedule from the chat: it is looked at, run out of turn, paused and resumed.
func TestASchedule(t *testing.T) {
	t.Parallel()
	f := scheduled(t)
	f.up(haste, "PAWL_MINUTE=3s")
	alice, carol := f.person("alice"), f.person("carol")

	require.Contains(t, alice.look("schedules"), "*beat* · paused in pawl.yaml")
	alice.types("schedule run yearlx").sees(20*time.Second, "There is no schedule called `yearlx`. Did you mean `yearly`?")
	th := alice.types("schedule run yearly")
	id := idInText.FindStringSubmatch(shownBy(th.sees(30*time.Second, "speaks in #ops")))[1]
	f.eventually(30*time.Second, "the drill is over", func() error { return f.ended(id) })
	boards := carol.stands("#ops")
	require.Len(t, boards, 1)
	require.Contains(t, shownBy(boards[0]), "The drill is over")
	require.Contains(t, shownBy(boards[0]), "Alice Andersson had the schedule yearly run now.")
	require.Contains(t, shownBy(boards[0]), "Counted to 10.")
	require.Equal(t, map[string]int{"board": 1}, carol.under("#ops", boards[0]).said(), "a scheduled run that succeeds is one message")
	require.Contains(t, alice.look("schedules"), "last done, today at")

	alice.types("schedule resume beat").sees(20*time.Second, "held by `paused: true` in pawl.yaml")
	alice.types("plan schedule pause yearly").sees(20*time.Second, "Nothing was done.")
	alice.types("schedule pause yearly because of the holidays").sees(20*time.Second, "the schedule yearly is paused")
	require.Contains(t, alice.look("schedules"), "*yearly* · paused by Alice Andersson: of the holidays")
	alice.types("schedule pause yearly").sees(20*time.Second, "yearly is paused already, by Alice Andersson: of the holidays.")
	f.kill()
	f.up(haste, "PAWL_MINUTE=3s")
	alice.types("schedule resume yearly").sees(20*time.Second, "the schedule yearly runs again")
	alice.types("schedule resume yearly").sees(20*time.Second, "yearly is not paused.")
	require.NotContains(t, alice.look("schedules"), "by Alice")

	// A run that fails asks and ends in the thread under its board, and calls those it acts for.
	alice.types("schedule run asking").sees(30*time.Second, "speaks in #ops")
	board := carol.stands("#ops")[1]
	asked := carol.under("#ops", board)
	asked.sees(30*time.Second, "I need a decision")
	bob := f.person("bob")
	bob.under("#ops", board).replies("stop")
	last := asked.sees(30*time.Second, "was stopped at step 2")
	require.Contains(t, last.Text+shownBy(last), "<!subteam^", "the people it acts for are called")
	require.Len(t, carol.stands("#ops"), 2)
}

// A schedule that comes by itself, while Pawl is killed again and again: each of its times is one run and one message, and
// people are told of those at which nothing ran.
func TestAScheduleThatComesByItself(t *testing.T) {
	t.Parallel()
	f := scheduled(t)
	f.writes("", "paused: true", "paused: false")
	f.up(haste, "PAWL_MINUTE=4s")
	eve := f.person("eve")
	ran := func(n int) {
		f.eventually(60*time.Second, fmt.Sprintf("%d runs are over", n), func() error {
			over := 0
			for _, m := range eve.stands("#releases") {
				if strings.Contains(shownBy(m), "The drill is over") {
					over++
				}
			}
			if over < n {
				return fmt.Errorf("%d are", over)
			}
			return nil
		})
	}
	ran(1)
	oldest := shownBy(eve.stands("#releases")[0])
	require.Regexp(t, idInText, oldest)
	first := idInText.FindStringSubmatch(oldest)[1]
	f.eventually(20*time.Second, "the outcome is in the ledger", func() error { return f.ended(first) })
	f.kill()
	away := time.Now()
	f.eventually(20*time.Second, "four times pass", func() error {
		if time.Since(away) < 13*time.Second {
			return fmt.Errorf("not yet")
		}
		return nil
	})
	f.up(haste, "PAWL_MINUTE=4s")
	ran(3)
	told := 0
	for _, m := range eve.stands("#releases") {
		if strings.Contains(shownBy(m), "Pawl was not there.") {
			told++
			require.Contains(t, shownBy(m), "*beat* did not run")
		}
	}
	require.Equal(t, 1, told)
	f.writes("", "  beat: ", "  beet: ")
	f.kill()
	f.up(haste, "PAWL_MINUTE=4s")
	look := f.person("alice").look("schedules")
	require.Contains(t, look, "*beet*")
	require.NotContains(t, look, "*beat*")

	l, err := ledger.Open(t.Context(), filepath.Join(f.data(), "ledger.db"))
	require.NoError(t, err)
	defer l.Close()
	due, err := l.Last(t.Context(), ledger.OfSchedule("beat"), ledger.KindDue, 100)
	require.NoError(t, err)
	runs := map[string]bool{}
	for _, e := range due {
		require.False(t, runs[e.Run], "two times of one run")
		runs[e.Run] = true
	}
	for process, times := range f.marks("db-master", "counted") {
		require.Equal(t, 1, times, "script of %s", process)
	}
}

// One kill while the time of a schedule is parked at each point on its way: it is one run.
func TestOneKillOnTheWayOfASchedule(t *testing.T) {
	t.Parallel()
	f := scheduled(t)
	points := []string{"before the time is allowed", "after the time is allowed", "while the script runs"}
	names := []string{"yearly", "second", "beat"}
	var park []string
	for _, p := range points {
		park = append(park, "nowhere", p) // the wish of a person is a run of its own, and the first that is seen
	}
	f.up(haste, "PAWL_PARK="+strings.Join(park, ","), "PAWL_PARKED="+f.parked())
	alice, carol := f.person("alice"), f.person("carol")
	for i, name := range names {
		alice.types("schedule run " + name)
		f.eventually(30*time.Second, "a run parks "+points[i], func() error { return holds(f.parked(), "parks\t"+points[i]) })
	}
	f.kill()
	f.up(haste)
	over := func(who *person, channel string, n int) {
		f.eventually(60*time.Second, "the drills are over in "+channel, func() error {
			all := who.stands(channel)
			for _, m := range all {
				if !strings.Contains(shownBy(m), "The drill is over") {
					return fmt.Errorf("one says %s", shownBy(m))
				}
			}
			if len(all) != n {
				return fmt.Errorf("%d boards", len(all))
			}
			return nil
		})
	}
	over(carol, "#ops", 2)
	over(f.person("eve"), "#releases", 1)
	for process, times := range f.marks("db-master", "counted") {
		require.Equal(t, 1, times, "script of %s", process)
	}
	require.Len(t, f.marks("db-master", "counted"), 3)
}
