package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// stand is a place in the life of an approval at which a run is parked when the plug is pulled.
type stand struct {
	point  string // empty: it waits by itself
	how    string // what follows "force drill"
	hasty  bool
	before string // what people do to bring it there: approve, deny, cancel
	after  string // what they do after the restart
	ends   string // what the last message says; empty: it is done
	asks   int    // how many questions were put; 0 means one
	over   bool   // it comes to its end
}

const (
	shifts      = "shifting"
	isDenied    = "Carol Castillo denied it"
	isExpired   = "nobody answered within 10 seconds"
	isWithdrawn = "you took it back"
)

// stands are all of them, in the order in which a run comes by.
var stands = []stand{
	{point: "before the board", after: "approve"},
	{point: "after the board", after: "approve"},
	{point: "in the first look", after: "approve"},
	{point: "before the question", after: "approve"},
	{point: "before the question", after: "deny", ends: isDenied},
	{point: "while asking", after: "approve"},
	{point: "while asking", before: "approve"},
	{point: "while asking", before: "deny", ends: isDenied},
	{point: "while asking", before: "cancel", ends: isWithdrawn},
	{point: "while asking", hasty: true, ends: isExpired},
	{point: "before an edit", after: "approve"},
	{point: "before the decision is signalled", before: "approve"},
	{point: "after the decision is signalled", before: "approve"},
	{point: "before the presser is told", before: "approve"},
	{point: "after the decision", before: "approve"},
	{point: "after the decision", before: "deny", ends: isDenied},
	{point: "after the decision", before: "cancel", ends: isWithdrawn},
	{point: "after the decision", hasty: true, ends: isExpired},
	{point: "after the answer", before: "approve"},
	{point: "before the lane is asked", how: "turna", before: "approve"},
	{point: "in the second look", how: "turnb", before: "approve"},
	{point: "in the second look", how: shifts, before: "approve", after: "approve", asks: 2},
	{point: "before the script", before: "approve"},
	{point: "while the script runs", how: "turnc", before: "approve"}, // it holds what the next one waits for
	{how: "turnc", before: "approve"},
	{how: "", after: "approve"}, // asked, and nothing is under way
	{point: "after the script", before: "approve"},
	{point: "waiting to be well", before: "approve"},
	{point: "before the last board", before: "approve"},
	{point: "after the last board", before: "deny", ends: isDenied},
	{point: "before the last message", before: "cancel", ends: isWithdrawn},
	{point: "after the last message", before: "approve"},
	{point: "before the outcome", hasty: true, ends: isExpired},
}

func (s stand) reason(i int) string { return fmt.Sprintf("case %d.", i) }

func (s stand) command(i int) string {
	name := "force drill"
	if s.hasty {
		name = "hasty drill"
	}
	return strings.Join(strings.Fields(name+" "+s.how+" because "+s.reason(i)), " ")
}

// One kill while the approvals of many runs are everywhere an approval can be. Each command is one run, each question
// was asked once and says how it was answered, every decision counts once, each script ran once and only where others
// agreed, and the ledger has all of it.
func TestOneKillWhileOthersAreAsked(t *testing.T) {
	f := newFleet(t, othersAgree)
	f.killAtStands(stands, func(env ...string) { f.up(env...) }, func(env ...string) { f.kill(); f.up(env...) })
}

// killAtStands brings a run to each of the stands, in the process that up starts with what makes it park. Then die kills
// it and starts it again.
func (f *fleet) killAtStands(stands []stand, up, die func(env ...string)) {
	f.t.Helper()
	threads, runs := f.park(stands, up)
	require.NoError(f.t, os.WriteFile(f.moved(), nil, 0o600))
	die(haste, f.moves())
	for i, s := range stands {
		f.acts(s, s.after, i, runs[i], max(s.asks, 1), threads[i])
	}
	f.allEnded(stands, threads, runs)
}

// park brings a run to each of the stands, and tells their threads and their ids.
func (f *fleet) park(stands []stand, up func(env ...string)) ([]thread, []string) {
	f.t.Helper()
	parked := f.parked()
	var names []string
	for _, s := range stands {
		if s.point == "" {
			names = append(names, "nowhere")
		} else {
			names = append(names, s.point)
		}
	}
	up("PAWL_PARK="+strings.Join(names, ","), "PAWL_PARKED="+parked, haste, f.moves())
	alice := f.person("alice")
	threads := make([]thread, len(stands))
	for i, s := range stands {
		threads[i] = alice.types(s.command(i))
		f.eventually(15*time.Second, s.command(i)+" takes its point", func() error { return holdsLines(parked, "takes\t", i+1) })
	}
	runs := make([]string, len(stands)) // as the file tells them, in the order of the stands
	for i, line := range linesOf(parked, "takes\t") {
		runs[i] = strings.Split(line, "\t")[2]
	}
	for i, s := range stands {
		if s.point == "" && strings.HasPrefix(s.how, "turn") { // the one before holds what this one waits for
			f.eventually(30*time.Second, "the turn is taken", func() error { return f.parks(stands[i-1].point, runs[i-1]) })
		}
		f.acts(s, s.before, i, runs[i], 1, threads[i])
	}
	for i, s := range stands {
		what := fmt.Sprintf("%s parks %s", runs[i], s.point)
		switch {
		case s.over:
			threads[i].sees(30*time.Second, s.last())
			f.eventually(20*time.Second, runs[i]+" has ended", func() error { return f.ended(runs[i]) })
		case s.point != "":
			f.eventually(30*time.Second, what, func() error { return f.parks(s.point, runs[i]) })
		case strings.HasPrefix(s.how, "turn"):
			threads[i].sees(30*time.Second, "Waiting for your turn")
		default:
			f.asked(s.reason(i), max(s.asks, 1))
		}
	}
	return threads, runs
}

