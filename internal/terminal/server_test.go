package terminal_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/internal/board"
	"github.com/pawl-ops/pawl/internal/terminal"
	"github.com/pawl-ops/pawl/job"
)

func (h *house) ask(method, path string, body any) (status int, answer []byte) {
	h.t.Helper()
	c := &http.Client{Transport: &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return terminal.Dial(ctx, h.opt.Socket)
	}}}
	raw, err := json.Marshal(body)
	require.NoError(h.t, err)
	if text, ok := body.(string); ok {
		raw = []byte(text)
	}
	req, err := http.NewRequestWithContext(h.t.Context(), method, "http://pawl"+path, bytes.NewReader(raw))
	require.NoError(h.t, err)
	res, err := c.Do(req)
	require.NoError(h.t, err)
	defer res.Body.Close()
	answer, err = io.ReadAll(res.Body)
	require.NoError(h.t, err)
	return res.StatusCode, answer
}

// says sends what is typed, and gives the reply and its text.
func (h *house) says(s terminal.Said) (terminal.Reply, string) {
	h.t.Helper()
	if s.Key == "" {
		s.Key = "key-of-a-test"
	}
	status, raw := h.ask(http.MethodPost, terminal.PathSay, s)
	require.Equal(h.t, http.StatusOK, status, "%s", raw)
	var r terminal.Reply
	require.NoError(h.t, json.Unmarshal(raw, &r))
	return r, r.Message.Plain()
}

func (h *house) events(method, path string, body any) (events []terminal.Event) {
	h.t.Helper()
	status, raw := h.ask(method, path, body)
	require.Equal(h.t, http.StatusOK, status, "%s", raw)
	lines := bufio.NewScanner(bytes.NewReader(raw))
	for lines.Scan() {
		var e terminal.Event
		require.NoError(h.t, json.Unmarshal(lines.Bytes(), &e))
		if e.Type != terminal.EventBeat {
			events = append(events, e)
		}
	}
	return events
}

// A command goes through the door as whoever the kernel says it is, under a key of theirs.
func TestACommand(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.serve()
	r, _ := h.says(terminal.Said{Words: "toy undo", Key: "once-and-again"})
	require.Equal(t, terminal.Reply{Kind: terminal.KindStarted, Run: "toy-k4m7q2"}, r)
	c := <-h.started
	require.Equal(t, "toy undo", c.Name)
	require.Equal(t, job.Key("terminal/"+h.me+"/once-and-again"), c.Key)
	require.Equal(t, h.me, c.Actor.Login)
	require.Equal(t, "U0ALICE", c.Actor.ID)
	require.Equal(t, job.SourceTerminal, c.Source)
	require.Zero(t, c.Place, "it speaks in no conversation")
	r, _ = h.says(terminal.Said{Words: "plan toy", Detach: true})
	require.True(t, r.Board)
	c = <-h.started
	require.True(t, c.Plan)
	require.Equal(t, job.Place{Channel: "U0ALICE", Direct: true}, c.Place, "nobody looks here")
	r, _ = h.says(terminal.Said{Words: "again toy-k4m7q2"})
	require.Equal(t, terminal.KindStarted, r.Kind)
	require.Equal(t, "toy", (<-h.started).Name)
}

// Every verdict of the door has a kind and an exit code of its own.
func TestWhatTheDoorSays(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.serve()
	for verdict, want := range map[job.Verdict]terminal.Reply{
		job.Joined:  {Kind: terminal.KindJoined, Run: "toy-k4m7q2", Exit: 0},
		job.Refused: {Kind: terminal.KindRefused, Exit: 3},
		job.NotNow:  {Kind: terminal.KindNotNow, Exit: 1},
		job.Unknown: {Kind: terminal.KindUnknown, Exit: 1},
	} {
		h.set(func() {
			h.verdict = job.Started{Verdict: verdict, ID: "toy-k4m7q2", Text: "It is " + string(verdict) + "."}
		})
		r, text := h.says(terminal.Said{Words: "toy"})
		require.Equal(t, "It is "+string(verdict)+".\n", text)
		r.Message = board.Message{}
		require.Equal(t, want, r)
		<-h.started
	}
}

