package app

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rs/zerolog"

	"github.com/pawl-ops/pawl/internal/backup"
	"github.com/pawl-ops/pawl/internal/config"
	"github.com/pawl-ops/pawl/internal/engine"
	"github.com/pawl-ops/pawl/internal/ledger"
	"github.com/pawl-ops/pawl/internal/sshrun"
	"github.com/pawl-ops/pawl/starter"
	"github.com/pawl-ops/pawl/workflows/frame"
)

// house is what the roles of one process share.
type house struct {
	opt     Options
	jobs    []frame.Definition
	log     zerolog.Logger
	cfg     *config.Config
	brought map[string]any // activities that jobs bring themselves, by name
	ledger  *ledger.Ledger
	remote  *sshrun.Runner
	door    *starter.Starter
	began   time.Time
	fatal   chan error

	pause  atomic.Pointer[backup.Pause]    // it came out of a backup and nothing may go on yet; nil: it may
	doubts atomic.Pointer[map[string]bool] // the runs that came out of a backup
	engine atomic.Pointer[engine.Engine]   // where runs live, once it was reached; it may be away at times

	life  context.Context // of everything that is done beside: ends when Stop begins
	leave context.CancelFunc
	tasks sync.WaitGroup
}

func newHouse(o Options, jobs []frame.Definition) *house {
	h := &house{opt: o, jobs: jobs, log: o.Log, fatal: make(chan error, 8), began: time.Now()}
	h.life, h.leave = context.WithCancel(context.Background())
	return h
}

// beside does something for as long as the process lives.
func (h *house) beside(do func(ctx context.Context)) {
	h.tasks.Go(func() { do(h.life) })
}

func (h *house) fail(err error) {
	select {
	case h.fatal <- err:
	default:
	}
}

func (h *house) file(name string) string { return filepath.Join(h.opt.Data, name) }

// lives is where the processes of this data directory say that they are alive.
func (h *house) lives() string { return engine.LivesDir(h.opt.Data) }

// working reports what keeps the engine from taking runs.
func (h *house) working(ctx context.Context) error {
	e := h.engine.Load()
	if e == nil {
		return errors.New("engine: not connected yet")
	}
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	if err := e.Healthy(ctx); err != nil {
		return fmt.Errorf("engine: %w", err)
	}
	return nil
}

// close ends what the roles shared, when they have ended.
func (h *house) close() error {
	if h.remote != nil {
		h.remote.Close()
	}
	if h.ledger != nil {
		return h.ledger.Close()
	}
	return nil
}
