package slack

import (
	"encoding/json"
	"net/http"
	"slices"
)

// readJSON reads the body of a sandbox request and answers the request when it
// cannot be read.
func readJSON(w http.ResponseWriter, r *http.Request, into any) bool {
	decoder := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		writeJSON(w, http.StatusBadRequest, map[string]any{"ok": false, "error": "invalid_json", "detail": err.Error()})
		return false
	}
	return true
}

// State is GET /sandbox/state: who and what there is.
type State struct {
	Team     Team      `json:"team"`
	Bot      Bot       `json:"bot"`
	People   []People  `json:"people"`
	Channels []Channel `json:"channels"`
	Faults   []Fault   `json:"faults"`
}

// Team is the workspace.
type Team struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// Bot is Pawl as Slack knows it.
type Bot struct {
	UserID string `json:"user_id"`
	BotID  string `json:"bot_id"`
	Name   string `json:"name"`
}

// People is one person of the workspace, with the token that makes one that person.
type People struct {
	ID       string   `json:"id"`
	Name     string   `json:"name"`
	RealName string   `json:"real_name"`
	Email    string   `json:"email"`
	Title    string   `json:"title"`
	Token    string   `json:"token"`
	Color    string   `json:"color"` // for CSS, with its #
	Groups   []string `json:"groups"`
	Guest    bool     `json:"guest"`
	Stranger bool     `json:"stranger"` // of another workspace, here through Slack Connect
	Deleted  bool     `json:"deleted"`
}

// Channel is one conversation. A direct message is named after the person in it.
type Channel struct {
	ID        string   `json:"id"`
	Name      string   `json:"name"`
	IsIM      bool     `json:"is_im"`
	IsPrivate bool     `json:"is_private"`
	Archived  bool     `json:"archived"`
	Members   []string `json:"members"`
	Topic     string   `json:"topic"`
}

func (s *Server) serveState(w http.ResponseWriter, _ *http.Request) {
	state := State{Faults: s.faults.list()}
	s.mu.Lock()
	defer s.mu.Unlock()
	state.Team = Team{ID: s.dir.teamID, Name: s.dir.teamName}
	for _, u := range s.dir.users {
		if u.ID == s.dir.pawl {
			state.Bot = Bot{UserID: u.ID, BotID: u.BotID, Name: u.Name}
		}
		if u.isBot() {
			continue
		}
		state.People = append(state.People, People{
			ID: u.ID, Name: u.Name, RealName: u.RealName, Email: u.Email, Title: u.Title, Token: u.Token,
			Color: "#" + u.Color, Groups: s.dir.handlesOf(u.ID), Guest: u.Guest, Stranger: u.Team != s.dir.teamID,
			Deleted: u.Deleted,
		})
	}
	for _, ch := range s.dir.channels {
		name := ch.Name
		if ch.IM {
			name = s.dir.user(ch.peer(s.dir.pawl)).Name
		}
		state.Channels = append(state.Channels, Channel{
			ID: ch.ID, Name: name, IsIM: ch.IM, IsPrivate: ch.Private, Archived: ch.Archived,
			Members: slices.Clone(ch.Members), Topic: ch.Topic,
		})
	}
	writeJSON(w, http.StatusOK, state)
}

// serveSay is POST /sandbox/say: chat.postMessage for people with nothing but curl.
func (s *Server) serveSay(w http.ResponseWriter, r *http.Request) {
	var said struct {
		Token    string `json:"token"`
		Channel  string `json:"channel"`
		Text     string `json:"text"`
		ThreadTS string `json:"thread_ts"`
	}
	if !readJSON(w, r, &said) {
		return
	}
	s.mu.Lock()
	who := s.person(said.Token)
	s.mu.Unlock()
	if who == nil {
		writeJSON(w, http.StatusOK, errorReply("invalid_auth"))
		return
	}
	c := &call{Server: s, base: s.base(r), who: &actor{user: who}, args: args{
		"channel": said.Channel, "text": said.Text, "thread_ts": said.ThreadTS,
	}}
	answer, err := c.perform(s.methods["chat.postMessage"])
	entry := Entry{Kind: "call", Method: "chat.postMessage", Actor: who.Name, Args: logged(c.args), Status: http.StatusOK}
	if err != nil {
		entry.Error = err.code
	}
	s.log.add(entry)
	if err != nil {
		writeJSON(w, http.StatusOK, err.reply())
		return
	}
	answer["ok"] = true
	writeJSON(w, http.StatusOK, answer)
}

// serveEphemerals is GET /sandbox/ephemerals: the messages only one person sees,
// which conversations.history never shows.
func (s *Server) serveEphemerals(w http.ResponseWriter, r *http.Request) {
	who := s.personOf(r)
	if who == nil {
		writeJSON(w, http.StatusUnauthorized, errorReply("invalid_auth"))
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	shown := []Message{}
	for _, p := range s.timeline(r.FormValue("channel")).posts {
		if p.Addressee == who.ID {
			shown = append(shown, p.Message)
		}
	}
	writeJSON(w, http.StatusOK, map[string]any{"ok": true, "messages": shown})
}
