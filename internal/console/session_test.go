package console_test

import (
	"bytes"
	"context"
	"encoding/json"
	"os/user"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/internal/board"
	"github.com/pawl-ops/pawl/internal/console"
	"github.com/pawl-ops/pawl/internal/terminal"
	"github.com/pawl-ops/pawl/internal/words"
	"github.com/pawl-ops/pawl/job"
)

const run = "toy-k4m7q2"

// pawl is a Pawl of one run, served over a real socket.
type pawl struct {
	t   *testing.T
	opt terminal.Options

	mu      sync.Mutex
	keys    []job.Key
	unknown int // how many starts are not confirmed
	dazed   int // how often it does not know yet who is who
	sight   terminal.Sight
	looked  chan struct{}
	asked   chan struct{} // gets one for each start that waits for answers; nil: none does
	answers chan struct{}
	decided []job.Decision
}

func newPawl(t *testing.T) *pawl {
	t.Helper()
	me, err := user.Current()
	require.NoError(t, err)
	dir := t.TempDir()
	p := &pawl{t: t, looked: make(chan struct{}, 1000)}
	p.sight = terminal.Sight{Board: board.Board{ID: run, Title: "Refreshing", State: board.Running, Steps: []board.Step{
		{Name: "Copy", State: board.StepDone, Detail: "1 GB"}, {Name: "Restore", State: board.StepRunning, Percent: 10, Tail: []string{"x"}}, {Name: "Swap", State: board.StepToCome},
	}}}
	specs := []job.Spec{{Name: "toy"}, {Name: "excuse", Params: []job.Param{{Name: "because", Word: "because", Type: "rest"}}}, {Name: "status", Look: true}}
	p.opt = terminal.Options{
		Socket: filepath.Join(dir, "pawl.sock"), Lives: filepath.Join(dir, "lives"), Door: p, Words: words.New(specs), Specs: specs,
		Who: func(login string) (job.Actor, string, bool) {
			if login != me.Username {
				return job.Actor{}, "Nobody is " + login + ".", false
			}
			p.mu.Lock()
			defer p.mu.Unlock()
			if p.dazed > 0 {
				p.dazed--
				return job.Actor{}, "I do not know yet who is who.", true
			}
			return job.Actor{Kind: job.CLIUser, ID: "os:" + login, Name: login}, "", false
		},
		Look: func(context.Context, job.Command) (board.Message, bool) {
			return board.Message{Lines: []string{"all well"}}, true
		},
		May:     func(job.Actor, string) (bool, []string) { return true, nil },
		MayPart: func(job.Actor, string) bool { return true },
		Heard:   func(context.Context, job.Decision) (string, bool) { return "", false },
		Watch: func(_ context.Context, _ job.Actor, id string) (terminal.Watcher, string) {
			if id != run {
				return nil, "I know of no run `" + id + "`."
			}
			return p, ""
		},
		Every: 5 * time.Millisecond, Log: zerolog.Nop(),
	}
	return p
}

func (p *pawl) serve() (stop func()) {
	p.t.Helper()
	s := terminal.New(p.opt)
	require.NoError(p.t, s.Start(p.t.Context()))
	var once sync.Once
	stop = func() { once.Do(func() { require.NoError(p.t, s.Stop(context.Background())) }) }
	p.t.Cleanup(stop)
	return stop
}

func (p *pawl) Start(_ context.Context, c job.Command) job.Started {
	if p.asked != nil {
		p.asked <- struct{}{}
		<-p.answers
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.keys = append(p.keys, c.Key)
	if p.unknown > 0 {
		p.unknown--
		return job.Started{Verdict: job.Unknown, Text: "Not confirmed yet."}
	}
	return job.Started{Verdict: job.Accepted, ID: run}
}

func (p *pawl) Decide(_ context.Context, d job.Decision) job.Answer {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.decided = append(p.decided, d)
	return job.Answer{Counted: true, Text: "Recorded."}
}

func (p *pawl) Heard(context.Context, job.Decision) bool { return true }

func (p *pawl) Look(context.Context) (terminal.Sight, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	select {
	case p.looked <- struct{}{}:
	default:
	}
	return p.sight, nil
}

func (p *pawl) becomes(s terminal.Sight) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.sight = s
}

// seen waits until somebody has looked.
func (p *pawl) seen() {
	p.t.Helper()
	for range 3 {
		select {
		case <-p.looked:
		case <-time.After(time.Minute):
			p.t.Fatal("nobody looks")
		}
	}
}

func done() terminal.Sight {
	return terminal.Sight{Ended: true, State: board.Done, Text: "Done", Board: board.Board{
		ID: run, Title: "Fresh", State: board.Done, Only: []string{"Connect with psql."}, Last: &board.Message{Lines: []string{"Your toy is fresh."}},
		Steps: []board.Step{{Name: "Copy", State: board.StepDone, Detail: "1 GB"}, {Name: "Restore", State: board.StepDone}, {Name: "Swap", State: board.StepDone}},
	}}
}

