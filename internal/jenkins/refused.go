package jenkins

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/pawl-ops/pawl/internal/shown"
	"github.com/pawl-ops/pawl/job"
)

// refused is an answer whose status says that it is none.
func (s *Server) refused(r reply) *Error {
	unsure := NotDone
	if r.post {
		unsure = Unknown
	}
	said := shown.Line(s.mask.Hide(r.says()), lookedAt)
	var e *Error
	switch code := r.status; {
	case code < 400:
		return s.sentOn(r)
	case code == http.StatusUnauthorized:
		e = s.fault(Refused, job.FaultAccess, "Jenkins does not accept our token (401). Make a new API token for %s in Jenkins.", s.who())
	case code == http.StatusForbidden:
		e = s.forbidden(r, said)
	case code == http.StatusNotFound || code == http.StatusGone:
		e = s.fault(Refused, job.FaultOurs, "Jenkins has nothing at this address, or %s may not see it (%d).", s.who(), code)
	case code == http.StatusConflict:
		e = s.fault(Refused, job.FaultOurs, "Jenkins does not do that now: %s", sentence(said, "it answered 409."))
	case code == http.StatusTooManyRequests:
		e = s.fault(NotDone, job.FaultTheirs, "Jenkins asks us to slow down.")
	case code == http.StatusServiceUnavailable && strings.Contains(said, "Please wait while Jenkins"):
		// Jenkins itself says this, before anything else in it can answer (hudson.util.HudsonIsLoading).
		e = s.fault(NotDone, job.FaultTheirs, "Jenkins is starting and answers again in a moment.")
	case code >= 500 || code == http.StatusRequestTimeout:
		e = s.fault(unsure, job.FaultTheirs, "Jenkins is in trouble: it answered %d.", code)
	default:
		e = s.fault(Refused, job.FaultOurs, "Jenkins does not take what we ask (%d): %s", code, sentence(said, "it does not say why."))
	}
	e.Shown, e.After = s.shown(r.asked, r.status, []byte(r.says())), retryAfter(r.header)
	return e
}

// forbidden tells apart who may not and who is not known yet: while Jenkins starts it knows nobody for a moment.
func (s *Server) forbidden(r reply, said string) *Error {
	lacks := r.header.Get("X-Required-Permission")
	switch {
	case strings.Contains(said, "No valid crumb"):
		return s.fault(Refused, job.FaultAccess, "Jenkins wants a crumb from us, which it does not ask of API tokens. Make an API token for %s in Jenkins, and do not use a password.", s.who())
	case lacks != "":
		parts := strings.Split(lacks, ".") // hudson.model.Item.Build, which its settings call Job/Build
		return s.fault(Refused, job.FaultAccess, "Jenkins does not let %s do this: the permission %q is missing.", s.who(), shown.Line(parts[len(parts)-1], 40))
	case s.opt.User != "" && r.header.Get("X-You-Are-Authenticated-As") == s.opt.User:
		return s.fault(Refused, job.FaultAccess, "Jenkins does not let %s do this (403).", s.who())
	}
	return s.fault(NotDone, job.FaultAccess, "Jenkins does not let us in (403). Either it has only just started, or %s lacks a permission there.", s.who())
}

// sentOn is a redirect where none belongs.
func (s *Server) sentOn(r reply) *Error {
	to := r.header.Get("Location")
	e := s.fault(Refused, job.FaultOurs, "Jenkins sends us on to another address (%d). Look at the address of Jenkins in pawl.yaml.", r.status)
	if signIn(to) {
		e = s.fault(Refused, job.FaultAccess, "Jenkins wants us to sign in: it does not know %s, or does not accept the token.", s.who())
	}
	e.Shown = s.shown(r.asked, r.status, []byte("Location: "+to))
	return e
}

// signIn reports whether an address is where Jenkins, or something in front of it, asks who somebody is.
func signIn(location string) bool {
	l := strings.ToLower(location)
	for _, sign := range []string{"login", "signin", "sign-in", "securityrealm", "oauth", "saml", "/sso"} {
		if strings.Contains(l, sign) {
			return true
		}
	}
	return false
}

// page is a web page where data was expected.
func (s *Server) page(r reply) *Error {
	e := s.fault(NotDone, job.FaultTheirs, "Something in front of Jenkins answered with a web page instead of data.")
	if strings.Contains(string(r.body), `type="password"`) {
		e = s.fault(Refused, job.FaultAccess, "Something in front of Jenkins wants us to sign in. Let Pawl reach Jenkins past it.")
	}
	e.Shown = s.shown(r.asked, r.status, r.body)
	return e
}

// who is whose token we have.
func (s *Server) who() string {
	if s.opt.User == "" {
		return "somebody without a name"
	}
	return "the user " + s.opt.User
}

// sentence is what Jenkins says about an error, short.
func sentence(said, otherwise string) string {
	if said = shown.Line(said, 200); said == "" {
		return otherwise
	}
	return strconv.Quote(said)
}

// retryAfter is how long Jenkins, or what is in front of it, asks us to wait, in whole seconds (RFC 9110, section 10.2.3).
func retryAfter(h http.Header) time.Duration {
	return time.Duration(min(number(h.Get("Retry-After")), 3600)) * time.Second
}

// span is a length of time in words: "2 minutes".
func span(d time.Duration) string {
	n, name := int((d+time.Second-1)/time.Second), "second"
	switch {
	case d >= 90*time.Minute:
		n, name = int((d+30*time.Minute)/time.Hour), "hour"
	case d >= 90*time.Second:
		n, name = int((d+30*time.Second)/time.Minute), "minute"
	}
	if n != 1 {
		name += "s"
	}
	return strconv.Itoa(n) + " " + name
}
