package job

import "time"

// Names by which schedules are known inside the engine. They are part of schedules that exist: changing one makes the
// next start of Pawl replace them.
const (
	LaunchWorkflow = "pawl.launch" // workflow type of what a schedule starts: it asks the door, starts the run and waits for it
	LaunchPrefix   = "launch/"     // its workflow id is this, the schedule's name, and the time it was started for
	SchedulePrefix = "schedule/"   // a schedule's id is this and its name
)

// LaunchInput is what a schedule's launcher begins with. What pawl.yaml says of the schedule is asked for when its time
// has come, so that it is what pawl.yaml says then.
type LaunchInput struct {
	Schedule string        `json:"schedule"`           // its name
	Within   time.Duration `json:"within"`             // how long the door may keep it waiting
	Replaces bool          `json:"replaces,omitempty"` // it is cancelled because its next time has come
	Lost     *LostTimes    `json:"lost,omitempty"`     // only tell people of these times, and start nothing
}

// Slot is one time of a schedule that came.
type Slot struct {
	Schedule string    `json:"schedule"` // its name
	At       time.Time `json:"at"`       // the time by the schedule
	Began    time.Time `json:"began"`    // when its launcher was started
}

// Key is what makes a slot the same slot, and its run the same run.
func (s Slot) Key() Key { return Key("schedule/" + s.Schedule + "/" + s.At.UTC().Format(time.RFC3339)) }

// Launch is what the door says to a slot.
type Launch struct {
	Request Request           `json:"request"`           // the run to start; not valid when Dropped says why there is none
	Dropped string            `json:"dropped,omitempty"` // why nothing is started, for the log
	There   bool              `json:"there,omitempty"`   // the run was started before, for this very slot
	Memo    map[string]string `json:"memo,omitempty"`    // the run's memo
	Summary string            `json:"summary,omitempty"` // the run in a line, for the engine's own page
	Late    time.Time         `json:"late,omitzero"`     // people are told when it has not ended by then; zero: never
	Lost    []LostTimes       `json:"lost,omitempty"`    // times before it at which nothing ran, of which nobody knows yet
}

// LostTimes are times of a schedule at which nothing ran.
type LostTimes struct {
	First time.Time `json:"first"`
	Last  time.Time `json:"last"`
	Count int       `json:"count"`
	Why   string    `json:"why"`             // LostAway or LostBusy
	Once  bool      `json:"once,omitempty"`  // one run makes up for all of them
	Again bool      `json:"again,omitempty"` // the like was told within a day: it is only written down
	Next  time.Time `json:"next,omitzero"`   // the schedule's following time, when it was found out
}

// Why times of a schedule were lost.
const (
	LostAway = "away" // Pawl was not there
	LostBusy = "busy" // the run before was still going on
)

// LostID is the workflow id of the launcher that tells people of lost times: it serves once.
func LostID(schedule string, lost LostTimes) string {
	return LaunchPrefix + schedule + "-lost-" + lost.First.UTC().Format(time.RFC3339)
}

// Launched is how a slot ended, as the engine keeps it.
type Launched struct {
	Run     string `json:"run,omitempty"`     // the run's id
	Dropped string `json:"dropped,omitempty"` // why there was none
	State   string `json:"state,omitempty"`   // how the run ended
}

// Hold is a wish to pause a schedule, or to resume it.
type Hold struct {
	Schedule string    `json:"schedule"` // as it was typed
	Paused   bool      `json:"paused"`
	By       Actor     `json:"by"`
	Because  string    `json:"because,omitempty"`
	At       time.Time `json:"at"` // when it was said: what makes it the same wish
}

// ScheduleState is how a schedule stands, for people.
type ScheduleState struct {
	Scheduled Scheduled `json:"scheduled"`
	Paused    bool      `json:"paused,omitempty"`
	By        string    `json:"by,omitempty"`      // who paused it; empty: pawl.yaml
	Because   string    `json:"because,omitempty"` // why
	Next      time.Time `json:"next,omitzero"`     // its next time, whether it is paused or not
	Going     string    `json:"going,omitempty"`   // the run that goes on, where another one would have to wait for its end
}

// RefusedError is a no for good, and the sentence for whoever asked.
type RefusedError struct{ Says string }

// Error is the sentence.
func (r *RefusedError) Error() string { return r.Says }
