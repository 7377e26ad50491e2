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

// point is a place between two effects at which a run is parked when the plug is pulled.
type point struct {
	name, command string
	answer        string // typed into the thread after the restart
}

// points are all of them, in the order in which a run comes by; the first three are at the door.
var points = []point{
	{name: "before the start", command: "drill"},
	{name: "after the start", command: "drill"},
	{name: "before the acknowledgement", command: "drill"},
	{name: "before the board", command: "drill"},
	{name: "after the board", command: "drill"},
	{name: "before the script", command: "drill"},
	{name: "while the script runs", command: "drill"},
	{name: "after the script", command: "drill"},
	{name: "before the question", command: "drill asking", answer: "retry"},
	{name: "while asking", command: "drill asking", answer: "retry"},
	{name: "after the decision", command: "drill asking", answer: "retry"},
	{name: "before the last board", command: "drill"},
	{name: "after the last board", command: "drill"},
	{name: "before the last message", command: "drill"},
	{name: "after the last message", command: "drill"},
	{name: "before the outcome", command: "drill"},
}

// One kill while a run is parked at every point. Whatever was going on, each command is one run, each script ran once,
// each thread has one board and one last message, and the ledger knows how each ended.
func TestOneKillAtEveryPoint(t *testing.T) {
	f := newFleet(t, nil)
	f.oneKill(points, func(env ...string) { f.up(env...) }, func() { f.kill(); f.up() })
}

// oneKill parks a run at each of the points, in the process that up starts with what makes it park. Then die kills it
// and starts it again.
func (f *fleet) oneKill(points []point, up func(env ...string), die func()) {
	t := f.t
	t.Helper()
	parked := filepath.Join(f.dir, "parked")
	names := make([]string, len(points))
	for i, p := range points {
		names[i] = p.name
	}
	up("PAWL_PARK="+strings.Join(names, ","), "PAWL_PARKED="+parked)

	alice := f.person("alice")
	threads := make([]thread, len(points))
	for i, p := range points {
		threads[i] = alice.types(p.command)
		f.eventually(15*time.Second, "a run takes the point "+p.name, func() error { return holds(parked, "takes\t"+p.name) })
		if p.name == "after the decision" {
			threads[i].sees(20*time.Second, "I need a decision")
			threads[i].replies("retry")
		}
	}
	for _, p := range points {
		f.eventually(30*time.Second, "a run parks "+p.name, func() error { return holds(parked, "parks\t"+p.name) })
	}

	die()
	for i, p := range points {
		if p.answer != "" && p.name != "after the decision" {
			threads[i].sees(20*time.Second, "I need a decision")
			threads[i].replies(p.answer)
		}
	}
	runs := map[string]bool{}
	for i, p := range points {
		threads[i].sees(60*time.Second, "the drill is over: counted to 10")
		id := threads[i].runID()
		require.False(t, runs[id], "%s: two threads of one run", p.name)
		runs[id] = true
		f.eventually(20*time.Second, p.name+": the outcome is in the ledger", func() error { return f.ended(id) })
	}
	for i, p := range points {
		said := threads[i].said()
		want := map[string]int{"board": 1, "result": 1}
		if p.answer != "" {
			want["ask/1"] = 1
		}
		if said["reply"] == 1 && (p.name == "before the start" || p.name == "after the start") {
			delete(said, "reply") // the start took long, so the person was told that it is not confirmed, and then the truth
		}
		require.Equal(t, want, said, "messages of the run parked %s", p.name)
	}
	counted, checked := f.marks("db-master", "counted"), f.marks("toys", "checked")
	require.Len(t, counted, len(points))
	asking := 0
	for _, p := range points {
		if p.answer != "" {
			asking++
		}
	}
	require.Len(t, checked, len(points)+asking, "a person's retry is a new process, nothing else is")
	for process, times := range counted {
		require.Equal(t, 1, times, "script of %s", process)
	}
	for process, times := range checked {
		require.Equal(t, 1, times, "script of %s", process)
	}
	require.Contains(t, f.person("alice").look("runs"), "Nothing")
}

// holds reports whether a file has a line that begins so.
func holds(file, line string) error {
	data, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	for _, l := range strings.Split(string(data), "\n") {
		if l == line || strings.HasPrefix(l, line+"\t") {
			return nil
		}
	}
	return fmt.Errorf("there is: %q", data)
}

// marks counts the lines scripts left in a file of a host.
func (f *fleet) marks(host, file string) map[string]int {
	f.t.Helper()
	data, err := os.ReadFile(filepath.Join(f.world.Hosts.Host(host).Home(), file))
	require.NoError(f.t, err)
	marks := map[string]int{}
	for _, line := range strings.Fields(string(data)) {
		marks[line]++
	}
	return marks
}
