package slack

import (
	"slices"
	"strings"
)

// reactable finds the message a reaction is about.
func (c *call) reactable() (*channel, *post, *apiError) {
	if !c.args.has("channel") || !c.args.has("timestamp") {
		return nil, nil, refuse("no_item_specified")
	}
	ch := c.dir.channel(c.args["channel"])
	if ch == nil || !ch.has(c.who.user.ID) {
		return nil, nil, refuse("channel_not_found")
	}
	if _, ok := parseTS(c.args["timestamp"]); !ok {
		return nil, nil, refuse("bad_timestamp")
	}
	p := c.timeline(ch.ID).message(c.args["timestamp"])
	if p == nil || p.tombstone() {
		return nil, nil, refuse("message_not_found")
	}
	return ch, p, nil
}

// reactionsAdd is reactions.add.
func reactionsAdd(c *call) (reply, *apiError) {
	ch, p, err := c.reactable()
	if err != nil {
		return nil, err
	}
	name := strings.Trim(c.args["name"], ":")
	if !knownEmoji(name) {
		return nil, refuse("invalid_name")
	}
	if ch.Archived {
		return nil, refuse("is_archived")
	}
	me, now := c.who.user.ID, *p
	now.Reactions = cloneReactions(p.Reactions)
	i := slices.IndexFunc(now.Reactions, func(r Reaction) bool { return r.Name == name })
	switch {
	case i < 0:
		now.Reactions = append(now.Reactions, Reaction{Name: name, Users: []string{me}, Count: 1})
	case slices.Contains(now.Reactions[i].Users, me):
		return nil, refuse("already_reacted")
	default:
		now.Reactions[i].Users = append(now.Reactions[i].Users, me)
		now.Reactions[i].Count++
	}
	c.reacted(ch, "reaction_added", name, now)
	return reply{}, nil
}

// reactionsRemove is reactions.remove.
func reactionsRemove(c *call) (reply, *apiError) {
	ch, p, err := c.reactable()
	if err != nil {
		return nil, err
	}
	name := strings.Trim(c.args["name"], ":")
	me, now := c.who.user.ID, *p
	now.Reactions = cloneReactions(p.Reactions)
	i := slices.IndexFunc(now.Reactions, func(r Reaction) bool {
		return r.Name == name && slices.Contains(r.Users, me)
	})
	if i < 0 {
		return nil, refuse("no_reaction")
	}
	r := &now.Reactions[i]
	r.Users = slices.DeleteFunc(r.Users, func(id string) bool { return id == me })
	if r.Count--; r.Count == 0 {
		now.Reactions = slices.Delete(now.Reactions, i, i+1)
	}
	c.reacted(ch, "reaction_removed", name, now)
	return reply{}, nil
}

func (c *call) reacted(ch *channel, kind, name string, p post) {
	c.posts = append(c.posts, p)
	c.tell(kind, c.readers(ch), map[string]any{
		"channel": ch.ID, "ts": p.TS, "thread_ts": p.ThreadTS, "name": name, "user": c.who.user.ID,
	})
	c.reactionEvent(ch, kind, name, &p)
}

// reactionsGet is reactions.get.
func reactionsGet(c *call) (reply, *apiError) {
	ch, p, err := c.reactable()
	if err != nil {
		return nil, err
	}
	return reply{"type": "message", "channel": ch.ID, "message": c.timeline(ch.ID).show(p, false)}, nil
}

func cloneReactions(all []Reaction) []Reaction {
	all = slices.Clone(all)
	for i := range all {
		all[i].Users = slices.Clone(all[i].Users)
	}
	return all
}
