package e2e

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/internal/crowd"
	"github.com/pawl-ops/pawl/internal/hosttools"
	"github.com/pawl-ops/pawl/sandbox/apps"
)

// attempt is a deploy of a version, good or bad in its way, while users ask.
type attempt struct {
	environment, version string
	kind                 string // what is wrong with it; empty: nothing
	fault                string // what happened to the world meanwhile
	was                  string // the version users had
	from, to             string // instances
	th                   thread
	run                  string
	ended                string // one of the three below
}

// How a deploy ends.
const (
	usersHave  = "users have it"
	usersNever = "users never saw it"
	wasTaken   = "taken back"
)

// badVersions are what may be wrong with a version, and how a deploy of it must end. A slow one is none that Pawl takes back: it
// answers.
var badVersions = map[string]struct {
	does hosttools.Release
	ends string
}{
	"does not start": {hosttools.Release{Starts: hosttools.StartsNo}, usersNever},
	"503":            {hosttools.Release{Health: "migration 0412 is missing"}, usersNever},
	"errors":         {hosttools.Release{Errors: 30}, wasTaken},
	"slow":           {hosttools.Release{Slow: 400}, usersHave},
}

// loaded is a world under load.
type loaded struct {
	*fleet
	lb       *balancer
	rng      *rand.Rand
	carol    *person
	has, on  map[string]string // the version and the instance users have, by environment
	attempts []*attempt
}

// underLoad are the environments whose users ask, with so many users each who ask every so often: 200 requests a second.
var underLoad = []string{"east", "north", "west"}

const (
	usersEach = 3
	userEvery = 45 * time.Millisecond
)

// Under constant load through a real HAProxy versions are deployed, half of them bad ones, while Pawl is killed, cables are cut
// and HAProxy is reloaded. No request fails because of a switch, nobody is ever served by what has not proven itself, and
// after a bad version users have the one before. PAWL_DEPLOYS says how many deploys, PAWL_SEED what happens when.
func TestDeploysUnderLoad(t *testing.T) {
	t.Parallel()
	seed := uint64(6)
	if n, err := strconv.ParseUint(os.Getenv("PAWL_SEED"), 10, 64); err == nil {
		seed = n
	}
	l := &loaded{rng: rand.New(rand.NewPCG(seed, seed)), has: map[string]string{}, on: map[string]string{}}
	l.fleet = shipping(t, underLoad, nil)
	l.writes("", `    build:   {jenkins: shop/build`, `    #build:  {jenkins: shop/build`, "      within: 1m\n", "      within: 10s\n")
	l.lb = l.balanced()
	l.carol = l.person("carol")
	l.up(haste)
	l.alone()
	var places []crowd.Place
	for _, e := range underLoad {
		places = append(places, crowd.Place{Name: e, URL: l.lb.fronts[e] + "/", Users: usersEach, Every: userEvery})
		l.has[e], l.on[e] = "2024.50", "blue"
	}
	began := time.Now()
	users := crowd.Send(t.Context(), places...)
	t.Cleanup(func() { users.Home() })
	rounds := (manyDeploys(12) + len(underLoad) - 1) / len(underLoad)
	t.Logf("seed %d, %d rounds of %d deploys", seed, rounds, len(underLoad))
	var bad, faults []string
	for n := range rounds {
		if len(faults) == 0 {
			faults = []string{"Pawl killed", "cable cut", "HAProxy reloaded", "Pawl killed, HAProxy reloaded"}
			l.rng.Shuffle(len(faults), func(i, j int) { faults[i], faults[j] = faults[j], faults[i] })
		}
		var now []*attempt
		for i, e := range underLoad {
			if len(bad) == 0 {
				bad = []string{"503", "does not start", "errors", "errors", "slow"}
				l.rng.Shuffle(len(bad), func(i, j int) { bad[i], bad[j] = bad[j], bad[i] })
			}
			a := &attempt{environment: e, version: fmt.Sprintf("%s-%02d", e, n), fault: faults[0]}
			if (n+i)%2 == 1 {
				a.kind, bad = bad[0], bad[1:]
			}
			now = append(now, a)
		}
		l.round(now)
		faults = faults[1:]
	}
	took := time.Since(began)
	l.judge(users.Home(), took)
}

