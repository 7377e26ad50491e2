package slack

import (
	"encoding/json"
	"net/http"
	"strings"
)

// Window is a person doing something with a modal that is open before them: the body of POST /sandbox/view.
type Window struct {
	Token  string `json:"token"`
	ViewID string `json:"view_id"`
	// Action is submit or close.
	Action string `json:"action"`
	// Values are what stands in its fields, by block id and action id.
	Values map[string]map[string]string `json:"values,omitempty"`
}

// serveWindow is POST /sandbox/view. It answers once the app acknowledged: {"ok":true,"open":false} when the modal is
// closed, with "errors" by block id and "open":true when the app, or Slack itself, wants something else in a field.
func (s *Server) serveWindow(w http.ResponseWriter, r *http.Request) {
	var win Window
	if !readJSON(w, r, &win) {
		return
	}
	who, answer, code := s.window(r, win)
	s.log.add(Entry{Kind: "view", Actor: who, Error: code, Args: map[string]string{"view_id": win.ViewID, "action": win.Action}})
	if code != "" {
		writeJSON(w, http.StatusOK, errorReply(code))
		return
	}
	answer["ok"] = true
	writeJSON(w, http.StatusOK, answer)
}

func (s *Server) window(r *http.Request, win Window) (who string, answer map[string]any, code string) {
	s.mu.Lock()
	u := s.person(win.Token)
	v := s.views[win.ViewID]
	switch {
	case u == nil:
		s.mu.Unlock()
		return "", nil, "invalid_auth"
	case v == nil || v.user != u.ID || v.fields["type"] != "modal":
		s.mu.Unlock()
		return u.Name, nil, "view_not_found"
	}
	s.mu.Unlock()
	switch win.Action {
	case "close":
		s.closeView(r, win.ViewID, v, u)
		return u.Name, map[string]any{"open": false}, ""
	case "submit":
	default:
		return u.Name, nil, "unknown_action"
	}
	if errors := v.check(win.Values); len(errors) > 0 {
		return u.Name, map[string]any{"open": true, "errors": errors}, "" // the app never hears of it
	}
	payload := s.viewPayload("view_submission", v, u, win.Values)
	said, ok := s.outbox.ask(r.Context(), typeInteract, "", payload)
	if !ok {
		return u.Name, nil, "operation_timeout"
	}
	answer, code = s.followed(win.ViewID, v, said)
	return u.Name, answer, code
}

// closeView takes a modal off the screen; the app hears of it when it asked to.
func (s *Server) closeView(r *http.Request, id string, v *view, u *user) {
	s.mu.Lock()
	delete(s.views, id)
	s.mu.Unlock()
	s.tellOne(u.ID, "view_closed", map[string]any{"view_id": id})
	if v.fields["notify_on_close"] == true {
		s.outbox.ask(r.Context(), typeInteract, "", s.viewPayload("view_closed", v, u, nil))
	}
}

// viewPayload is what the app is sent about a modal.
func (s *Server) viewPayload(kind string, v *view, u *user, values map[string]map[string]string) json.RawMessage {
	s.mu.Lock()
	defer s.mu.Unlock()
	shown := map[string]any{}
	for name, value := range v.fields {
		shown[name] = value
	}
	shown["state"] = map[string]any{"values": v.state(values)}
	payload := map[string]any{
		"type": kind, "token": verificationToken, "api_app_id": AppID,
		"team":       map[string]any{"id": s.dir.teamID, "domain": s.dir.teamDomain},
		"enterprise": nil, "is_enterprise_install": false,
		"user": map[string]any{"id": u.ID, "username": u.Name, "name": u.Name, "team_id": u.Team},
		"view": shown,
	}
	if kind == "view_submission" {
		payload["trigger_id"], payload["response_urls"] = s.trigger(u.ID), []any{}
	} else {
		payload["is_cleared"] = false
	}
	body, err := json.Marshal(payload)
	if err != nil {
		panic(err) // made of what was JSON before
	}
	return body
}

// followed does what the app's acknowledgement of a submission asks for
// (https://docs.slack.dev/surfaces/modals#handling_submissions). What it cannot ask for is an error for the person.
func (s *Server) followed(id string, v *view, said json.RawMessage) (answer map[string]any, code string) {
	var wants struct {
		Action string            `json:"response_action"`
		Errors map[string]string `json:"errors"`
	}
	if len(said) > 0 && string(said) != "null" && json.Unmarshal(said, &wants) != nil {
		return nil, "invalid_response"
	}
	switch wants.Action {
	case "", "clear":
		s.mu.Lock()
		delete(s.views, id)
		s.mu.Unlock()
		s.tellOne(v.user, "view_closed", map[string]any{"view_id": id})
		return map[string]any{"open": false}, ""
	case "errors":
		blocks := v.inputs()
		for block := range wants.Errors {
			if _, ok := blocks[block]; !ok {
				return nil, "invalid_response" // errors stand under fields, and nowhere else
			}
		}
		if len(wants.Errors) == 0 {
			return nil, "invalid_response"
		}
		return map[string]any{"open": true, "errors": wants.Errors}, ""
	}
	return nil, "invalid_response" // update and push are not part of this Slack
}

// input is a field of a modal.
type input struct {
	Type     string `json:"type"`
	BlockID  string `json:"block_id"`
	Optional bool   `json:"optional"`
	Element  struct {
		Type      string `json:"type"`
		ActionID  string `json:"action_id"`
		MinLength int    `json:"min_length"`
		MaxLength int    `json:"max_length"`
	} `json:"element"`
}

// inputs are the fields of a modal by block id.
func (v *view) inputs() map[string]input {
	var blocks []input
	raw, _ := v.fields["blocks"].(json.RawMessage)
	_ = json.Unmarshal(raw, &blocks) // checked when it came
	found := map[string]input{}
	for _, b := range blocks {
		if b.Type == "input" {
			found[b.BlockID] = b
		}
	}
	return found
}

// check is what Slack's client sees to before it sends anything.
func (v *view) check(values map[string]map[string]string) map[string]string {
	errors := map[string]string{}
	for id, in := range v.inputs() {
		text := values[id][in.Element.ActionID]
		switch n := length(text); {
		case strings.TrimSpace(text) == "" && !in.Optional:
			errors[id] = "Please complete this required field."
		case in.Element.MaxLength > 0 && n > in.Element.MaxLength:
			errors[id] = "That is too long."
		case text != "" && n < in.Element.MinLength:
			errors[id] = "That is too short."
		}
	}
	return errors
}

// state is what stands in the fields, as an app sees it: a field left empty is null.
func (v *view) state(values map[string]map[string]string) map[string]any {
	state := map[string]any{}
	for id, in := range v.inputs() {
		field := map[string]any{"type": in.Element.Type, "value": nil}
		if text := values[id][in.Element.ActionID]; text != "" {
			field["value"] = text
		}
		state[id] = map[string]any{in.Element.ActionID: field}
	}
	return state
}

// serveViews is GET /sandbox/views: the modals open before one person, for a page that was loaded anew.
func (s *Server) serveViews(w http.ResponseWriter, r *http.Request) {
	who := s.personOf(r)
	if who == nil {
		writeJSON(w, http.StatusUnauthorized, errorReply("invalid_auth"))
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	open := []map[string]any{}
	for _, v := range s.views {
		if v.user == who.ID && v.fields["type"] == "modal" {
			open = append(open, v.fields)
		}
	}
	writeJSON(w, http.StatusOK, map[string]any{"ok": true, "views": open})
}
