package slack

import (
	"context"
	"encoding/json"
	"slices"
	"sync"
	"time"
)

// The types of envelope.
const (
	typeEvents   = "events_api"
	typeInteract = "interactive"
	typeSlash    = "slash_commands"
)

// envelope is one event on its way to the app. It is in the file until the app
// acknowledged it or Slack gave up.
type envelope struct {
	id       string // the event's id, the same on every try
	n        int64  // order of creation
	channel  string
	kind     string // type of the event, for the log
	payload  json.RawMessage
	attempts int
	due      time.Time
	reason   string // why the last request did not count

	last *conn            // where it went the last time
	sent map[string]*conn // by envelope id: every try has an id of its own
}

// frame is what goes over the socket.
type frame struct {
	EnvelopeID     string          `json:"envelope_id"`
	Payload        json.RawMessage `json:"payload"`
	Type           string          `json:"type"`
	AcceptsPayload bool            `json:"accepts_response_payload"`
	RetryAttempt   *int            `json:"retry_attempt,omitempty"`
	RetryReason    *string         `json:"retry_reason,omitempty"`
}

// outbox brings envelopes to the app: each to one connection, whichever is next.
type outbox struct {
	opts   Options
	store  *store
	faults *faults
	log    *callLog
	sender *sender // used instead of connections when there is a URL
	life   context.Context
	end    context.CancelFunc

	mu      sync.Mutex
	nextN   int64
	nextID  int
	turn    int
	conns   []*conn
	pending []*envelope
	waiting map[string]*asking // interactions, by envelope id
	wake    chan struct{}
	closed  bool
	serving sync.WaitGroup // connections and requests
}

// asking is an interaction somebody waits for.
type asking struct {
	channel string
	conns   []*conn
	answer  chan json.RawMessage
}

func newOutbox(opts Options, st *store, f *faults, log *callLog) *outbox {
	life, end := context.WithCancel(context.Background())
	return &outbox{
		opts: opts, store: st, faults: f, log: log,
		sender: newSender(opts.Requests, opts.Redelivery.AckWithin), life: life, end: end,
		// The order of creation has to rise across restarts.
		nextN: time.Now().UnixMicro(), waiting: map[string]*asking{}, wake: make(chan struct{}, 1),
	}
}

// number gives a new envelope its place in the order, before it is stored.
func (o *outbox) number() int64 {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.nextN++
	return o.nextN
}

// add takes envelopes that are in the file.
func (o *outbox) add(envelopes []*envelope) {
	if len(envelopes) == 0 {
		return
	}
	o.mu.Lock()
	for _, e := range envelopes {
		e.sent = map[string]*conn{}
		o.pending = append(o.pending, e)
	}
	o.mu.Unlock()
	o.nudge()
}

func (o *outbox) nudge() {
	select {
	case o.wake <- struct{}{}:
	default:
	}
}

// run delivers what is due until the context ends.
func (o *outbox) run(ctx context.Context) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		timer.Reset(time.Until(o.deliverDue(time.Now())))
		select {
		case <-timer.C:
		case <-o.wake:
		case <-ctx.Done():
			return
		}
	}
}

// deliverDue sends every envelope whose time has come and returns when the next
// one is due.
func (o *outbox) deliverDue(now time.Time) time.Time {
	o.mu.Lock()
	defer o.mu.Unlock()
	next := now.Add(time.Hour)
	for _, e := range slices.Clone(o.pending) {
		if !e.due.After(now) {
			if e.attempts > len(o.opts.Redelivery.Waits) {
				o.log.add(Entry{Kind: "give_up", Type: typeEvents, Event: e.kind, EventID: e.id, Attempt: e.attempts - 1})
				o.forget(e)
				continue
			}
			o.try(e, now)
		}
		if e.due.Before(next) {
			next = e.due
		}
	}
	return next
}

// try sends an envelope once. With no connection open the try is spent all the
// same: Slack does not promise to queue, and for an app that was away the retry
// is the only delivery.
func (o *outbox) try(e *envelope, now time.Time) {
	attempt, reason := e.attempts, ""
	if attempt > 0 {
		reason = "timeout"
	}
	f := frame{EnvelopeID: randomUUID(), Payload: e.payload, Type: typeEvents, RetryAttempt: &attempt, RetryReason: &reason}
	e.attempts++
	e.due = now.Add(o.opts.Redelivery.AckWithin)
	if waits := o.opts.Redelivery.Waits; attempt < len(waits) {
		e.due = e.due.Add(waits[attempt])
	}
	if o.byHTTP() {
		reason = e.reason
		e.due = e.due.Add(time.Minute) // the request itself says when the next is due: it always ends
	}
	if attempt > 0 {
		// The first try is not noted: a crash in between repeats it, as Slack may.
		if err := o.store.sent(e.id, e.attempts, e.due); err != nil {
			o.log.add(Entry{Kind: "deliver", EventID: e.id, Error: err.Error()})
		}
	}
	entry := Entry{Kind: "deliver", Type: typeEvents, Event: e.kind, EventID: e.id, EnvelopeID: f.EnvelopeID, Attempt: attempt}
	copies := 1
	if len(o.conns) > 0 || o.byHTTP() {
		if _, twice := o.faults.take("", e.channel, faultDuplicate); twice {
			copies = 2
			entry.Fault = faultDuplicate
		}
	}
	for range copies {
		if o.byHTTP() {
			o.log.add(entry)
			if !o.closed {
				o.serving.Go(func() { o.request(o.life, e, attempt, reason, f.EnvelopeID) })
			}
			continue
		}
		to := o.choose(e.last)
		entry.Connection = to.number()
		if to == nil {
			entry.Error = "no_connection"
		} else {
			e.last = to
			e.sent[f.EnvelopeID] = to
			to.send(f)
		}
		o.log.add(entry)
	}
}

