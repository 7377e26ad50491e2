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

// turnEvery is how often a turn that somebody else has is asked for again.
const turnEvery = 5 * time.Millisecond

// Turn waits until nobody else who uses this ledger has the turn of that name, in this process or another one on this
// machine, and gives it back with done. A process that dies gives its turns back. It is one byte of a file beside the
// ledger, locked for this opening of it alone (F_OFD_SETLK, fcntl(2)); two names may share a byte and then wait for each
// other. The error is a *DownError.
func (l *Ledger) Turn(ctx context.Context, name string) (done func(), err error) {
	down := func(err error) error { return &DownError{Doing: "waiting for a turn", Cause: err} }
	f, err := os.OpenFile(l.path+".turns", os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, down(err)
	}
	h := fnv.New64a()
	_, _ = io.WriteString(h, name)
	at := int64(h.Sum64() & math.MaxInt64 >> 1)
	tick := time.NewTicker(turnEvery)
	defer tick.Stop()
	for {
		err := unix.FcntlFlock(f.Fd(), unix.F_OFD_SETLK, &unix.Flock_t{Type: unix.F_WRLCK, Whence: io.SeekStart, Start: at, Len: 1})
		switch err {
		case nil:
			return func() { _ = f.Close() }, nil
		case unix.EAGAIN, unix.EACCES, unix.EINTR:
		default:
			_ = f.Close()
			return nil, down(fmt.Errorf("locking %s: %w", f.Name(), err))
		}
		select {
		case <-ctx.Done():
			_ = f.Close()
			return nil, down(ctx.Err())
		case <-tick.C:
		}
	}
}
