package slackbridge

import (
	"context"
	"sync"
	"time"

	"github.com/pawl-ops/pawl/internal/board"
	"github.com/pawl-ops/pawl/internal/failpoint"
)

// pace is how often something may be called: a number at once, filled up again at a rate, or a number in any window.
type pace struct {
	burst     float64
	perMinute float64
	window    time.Duration // when set, burst calls are allowed in any window of this length, and perMinute says nothing
}

// paces are Slack's published tiers (https://docs.slack.dev/apis/web-api/rate-limits) with a little room left, for one
// app in one workspace: burst and a minute's worth together stay below the tier. Posting has a rate for each channel as
// well: "generally one message a second", short bursts tolerated.
func paces(method string) pace {
	switch method {
	case "chat.postMessage":
		return pace{burst: 20, perMinute: 240}
	case "chat.postMessage in a channel":
		return pace{burst: 3, window: 3300 * time.Millisecond}
	case "chat.postEphemeral", "users.info", "conversations.members", "views.open", "views.publish", "files.getUploadURLExternal",
		"files.completeUploadExternal", "files.info":
		return pace{burst: 14, perMinute: 84}
	case "chat.getPermalink", "auth.test":
		return pace{burst: 40, perMinute: 200}
	case "users.list", "usergroups.list", "usergroups.users.list":
		return pace{burst: 19, window: 61 * time.Second}
	default: // chat.update, chat.delete, other conversations.*, users.conversations, reactions.add: tier 3
		return pace{burst: 5, perMinute: 44}
	}
}

// budget hands out calls: one queue for each method, and for posting one for each channel too, the most urgent first.
// Being told "too fast" halves the rate of that queue and stops it for as long as Slack wants; every call that goes well
// gives a little back.
type budget struct {
	share float64 // 1/N when N workers speak for one app
	mu    sync.Mutex
	rows  map[string]*queue
}

func newBudget(share int) *budget {
	return &budget{share: 1 / float64(max(share, 1)), rows: map[string]*queue{}}
}

// split takes in how many workers speak for one app from now on.
func (b *budget) split(workers int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	share := 1 / float64(max(workers, 1))
	if share == b.share {
		return
	}
	b.share = share
	for _, q := range b.rows {
		q.split(share * failpoint.Haste())
	}
}

// take waits until a call may be made. It returns a *board.ThrottledError at once when that cannot be before ctx ends,
// so that nobody sleeps for nothing.
func (b *budget) take(ctx context.Context, method, channel string, p board.Priority) error {
	if method == "chat.postMessage" {
		if err := b.queue(method+" in a channel", channel).wait(ctx, p); err != nil {
			return err
		}
	}
	return b.queue(method, "").wait(ctx, p)
}

// tooFast takes in that Slack refused a call for after.
func (b *budget) tooFast(method, channel string, after time.Duration) {
	if method == "chat.postMessage" {
		// Slack does not say which of its limits was hit; the one for the channel is by far the tighter.
		b.queue(method+" in a channel", channel).slower(after)
		return
	}
	b.queue(method, "").slower(after)
}

// fine takes in that a call was let through.
func (b *budget) fine(method, channel string) {
	if method == "chat.postMessage" {
		b.queue(method+" in a channel", channel).faster()
	}
	b.queue(method, "").faster()
}

func (b *budget) queue(method, channel string) *queue {
	b.mu.Lock()
	defer b.mu.Unlock()
	name := method + " " + channel
	q := b.rows[name]
	if q == nil {
		q = newQueue(paces(method), b.share*failpoint.Haste())
		b.rows[name] = q
	}
	return q
}
