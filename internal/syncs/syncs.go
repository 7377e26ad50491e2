// Package syncs says how the data that Pawl fetches stands: from what the ledger knows to what people read.
//
// A Standing adds up the entries about one sync: what people read now, what keeps it from being newer, when it is fetched
// next (stand.go). Whoever uses the data reads Message (message.go), in the sync's channel: may I use the numbers? Who
// mends it reads Owner (owner.go), in the thread under it. Both are functions of the standing alone, so that they can be
// written again by whoever comes later, after a crash too.
package syncs

import (
	"time"

	"github.com/pawl-ops/pawl/internal/ledger"
	"github.com/pawl-ops/pawl/job"
)

// State is how a sync stands, for people who use its data.
type State string

// The states, from good to bad.
const (
	Fine   State = "fine"   // what people read is what was fetched last
	Late   State = "late"   // it should be newer by now, and still may come
	Broken State = "broken" // it could not be fetched
)

// Worse reports whether people must be told that it was better before.
func (s State) Worse(before State) bool { return s.rank() > before.rank() }

func (s State) rank() int {
	switch s {
	case Broken:
		return 2
	case Late:
		return 1
	default:
		return 0
	}
}

// Standing is how one sync stands.
type Standing struct {
	Sync     job.Sync
	Schedule job.Scheduled // zero: it is fetched only when somebody says so
	Zone     *time.Location

	State   State
	Good    *Good        // what people read now; nil: Pawl never wrote it
	Done    []time.Time  // when it was written before Good on the same day, the newest first; at most maxDone
	Trouble *Trouble     // what keeps it from being newer; nil: nothing
	Mended  *Trouble     // what kept Good from being written earlier on its day; nil: nothing
	Due     time.Time    // with Late: which time should be done by now
	Lost    *ledger.Lost // times at which nothing ran, after Good; nil: none
	Paused  *ledger.Held // its times are held; nil: they are not
	Began   time.Time    // it is being fetched since then; zero: it is not
	Next    time.Time    // when it is fetched next by itself; zero: it is not
}

// Good is one time that a sync was written.
type Good struct {
	At  time.Time // when people could read it
	Run string    // the id of its run
	Who job.Actor // who asked for that run
	job.Reconciled
}

// Trouble is what keeps a sync from being written.
type Trouble struct {
	ledger.Trouble
	First time.Time // when it began
	Last  time.Time // when it was met last
	Tries int       // how often it was met
	Run   string    // the id of the run that met it last
}