// round deploys to all environments at once, while something happens.
func (l *loaded) round(now []*attempt) {
	l.t.Helper()
	for _, a := range now {
		r := badVersions[a.kind].does
		r.Version = a.version
		require.NoError(l.t, l.world.Apps.Store(r))
		a.was, a.from = l.has[a.environment], l.on[a.environment]
		a.to = map[string]string{"blue": "green", "green": "blue"}[a.from]
		a.th = l.carol.types("deploy " + a.environment + " " + a.version)
		l.attempts = append(l.attempts, a)
	}
	pass(l.t.Context(), time.Duration(l.rng.Int64N(int64(8*time.Second)))) // a moment like any other
	l.happens(now[0].fault)
	for _, a := range now {
		l.ends(a)
	}
}

// happens makes something wrong with the world, for a moment.
func (l *loaded) happens(fault string) {
	l.t.Helper()
	if strings.Contains(fault, "reloaded") {
		l.lb.reload()
	}
	switch {
	case strings.Contains(fault, "killed"):
		l.kill()
		l.up(haste)
	case fault == "cable cut":
		host := []string{apps.Balancer, "app-1", "app-2"}[l.rng.IntN(3)]
		require.NoError(l.t, l.world.Hosts.Cut(host))
		pass(l.t.Context(), time.Second) // so long it is cut
		require.NoError(l.t, l.world.Hosts.Mend(host))
	}
}

// ends waits for the end of a deploy, and holds that users have what it says.
func (l *loaded) ends(a *attempt) {
	t, what := l.t, fmt.Sprintf("%s, %s, %s", a.version, a.kind, a.fault)
	t.Helper()
	a.th.begins()
	a.run = a.th.runID()
	var all []string
	l.eventually(time.Minute, what+": it has ended", func() error {
		all = nil
		for _, m := range a.th.messages() {
			all = append(all, shownBy(m))
		}
		if err := l.ended(a.run); err != nil {
			return fmt.Errorf("%w, and its thread says:\n%s", err, strings.Join(all, "\n---\n"))
		}
		return nil
	})
	switch said := strings.Join(all, "\n"); {
	case strings.Contains(said, "Users never saw "+a.version):
		a.ended = usersNever
	case strings.Contains(said, "Deploy taken back"):
		a.ended = wasTaken
	case strings.Contains(said, "is on "+a.version):
		a.ended = usersHave
		l.has[a.environment], l.on[a.environment] = a.version, a.to
	default:
		require.Fail(t, "it ended in another way", "%s:\n%s", what, said)
	}
	require.Equal(t, map[string]int{"board": 1, "result": 1}, a.th.said(), what)
	if want := badVersions[a.kind].ends; a.kind != "" && want != a.ended || a.kind == "" && a.ended != usersHave {
		t.Logf("%s: %s\n%s", what, a.ended, strings.Join(all, "\n---\n"))
		require.False(t, a.kind != "" && a.ended == usersHave, "%s: a bad version stays", what)
	}
	now := saidBy(crowd.Ask(t.Context(), http.DefaultClient, l.lb.fronts[a.environment]+"/"))
	require.NoError(t, now.Err)
	require.Equal(t, []string{l.on[a.environment], l.has[a.environment]}, []string{now.instance, now.version}, what)
	because, held := l.locked(a.environment)
	require.Equal(t, a.ended == wasTaken, held, "%s: %s", what, because)
	if held {
		l.carol.types("unlock "+a.environment).sees(30*time.Second, "is free")
		l.eventually(10*time.Second, "it is unlocked", func() error {
			if _, held := l.locked(a.environment); held {
				return fmt.Errorf("it is locked")
			}
			return nil
		})
	}
}

// moved is a switch: from a moment to another users got one or the other.
type moved struct {
	begin, end time.Time
	to         state
}

// state is what users of an environment have.
type state struct{ instance, version string }

// switches are all of them in an environment, in order. Each version proved itself before the first.
func (l *loaded) switches(environment string) (all []moved) {
	l.t.Helper()
	for _, a := range l.attempts {
		if a.environment != environment {
			continue
		}
		deeds := l.deeds(a.run)
		move, went := first(deeds, "MoveUsers")
		require.Equal(l.t, a.ended != usersNever, went, a.version)
		if !went {
			continue
		}
		proven, is := first(deeds, "Proven")
		require.True(l.t, is && proven.end.Before(move.asked), "%s had users before it had proven itself", a.version)
		all = append(all, moved{move.asked, move.end, state{a.to, a.version}})
		back, went := first(deeds, "MoveBack")
		require.Equal(l.t, a.ended == wasTaken, went, a.version)
		if went {
			all = append(all, moved{back.asked, back.end, state{a.from, a.was}})
		}
	}
	return all
}

