package slackbridge

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/socketmode"
)

const (
	maxWebBody = 1 << 20                 // Slack's largest, a press in a long message, is about 100 kB
	webWithin  = 2800 * time.Millisecond // Slack waits three seconds for an answer
)

// HTTP takes what Slack sends to request URLs instead of sockets: events, presses and windows, slash commands, all at one
// address (https://docs.slack.dev/apis/events-api/using-http-request-urls). Every request has to carry Slack's signature
// over its raw body, not older than five minutes. It is answered 2xx when what it asks for is durable or answered, and
// with 503 when that is not known within Slack's three seconds: then Slack repeats an event, and tells a person who
// pressed that it failed. Without a signing secret everything is refused.
//
// A request may be repeated by anybody who saw it; that is recognised by its key, as a repeated envelope is.
func (b *Bridge) HTTP() http.Handler { return http.HandlerFunc(b.serve) }

func (b *Bridge) serve(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		http.Error(w, "only POST", http.StatusMethodNotAllowed)
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxWebBody))
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		http.Error(w, "too long", http.StatusRequestEntityTooLarge)
		return
	case err != nil:
		http.Error(w, "the body broke off", http.StatusBadRequest)
		return
	}
	if err := b.signed(r.Header, body); err != nil {
		b.opt.Log.Warn().Err(err).Msg("a request that is not slack's")
		http.Error(w, "not signed by Slack", http.StatusUnauthorized)
		return
	}
	d, err := webDelivery(r.Header.Get("Content-Type"), body)
	switch {
	case err != nil:
		b.opt.Log.Warn().Err(err).Msg("a request that cannot be read")
		http.Error(w, "not understood", http.StatusBadRequest)
		return
	case d.challenge != "":
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		_, _ = io.WriteString(w, d.challenge)
		return
	case d.kind == "":
		w.WriteHeader(http.StatusOK) // Slack only looks whether anybody is here
		return
	}
	if err := b.addressedToUs(d); err != nil {
		b.opt.Log.Warn().Err(err).Msg("a request for somebody else")
		w.Header().Set("X-Slack-No-Retry", "1")
		http.Error(w, "for another app or workspace", http.StatusForbidden)
		return
	}
	b.handOver(w, r, d)
}

// signed holds a request against the signing secret.
func (b *Bridge) signed(h http.Header, body []byte) error {
	v, err := slack.NewSecretsVerifier(h, b.opt.SigningSecret.Reveal())
	if err != nil {
		return fmt.Errorf("reading the signature: %w", err)
	}
	if _, err := v.Write(body); err != nil {
		return err
	}
	return v.Ensure()
}

// delivery is what a request holds.
type delivery struct {
	kind      string // as of an envelope; empty: nothing to handle
	payload   json.RawMessage
	challenge string
	app       string
	teams     []string // workspaces it is for, as far as it says
}

// webDelivery takes a signed body apart: events come as JSON, everything else as a form.
func webDelivery(contentType string, body []byte) (delivery, error) {
	media, _, err := mime.ParseMediaType(contentType)
	if err != nil {
		return delivery{}, fmt.Errorf("reading the content type: %w", err)
	}
	switch media {
	case "application/json":
		return eventDelivery(body)
	case "application/x-www-form-urlencoded":
		form, err := url.ParseQuery(string(body))
		if err != nil {
			return delivery{}, fmt.Errorf("reading the form: %w", err)
		}
		return formDelivery(form)
	}
	return delivery{}, fmt.Errorf("reading %q: not what Slack sends", media)
}

func eventDelivery(body []byte) (delivery, error) {
	var e struct {
		Type           string `json:"type"`
		Challenge      string `json:"challenge"`
		App            string `json:"api_app_id"`
		Team           string `json:"team_id"`
		Context        string `json:"context_team_id"`
		Authorizations []struct {
			Team string `json:"team_id"`
		} `json:"authorizations"`
	}
	if !lenient(body, &e) {
		return delivery{}, errors.New("reading an event: not JSON")
	}
	switch e.Type {
	case "url_verification":
		const most = 4096
		if e.Challenge == "" || len(e.Challenge) > most {
			return delivery{}, errors.New("reading a challenge: there is none, or too much of it")
		}
		return delivery{challenge: e.Challenge}, nil
	case "event_callback":
	default:
		return delivery{}, nil // app_rate_limited, and whatever may come: nothing to be done
	}
	d := delivery{kind: socketmode.RequestTypeEventsAPI, payload: bytes.Clone(body), app: e.App, teams: []string{e.Team, e.Context}}
	for _, a := range e.Authorizations {
		d.teams = append(d.teams, a.Team)
	}
	return d, nil
}

