package slack

import (
	"net/http"
	"slices"
	"strings"
)

// tokenKind is what a method accepts: the token of a bot or a person, or the
// app-level token.
type tokenKind int

const (
	botOrPerson tokenKind = iota
	appLevel
)

// actor is who makes a call.
type actor struct {
	user *user // nil for the app-level token
	// scopes are what the token may do; nil is everything, as for people, whose
	// tokens stand for Slack's own client.
	scopes []string
}

// app reports whether a program calls, as opposed to a person at their client.
// Only programs have rate limits and meet faults.
func (a *actor) app() bool { return a.user == nil || a.user.isBot() }

func (a *actor) name() string {
	if a.user == nil {
		return "app"
	}
	return a.user.Name
}

// can reports whether the token has one of the scopes; none asked for is a yes.
func (a *actor) can(scopes ...string) bool {
	return len(scopes) == 0 || a.scopes == nil ||
		slices.ContainsFunc(scopes, func(s string) bool { return slices.Contains(a.scopes, s) })
}

// need is nil when the token has one of the scopes, else missing_scope.
func (a *actor) need(scopes ...string) *apiError {
	if a.can(scopes...) {
		return nil
	}
	return &apiError{code: "missing_scope", extra: map[string]any{
		"needed": strings.Join(scopes, ","), "provided": strings.Join(a.scopes, ","),
	}}
}

// authenticate finds out who a token belongs to and whether the method takes it.
func (s *Server) authenticate(token string, kind tokenKind) (*actor, *apiError) {
	switch {
	case token == "":
		return nil, refuse("not_authed")
	case token == s.opts.AppToken:
		if kind != appLevel {
			return nil, refuse("not_allowed_token_type")
		}
		return &actor{scopes: []string{"connections:write"}}, nil
	}
	u := s.dir.userByToken(token)
	switch {
	case u == nil:
		return nil, refuse("invalid_auth")
	case u.Deleted:
		return nil, refuse("account_inactive")
	case kind == appLevel:
		return nil, refuse("not_allowed_token_type")
	case u.isBot():
		return &actor{user: u, scopes: s.opts.Scopes}, nil
	default:
		return &actor{user: u}, nil
	}
}

// personOf is whose stream or page a request is for, nil for a wrong token. The
// token may stand in the query, because a browser's EventSource sends no headers.
func (s *Server) personOf(r *http.Request) *user {
	token := bearer(r, args{"token": r.URL.Query().Get("token")})
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.person(token)
}

// person is the human behind a token, nil for any other token.
func (s *Server) person(token string) *user {
	if a, err := s.authenticate(token, botOrPerson); err == nil && !a.user.isBot() {
		return a.user
	}
	return nil
}
