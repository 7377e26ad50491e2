package scenes

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

// Said is one message that somebody saw, from its first form to its last.
type Said struct {
	Channel, Thread, TS string
	To                  string // the only one who sees it; empty: everybody who is there
	First, Last         slack.Message
	Deleted             bool
	Pushed              []string // the names of those whom their phone told of it
	Reactions           []string
}

// Ours reports whether Pawl said it.
func (s *Said) Ours() bool { return s.First.BotID == slack.BotID }

// Chronicle is what the people of the company see happen, each through the stream of their own client.
type Chronicle struct {
	mu   sync.Mutex
	said map[string]*Said // by channel and ts
	lost bool             // a stream could not be followed
}

// NewChronicle watches through the eyes of these people until the test ends.
func NewChronicle(t *testing.T, url string, people ...string) *Chronicle {
	t.Helper()
	c := &Chronicle{said: map[string]*Said{}}
	ctx, stop := context.WithCancel(context.Background())
	var watching sync.WaitGroup
	t.Cleanup(func() { stop(); watching.Wait() })
	for _, name := range people {
		w, err := slack.NewPerson(url, "xoxp-"+name, nil).Watch(ctx)
		require.NoError(t, err)
		watching.Go(func() {
			defer func() { _ = w.Close() }()
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

func (c *Chronicle) see(name string, e slack.Event) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch e.Type {
	case "message", "message_changed", "ephemeral":
		s := c.at(e.Channel, e.Message.TS)
		if s.First.TS == "" {
			s.First = e.Message
			s.Thread = cmp.Or(e.ThreadTS, e.Message.ThreadTS, e.Message.TS)
		}
		s.Last = e.Message
		if e.Type == "ephemeral" {
			s.To = name
		}
	case "message_deleted":
		c.at(e.Channel, e.TS).Deleted = true
	case "reaction_added":
		if s := c.at(e.Channel, e.TS); !slices.Contains(s.Reactions, e.Name) {
			s.Reactions = append(s.Reactions, e.Name)
		}
	case "push":
		s := c.at(e.Channel, e.TS)
		s.Pushed = append(s.Pushed, name)
		slices.Sort(s.Pushed)
	case "resync":
		c.lost = true
	}
}

func (c *Chronicle) at(channel, ts string) *Said {
	s := c.said[channel+" "+ts]
	if s == nil {
		s = &Said{Channel: channel, TS: ts}
		c.said[channel+" "+ts] = s
	}
	return s
}

// In is what was said in a thread up to now, the oldest first.
func (c *Chronicle) In(channel, thread string) []Said {
	c.mu.Lock()
	defer c.mu.Unlock()
	var all []Said
	for _, s := range c.said {
		if s.Channel == channel && s.Thread == thread {
			one := *s
			one.Pushed, one.Reactions = slices.Clone(s.Pushed), slices.Clone(s.Reactions)
			all = append(all, one)
		}
	}
	slices.SortFunc(all, inOrder)
	return all
}

// Unasked is what we said since a moment in a conversation that was no answer to a message there.
func (c *Chronicle) Unasked(channel, since string) []Said {
	c.mu.Lock()
	roots := map[string]bool{}
	for _, s := range c.said {
		if s.Channel == channel && s.Ours() && s.To == "" && s.Thread == s.TS && s.TS > since {
			roots[s.TS] = true
		}
	}
	c.mu.Unlock()
	var all []Said
	for ts := range roots {
		all = append(all, c.In(channel, ts)...)
	}
	// A board and a question are posted beside each other, in no certain order: what calls nobody goes first.
	slices.SortFunc(all, func(a, b Said) int {
		if one, other := strings.Contains(a.First.Text+string(a.First.Blocks), "<@U"), strings.Contains(b.First.Text+string(b.First.Blocks), "<@U"); one != other {
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
func (c *Chronicle) asides(channel, since string) []Said {
	c.mu.Lock()
	defer c.mu.Unlock()
	var all []Said
	for _, s := range c.said {
		if s.Channel == channel && s.To != "" && s.Thread == s.TS && s.TS > since {
			all = append(all, *s)
		}
	}
	return all
}

// inOrder sorts by time; private answers, which come beside everything else, go last.
func inOrder(a, b Said) int {
	if (a.To == "") != (b.To == "") {
		return strings.Compare(a.To, b.To)
	}
	return strings.Compare(a.TS, b.TS)
}

// Whole reports whether nothing was missed.
func (c *Chronicle) Whole() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return !c.lost
}
