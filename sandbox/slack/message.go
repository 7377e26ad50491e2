package slack

import "encoding/json"

// Message is a message as conversations.history shows it. Blocks and attachments
// stay the JSON they came as, with the ids Slack fills in.
type Message struct {
	Type            string          `json:"type"`
	Subtype         string          `json:"subtype,omitempty"`
	User            string          `json:"user,omitempty"`
	BotID           string          `json:"bot_id,omitempty"`
	AppID           string          `json:"app_id,omitempty"`
	BotProfile      *BotProfile     `json:"bot_profile,omitempty"`
	Team            string          `json:"team,omitempty"`
	ClientMsgID     string          `json:"client_msg_id,omitempty"`
	Text            string          `json:"text"`
	TS              string          `json:"ts"`
	ThreadTS        string          `json:"thread_ts,omitempty"`
	ParentUserID    string          `json:"parent_user_id,omitempty"`
	ReplyCount      int             `json:"reply_count,omitempty"`
	ReplyUsersCount int             `json:"reply_users_count,omitempty"`
	ReplyUsers      []string        `json:"reply_users,omitempty"`
	LatestReply     string          `json:"latest_reply,omitempty"`
	Edited          *Edited         `json:"edited,omitempty"`
	Blocks          json.RawMessage `json:"blocks,omitempty"`
	Attachments     json.RawMessage `json:"attachments,omitempty"`
	Metadata        *Metadata       `json:"metadata,omitempty"`
	Reactions       []Reaction      `json:"reactions,omitempty"`
	Files           []File          `json:"files,omitempty"`
	IsEphemeral     bool            `json:"is_ephemeral,omitempty"`
}

// BotProfile is how Slack introduces the bot behind a message.
type BotProfile struct {
	ID      string `json:"id"`
	AppID   string `json:"app_id"`
	Name    string `json:"name"`
	TeamID  string `json:"team_id"`
	Deleted bool   `json:"deleted"`
	Updated int64  `json:"updated"`
}

// Edited says who edited a message and when. Messages with blocks do not get it.
type Edited struct {
	User string `json:"user"`
	TS   string `json:"ts"`
}

// Metadata is what an app hid in its message. EventPayload is left out unless the
// reader asked for include_all_metadata.
type Metadata struct {
	EventType    string          `json:"event_type"`
	EventPayload json.RawMessage `json:"event_payload,omitempty"`
}

// Reaction is one emoji on a message with everybody who chose it.
type Reaction struct {
	Name  string   `json:"name"`
	Users []string `json:"users"`
	Count int      `json:"count"`
}

// File is a file of a message. Its content is behind URLPrivate, for those who see the message.
type File struct {
	ID                 string `json:"id"`
	Created            int64  `json:"created"`
	Timestamp          int64  `json:"timestamp"`
	Name               string `json:"name"`
	Title              string `json:"title"`
	Mimetype           string `json:"mimetype"`
	Filetype           string `json:"filetype"`
	PrettyType         string `json:"pretty_type"`
	User               string `json:"user"`
	Editable           bool   `json:"editable"`
	Size               int    `json:"size"` // bytes
	Mode               string `json:"mode"` // snippet, hosted
	URLPrivate         string `json:"url_private"`
	URLPrivateDownload string `json:"url_private_download"`
	Preview            string `json:"preview,omitempty"` // the first lines of a snippet
	Lines              int    `json:"lines,omitempty"`
	LinesMore          int    `json:"lines_more,omitempty"` // how many the preview leaves out
}

// post is a message as the sandbox keeps it: without what is counted on reading,
// with what nobody is shown.
type post struct {
	Message
	Channel string `json:"channel"`
	// Addressee is the only person who sees an ephemeral message.
	Addressee string `json:"addressee,omitempty"`
	// Mentions are the targets the message names, found once when it was written.
	Mentions []string `json:"mentions,omitempty"`
}

func (p *post) ephemeral() bool { return p.Addressee != "" }

// reply reports whether the post hangs below another one.
func (p *post) reply() bool { return p.ThreadTS != "" && p.ThreadTS != p.TS }

// broadcast reports whether a reply is shown in the channel too.
func (p *post) broadcast() bool { return p.Subtype == "thread_broadcast" }

// tombstone reports whether the post was deleted but still holds a thread.
func (p *post) tombstone() bool { return p.Subtype == "tombstone" }
