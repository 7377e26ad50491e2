package slackbridge

import (
	"context"
	"encoding/json"
	"time"

	"github.com/slack-go/slack/socketmode"
)

// deliver takes an envelope from a socket. It never waits.
func (b *Bridge) deliver(e envelope) {
	if !b.intake.take(e) {
		b.opt.Log.Warn().Str("kind", e.kind).Int("retry", e.retry).Msg("not taking a delivery; slack will repeat it")
	}
}

// handle decides what an envelope is. Whatever it turns out to be, it is acknowledged, except an event whose outcome is
// not known.
func (b *Bridge) handle(ctx context.Context, e envelope) {
	defer func() {
		if p := recover(); p != nil {
			// One message that breaks us must not take the others along; unacknowledged, it comes again.
			b.opt.Log.Error().Interface("panic", p).Str("kind", e.kind).Msg("handling a delivery")
		}
	}()
	switch e.kind {
	case socketmode.RequestTypeEventsAPI:
		b.handleEvent(ctx, e)
	case socketmode.RequestTypeInteractive:
		var p press
		if !lenient(e.payload, &p) {
			b.unreadable(e)
			return
		}
		b.pressed(ctx, e, p)
	case socketmode.RequestTypeSlashCommands:
		var s slash
		if !lenient(e.payload, &s) {
			b.unreadable(e)
			return
		}
		b.slash(ctx, e, s)
	default:
		b.opt.Log.Debug().Str("kind", e.kind).Msg("a delivery of a kind nobody knows")
		b.ack(e, nil)
	}
}

func (b *Bridge) handleEvent(ctx context.Context, e envelope) {
	var ev event
	var m message
	if !lenient(e.payload, &ev) || !lenient(ev.Inner, &m) {
		b.unreadable(e)
		return
	}
	if b.people.event(m.Type, ev.Inner) {
		b.ack(e, nil)
		return
	}
	switch m.Type {
	case "message", "app_mention":
		b.hear(ctx, e, ev.Team, m)
	case "app_home_opened":
		var o opened
		lenient(ev.Inner, &o)
		b.homeOpened(e, o)
	default:
		b.ack(e, nil)
	}
}

// unreadable acknowledges what nobody can read, so that it does not come again and again.
func (b *Bridge) unreadable(e envelope) {
	b.opt.Log.Warn().Str("kind", e.kind).Int("bytes", len(e.payload)).Bool("json", json.Valid(e.payload)).
		Msg("a delivery that cannot be read")
	b.ack(e, nil)
}

// ackPatience bounds one acknowledgement: with no socket open, slack-go's queue of them fills up.
const ackPatience = 2 * time.Second

// ack acknowledges an envelope where it came from: it answers a request, or says so on the socket, or on the other one
// when that is over.
func (b *Bridge) ack(e envelope, payload any) {
	switch {
	case e.web != nil:
		e.web.give(payload)
		return
	case e.id == "":
		return
	}
	ctx, cancel := context.WithTimeout(b.life, ackPatience)
	defer cancel()
	err := errClosed
	if e.session != nil {
		err = e.session.ack(ctx, e.id, payload)
	}
	if err != nil {
		for _, s := range b.sockets.sessions() {
			if err = s.ack(ctx, e.id, payload); err == nil {
				break
			}
		}
	}
	if err != nil {
		b.opt.Log.Warn().Err(err).Msg("not acknowledged; slack will repeat the delivery")
	}
}
