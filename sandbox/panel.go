package sandbox

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"
)

// Kinds of things the panel knows how to draw. Others are drawn like a host.
const (
	KindPawl  = "pawl"
	KindHost  = "host"
	KindSlack = "slack"
	KindApp   = "app"
	KindCRM   = "crm"
	KindCI    = "ci"
	KindSheet = "sheet"
)

// States of a thing. The page shows each by shape and by word.
const (
	StateOK       = "ok"
	StateDown     = "down"
	StateStarting = "starting"
)

// flipDeadline bounds one flip: somebody is looking at the button.
const flipDeadline = 10 * time.Second

// maxFlipBody is far more than {"on":true} needs.
const maxFlipBody = 1 << 10

// Thing is one part of the pretend world as the panel shows it: Pawl itself, a
// host, an app. Its JSON form is part of the sandbox API.
type Thing struct {
	// ID names the thing in URLs and never changes; unique in a panel.
	ID   string `json:"id"`
	Kind string `json:"kind"`
	Name string `json:"name"`
	// State is StateOK, StateDown or StateStarting.
	State string `json:"state"`
	// Word says the state to people: "alive", "up", "killed", "cable cut".
	// The page puts the time since Since behind it.
	Word string `json:"word"`
	// Since is when the thing came into its present state; zero hides the time.
	Since time.Time `json:"since,omitzero"`
	// Detail is one short line more, such as "pid 4242"; may be empty.
	Detail string `json:"detail"`
	// URL is where the thing can be looked at; may be empty.
	URL      string   `json:"url"`
	Switches []Switch `json:"switches"`
}

// Switch is something people may do to a thing.
type Switch struct {
	// ID names the switch in URLs; unique within its thing.
	ID string `json:"id"`
	// Label says what flipping it does now: "Cut the cable" while it is off,
	// "Mend the cable" while it is on. A thing with more than three switches
	// is drawn with sliders, and their labels say what is so while they are on.
	Label string `json:"label"`
	On    bool   `json:"on"`
	// Danger draws it as something that breaks on purpose.
	Danger bool `json:"danger"`
	// Help is the sentence shown beside it: what happens, and how it ends.
	Help string `json:"help"`
}

// Switchable is a thing of the world that can be looked at and flipped.
type Switchable interface {
	// Thing returns what the panel shows now. It is called often and from
	// several goroutines, and must not block.
	Thing() Thing
	// Flip sets a switch, and returns when the world has it so. Setting a
	// switch to what it is already is no error. A momentary switch (the plug:
	// Pawl comes back by itself) does its deed on true and reads false after.
	// ErrNoSwitch says that the thing has no switch of that ID.
	Flip(ctx context.Context, switchID string, on bool) error
}

// ErrNoSwitch is returned by Flip for a switch the thing does not have.
var ErrNoSwitch = errors.New("no such switch")

// Panel is "The world" of the chat page: the things registered with it, in
// that order, served as JSON and pushed to every open page when they change.
type Panel struct {
	broadcast func(kind string, value any) error
	mux       *http.ServeMux

	mu     sync.RWMutex
	things []Switchable

	// sending orders pushes: a page must not get an older picture after a
	// newer one, and the last one it gets has to be the newest.
	sending sync.Mutex
}

// Picture is the body of GET /sandbox/world and of the stream's "world" event.
type Picture struct {
	Things []Thing `json:"things"`
}

// NewPanel returns an empty panel. The broadcast function sends an event to
// every open page (slack.Server.Broadcast does); it must not call the panel.
// Its error is of no use to anybody here: a page that missed an event asks for
// the world when it connects again.
func NewPanel(broadcast func(kind string, value any) error) *Panel {
	p := &Panel{broadcast: broadcast, mux: http.NewServeMux()}
	p.mux.HandleFunc("GET /sandbox/world", p.show)
	p.mux.HandleFunc("POST /sandbox/world/{thing}/{switch}", p.flip)
	return p
}

