package slack

import (
	"net/http"
	"time"
)

const (
	// responseLife and responseUses are how long and how often a response URL works.
	responseLife = 30 * time.Minute
	responseUses = 5
)

// response is what a response URL answers to.
type response struct {
	Channel, TS, User, ThreadTS string
	Ephemeral                   bool

	end  time.Time
	left int
}

type responses map[string]*response

// respondAt hands out a response URL. The caller holds s.mu.
func (s *Server) respondAt(base string, r response) string {
	for id, old := range s.responses {
		if s.opts.Now().After(old.end) {
			delete(s.responses, id)
		}
	}
	id := randomID(24)
	r.end, r.left = s.opts.Now().Add(responseLife), responseUses
	s.responses[id] = &r
	return base + "/response/" + id
}

// serveResponseURL is POST on a response URL: an app answers a click without a
// token (https://docs.slack.dev/interactivity/handling-user-interaction).
func (s *Server) serveResponseURL(w http.ResponseWriter, r *http.Request) {
	code := s.respond(r)
	s.log.add(Entry{Kind: "response", Error: code})
	if code != "" {
		writeJSON(w, http.StatusNotFound, errorReply(code))
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = w.Write([]byte("ok"))
}

// respond does what an app asks for through a response URL and returns the code of
// what was wrong with it.
func (s *Server) respond(r *http.Request) string {
	body, err := readCall(r)
	if err != nil {
		return err.code
	}
	if payload, ok := body.args["payload"]; ok && !body.json { // a form with JSON in it
		if err := body.args.takeJSON([]byte(payload)); err != nil {
			return err.code
		}
	}
	to, code := s.responseAt(r.PathValue("id"))
	if code != "" {
		return code
	}
	return s.respondWith(to, body.args, s.base(r))
}

// responseAt finds a response URL that still works and books one use of it, whether
// or not that goes well.
func (s *Server) responseAt(id string) (to *response, code string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	to = s.responses[id]
	switch {
	case to == nil, s.opts.Now().After(to.end):
		return nil, "expired_url"
	case to.left <= 0:
		return nil, "used_url"
	}
	to.left--
	return to, ""
}

// respondWith says something in answer to an interaction.
func (s *Server) respondWith(to *response, said args, base string) (code string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := &call{Server: s, base: base, who: &actor{user: s.dir.user(s.dir.pawl)}, args: said}
	if err := c.respondTo(to); err != nil {
		return err.code
	}
	if err := s.commit(&c.change); err != nil {
		return "internal_error"
	}
	return ""
}

func (c *call) respondTo(to *response) *apiError {
	ch := c.dir.channel(to.Channel)
	old := c.timeline(ch.ID).byTS[to.TS]
	if c.args.flag("delete_original") {
		if old == nil {
			return refuse("message_not_found")
		}
		c.unsay(ch, old)
		return nil
	}
	said, err := c.content(maxUpdateText, "msg_too_long")
	if err != nil {
		return err
	}
	if c.args.flag("replace_original") && old != nil {
		now := *old
		if err := c.rewrite(&now, said); err != nil {
			return err
		}
		c.replace(ch, old, now)
		return nil
	}
	p := c.compose(c.who.user, ch, said, c.thread(ch, c.args["thread_ts"]))
	if c.args["response_type"] == "in_channel" {
		c.publish(ch, p)
		return nil
	}
	c.whisper(ch, to.User, p)
	return nil
}
