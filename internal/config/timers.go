package config

import (
	"reflect"
	"time"

	"github.com/pawl-ops/pawl/job"
)

// EmbeddedTimers are the waits when the engine runs inside the process.
func EmbeddedTimers() job.Timers {
	return job.Timers{
		WorkflowTask: 2 * time.Second, // an eager first task dies with the process that took it: this is how long nobody else gets it
		Heartbeat:    10 * time.Second,
		BoardTick:    2 * time.Second,
		StartWithin:  2 * time.Second, // Slack wants its acknowledgement within 3 s
		AskWithin:    time.Hour,
		LaneRepeat:   3 * time.Minute,
		LaneWatch:    15 * time.Second,
		Sweep:        30 * time.Second,
		RemotePoll:   time.Second,
		StopGrace:    10 * time.Second,
		SyncRetry:    15 * time.Minute,
	}
}

// ClusterTimers are the waits with an engine of its own. Nothing tells it that a worker died except silence, so silence
// is shorter.
func ClusterTimers() job.Timers {
	t := EmbeddedTimers()
	t.Heartbeat = 4 * time.Second
	return t
}

// timers reads `timers:` over the defaults. Its keys are the names that job.Timers has in JSON.
func (r *reader) timers(v value, t *job.Timers) {
	read := *t
	r.decode(v, &read)
	for _, e := range r.entries(v) {
		f, ok := fieldsOf(reflect.TypeFor[job.Timers]())[e.key]
		if ok && reflect.ValueOf(read).Field(f.index).Int() <= 0 {
			r.at(e.value.node, "%s must be longer than nothing", e.value.name())
		}
	}
	*t = read
}
