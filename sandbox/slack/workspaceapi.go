package slack

import (
	"net/http"
	"slices"
	"time"
)

// Edit changes who and what there is: the body of POST /sandbox/workspace. One of
// Channel, Group and User says what is changed, by name or id; a channel that does
// not exist is made.
type Edit struct {
	Channel string `json:"channel,omitempty"`
	Group   string `json:"group,omitempty"`
	User    string `json:"user,omitempty"`

	// Add and Remove are members by name or id, for a channel or a group.
	Add    []string `json:"add,omitempty"`
	Remove []string `json:"remove,omitempty"`
	// Archived archives a channel or takes it back; Private is for a new one.
	Archived *bool `json:"archived,omitempty"`
	Private  bool  `json:"private,omitempty"`
	// Deleted deactivates a user or takes them back.
	Deleted *bool `json:"deleted,omitempty"`
	// Guest makes a user a guest or a full member.
	Guest *bool `json:"guest,omitempty"`
}

// serveWorkspace is POST /sandbox/workspace.
func (s *Server) serveWorkspace(w http.ResponseWriter, r *http.Request) {
	var edit Edit
	if !readJSON(w, r, &edit) {
		return
	}
	if err := s.Edit(edit); err != nil {
		writeJSON(w, http.StatusOK, errorReply(err.Error()))
		return
	}
	writeJSON(w, http.StatusOK, map[string]any{"ok": true})
}

// Edit changes who and what there is and lets the app know as Slack would.
func (s *Server) Edit(edit Edit) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := &call{Server: s}
	var err *apiError
	switch {
	case edit.Channel != "":
		err = c.editChannel(edit)
	case edit.Group != "":
		err = c.editGroup(edit)
	default:
		err = c.editUser(edit)
	}
	if err != nil {
		return err
	}
	return s.commit(&c.change)
}

// members applies Add and Remove to a list of users and returns the result beside
// those who are new and those who are gone.
func (c *call) members(old []string, edit Edit) (now, added, removed []string, err *apiError) {
	now = slices.Clone(old)
	ids := func(names []string) []string {
		found := []string{}
		for _, name := range names {
			u := c.dir.user(name)
			if u == nil {
				u = c.dir.userNamed(name)
			}
			if u == nil {
				err = refuse("user_not_found")
				continue
			}
			found = append(found, u.ID)
		}
		return found
	}
	for _, id := range ids(edit.Add) {
		if !slices.Contains(now, id) {
			now, added = append(now, id), append(added, id)
		}
	}
	for _, id := range ids(edit.Remove) {
		if i := slices.Index(now, id); i >= 0 {
			now, removed = slices.Delete(now, i, i+1), append(removed, id)
		}
	}
	return now, added, removed, err
}

func (c *call) editChannel(edit Edit) *apiError {
	old := c.dir.channel(edit.Channel)
	if old == nil {
		old = c.dir.channelNamed(edit.Channel)
	}
	if old == nil {
		old = &channel{ID: "C0" + randomID(9), Name: edit.Channel, Private: edit.Private, Created: time.Now().Unix()}
	}
	members, added, removed, err := c.members(old.Members, edit)
	if err != nil {
		return err
	}
	now := *old
	now.Members = members
	c.put(&now)
	family := map[bool]string{false: "channel", true: "group"}[now.Private]
	if edit.Archived != nil && *edit.Archived != old.Archived {
		now.Archived = *edit.Archived
		kind := map[bool]string{true: family + "_archive", false: family + "_unarchive"}[now.Archived]
		c.announce(&now, kind, map[string]any{"channel": now.ID, "user": "U0CAROL", "is_moved": 0})
	}
	for _, id := range added {
		c.announce(&now, "member_joined_channel", map[string]any{
			"user": id, "channel": now.ID, "channel_type": memberType(&now), "team": c.dir.teamID,
		})
	}
	for _, id := range removed {
		if id == c.dir.pawl {
			c.announce(old, family+"_left", map[string]any{"channel": now.ID, "actor_id": "U0CAROL"})
		}
		c.announce(&now, "member_left_channel", map[string]any{
			"user": id, "channel": now.ID, "channel_type": memberType(&now), "team": c.dir.teamID,
		})
	}
	return nil
}

func (c *call) editGroup(edit Edit) *apiError {
	old := c.dir.group(edit.Group)
	if old == nil {
		old = c.dir.groupNamed(edit.Group)
	}
	if old == nil {
		return refuse("no_such_subteam")
	}
	members, added, removed, err := c.members(old.Members, edit)
	if err != nil {
		return err
	}
	now := *old
	now.Members, now.Updated = members, time.Now().Unix()
	c.put(&now)
	c.announce(nil, "subteam_members_changed", map[string]any{
		"subteam_id": now.ID, "team_id": c.dir.teamID,
		"date_previous_update": old.Updated, "date_update": now.Updated,
		"added_users": orEmpty(added), "added_users_count": len(added),
		"removed_users": orEmpty(removed), "removed_users_count": len(removed),
	})
	shown := c.showGroup(&now)
	shown["users"], shown["user_count"] = now.Members, len(now.Members)
	c.announce(nil, "subteam_updated", map[string]any{"subteam": shown})
	return nil
}

func (c *call) editUser(edit Edit) *apiError {
	old := c.dir.user(edit.User)
	if old == nil {
		old = c.dir.userNamed(edit.User)
	}
	if old == nil {
		return refuse("user_not_found")
	}
	now := *old
	now.Updated = time.Now().Unix()
	if edit.Deleted != nil {
		now.Deleted = *edit.Deleted
	}
	if edit.Guest != nil {
		now.Guest = *edit.Guest
	}
	c.put(&now)
	c.announce(nil, "user_change", map[string]any{
		"user": c.showUser(&now, true), "cache_ts": now.Updated,
	})
	return nil
}

// announce queues an event of the workspace, or of a channel the app is in.
func (c *call) announce(ch *channel, kind string, fields map[string]any) {
	if !c.subscribed(kind) || ch != nil && !c.hears(ch) {
		return
	}
	fields["type"], fields["event_ts"] = kind, c.stamps.next(time.Now())
	c.emit(ch, kind, fields)
}

func orEmpty(ids []string) []string {
	if ids == nil {
		return []string{}
	}
	return ids
}
