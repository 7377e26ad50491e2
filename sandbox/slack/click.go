package slack

import (
	"encoding/json"
	"net/http"
)

// Click is a person pressing a button: the body of POST /sandbox/click. The button stands in a message, or in the view of a
// Home tab.
type Click struct {
	Token   string `json:"token"`
	Channel string `json:"channel,omitempty"`
	TS      string `json:"ts,omitempty"`
	ViewID  string `json:"view_id,omitempty"`
	// BlockID may be left out when the action id is there only once.
	BlockID  string `json:"block_id,omitempty"`
	ActionID string `json:"action_id"`
	// Ephemeral is accepted and not needed: the ts says which message it is.
	Ephemeral bool `json:"ephemeral,omitempty"`
}

// serveClick is POST /sandbox/click.
func (s *Server) serveClick(w http.ResponseWriter, r *http.Request) {
	var click Click
	if !readJSON(w, r, &click) {
		return
	}
	s.mu.Lock()
	who := s.person(click.Token)
	payload, err := s.press(who, click, s.base(r))
	s.mu.Unlock()
	entry := Entry{Kind: "click", Args: map[string]string{
		"channel": click.Channel, "ts": click.TS, "block_id": click.BlockID, "action_id": click.ActionID,
	}}
	if click.ViewID != "" {
		entry.Args["view_id"] = click.ViewID
	}
	if who != nil {
		entry.Actor = who.Name
	}
	code := ""
	if err != nil {
		code = err.code
	} else if _, ok := s.outbox.ask(r.Context(), typeInteract, click.Channel, payload); !ok {
		code = "operation_timeout"
	}
	entry.Error = code
	s.log.add(entry)
	if code == "" {
		writeJSON(w, http.StatusOK, map[string]any{"ok": true})
		return
	}
	if who != nil {
		s.tellOne(who.ID, "click_failed", map[string]any{
			"channel": click.Channel, "ts": click.TS, "view_id": click.ViewID, "action_id": click.ActionID, "error": code,
		})
	}
	writeJSON(w, http.StatusOK, errorReply(code))
}

// press makes the block_actions payload of a click, if the person can click there
// at all. The caller holds s.mu.
func (s *Server) press(who *user, click Click, base string) (json.RawMessage, *apiError) {
	if who == nil {
		return nil, refuse("invalid_auth")
	}
	if click.ViewID != "" {
		return s.pressView(who, click)
	}
	ch := s.dir.channel(click.Channel)
	if ch == nil || !s.dir.sees(who, ch) {
		return nil, refuse("channel_not_found")
	}
	t := s.timeline(ch.ID)
	p := t.byTS[click.TS]
	if p == nil || p.ephemeral() && p.Addressee != who.ID {
		return nil, refuse("message_not_found")
	}
	action, err := s.actionOf(p.Blocks, click)
	switch {
	case err != nil:
		return nil, err
	case p.AppID != AppID:
		return nil, refuse("app_not_reachable") // the buttons of other apps lead nowhere in this Slack
	}
	container := map[string]any{
		"type": "message", "message_ts": p.TS, "channel_id": ch.ID, "is_ephemeral": p.ephemeral(),
	}
	if p.ThreadTS != "" {
		container["thread_ts"] = p.ThreadTS
	}
	payload := map[string]any{
		"type": "block_actions", "token": verificationToken, "api_app_id": AppID,
		"team":       map[string]any{"id": s.dir.teamID, "domain": s.dir.teamDomain},
		"enterprise": nil, "is_enterprise_install": false,
		"user":       map[string]any{"id": who.ID, "username": who.Name, "name": who.Name, "team_id": who.Team},
		"container":  container,
		"channel":    map[string]any{"id": ch.ID, "name": ch.nameForApps()},
		"trigger_id": s.trigger(who.ID),
		"state":      map[string]any{"values": map[string]any{}},
		"actions":    []any{action},
		"response_url": s.respondAt(base, response{
			Channel: ch.ID, TS: p.TS, User: who.ID, ThreadTS: p.ThreadTS, Ephemeral: p.ephemeral(),
		}),
	}
	if !p.ephemeral() {
		payload["message"] = t.show(p, false)
	}
	body, encodeErr := json.Marshal(payload)
	if encodeErr != nil {
		return nil, refuse("internal_error")
	}
	return body, nil
}

// tellOne sends an event to the streams of one person.
func (s *Server) tellOne(userID, kind string, value any) {
	var c change
	c.tell(kind, []string{userID}, value)
	s.hub.publish(c.notices[0])
}
