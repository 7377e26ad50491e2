package slack

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// Person is somebody at their Slack client, for tests: types, presses buttons,
// reads. It speaks HTTP, so the server may be in another process.
type Person struct {
	base  string
	token string
	http  *http.Client
}

// NewPerson is the person behind a token ("xoxp-alice") at the server with the
// given address ("http://127.0.0.1:8065"). A nil client is http.DefaultClient.
func NewPerson(base, token string, client *http.Client) *Person {
	if client == nil {
		client = http.DefaultClient
	}
	return &Person{base: strings.TrimSuffix(base, "/"), token: token, http: client}
}

// Refusal is an answer with ok false: Slack's error code.
type Refusal struct{ Method, Code string }

func (r *Refusal) Error() string { return r.Method + ": " + r.Code }

// Say types a message and returns its ts. The channel is an id or a name; thread
// is the ts of the message to reply to, or empty.
func (p *Person) Say(ctx context.Context, channel, text, thread string) (ts string, err error) {
	var answer struct {
		TS string `json:"ts"`
	}
	err = p.call(ctx, "chat.postMessage", map[string]string{"channel": channel, "text": text, "thread_ts": thread}, &answer)
	return answer.TS, err
}

// DM is the id of the person's direct message with Pawl.
func (p *Person) DM(ctx context.Context) (channel string, err error) {
	var answer struct {
		Channel struct {
			ID string `json:"id"`
		} `json:"channel"`
	}
	err = p.call(ctx, "conversations.open", map[string]string{"users": BotUserID}, &answer)
	return answer.Channel.ID, err
}

// React adds an emoji to a message.
func (p *Person) React(ctx context.Context, channel, ts, name string) error {
	return p.call(ctx, "reactions.add", map[string]string{"channel": channel, "timestamp": ts, "name": name}, nil)
}

// Edit changes what a message of the person says.
func (p *Person) Edit(ctx context.Context, channel, ts, text string) error {
	return p.call(ctx, "chat.update", map[string]string{"channel": channel, "ts": ts, "text": text}, nil)
}

// Delete takes a message of the person back.
func (p *Person) Delete(ctx context.Context, channel, ts string) error {
	return p.call(ctx, "chat.delete", map[string]string{"channel": channel, "ts": ts}, nil)
}

// Click presses a button and waits until the app acknowledged it. It returns a
// Refusal when the button is not there for this person (Code says why) or when the
// app did not answer in time (operation_timeout).
func (p *Person) Click(ctx context.Context, channel, ts, actionID string) error {
	click := Click{Token: p.token, Channel: channel, TS: ts, ActionID: actionID}
	return postJSON(ctx, p.http, p.base+"/sandbox/click", "click", click, nil)
}

// OpenHome opens the Home tab of the app, which is told so.
func (p *Person) OpenHome(ctx context.Context) error {
	return postJSON(ctx, p.http, p.base+"/sandbox/home", "home", Opening{Token: p.token}, nil)
}

// Home returns what stands in the person's Home tab; a zero View when nothing was ever published.
func (p *Person) Home(ctx context.Context) (View, error) {
	var answer struct{ View View }
	err := getJSON(ctx, p.http, p.base+"/sandbox/home?"+url.Values{"token": {p.token}}.Encode(), &answer)
	return answer.View, err
}

// ClickHome presses a button in the person's Home tab, like Click.
func (p *Person) ClickHome(ctx context.Context, blockID, actionID string) error {
	v, err := p.Home(ctx)
	if err != nil {
		return err
	}
	click := Click{Token: p.token, ViewID: cmp.Or(v.ID, "none"), BlockID: blockID, ActionID: actionID}
	return postJSON(ctx, p.http, p.base+"/sandbox/click", "click", click, nil)
}

// Command uses a slash command and waits until the app acknowledged it. It fails
// like Click.
func (p *Person) Command(ctx context.Context, channel, command, text string) error {
	body := Command{Token: p.token, Channel: channel, Command: command, Text: text}
	return postJSON(ctx, p.http, p.base+"/sandbox/command", "command", body, nil)
}

// View is a modal that is open before somebody.
type View struct {
	ID       string                `json:"id"`
	Callback string                `json:"callback_id"`
	Title    struct{ Text string } `json:"title"`
	Blocks   json.RawMessage       `json:"blocks"`
}

// Views returns the modals that are open before the person.
func (p *Person) Views(ctx context.Context) ([]View, error) {
	var answer struct{ Views []View }
	err := getJSON(ctx, p.http, p.base+"/sandbox/views?"+url.Values{"token": {p.token}}.Encode(), &answer)
	return answer.Views, err
}

// Submit sends a modal in and waits until the app acknowledged it. It returns what is wrong with its fields, by block
// id; then the modal is still open. It fails like Click.
func (p *Person) Submit(ctx context.Context, viewID string, values map[string]map[string]string) (wrong map[string]string, err error) {
	var answer struct{ Errors map[string]string }
	err = postJSON(ctx, p.http, p.base+"/sandbox/view", "submit", Window{Token: p.token, ViewID: viewID, Action: "submit", Values: values}, &answer)
	return answer.Errors, err
}

// CloseView closes a modal without sending it in.
func (p *Person) CloseView(ctx context.Context, viewID string) error {
	return postJSON(ctx, p.http, p.base+"/sandbox/view", "close", Window{Token: p.token, ViewID: viewID, Action: "close"}, nil)
}