// What needs no run is answered at once, and only to those who may.
func TestWhatIsAnsweredAtOnce(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.serve()
	for _, c := range []struct {
		typed, kind, says string
		exit              int
	}{
		{"status", terminal.KindAnswer, "status for alice (terminal)", 0},
		{"", terminal.KindAnswer, "help for", 0},
		{"help toy", terminal.KindAnswer, "help for", 0},
		{"thanks", terminal.KindAnswer, "", 0},
		{"secrets", terminal.KindRefused, "`secrets` is for @oncall.", 3},
		{"tyo", terminal.KindQuestion, "Did you mean `toy`?", 2},
		{"release", terminal.KindQuestion, "", 2},
		{"excuse", terminal.KindQuestion, "Why?", 2},
		{"stop it", terminal.KindRefused, "`stop it` is for @oncall.", 3},
		{"again toy-000000", terminal.KindRefused, "It is still under way.", 1},
		{"cancel", terminal.KindQuestion, "Which run?", 2},
		{strings.Repeat("toy ", 1000), terminal.KindQuestion, "too long", 2},
	} {
		r, text := h.says(terminal.Said{Words: c.typed})
		require.Equal(t, c.kind, r.Kind, c.typed)
		require.Equal(t, c.exit, r.Exit, c.typed)
		require.Contains(t, text, c.says, c.typed)
	}
	r, _ := h.says(terminal.Said{Words: "release"})
	require.Equal(t, []string{"release staging", "release master"}, r.Suggest)
	r, _ = h.says(terminal.Said{Words: "excuse"})
	require.Equal(t, "because", r.Want)
	require.Equal(t, "excuse because", r.Sofar)
	require.Empty(t, h.started)
}

// An answer is to the question that was shown, and what the run says to it comes back.
func TestAnAnswer(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.serve()
	h.set(func() { h.answer = job.Answer{Counted: true, Pending: true, Text: "Recorded."} })
	r, text := h.says(terminal.Said{Words: "retry", Run: "toy-k4m7q2", Ask: 3})
	require.Equal(t, terminal.KindAnswer, r.Kind)
	require.Equal(t, "Counted. I go ahead now.\n", text)
	require.Equal(t, 3, h.decided[0].Ask)
	require.Equal(t, h.me, h.decided[0].Actor.Login)
	h.says(terminal.Said{Words: "retry toy-000000", Run: "toy-k4m7q2", Ask: 3})
	require.Zero(t, h.decided[1].Ask, "that is another run's question")
	r, text = h.says(terminal.Said{Words: "approve toy-111111"})
	require.Equal(t, terminal.KindRefused, r.Kind, "it came after another one")
	require.Equal(t, 3, r.Exit)
	require.Equal(t, "That was decided already: Approved by Carol, 14:05.\n", text)
	h.set(func() { h.answer = job.Answer{Text: "This one is for @oncall."} })
	r, text = h.says(terminal.Said{Words: "approve toy-k4m7q2"})
	require.Equal(t, 3, r.Exit)
	require.Equal(t, "This one is for @oncall.\n", text)
	h.set(func() { h.answer = job.Answer{Retry: true, Ask: 2, Text: "Not confirmed."} })
	r, _ = h.says(terminal.Said{Words: "retry toy-k4m7q2"})
	require.Equal(t, terminal.KindUnknown, r.Kind)
	require.Equal(t, 2, r.Ask, "sent again, it is for that one")
}

// What is not a request is refused with a sentence, and nobody gets in whom pawl.yaml does not name.
func TestWhoAndWhatIsTurnedAway(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.serve()
	for _, body := range []any{"{", "[]", terminal.Said{Words: "toy"}, terminal.Said{Words: "toy", Key: "short"}, terminal.Said{Words: "toy", Key: "with a blank"}} {
		status, raw := h.ask(http.MethodPost, terminal.PathSay, body)
		require.Equal(t, http.StatusBadRequest, status, "%s", raw)
		require.Contains(t, string(raw), "Nothing was done.")
	}
	status, raw := h.ask(http.MethodGet, terminal.PathFollow+"?run="+url.QueryEscape("../\x1b[2J"), nil)
	require.Equal(t, http.StatusBadRequest, status)
	require.NotContains(t, string(raw), "\x1b")
	status, raw = h.ask(http.MethodGet, terminal.PathFollow+"?run=toy-000000", nil)
	require.Equal(t, http.StatusNotFound, status)
	require.Contains(t, string(raw), "I know of no run")
	h.set(func() { h.stranger = true })
	for path, method := range map[string]string{terminal.PathSay: http.MethodPost, terminal.PathFollow + "?run=toy-k4m7q2": http.MethodGet, terminal.PathOffers: http.MethodGet} {
		status, raw := h.ask(method, path, terminal.Said{Words: "toy", Key: "key-of-a-test"})
		require.Equal(t, http.StatusForbidden, status, path)
		require.Contains(t, string(raw), "Nobody in pawl.yaml is "+h.me)
	}
	require.Empty(t, h.started)
}

