package ledger

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/pawl-ops/pawl/internal/board"
	"github.com/pawl-ops/pawl/job"
)

// The kinds of entries that exist once for a key. The others are made by the functions below.
const (
	KindAllowed = "allowed" // somebody may; Data is Terms
	KindRefused = "refused" // somebody may not, or it made no sense; Text is what the person was told
	KindJoined  = "joined"  // the person's earlier run was still open: Run is that one
	KindBoard   = "board"   // the board exists; Data is a job.Posted
	KindOutcome = "outcome" // the run ended; Data is Outcome
)

// The kinds of entries about a schedule or a sync, whose Job is OfSchedule or OfSync: they are found with Last. Their keys
// are those of the run, or of one time of a schedule.
const (
	KindDue       = "due"       // a time of a schedule came and its run was allowed; Data is a job.Due
	KindLost      = "lost"      // times of a schedule at which nothing ran; Data is Lost
	KindLate      = "late"      // a run has not ended in time; Data is a job.Due
	KindHeld      = "held"      // the schedule was paused, resumed, or written otherwise; Data is Held
	KindNow       = "now"       // somebody had a schedule run out of turn; Data is a job.Due
	KindSynced    = "synced"    // a sync is where people read it; Data is a job.Reconciled
	KindTrouble   = "trouble"   // a sync cannot go on; Data is Trouble
	KindBegan     = "began"     // a sync began to fetch; Data is a job.Due
	KindFailed    = "failed"    // a sync ended without; Data is an Outcome
	KindRejected  = "rejected"  // the rejected records of a sync were shared as a file, or were about to be
	KindAnnounced = "announced" // a message that people read in the channel of a sync; Data is Announcement
)

// KindRestored says that somebody let a Pawl that was restored from a backup go on; Data says which backup, and what was dropped.
const KindRestored = "restored"

// OfSchedule is the Job of entries about a schedule.
func OfSchedule(name string) string { return "schedule/" + name }

// OfSync is the Job of entries about a sync.
func OfSync(name string) string { return "sync/" + name }

// Lost is the Data of KindLost: times of a schedule at which nothing ran.
type Lost = job.LostTimes

// Why times of a schedule were lost.
const (
	LostAway = job.LostAway // Pawl was not there
	LostBusy = job.LostBusy // the run before was still going on
)

// Held is the Data of KindHeld: how a schedule stands since then.
type Held struct {
	Paused  bool   `json:"paused"`
	By      string `json:"by,omitempty"`      // for people: who did it; empty: pawl.yaml
	Because string `json:"because,omitempty"` // why, where it was said
	When    string `json:"when,omitempty"`    // its times, in canonical words, and the zone
}

// Trouble is the Data of KindTrouble.
type Trouble struct {
	Fault job.Fault `json:"fault"`
	Step  string    `json:"step,omitempty"` // of the run, in its words
	Next  time.Time `json:"next,omitzero"`  // when it is tried again by itself; zero: it is not
}

// Announcement is the Data of KindAnnounced: a message and what it says.
type Announcement struct {
	At    job.Posted `json:"at"`
	Day   time.Time  `json:"day"`            // when it was posted: its times are told as of that day
	State string     `json:"state"`          // what it says by now
	Hash  string     `json:"hash"`           // of what it says by now
	Owner job.Posted `json:"owner,omitzero"` // the message in its thread for who mends it
	Open  bool       `json:"open,omitempty"` // that message says that there is trouble
}

// KindRefusedToo says that one more actor may not do what somebody was refused before under the same key.
func KindRefusedToo(a job.Actor) string {
	return "refused/" + keyHash(job.Key(string(a.Kind)+" "+a.ID))
}

// KindTerminated says that an operator ends the run by force, or tries to; Text is why. Each try is an entry: a run that could
// not be ended once may be ended by somebody else, and for another reason.
func KindTerminated(at time.Time) string { return terminated + at.UTC().Format(timeFormat) }

// Terminates reports whether a kind is a KindTerminated.
func Terminates(kind string) bool { return strings.HasPrefix(kind, terminated) }

const terminated = "terminated/"

// KindNotStarted says that the attempt'th start of an allowed command definitely did not happen: the run does not count
// as open until KindStarted says otherwise.
func KindNotStarted(attempt int) string { return fmt.Sprintf("not started/%d", attempt) }

