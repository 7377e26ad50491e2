package slack

import (
	"net/url"
	"slices"
	"strings"
	"time"
)

// postTarget finds the conversation chat.postMessage is to write to, nil for none.
// Beside ids it takes names of channels, and ids of people for the direct message
// with them.
func (s *Server) postTarget(from *user, to string) *channel {
	if ch := s.dir.channel(to); ch != nil {
		return ch
	}
	if from != nil && s.dir.user(to) != nil {
		return s.dir.im(from.ID, to)
	}
	return s.dir.channelNamed(to)
}

// writable finds a conversation the caller may write to.
func (c *call) writable(to string) (*channel, *apiError) {
	ch := c.postTarget(c.who.user, to)
	switch {
	case ch == nil, !ch.has(c.who.user.ID) && (ch.IM || ch.Private || c.who.user.Team != c.dir.teamID):
		return nil, refuse("channel_not_found")
	case ch.Archived:
		return nil, refuse("is_archived")
	case !ch.has(c.who.user.ID):
		return nil, refuse("not_in_channel")
	}
	return ch, nil
}

// chatPostMessage is chat.postMessage. With a person's token it is that person typing.
func chatPostMessage(c *call) (reply, *apiError) {
	ch, err := c.writable(c.args["channel"])
	if err != nil {
		return nil, err
	}
	said, err := c.content(maxPostText, "")
	if err != nil {
		return nil, err
	}
	thread := ""
	if asked := c.args["thread_ts"]; asked != "" {
		if _, ok := parseTS(asked); !ok {
			return nil, invalidArguments("invalid thread_ts [json-pointer:/thread_ts]")
		}
		thread = c.thread(ch, asked)
	}
	p := c.compose(c.who.user, ch, said, thread)
	if thread != "" && c.args.flag("reply_broadcast") {
		p.Subtype = "thread_broadcast"
	}
	c.publish(ch, p)
	return reply{"channel": ch.ID, "ts": p.TS, "message": p.Message}, nil
}

// chatPostEphemeral is chat.postEphemeral. Slack gives no promise that such a
// message is seen; in a thread without replies it is not.
func chatPostEphemeral(c *call) (reply, *apiError) {
	ch, err := c.writable(c.args["channel"])
	if err != nil {
		return nil, err
	}
	to := c.dir.user(c.args["user"])
	if to == nil || to.Deleted || to.isBot() || !ch.has(to.ID) {
		return nil, refuse("user_not_in_channel")
	}
	said, err := c.content(maxUpdateText, "msg_too_long")
	if err != nil {
		return nil, err
	}
	thread := c.args["thread_ts"]
	if thread != "" && c.thread(ch, thread) == "" {
		return nil, refuse("cannot_reply_to_message")
	}
	p := c.compose(c.who.user, ch, said, thread)
	c.whisper(ch, to.ID, p)
	return reply{"message_ts": p.TS}, nil
}

// whisper shows a message to one person only.
func (c *call) whisper(ch *channel, to string, p post) {
	if p.ThreadTS != "" && len(c.timeline(ch.ID).replies[p.ThreadTS]) == 0 {
		return
	}
	p.Addressee, p.Metadata = to, nil
	p.IsEphemeral = true
	c.posts = append(c.posts, p)
	c.tell("ephemeral", []string{to}, map[string]any{
		"channel": ch.ID, "thread_ts": p.ThreadTS, "message": p.Message,
	})
}

// chatDelete is chat.delete. A message with replies leaves a tombstone that holds
// the thread; any other is gone.
func chatDelete(c *call) (reply, *apiError) {
	ch, p, err := c.own("cant_delete_message")
	if err != nil {
		return nil, err
	}
	c.unsay(ch, p)
	return reply{"channel": ch.ID, "ts": p.TS}, nil
}

func (c *call) unsay(ch *channel, p *post) {
	if len(c.timeline(ch.ID).replies[p.TS]) > 0 {
		c.posts = append(c.posts, post{Channel: ch.ID, Message: Message{
			Type: "message", Subtype: "tombstone", User: "USLACKBOT", Text: "This message was deleted.",
			TS: p.TS, ThreadTS: p.TS,
		}})
	} else {
		c.removed = append(c.removed, *p)
		c.sweep(ch, p)
	}
	to := c.readers(ch)
	if p.ephemeral() {
		to = []string{p.Addressee}
	}
	c.tell("message_deleted", to, map[string]any{"channel": ch.ID, "ts": p.TS, "thread_ts": p.ThreadTS})
	c.changedEvent(ch, "message_deleted", nil, p)
}

