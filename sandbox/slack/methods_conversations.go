package slack

import (
	"slices"
	"strings"
	"time"
)

// readable finds a conversation the caller may look at. Bots learn of public
// channels they are not in, but not of what is said there.
func (c *call) readable(id string) (*channel, *apiError) {
	ch := c.dir.channel(id)
	if ch == nil {
		return nil, refuse("channel_not_found")
	}
	known := c.dir.sees(c.who.user, ch) || (c.who.user.isBot() && !ch.IM && !ch.Private)
	if !known {
		return nil, refuse("channel_not_found")
	}
	return ch, nil
}

// show renders a conversation for the caller.
func (c *call) show(ch *channel) map[string]any {
	if ch.IM {
		return map[string]any{
			"id": ch.ID, "created": ch.Created, "is_im": true, "is_org_shared": false, "is_archived": ch.Archived,
			"user": ch.peer(c.who.user.ID), "is_user_deleted": c.dir.user(ch.peer(c.who.user.ID)).Deleted,
			"is_open": true, "priority": 0, "context_team_id": c.dir.teamID, "updated": ch.Created * 1000,
		}
	}
	teams := []string{c.dir.teamID}
	if ch.ExtShared {
		teams = append(teams, c.dir.partnerTeam)
	}
	text := func(value string) map[string]any {
		return map[string]any{"value": value, "creator": "", "last_set": 0}
	}
	return map[string]any{
		"id": ch.ID, "name": ch.Name, "name_normalized": ch.Name, "created": ch.Created, "updated": ch.Created * 1000,
		"creator": "U0CAROL", "is_channel": !ch.Private, "is_group": ch.Private, "is_im": false, "is_mpim": false,
		"is_private": ch.Private, "is_archived": ch.Archived, "is_general": ch.General, "unlinked": 0,
		"is_shared": ch.ExtShared, "is_ext_shared": ch.ExtShared, "is_org_shared": false,
		"is_pending_ext_shared": false, "pending_shared": []string{}, "pending_connected_team_ids": []string{},
		"shared_team_ids": teams, "context_team_id": c.dir.teamID, "parent_conversation": nil,
		"is_member": ch.has(c.who.user.ID), "num_members": len(ch.Members), "previous_names": []string{},
		"topic": text(ch.Topic), "purpose": text(""),
	}
}

// conversationsOpen is conversations.open for a direct message between two.
func conversationsOpen(c *call) (reply, *apiError) {
	me := c.who.user
	if id := c.args["channel"]; id != "" {
		ch := c.dir.channel(id)
		if ch == nil || !ch.IM || !ch.has(me.ID) {
			return nil, refuse("channel_not_found")
		}
		return c.opened(ch, true), nil
	}
	if !c.args.has("users") {
		return nil, refuse("users_list_not_supplied")
	}
	ids := strings.Split(c.args["users"], ",")
	ids = slices.DeleteFunc(ids, func(id string) bool { return id == me.ID || strings.TrimSpace(id) == "" })
	if len(ids) > 1 {
		return nil, refuse("method_not_supported_for_channel_type") // group messages are not part of this Slack
	}
	if len(ids) == 0 {
		return nil, refuse("not_enough_users")
	}
	other := c.dir.user(strings.TrimSpace(ids[0]))
	switch {
	case other == nil:
		return nil, refuse("user_not_found")
	case other.Deleted:
		return nil, refuse("user_disabled")
	case other.isBot() && me.isBot():
		return nil, refuse("cannot_dm_bot")
	case other.Team != me.Team:
		return nil, refuse("user_not_visible")
	}
	if ch := c.dir.im(me.ID, other.ID); ch != nil {
		return c.opened(ch, true), nil
	}
	ch := &channel{
		ID: "D0" + randomID(9), IM: true, Members: []string{me.ID, other.ID}, Created: time.Now().Unix(),
	}
	c.put(ch)
	return c.opened(ch, false), nil
}

func (c *call) opened(ch *channel, already bool) reply {
	about := map[string]any{"id": ch.ID}
	if c.args.flag("return_im") {
		about = c.show(ch)
	}
	r := reply{"channel": about}
	if already {
		r["no_op"], r["already_open"] = true, true
	}
	return r
}