// parked is where Pawl says what takes which point and what parks there; its bridge, when it is a process of its own,
// says so in a file beside it.
func (f *fleet) parked() string { return filepath.Join(f.dir, "parked") }

const inTheBridge = ".bridge"

func (f *fleet) parks(point, run string) error {
	line := "parks\t" + point + "\t" + run
	if holds(f.parked()+inTheBridge, line) == nil {
		return nil
	}
	return holds(f.parked(), line)
}

// last is what the last message says.
func (s stand) last() string {
	if s.ends == "" {
		return "the drill is over: all is well. Carol Castillo agreed."
	}
	return s.ends
}

// acts does to a run what its stand says, one way or the other: with the button, or in words.
func (f *fleet) acts(s stand, what string, i int, run string, question int, th thread) {
	f.t.Helper()
	carol := f.person("carol")
	switch what {
	case "":
		return
	case "cancel":
		f.asked(s.reason(i), question)
		th.replies("cancel")
		return
	}
	m := f.asked(s.reason(i), question)
	require.Equal(f.t, run, f.runOf(m))
	if s.how == shifts && s.point == "" { // it has looked, and looks again when others agreed
		require.NoError(f.t, os.WriteFile(f.moved(), nil, 0o600))
	}
	switch {
	case what == "deny":
		carol.types("deny " + run + " because it is not the time")
	case i%2 == 0 && !strings.Contains(s.point, "signalled"): // a press is gone with the process that had it
		carol.pressesIn(m, "Approve")
	default:
		carol.types("approve " + run)
	}
}

// allEnded holds how each run ended, from outside.
func (f *fleet) allEnded(stands []stand, threads []thread, runs []string) {
	t := f.t
	t.Helper()
	agreed := 0
	for i, s := range stands {
		name := fmt.Sprintf("%d, parked %q, %s before and %s after", i, s.point, s.before, s.after)
		if s.ends == "" {
			agreed++
		}
		threads[i].sees(60*time.Second, s.last())
		require.Equal(t, runs[i], threads[i].runID(), name)
		f.eventually(20*time.Second, name+": the outcome is in the ledger", func() error { return f.ended(runs[i]) })
		said := threads[i].said()
		delete(said, "reply") // whoever typed into the kill was told that it is not confirmed, and then the truth
		require.Equal(t, map[string]int{"board": 1, "result": 1}, said, name)

		questions := f.questions(s.reason(i))
		require.Len(t, questions, max(s.asks, 1), name)
		for _, q := range questions {
			require.Empty(t, buttonsOf(q.Blocks), "%s: the question says how it was answered:\n%s", name, shownBy(q))
		}
		kinds := f.kinds(runs[i])
		asks := max(s.asks, 1)
		for kind, want := range map[string]int{"board": 1, "outcome": 1, "question": asks} {
			require.Equal(t, want, kinds[kind], "%s: %s in %v", name, kind, kinds)
		}
		decided := asks
		if s.hasty {
			decided = 0
		}
		for _, kind := range []string{"decision", "counted"} {
			require.Equal(t, decided, kinds[kind], "%s: %s in %v", name, kind, kinds)
		}
		if s.ends == "" || s.ends == isDenied {
			require.Equal(t, decided, kinds["heard"], "%s: %v", name, kinds)
		}
		require.Equal(t, kinds["waiting"], kinds["working"], "%s: nobody is waited for any more: %v", name, kinds)
	}
	counted := f.marks("db-master", "counted")
	require.Len(t, counted, agreed, "a script ran where others agreed, and nowhere else")
	for process, times := range counted {
		require.Equal(t, 1, times, "script of %s", process)
	}
	require.Contains(t, f.person("alice").look("runs"), "Nothing")
	f.idle()
}

// linesOf are the lines of a file that begin so.
func linesOf(file, begin string) []string {
	data, _ := os.ReadFile(file)
	var lines []string
	for _, l := range strings.Split(string(data), "\n") {
		if strings.HasPrefix(l, begin) {
			lines = append(lines, l)
		}
	}
	return lines
}

func holdsLines(file, begin string, n int) error {
	if lines := linesOf(file, begin); len(lines) < n {
		return fmt.Errorf("there are %d of %d: %q", len(lines), n, lines)
	}
	return nil
}
