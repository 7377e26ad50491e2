package job

import "time"

// Names a run is known by inside the engine. They are part of open runs: changing one orphans them.
const (
	QueueRuns       = "pawl"         // task queue of runs, lanes and their activities
	QueueBoards     = "pawl-board"   // task queue of the activities that keep boards
	SignalDecide    = "pawl.decide"  // a Decision, a cancel included
	SignalLane      = "pawl.lane"    // a LaneWord: from a lane to a run, and back
	QueryBoard      = "pawl.board"   // the board as it stands
	LaneWorkflow    = "pawl.lane"    // workflow type of lanes
	RunbookWorkflow = "pawl.runbook" // workflow type of every runbook
	LanePrefix      = "lane/"        // a lane's workflow id is this and its name
	MemoKey         = "key"          // memo field with the whole Key
	MemoCommand     = "command"      // memo field with what was typed
)

// Search attributes, by which the engine finds runs in its lists. They are few, because each change of one costs a write.
const (
	AttributeJob       = "PawlJob"       // keyword: the name of the job
	AttributeRequester = "PawlRequester" // keyword: the actor who asked for the run
	AttributeHeld      = "PawlHeld"      // keyword list: the lanes it holds
)

// Request is what a run is started with: the command, and why it was allowed.
type Request struct {
	ID      string   `json:"id"`
	Command Command  `json:"command"`
	Rule    string   `json:"rule"`              // the line of pawl.yaml that decided, for the audit
	Policy  string   `json:"policy"`            // hash of the rules it was decided by
	Timers  Timers   `json:"timers"`            // as they were when the run started
	Approve Approval `json:"approve,omitzero"`  // whose agreement it needs; zero: nobody's
	Asks    AskRules `json:"asks,omitempty"`    // who may answer its questions besides the person who asked
	Due     Due      `json:"due,omitzero"`      // which time of which schedule it was started for; zero: nobody's
	Runbook *Runbook `json:"runbook,omitempty"` // what it does, where pawl.yaml says it; nil: a Go file does
}

// Workflow is the type of workflow that carries out the request: all runbooks share one, whatever becomes of their names.
func (r Request) Workflow() string {
	if r.Runbook != nil {
		return RunbookWorkflow
	}
	return r.Command.Name
}

// Due is one time of a schedule.
type Due struct {
	Schedule string    `json:"schedule"`       // its name
	At       time.Time `json:"at"`             // the time by the schedule, not by the clock that started it
	Next     time.Time `json:"next,omitzero"`  // its following time; zero: there is none, or it is held
	Zone     string    `json:"zone,omitempty"` // its time zone, by its name in the tz database
	By       string    `json:"by,omitempty"`   // for people: who had it run out of turn; empty: its time came
}

// Zero reports whether no schedule is behind it.
func (d Due) Zero() bool { return d.Schedule == "" }

// AskRules say who may answer a run's questions.
type AskRules struct {
	Groups []string `json:"groups,omitempty"` // names from `people:`; empty: only the person who asked, and the groups below
}

// Approval says who must agree before a run begins, besides the person who asked for it.
type Approval struct {
	By     []string      `json:"by,omitempty"`     // names from `people:`
	Within time.Duration `json:"within,omitempty"` // how long they may take; 0: as long as any question
	People int           `json:"people,omitempty"` // how many different people; 0 means 1
	Rule   string        `json:"rule,omitempty"`   // the line of pawl.yaml: "approve line 31"
}

// Needed reports whether anybody has to agree.
func (a Approval) Needed() bool { return len(a.By) > 0 }

// Count is how many different people have to agree.
func (a Approval) Count() int { return max(a.People, 1) }

// Timers is the table of the waits that tests shorten. Every one has a default in internal/config; `help` is what the
// configuration reference says about it.
type Timers struct {
	WorkflowTask time.Duration `json:"workflow_task" help:"how long a worker may think about one step"`
	Heartbeat    time.Duration `json:"heartbeat" help:"silence after which a worker counts as dead"`
	BoardTick    time.Duration `json:"board_tick" help:"how often a message under way is brought up to date"`
	StartWithin  time.Duration `json:"start_within" help:"how long starting a run may take; Slack waits 3 seconds"`
	AskWithin    time.Duration `json:"ask_within" help:"how long a question stays open"`
	LaneRepeat   time.Duration `json:"lane_repeat" help:"how often a waiting run asks for its turn"`
	LaneWatch    time.Duration `json:"lane_watch" help:"how often the run that others wait for is looked after"`
	Sweep        time.Duration `json:"sweep" help:"how often runs are looked for that cannot speak for themselves"`
	RemotePoll   time.Duration `json:"remote_poll" help:"how often a running script is looked at"`
	StopGrace    time.Duration `json:"stop_grace" help:"how long a script that was asked to end has before it is killed"`
	SyncRetry    time.Duration `json:"sync_retry" help:"how long a third party that does not answer is left alone before a scheduled sync asks it again"`
}
