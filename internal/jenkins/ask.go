package jenkins

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"github.com/pawl-ops/pawl/job"
)

// reply is an answer of Jenkins, whatever its status.
type reply struct {
	asked  string // method and path, to be shown
	post   bool
	status int
	header http.Header
	body   []byte
	cut    bool // the body went on
}

// ok reports whether Jenkins did what was asked.
func (r reply) ok() bool { return r.status >= 200 && r.status < 300 }

// says is what a person would read in an answer: of an error sometimes only a header tells.
func (r reply) says() string { return r.header.Get("X-Error") + " " + words(r.body) }

// now is what time it is for Jenkins: its builds are dated by that clock.
func (r reply) now(ours time.Time) time.Time {
	if t, err := http.ParseTime(r.header.Get("Date")); err == nil {
		return t
	}
	return ours
}

// send asks once, and follows nothing. path is below the root and escaped. An answer is a reply with any status; the
// error says whether the request may have reached Jenkins.
func (s *Server) send(ctx context.Context, method, path string, query, form url.Values, most int64) (reply, error) {
	r := reply{asked: method + " " + s.base.EscapedPath() + path, post: method != http.MethodGet}
	limited, cancel := context.WithTimeout(ctx, s.opt.Timeout)
	defer cancel()
	var reached atomic.Bool
	limited = httptrace.WithClientTrace(limited, &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { reached.Store(true) }})

	to := s.base.String() + path
	if len(query) > 0 {
		to += "?" + query.Encode()
	}
	var body io.Reader = http.NoBody
	if r.post {
		body = strings.NewReader(form.Encode())
	}
	req, err := http.NewRequestWithContext(limited, method, to, body)
	if err != nil {
		e := s.fault(Refused, job.FaultOurs, "The address of Jenkins cannot be asked.")
		e.Cause = s.mask.Error(err)
		return r, e
	}
	if r.post {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	req.Header.Set("Accept", "application/json, text/plain;q=0.9, */*;q=0.1")
	req.Header.Set("User-Agent", "pawl")
	if s.opt.User != "" {
		// With an API token no crumb is needed (since 2.96): https://www.jenkins.io/doc/book/security/csrf-protection/
		req.SetBasicAuth(s.opt.User, s.opt.Token.Reveal())
	}
	resp, err := s.http.Do(req)
	if err != nil {
		return r, s.unanswered(ctx, r, reached.Load(), err)
	}
	defer resp.Body.Close()
	r.status, r.header = resp.StatusCode, resp.Header
	r.body, err = io.ReadAll(io.LimitReader(resp.Body, most+1))
	if err != nil && !r.post && r.ok() {
		return r, s.unanswered(ctx, r, true, err)
	}
	if r.cut = int64(len(r.body)) > most; r.cut {
		r.body = r.body[:most]
	}
	return r, nil
}

// get reads JSON into a value that nobody used before: decoding leaves alone what is null.
func (s *Server) get(ctx context.Context, path, tree string, into any) (reply, error) {
	var query url.Values
	if tree != "" {
		query = url.Values{"tree": {tree}}
	}
	r, err := s.send(ctx, http.MethodGet, path, query, nil, s.opt.LargestJSON)
	if err != nil {
		return r, err
	}
	return r, s.decode(r, into)
}

// decode takes the JSON out of an answer, or says why there is none.
func (s *Server) decode(r reply, into any) error {
	switch {
	case !r.ok():
		return s.refused(r)
	case r.cut:
		e := s.fault(Refused, job.FaultData, "Jenkins answered with more than %d MB, which is not read.", s.opt.LargestJSON>>20)
		e.Shown = s.shown(r.asked, r.status, nil)
		return e
	case webPage(r):
		return s.page(r)
	}
	if err := json.Unmarshal(r.body, into); err != nil {
		e := s.fault(NotDone, job.FaultData, "What Jenkins answered is not what we know of it.")
		e.Shown, e.Cause = s.shown(r.asked, r.status, r.body), s.mask.Error(err)
		return e
	}
	return nil
}

// post changes something. Every answer is a reply; it may have been done even when there is an error.
func (s *Server) post(ctx context.Context, path string, query, form url.Values) (reply, error) {
	return s.send(ctx, http.MethodPost, path, query, form, 64<<10)
}

// webPage reports whether an answer is meant for a browser.
func webPage(r reply) bool {
	return strings.Contains(r.header.Get("Content-Type"), "html") || bytes.HasPrefix(bytes.TrimSpace(r.body), []byte("<"))
}
