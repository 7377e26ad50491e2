package slackbridge

import (
	"encoding/json"
	"strings"
	"time"
)

// envelope is one delivery of Slack: https://docs.slack.dev/apis/events-api/using-socket-mode. Its id serves for the
// acknowledgement alone: a repeated delivery may have the same id or another.
type envelope struct {
	session *session   // the socket it came by; nil
	web     *webAnswer // the request it came by; nil
	id      string
	kind    string // events_api, interactive, slash_commands
	payload json.RawMessage
	retry   int
	came    time.Time
}

// open reads an envelope that slack-go could not read.
func open(s *session, raw json.RawMessage) envelope {
	var e struct {
		ID      string          `json:"envelope_id"`
		Type    string          `json:"type"`
		Payload json.RawMessage `json:"payload"`
		Retry   int             `json:"retry_attempt"`
	}
	lenient(raw, &e)
	return envelope{session: s, id: e.ID, kind: e.Type, payload: e.Payload, retry: e.Retry, came: time.Now()}
}

// event is what an events_api envelope holds.
type event struct {
	Team  string          `json:"team_id"`
	Inner json.RawMessage `json:"event"`
}

// message is what the events `message` and `app_mention` hold, as far as we read them.
type message struct {
	Type        string `json:"type"`
	Subtype     string `json:"subtype"`
	User        string `json:"user"`
	BotID       string `json:"bot_id"`
	AppID       string `json:"app_id"`
	Text        string `json:"text"`
	TS          string `json:"ts"`
	ThreadTS    string `json:"thread_ts"`
	Channel     string `json:"channel"`
	ChannelType string `json:"channel_type"`
	UserTeam    string `json:"user_team"`
	SourceTeam  string `json:"source_team"`
	Hidden      bool   `json:"hidden"`
	Edited      *struct {
		TS string `json:"ts"`
	} `json:"edited"`
}

// direct reports whether the message was said to us alone.
func (m message) direct() bool { return m.ChannelType == "im" || strings.HasPrefix(m.Channel, "D") }

// team is the workspace the sender belongs to, when the event says so.
func (m message) team() string {
	if m.UserTeam != "" {
		return m.UserTeam
	}
	return m.SourceTeam
}

// typed reports whether a person typed this just now: no bot, no edit, no notice of Slack's. A message that was also sent
// to the channel, or carries a file, is one that was typed.
func (m message) typed() bool {
	switch m.Subtype {
	case "", "thread_broadcast", "file_share":
	default:
		return false
	}
	return m.BotID == "" && m.User != "" && !m.Hidden && m.Edited == nil
}

// press is what an interactive envelope holds, as far as we read it.
type press struct {
	Type        string `json:"type"`
	TriggerID   string `json:"trigger_id"`
	ResponseURL string `json:"response_url"`
	View        struct {
		ID       string `json:"id"`
		Type     string `json:"type"`
		Callback string `json:"callback_id"`
		Private  string `json:"private_metadata"`
		State    struct {
			Values map[string]map[string]struct {
				Value string `json:"value"`
			} `json:"values"`
		} `json:"state"`
	} `json:"view"` // of a window that was sent in, or the Home tab a button stands in
	Team struct {
		ID string `json:"id"`
	} `json:"team"`
	User struct {
		ID     string `json:"id"`
		TeamID string `json:"team_id"`
	} `json:"user"`
	Container struct {
		Type        string `json:"type"` // message, or view
		MessageTS   string `json:"message_ts"`
		ChannelID   string `json:"channel_id"`
		ThreadTS    string `json:"thread_ts"`
		IsEphemeral bool   `json:"is_ephemeral"`
	} `json:"container"`
	Channel struct {
		ID string `json:"id"`
	} `json:"channel"`
	Message struct {
		ThreadTS string `json:"thread_ts"`
		Parent   string `json:"parent_user_id"` // who wrote the message the thread hangs under
	} `json:"message"`
	Actions []struct {
		ActionID string `json:"action_id"`
		BlockID  string `json:"block_id"`
		Value    string `json:"value"`
		ActionTS string `json:"action_ts"`
	} `json:"actions"`
}

// channel is where the button was pressed.
func (p press) channel() string {
	if p.Channel.ID != "" {
		return p.Channel.ID
	}
	return p.Container.ChannelID
}

// thread is the thread the button stands in; empty when it stands in none.
func (p press) thread() string {
	if p.Container.ThreadTS != "" {
		return p.Container.ThreadTS
	}
	return p.Message.ThreadTS
}

// slash is what a slash_commands envelope holds, as far as we read it.
type slash struct {
	Team        string `json:"team_id"`
	Channel     string `json:"channel_id"`
	User        string `json:"user_id"`
	Text        string `json:"text"` // what follows the command's name
	Trigger     string `json:"trigger_id"`
	ResponseURL string `json:"response_url"`
}