// KindStarted says that an attempt after a KindNotStarted did start the run.
func KindStarted(attempt int) string { return fmt.Sprintf("started/%d", attempt) }

// KindID says that the id in the entry replaces a shorter one, which another key owns.
func KindID(length int) string { return fmt.Sprintf("id/%d", length) }

// KindWaiting says that the run began its n'th wait; Data is Waiting.
func KindWaiting(n int) string { return fmt.Sprintf("waiting/%d", n) }

// KindWorking says that the n'th wait is over. When there was no n'th wait it ends every wait before it.
func KindWorking(n int) string { return fmt.Sprintf("working/%d", n) }

// KindQuestion says where the n'th question stands; Data is a job.Posted.
func KindQuestion(n int) string { return fmt.Sprintf("question/%d", n) }

// KindFile says that the log that belongs to the n'th question was shared, or was about to be.
func KindFile(n int) string { return fmt.Sprintf("file/%d", n) }

// KindHeard says that the run has taken a decision; Text is what it said to that, Data is Heard.
func KindHeard(key job.Key) string { return "heard/" + keyHash(key) }

// KindDecision says that an actor answered an ask, before the run was told; Text is the choice.
func KindDecision(ask int, key job.Key) string {
	return fmt.Sprintf("decision/%d/%s", ask, keyHash(key))
}

// KindCounted says that the answer reached the run; Text is the choice.
func KindCounted(ask int, key job.Key) string { return fmt.Sprintf("counted/%d/%s", ask, keyHash(key)) }

// KindDecisionRefused says that an actor tried to answer and may not; Text is the choice.
func KindDecisionRefused(ask int, key job.Key) string {
	return fmt.Sprintf("decision refused/%d/%s", ask, keyHash(key))
}

func keyHash(key job.Key) string {
	sum := sha256.Sum256([]byte(key))
	return hex.EncodeToString(sum[:12])
}

// Heard is the Data of KindHeard.
type Heard struct {
	Moot bool `json:"moot,omitempty"` // the decision changed nothing
}

// Entry is one thing that happened. Key and Kind are needed; an entry with the same two exists at most once.
type Entry struct {
	At        time.Time // zero: now
	Key       job.Key   // what it is about: the key of the request
	Kind      string    //
	Run       string    // the run's id, empty when there is none
	Execution string    // the engine's id of the run's first execution, empty when not known yet
	Job       string    // the Spec's name
	Actor     job.Actor // who did it
	Place     job.Place // where
	Rule      string    // the line of pawl.yaml that decided
	Text      string    // what was typed, chosen or said
	Data      any       // encoded as JSON; read back as json.RawMessage
}

// Terms is the Data of KindAllowed: by what the run was allowed, and who may answer its questions.
type Terms struct {
	Policy  string            `json:"policy"`           // hash of the rules
	Asks    job.AskRules      `json:"asks"`             //
	Approve job.Approval      `json:"approve,omitzero"` // whose agreement it needed
	Args    map[string]string `json:"args,omitempty"`   // of the command, by the names of its parameters
	Plan    bool              `json:"plan,omitempty"`   // it was only to say what it would do
}

// What a run can wait for.
const (
	ForTurn   = "turn"
	ForPerson = "person"
)

// Waiting is the Data of a wait.
type Waiting struct {
	For  string   `json:"for"`            // ForTurn or ForPerson
	Who  []string `json:"who,omitempty"`  // names people know: who is before it, who may answer
	Text string   `json:"text,omitempty"` // a phrase for people
	Ask  int      `json:"ask,omitempty"`  // the number of the question, for ForPerson
	// Words are those that answer the question: any other one is no answer to it.
	Words []string `json:"words,omitempty"`
	By    []string `json:"by,omitempty"` // names from `people:` of those who must agree; empty: the question is for who asked
	// Until is when it is closed unanswered; zero: it is not, or nobody wrote that down.
	Until time.Time `json:"until,omitzero"`
	// Says and Buttons are what the question says and offers, so that it can be shown in another place as it stands in its
	// own. A question of an earlier Pawl has none.
	Says    []string       `json:"says,omitempty"`
	Buttons []board.Button `json:"buttons,omitempty"`

	At job.Posted `json:"-"` // where the question stands, once it is read back; zero: nowhere yet, or not known
}