// judge holds what users got against what they were to get, and tells how it went.
func (l *loaded) judge(got []crowd.Answer, took time.Duration) {
	t := l.t
	t.Helper()
	var all []answered
	for _, a := range got {
		all = append(all, saidBy(a))
	}
	slices.SortFunc(all, func(a, b answered) int { return a.Got.Compare(b.Got) })
	moves, switches := map[string][]moved{}, 0
	var durations []time.Duration
	for _, e := range underLoad {
		moves[e] = l.switches(e)
		switches += len(moves[e])
		for _, m := range moves[e] {
			durations = append(durations, m.end.Sub(m.begin))
		}
	}
	slices.Sort(durations)
	journal := l.journal(realMap)
	require.Len(t, journal, switches, "switches of the load balancer")
	for token, is := range journal {
		require.True(t, strings.HasPrefix(is, "done "), "%s is %s", token, is)
	}
	count := map[string]int{}
	gap, last := time.Duration(0), map[string]time.Time{}
	for _, s := range all {
		count["requests"]++
		if s.Again {
			count["asked again"]++
		}
		switch {
		case s.Err != nil:
			count["no connection"]++
			t.Logf("%s, asked %s: %v", s.Place, s.Asked.Format(time.StampMilli), s.Err)
		case s.instance == "":
			count["of the load balancer"]++
			t.Logf("%s, asked %s, got after %v: %d", s.Place, s.Asked.Format(time.StampMilli), s.Got.Sub(s.Asked), s.Status)
		case s.Status != http.StatusOK && l.kind(s.version) != "errors":
			count["of an instance that is well"]++
		case s.Status != http.StatusOK:
			count["of a version that makes errors"]++
		}
		if s.instance != "" && !allowed(s, moves[s.Place]) {
			count["of who was not to have users"]++
			t.Logf("%s, asked %s, got %s: served by %s, %s", s.Place, s.Asked.Format(time.StampMilli), s.Got.Format(time.StampMilli), s.instance, s.version)
		}
		if s.good() {
			if before, ok := last[s.Place]; ok {
				gap = max(gap, s.Got.Sub(before))
			}
			last[s.Place] = s.Got
		}
	}
	var seen []time.Duration
	for _, e := range underLoad {
		for _, m := range moves[e] {
			for _, s := range all {
				if s.Place == e && !s.Got.Before(m.begin) && (state{s.instance, s.version}) == m.to {
					seen = append(seen, s.Got.Sub(m.begin))
					break
				}
			}
		}
	}
	slices.Sort(seen)
	ends := map[string]int{}
	for _, a := range l.attempts {
		kind := a.kind
		if kind == "" {
			kind = "good"
		}
		ends[kind+": "+a.ended]++
	}
	t.Logf("%d deploys within %v: %v", len(l.attempts), took.Round(time.Second), ends)
	t.Logf("%v, %d a second, longest gap between two good answers of an environment %v", count, count["requests"]/int(took.Seconds()), gap.Round(time.Millisecond))
	t.Logf("%d switches, as their step saw them, which tells HAProxy again after a second: p50 %v, p99 %v, longest %v; first answer from there: p50 %v, p99 %v",
		switches, at(durations, 50), at(durations, 99), at(durations, 100), at(seen, 50), at(seen, 99))
	for _, never := range []string{"no connection", "of the load balancer", "of an instance that is well", "of who was not to have users"} {
		require.Zero(t, count[never], never)
	}
	require.NotZero(t, count["requests"])
}

func (l *loaded) kind(version string) string {
	for _, a := range l.attempts {
		if a.version == version {
			return a.kind
		}
	}
	return ""
}

// allowed reports whether users were where this answer came from, at some moment between the question and the answer.
func allowed(s answered, moves []moved) bool {
	is := state{s.instance, s.version}
	for i := -1; i < len(moves); i++ {
		had := state{"blue", "2024.50"}
		if i >= 0 {
			had = moves[i].to
		}
		since := i < 0 || !s.Got.Before(moves[i].begin)
		until := i+1 == len(moves) || !s.Asked.After(moves[i+1].end)
		if had == is && since && until {
			return true
		}
	}
	return false
}

// at is the duration that so many percent do not exceed.
func at(sorted []time.Duration, percent int) time.Duration {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[max(0, (len(sorted)*percent+99)/100-1)].Round(time.Millisecond)
}
