package slackbridge

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/pawl-ops/pawl/internal/board"
	"github.com/pawl-ops/pawl/job"
	"github.com/slack-go/slack"
)

// Probe asks Slack how things stand, for whoever sets Pawl up: it says nothing to anybody, opens no socket and changes
// nothing. Its errors are *ProbeError: sentences, with what to do.
type Probe struct {
	api   *slack.Client
	close func()
}

// ProbeOptions say which app is asked about.
type ProbeOptions struct {
	APIURL   string // base of the Web API; Slack's own when empty
	BotToken job.Secret
	AppToken job.Secret // for Sockets; may be empty when that is not asked
	Timeout  time.Duration
}

// NewProbe makes one. It calls nobody yet; Close it when done.
func NewProbe(o ProbeOptions) *Probe {
	if o.Timeout <= 0 {
		o.Timeout = 5 * time.Second
	}
	api, client := newAPI(o.APIURL, o.BotToken, o.AppToken, o.Timeout)
	return &Probe{api: api, close: client.CloseIdleConnections}
}

// Close ends its connections.
func (p *Probe) Close() { p.close() }

// ProbeError is why Slack did not answer as hoped.
type ProbeError struct {
	Says string // what is the matter, a phrase
	Mend string // what to do
	Code string // Slack's own word for it; empty when it did not come so far
	Err  error
}

func (e *ProbeError) Error() string { return e.Says }

// Unwrap gives the cause.
func (e *ProbeError) Unwrap() error { return e.Err }

// reinstall is what mends whatever concerns the rights of a token.
const reinstall = "Your app at https://api.slack.com/apps, App Manifest: paste slack-app.yaml, save. Then Install App, Reinstall to Workspace."

// The variables that hold the tokens.
const (
	botVariable = "SLACK_BOT_TOKEN"
	appVariable = "SLACK_APP_TOKEN"
)

// probing makes a sentence of the error of a call. token is the variable that holds the token which was used.
func probing(method, token string, err error) error {
	if err == nil {
		return nil
	}
	e := &ProbeError{Err: calling(method, err)}
	var answer slack.SlackErrorResponse
	var limited *board.ThrottledError
	switch {
	case errors.As(e.Err, &limited):
		e.Says, e.Mend = fmt.Sprintf("Slack asks for patience (%s)", method), "Try again in "+board.Rough(max(limited.After, time.Minute))+"."
		return e
	case errors.As(err, &answer):
		e.Code = board.Clean(answer.Err)
	}
	where := "OAuth & Permissions, Bot User OAuth Token (xoxb-...)"
	if token == appVariable {
		where = "Basic Information, App-Level Tokens (xapp-...)"
	}
	switch e.Code {
	case "":
		e.Says, e.Mend = "Slack cannot be reached: "+short(err), "Look whether this machine reaches https://slack.com, by itself or through a proxy (HTTPS_PROXY)."
	case "invalid_auth", "not_authed", "token_expired":
		e.Says, e.Mend = fmt.Sprintf("Slack does not know %s (%s)", token, e.Code), "Copy it again: your app at https://api.slack.com/apps, "+where+"."
	case "token_revoked", "account_inactive":
		e.Says, e.Mend = fmt.Sprintf("%s counts no more (%s)", token, e.Code), "The app was removed from the workspace. Install App, Install to Workspace; then copy "+token+" anew."
	case "not_allowed_token_type":
		e.Says, e.Mend = fmt.Sprintf("%s is another kind of token (%s)", token, e.Code), "It belongs to: "+where+"."
	case "missing_scope":
		e.Says, e.Mend = "the scope "+board.Clean(answer.Needed)+" is missing", reinstall
		if token == appVariable {
			e.Mend = "Make another one with it: your app, Basic Information, App-Level Tokens, Generate Token and Scopes."
		}
	case "plan_upgrade_required", "paid_teams_only":
		e.Says, e.Mend = "the plan of this workspace has no user groups ("+e.Code+")", "Name people by e-mail under people: in pawl.yaml instead."
	default:
		e.Says, e.Mend = fmt.Sprintf("Slack answers %s with %s", method, e.Code), "https://docs.slack.dev/reference/methods/"+method+" says what that means."
	}
	return e
}

// short is the last part of an error, which says what happened; an address in it may hold a token in its query.
func short(err error) string {
	if errors.Is(err, context.DeadlineExceeded) {
		return "no answer in time"
	}
	text := err.Error()
	if i := strings.LastIndex(text, "\": "); i >= 0 {
		text = text[i+3:]
	}
	return board.Clean(text)
}

// ProbeHello is what Slack says of the bot token.
type ProbeHello struct {
	Team, TeamID, Bot string        // names: "Acme", "pawl"
	Enterprise        string        // id of the organisation; empty: it is in none
	BotUser           string        // its id
	Scopes            []string      // that were granted; nil when Slack does not say
	Ahead             time.Duration // how far this machine's clock is ahead of Slack's; whole seconds, so 2 s may be none
}

// Hello asks whose the bot token is, and what it may do: auth.test, whose answer has the header X-OAuth-Scopes
// (https://docs.slack.dev/authentication/installing-with-oauth).
func (p *Probe) Hello(ctx context.Context) (ProbeHello, error) {
	asked := time.Now()
	me, err := p.api.AuthTestContext(ctx)
	if err != nil {
		return ProbeHello{}, probing("auth.test", botVariable, err)
	}
	answered := time.Now()
	h := ProbeHello{Team: me.Team, TeamID: me.TeamID, Enterprise: me.EnterpriseID, Bot: me.User, BotUser: me.UserID}
	for _, s := range strings.Split(me.Header.Get("X-Oauth-Scopes"), ",") {
		if s = strings.TrimSpace(s); s != "" {
			h.Scopes = append(h.Scopes, s)
		}
	}
	if date, err := http.ParseTime(me.Header.Get("Date")); err == nil {
		// The date has whole seconds: it was somewhere in that one, while the answer was on its way.
		h.Ahead = asked.Add(answered.Sub(asked) / 2).Sub(date.Add(500 * time.Millisecond)).Round(time.Second)
	}
	if me.BotID == "" {
		return h, &ProbeError{
			Says: "SLACK_BOT_TOKEN belongs to the person " + board.Clean(me.User) + ", not to a bot",
			Mend: "Copy the Bot User OAuth Token (xoxb-...): your app at https://api.slack.com/apps, OAuth & Permissions.",
		}
	}
	return h, nil
}

// Sockets asks whether the app-level token may open sockets: apps.connections.open. None is opened.
func (p *Probe) Sockets(ctx context.Context) error {
	_, url, err := p.api.StartSocketModeContext(ctx)
	if err != nil {
		e := probing("apps.connections.open", appVariable, err)
		var probe *ProbeError
		if errors.As(e, &probe) && strings.Contains(err.Error(), "socket_mode") {
			probe.Says, probe.Mend = "Socket Mode is off for this app", "Your app at https://api.slack.com/apps, Socket Mode: switch it on."
		}
		return e
	}
	if url == "" {
		return &ProbeError{Says: "Slack gives no address for a socket", Mend: "Try again in a minute."}
	}
	return nil
}
