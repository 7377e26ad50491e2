package jenkins

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"html"
	"net/http"
	"net/url"
)

// page is an answer for people: Jenkins has no other for what went wrong, whatever was asked for.
func page(status int, title, text string) reply {
	return reply{
		status: status,
		header: http.Header{"Content-Type": {"text/html;charset=utf-8"}},
		body: []byte("<!DOCTYPE html><html><head><title>" + html.EscapeString(title) + "</title></head><body><h2>" +
			html.EscapeString(title) + "</h2><p>" + html.EscapeString(text) + "</p><hr>Jenkins " + version + "</body></html>\n"),
	}
}

// starting is what every path answers until Jenkins is ready (hudson/util/HudsonIsLoading).
func starting() reply {
	a := page(http.StatusServiceUnavailable, "Starting Jenkins", "Please wait while Jenkins is getting ready to work ... Your browser will reload automatically when Jenkins is ready.")
	a.header.Set("Refresh", "5") // a browser looks again by itself
	return a
}

// oops is an exception nobody caught. It does not say which: that is in Jenkins' own log only.
func oops() reply {
	return page(http.StatusInternalServerError, "Oops! - Jenkins", "A problem occurred while processing the request. Logging ID="+random(32))
}

// failure is a hudson.model.Failure: a sentence for people, status 400.
func failure(text string) reply { return page(http.StatusBadRequest, "Error", text) }

func unauthorised() reply {
	a := page(http.StatusUnauthorized, "Error 401 Unauthorized", "HTTP ERROR 401 Unauthorized")
	a.header.Set("WWW-Authenticate", `Basic realm="Jenkins"`)
	return a
}

// anonymous is the answer to who does not say who they are: a page that leads to the login.
func anonymous(r *http.Request) reply {
	to := "/login?from=" + url.QueryEscape(r.URL.Path)
	a := page(http.StatusForbidden, "Authentication required", "Authentication required. You are authenticated as: anonymous. Go to "+to)
	a.header.Set("X-Hudson", "1.395")
	return a
}

// denied is the answer to who lacks a right.
func denied(who *Account, right string) reply {
	name := "anonymous"
	if who != nil {
		name = who.ID
	}
	a := page(http.StatusForbidden, "Access Denied", name+" is missing the "+right+" permission")
	a.header.Set("X-You-Are-Authenticated-As", name)
	a.header.Set("X-Required-Permission", right)
	return a
}

// Crumbs are bound to the user and to a session in a cookie, as the default issuer does since 2.176.2.
const (
	crumbField = "Jenkins-Crumb"
	cookie     = "JSESSIONID.sandbox"
)

func (s *Server) crumb(v visit) reply {
	session := s.sessionOf(v.request)
	a := exposed(object{
		{"_class", "hudson.security.csrf.DefaultCrumbIssuer"},
		{"crumb", s.crumbFor(v.who.ID, session)},
		{"crumbRequestField", crumbField},
	})
	c := http.Cookie{Name: cookie, Value: session, Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode} //nolint:gosec // not Secure: Jenkins is on plain HTTP here, as behind many proxies
	a.header.Set("Set-Cookie", c.String())
	return a
}

func (s *Server) sessionOf(r *http.Request) string {
	if c, err := r.Cookie(cookie); err == nil && c.Value != "" {
		return c.Value
	}
	return s.opts.Random(16)
}

func (s *Server) crumbFor(user, session string) string {
	mac := hmac.New(sha256.New, []byte(s.secret+s.session))
	mac.Write([]byte(user + "\x00" + session))
	return hex.EncodeToString(mac.Sum(nil))
}

func (s *Server) hasCrumb(r *http.Request, form url.Values, who *Account) bool {
	given := r.Header.Get(crumbField)
	if given == "" {
		given = form.Get(crumbField)
	}
	c, err := r.Cookie(cookie)
	if given == "" || err != nil || who == nil {
		return false
	}
	return equal(s.crumbFor(who.ID, c.Value), given)
}

func equal(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }
