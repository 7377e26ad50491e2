package slack

import (
	"cmp"
	"time"
)

// Options says what kind of Slack the sandbox is. The zero value is Slack as it
// is published: real tiers, real redelivery, nothing kept after Close.
type Options struct {
	// Path is the SQLite file in which messages, reactions and unacknowledged
	// envelopes are kept. Empty means: in memory, gone with the Server.
	Path string
	// URL is where people and apps reach the server, such as
	// "http://127.0.0.1:8065". It goes into permalinks, response URLs and socket
	// URLs. Empty means: whatever host the request in hand was sent to.
	URL string
	// BotToken and AppToken are Pawl's two tokens. They default to
	// xoxb-sandbox-pawl and xapp-sandbox-pawl.
	BotToken, AppToken string
	// Scopes are what the bot token may do. Nil means every scope Pawl asks for.
	Scopes []string
	// Events are the subscriptions of the app, named as in a Slack manifest
	// ("app_mention", "message.im"). Nil means every event Pawl could ask for.
	Events []string
	// NoHome is an app whose Home tab is switched off.
	NoHome bool
	// SlashCommands that belong to the app, such as "/pawl". Nil means that one.
	SlashCommands []string
	// Limits are the rate limits.
	Limits Limits
	// Redelivery says when an envelope nobody acknowledged is sent again.
	Redelivery Redelivery
	// Sockets says how Socket Mode connections are looked after.
	Sockets Sockets
	// Requests, when its URL is set, takes the place of Socket Mode: everything is sent to the app by HTTP.
	Requests Requests
	// Now is the clock behind rate limits, trigger ids and response URLs; nil is
	// time.Now. Deliveries and pings always run on the real clock.
	Now func() time.Time
}

// Requests is where an app without Socket Mode gets its events, presses, windows and slash commands, all at one address
// as is usual (https://docs.slack.dev/apis/events-api/using-http-request-urls), and the secret they are signed with
// (https://docs.slack.dev/authentication/verifying-requests-from-slack).
type Requests struct {
	URL, SigningSecret string
}

// Limits are Slack's published rate limits. See
// https://docs.slack.dev/apis/web-api/rate-limits.
type Limits struct {
	// Off lifts all limits.
	Off bool
	// Window is the minute in "50 per minute", one minute by default. A shorter
	// window makes the same limits refill faster.
	Window time.Duration
	// PostEvery is the pace of chat.postMessage in one channel, one second by
	// default. Slack tolerates short bursts and does not say how long; PostBurst,
	// 3 by default, is our guess at the careful end.
	PostEvery time.Duration
	PostBurst int
}

// Redelivery is what Slack does with an event that was not acknowledged.
//
// Slack documents three retries for the Events API over HTTP: nearly at once,
// after one minute, after five (https://docs.slack.dev/apis/events-api/#retries).
// For Socket Mode its support names the same scheme with an acknowledgement due
// in three seconds (https://github.com/slackapi/python-slack-sdk/issues/1280).
type Redelivery struct {
	// AckWithin is how long an acknowledgement may take; 3 s by default. A click
	// that is not acknowledged by then has failed for the person who made it.
	AckWithin time.Duration
	// Waits are the pauses before each retry, counted from the moment the try
	// before it ran out. Nil means 0, one minute, five minutes.
	Waits []time.Duration
}

// Sockets says how Socket Mode connections are looked after.
type Sockets struct {
	// PingEvery is the pause between WebSocket pings, 5 s by default. Clients take
	// 30 s of silence for a dead link.
	PingEvery time.Duration
	// Lifetime is how long a connection lives before Slack asks for a new one,
	// 4 h by default ("once every few hours").
	Lifetime time.Duration
	// Warning is how long before its end a connection is told, 10 s by default.
	Warning time.Duration
}

func (o Options) withDefaults() Options {
	o.BotToken = cmp.Or(o.BotToken, "xoxb-sandbox-pawl")
	o.AppToken = cmp.Or(o.AppToken, "xapp-sandbox-pawl")
	if o.Scopes == nil {
		o.Scopes = allScopes()
	}
	if o.Events == nil {
		o.Events = allEvents()
	}
	if o.SlashCommands == nil {
		o.SlashCommands = []string{"/pawl"}
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	o.Limits.Window = cmp.Or(o.Limits.Window, time.Minute)
	o.Limits.PostEvery = cmp.Or(o.Limits.PostEvery, time.Second)
	o.Limits.PostBurst = cmp.Or(o.Limits.PostBurst, 3)
	o.Redelivery.AckWithin = cmp.Or(o.Redelivery.AckWithin, 3*time.Second)
	if o.Redelivery.Waits == nil {
		o.Redelivery.Waits = []time.Duration{0, time.Minute, 5 * time.Minute}
	}
	o.Sockets.PingEvery = cmp.Or(o.Sockets.PingEvery, 5*time.Second)
	o.Sockets.Lifetime = cmp.Or(o.Sockets.Lifetime, 4*time.Hour)
	o.Sockets.Warning = cmp.Or(o.Sockets.Warning, 10*time.Second)
	return o
}

func allScopes() []string {
	return []string{
		"app_mentions:read", "channels:history", "channels:join", "channels:read", "chat:write",
		"commands", "files:read", "files:write", "groups:history", "groups:read", "im:history", "im:read", "im:write",
		"reactions:read", "reactions:write", "usergroups:read", "users:read", "users:read.email",
	}
}

// allEvents includes message.channels and message.groups on purpose: an app that
// asks for them gets the same message twice, once as a mention.
func allEvents() []string {
	return []string{
		"app_mention", "message.channels", "message.groups", "message.im",
		"app_home_opened", "channel_archive", "channel_left", "channel_unarchive",
		"group_archive", "group_left", "group_unarchive",
		"member_joined_channel", "member_left_channel", "reaction_added", "reaction_removed",
		"subteam_members_changed", "subteam_updated", "user_change",
	}
}
