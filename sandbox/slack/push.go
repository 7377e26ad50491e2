package slack

import (
	"slices"
	"strings"
)

// mentions reports whether a message names a user: by id, by a group they are in,
// or by calling everybody.
func (d *directory) mentions(p *post, userID string) bool {
	return slices.ContainsFunc(p.Mentions, func(target string) bool {
		switch target {
		case userID, "here", "channel", "everyone":
			return true
		}
		g := d.group(target)
		return g != nil && slices.Contains(g.Members, userID)
	})
}

// mentioned lists the ids of users and groups in a message, and here, channel and
// everyone. Text and blocks both count: which of the two decides is not published.
func mentioned(m Message) []string {
	found := mentionedIn(m.Text)
	var walk func(any)
	walk = func(v any) {
		switch v := v.(type) {
		case []any:
			for _, item := range v {
				walk(item)
			}
		case map[string]any:
			found = append(found, mentionedBy(v)...)
			for _, item := range v {
				walk(item)
			}
		}
	}
	if m.Blocks != nil {
		walk(decoded(m.Blocks))
	}
	slices.Sort(found)
	return slices.Compact(found)
}

// mentionedBy lists whom one object of a block names.
func mentionedBy(object map[string]any) []string {
	key := "text"
	switch object["type"] {
	case "mrkdwn", "markdown":
		text, _ := object[key].(string)
		return mentionedIn(text)
	case "user":
		key = "user_id"
	case "usergroup":
		key = "usergroup_id"
	case "broadcast":
		key = "range"
	default:
		return nil
	}
	if id, ok := object[key].(string); ok {
		return []string{id}
	}
	return nil
}

func mentionedIn(text string) []string {
	var found []string
	for _, t := range tokens(text) {
		switch t.kind {
		case '@':
			found = append(found, t.target)
		case '!':
			found = append(found, strings.TrimPrefix(t.target, "subteam^"))
		}
	}
	return found
}

// pushes tells everybody whom Slack would have notified of a new message: those
// in a direct message, those who are named, those who take part in its thread.
func (c *call) pushes(ch *channel, p *post) {
	for _, id := range ch.Members {
		u := c.dir.user(id)
		if id == p.User || u == nil || u.isBot() || u.Deleted {
			continue
		}
		var reason string
		switch {
		case ch.IM:
			reason = "dm"
		case c.dir.mentions(p, id):
			reason = "mention"
		case p.reply() && c.timeline(ch.ID).inThread(c.dir, id, p.ThreadTS):
			reason = "thread"
		default:
			continue
		}
		c.tell("push", []string{id}, map[string]any{
			"channel": ch.ID, "ts": p.TS, "thread_ts": p.ThreadTS, "reason": reason,
		})
	}
}