func formDelivery(form url.Values) (delivery, error) {
	switch {
	case form.Get("ssl_check") == "1":
		return delivery{}, nil
	case form.Has("payload"):
		var p struct {
			App  string `json:"api_app_id"`
			Team struct {
				ID string `json:"id"`
			} `json:"team"`
		}
		raw := []byte(form.Get("payload"))
		if !lenient(raw, &p) {
			return delivery{}, errors.New("reading an interaction: not JSON")
		}
		return delivery{kind: socketmode.RequestTypeInteractive, payload: raw, app: p.App, teams: []string{p.Team.ID}}, nil
	case form.Has("command"):
		fields := map[string]string{}
		for name := range form {
			fields[name] = form.Get(name)
		}
		raw, err := json.Marshal(fields)
		if err != nil {
			return delivery{}, fmt.Errorf("reading a slash command: %w", err)
		}
		return delivery{
			kind: socketmode.RequestTypeSlashCommands, payload: raw, app: form.Get("api_app_id"), teams: []string{form.Get("team_id")},
		}, nil
	}
	return delivery{}, errors.New("reading a form: neither an interaction nor a command")
}

// addressedToUs holds the app and the workspace of a request against ours. Before we know who we are nothing is refused
// here: then nobody is known either, and nothing is done for anybody. An organisation's own installation names no
// workspace.
func (b *Bridge) addressedToUs(d delivery) error {
	me := b.me()
	if d.app != "" && me.app != "" && d.app != me.app {
		return fmt.Errorf("it is for app %.20q", d.app)
	}
	named := false
	for _, team := range d.teams {
		if team == me.team {
			return nil
		}
		named = named || team != ""
	}
	if named && me.team != "" {
		return fmt.Errorf("it is for workspace %.20q", d.teams[0])
	}
	return nil
}

// handOver gives a request to the workers and answers it when they acknowledge it.
func (b *Bridge) handOver(w http.ResponseWriter, r *http.Request, d delivery) {
	e := envelope{id: "http-" + rand.Text(), kind: d.kind, payload: d.payload, came: time.Now(), web: newWebAnswer()}
	e.retry, _ = strconv.Atoi(r.Header.Get("X-Slack-Retry-Num")) // absent at the first try
	if e.retry > 0 {
		b.opt.Log.Debug().Int("retry", e.retry).Str("reason", r.Header.Get("X-Slack-Retry-Reason")).Msg("slack repeats a request")
	}
	if !b.running() || !b.intake.take(e) {
		w.Header().Set("Retry-After", "1")
		http.Error(w, "no room just now", http.StatusServiceUnavailable)
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), webWithin)
	defer cancel()
	payload, ok := e.web.wait(ctx)
	switch {
	case !ok:
		http.Error(w, "not known in time", http.StatusServiceUnavailable)
	case payload == nil:
		w.WriteHeader(http.StatusOK)
	default:
		body, err := json.Marshal(payload)
		if err != nil {
			http.Error(w, "no answer", http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		_, _ = w.Write(body)
	}
}

// running reports whether the bridge was started: before, nothing of it is there to handle anything.
func (b *Bridge) running() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.started && b.life.Err() == nil
}

// webAnswer is the acknowledgement of a request that still waits for it.
type webAnswer struct{ given chan any }

func newWebAnswer() *webAnswer { return &webAnswer{given: make(chan any, 1)} }

// give acknowledges; what comes after the first counts for nothing, as on a socket.
func (a *webAnswer) give(payload any) {
	select {
	case a.given <- payload:
	default:
	}
}

func (a *webAnswer) wait(ctx context.Context) (payload any, ok bool) {
	select {
	case payload = <-a.given:
		return payload, true
	case <-ctx.Done():
		return nil, false
	}
}
