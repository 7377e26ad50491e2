package e2e

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const histories = scenesIn + "/histories"

// parking is a run that is recorded while it stands still, and what is done to bring it there. A point is a place at
// which the program parks it; without one it waits by itself.
type parking struct {
	name, point, command string
	until                string // the thread says this before the next thing is done
	then                 string // is typed into the thread
	shows                string // the thread says this when it stands still; with a point the program tells
}

func parkings() []parking {
	const asked, begun = "I need a decision", ":arrows_counterclockwise: Count on the first host"
	return []parking{
		{name: "before the board", point: "before the board", command: "drill"},
		{name: "after the board", point: "after the board", command: "drill"},
		{name: "before a script", point: "before the script", command: "drill"},
		{name: "in a script", point: "while the script runs", command: "drill"},
		{name: "after a script", point: "after the script", command: "drill"},
		{name: "before a question", point: "before the question", command: "drill asking"},
		{name: "while a question is posted", point: "while asking", command: "drill asking"},
		{name: "after the decision", point: "after the decision", command: "drill asking", until: asked, then: "retry"},
		{name: "stopping a script", point: "after the stop", command: "drill slowly", until: begun, then: "cancel"},
		{name: "before the last board", point: "before the last board", command: "drill"},
		{name: "after the last board", point: "after the last board", command: "drill"},
		{name: "before the last message", point: "before the last message", command: "drill"},
		{name: "after the last message", point: "after the last message", command: "drill"},
		{name: "before the outcome", point: "before the outcome", command: "drill"},

		{name: "asking", command: "drill asking", shows: asked},
		{name: "holding its turn", command: "drill slowly in turn", shows: begun},
		{name: "waiting for its turn", command: "drill in turn", shows: "Waiting for your turn"},
		{name: "cancelled in a step that is finished first", command: "drill carefully", until: ":arrows_counterclockwise: Check on the second", then: "cancel", shows: "must not be interrupted"},
		{name: "asking a second time", command: "drill loudly", until: asked, then: "retry", shows: "@"},

		{name: "done", command: "drill", shows: "The drill is over"},
		{name: "refused", command: "drill never", shows: "is refused"},
		{name: "stopped and cleaned up", command: "drill asking", until: asked, then: "stop", shows: "Cleaned up"},
		{name: "toy done", command: "toy", shows: "is fresh"},
	}
}

// The runs of every release must be carried on by the next one. Here the histories that are missing are recorded, with
// -update, of runs that stand still at every place where a run can; workflows.TestReplay holds the code to them.
func TestHistoriesAreRecorded(t *testing.T) {
	t.Parallel()
	if *update {
		recordHistories(t)
		recordApprovals(t)
		recordLaunchers(t)
		recordSyncs(t)
		recordRunbooks(t)
		recordOddRunbooks(t)
		recordDeploys(t)
	}
	have, err := filepath.Glob(filepath.Join(histories, "*.json"))
	require.NoError(t, err)
	want := []string{filepath.Join(histories, "lane.json")}
	for _, p := range parkings() {
		want = append(want, p.file())
	}
	for _, a := range approvalsKept {
		want = append(want, a.file())
	}
	for _, name := range launchersKept {
		want = append(want, launcherFile(name))
	}
	for _, name := range syncsKept {
		want = append(want, syncFile(name))
	}
	for _, name := range runbooksKept {
		want = append(want, runbookFile(name))
	}
	for _, name := range deploysKept {
		want = append(want, deployFile(name))
	}
	for _, b := range oddRunbooks {
		want = append(want, b.file())
	}
	slices.Sort(want)
	require.Equal(t, want, have, "go test ./internal/e2e -run Histories -update records those that are missing")
}

func (p parking) file() string {
	return filepath.Join(histories, strings.ReplaceAll(p.name, " ", "-")+".json")
}

