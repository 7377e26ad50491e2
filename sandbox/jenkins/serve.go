package jenkins

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/pawl-ops/pawl/sandbox/wire"
)

// version is what this Jenkins says it is. Answers are those of the long-term support line of 2025.
const version = "2.516.3"

// maxForm is how long a form may be.
const maxForm = 1 << 20

// reply is an answer that is not sent yet.
type reply struct {
	status int
	header http.Header
	body   []byte
}

// visit is one request, and what it is about.
type visit struct {
	request *http.Request
	form    url.Values // of query and body
	who     *Account
	parts   []string // of the path, below job and build
	api     bool     // it ends in api/json
	name    string   // of the folder or job
	job     *job     // nil for folders
	build   *build   // nil for jobs
}

// serve is the door: what is wrong with the server, who asks, what it is about.
func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	form, err := read(w, r)
	if err != nil {
		send(w, page(http.StatusBadRequest, "Bad Request", err.Error()))
		return
	}
	rest, ours := s.below(r.URL.EscapedPath())
	browser := ours && s.isPage(r, rest)
	s.mu.Lock()
	s.advance(s.opts.Now())
	f := s.strike(r, browser)
	tell := s.faults.dirty
	s.faults.dirty = false
	var a reply
	switch {
	case f.down:
	case s.starting() || f.starting:
		a = starting()
	case browser:
		a = s.look(r, rest, form)
	default:
		a = s.answer(r, form, f)
	}
	s.save()
	w.Header().Set("X-Jenkins-Session", s.session)
	s.mu.Unlock()
	if tell {
		s.changed()
	}
	if f.wait > 0 && !wire.Pause(r.Context(), f.wait) {
		return
	}
	if f.down || f.lost {
		wire.Reset(w)
		return
	}
	w.Header().Set("X-Jenkins", version)
	send(w, a)
}

// answer decides, in the order in which Jenkins does: who is it, is there a crumb, may they, what is it.
func (s *Server) answer(r *http.Request, form url.Values, f struck) reply {
	if f.status == http.StatusUnauthorized {
		return unauthorised()
	}
	who, token, refused := s.login(r)
	if refused != nil {
		return *refused
	}
	if f.status == http.StatusForbidden {
		return denied(who, "Overall/Read")
	}
	if f.status == http.StatusInternalServerError {
		return oops()
	}
	if r.Method == http.MethodPost && !token && !s.hasCrumb(r, form, who) {
		return page(http.StatusForbidden, "Error 403 No valid crumb was included in the request", "No valid crumb was included in the request")
	}
	if who == nil {
		return anonymous(r)
	}
	rest, ok := s.below(r.URL.EscapedPath())
	if !ok {
		return page(http.StatusNotFound, "Error 404 Not Found", "Not Found")
	}
	v, refused := s.find(r, form, who, rest)
	if refused != nil {
		return *refused
	}
	return s.about(*v, f)
}

// below is the path below the context path.
func (s *Server) below(path string) (string, bool) {
	rest, ok := strings.CutPrefix(path, s.prefix)
	return rest, ok && (rest == "" || rest[0] == '/')
}

// login is who asks, and whether they showed an API token. Nobody is nil.
func (s *Server) login(r *http.Request) (who *Account, token bool, refused *reply) {
	id, secret, ok := r.BasicAuth()
	if !ok {
		return nil, false, nil
	}
	for i := range s.opts.Accounts {
		a := &s.opts.Accounts[i]
		if a.ID != id {
			continue
		}
		if a.Token != "" && equal(a.Token, secret) {
			return a, true, nil
		}
		if a.Password != "" && equal(a.Password, secret) {
			return a, false, nil
		}
	}
	a := unauthorised()
	return nil, false, &a
}

// fullName is what a user is called in logs and causes.
func (s *Server) fullName(id string) string {
	for _, a := range s.opts.Accounts {
		if a.ID == id && a.Name != "" {
			return a.Name
		}
	}
	return id
}
