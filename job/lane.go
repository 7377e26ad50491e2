package job

// LaneWord is what runs and lanes tell each other. A run asks (repeated, idempotent), leaves or releases; a lane grants
// or tells the place. First is the run's first execution id: a later run that happens to have the same id is another.
type LaneWord struct {
	Word     string `json:"word"` // ask, leave, release, granted, place, yield
	Lane     string `json:"lane"`
	Run      string `json:"run"`
	First    string `json:"first"`
	Who      string `json:"who,omitempty"`      // for people: whose run it is
	Capacity int    `json:"capacity,omitempty"` // with ask
	Holds    bool   `json:"holds,omitempty"`    // with ask: the run believes it holds the lane already
	// Overtakes comes with ask: the run goes before those who wait, and who holds the lane is asked to give way.
	Overtakes bool     `json:"overtakes,omitempty"`
	By        string   `json:"by,omitempty"`     // with yield: the run that takes over; Who is whose it is
	Before    []string `json:"before,omitempty"` // with place: who is before it, at most three; "" hides the rest
	Now       []string `json:"now,omitempty"`    // with place: who holds the lane
}

// The words of LaneWord.
const (
	LaneAsk     = "ask"
	LaneLeave   = "leave"
	LaneRelease = "release"
	LaneGranted = "granted"
	LanePlace   = "place"
	LaneYield   = "yield" // to a holder: clean up and give the lane back, for somebody overtakes
)

// LaneRun is a run that holds a lane or waits for it.
type LaneRun struct {
	Run   string `json:"run"`           // its id
	First string `json:"first"`         // its first execution id
	Who   string `json:"who,omitempty"` // for people: whose run it is

	Overtakes bool `json:"overtakes,omitempty"` // it went before the others
	Yields    bool `json:"yields,omitempty"`    // it was asked to give way
}

// LaneState is what a lane begins with, and what it carries into its continuation. Whoever creates a lane knows its
// name, its capacity and the timers, and nothing of the rest.
type LaneState struct {
	Name     string    `json:"name"`
	Known    bool      `json:"known,omitempty"` // the runs that may hold it have been looked up
	Capacity int       `json:"capacity"`        // how many runs may hold it at once; 0 means 1
	Holders  []LaneRun `json:"holders,omitempty"`
	Queue    []LaneRun `json:"queue,omitempty"` // in the order in which they asked
	Timers   Timers    `json:"timers"`
}
