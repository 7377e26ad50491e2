package slack

import (
	"encoding/json"
	"slices"
	"time"
)

// messageEvent is a message as an event shows it.
type messageEvent struct {
	Message
	Channel     string `json:"channel"`
	EventTS     string `json:"event_ts"`
	ChannelType string `json:"channel_type,omitempty"`
	UserTeam    string `json:"user_team,omitempty"`
	SourceTeam  string `json:"source_team,omitempty"`
}

// subscribed reports whether the app asked for a type of event.
func (s *Server) subscribed(kind string) bool { return slices.Contains(s.opts.Events, kind) }

// messageSubscription is what an app asks for to hear the messages of a channel.
func messageSubscription(ch *channel) string {
	switch ch.kind() {
	case "im":
		return "message.im"
	case "group":
		return "message.groups"
	default:
		return "message.channels"
	}
}

// hears reports whether events of a channel reach the app: it has to be in there.
func (c *call) hears(ch *channel) bool { return ch.has(c.dir.pawl) }

// eventsOf queues the events of a new message. A mention in a channel is two
// events with two ids for an app that subscribed to both; a mention in a direct
// message is a message only (https://docs.slack.dev/reference/events/app_mention).
// The app's own messages come as message events too, which an app has to ignore,
// but never as a mention.
func (c *call) eventsOf(ch *channel, p *post) {
	if !c.hears(ch) {
		return
	}
	event := messageEvent{Message: p.Message, Channel: ch.ID, EventTS: p.TS, ChannelType: ch.kind()}
	event.Metadata = nil // only readers who ask for it get it
	if ch.ExtShared {
		event.UserTeam, event.SourceTeam = p.Team, p.Team
	}
	if kind := messageSubscription(ch); c.subscribed(kind) {
		c.emit(ch, "message", event)
	}
	if !ch.IM && p.User != c.dir.pawl && c.subscribed("app_mention") && slices.Contains(mentionedIn(p.Text), c.dir.pawl) {
		event.Type, event.Subtype, event.ChannelType = "app_mention", "", ""
		c.emit(ch, "app_mention", event)
	}
}

// changedEvent queues message_changed or message_deleted.
func (c *call) changedEvent(ch *channel, subtype string, now, before *post) {
	if !c.hears(ch) || !c.subscribed(messageSubscription(ch)) || before.ephemeral() {
		return
	}
	ts := c.stamps.next(time.Now())
	t := c.timeline(ch.ID)
	bare := func(p *post) Message {
		m := t.show(p, false)
		m.Metadata = nil
		return m
	}
	event := map[string]any{
		"type": "message", "subtype": subtype, "channel": ch.ID, "channel_type": ch.kind(),
		"hidden": true, "ts": ts, "event_ts": ts, "previous_message": bare(before),
	}
	if now != nil {
		event["message"] = bare(now)
	} else {
		event["deleted_ts"] = before.TS
	}
	c.emit(ch, "message", event)
}

// reactionEvent queues reaction_added or reaction_removed.
func (c *call) reactionEvent(ch *channel, kind, name string, p *post) {
	if !c.hears(ch) || !c.subscribed(kind) {
		return
	}
	c.emit(ch, kind, map[string]any{
		"type": kind, "user": c.who.user.ID, "reaction": name, "item_user": p.User,
		"item":     map[string]any{"type": "message", "channel": ch.ID, "ts": p.TS},
		"event_ts": c.stamps.next(time.Now()),
	})
}

// emit queues one event for the app. ch is nil for events of the whole workspace.
func (c *call) emit(ch *channel, kind string, event any) {
	e := &envelope{id: "Ev" + randomID(12), n: c.outbox.number(), due: time.Now()}
	channelID, shared := "", false
	if ch != nil {
		channelID, shared = ch.ID, ch.ExtShared
	}
	body, err := json.Marshal(map[string]any{
		"token": verificationToken, "team_id": c.dir.teamID, "api_app_id": AppID,
		"event": event, "type": "event_callback", "event_id": e.id, "event_time": e.due.Unix(),
		"authorizations": []map[string]any{{
			"enterprise_id": nil, "team_id": c.dir.teamID, "user_id": c.dir.pawl, "is_bot": true,
			"is_enterprise_install": false,
		}},
		"is_ext_shared_channel": shared,
		"event_context":         "4-" + kind + "-" + c.dir.teamID + "-" + channelID,
	})
	if err != nil {
		panic(err) // made of our own values, which always encode
	}
	e.payload, e.channel, e.kind = body, channelID, kind
	c.events = append(c.events, e)
}

// verificationToken stands where Slack puts its deprecated shared secret.
const verificationToken = "sandbox-verification"
