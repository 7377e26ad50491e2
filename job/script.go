package job

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"sort"
	"strings"
	"time"
)

// Host is a remote machine as a plan pins it.
type Host struct {
	Name    string `json:"name"`    // as pawl.yaml and people call it
	Address string `json:"address"` // [user@]host[:port]
}

// Script is a program for a remote host, pinned by value: a later edit of pawl.yaml or of the shipped scripts never
// changes a run under way. Body is a POSIX shell script; Args reach it as environment variables through standard
// input, never as part of a command line.
type Script struct {
	Name   string            `json:"name"` // short, for logs and directories: "snapshot"
	Host   Host              `json:"host"`
	Body   string            `json:"body"`
	Args   map[string]string `json:"args,omitempty"`
	Target string            `json:"target,omitempty"` // what must not be touched twice at once: hosts fence by it
}

// Sum identifies what the script would do: its body, arguments and host. A directory claimed for another Sum is never
// attached to.
func (s Script) Sum() string {
	h := sha256.New()
	fmt.Fprintf(h, "%s\x00%s\x00%s\x00", s.Host.Address, s.Target, s.Body)
	names := make([]string, 0, len(s.Args))
	for n := range s.Args {
		names = append(names, n)
	}
	sort.Strings(names)
	for _, n := range names {
		fmt.Fprintf(h, "%s=%s\x00", n, s.Args[n])
	}
	return hex.EncodeToString(h.Sum(nil))
}

// Process names one execution of a script: the run's first execution id, the step's ordinal, and the number of the ask
// that led to it. Retries of an activity keep it; only a person's Retry changes it.
type Process struct {
	Run   string `json:"run"`           // first execution run id: the same for the whole chain of a run
	ID    string `json:"id"`            // the run's short id, for people who look at the host
	Step  int    `json:"step"`          // 1-based ordinal of the step in the run
	Ask   int    `json:"ask"`           // 0, then the number of the ask answered with Retry
	Try   int    `json:"try,omitempty"` // raised when the try before it provably never started
	Label string `json:"label"`         // the script's name, for logs
}

// Dir is the name of the process's directory on its host.
func (p Process) Dir() string {
	if p.Try > 0 {
		return fmt.Sprintf("%s.%d.%d.%d", p.Run, p.Step, p.Ask, p.Try)
	}
	return fmt.Sprintf("%s.%d.%d", p.Run, p.Step, p.Ask)
}

// State says what is known of a remote process.
type State string

// The states of a remote process. Lost means that it was running and is gone without an exit code (the host was
// rebooted, somebody killed it): its outcome is unknown and only a person decides. Never means provably not started.
const (
	Running State = "running"
	Exited  State = "exited"
	Lost    State = "lost"
	Never   State = "never"
	Busy    State = "busy" // another run's process holds the target
	Stopped State = "stopped"
)

// Progress is what a script has told through lines that begin with "pawl:", and where its log stands.
type Progress struct {
	State   State             `json:"state,omitempty"`
	Percent int               `json:"percent,omitempty"` // 0-100; 0 also when unknown
	Note    string            `json:"note,omitempty"`    // "table orders, 1.2 of 1.9 million rows"
	Result  map[string]string `json:"result,omitempty"`  // pawl: result size=1.6GB
	Done    string            `json:"done,omitempty"`    // pawl: done 1.5 GB in 41 s
	Problem string            `json:"problem,omitempty"` // pawl: problem <sentence for people>
	Refused bool              `json:"refused,omitempty"` // pawl: refuse <sentence>: trying again is pointless, nothing was done
	Offset  int64             `json:"offset"`            // bytes of the log read so far
	Lines   int64             `json:"lines,omitempty"`   // lines of log so far
	Tail    []string          `json:"tail,omitempty"`    // last lines, already masked
	Exit    int               `json:"exit"`              // valid when State is Exited
	Holder  string            `json:"holder,omitempty"`  // when State is Busy: the other run's id
	Parts   []Part            `json:"parts,omitempty"`   // of what has several: the stages of a build
}

// Part is one part of a step: a host it runs on, a stage of a build.
type Part struct {
	Name    string        `json:"name"`
	State   PartState     `json:"state"`
	Detail  string        `json:"detail,omitempty"`
	Percent int           `json:"percent,omitempty"`
	Took    time.Duration `json:"took,omitempty"`
	Act     int           `json:"act,omitempty"` // ordinal of the process behind it, where it has one of its own
}

// PartState is the state of a part, in the words of the board's steps.
type PartState string

// The states of a part.
const (
	PartToCome    PartState = "to come"
	PartRunning   PartState = "running"
	PartAsking    PartState = "asking"
	PartDone      PartState = "done"
	PartFailed    PartState = "failed"
	PartNotDone   PartState = "not done"
	PartCancelled PartState = "cancelled"
)

// Merge takes a line a script wrote and updates the progress when it speaks to the board. It reports whether it did.
// The protocol: "pawl: 62% table orders", "pawl: result size=1.6GB", "pawl: done text", "pawl: note text",
// "pawl: problem sentence" before a failure a person may mend, and "pawl: refuse sentence" before one nobody can.
func (p *Progress) Merge(line string) bool {
	rest, ok := strings.CutPrefix(line, "pawl:")
	if !ok {
		return false
	}
	rest = strings.TrimSpace(rest)
	word, text, _ := strings.Cut(rest, " ")
	text = strings.TrimSpace(text)
	switch {
	case strings.HasSuffix(word, "%"):
		var n int
		if _, err := fmt.Sscanf(word, "%d%%", &n); err != nil || n < 0 || n > 100 {
			return false
		}
		p.Percent, p.Note = n, text
	case word == "result":
		name, value, found := strings.Cut(text, "=")
		if !found || name == "" {
			return false
		}
		if p.Result == nil {
			p.Result = map[string]string{}
		}
		p.Result[strings.TrimSpace(name)] = strings.TrimSpace(value)
	case word == "done":
		p.Done = text
	case word == "problem":
		p.Problem = text
	case word == "refuse":
		p.Problem, p.Refused = text, true
	case word == "note":
		p.Note = text
	default:
		return false
	}
	return true
}
