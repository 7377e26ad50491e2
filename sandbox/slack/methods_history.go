package slack

import "slices"

// span is the part of a timeline that was asked for, in microseconds.
type span struct {
	oldest, latest int64
	inclusive      bool
}

// span reads oldest, latest and inclusive. Without them it is everything.
func (c *call) span() (span, *apiError) {
	s := span{latest: 1<<63 - 1, inclusive: c.args.flag("inclusive")}
	var ok bool
	if c.args.has("oldest") {
		if s.oldest, ok = parseTS(c.args["oldest"]); !ok {
			return s, refuse("invalid_ts_oldest")
		}
	}
	if latest := c.args["latest"]; latest != "" && latest != "now" {
		if s.latest, ok = parseTS(latest); !ok {
			return s, refuse("invalid_ts_latest")
		}
	}
	return s, nil
}

func (s span) holds(p *post) bool {
	at, _ := parseTS(p.TS) // our own, always valid
	if s.inclusive {
		return at >= s.oldest && at <= s.latest
	}
	return at > s.oldest && at < s.latest
}

// listening finds a channel whose messages the caller may read.
func (c *call) listening() (*channel, *apiError) {
	ch, err := c.readable(c.args["channel"])
	if err != nil {
		return nil, err
	}
	if err := c.who.need(ch.scopeFamily() + ":history"); err != nil {
		return nil, err
	}
	if c.who.user.isBot() && !ch.has(c.who.user.ID) {
		return nil, refuse("not_in_channel")
	}
	return ch, nil
}

// conversationsHistory is conversations.history: newest first, threads by their
// first message only, ephemeral messages never.
func conversationsHistory(c *call) (reply, *apiError) {
	ch, err := c.listening()
	if err != nil {
		return nil, err
	}
	within, err := c.span()
	if err != nil {
		return nil, err
	}
	t := c.timeline(ch.ID)
	var found []*post
	for _, p := range slices.Backward(t.posts) {
		if !p.ephemeral() && (!p.reply() || p.broadcast()) && within.holds(p) {
			found = append(found, p)
		}
	}
	return c.messages(t, found, 100, 999)
}

// conversationsReplies is conversations.replies: the first message of the thread,
// then its replies, oldest first.
func conversationsReplies(c *call) (reply, *apiError) {
	ch, err := c.listening()
	if err != nil {
		return nil, err
	}
	within, err := c.span()
	if err != nil {
		return nil, err
	}
	t := c.timeline(ch.ID)
	parent := t.message(c.args["ts"])
	if parent == nil {
		return nil, refuse("thread_not_found")
	}
	found := []*post{parent}
	for _, p := range t.replies[parent.TS] {
		if within.holds(p) {
			found = append(found, p)
		}
	}
	return c.messages(t, found, 1000, 1000)
}

// messages pages through posts and renders them.
func (c *call) messages(t *timeline, found []*post, usual, most int) (reply, *apiError) {
	chunk, next, err := page(c, "next_ts", found, func(p *post) string { return p.TS }, usual, most)
	if err != nil {
		if err.code == "invalid_limit" {
			err = invalidArguments("invalid limit [json-pointer:/limit]")
		}
		return nil, err
	}
	shown := []Message{}
	for _, p := range chunk {
		shown = append(shown, t.show(p, c.args.flag("include_all_metadata")))
	}
	r := reply{"messages": shown, "has_more": next != "", "pin_count": 0}
	if next != "" {
		r["response_metadata"] = nextCursor(next)
	}
	return r, nil
}
