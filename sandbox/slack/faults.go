package slack

import (
	"slices"
	"strconv"
	"sync"
	"time"
)

// The kinds of fault. Those of the first group hit calls of the Web API made by
// apps (never by people, whose page would be unusable), those of the second hit
// Socket Mode connections, those of the third single envelopes.
const (
	fault429        = "429"         // HTTP 429, Retry-After from ms (1 s)
	fault500        = "500"         // HTTP 500, no effect
	faultSlow       = "slow"        // the effect comes after ms (5000), even when the caller is gone
	faultLostAnswer = "lost_answer" // the effect happens, the connection is cut before the answer

	faultDropSocket    = "drop_socket"    // connections are cut
	faultSilentSocket  = "silent_socket"  // connections stay open: no pings, no envelopes
	faultRefreshSocket = "refresh_socket" // connections get a warning and are closed after ms (the usual 10 s)

	faultDuplicate = "duplicate_delivery" // the envelope is sent twice
	faultLostClick = "lost_click"         // the interaction never reaches the app
	faultLostAck   = "lost_ack"           // the acknowledgement is not heard
)

func faultKinds() []string {
	return []string{
		fault429, fault500, faultSlow, faultLostAnswer, faultDropSocket, faultSilentSocket, faultRefreshSocket,
		faultDuplicate, faultLostClick, faultLostAck,
	}
}

// Fault is something that is wrong with Slack until it is removed.
type Fault struct {
	ID   string `json:"id"`
	Kind string `json:"kind"`
	// Method is the method of the Web API that is hit, * or empty for all.
	Method string `json:"method,omitempty"`
	// Channel is the channel that is hit, empty for all.
	Channel string `json:"channel,omitempty"`
	// Times is how often it hits before it goes away by itself, 0 for until removed.
	Times int `json:"times"`
	// Millis is the fault's own pause in milliseconds, 0 for the usual one.
	Millis int `json:"ms,omitempty"`
	// Hits is how often it has hit so far.
	Hits int `json:"hits"`
}

func (f Fault) pause(usual time.Duration) time.Duration {
	if f.Millis > 0 {
		return time.Duration(f.Millis) * time.Millisecond
	}
	return usual
}

func (f Fault) hits(kinds []string, method, channel string) bool {
	return slices.Contains(kinds, f.Kind) &&
		(f.Method == "" || f.Method == "*" || method == "" || f.Method == method) &&
		(f.Channel == "" || f.Channel == channel)
}

// faults is everything that is wrong at the moment. The oldest matching fault is
// the one that hits.
type faults struct {
	mu      sync.Mutex
	next    int
	all     []Fault
	changed func([]Fault)
}

func newFaults(changed func([]Fault)) *faults { return &faults{changed: changed} }

func (fs *faults) list() []Fault {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	return append([]Fault{}, fs.all...)
}

func (fs *faults) set(f Fault) Fault {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	fs.next++
	f.ID, f.Hits = "fault-"+strconv.Itoa(fs.next), 0
	fs.all = append(fs.all, f)
	fs.changed(append([]Fault{}, fs.all...))
	return f
}

// clear removes the faults a function picks and says how many there were.
func (fs *faults) clear(pick func(Fault) bool) int {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	before := len(fs.all)
	fs.all = slices.DeleteFunc(fs.all, pick)
	if len(fs.all) != before {
		fs.changed(append([]Fault{}, fs.all...))
	}
	return before - len(fs.all)
}

// take lets the oldest fault of one of the kinds hit, once.
func (fs *faults) take(method, channel string, kinds ...string) (Fault, bool) {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	i := slices.IndexFunc(fs.all, func(f Fault) bool { return f.hits(kinds, method, channel) })
	if i < 0 {
		return Fault{}, false
	}
	fs.all[i].Hits++
	f := fs.all[i]
	if f.Times > 0 && f.Hits >= f.Times {
		fs.all = slices.Delete(fs.all, i, i+1)
		fs.changed(append([]Fault{}, fs.all...))
	}
	return f, true
}