// Outcome is the Data of KindOutcome.
type Outcome struct {
	State board.State              `json:"state"`
	Text  string                   `json:"text,omitempty"` // one sentence for people
	Took  time.Duration            `json:"took"`
	Steps map[string]time.Duration `json:"steps,omitempty"` // how long each finished step took, by its name
	By    string                   `json:"by,omitempty"`    // who stopped it, for people; empty: nobody did
}

// row is an entry as it is stored.
type row struct {
	at, key, kind, run, execution, job, actor, place, channel, thread, rule, text, data string
}

// timeFormat is RFC 3339 in UTC with six decimals always, so that it sorts as text.
const timeFormat = "2006-01-02T15:04:05.000000Z"

func (e Entry) row() (row, error) {
	switch {
	case e.Key == "":
		return row{}, errors.New("an entry needs a key")
	case e.Kind == "":
		return row{}, errors.New("an entry needs a kind")
	case e.Job == "" && e.Kind == KindOutcome:
		return row{}, errors.New("an outcome needs a job: later runs are compared with it")
	}
	if e.Key != job.Key(storable(string(e.Key))) || e.Kind != storable(e.Kind) {
		return row{}, errors.New("the key and the kind of an entry are UTF-8 without a zero byte")
	}
	if e.At.IsZero() {
		e.At = time.Now()
	}
	actor, err := json.Marshal(e.Actor)
	if err != nil {
		return row{}, fmt.Errorf("encoding the actor: %w", err)
	}
	place, err := json.Marshal(e.Place)
	if err != nil {
		return row{}, fmt.Errorf("encoding the place: %w", err)
	}
	data, err := json.Marshal(e.Data)
	if err != nil {
		return row{}, fmt.Errorf("encoding the data of %q: %w", e.Kind, err)
	}
	channel, thread := e.thread()
	return row{
		at: e.At.UTC().Format(timeFormat), key: string(e.Key), kind: e.Kind, run: storable(e.Run), execution: storable(e.Execution),
		job: storable(e.Job), actor: storable(string(actor)), place: storable(string(place)), channel: storable(channel), thread: storable(thread),
		rule: storable(e.Rule), text: storable(e.Text), data: storable(string(data)),
	}, nil
}

// storable leaves out of a text what a database cannot hold as text.
func storable(s string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(s, ""), "\x00", "")
}

// thread is where replies to the entry arrive: the thread it was typed in, the one that hangs under the message, or
// the one under the board when the board stands alone.
func (e Entry) thread() (channel, thread string) {
	if p, ok := e.Data.(job.Posted); ok && e.Place.Thread == "" && !p.Zero() {
		return p.Channel, p.TS
	}
	if e.Place.Thread != "" {
		return e.Place.Channel, e.Place.Thread
	}
	return e.Place.Channel, e.Place.Message
}

func (r row) entry() (Entry, error) {
	e := Entry{
		Key: job.Key(r.key), Kind: r.kind, Run: r.run, Execution: r.execution, Job: r.job, Rule: r.rule, Text: r.text,
		Data: json.RawMessage(r.data),
	}
	var err error
	if e.At, err = time.Parse(timeFormat, r.at); err != nil {
		return Entry{}, fmt.Errorf("reading the time of %q of %q: %w", r.kind, r.key, err)
	}
	if err := json.Unmarshal([]byte(r.actor), &e.Actor); err != nil {
		return Entry{}, fmt.Errorf("reading the actor of %q of %q: %w", r.kind, r.key, err)
	}
	if err := json.Unmarshal([]byte(r.place), &e.Place); err != nil {
		return Entry{}, fmt.Errorf("reading the place of %q of %q: %w", r.kind, r.key, err)
	}
	return e, nil
}

// Decode reads the Data of an entry that came out of the ledger.
func (e Entry) Decode(into any) error {
	raw, ok := e.Data.(json.RawMessage)
	if !ok {
		return fmt.Errorf("reading the data of %q: it did not come from a ledger", e.Kind)
	}
	if err := json.Unmarshal(raw, into); err != nil {
		return fmt.Errorf("reading the data of %q of %q: %w", e.Kind, e.Key, err)
	}
	return nil
}
