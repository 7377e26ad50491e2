package slack

import "strings"

// authTest is auth.test.
func authTest(c *call) (reply, *apiError) {
	u := c.who.user
	r := reply{
		"url": c.base + "/", "team": c.dir.teamName, "team_id": u.Team, "user": u.Name, "user_id": u.ID,
		"is_enterprise_install": false,
	}
	if u.isBot() {
		r["bot_id"] = u.BotID
	}
	return r, nil
}

// botsInfo is bots.info.
func botsInfo(c *call) (reply, *apiError) {
	u := find(c.dir.users, func(u *user) bool { return u.isBot() && u.BotID == c.args["bot"] })
	if u == nil {
		return nil, refuse("bot_not_found")
	}
	return reply{"bot": map[string]any{
		"id": u.BotID, "deleted": u.Deleted, "name": u.Name, "updated": u.Updated, "app_id": u.AppID, "user_id": u.ID,
	}}, nil
}

// showUser renders a user. An external person who shares a channel with us is not
// called a stranger; only the team tells them apart
// (https://docs.slack.dev/apis/slack-connect).
func (s *Server) showUser(u *user, withEmail bool) map[string]any {
	profile := map[string]any{
		"title": u.Title, "phone": "", "skype": "", "real_name": u.RealName, "real_name_normalized": u.RealName,
		"display_name": u.Name, "display_name_normalized": u.Name, "status_text": "", "status_emoji": "",
		"status_expiration": 0, "team": u.Team,
	}
	if u.isBot() {
		profile["bot_id"], profile["api_app_id"] = u.BotID, u.AppID
	} else if withEmail {
		profile["email"] = u.Email
	}
	return map[string]any{
		"id": u.ID, "team_id": u.Team, "name": u.Name, "deleted": u.Deleted, "color": u.Color,
		"real_name": u.RealName, "tz": "Europe/Amsterdam", "tz_label": "Central European Time", "tz_offset": 3600,
		"profile": profile, "is_admin": false, "is_owner": false, "is_primary_owner": false,
		"is_restricted": u.Guest, "is_ultra_restricted": false, "is_bot": u.isBot(), "is_app_user": false,
		"is_stranger": false, "is_invited_user": false, "is_email_confirmed": !u.isBot(),
		"updated": u.Updated, "who_can_share_contact_card": "EVERYONE",
	}
}

// shown renders a user for the caller.
func (c *call) shown(u *user) map[string]any { return c.showUser(u, c.who.can("users:read.email")) }

// usersList is users.list.
func usersList(c *call) (reply, *apiError) {
	chunk, next, err := page(c, "user", c.dir.users, func(u *user) string { return u.ID }, len(c.dir.users), 1000)
	if err != nil {
		if err.code == "invalid_limit" {
			err = invalidArguments("invalid limit [json-pointer:/limit]")
		}
		return nil, err
	}
	members := []map[string]any{}
	for _, u := range chunk {
		members = append(members, c.shown(u))
	}
	return reply{"members": members, "cache_ts": c.opts.Now().Unix(), "response_metadata": nextCursor(next)}, nil
}

// usersInfo is users.info.
func usersInfo(c *call) (reply, *apiError) {
	u := c.dir.user(c.args["user"])
	if u == nil {
		return nil, refuse("user_not_found")
	}
	return reply{"user": c.shown(u)}, nil
}

// usersLookupByEmail is users.lookupByEmail. It finds people of the workspace who
// are still active.
func usersLookupByEmail(c *call) (reply, *apiError) {
	u := find(c.dir.users, func(u *user) bool {
		return !u.isBot() && !u.Deleted && u.Team == c.dir.teamID && strings.EqualFold(u.Email, c.args["email"])
	})
	if u == nil {
		return nil, refuse("users_not_found")
	}
	return reply{"user": c.shown(u)}, nil
}

// usergroupsList is usergroups.list.
func usergroupsList(c *call) (reply, *apiError) {
	groups := []map[string]any{}
	for _, g := range c.dir.groups {
		shown := c.showGroup(g)
		if c.args.flag("include_users") {
			shown["users"] = g.Members
		}
		if c.args.flag("include_count") {
			shown["user_count"] = len(g.Members)
		}
		groups = append(groups, shown)
	}
	return reply{"usergroups": groups}, nil
}

func (s *Server) showGroup(g *group) map[string]any {
	return map[string]any{
		"id": g.ID, "team_id": s.dir.teamID, "is_usergroup": true, "is_subteam": true, "name": g.Name,
		"description": "", "handle": g.Handle, "is_external": false, "date_create": foundedAt,
		"date_update": g.Updated, "date_delete": 0, "auto_type": nil, "created_by": "U0CAROL",
		"updated_by": "U0CAROL", "deleted_by": nil,
		"prefs": map[string]any{"channels": []string{}, "groups": []string{}},
	}
}

// usergroupsUsersList is usergroups.users.list.
func usergroupsUsersList(c *call) (reply, *apiError) {
	g := c.dir.group(c.args["usergroup"])
	if g == nil {
		return nil, refuse("no_such_subteam")
	}
	return reply{"users": g.Members}, nil
}
