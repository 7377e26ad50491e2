package slackbridge

import (
	"sync"

	"github.com/pawl-ops/pawl/job"
	"github.com/slack-go/slack"
)

// When the message a thread hung under was deleted, Slack posts into the open what is meant for the thread. The first
// message of a run that lands there becomes its home: whatever the run says afterwards hangs under it, so that one
// deleted message does not spill a run into the channel. Slack itself keeps record of it: the home is our oldest message
// in the open that carries the run's id, and is found again by that.

// homes remembers where the runs of deleted threads live now.
type homes struct {
	mu    sync.Mutex
	known map[lostThread]string
}

// lostThread is a thread that is gone, as a run knows it.
type lostThread struct{ channel, thread, run string }

const maxHomes = 1024

func newHomes() *homes { return &homes{known: map[lostThread]string{}} }

// of gives the thread a run posts into. What belongs to no run goes to the run that moved last.
func (h *homes) of(at job.Place, run string) string {
	h.mu.Lock()
	defer h.mu.Unlock()
	if home, ok := h.known[lostThread{at.Channel, at.Thread, run}]; ok && at.Thread != "" {
		return home
	}
	return at.Thread
}

// moved notes that a thread is gone and that what a run has to say in it hangs under home from now on.
func (h *homes) moved(at job.Place, run, home string) {
	if at.Thread == "" || at.Thread == home || run == "" {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.known) >= maxHomes {
		clear(h.known)
	}
	h.known[lostThread{at.Channel, at.Thread, run}] = home
	h.known[lostThread{at.Channel, at.Thread, ""}] = home
}

// homeOf picks the home of a run out of messages in the open; empty when there is none.
func homeOf(run string, me *self, messages []slack.Message) string {
	home := ""
	for _, m := range messages {
		ours := m.Metadata.EventType == eventType && m.Metadata.EventPayload["run"] == run && me.wrote(m)
		inTheOpen := m.ThreadTimestamp == "" || m.ThreadTimestamp == m.Timestamp
		if ours && inTheOpen && (home == "" || timeOf(m.Timestamp).Before(timeOf(home))) {
			home = m.Timestamp
		}
	}
	return home
}
