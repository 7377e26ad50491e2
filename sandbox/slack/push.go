package slack

import (
	"encoding/json"
	"slices"
	"strings"
)

// mentions reports whether a message names a user: by id, by a group they are in,
// or by calling everybody.
func (d *directory) mentions(p *post, userID string) bool {
	return slices.ContainsFunc(mentioned(p), func(target string) bool {
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
func mentioned(p *post) []string {
	found := mentionedIn(p.Text)
	if len(p.Blocks) == 0 {
		return found
	}
	var blocks any
	if json.Unmarshal(p.Blocks, &blocks) != nil {
		return found
	}
	var walk func(any)
	walk = func(v any) {
		switch v := v.(type) {
		case []any:
			for _, item := range v {
				walk(item)
			}
		case map[string]any:
			switch v["type"] {
			case "mrkdwn", "markdown":
				text, _ := v["text"].(string)
				found = append(found, mentionedIn(text)...)
			case "user", "usergroup", "broadcast":
				for _, key := range []string{"user_id", "usergroup_id", "range"} {
					if id, ok := v[key].(string); ok {
						found = append(found, id)
					}
				}
			}
			for _, item := range v {
				walk(item)
			}
		}
	}
	walk(blocks)
	return found
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
		reason := ""
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
