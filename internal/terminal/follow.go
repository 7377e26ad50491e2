package terminal

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/pawl-ops/pawl/internal/board"
	"github.com/pawl-ops/pawl/job"
)

const (
	beatEvery  = 5 * time.Second // silence after which the other end is told that we live
	writeTakes = 10 * time.Second
	// troubleAfter is how long a run may not be seen before whoever follows it is told: a start of Pawl takes less.
	troubleAfter = 5 * time.Second
)

// stream writes events, a line each.
type stream struct {
	w    http.ResponseWriter
	run  string
	last time.Time
}

func newStream(w http.ResponseWriter, run string) *stream {
	w.Header().Set("Content-Type", "application/x-ndjson")
	w.WriteHeader(http.StatusOK)
	return &stream{w: w, run: run}
}

// send writes one event. An error means that the other end is gone.
func (s *stream) send(e Event) error {
	e.At, e.Run = time.Now().UTC(), s.run
	ctl := http.NewResponseController(s.w)
	_ = ctl.SetWriteDeadline(time.Now().Add(writeTakes)) // a terminal that was stopped (Ctrl-Z) keeps nothing of ours
	if err := json.NewEncoder(s.w).Encode(e); err != nil {
		return err
	}
	s.last = time.Now()
	return ctl.Flush()
}

// follow tells how a run goes on, until it has ended or the other end has left.
func (s *Server) follow(w http.ResponseWriter, r *http.Request, a job.Actor) {
	run := r.URL.Query().Get("run")
	if !job.LooksLikeID(run) {
		refuse(w, http.StatusBadRequest, ExitUsage, "`"+board.Cut(board.Clean(run), 60)+"` is not the id of a run. An id looks like `toy-k4m7q2`; `pawl runs` shows those of what is going on.")
		return
	}
	watcher, no := s.opt.Watch(r.Context(), a, run)
	if no != "" {
		refuse(w, http.StatusNotFound, ExitRefused, no)
		return
	}
	f := following{stream: newStream(w, run), watcher: watcher, seen: time.Now()}
	t := time.NewTicker(s.opt.Every)
	defer t.Stop()
	for {
		if over, err := f.look(r.Context()); over || err != nil {
			return
		}
		select {
		case <-r.Context().Done():
			return
		case <-t.C:
		}
	}
}

// following is one run as one person sees it.
type following struct {
	*stream
	watcher Watcher
	shown   string
	seen    time.Time // when it could last be looked at
	trouble bool      // and that it cannot was told
}

// look sends what is new, and reports whether that was the end.
func (f *following) look(ctx context.Context) (over bool, err error) {
	see, err := f.watcher.Look(ctx)
	switch {
	case err != nil && ctx.Err() != nil:
		return true, err
	case err != nil && !f.trouble && time.Since(f.seen) > troubleAfter:
		f.trouble = true
		return false, f.send(Event{Type: EventTrouble, Text: err.Error()})
	case err != nil:
		return false, f.beat()
	}
	f.seen, f.trouble = time.Now(), false
	if see.Ended {
		e := Event{Type: EventEnd, State: see.State, Text: see.Text, By: see.By, Exit: exitOf(see.State, see.By)}
		if see.Board.Title != "" {
			e.Board = &see.Board
		}
		return true, f.send(e)
	}
	said := shownOf(see)
	if said == f.shown {
		return false, f.beat()
	}
	f.shown = said
	return false, f.send(Event{Type: EventBoard, Board: &see.Board, Mine: see.Mine})
}

func (f *following) beat() error {
	if time.Since(f.last) < beatEvery {
		return nil
	}
	return f.send(Event{Type: EventBeat})
}

// shownOf is what a change of which is worth an event.
func shownOf(s Sight) string {
	said := s.Board.Message(time.Time{}).Plain()
	if s.Board.Ask != nil {
		said += s.Board.Ask.Message.Plain()
	}
	return said
}
