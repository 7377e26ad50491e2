package slackbridge

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/pawl-ops/pawl/internal/board"
	"github.com/pawl-ops/pawl/job"
)

// Edit replaces a message by what render gives when the budget grants the edit, so that what waited is never stale. Two
// edits of one message are at least EditGap apart, unless the second is Final. An edit that still waits when a Final one
// of the same message comes is dropped: the newer word stands. What Slack already shows is not sent again.
// A message that is gone gives board.ErrGone. Edits are idempotent: after *board.AmbiguousError simply edit again.
func (p *Poster) Edit(ctx context.Context, at job.Posted, pr board.Priority, render func() board.Message) error {
	return p.edit(ctx, at, pr, "", render)
}

// edit is Edit with the only person the buttons are meant for.
func (p *Poster) edit(ctx context.Context, at job.Posted, pr board.Priority, to string, message func() board.Message) error {
	const method = "chat.update"
	b := p.boards.at(at)
	mine := b.begin(pr)
	if pr != board.Final {
		if err := b.pause(ctx, p.opt.EditGap); err != nil {
			return err
		}
	}
	for {
		if err := p.budget.take(ctx, method, "", pr); err != nil {
			return fmt.Errorf("editing a message: %w", err)
		}
		err := p.update(ctx, b, mine, at, pr, to, message)
		if p.wait(method, "", err) || errors.Is(err, errUnfit) {
			continue
		}
		if err != nil {
			return fmt.Errorf("editing a message: %w", err)
		}
		return nil
	}
}

// update makes one call, alone among the edits of its message.
func (p *Poster) update(ctx context.Context, b *shown, mine uint64, at job.Posted, pr board.Priority, to string, message func() board.Message) error {
	if err := b.lock(ctx); err != nil {
		return err
	}
	defer b.unlock()
	if b.overtaken(mine, pr) {
		return nil
	}
	m := p.named(message())
	r := render(m, to)
	if b.plain() {
		r = renderPlain(m)
	}
	sum := r.sum()
	if pr != board.Final && sum == b.sum {
		return nil
	}
	_, _, _, err := p.api.UpdateMessageContext(ctx, at.Channel, at.TS, r.options()...)
	b.last, b.sum = time.Now(), ""
	err = calling("chat.update", err)
	switch {
	case err == nil:
		b.sum = sum
	case errors.Is(err, errUnfit) && b.plain():
		// Even plain text is refused: say so, instead of asking for ever.
		return &CallError{Method: "chat.update", Code: "msg_too_long", Cause: err}
	case errors.Is(err, errUnfit):
		p.opt.Log.Warn().Str("run", m.ID).Err(err).Msg("blocks refused, said in plain text from now on")
		b.stickToPlain()
	}
	return err
}

// sum tells whether two renderings show the same.
func (r rendered) sum() string {
	blocks, err := json.Marshal(r.blocks)
	if err != nil {
		return ""
	}
	h := sha256.Sum256(append(blocks, r.text...))
	return string(h[:])
}

// boards remembers the messages edited lately.
type boards struct {
	mu    sync.Mutex
	known map[job.Posted]*shown
}

// maxBoards is how many messages are remembered. Forgetting one costs at most one refused call.
const maxBoards = 4096

func newBoards() *boards { return &boards{known: map[job.Posted]*shown{}} }

func (bs *boards) at(p job.Posted) *shown {
	bs.mu.Lock()
	defer bs.mu.Unlock()
	b := bs.known[p]
	if b == nil {
		if len(bs.known) >= maxBoards {
			for old := range bs.known { // any one: the map is in no order
				delete(bs.known, old)
				break
			}
		}
		b = &shown{busy: make(chan struct{}, 1)}
		bs.known[p] = b
	}
	return b
}

// shown is one message as we last left it.
type shown struct {
	busy chan struct{} // held while an edit is on the wire; guards last and sum
	last time.Time
	sum  string

	mu     sync.Mutex
	finals uint64 // how many final edits were begun
	simple bool   // blocks were refused once
}

// begin takes a number: an edit with an older one than the latest final is overtaken.
func (s *shown) begin(pr board.Priority) uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	if pr == board.Final {
		s.finals++
	}
	return s.finals
}

func (s *shown) overtaken(mine uint64, pr board.Priority) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return pr != board.Final && mine < s.finals
}

// pause waits until gap has passed since the last edit.
func (s *shown) pause(ctx context.Context, gap time.Duration) error {
	for {
		if err := s.lock(ctx); err != nil {
			return err
		}
		left := time.Until(s.last.Add(gap))
		s.unlock()
		if left <= 0 {
			return nil
		}
		t := time.NewTimer(left)
		select {
		case <-t.C:
		case <-ctx.Done():
			t.Stop()
			return context.Cause(ctx)
		}
	}
}

func (s *shown) lock(ctx context.Context) error {
	select {
	case s.busy <- struct{}{}:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (s *shown) unlock() { <-s.busy }

func (s *shown) plain() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.simple
}

func (s *shown) stickToPlain() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.simple = true
}
