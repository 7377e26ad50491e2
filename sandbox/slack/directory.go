package slack

import (
	"slices"
	"strings"
)

// user is a person or the user behind a bot.
type user struct {
	ID       string `json:"id"`
	Name     string `json:"name"`
	RealName string `json:"real_name"`
	Email    string `json:"email,omitempty"`
	Title    string `json:"title,omitempty"`
	Color    string `json:"color"` // without the leading #
	Team     string `json:"team"`
	Token    string `json:"token"`
	BotID    string `json:"bot_id,omitempty"`
	AppID    string `json:"app_id,omitempty"`
	Guest    bool   `json:"guest,omitempty"`
	Deleted  bool   `json:"deleted,omitempty"`
	Updated  int64  `json:"updated"`
}

func (u *user) isBot() bool { return u.BotID != "" }

// channel is a conversation: a public or private channel, or a direct message.
type channel struct {
	ID        string   `json:"id"`
	Name      string   `json:"name,omitempty"`
	IM        bool     `json:"im,omitempty"`
	Private   bool     `json:"private,omitempty"`
	Archived  bool     `json:"archived,omitempty"`
	ExtShared bool     `json:"ext_shared,omitempty"`
	General   bool     `json:"general,omitempty"`
	Topic     string   `json:"topic,omitempty"`
	Members   []string `json:"members"`
	Created   int64    `json:"created"`
}

func (c *channel) has(userID string) bool { return slices.Contains(c.Members, userID) }

// kind is the channel_type of events: channel, group or im.
func (c *channel) kind() string {
	switch {
	case c.IM:
		return "im"
	case c.Private:
		return "group"
	default:
		return "channel"
	}
}

// scopeFamily is the part before the colon in scopes such as channels:history.
func (c *channel) scopeFamily() string {
	switch c.kind() {
	case "im":
		return "im"
	case "group":
		return "groups"
	default:
		return "channels"
	}
}

// nameForApps is what interactions call the channel.
func (c *channel) nameForApps() string {
	if c.IM {
		return "directmessage"
	}
	return c.Name
}

// peer is the other side of a direct message.
func (c *channel) peer(userID string) string {
	for _, m := range c.Members {
		if m != userID {
			return m
		}
	}
	return userID
}

// group is a user group such as @oncall.
type group struct {
	ID      string   `json:"id"`
	Handle  string   `json:"handle"`
	Name    string   `json:"name"`
	Members []string `json:"members"`
	Updated int64    `json:"updated"`
}

// directory is who and what exists in the workspace. Slices keep the order in
// which lists are paged through.
type directory struct {
	teamID, teamName, teamDomain string
	partnerTeam                  string
	pawl                         string // user id of our own bot

	users    []*user
	channels []*channel
	groups   []*group
	files    []*file
}

func (d *directory) user(id string) *user {
	return find(d.users, func(u *user) bool { return u.ID == id })
}

func (d *directory) userNamed(name string) *user {
	return find(d.users, func(u *user) bool { return u.Name == name })
}

func (d *directory) userByToken(token string) *user {
	return find(d.users, func(u *user) bool { return u.Token == token })
}

func (d *directory) channel(id string) *channel {
	return find(d.channels, func(c *channel) bool { return c.ID == id })
}

func (d *directory) channelNamed(name string) *channel {
	name = strings.TrimPrefix(name, "#")
	return find(d.channels, func(c *channel) bool { return !c.IM && c.Name == name })
}

// im is the direct message between two users, nil when they never opened one.
func (d *directory) im(a, b string) *channel {
	return find(d.channels, func(c *channel) bool { return c.IM && c.has(a) && c.has(b) })
}

func (d *directory) group(id string) *group {
	return find(d.groups, func(g *group) bool { return g.ID == id })
}

func (d *directory) file(id string) *file {
	return find(d.files, func(f *file) bool { return f.ID == id })
}

func (d *directory) groupNamed(handle string) *group {
	return find(d.groups, func(g *group) bool { return g.Handle == handle })
}

// handlesOf lists the handles of the groups a user is in.
func (d *directory) handlesOf(userID string) []string {
	handles := []string{}
	for _, g := range d.groups {
		if slices.Contains(g.Members, userID) {
			handles = append(handles, g.Handle)
		}
	}
	return handles
}

// sees reports whether a user may read a conversation. Members may; people of the
// home workspace may read public channels without joining them, guests, partners
// and bots may not.
func (d *directory) sees(u *user, c *channel) bool {
	if c.has(u.ID) {
		return true
	}
	return !c.IM && !c.Private && !u.Guest && !u.isBot() && u.Team == d.teamID
}

func find[T any](all []*T, ok func(*T) bool) *T {
	if i := slices.IndexFunc(all, ok); i >= 0 {
		return all[i]
	}
	return nil
}
