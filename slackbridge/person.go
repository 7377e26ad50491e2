package slackbridge

import (
	"encoding/json"
	"errors"
	"strings"

	"github.com/pawl-ops/pawl/job"
)

// person is what the directory keeps of a user of Slack.
type person struct {
	ID         string `json:"id"`
	Name       string `json:"name"`
	Full       string `json:"full,omitempty"`
	Email      string `json:"email,omitempty"`
	Team       string `json:"team,omitempty"`
	Enterprise string `json:"enterprise,omitempty"`
	Bot        bool   `json:"bot,omitempty"`
	Gone       bool   `json:"gone,omitempty"` // deactivated
	Guest      bool   `json:"guest,omitempty"`
	Stranger   bool   `json:"stranger,omitempty"`
}

// wireUser is a user as users.list, users.info and the event user_change give it:
// https://docs.slack.dev/reference/objects/user-object
type wireUser struct {
	ID                string `json:"id"`
	TeamID            string `json:"team_id"`
	Name              string `json:"name"`
	Deleted           bool   `json:"deleted"`
	RealName          string `json:"real_name"`
	IsBot             bool   `json:"is_bot"`
	IsAppUser         bool   `json:"is_app_user"`
	IsWorkflowBot     bool   `json:"is_workflow_bot"`
	IsConnectorBot    bool   `json:"is_connector_bot"`
	IsRestricted      bool   `json:"is_restricted"`
	IsUltraRestricted bool   `json:"is_ultra_restricted"`
	IsStranger        bool   `json:"is_stranger"`
	Enterprise        struct {
		ID string `json:"enterprise_id"`
	} `json:"enterprise_user"`
	Profile struct {
		DisplayName string `json:"display_name"`
		RealName    string `json:"real_name"`
		Email       string `json:"email"`
	} `json:"profile"`
}

func (u wireUser) person() person {
	p := person{
		ID: u.ID, Name: strings.ToLower(u.Name), Email: strings.ToLower(u.Profile.Email), Team: u.TeamID,
		Enterprise: u.Enterprise.ID,
		Bot:        u.IsBot || u.IsWorkflowBot || u.IsConnectorBot || u.ID == "USLACKBOT",
		Gone:       u.Deleted,
		Guest:      u.IsRestricted || u.IsUltraRestricted,
		Stranger:   u.IsStranger,
	}
	// What people see in Slack, unless that is no more than the handle.
	for _, full := range []string{u.Profile.DisplayName, u.Profile.RealName, u.RealName} {
		if full = strings.TrimSpace(full); full != "" && !strings.EqualFold(full, u.Name) {
			p.Full = full
			break
		}
	}
	return p
}

// standing is what somebody is to us. Only an insider may ask for anything.
type standing string

const (
	insider  standing = "ours"
	machine  standing = "a bot"
	guest    standing = "a guest"
	stranger standing = "from another workspace"
	left     standing = "deactivated"
	unknown  standing = "not known yet"
	outdated standing = "not known since the directory is old"
)

// standingOf says what a person is to a workspace. There is no one property for people from outside: whoever belongs to
// another team is one, unless both belong to the same organisation
// (https://docs.slack.dev/apis/slack-connect/#determining-which-users-are-external).
func standingOf(p person, team, enterprise string) standing {
	switch {
	case p.Bot:
		return machine
	case p.Gone:
		return left
	case p.Stranger:
		return stranger
	case p.Team != "" && p.Team != team && (enterprise == "" || p.Enterprise != enterprise):
		return stranger
	case p.Guest:
		return guest
	}
	return insider
}

// actor is the person as the rest of Pawl knows them.
func (p person) actor(groups []string) job.Actor {
	return job.Actor{Kind: job.SlackUser, ID: p.ID, Name: p.Name, Full: p.Full, Email: p.Email, Groups: groups}
}

// lenient decodes as much as it can: a field of an unexpected type is left out, the rest is read.
func lenient(raw []byte, into any) bool {
	err := json.Unmarshal(raw, into)
	var wrongType *json.UnmarshalTypeError
	return err == nil || errors.As(err, &wrongType)
}