// byHTTP reports whether the app gets everything by HTTP.
func (o *outbox) byHTTP() bool { return o.opts.Requests.URL != "" }

// choose picks the connection whose turn it is, but not the given one while there
// is another. Slack: "it's best not to assume any particular pattern".
func (o *outbox) choose(not *conn) *conn {
	if len(o.conns) == 0 {
		return nil
	}
	o.turn++
	c := o.conns[o.turn%len(o.conns)]
	if c == not && len(o.conns) > 1 {
		o.turn++
		c = o.conns[o.turn%len(o.conns)]
	}
	return c
}

// ask sends an interaction or a slash command and waits for its acknowledgement.
// Such envelopes are never repeated. It returns the payload of the
// acknowledgement, and false when none came in time.
func (o *outbox) ask(ctx context.Context, kind, channelID string, payload json.RawMessage) (json.RawMessage, bool) {
	if o.byHTTP() {
		return o.requestNow(ctx, kind, channelID, payload)
	}
	ctx, cancel := context.WithTimeout(ctx, o.opts.Redelivery.AckWithin)
	defer cancel()
	f := frame{EnvelopeID: randomUUID(), Payload: payload, Type: kind, AcceptsPayload: true}
	a := &asking{channel: channelID, answer: make(chan json.RawMessage, 1)}
	entry := Entry{Kind: "deliver", Type: kind, EnvelopeID: f.EnvelopeID}
	if _, lost := o.faults.take("", channelID, faultLostClick); lost {
		entry.Fault = faultLostClick
		o.log.add(entry)
	} else {
		o.mu.Lock()
		copies := 1
		if _, twice := o.faults.take("", channelID, faultDuplicate); twice {
			copies = 2
			entry.Fault = faultDuplicate
		}
		o.waiting[f.EnvelopeID] = a
		for range copies {
			to := o.choose(nil)
			entry.Connection = to.number()
			if to == nil {
				entry.Error = "no_connection"
			} else {
				a.conns = append(a.conns, to)
				to.send(f)
			}
			o.log.add(entry)
		}
		o.mu.Unlock()
	}
	defer func() {
		o.mu.Lock()
		delete(o.waiting, f.EnvelopeID)
		o.mu.Unlock()
	}()
	select {
	case answer := <-a.answer:
		return answer, true
	case <-ctx.Done():
		return nil, false
	}
}

// acknowledge settles what a connection says it received. Whether Slack accepts an
// acknowledgement on another connection than the delivering one is not published;
// here it does not, and redelivery covers it.
func (o *outbox) acknowledge(from *conn, envelopeID string, payload json.RawMessage) {
	o.mu.Lock()
	defer o.mu.Unlock()
	entry := Entry{Kind: "ack", EnvelopeID: envelopeID, Connection: from.number()}
	defer func() { o.log.add(entry) }()
	if a := o.waiting[envelopeID]; a != nil && slices.Contains(a.conns, from) {
		if _, lost := o.faults.take("", a.channel, faultLostAck); lost {
			entry.Fault = faultLostAck
			return
		}
		delete(o.waiting, envelopeID)
		a.answer <- payload
		return
	}
	i := slices.IndexFunc(o.pending, func(e *envelope) bool { return e.sent[envelopeID] == from })
	if i < 0 {
		entry.Error = "unknown_envelope"
		return
	}
	e := o.pending[i]
	entry.EventID, entry.Event = e.id, e.kind
	if _, lost := o.faults.take("", e.channel, faultLostAck); lost {
		entry.Fault = faultLostAck
		return
	}
	o.forget(e)
}

// forget takes an envelope out of memory and file.
func (o *outbox) forget(e *envelope) {
	o.pending = slices.DeleteFunc(o.pending, func(p *envelope) bool { return p == e })
	if err := o.store.settled(e.id); err != nil {
		// It will be delivered again after a restart, which the app has to stand anyway.
		o.log.add(Entry{Kind: "ack", EventID: e.id, Error: err.Error()})
	}
}