// Register adds a thing at the end of the panel and pushes the new picture.
// Like http.ServeMux it panics when the ID is taken: that is a mistake in the
// program, not in the world.
func (p *Panel) Register(s Switchable) {
	id := s.Thing().ID
	p.mu.Lock()
	for _, other := range p.things {
		if other.Thing().ID == id {
			p.mu.Unlock()
			panic(fmt.Sprintf("sandbox: two things are called %q", id))
		}
	}
	p.things = append(p.things, s)
	p.mu.Unlock()
	p.Changed()
}

// Changed pushes what the world looks like now to every open page. A thing
// calls it after its state changed, without holding a lock its Thing takes.
func (p *Panel) Changed() {
	p.sending.Lock()
	defer p.sending.Unlock()
	_ = p.broadcast("world", p.Picture())
}

// Picture returns the present picture, in the order of registration.
func (p *Panel) Picture() Picture {
	p.mu.RLock()
	defer p.mu.RUnlock()
	w := Picture{Things: make([]Thing, 0, len(p.things))}
	for _, s := range p.things {
		t := s.Thing()
		if t.Switches == nil {
			t.Switches = []Switch{} // [] and not null for readers in other languages
		}
		w.Things = append(w.Things, t)
	}
	return w
}

// ServeHTTP answers GET /sandbox/world and POST
// /sandbox/world/{thing}/{switch} with the body {"on":true} or {"on":false}.
// A flip answers {"ok":true}, or {"ok":false,"error":...} with status 400 (a
// body we cannot read), 403 (a page of another site asks), 404 (no such thing
// or switch) or 500 (the flip went wrong). It takes at most ten seconds.
func (p *Panel) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	// Any page open in the newcomer's browser can reach a loopback port; it
	// shall not be able to pull plugs.
	http.NewCrossOriginProtection().Handler(p.mux).ServeHTTP(w, r)
}

func (p *Panel) show(w http.ResponseWriter, _ *http.Request) {
	answer(w, http.StatusOK, p.Picture())
}

func (p *Panel) flip(w http.ResponseWriter, r *http.Request) {
	on, err := readFlip(w, r)
	if err != nil {
		refuse(w, http.StatusBadRequest, err)
		return
	}
	thing, id := r.PathValue("thing"), r.PathValue("switch")
	s := p.find(thing)
	if s == nil {
		refuse(w, http.StatusNotFound, fmt.Errorf("nothing in the world is called %q", thing))
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), flipDeadline)
	defer cancel()
	switch err := s.Flip(ctx, id, on); {
	case errors.Is(err, ErrNoSwitch):
		refuse(w, http.StatusNotFound, fmt.Errorf("%s has no switch %q", thing, id))
	case err != nil:
		refuse(w, http.StatusInternalServerError, err)
	default:
		p.Changed()
		answer(w, http.StatusOK, map[string]any{"ok": true})
	}
}

func (p *Panel) find(id string) Switchable {
	p.mu.RLock()
	defer p.mu.RUnlock()
	for _, s := range p.things {
		if s.Thing().ID == id {
			return s
		}
	}
	return nil
}

// readFlip wants "on" said: a forgotten field must not read as "off".
func readFlip(w http.ResponseWriter, r *http.Request) (on bool, err error) {
	var body struct {
		On *bool `json:"on"`
	}
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxFlipBody)).Decode(&body); err != nil {
		return false, fmt.Errorf("reading the switch position: %w", err)
	}
	if body.On == nil {
		return false, errors.New(`say {"on":true} or {"on":false}`)
	}
	return *body.On, nil
}

func refuse(w http.ResponseWriter, status int, err error) {
	answer(w, status, map[string]any{"ok": false, "error": err.Error()})
}

func answer(w http.ResponseWriter, status int, v any) {
	body, err := json.Marshal(v)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write(append(body, '\n')) // the reader is gone; nothing left to tell it
}