// A run is told as it goes on: what is new, once, and how it ended.
func TestFollowing(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.serve()
	at := func(percent int, ask *board.Question) board.Board {
		return board.Board{ID: "toy-k4m7q2", Title: "Refreshing", State: board.Running, Ask: ask, Steps: []board.Step{{Name: "Copy", State: board.StepRunning, Percent: percent}}}
	}
	q := &board.Question{Number: 1, Words: []string{"retry"}, Message: board.Message{Lines: []string{"I need a decision."}}}
	h.sights = []terminal.Sight{
		{Board: at(10, nil)},
		{Board: at(10, nil)},
		{Board: at(20, nil)},
		{Board: at(20, q), Mine: true},
		{Ended: true, State: board.Failed, By: "Bob", Text: "Stopped."},
	}
	events := h.events(http.MethodGet, terminal.PathFollow+"?run=toy-k4m7q2", nil)
	require.Len(t, events, 4, "what did not change is told once")
	require.Equal(t, 20, events[1].Board.Steps[0].Percent)
	require.True(t, events[2].Mine)
	end := events[3]
	require.Equal(t, terminal.EventEnd, end.Type)
	require.Equal(t, terminal.ExitCancelled, end.Exit, "a person stopped it")
	require.Nil(t, end.Board)
	for state, exit := range map[board.State]int{
		board.Done: 0, board.Planned: 0, board.Failed: 1, board.Refused: 3, board.Denied: 3, board.Expired: 3, board.Cancelled: 4,
	} {
		h.set(func() { h.sights = []terminal.Sight{{Ended: true, State: state}} })
		events := h.events(http.MethodGet, terminal.PathFollow+"?run=toy-k4m7q2", nil)
		require.Len(t, events, 1)
		require.Equal(t, exit, events[0].Exit, state)
	}
}

// A server that stops ends every stream at once: the other end comes back by itself.
func TestAStopEndsTheStreams(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	s := h.serve()
	h.sights = []terminal.Sight{{Board: board.Board{Title: "Refreshing", State: board.Running}}}
	done := make(chan []terminal.Event)
	go func() {
		done <- h.events(http.MethodGet, terminal.PathFollow+"?run=toy-k4m7q2", nil)
	}()
	require.Eventually(t, h.looked, time.Minute, 5*time.Millisecond)
	require.NoError(t, s.Stop(context.Background()))
	require.Len(t, <-done, 1)
}

// Who ends a run by force is the login this runs as; who does not say why is asked.
func TestTerminating(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.serve()
	h.set(func() { h.stranger = true }) // an operator need not be anybody
	status, raw := h.ask(http.MethodPost, terminal.PathTerminate, terminal.TerminateRequest{Run: "toy-k4m7q2", Because: " \x00 "})
	require.Equal(t, http.StatusBadRequest, status)
	require.Contains(t, string(raw), "Why?")
	status, _ = h.ask(http.MethodPost, terminal.PathTerminate, terminal.TerminateRequest{Run: "toy", Because: "x"})
	require.Equal(t, http.StatusBadRequest, status)
	require.Empty(t, h.terminated)
	events := h.events(http.MethodPost, terminal.PathTerminate, terminal.TerminateRequest{Run: "toy-k4m7q2", Because: "a test"})
	require.Equal(t, "Stopping.", events[0].Text)
	require.Equal(t, 1, events[1].Exit)
	require.Equal(t, "It is not known whether its scripts have stopped.", events[1].Text)
	events = h.events(http.MethodPost, terminal.PathTerminate, terminal.TerminateRequest{Run: "toy-k4m7q2", Because: "a test", Anyway: true})
	require.Zero(t, events[1].Exit)
	by := h.terminated[0].By
	require.Equal(t, job.Actor{Kind: job.CLIUser, ID: "os:" + h.me, Name: h.me, Login: h.me}, by)
}

// A server that stops does not wait for the hosts of a run that is being ended by force: whoever wanted that is told how far
// it came.
func TestAStopEndsATermination(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	begun := make(chan struct{})
	h.opt.Terminate = func(ctx context.Context, _ terminal.Termination, _ func(string)) error {
		close(begun)
		<-ctx.Done()
		return terminal.Says("The run was left as it is.")
	}
	s := h.serve()
	done := make(chan []terminal.Event)
	go func() {
		done <- h.events(http.MethodPost, terminal.PathTerminate, terminal.TerminateRequest{Run: "toy-k4m7q2", Because: "a test"})
	}()
	<-begun
	within, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	require.NoError(t, s.Stop(within))
	events := <-done
	require.Equal(t, "The run was left as it is.", events[len(events)-1].Text)
}

// What may be typed next is what this person may give, and what the parser would take.
func TestOffers(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.serve()
	for typed, want := range map[string]string{
		"plan ": "toy release close excuse status help", "": "toy release close excuse status help cancel approve deny", "t": "toy", "toy ": "undo", "release ": "staging master", "release m": "master",
		"stop ": "", "excuse ": "because", "se": "",
		"c": "close cancel", "close ": "bar", "cancel ": "toy-k4m7q2 release-222222", "approve ": "release-222222", "approve t": "", "cancel toy-k4m7q2 ": "",
	} {
		_, raw := h.ask(http.MethodGet, terminal.PathOffers+"?"+url.Values{"typed": strings.Split(typed, " ")}.Encode(), nil)
		var offers []terminal.Offer
		require.NoError(t, json.Unmarshal(raw, &offers), "%s", raw)
		var got []string
		for _, o := range offers {
			got = append(got, o.Word)
		}
		require.Equal(t, want, strings.Join(got, " "), "%q", typed)
	}
}
