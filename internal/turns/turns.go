// Package turns lets those who want the same thing go one after the other, within one process.
package turns

import (
	"context"
	"sync"
)

// Turns are those of one kind of thing. The zero value is ready.
type Turns struct {
	mu sync.Mutex
	m  map[string]*turn
}

type turn struct {
	free chan struct{} // holds one token while nobody has the turn
	want int           // how many have it or wait for it
}

// Take waits for the turn of name until ctx ends. done gives it back.
func (t *Turns) Take(ctx context.Context, name string) (done func(), err error) {
	t.mu.Lock()
	if t.m == nil {
		t.m = map[string]*turn{}
	}
	one := t.m[name]
	if one == nil {
		one = &turn{free: make(chan struct{}, 1)}
		one.free <- struct{}{}
		t.m[name] = one
	}
	one.want++
	t.mu.Unlock()

	leave := func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		if one.want--; one.want == 0 {
			delete(t.m, name)
		}
	}
	select {
	case <-one.free:
		return func() { one.free <- struct{}{}; leave() }, nil
	case <-ctx.Done():
		leave()
		return nil, ctx.Err()
	}
}