// safe is a buffer that two goroutines may use.
type safe struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *safe) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(b)
}

func (s *safe) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

func (p *pawl) options(out *safe) console.Options {
	return console.Options{Socket: p.opt.Socket, Out: out, Err: out, Patience: time.Minute}
}

func codeOf(t *testing.T, err error) int {
	t.Helper()
	var e *console.Error
	if err == nil {
		return 0
	}
	require.ErrorAs(t, err, &e)
	return e.Exit
}

// A pipe gets a line for what has changed, once, and what only the person may read at the end.
func TestAPipeGetsWhatChanges(t *testing.T) {
	t.Parallel()
	p, out := newPawl(t), &safe{}
	p.serve()
	end := make(chan error)
	go func() { end <- console.Run(t.Context(), p.options(out), "toy") }()
	p.seen()
	p.mu.Lock()
	p.sight.Board.Steps = append([]board.Step{}, p.sight.Board.Steps...)
	p.sight.Board.Steps[1].Percent = 90
	p.mu.Unlock()
	p.seen()
	p.becomes(done())
	require.NoError(t, <-end)
	require.Equal(t, `toy-k4m7q2
*Refreshing*  toy-k4m7q2
[done] Copy · 1 GB
[running] Restore
*Fresh*  toy-k4m7q2
[done] Restore
[done] Swap

Your toy is fresh.
Connect with psql.
`, out.String())
}

// A plan is all its steps, though none of them has begun.
func TestAPipeGetsAPlan(t *testing.T) {
	t.Parallel()
	p, out := newPawl(t), &safe{}
	p.serve()
	end := make(chan error)
	go func() { end <- console.Run(t.Context(), p.options(out), "plan toy") }()
	p.seen()
	plan := done()
	plan.Board.State, plan.Board.Title, plan.Board.Last, plan.Board.Only = board.Planned, "What would happen: toy", nil, nil
	plan.Board.Steps = []board.Step{{Name: "Copy", State: board.StepToCome}, {Name: "Restore", State: board.StepToCome, Detail: "on toys"}}
	p.becomes(plan)
	require.NoError(t, <-end)
	require.Contains(t, out.String(), "*What would happen: toy*  toy-k4m7q2\n[to come] Copy\n[to come] Restore · on toys\n")
}

// What is not confirmed is sent again under the same key until it is known.
func TestItIsSentAgainWithItsKey(t *testing.T) {
	t.Parallel()
	p, out := newPawl(t), &safe{}
	p.unknown, p.dazed = 2, 2
	p.becomes(done())
	p.serve()
	require.NoError(t, console.Run(t.Context(), p.options(out), "toy"))
	require.Len(t, p.keys, 3)
	require.Equal(t, p.keys[0], p.keys[1])
	require.Equal(t, p.keys[0], p.keys[2])
	require.Equal(t, 1, strings.Count(out.String(), "Not confirmed yet."), "it is said once")
	other := &safe{}
	p.mu.Lock()
	p.unknown = 1000
	p.mu.Unlock()
	o := p.options(other)
	o.Patience, o.Key = 300*time.Millisecond, "my-own-key"
	err := console.Run(t.Context(), o, "toy")
	require.Equal(t, 1, codeOf(t, err))
	require.ErrorContains(t, err, "pawl run --key my-own-key toy")
}

// A Pawl that was restarted and does not know yet who is who turns nobody away who has sent something before: what became of
// it is not known.
func TestAPawlThatHasJustStartedDeniesNothing(t *testing.T) {
	t.Parallel()
	p := newPawl(t)
	p.asked, p.answers = make(chan struct{}), make(chan struct{})
	p.serve()
	go func() {
		<-p.asked
		p.mu.Lock()
		p.unknown, p.dazed = 1, 1000
		p.mu.Unlock()
		p.answers <- struct{}{}
	}()
	o := p.options(&safe{})
	o.Patience = 300 * time.Millisecond
	err := console.Run(t.Context(), o, "toy")
	require.Equal(t, 1, codeOf(t, err))
	require.ErrorContains(t, err, "it is not known what became of")
}

// Pawl may go away while it is followed. That is said once, and that it is back.
func TestPawlIsRestartedMeanwhile(t *testing.T) {
	t.Parallel()
	p, out := newPawl(t), &safe{}
	stop := p.serve()
	end := make(chan error)
	go func() { end <- console.Follow(t.Context(), p.options(out), strings.ToUpper(run)) }()
	p.seen()
	stop()
	require.Eventually(t, func() bool { return strings.Contains(out.String(), "Pawl went away.") }, time.Minute, 5*time.Millisecond)
	p.mu.Lock()
	p.dazed = 3 // a Pawl that has just started
	p.mu.Unlock()
	p.becomes(terminal.Sight{Ended: true, State: board.Cancelled, By: "Bob", Text: "Cancelled by Bob."})
	p.serve()
	require.Equal(t, 4, codeOf(t, <-end))
	require.Equal(t, 1, strings.Count(out.String(), "Pawl went away."))
	require.Contains(t, out.String(), "Pawl is back.\nCancelled by Bob.\n")
	require.Empty(t, p.keys, "nothing was started")
	o := p.options(&safe{})
	o.Patience = 100 * time.Millisecond
	p.becomes(terminal.Sight{Board: board.Board{ID: run, Title: "Refreshing", State: board.Running}})
	require.Equal(t, 3, codeOf(t, console.Follow(t.Context(), o, "toy-000000")))
}

