package slack

import "strings"

// Identities that never change, so that configuration and tests can name them.
const (
	// TeamID is the workspace Acme.
	TeamID = "T0ACME"
	// PartnerTeamID is the workspace of the Slack Connect partner.
	PartnerTeamID = "T0PARTNER"
	// BotUserID, BotID and AppID are the three names Slack has for Pawl.
	BotUserID = "U0PAWL"
	BotID     = "B0PAWL"
	AppID     = "A0PAWL"
)

const foundedAt = 1700000000 // seconds since 1970; when everything in Acme was created

// seed is the workspace Acme as it is on its first day.
func seed(botToken string) *directory {
	d := &directory{
		teamID: TeamID, teamName: "Acme", teamDomain: "acme", partnerTeam: PartnerTeamID, pawl: BotUserID,
	}
	person := func(name, realName, title, color string) {
		d.users = append(d.users, &user{
			ID: "U0" + strings.ToUpper(name), Name: name, RealName: realName, Title: title, Color: color,
			Email: name + "@acme.test", Team: TeamID, Token: "xoxp-" + name, Updated: foundedAt,
		})
	}
	person("alice", "Alice Andersson", "Engineer", "8f4a8b")
	person("eve", "Eve Eriksson", "Engineer", "2f7f6f")
	person("bob", "Bob Brandt", "Engineer, on call", "2d6ca8")
	person("carol", "Carol Castillo", "Engineer, on call", "b0562c")
	person("petra", "Petra Novak", "Product", "a03a5c")
	person("sam", "Sam Silva", "Sales", "6a7a1e")
	person("jana", "Jana Jovanovic", "Owns the data syncs", "4f5bb0")
	person("gus", "Gus Grant", "Guest", "6b6b6b")
	d.userNamed("gus").Guest = true
	person("max", "Max Moreau", "Partner", "94671f")
	stranger := d.userNamed("max")
	stranger.Team, stranger.Email = PartnerTeamID, "max@partner.test"

	d.users = append(d.users,
		&user{
			ID: BotUserID, Name: "pawl", RealName: "Pawl", Color: "1f2a44", Team: TeamID, Token: botToken,
			BotID: BotID, AppID: AppID, Updated: foundedAt,
		},
		&user{
			ID: "U0OTHERBOT", Name: "otherbot", RealName: "Otherbot", Color: "757575", Team: TeamID,
			Token: "xoxb-otherbot", BotID: "B0OTHERBOT", AppID: "A0OTHERBOT", Updated: foundedAt,
		},
	)

	room := func(name, topic, members string) *channel {
		c := &channel{
			ID: "C0" + strings.ToUpper(strings.ReplaceAll(name, "-", "")), Name: name, Topic: topic,
			Created: foundedAt,
		}
		for name := range strings.FieldsSeq(members) {
			c.Members = append(c.Members, d.userNamed(name).ID)
		}
		d.channels = append(d.channels, c)
		return c
	}
	room("general", "Everybody", "alice eve bob carol petra sam jana").General = true
	room("shop-dev", "Building the shop", "alice eve bob carol petra jana gus pawl otherbot")
	room("ops", "Running the shop", "alice eve bob carol jana pawl")
	room("ops-alerts", "What the machines say", "alice eve bob carol pawl otherbot")
	room("releases", "What went out", "alice eve bob carol petra sam jana pawl")
	room("sales-data", "Are the numbers fresh?", "alice petra sam jana pawl")
	room("shared-partner", "Together with Partner", "alice bob petra max pawl").ExtShared = true

	for _, u := range d.users {
		if u.isBot() || u.Team != TeamID {
			continue
		}
		d.channels = append(d.channels, &channel{
			ID: "D0" + strings.ToUpper(u.Name), IM: true, Members: []string{u.ID, BotUserID}, Created: foundedAt,
		})
	}

	team := func(handle, name, members string) {
		g := &group{
			ID: "S0" + strings.ToUpper(strings.ReplaceAll(handle, "-", "")), Handle: handle, Name: name,
			Updated: foundedAt,
		}
		for name := range strings.FieldsSeq(members) {
			g.Members = append(g.Members, d.userNamed(name).ID)
		}
		d.groups = append(d.groups, g)
	}
	team("engineering", "Engineering", "alice eve bob carol")
	team("oncall", "On call", "bob carol")
	team("product", "Product", "petra")
	team("sales-team", "Sales", "sam")
	return d
}
