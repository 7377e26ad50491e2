package slackbridge

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/pawl-ops/pawl/internal/board"
	"github.com/slack-go/slack"
)

// ProbePlace is how a channel stands to Pawl.
type ProbePlace struct {
	Name     string // as Slack has it, without #; empty when it was not found
	ID       string
	Member   bool
	Archived bool
}

// probePages is how many pages of a workspace's channels are looked through for one in which Pawl is not: 5000 channels.
const probePages = 5

// Places asks about channels, by name ("#ops") or by id. One that is not in the answer was not found: it is not there, or
// it is private and Pawl was not invited, which Slack does not tell apart.
func (p *Probe) Places(ctx context.Context, wanted []string) (map[string]ProbePlace, error) {
	found := map[string]ProbePlace{}
	var names []string
	for _, w := range wanted {
		if strings.HasPrefix(w, "#") {
			names = append(names, w)
			continue
		}
		c, err := p.api.GetConversationInfoContext(ctx, &slack.GetConversationInfoInput{ChannelID: w})
		var answer slack.SlackErrorResponse
		switch {
		case errors.As(err, &answer) && answer.Err == "channel_not_found":
		case err != nil:
			return found, probing("conversations.info", botVariable, err)
		default:
			found[w] = ProbePlace{Name: c.Name, ID: c.ID, Member: c.IsMember, Archived: c.IsArchived}
		}
	}
	take := func(all []slack.Channel, member bool) {
		for _, c := range all {
			if w := "#" + strings.ToLower(c.Name); slices.Contains(names, w) && !found[w].Member {
				found[w] = ProbePlace{Name: c.Name, ID: c.ID, Member: member, Archived: c.IsArchived}
			}
		}
	}
	lacking := func() bool {
		return slices.ContainsFunc(names, func(n string) bool { _, ok := found[n]; return !ok })
	}
	cursor := ""
	for range placesPages {
		if len(names) == 0 {
			return found, nil
		}
		all, next, err := p.api.GetConversationsForUserContext(ctx, &slack.GetConversationsForUserParameters{
			Types: []string{"public_channel", "private_channel"}, Limit: placesPage, Cursor: cursor,
		})
		if err != nil {
			return found, probing("users.conversations", botVariable, err)
		}
		if take(all, true); next == "" {
			break
		}
		cursor = next
	}
	cursor = ""
	for page := 0; page < probePages && lacking(); page++ {
		all, next, err := p.api.GetConversationsContext(ctx, &slack.GetConversationsParameters{Types: []string{"public_channel"}, Limit: 999, Cursor: cursor})
		if err != nil {
			return found, probing("conversations.list", botVariable, err)
		}
		if take(all, false); next == "" {
			break
		}
		cursor = next
	}
	return found, nil
}

// ProbeGroup is a user group.
type ProbeGroup struct {
	Members  []string // ids
	Disabled bool
}

// Groups asks for all user groups, by handle without @.
func (p *Probe) Groups(ctx context.Context) (map[string]ProbeGroup, error) {
	all, err := p.api.GetUserGroupsContext(ctx, slack.GetUserGroupsOptionIncludeUsers(true), slack.GetUserGroupsOptionIncludeDisabled(true))
	if err != nil {
		return nil, probing("usergroups.list", botVariable, err)
	}
	groups := map[string]ProbeGroup{}
	for _, g := range all {
		if h := bare(g.Handle); groups[h].Members == nil {
			groups[h] = ProbeGroup{Members: g.Users, Disabled: g.DateDelete != 0}
		}
	}
	return groups, nil
}

// ProbePerson is somebody in Slack.
type ProbePerson struct {
	ID, Name, Full, Email string
	// Not is why Pawl would not talk to them: "a guest", "a bot"; empty: it would.
	Not string
}

// ByEmail finds somebody by their address, and what they are to the workspace that Hello found; ok is false when nobody has it.
func (p *Probe) ByEmail(ctx context.Context, email string, in ProbeHello) (who ProbePerson, ok bool, err error) {
	u, err := p.api.GetUserByEmailContext(ctx, email)
	var answer slack.SlackErrorResponse
	switch {
	case errors.As(err, &answer) && answer.Err == "users_not_found":
		return ProbePerson{}, false, nil
	case err != nil:
		return ProbePerson{}, false, probing("users.lookupByEmail", botVariable, err)
	}
	return personFound(*u, in), true, nil
}

// ByEmails finds people by their addresses, with as few calls as reading everybody takes. Who is not in the answer is not
// in the workspace.
func (p *Probe) ByEmails(ctx context.Context, emails []string, in ProbeHello) (map[string]ProbePerson, error) {
	users, err := p.everybody(ctx)
	if err != nil {
		return nil, err
	}
	found := map[string]ProbePerson{}
	for _, u := range users {
		if who := personFound(u, in); !u.Deleted && slices.Contains(emails, who.Email) {
			found[who.Email] = who
		}
	}
	return found, nil
}

func (p *Probe) everybody(ctx context.Context) ([]slack.User, error) {
	users, err := p.api.GetUsersContext(ctx, slack.GetUsersOptionLimit(usersPage))
	return users, probing("users.list", botVariable, err)
}

// ByName finds people whose handle, display name or full name is a text, whatever its letters' case: usually one, several
// when they share it.
func (p *Probe) ByName(ctx context.Context, text string, in ProbeHello) (all []ProbePerson, err error) {
	text = strings.TrimPrefix(strings.TrimSpace(text), "@")
	users, err := p.everybody(ctx)
	if err != nil {
		return nil, err
	}
	for _, u := range users {
		for _, name := range []string{u.Name, u.Profile.DisplayName, u.Profile.RealName, u.RealName, u.ID} {
			if strings.EqualFold(name, text) && !u.Deleted {
				all = append(all, personFound(u, in))
				break
			}
		}
	}
	return all, nil
}

func personFound(u slack.User, in ProbeHello) ProbePerson {
	p := personOf(u)
	who := ProbePerson{ID: p.ID, Name: board.Clean(p.Name), Full: board.Clean(p.Full), Email: p.Email}
	if s := standingOf(p, in.TeamID, in.Enterprise); s != insider {
		who.Not = string(s)
	}
	return who
}