// families reads the argument types: which kinds of conversation are asked for, each with a scope of its own.
func (c *call) families() (map[string]bool, *apiError) {
	kinds := map[string]bool{}
	types := c.args["types"]
	if types == "" {
		types = "public_channel"
	}
	for t := range strings.SplitSeq(types, ",") {
		family := map[string]string{
			"public_channel": "channels", "private_channel": "groups", "im": "im", "mpim": "mpim",
		}[strings.TrimSpace(t)]
		if family == "" {
			return nil, refuse("invalid_types")
		}
		if err := c.who.need(family + ":read"); err != nil {
			return nil, err
		}
		kinds[family] = true
	}
	return kinds, nil
}

// conversationsList is conversations.list. It pages through everything and filters
// after that, so pages are short and even empty.
func conversationsList(c *call) (reply, *apiError) {
	kinds, err := c.families()
	if err != nil {
		return nil, err
	}
	return c.listed(func(ch *channel) bool {
		if _, err := c.readable(ch.ID); err != nil || !kinds[ch.scopeFamily()] {
			return false
		}
		return !(ch.IM || ch.Private) || ch.has(c.who.user.ID)
	})
}

// usersConversations is users.conversations: the conversations the caller is in.
// Those of somebody else are for people who share them, which nobody here asks for.
func usersConversations(c *call) (reply, *apiError) {
	kinds, err := c.families()
	if err != nil {
		return nil, err
	}
	if of := c.args["user"]; of != "" && of != c.who.user.ID {
		return nil, refuse("method_not_supported_for_channel_type")
	}
	return c.listed(func(ch *channel) bool { return kinds[ch.scopeFamily()] && ch.has(c.who.user.ID) })
}

// listed is one page of conversations, of which only those that fit are shown.
func (c *call) listed(fits func(*channel) bool) (reply, *apiError) {
	chunk, next, err := page(c, "channel", c.dir.channels, func(ch *channel) string { return ch.ID }, 100, 999)
	if err != nil {
		return nil, err
	}
	shown := []map[string]any{}
	for _, ch := range chunk {
		if fits(ch) && !(ch.Archived && c.args.flag("exclude_archived")) {
			shown = append(shown, c.show(ch))
		}
	}
	return reply{"channels": shown, "response_metadata": nextCursor(next)}, nil
}

// conversationsInfo is conversations.info.
func conversationsInfo(c *call) (reply, *apiError) {
	ch, err := c.readable(c.args["channel"])
	if err != nil {
		return nil, err
	}
	if err := c.who.need(ch.scopeFamily() + ":read"); err != nil {
		return nil, err
	}
	shown := c.show(ch)
	if !c.args.flag("include_num_members") {
		delete(shown, "num_members")
	}
	return reply{"channel": shown}, nil
}

// conversationsMembers is conversations.members.
func conversationsMembers(c *call) (reply, *apiError) {
	ch, err := c.readable(c.args["channel"])
	if err != nil {
		return nil, err
	}
	if err := c.who.need(ch.scopeFamily() + ":read"); err != nil {
		return nil, err
	}
	members, next, err := page(c, "user", ch.Members, func(id string) string { return id }, 100, 999)
	if err != nil {
		return nil, err
	}
	return reply{"members": members, "response_metadata": nextCursor(next)}, nil
}

// conversationsJoin is conversations.join.
func conversationsJoin(c *call) (reply, *apiError) {
	ch, err := c.readable(c.args["channel"])
	switch {
	case err != nil:
		return nil, err
	case ch.IM || ch.Private:
		return nil, refuse("method_not_supported_for_channel_type")
	case ch.Archived:
		return nil, refuse("is_archived")
	}
	if !ch.has(c.who.user.ID) {
		c.join(ch, c.who.user)
	} else {
		c.warnings = append(c.warnings, "already_in_channel")
	}
	return reply{"channel": c.show(c.dir.channel(ch.ID))}, nil
}

// join makes a user a member of a channel and tells the app.
func (c *call) join(ch *channel, u *user) {
	now := *ch
	now.Members = append(slices.Clone(ch.Members), u.ID)
	c.put(&now)
	if now.has(c.dir.pawl) && c.subscribed("member_joined_channel") {
		c.emit(&now, "member_joined_channel", map[string]any{
			"type": "member_joined_channel", "user": u.ID, "channel": ch.ID,
			"channel_type": memberType(ch), "team": u.Team, "event_ts": c.stamps.next(time.Now()),
		})
	}
}

// memberType is the channel_type of membership events, which is a letter.
func memberType(ch *channel) string {
	if ch.Private {
		return "G"
	}
	return "C"
}
