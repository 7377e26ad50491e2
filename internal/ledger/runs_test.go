package ledger_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/internal/board"
	"github.com/pawl-ops/pawl/internal/ledger"
	"github.com/pawl-ops/pawl/job"
)

var noon = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

func allowed(key job.Key, id, name string, who job.Actor, thread string) ledger.Entry {
	return ledger.Entry{
		At: noon, Key: key, Kind: ledger.KindAllowed, Run: id, Job: name, Actor: who, Text: name,
		Place: job.Place{Channel: "C1", Thread: thread, Message: thread},
	}
}

func ended(key job.Key, id, name string, state board.State, took time.Duration) ledger.Entry {
	return ledger.Entry{At: noon.Add(took), Key: key, Kind: ledger.KindOutcome, Run: id, Job: name, Data: ledger.Outcome{State: state, Took: took}}
}

func ids(runs []ledger.Run) []string {
	out := []string{}
	for _, r := range runs {
		out = append(out, r.ID)
	}
	return out
}

func TestARunIsWhatItsEntriesAddUpTo(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, at place) {
		l := at.open(t)
		first := allowed("k", "toy-aaaaaa", "toy", alice, "1.1")
		first.Rule, first.Data = "may.engineers line 21", ledger.Terms{Policy: "p", Asks: job.AskRules{Groups: []string{"oncall"}}}
		record(t, l, first)
		record(t, l, ledger.Entry{At: noon.Add(1 * time.Second), Key: "k", Kind: ledger.KindBoard, Run: "toy-aaaaaa", Execution: "exec", Data: job.Posted{Channel: "C1", TS: "2.2"}})
		record(t, l, ledger.Entry{At: noon.Add(2 * time.Second), Key: "k", Kind: ledger.KindWaiting(1), Run: "toy-aaaaaa", Data: ledger.Waiting{For: ledger.ForTurn, Who: []string{"Bob"}}})

		r, ok, err := l.Run(t.Context(), "toy-aaaaaa")
		require.NoError(t, err)
		require.True(t, ok)
		require.Equal(t, ledger.Run{
			ID: "toy-aaaaaa", Key: "k", Execution: "exec", Job: "toy", Text: "toy", Actor: alice, Place: first.Place,
			Rule: "may.engineers line 21", Terms: first.Data.(ledger.Terms), Started: noon, Board: job.Posted{Channel: "C1", TS: "2.2"},
			Waits: []ledger.Waiting{{For: ledger.ForTurn, Who: []string{"Bob"}}}, Since: noon.Add(2 * time.Second),
		}, r)
		require.True(t, r.Open())

		record(t, l, ledger.Entry{At: noon.Add(3 * time.Second), Key: "k", Kind: ledger.KindWorking(1)})
		r, _, err = l.Run(t.Context(), "toy-aaaaaa")
		require.NoError(t, err)
		require.Empty(t, r.Waits)
		require.Equal(t, noon.Add(3*time.Second), r.Since)

		// A run that ends while a question is open waits for nobody any more.
		record(t, l, ledger.Entry{Key: "k", Kind: ledger.KindWaiting(2), Data: ledger.Waiting{For: ledger.ForPerson, Ask: 1}})
		end := ended("k", "toy-aaaaaa", "toy", board.Done, 4*time.Second)
		record(t, l, end)
		r, _, err = l.Run(t.Context(), "toy-aaaaaa")
		require.NoError(t, err)
		require.False(t, r.Open())
		require.Empty(t, r.Waits)
		require.Equal(t, end.Data, r.Outcome)
		require.Equal(t, end.At, r.Ended)
	})
}

func TestWaitsSideBySideEndOneByOne(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, at place) {
		ask := func(n int) ledger.Waiting { return ledger.Waiting{For: ledger.ForPerson, Ask: n} }
		for name, tt := range map[string]struct {
			kinds []string
			want  []ledger.Waiting
		}{
			"one":                            {[]string{"waiting/1"}, []ledger.Waiting{ask(1)}},
			"one, over":                      {[]string{"waiting/1", "working/1"}, nil},
			"two, the first over":            {[]string{"waiting/1", "waiting/2", "working/1"}, []ledger.Waiting{ask(2)}},
			"two, the second over":           {[]string{"waiting/1", "waiting/2", "working/2"}, []ledger.Waiting{ask(1)}},
			"one counter for both":           {[]string{"waiting/1", "working/2", "waiting/3"}, []ledger.Waiting{ask(3)}},
			"a number without a wait: all":   {[]string{"waiting/1", "waiting/2", "working/3"}, nil},
			"working before anything waited": {[]string{"working/1", "waiting/2"}, []ledger.Waiting{ask(2)}},
		} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				l := at.open(t)
				record(t, l, allowed(job.Key(name), name, "toy", alice, "1.1"))
				for _, kind := range tt.kinds {
					var n int
					_, err := fmt.Sscanf(kind[strings.Index(kind, "/")+1:], "%d", &n)
					require.NoError(t, err)
					record(t, l, ledger.Entry{Key: job.Key(name), Kind: kind, Data: ask(n)})
				}
				r, _, err := l.Run(t.Context(), name)
				require.NoError(t, err)
				require.Equal(t, tt.want, r.Waits)
			})
		}
	})
}