func recordHistories(t *testing.T) {
	var missing []parking
	for _, p := range parkings() {
		if _, err := os.Stat(p.file()); err != nil {
			missing = append(missing, p)
		}
	}
	if len(missing) == 0 {
		return
	}
	f := newFleet(t, nil)
	parked := filepath.Join(f.dir, "parked")
	var points []string
	for _, p := range missing {
		if p.point != "" {
			points = append(points, p.point)
		}
	}
	f.ui = "127.0.0.1:0"
	f.up("PAWL_PARK="+strings.Join(points, ","), "PAWL_PARKED="+parked)
	page := f.page()
	require.NoError(t, os.MkdirAll(histories, 0o755))

	alice := f.person("alice")
	for _, p := range missing {
		th := alice.types(p.command)
		if p.point != "" {
			f.eventually(20*time.Second, "a run takes the point "+p.name, func() error { return holds(parked, "takes\t"+p.point) })
		}
		if p.then != "" {
			th.sees(30*time.Second, p.until)
			th.replies(p.then)
		}
		id := ""
		if p.point != "" {
			f.eventually(30*time.Second, "a run parks "+p.name, func() error { return holds(parked, "parks\t"+p.point) })
			data, err := os.ReadFile(parked)
			require.NoError(t, err)
			id = regexp.MustCompile(`(?m)^parks\t` + p.point + `\t(\S+)$`).FindStringSubmatch(string(data))[1]
		} else {
			th.sees(30*time.Second, p.shows)
			id = th.runID()
		}
		if p.name == "asking a second time" {
			f.eventually(30*time.Second, "it asks again", func() error {
				if n := th.said()["ask/2"]; n != 1 {
					return fmt.Errorf("there are %d second questions", n)
				}
				return nil
			})
		}
		if ended(p.name) {
			f.eventually(30*time.Second, p.name+" has ended", func() error { return f.ended(id) })
		}
		f.export(page, id, p.file())
	}
	// The lane is that of the runs that stand in turn: it is recorded anew with the last of them.
	if slices.ContainsFunc(missing, func(p parking) bool { return p.name == "waiting for its turn" }) {
		f.export(page, "lane/drill/turn", filepath.Join(histories, "lane.json"))
	}
}

// page is where the engine's own page is.
func (f *fleet) page() string {
	f.t.Helper()
	var page []string
	f.eventually(10*time.Second, "pawl says where the engine's page is", func() error {
		all := regexp.MustCompile(`"ui":"(http[^"]+)"`).FindAllStringSubmatch(f.output(), -1)
		if len(all) == 0 {
			return errors.New("it has not yet")
		}
		page = all[len(all)-1] // of the process that runs now
		return nil
	})
	return page[1]
}

func ended(name string) bool {
	return slices.Contains([]string{"done", "refused", "stopped and cleaned up", "toy done"}, name)
}

// export writes the history of a run as the Web UI gives it, an event a line.
func (f *fleet) export(page, id, file string) {
	f.t.Helper()
	var out bytes.Buffer
	out.WriteString("{\"events\":[\n")
	first := true
	for next := "start"; next != ""; {
		at := url.Values{"maximumPageSize": {"1000"}}
		if next != "start" {
			at.Set("nextPageToken", next)
		}
		var events []json.RawMessage
		events, next = f.eventsOf(page + "/api/v1/namespaces/pawl/workflows/" + url.PathEscape(id) + "/history?" + at.Encode())
		for _, e := range events {
			if !first {
				out.WriteString(",\n")
			}
			first = false
			require.NoError(f.t, json.Compact(&out, e))
		}
	}
	require.False(f.t, first, "%s has a history", id)
	out.WriteString("\n]}\n")
	require.NoError(f.t, os.WriteFile(file, out.Bytes(), 0o644))
}

// eventsOf reads one page of a history, and where the next one is.
func (f *fleet) eventsOf(address string) (events []json.RawMessage, next string) {
	f.t.Helper()
	res, err := http.Get(address)
	require.NoError(f.t, err)
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	require.NoError(f.t, err)
	require.Equal(f.t, http.StatusOK, res.StatusCode, string(body))
	var answer struct {
		History struct {
			Events []json.RawMessage `json:"events"`
		} `json:"history"`
		Next string `json:"nextPageToken"`
	}
	require.NoError(f.t, json.Unmarshal(body, &answer))
	return answer.History.Events, answer.Next
}
