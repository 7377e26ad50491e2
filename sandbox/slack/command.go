package slack

import (
	"encoding/json"
	"net/http"
	"slices"
)

// Command is a person using a slash command: the body of POST /sandbox/command.
// Slack has no slash commands in threads.
type Command struct {
	Token   string `json:"token"`
	Channel string `json:"channel"`
	Command string `json:"command"` // with its slash
	Text    string `json:"text"`
}

// serveCommand is POST /sandbox/command. What the app says in its acknowledgement
// is shown to the person, as Slack does.
func (s *Server) serveCommand(w http.ResponseWriter, r *http.Request) {
	var command Command
	if !readJSON(w, r, &command) {
		return
	}
	code := s.command(r, command)
	s.log.add(Entry{Kind: "command", Error: code, Args: map[string]string{
		"channel": command.Channel, "command": command.Command, "text": command.Text,
	}})
	if code != "" {
		writeJSON(w, http.StatusOK, errorReply(code))
		return
	}
	writeJSON(w, http.StatusOK, map[string]any{"ok": true})
}

// command brings a slash command to the app and returns the code of what went wrong.
func (s *Server) command(r *http.Request, command Command) string {
	s.mu.Lock()
	who := s.person(command.Token)
	ch := s.dir.channel(command.Channel)
	if who == nil || ch == nil || !ch.has(who.ID) || !slices.Contains(s.opts.SlashCommands, command.Command) {
		s.mu.Unlock()
		switch {
		case who == nil:
			return "invalid_auth"
		case ch == nil || !ch.has(who.ID):
			return "channel_not_found"
		default:
			return "unknown_command"
		}
	}
	name := ch.Name
	if ch.IM {
		name = "directmessage"
	}
	to := response{Channel: ch.ID, User: who.ID}
	payload, err := json.Marshal(map[string]any{
		"token": verificationToken, "team_id": s.dir.teamID, "team_domain": s.dir.teamDomain,
		"channel_id": ch.ID, "channel_name": name, "user_id": who.ID, "user_name": who.Name,
		"command": command.Command, "text": normalise(command.Text), "api_app_id": AppID,
		"is_enterprise_install": "false", "trigger_id": s.trigger(who.ID),
		"response_url": s.respondAt(s.base(r), to),
	})
	s.mu.Unlock()
	if err != nil {
		return "internal_error"
	}
	answer, ok := s.outbox.ask(r.Context(), typeSlash, ch.ID, payload)
	if !ok {
		return "operation_timeout"
	}
	if said := (args{}); len(answer) > 0 && said.takeJSON(answer) == nil && len(said) > 0 {
		return s.respondWith(&to, said, s.base(r))
	}
	return ""
}