func TestOpenRunsAreThoseWithoutAnOutcomeNewestFirst(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, at place) {
		l := at.open(t)
		for _, k := range []string{"a", "b", "c", "d"} {
			record(t, l, allowed(job.Key(k), "toy-"+k, "toy", alice, k))
		}
		record(t, l, ledger.Entry{Key: "no", Kind: ledger.KindRefused, Run: ""})
		record(t, l, ended("b", "toy-b", "toy", board.Failed, time.Minute))
		openIDs := func() []string {
			runs, err := l.OpenRuns(t.Context())
			require.NoError(t, err)
			return ids(runs)
		}
		require.Equal(t, []string{"toy-d", "toy-c", "toy-a"}, openIDs())

		record(t, l, ledger.Entry{Key: "c", Kind: ledger.KindNotStarted(1)})
		require.Equal(t, []string{"toy-d", "toy-a"}, openIDs(), "what definitely did not start is not under way")
		record(t, l, ledger.Entry{Key: "c", Kind: ledger.KindStarted(2)})
		require.Equal(t, []string{"toy-d", "toy-c", "toy-a"}, openIDs(), "until it does")

		record(t, l, ended("d", "toy-d", "toy", board.Done, time.Minute))
		record(t, l, ledger.Entry{Key: "d", Kind: ledger.KindStarted(2)})
		require.Equal(t, []string{"toy-c", "toy-a"}, openIDs(), "what ended stays ended")

		// An outcome may overtake the entry that allowed the run, when that one was retried.
		record(t, l, ended("late", "toy-late", "toy", board.Done, time.Minute))
		record(t, l, allowed("late", "toy-late", "toy", alice, "late"))
		require.Equal(t, []string{"toy-c", "toy-a"}, openIDs())
	})
}

func TestOpenOfIsOnePersonsRunsOfOneJob(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, at place) {
		l := at.open(t)
		record(t, l, allowed("1", "toy-1", "toy", alice, "1"))
		record(t, l, allowed("2", "undo-2", "toy undo", alice, "2"))
		record(t, l, allowed("3", "toy-3", "toy", bob, "3"))
		record(t, l, allowed("4", "toy-4", "toy", alice, "4"))
		renamed := alice
		renamed.Name, renamed.Groups = "alice.new", nil
		for _, actor := range []job.Actor{alice, renamed} {
			runs, err := l.OpenOf(t.Context(), "toy", actor)
			require.NoError(t, err)
			require.Equal(t, []string{"toy-4", "toy-1"}, ids(runs))
		}
		record(t, l, ended("4", "toy-4", "toy", board.Done, time.Minute))
		record(t, l, ended("1", "toy-1", "toy", board.Done, time.Minute))
		runs, err := l.OpenOf(t.Context(), "toy", alice)
		require.NoError(t, err)
		require.Empty(t, runs)
	})
}

func TestAThreadBelongsToTheRunThatSpeaksThere(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, at place) {
		l := at.open(t)
		speaks := func(channel, thread string) string {
			r, ok, err := l.InThread(t.Context(), channel, thread)
			require.NoError(t, err)
			if !ok {
				return ""
			}
			return r.ID
		}

		// Typed in a thread, typed at the top of a conversation, and shown on a board that stands alone.
		record(t, l, allowed("1", "toy-1", "toy", alice, "1.1"))
		top := allowed("2", "toy-2", "toy", alice, "")
		top.Place = job.Place{Channel: "D1", Message: "2.2", Direct: true}
		record(t, l, top)
		record(t, l, ledger.Entry{Key: "2", Kind: ledger.KindBoard, Run: "toy-2", Place: top.Place, Data: job.Posted{Channel: "D1", TS: "2.3"}})
		require.Equal(t, "toy-1", speaks("C1", "1.1"))
		require.Equal(t, "toy-2", speaks("D1", "2.2"))
		require.Equal(t, "toy-2", speaks("D1", "2.3"))
		for _, elsewhere := range [][2]string{{"C2", "1.1"}, {"C1", "2.2"}, {"C1", ""}, {"", ""}} {
			require.Empty(t, speaks(elsewhere[0], elsewhere[1]))
		}

		// Where a second command joined the first, words are about the first.
		record(t, l, ledger.Entry{Key: "3", Kind: ledger.KindJoined, Run: "toy-1", Place: job.Place{Channel: "C1", Thread: "3.3"}})
		require.Equal(t, "toy-1", speaks("C1", "3.3"))
		// A refused command has no run.
		record(t, l, ledger.Entry{Key: "4", Kind: ledger.KindRefused, Place: job.Place{Channel: "C1", Thread: "4.4"}})
		require.Empty(t, speaks("C1", "4.4"))

		// An open run comes before one that ended, and then the newer one.
		record(t, l, allowed("5", "toy-5", "toy", bob, "1.1"))
		require.Equal(t, "toy-5", speaks("C1", "1.1"))
		record(t, l, ended("5", "toy-5", "toy", board.Done, time.Minute))
		require.Equal(t, "toy-1", speaks("C1", "1.1"))
		record(t, l, ended("1", "toy-1", "toy", board.Done, time.Minute))
		require.Equal(t, "toy-5", speaks("C1", "1.1"))
		require.Equal(t, "toy-1", speaks("C1", "3.3"))
	})
}

