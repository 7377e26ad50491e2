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
	who, code := s.command(r, command)
	s.log.add(Entry{Kind: "command", Actor: who, Error: code, Args: map[string]string{
		"channel": command.Channel, "command": command.Command, "text": command.Text,
	}})
	if code != "" {
		writeJSON(w, http.StatusOK, errorReply(code))
		return
	}
	writeJSON(w, http.StatusOK, map[string]any{"ok": true})
}

// command brings a slash command to the app and returns who used it and the code
// of what went wrong.
func (s *Server) command(r *http.Request, command Command) (who, code string) {
	s.mu.Lock()
	u := s.person(command.Token)
	payload, err := s.commandPayload(u, command, s.base(r))
	s.mu.Unlock()
	if u != nil {
		who = u.Name
	}
	if err != nil {
		return who, err.code
	}
	answer, ok := s.outbox.ask(r.Context(), typeSlash, command.Channel, payload)
	if !ok {
		return who, "operation_timeout"
	}
	if said := (args{}); len(answer) > 0 && said.takeJSON(answer) == nil && len(said) > 0 {
		return who, s.respondWith(&response{Channel: command.Channel, User: u.ID}, said, s.base(r))
	}
	return who, ""
}

// commandPayload is what the app is sent, if the person can use the command at
// all. The caller holds s.mu.
func (s *Server) commandPayload(who *user, command Command, base string) (json.RawMessage, *apiError) {
	if who == nil {
		return nil, refuse("invalid_auth")
	}
	ch := s.dir.channel(command.Channel)
	switch {
	case ch == nil || !ch.has(who.ID):
		return nil, refuse("channel_not_found")
	case !slices.Contains(s.opts.SlashCommands, command.Command):
		return nil, refuse("unknown_command")
	}
	payload, err := json.Marshal(map[string]any{
		"token": verificationToken, "team_id": s.dir.teamID, "team_domain": s.dir.teamDomain,
		"channel_id": ch.ID, "channel_name": ch.nameForApps(), "user_id": who.ID, "user_name": who.Name,
		"command": command.Command, "text": normalise(command.Text), "api_app_id": AppID,
		"is_enterprise_install": "false", "trigger_id": s.trigger(who.ID),
		"response_url": s.respondAt(base, response{Channel: ch.ID, User: who.ID}),
	})
	if err != nil {
		return nil, refuse("internal_error")
	}
	return payload, nil
}
