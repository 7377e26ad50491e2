package looks

import (
	"context"
	"sync"
	"time"
)

// flights are questions under way. Several people who ask the same at once share one answer; whoever runs out of time
// goes without, and the question goes on for a while, so that what is learned late is not lost.
type flights[T any] struct {
	mu  sync.Mutex
	now map[string]*flight[T]
}

type flight[T any] struct {
	began time.Time
	done  chan struct{} // closed when value is there
	value T
}

// shareWithin is how old a question may be to be shared: the answer to an older one may be about what was before.
const shareWithin = time.Second

// ask returns what do gives for this key, or false when the context ended before.
func (f *flights[T]) ask(ctx context.Context, key string, do func(context.Context) T) (T, bool) {
	q := f.join(ctx, key, do)
	select {
	case <-q.done:
		return q.value, true
	case <-ctx.Done():
	}
	select {
	case <-q.done: // both at once: an answer is an answer
		return q.value, true
	default:
		var none T
		return none, false
	}
}

func (f *flights[T]) join(ctx context.Context, key string, do func(context.Context) T) *flight[T] {
	f.mu.Lock()
	defer f.mu.Unlock()
	if q := f.now[key]; q != nil && time.Since(q.began) < shareWithin {
		return q
	}
	if f.now == nil {
		f.now = map[string]*flight[T]{}
	}
	q := &flight[T]{began: time.Now(), done: make(chan struct{})}
	f.now[key] = q
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), askingWithin)
	go func() {
		defer cancel()
		q.value = do(ctx)
		f.mu.Lock()
		if f.now[key] == q {
			delete(f.now, key)
		}
		f.mu.Unlock()
		close(q.done)
	}()
	return q
}
