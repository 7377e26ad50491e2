package slack

import (
	"encoding/json"
	"time"
)

const (
	// maxPostText is where chat.postMessage cuts text off.
	maxPostText = 40_000
	// maxUpdateText is where chat.update and chat.postEphemeral refuse it.
	maxUpdateText = 4_000
	// maxAttachments is how many attachments a message may have.
	maxAttachments = 100
	// unreadable is the text Slack gives a message that has blocks and none.
	unreadable = "This content can't be displayed."
)

// content is what a message says, as it came in the arguments of a call.
type content struct {
	text        string
	hasText     bool
	blocks      json.RawMessage // nil when none were sent or the list was empty
	hasBlocks   bool
	attachments json.RawMessage
	metadata    *Metadata
}

// content reads and checks text, blocks, attachments and metadata. Text above the
// limit is refused with msg_too_long, or cut when refusing is not Slack's way.
func (c *call) content(limit int, tooLong string) (content, *apiError) {
	_, sent := c.args["text"]
	got := content{text: normalise(c.args["text"]), hasText: sent}
	if c.args.has("markdown_text") {
		return got, refuse("markdown_text_conflict") // not one of the ways in which this project writes
	}
	if length(c.args["text"]) > limit {
		if tooLong != "" {
			return got, refuse(tooLong)
		}
		got.text = cut(got.text, limit)
		c.warnings = append(c.warnings, "message_truncated")
	}
	if c.args.has("blocks") {
		blocks, err := checkBlocks([]byte(c.args["blocks"]))
		if err != nil {
			return got, err
		}
		got.hasBlocks, got.blocks = true, blocks
	}
	if c.args.has("attachments") {
		attachments, err := checkAttachments([]byte(c.args["attachments"]))
		if err != nil {
			return got, err
		}
		got.attachments = attachments
	}
	if c.args.has("metadata") {
		metadata, err := checkMetadata([]byte(c.args["metadata"]))
		if err != nil {
			return got, err
		}
		got.metadata = metadata
	}
	if got.text == "" && got.blocks == nil && got.attachments == nil {
		return got, refuse("no_text")
	}
	if got.text == "" && got.blocks != nil {
		got.text = unreadable
		c.warnings = append(c.warnings, "missing_text_in_message")
	}
	return got, nil
}

// compose makes a new message of a user out of its content.
func (c *call) compose(from *user, ch *channel, said content, threadTS string) post {
	p := post{Channel: ch.ID, Message: Message{
		Type: "message", User: from.ID, Team: from.Team, Text: said.text, TS: c.stamps.next(time.Now()),
		ThreadTS: threadTS, Blocks: said.blocks, Attachments: said.attachments, Metadata: said.metadata,
	}}
	if from.isBot() {
		p.BotID, p.AppID = from.BotID, from.AppID
		p.BotProfile = &BotProfile{
			ID: from.BotID, AppID: from.AppID, Name: from.Name, TeamID: from.Team, Updated: from.Updated,
		}
	} else {
		p.ClientMsgID = randomUUID()
		if p.Blocks == nil && p.Text != "" {
			p.Blocks = typed(p.Text)
		}
	}
	if p.reply() {
		p.ParentUserID = c.timeline(ch.ID).message(threadTS).User
	}
	p.Mentions = mentioned(p.Message)
	return p
}

// publish makes a new message part of the change: everybody who can read the
// channel sees it, some are notified, the app hears of it.
func (c *call) publish(ch *channel, p post) {
	c.posts = append(c.posts, p)
	c.tell("message", c.readers(ch), map[string]any{"channel": ch.ID, "message": p.Message.public()})
	c.pushes(ch, &p)
	c.eventsOf(ch, &p)
}

// readers are the people whose streams show a channel.
func (c *call) readers(ch *channel) []string {
	ids := []string{}
	for _, u := range c.dir.users {
		if c.dir.sees(u, ch) {
			ids = append(ids, u.ID)
		}
	}
	return ids
}

// public is the message without the part of the metadata that has to be asked for.
func (m Message) public() Message {
	if m.Metadata != nil {
		m.Metadata = &Metadata{EventType: m.Metadata.EventType}
	}
	return m
}

// thread is the ts under which a reply is kept: the one asked for when a message
// to hang it under exists, else none. Slack posts a reply to a deleted message
// into the channel without a word; a reply's own ts is no thread either.
func (c *call) thread(ch *channel, ts string) string {
	parent := c.timeline(ch.ID).message(ts)
	if parent == nil || parent.tombstone() || parent.reply() {
		return ""
	}
	return ts
}
