package slackbridge

import (
	"context"
	"sync"

	"github.com/pawl-ops/pawl/job"
)

// door is a door in memory: a key starts one run, whatever is said of it meanwhile.
type door struct {
	mu        sync.Mutex
	commands  []job.Command // every call of Start
	runs      map[job.Key]string
	decisions []job.Decision // every call of Decide
	begin     func(c job.Command, call int) (job.Started, bool)
	decide    func(d job.Decision, call int) job.Answer
	hears     func(d job.Decision) bool
	hold      chan struct{} // when set, Start waits for it
}

func newDoor() *door { return &door{runs: map[job.Key]string{}} }

func (d *door) Start(ctx context.Context, c job.Command) job.Started {
	d.mu.Lock()
	hold := d.hold
	d.commands = append(d.commands, c)
	call := len(d.commands)
	d.mu.Unlock()
	if hold != nil {
		select {
		case <-hold:
		case <-ctx.Done():
			return job.Started{Verdict: job.Unknown}
		}
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.begin != nil {
		if s, ok := d.begin(c, call); ok {
			return s
		}
	}
	id, again := d.runs[c.Key]
	if !again {
		id = job.ID("toy", c.Key, job.IDLength)
		d.runs[c.Key] = id
	}
	return job.Started{Verdict: job.Accepted, ID: id, Redelivery: again}
}

func (d *door) Decide(_ context.Context, dec job.Decision) job.Answer {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.decisions = append(d.decisions, dec)
	if d.decide != nil {
		return d.decide(dec, len(d.decisions))
	}
	return job.Answer{Counted: true, Text: "Counted: " + dec.Choice + "."}
}

// Heard is what the run does with a decision; without hears it never takes it.
func (d *door) Heard(ctx context.Context, dec job.Decision) bool {
	d.mu.Lock()
	hears := d.hears
	d.mu.Unlock()
	if hears != nil && hears(dec) {
		return true
	}
	<-ctx.Done()
	return false
}

// shut makes Start wait until the channel is closed.
func (d *door) shut() chan struct{} {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.hold = make(chan struct{})
	return d.hold
}

// says makes the door answer in a way of the test's; ok false leaves it to the door.
func (d *door) says(begin func(c job.Command, call int) (s job.Started, ok bool)) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.begin = begin
}

// answers makes the door answer decisions in a way of the test's.
func (d *door) answers(decide func(dec job.Decision, call int) job.Answer) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.decide = decide
}

// started is how many runs there are, by key.
func (d *door) started() map[job.Key]string {
	d.mu.Lock()
	defer d.mu.Unlock()
	runs := map[job.Key]string{}
	for k, v := range d.runs {
		runs[k] = v
	}
	return runs
}

// asked is every command the door was given.
func (d *door) asked() []job.Command {
	d.mu.Lock()
	defer d.mu.Unlock()
	return append([]job.Command(nil), d.commands...)
}

// decided is every decision the door was given.
func (d *door) decided() []job.Decision {
	d.mu.Lock()
	defer d.mu.Unlock()
	return append([]job.Decision(nil), d.decisions...)
}
