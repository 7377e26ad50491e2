package e2e

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/sandbox/slack"
)

// said is one message that somebody saw, from its first form to its last.
type said struct {
	channel, thread, ts string
	to                  string // the only one who sees it; empty: everybody who is there
	first, last         slack.Message
	deleted             bool
	pushed              []string // the names of those whom their phone told of it
	reactions           []string
}

func (s *said) ours() bool { return s.first.BotID == slack.BotID }

// chronicle is what the people of the company see happen, each through the stream of their own client.
type chronicle struct {
	mu   sync.Mutex
	said map[string]*said // by channel and ts
	lost bool             // a stream could not be followed
}

// newChronicle watches through the eyes of these people until the test ends.
func newChronicle(t *testing.T, url string, people ...string) *chronicle {
	t.Helper()
	c := &chronicle{said: map[string]*said{}}
	ctx, stop := context.WithCancel(context.Background())
	var watching sync.WaitGroup
	t.Cleanup(func() { stop(); watching.Wait() })
	for _, name := range people {
		w, err := slack.NewPerson(url, "xoxp-"+name, nil).Watch(ctx)
		require.NoError(t, err)
		watching.Go(func() {
			defer w.Close()
			for {
				e, err := w.Next()
				if err != nil {
					return // the world has ended, or the test
				}
				c.see(name, e)
			}
		})
	}
	return c
}

func (c *chronicle) see(name string, e slack.Event) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch e.Type {
	case "message", "message_changed", "ephemeral":
		s := c.at(e.Channel, e.Message.TS)
		if s.first.TS == "" {
			s.first = e.Message
			s.thread = cmp.Or(e.ThreadTS, e.Message.ThreadTS, e.Message.TS)
		}
		s.last = e.Message
		if e.Type == "ephemeral" {
			s.to = name
		}
	case "message_deleted":
		c.at(e.Channel, e.TS).deleted = true
	case "reaction_added":
		if s := c.at(e.Channel, e.TS); !slices.Contains(s.reactions, e.Name) {
			s.reactions = append(s.reactions, e.Name)
		}
	case "push":
		s := c.at(e.Channel, e.TS)
		s.pushed = append(s.pushed, name)
		slices.Sort(s.pushed)
	case "resync":
		c.lost = true
	}
}

func (c *chronicle) at(channel, ts string) *said {
	s := c.said[channel+" "+ts]
	if s == nil {
		s = &said{channel: channel, ts: ts}
		c.said[channel+" "+ts] = s
	}
	return s
}

// in is what was said in a thread up to now, the oldest first.
func (c *chronicle) in(channel, thread string) []said {
	c.mu.Lock()
	defer c.mu.Unlock()
	var all []said
	for _, s := range c.said {
		if s.channel == channel && s.thread == thread {
			one := *s
			one.pushed, one.reactions = slices.Clone(s.pushed), slices.Clone(s.reactions)
			all = append(all, one)
		}
	}
	slices.SortFunc(all, inOrder)
	return all
}

// unasked is what we said since a moment in a conversation that was no answer to a message there.
func (c *chronicle) unasked(channel, since string) []said {
	c.mu.Lock()
	roots := map[string]bool{}
	for _, s := range c.said {
		if s.channel == channel && s.ours() && s.to == "" && s.thread == s.ts && s.ts > since {
			roots[s.ts] = true
		}
	}
	c.mu.Unlock()
	var all []said
	for ts := range roots {
		all = append(all, c.in(channel, ts)...)
	}
	// A board and a question are posted beside each other, in no certain order: what calls nobody goes first.
	slices.SortFunc(all, func(a, b said) int {
		if one, other := strings.Contains(a.first.Text+string(a.first.Blocks), "<@U"), strings.Contains(b.first.Text+string(b.first.Blocks), "<@U"); one != other {
			if other {
				return -1
			}
			return 1
		}
		return inOrder(a, b)
	})
	return all
}

// asides are what we said to one person alone in a conversation, outside its threads, since a moment.
func (c *chronicle) asides(channel, since string) []said {
	c.mu.Lock()
	defer c.mu.Unlock()
	var all []said
	for _, s := range c.said {
		if s.channel == channel && s.to != "" && s.thread == s.ts && s.ts > since {
			all = append(all, *s)
		}
	}
	return all
}

// inOrder sorts by time; private answers, which come beside everything else, go last.
func inOrder(a, b said) int {
	if (a.to == "") != (b.to == "") {
		return strings.Compare(a.to, b.to)
	}
	return strings.Compare(a.ts, b.ts)
}

// whole reports whether nothing was missed.
func (c *chronicle) whole() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return !c.lost
}