func TestAnIDThatGrewLeavesTheShortOneToItsOwner(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, at place) {
		l := at.open(t)
		record(t, l, allowed("owner", "toy-aaaaaa", "toy", alice, "1.1"))
		record(t, l, allowed("other", "toy-aaaaaa", "toy", bob, "2.2"))
		record(t, l, ledger.Entry{Key: "other", Kind: ledger.KindID(7), Run: "toy-aaaaaab"})
		for id, key := range map[string]job.Key{"toy-aaaaaa": "owner", "toy-aaaaaab": "other"} {
			r, ok, err := l.Run(t.Context(), id)
			require.NoError(t, err)
			require.True(t, ok)
			require.Equal(t, key, r.Key)
		}
		_, ok, err := l.Run(t.Context(), "toy-zzzzzz")
		require.NoError(t, err)
		require.False(t, ok)

		record(t, l, allowed("a year later", "toy-aaaaaa", "toy", bob, "3.3"))
		r, _, err := l.Run(t.Context(), "toy-aaaaaa")
		require.NoError(t, err)
		require.Equal(t, job.Key("a year later"), r.Key, "people mean the newest")
	})
}

func TestRecentGivesTheLastRunsWhateverBecameOfThem(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, at place) {
		l := at.open(t)
		for _, k := range []string{"a", "b", "c"} {
			record(t, l, allowed(job.Key(k), "toy-"+k, "toy", alice, k))
		}
		record(t, l, ended("c", "toy-c", "toy", board.Done, time.Minute))
		for n, want := range map[int][]string{0: {}, 2: {"toy-c", "toy-b"}, 9: {"toy-c", "toy-b", "toy-a"}} {
			runs, err := l.Recent(t.Context(), n)
			require.NoError(t, err)
			require.Equal(t, want, ids(runs))
		}
	})
}

func TestUsualIsTheMedianOfTheLastTwentyThatWereDone(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, at place) {
		l := at.open(t)
		u, err := l.Usual(t.Context(), "toy")
		require.NoError(t, err)
		require.Equal(t, ledger.Usual{Steps: map[string]time.Duration{}}, u, "nothing is known of a job that never ran")

		n := 0
		outcome := func(name string, state board.State, took time.Duration, steps map[string]time.Duration) {
			n++
			record(t, l, ledger.Entry{Key: job.Key(fmt.Sprint(n)), Kind: ledger.KindOutcome, Job: name, Data: ledger.Outcome{State: state, Took: took, Steps: steps}})
		}
		for i := range 5 { // too long ago
			outcome("toy", board.Done, time.Hour, map[string]time.Duration{"Copy": time.Hour * time.Duration(i+1), "Old step": time.Hour})
		}
		for i := range 20 {
			steps := map[string]time.Duration{"Copy": time.Duration(i+1) * time.Second}
			if i < 3 {
				steps["Rare"] = time.Duration(i*i+1) * time.Second
			}
			outcome("toy", board.Done, time.Duration(i+1)*time.Minute, steps)
			outcome("toy", board.Failed, 9*time.Hour, nil)
			outcome("toy undo", board.Done, time.Second, nil)
		}
		u, err = l.Usual(t.Context(), "toy")
		require.NoError(t, err)
		require.Equal(t, ledger.Usual{
			Total: 10*time.Minute + 30*time.Second, Runs: 20,
			Steps: map[string]time.Duration{"Copy": 10*time.Second + 500*time.Millisecond, "Rare": 2 * time.Second},
		}, u)
	})
}

func TestNoQuestionReadsTheWholePast(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, at place) {
		plans := at.open(t).Plans(t)
		require.Len(t, plans, 10)
		for name, plan := range plans {
			for i, step := range plan {
				if strings.HasPrefix(step, "SCAN ") {
					require.Contains(t, []string{"SCAN open_run", "SCAN entry USING INDEX entry_allowed", "SCAN lately"}, step, "%s: %v", name, plan)
				}
				require.NotContains(t, step, "Seq Scan on entry", "%s: %v", name, plan)
				if strings.Contains(step, " on entry") && !strings.Contains(step, "using entry_allowed") && !strings.Contains(step, "Bitmap Heap") {
					require.Contains(t, plan[i+1], "Index Cond", "%s: %v", name, plan)
				}
			}
		}
	})
}
