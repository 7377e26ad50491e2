package console

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/pawl-ops/pawl/internal/terminal"
)

// arrival is an event, or the end of a stream.
type arrival struct {
	event terminal.Event
	err   error // the stream is over
}

// read gives the events of a stream until ctx ends.
func read(ctx context.Context, stream io.Reader, events chan<- arrival) {
	give := func(a arrival) {
		select {
		case events <- a:
		case <-ctx.Done():
		}
	}
	lines := bufio.NewScanner(stream)
	lines.Buffer(make([]byte, 64<<10), mostAnswer)
	for lines.Scan() && ctx.Err() == nil {
		var e terminal.Event
		if json.Unmarshal(lines.Bytes(), &e) == nil { // otherwise it is of a newer Pawl
			give(arrival{event: e})
		}
	}
	give(arrival{err: cmp.Or(lines.Err(), errors.New("the connection ended"))})
}

// follow shows a run until it has ended, over restarts of Pawl, and lets the person answer its questions. reached says that
// Pawl was there a moment ago: when it is not now, it comes back.
func (s *session) follow(ctx context.Context, run string, reached bool) error {
	defer s.view.close()
	end := time.Time{} // until when Pawl may be away; zero: it is there
	wait, began := time.Duration(0), time.Now()
	for {
		err := s.stream(ctx, run, func() {
			if !end.IsZero() {
				s.view.note("Pawl is back.")
			}
			end, wait, reached = time.Time{}, 0, true
		})
		var no *refusedError
		var gone *awayError
		var over *Error
		switch {
		case err == nil:
			return nil
		case errors.As(err, &over):
			return err
		case ctx.Err() != nil:
			return s.detached(run)
		case errors.As(err, &no) && no.passing && (!end.IsZero() || time.Since(began) < passingFor):
			if !end.IsZero() && time.Now().After(end) {
				return failing(no.Exit, "%s", no.Says)
			}
			if !pause(ctx, &wait) {
				return s.detached(run)
			}
			continue
		case errors.As(err, &no):
			return failing(no.Exit, "%s", no.Says)
		case errors.As(err, &gone) && !reached:
			return away(s.Socket, err)
		}
		if end.IsZero() {
			end = time.Now().Add(cmp.Or(s.Patience, followingFor))
			s.view.note("Pawl went away. What runs goes on without it; waiting for it to come back.")
			reached = true
		}
		if time.Now().After(end) {
			return failing(terminal.ExitFailed, "Pawl did not come back. When it is there again: %s", s.Options.typed("follow %s", run))
		}
		if !pause(ctx, &wait) {
			return s.detached(run)
		}
	}
}

// detached is the end of somebody who leaves before the run has ended.
func (s *session) detached(run string) error {
	s.view.detached(run)
	return exit(terminal.ExitDetached)
}

// stream shows the events of one connection. there is called with the first. An *Error is the end of the run with its exit
// code, nil that it succeeded; any other error means that the connection is over.
func (s *session) stream(ctx context.Context, run string, there func()) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	res, err := s.client.call(ctx, http.MethodGet, terminal.PathFollow, url.Values{"run": {run}}, nil)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	events := make(chan arrival)
	go read(ctx, res.Body, events)
	open := 0 // the number of the question this person may answer
	quiet := time.NewTimer(silence)
	defer quiet.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-quiet.C:
			return errors.New("Pawl says nothing any more") //nolint:staticcheck // a name
		case line, ok := <-s.lines.typed():
			if !ok {
				s.lines = nil // nobody types any more
				continue
			}
			s.view.typed()
			if line = strings.TrimSpace(line); line != "" {
				// As in the thread of the run: a question that it did not answer is still open.
				if !s.answer(ctx, run, open, line) && open > 0 {
					s.view.prompt()
				}
			}
		case a := <-events:
			if a.err != nil {
				return a.err
			}
			quiet.Reset(silence)
			there()
			e := a.event
			s.view.event(e)
			switch e.Type {
			case terminal.EventBoard:
				before := open
				if open = 0; e.Mine && e.Board != nil && e.Board.Ask != nil {
					open = e.Board.Ask.Number
				}
				if open > 0 && open != before && s.lines != nil {
					s.view.prompt()
				}
			case terminal.EventEnd:
				return exit(e.Exit)
			}
		}
	}
}
