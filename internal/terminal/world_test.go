package terminal_test

import (
	"context"
	"os/user"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/internal/board"
	"github.com/pawl-ops/pawl/internal/terminal"
	"github.com/pawl-ops/pawl/internal/words"
	"github.com/pawl-ops/pawl/job"
)

// house is a door with nothing real behind it but the socket and the words.
type house struct {
	t       *testing.T
	opt     terminal.Options
	me      string // the login these tests run as
	started chan job.Command

	mu         sync.Mutex
	verdict    job.Started
	answer     job.Answer
	decided    []job.Decision
	sights     []terminal.Sight // what is seen of a run, one look after the other; the last one stays
	terminated []terminal.Termination
	stranger   bool
	looks      int
}

func newHouse(t *testing.T) *house {
	t.Helper()
	me, err := user.Current()
	require.NoError(t, err)
	dir := t.TempDir()
	specs := []job.Spec{
		{Name: "toy", Help: "a toy"},
		{Name: "toy undo", Help: "the toy before"},
		{Name: "release", Help: "release it", Params: []job.Param{{Name: "to", Type: job.TypeChoice, OneOf: []string{"staging", "master"}}}},
		{Name: "close", Help: "close one", Params: []job.Param{{Name: "what", Type: job.TypeChoice, OneOf: []string{"shop", "bar"}}}},
		{Name: "stop it", Help: "for nobody", Params: []job.Param{{Name: "because", Word: "because", Type: "rest"}}},
		{Name: "excuse", Help: "with a reason", Params: []job.Param{{Name: "because", Word: "because", Type: "rest"}}},
		{Name: "status", Help: "how it is", Look: true},
		{Name: "secrets", Look: true},
		{Name: "help", Look: true, Params: []job.Param{{Name: "command", Type: "rest", Optional: true}}},
	}
	h := &house{t: t, me: me.Username, started: make(chan job.Command, 16), verdict: job.Started{Verdict: job.Accepted, ID: "toy-k4m7q2"}}
	may := func(a job.Actor, command string) (bool, []string) {
		return command != "secrets" && command != "stop it" && command != "close shop", []string{"oncall"}
	}
	h.opt = terminal.Options{
		Socket: filepath.Join(dir, terminal.SocketFile), Lives: filepath.Join(dir, "lives"), Door: h, Words: words.New(specs), Specs: specs,
		Who: func(login string) (job.Actor, string, bool) {
			h.mu.Lock()
			defer h.mu.Unlock()
			if h.stranger || login != h.me {
				return job.Actor{}, "Nobody in pawl.yaml is " + login + ".", false
			}
			return job.Actor{Kind: job.SlackUser, ID: "U0ALICE", Name: "alice", Groups: []string{"engineers"}}, "", false
		},
		Look: func(_ context.Context, c job.Command) (board.Message, bool) {
			return board.Message{Lines: []string{c.Name + " for " + c.Actor.Display()}}, true
		},
		Again: func(_ context.Context, run string) (job.Command, string, bool) {
			return job.Command{Name: "toy", Text: "toy"}, "It is still under way.", run == "toy-k4m7q2"
		},
		May: may, MayPart: func(a job.Actor, command string) bool { ok, _ := may(a, command); return ok },
		Heard: func(_ context.Context, d job.Decision) (string, bool) {
			if d.Run == "toy-111111" {
				return "That was decided already: Approved by Carol, 14:05.", true
			}
			return "Counted. I go ahead now.", false
		},
		Open: func(context.Context, job.Actor) []terminal.OpenRun {
			return []terminal.OpenRun{{ID: "toy-k4m7q2", Text: "toy"}, {ID: "release-222222", Text: "release master", Words: []string{"approve", "deny"}}}
		},
		Watch: func(_ context.Context, _ job.Actor, run string) (terminal.Watcher, string) {
			if run != "toy-k4m7q2" {
				return nil, "I know of no run `" + run + "`."
			}
			return h, ""
		},
		Terminate: func(_ context.Context, t terminal.Termination, tell func(string)) error {
			h.mu.Lock()
			defer h.mu.Unlock()
			h.terminated = append(h.terminated, t)
			tell("Stopping.")
			if t.Anyway {
				return nil
			}
			return terminal.Says("It is not known whether its scripts have stopped.")
		},
		Every: 5 * time.Millisecond, Log: zerolog.Nop(),
	}
	return h
}

func (h *house) serve() *terminal.Server {
	h.t.Helper()
	s := terminal.New(h.opt)
	require.NoError(h.t, s.Start(h.t.Context()))
	h.t.Cleanup(func() { require.NoError(h.t, s.Stop(context.Background())) })
	return s
}

func (h *house) set(change func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	change()
}

func (h *house) Start(_ context.Context, c job.Command) job.Started {
	h.started <- c
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.verdict
}

func (h *house) Decide(_ context.Context, d job.Decision) job.Answer {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.decided = append(h.decided, d)
	return h.answer
}

func (h *house) Heard(context.Context, job.Decision) bool { return true }

func (h *house) Look(context.Context) (terminal.Sight, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.looks++
	if len(h.sights) == 0 {
		return terminal.Sight{}, terminal.Says("nobody knows")
	}
	s := h.sights[0]
	if len(h.sights) > 1 {
		h.sights = h.sights[1:]
	}
	return s, nil
}

func (h *house) looked() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.looks > 1
}

// dials reports whether somebody listens.
func (h *house) dials() error {
	c, err := terminal.Dial(h.t.Context(), h.opt.Socket)
	if err == nil {
		err = c.Close()
	}
	return err
}