// A Pawl that does not come back is given up, with what to do then.
func TestPawlStaysAway(t *testing.T) {
	t.Parallel()
	p, out := newPawl(t), &safe{}
	o := p.options(out)
	for _, do := range []func() error{
		func() error { return console.Run(t.Context(), o, "toy") },
		func() error { return console.Follow(t.Context(), o, run) },
		func() error {
			return console.Terminate(t.Context(), o, terminal.TerminateRequest{Run: run, Because: "x"}, true)
		},
	} {
		err := do()
		require.Equal(t, 1, codeOf(t, err))
		require.ErrorContains(t, err, "Pawl is not running here")
	}
	require.Nil(t, console.Offers(t.Context(), p.opt.Socket, nil))
	stop := p.serve()
	o.Patience = 200 * time.Millisecond
	end := make(chan error)
	go func() { end <- console.Follow(t.Context(), o, run) }()
	p.seen()
	stop()
	err := <-end
	require.Equal(t, 1, codeOf(t, err))
	require.ErrorContains(t, err, "pawl follow "+run)
}

// Who leaves leaves the run alone.
func TestLeaving(t *testing.T) {
	t.Parallel()
	p, out := newPawl(t), &safe{}
	p.serve()
	ctx, leave := context.WithCancel(t.Context())
	end := make(chan error)
	o := p.options(out)
	o.Flags = " --data there"
	go func() { end <- console.Run(ctx, o, "toy") }()
	p.seen()
	leave()
	require.Equal(t, 5, codeOf(t, <-end))
	require.Contains(t, out.String(), "To see it again: pawl follow toy-k4m7q2 --data there. To end it: pawl run cancel toy-k4m7q2 --data there", "as it can be typed")
	require.Empty(t, p.decided)
}

// Who leaves before Pawl has answered does not know what became of it, and Pawl has not gone away.
func TestLeavingBeforeTheAnswer(t *testing.T) {
	t.Parallel()
	p, out := newPawl(t), &safe{}
	p.asked, p.answers = make(chan struct{}, 1), make(chan struct{})
	p.serve()
	ctx, leave := context.WithCancel(t.Context())
	end := make(chan error)
	o := p.options(out)
	o.Key, o.Flags = "my-own-key", " --data there"
	go func() { end <- console.Run(ctx, o, "excuse because it's (down)") }()
	<-p.asked
	leave()
	err := <-end
	close(p.answers)
	require.Equal(t, 1, codeOf(t, err))
	require.EqualError(t, err, `it is not known what became of "excuse because it's (down)". `+"`pawl runs --data there`"+
		` shows what is going on; to ask again without doing it twice: pawl run --key my-own-key excuse because 'it'\''s' '(down)' --data there`)
	require.Empty(t, out.String())
}

// Scripts read a line of JSON for everything that happens.
func TestJSONLines(t *testing.T) {
	t.Parallel()
	p, out := newPawl(t), &safe{}
	p.sight.Board.Ask = &board.Question{Number: 2, Words: []string{"retry", "stop"}, Message: board.Message{Sentence: "I need a decision."}}
	p.sight.Mine = true
	p.serve()
	o := p.options(out)
	o.JSON = true
	end := make(chan error)
	go func() { end <- console.Run(t.Context(), o, "toy") }()
	p.seen()
	p.becomes(terminal.Sight{Ended: true, State: board.Denied, Text: "Denied."})
	require.Equal(t, 3, codeOf(t, <-end))
	var types []string
	lines := json.NewDecoder(strings.NewReader(out.String()))
	for lines.More() {
		var line map[string]any
		require.NoError(t, lines.Decode(&line))
		types = append(types, line["type"].(string))
		switch line["type"] {
		case "board":
			require.Equal(t, true, line["ask"].(map[string]any)["mine"])
			require.Len(t, line["steps"], 3)
		case "end":
			require.InEpsilon(t, 3, line["exit"], 0)
			require.Equal(t, "denied", line["state"])
		}
	}
	require.Equal(t, []string{"started", "board", "end"}, types)
	require.NoError(t, console.Run(t.Context(), o, "status"))
	require.Contains(t, out.String(), `"kind":"answer","text":"all well","exit":0`)
}
