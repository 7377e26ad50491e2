// Package manifest is the Slack app of Pawl as Slack takes it: which scopes and events it needs and why (needs.go), and
// the app manifest made of them (https://docs.slack.dev/reference/app-manifest), so that nobody has to collect them on
// eight pages of a web form.
//
// There is one list. The manifest, the page docs/slack.md and what `pawl check --live` holds the granted scopes against
// are made of it.
package manifest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"unicode/utf8"
)

// App is what a team decides about its Slack app.
type App struct {
	Name    string // what people call it: "Pawl"; 35 characters at most
	Command string // the slash command: "/pawl"; 32 characters at most
	// RequestURL is where Slack sends signed requests, https. Empty: Socket Mode, where Pawl opens the connection.
	RequestURL string
}

// Limits of Slack, in characters: https://github.com/slackapi/manifest-schema.
const (
	maxName    = 35
	maxCommand = 32
	maxURL     = 3000
)

// CheckName says what keeps an app from having this name; nil when nothing does.
func CheckName(name string) error {
	switch {
	case strings.TrimSpace(name) == "":
		return errors.New("the app needs a name, such as Pawl")
	case utf8.RuneCountInString(name) > maxName:
		return fmt.Errorf("the name of an app has at most %d characters", maxName)
	case !regexp.MustCompile(`^[\pL\pN][\pL\pN ._-]*$`).MatchString(name):
		return errors.New("a name begins with a letter or a digit and has only these, spaces, dots, dashes and underscores")
	}
	return nil
}

// CheckCommand says what keeps a slash command from being this; nil when nothing does.
func CheckCommand(command string) error {
	switch {
	case !strings.HasPrefix(command, "/"):
		return errors.New("a slash command begins with a slash, such as /pawl")
	case utf8.RuneCountInString(command) > maxCommand:
		return fmt.Errorf("a slash command has at most %d characters, its slash included", maxCommand)
	case !regexp.MustCompile(`^/[a-z0-9][a-z0-9_-]*$`).MatchString(command):
		return errors.New("a slash command is one word of small letters, digits, dashes and underscores, such as /pawl")
	}
	return nil
}

// CheckURL says what keeps Slack from sending requests to an address; nil when nothing does.
func CheckURL(text string) error {
	u, err := url.Parse(text)
	switch {
	case err != nil, u.Scheme != "https", u.Hostname() == "", u.User != nil, strings.ContainsAny(text, " \t\r\n"):
		return errors.New("Slack needs an address that begins with https://, such as https://pawl.acme.test/slack")
	case len(text) > maxURL:
		return fmt.Errorf("the address has at most %d characters", maxURL)
	}
	return nil
}

// document is the manifest in the form of Slack's schema, as far as Pawl uses it.
type document struct {
	Metadata struct {
		Major int `json:"major_version"`
		Minor int `json:"minor_version"`
	} `json:"_metadata"`
	Display struct {
		Name        string `json:"name"`
		Description string `json:"description"`
	} `json:"display_information"`
	Features struct {
		Home struct {
			Home     bool `json:"home_tab_enabled"`
			Messages bool `json:"messages_tab_enabled"`
			ReadOnly bool `json:"messages_tab_read_only_enabled"`
		} `json:"app_home"`
		Bot struct {
			Name   string `json:"display_name"`
			Online bool   `json:"always_online"`
		} `json:"bot_user"`
		Commands []slash `json:"slash_commands"`
	} `json:"features"`
	OAuth struct {
		Scopes struct {
			Bot []string `json:"bot"`
		} `json:"scopes"`
	} `json:"oauth_config"`
	Settings struct {
		Events struct {
			URL string   `json:"request_url,omitempty"`
			Bot []string `json:"bot_events"`
		} `json:"event_subscriptions"`
		Interactivity struct {
			On  bool   `json:"is_enabled"`
			URL string `json:"request_url,omitempty"`
		} `json:"interactivity"`
		Org      bool `json:"org_deploy_enabled"`
		Socket   bool `json:"socket_mode_enabled"`
		Rotation bool `json:"token_rotation_enabled"`
	} `json:"settings"`
}

type slash struct {
	Command     string `json:"command"`
	URL         string `json:"url,omitempty"`
	Description string `json:"description"`
	Hint        string `json:"usage_hint"`
	Escape      bool   `json:"should_escape"` // mentions arrive as ids: Pawl reads both forms
}

const (
	describes   = "Long ops jobs that survive any restart of anything"
	commandHelp = "Say to Pawl whatever you can type"
	commandHint = "toy, status, help ..."
)

func (a App) document() document {
	var d document
	d.Metadata.Major, d.Metadata.Minor = 2, 1
	d.Display.Name, d.Display.Description = a.Name, describes
	d.Features.Home.Home, d.Features.Home.Messages = true, true
	d.Features.Bot.Name, d.Features.Bot.Online = a.Name, true
	d.Features.Commands = []slash{{Command: a.Command, URL: a.RequestURL, Description: commandHelp, Hint: commandHint, Escape: true}}
	d.OAuth.Scopes.Bot = names(Scopes())
	d.Settings.Events.URL, d.Settings.Events.Bot = a.RequestURL, names(Events())
	d.Settings.Interactivity.On, d.Settings.Interactivity.URL = true, a.RequestURL
	d.Settings.Socket = a.RequestURL == ""
	return d
}

// JSON is the manifest without its reasons.
func (a App) JSON() []byte {
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	if err := e.Encode(a.document()); err != nil {
		panic("a manifest of texts and switches is always JSON: " + err.Error())
	}
	return bytes.TrimSpace(out.Bytes())
}

// Link opens Slack's page for a new app with this manifest filled in: one click instead of copy and paste
// (https://docs.slack.dev/app-manifests/configuring-apps-with-app-manifests).
func (a App) Link() string {
	return "https://api.slack.com/apps?new_app=1&manifest_json=" + url.QueryEscape(string(a.JSON()))
}