// sweep takes a tombstone away with the last reply it held.
func (c *call) sweep(ch *channel, reply *post) {
	t := c.timeline(ch.ID)
	parent := t.message(reply.ThreadTS)
	if parent != nil && parent.tombstone() && len(t.replies[parent.TS]) == 1 {
		c.removed = append(c.removed, *parent)
	}
}

// own finds the message a call is about and makes sure the caller wrote it.
func (c *call) own(refusal string) (*channel, *post, *apiError) {
	ch := c.dir.channel(c.args["channel"])
	if ch == nil || !ch.has(c.who.user.ID) {
		return nil, nil, refuse("channel_not_found")
	}
	p := c.timeline(ch.ID).message(c.args["ts"])
	switch {
	case p == nil || p.tombstone():
		return nil, nil, refuse("message_not_found")
	case p.User != c.who.user.ID:
		return nil, nil, refuse(refusal)
	}
	return ch, p, nil
}

// chatUpdate is chat.update. What is not sent stays, with one exception: text
// without blocks takes the blocks away.
func chatUpdate(c *call) (reply, *apiError) {
	ch, old, err := c.own("cant_update_message")
	if err != nil {
		return nil, err
	}
	if ch.Archived {
		return nil, refuse("is_inactive")
	}
	said, err := c.content(maxUpdateText, "msg_too_long")
	if err != nil {
		if err.code == "msg_blocks_too_long" {
			err = refuse("msg_too_long") // the only code documented for chat.update
		}
		return nil, err
	}
	now := *old
	now.Reactions = slices.Clone(old.Reactions)
	if e := c.rewrite(&now, said); e != nil {
		return nil, e
	}
	c.replace(ch, old, now)
	return reply{"channel": ch.ID, "ts": now.TS, "text": now.Text, "message": now.Message}, nil
}

// rewrite puts new content over a message.
func (c *call) rewrite(p *post, said content) *apiError {
	if said.blocks != nil && hasRichText(p.Blocks) && !hasRichText(said.blocks) {
		return refuse("block_mismatch")
	}
	switch {
	case said.blocks != nil:
		p.Text, p.Blocks = said.text, said.blocks
	case said.hasText:
		p.Text, p.Blocks = said.text, nil
		if p.BotID == "" {
			p.Blocks = typed(p.Text)
		}
	}
	if said.attachments != nil {
		p.Attachments = said.attachments
	}
	if said.metadata != nil {
		p.Metadata = said.metadata
	}
	p.Mentions = mentioned(p.Message)
	if said.blocks == nil {
		p.Edited = &Edited{User: p.User, TS: c.stamps.next(time.Now())}
	}
	return nil
}

// replace makes an edited message part of the change. Edits notify nobody.
func (c *call) replace(ch *channel, old *post, now post) {
	before := *old
	c.posts = append(c.posts, now)
	to := c.readers(ch)
	if now.ephemeral() {
		to = []string{now.Addressee}
	}
	c.tell("message_changed", to, map[string]any{
		"channel": ch.ID, "message": c.timeline(ch.ID).show(&now, false),
	})
	c.changedEvent(ch, "message_changed", &now, &before)
}

// chatGetPermalink is chat.getPermalink.
func chatGetPermalink(c *call) (reply, *apiError) {
	ch := c.dir.channel(c.args["channel"])
	if ch == nil || !c.dir.sees(c.who.user, ch) {
		return nil, refuse("channel_not_found")
	}
	p := c.timeline(ch.ID).message(c.args["message_ts"])
	if p == nil {
		return nil, refuse("message_not_found")
	}
	return reply{"channel": ch.ID, "permalink": c.permalink(p)}, nil
}

// permalink is where the chat page shows a message.
func (c *call) permalink(p *post) string {
	link := c.base + "/archives/" + p.Channel + "/p" + strings.ReplaceAll(p.TS, ".", "")
	if p.reply() {
		link += "?" + url.Values{"thread_ts": {p.ThreadTS}, "cid": {p.Channel}}.Encode()
	}
	return link
}