// History returns the newest messages of a channel, newest first, without replies.
func (p *Person) History(ctx context.Context, channel string) ([]Message, error) {
	return p.messages(ctx, "conversations.history", map[string]string{"channel": channel, "limit": "200"})
}

// Replies returns a thread: its first message and up to 999 replies, oldest first.
func (p *Person) Replies(ctx context.Context, channel, ts string) ([]Message, error) {
	return p.messages(ctx, "conversations.replies", map[string]string{"channel": channel, "ts": ts, "include_all_metadata": "true"})
}

// Ephemerals returns the messages of a channel that only this person sees.
func (p *Person) Ephemerals(ctx context.Context, channel string) ([]Message, error) {
	var answer struct{ Messages []Message }
	query := url.Values{"token": {p.token}, "channel": {channel}}
	err := getJSON(ctx, p.http, p.base+"/sandbox/ephemerals?"+query.Encode(), &answer)
	return answer.Messages, err
}

func (p *Person) messages(ctx context.Context, method string, args map[string]string) ([]Message, error) {
	var answer struct{ Messages []Message }
	err := p.call(ctx, method, args, &answer)
	return answer.Messages, err
}

func (p *Person) call(ctx context.Context, method string, args map[string]string, into any) error {
	form := url.Values{"token": {p.token}}
	for name, value := range args {
		if value != "" {
			form.Set(name, value)
		}
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, p.base+"/api/"+method, strings.NewReader(form.Encode()))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return do(p.http, req, method, into)
}

// Event is one event of a person's stream. Which fields are set depends on Type;
// see docs/sandbox-api.md.
type Event struct {
	ID       int64   `json:"-"`
	Type     string  `json:"type"`
	Channel  string  `json:"channel"`
	TS       string  `json:"ts"`
	ThreadTS string  `json:"thread_ts"`
	Message  Message `json:"message"`
	Name     string  `json:"name"`
	User     string  `json:"user"`
	Reason   string  `json:"reason"`
	ActionID string  `json:"action_id"`
	Error    string  `json:"error"`
	Faults   []Fault `json:"faults"`
	// Raw is the whole event.
	Raw json.RawMessage `json:"-"`
}

// Watch is what a person sees happen, from the moment it was opened.
type Watch struct {
	body io.ReadCloser
	in   *bufio.Reader
}

// Watch begins to look. What happens after it returns is not missed. The watch
// ends with its context or with Close.
func (p *Person) Watch(ctx context.Context) (*Watch, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, p.base+"/sandbox/stream?token="+url.QueryEscape(p.token), nil)
	if err != nil {
		return nil, err
	}
	answer, err := p.http.Do(req)
	if err != nil {
		return nil, fmt.Errorf("opening the stream: %w", err)
	}
	if answer.StatusCode != http.StatusOK {
		_ = answer.Body.Close()
		return nil, fmt.Errorf("opening the stream: %s", answer.Status)
	}
	return &Watch{body: answer.Body, in: bufio.NewReader(answer.Body)}, nil
}

// Next waits for the next event. It fails when the watch or its context ended.
func (w *Watch) Next() (Event, error) {
	var e Event
	for {
		line, err := w.in.ReadBytes('\n')
		if err != nil {
			return e, fmt.Errorf("reading the stream: %w", err)
		}
		name, value, _ := bytes.Cut(bytes.TrimSpace(line), []byte(": "))
		switch string(name) {
		case "id":
			e.ID, _ = strconv.ParseInt(string(value), 10, 64)
		case "data":
			e.Raw = bytes.Clone(value)
			if err := json.Unmarshal(value, &e); err != nil {
				return e, fmt.Errorf("reading an event: %w", err)
			}
			return e, nil
		}
	}
}

// Until waits for the first event that is wanted and returns it.
func (w *Watch) Until(wanted func(Event) bool) (Event, error) {
	for {
		e, err := w.Next()
		if err != nil || wanted(e) {
			return e, err
		}
	}
}

// Close ends the watch.
func (w *Watch) Close() error { return w.body.Close() }

func postJSON(ctx context.Context, client *http.Client, address, what string, body, into any) error {
	text, err := json.Marshal(body)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(text))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json; charset=utf-8")
	return do(client, req, what, into)
}

func getJSON(ctx context.Context, client *http.Client, address string, into any) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return err
	}
	return do(client, req, req.URL.Path, into)
}

// do sends a request and reads a Slack answer.
func do(client *http.Client, req *http.Request, what string, into any) error {
	answer, err := client.Do(req)
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	defer func() { _ = answer.Body.Close() }()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		return fmt.Errorf("%s: reading the answer: %w", what, err)
	}
	var verdict struct {
		OK    *bool  `json:"ok"`
		Error string `json:"error"`
	}
	if err := json.Unmarshal(body, &verdict); err != nil {
		return fmt.Errorf("%s: %s: %w", what, answer.Status, errors.Join(err, errors.New(string(body))))
	}
	if verdict.OK != nil && !*verdict.OK {
		return &Refusal{Method: what, Code: verdict.Error}
	}
	if into == nil {
		return nil
	}
	if err := json.Unmarshal(body, into); err != nil {
		return fmt.Errorf("%s: reading the answer: %w", what, err)
	}
	return nil
}
