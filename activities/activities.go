// Package activities holds the verbs of Pawl and its looks at the world: everything a run does outside its own history.
//
// Every activity may be tried again: a worker dies, an answer gets lost. What changes the world carries the run's key
// outward, so that a second attempt finds the first. Errors fall into few classes, told apart by the type of the
// application error: transient ones have none and are retried, the types below end the attempts.
//
// A company's own activities are methods of a struct of theirs. What they need of this package is Key, Alive, Faulty,
// Refuse and NotYet; what their plans may ask of Pawl's own are the methods of Activities that observe, given to frame.See
// by name: Inspect for one. The struct itself is filled by package app.
package activities

import (
	"context"
	"crypto/rand"
	"sync"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"github.com/pawl-ops/pawl/internal/board"
	"github.com/pawl-ops/pawl/internal/jenkins"
	"github.com/pawl-ops/pawl/internal/ledger"
	"github.com/pawl-ops/pawl/internal/turns"
	"github.com/pawl-ops/pawl/job"
)

// Types of application errors. All but NotYetType end the attempts, because no retry can mend them.
const (
	RefusedType       = "Refused"       // the text is for the person who asked
	NotYetType        = "NotYet"        // not content yet: the one type that is tried again
	NoPlaceType       = "NoPlace"       // nothing can be posted anywhere
	FaultType         = "Fault"         // the text says whose fault it is; the details are a job.Fault
	ScriptRefusedType = "ScriptRefused" // the host will never accept this script: its key changed, another script owns the directory
)

// PostTimeout is how long one request to the chat may take: after it, no edit of an earlier attempt can still arrive.
const PostTimeout = 10 * time.Second

// StepPrefix begins the activity ids of steps, so that the board's keeper can tell which live tail belongs to which step.
const StepPrefix = "step/"

// RestartedNote begins the note a board carries after Pawl was restarted under it.
const RestartedNote = "Pawl was restarted at "

// HeldKey is the search attribute with the lanes a run holds.
var HeldKey = temporal.NewSearchAttributeKeyKeywordList(job.AttributeHeld)

// Poster is what the chat can do for a run.
type Poster interface {
	// Post puts a message into a place exactly once: with Again it looks for the first attempt, and after an ambiguous
	// answer it sweeps. It returns board.ErrNoPlace, *board.ThrottledError or *board.AmbiguousError.
	Post(ctx context.Context, p board.Post) (job.Posted, error)
	// Edit calls render when the budget grants the edit and writes what it gives. It returns board.ErrGone when there is nothing to edit any more.
	Edit(ctx context.Context, at job.Posted, priority board.Priority, render func() board.Message) error
	// Whisper shows a message to one person only. It does not last and may be lost.
	Whisper(ctx context.Context, place job.Place, to job.Actor, m board.Message) error
	// Sees reports whether every one of these names from `people:` can read what is said at a place.
	Sees(ctx context.Context, place job.Place, names []string) (bool, error)
	// Place finds a conversation by its name in pawl.yaml: "#ops".
	Place(channel string) (job.Place, error)
	// File shares a text as a file. After *board.AmbiguousError it may be there.
	File(ctx context.Context, place job.Place, name, title string, content []byte) error
	// Link is the address of a message.
	Link(ctx context.Context, at job.Posted) (string, error)
	// React adds an emoji to the message the place names. Adding it twice is no error.
	React(ctx context.Context, place job.Place, name string) error
}

// Remote runs scripts on hosts: see package sshrun.
type Remote interface {
	Start(ctx context.Context, s job.Script, p job.Process) (job.Progress, error)
	Watch(ctx context.Context, s job.Script, p job.Process, from job.Progress, each func(job.Progress)) (job.Progress, error)
	Stop(ctx context.Context, s job.Script, p job.Process) (job.Progress, error)
	// StopRun ends everything that a run, by its first execution id, ever started on a host, and says how much that was.
	StopRun(ctx context.Context, h job.Host, first string) (int, error)
	// Log is the last most bytes of what a script said, masked.
	Log(ctx context.Context, s job.Script, p job.Process, most int64) (string, error)
	// Permanent reports whether an error can never be mended by trying again.
	Permanent(err error) bool
}

// Ledger is what runs write down and look up.
type Ledger interface {
	Record(ctx context.Context, e ledger.Entry) (bool, error)
	Usual(ctx context.Context, job string) (ledger.Usual, error)
	Last(ctx context.Context, about, kind string, n int) ([]ledger.Entry, error)
	OpenRuns(ctx context.Context) ([]ledger.Run, error)
	// ReleasesOf are the last n versions that users of an environment got, the newest first.
	ReleasesOf(ctx context.Context, app, environment string, n int) ([]job.Release, error)
	// Lock is who keeps an environment for themselves; it is not Held when nobody does.
	Lock(ctx context.Context, app, environment string) (job.Lock, error)
}

// Activities are registered with the worker. Its fields are the world.
type Activities struct {
	Poster  Poster
	Remote  Remote
	Ledger  Ledger
	Client  client.Client
	Door    Schedules // by which schedules come in
	Hosts   map[string]job.Host
	Configs map[string]any  // decoded sections of pawl.yaml, by name
	Apps    Apps            // what runs where; nil: nothing is named
	Traffic Traffic         // who serves users
	Probe   Prober          // how instances are
	Deploys Deploys         // how environments get other versions
	Calls   Calls           // how other services are called
	Syncs   Syncs           // what is fetched and written
	Jenkins *jenkins.Server // where builds are; nil: pawl.yaml names none
	AskIn   string          // where those are asked who cannot see a run's thread: "#ops"; empty: nowhere else
	Now     func() time.Time
	// Doubted reports whether a run came out of a backup, so that what it does next may have been done since then: it is
	// looked for before it is done, as on a second attempt. nil: none did.
	Doubted func(run string) bool

	once    sync.Once
	name    string
	telling turns.Turns // of syncs, by name: one at a time tells how it stands
}

// process names this life of the program, so that a second attempt can tell whether it came after a restart.
func (a *Activities) process() string {
	a.once.Do(func() { a.name = rand.Text() })
	return a.name
}

// again reports whether what an activity is to do may have been done before.
func (a *Activities) again(ctx context.Context) bool {
	info := activity.GetInfo(ctx)
	return info.Attempt > 1 || a.Doubted != nil && a.Doubted(info.WorkflowExecution.ID)
}

// RunRef names a run to whoever must write about it.
type RunRef struct {
	ID    string    `json:"id"`
	First string    `json:"first"`
	Job   string    `json:"job"`
	Key   job.Key   `json:"key"`
	Actor job.Actor `json:"actor"`
}

// Usual is what earlier runs of a job took: medians; zero when there were none.
type Usual struct {
	Total time.Duration            `json:"total,omitempty"`
	Steps map[string]time.Duration `json:"steps,omitempty"`
}

// NotYet says that an observing activity is not content; the text says what it saw. It is asked again after a moment.
func NotYet(text string) error {
	return temporal.NewApplicationErrorWithOptions(text, NotYetType, temporal.ApplicationErrorOptions{Category: temporal.ApplicationErrorCategoryBenign})
}

// Refuse ends a run before anything happened; the text is shown to the person as it is.
func Refuse(text string) error {
	return temporal.NewNonRetryableApplicationError(text, RefusedType, nil)
}
