package ledger

import (
	"context"
	"fmt"
	"hash/fnv"
	"io"
	"math"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// Turn waits until nobody else who uses this ledger has the turn of that name, in this process or another one, and gives
// it back with done. A process that dies gives its turns back. Two names may share a turn and then wait for each other. The
// error is a *DownError.
func (l *Ledger) Turn(ctx context.Context, name string) (done func(), err error) {
	if done, err = l.store.turn(ctx, name); err != nil {
		return nil, &DownError{Doing: "waiting for a turn", Cause: err}
	}
	return done, nil
}

// turnEvery is how often a turn that somebody else has is asked for again.
const turnEvery = 5 * time.Millisecond

// turn is one byte of a file beside the ledger, locked for this opening of it alone (F_OFD_SETLK, fcntl(2)).
func (f file) turn(ctx context.Context, name string) (done func(), err error) {
	turns, err := os.OpenFile(f.path+".turns", os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	h := fnv.New64a()
	_, _ = io.WriteString(h, name)
	at := int64(h.Sum64() & math.MaxInt64 >> 1)
	tick := time.NewTicker(turnEvery)
	defer tick.Stop()
	for {
		err := unix.FcntlFlock(turns.Fd(), unix.F_OFD_SETLK, &unix.Flock_t{Type: unix.F_WRLCK, Whence: io.SeekStart, Start: at, Len: 1})
		switch err {
		case nil:
			return func() { _ = turns.Close() }, nil
		case unix.EAGAIN, unix.EACCES, unix.EINTR:
		default:
			_ = turns.Close()
			return nil, fmt.Errorf("locking %s: %w", turns.Name(), err)
		}
		select {
		case <-ctx.Done():
			_ = turns.Close()
			return nil, ctx.Err()
		case <-tick.C:
		}
	}
}
