package slack

import (
	"encoding/json"
	"net/http"
	"time"
)

// Opening is a person opening a tab of the app: the body of POST /sandbox/home.
type Opening struct {
	Token string `json:"token"`
	// Tab is home, as when it is empty, or messages.
	Tab string `json:"tab,omitempty"`
}

// homeID is the id of the one Home tab that somebody has of the app.
func homeID(userID string) string { return "V0HOME" + userID }

// serveOpenHome is POST /sandbox/home. The app is told, and may publish the tab; {"ok":true,"view"} is what stands there
// now, null before anything was published.
func (s *Server) serveOpenHome(w http.ResponseWriter, r *http.Request) {
	var o Opening
	if !readJSON(w, r, &o) {
		return
	}
	view, who, code := s.openHome(o, s.base(r))
	s.log.add(Entry{Kind: "home", Actor: who, Error: code, Args: map[string]string{"tab": o.Tab}})
	if code != "" {
		writeJSON(w, http.StatusOK, errorReply(code))
		return
	}
	writeJSON(w, http.StatusOK, map[string]any{"ok": true, "view": view})
}

// openHome queues app_home_opened, for each tab as Slack does (https://docs.slack.dev/reference/events/app_home_opened).
func (s *Server) openHome(o Opening, base string) (view map[string]any, who, code string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	u := s.person(o.Token)
	if u == nil {
		return nil, "", "invalid_auth"
	}
	switch {
	case o.Tab == "":
		o.Tab = "home"
	case o.Tab != "home" && o.Tab != "messages":
		return nil, u.Name, "unknown_tab"
	}
	if o.Tab == "home" && s.opts.NoHome {
		return nil, u.Name, "not_enabled"
	}
	c := &call{Server: s, base: base, who: &actor{user: u}}
	ch := s.dir.im(s.dir.pawl, u.ID)
	event := map[string]any{"type": "app_home_opened", "user": u.ID, "event_ts": c.stamps.next(time.Now()), "tab": o.Tab}
	if ch != nil {
		event["channel"] = ch.ID
	}
	if v := s.views[homeID(u.ID)]; v != nil && o.Tab == "home" {
		view = v.fields
		event["view"] = view
	}
	if !s.subscribed("app_home_opened") {
		return view, u.Name, ""
	}
	c.emit(ch, "app_home_opened", event)
	if err := s.commit(&c.change); err != nil {
		return nil, u.Name, "internal_error"
	}
	return view, u.Name, ""
}

// serveHome is GET /sandbox/home: what stands in somebody's Home tab, and whether the app has one.
func (s *Server) serveHome(w http.ResponseWriter, r *http.Request) {
	who := s.personOf(r)
	if who == nil {
		writeJSON(w, http.StatusUnauthorized, errorReply("invalid_auth"))
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var view map[string]any
	if v := s.views[homeID(who.ID)]; v != nil {
		view = v.fields
	}
	writeJSON(w, http.StatusOK, map[string]any{"ok": true, "view": view, "enabled": !s.opts.NoHome})
}

// pressView makes the block_actions payload of a click in a person's Home tab: there is neither a channel nor a message,
// and nothing to answer by (https://docs.slack.dev/reference/interaction-payloads/block_actions-payload). The caller
// holds s.mu.
func (s *Server) pressView(who *user, click Click) (json.RawMessage, *apiError) {
	v := s.views[click.ViewID]
	if v == nil || v.user != who.ID || v.fields["type"] != "home" {
		return nil, refuse("view_not_found")
	}
	raw, _ := v.fields["blocks"].(json.RawMessage)
	action, err := s.actionOf(raw, click)
	if err != nil {
		return nil, err
	}
	body, encodeErr := json.Marshal(map[string]any{
		"type": "block_actions", "token": verificationToken, "api_app_id": AppID,
		"team":       map[string]any{"id": s.dir.teamID, "domain": s.dir.teamDomain},
		"enterprise": nil, "is_enterprise_install": false,
		"user":       map[string]any{"id": who.ID, "username": who.Name, "name": who.Name, "team_id": who.Team},
		"container":  map[string]any{"type": "view", "view_id": click.ViewID},
		"trigger_id": s.trigger(who.ID),
		"view":       v.fields,
		"actions":    []any{action},
	})
	if encodeErr != nil {
		return nil, refuse("internal_error")
	}
	return body, nil
}

// actionOf is what an app is told of the button that was pressed.
func (s *Server) actionOf(blocks json.RawMessage, click Click) (map[string]any, *apiError) {
	block, pressed, err := findAction(decoded(blocks), click.BlockID, click.ActionID)
	switch {
	case err != nil:
		return nil, &apiError{code: "action_not_found", messages: []string{err.Error()}}
	case pressed["type"] != "button":
		return nil, refuse("action_not_a_button")
	}
	action := map[string]any{
		"action_id": click.ActionID, "block_id": block["block_id"], "type": "button",
		"text": pressed["text"], "action_ts": s.stamps.next(time.Now()),
	}
	for _, name := range []string{"value", "style", "url", "confirm"} {
		if v, ok := pressed[name]; ok {
			action[name] = v
		}
	}
	return action, nil
}
