package jenkins

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/pawl-ops/pawl/internal/shown"
	"github.com/pawl-ops/pawl/job"
)

// Answer answers a question a build waits for: it goes on, with the values it asks for, or is aborted. The state is a
// look afterwards. A question that is not pending any more is no error, whoever answered it: an answer that is given
// twice, because the first one's answer was lost, counts once, and the state says how the build took it.
func (s *Server) Answer(ctx context.Context, ref Ref, id string, proceed bool, params map[string]string) (st State, err error) {
	defer s.guard(&err, "answering jenkins build "+ref.Job)
	path, err := s.jobPath(ref.Job)
	if err != nil {
		return State{Ref: ref}, err
	}
	if ref.Build == 0 || id == "" {
		return State{Ref: ref}, s.fault(Refused, job.FaultOurs, "There is no question of %s to answer.", ref.Job)
	}
	r, err := s.submit(ctx, buildPath(path, ref.Build), id, proceed, params)
	if err != nil {
		return State{Ref: ref}, err
	}
	said := shown.Line(s.mask.Hide(r.says()), lookedAt)
	switch {
	case r.status == http.StatusUnauthorized, r.status == http.StatusForbidden, r.status == http.StatusServiceUnavailable:
		return State{Ref: ref}, s.refused(r)
	case strings.Contains(said, "You need to be "):
		e := s.fault(Refused, job.FaultAccess, "Jenkins does not take this answer from %s: the question is for %s.", s.who(), submitter(said))
		e.Shown = s.shown(r.asked, r.status, r.body)
		return State{Ref: ref}, e
	}
	// What else it says depends on its version, and "already given" is an error there: only a look tells.
	asks, err := s.asks(ctx, ref, path)
	switch {
	case err != nil && OutcomeOf(err) != Refused:
		return State{Ref: ref}, &Error{Fault: faultOf(err), Outcome: Unknown}
	case err == nil && !r.ok() && slices.ContainsFunc(asks, func(a Ask) bool { return a.ID == id }):
		return State{Ref: ref}, s.untaken(r)
	}
	return s.State(ctx, ref)
}

// untaken is an answer after which the question was there as before.
func (s *Server) untaken(r reply) *Error {
	e := s.refused(r)
	switch {
	case r.status == http.StatusInternalServerError: // so it answers values it does not understand, and whoever may not answer
		e = s.fault(Refused, job.FaultOurs, "Jenkins did not take the answer and does not say why. Either a value is not one it knows, or the question is for somebody else than %s.", s.who())
		e.Shown = s.shown(r.asked, r.status, r.body)
	case e.Outcome == Unknown:
		e.Outcome = NotDone
	}
	return e
}

// submit gives the answer.
func (s *Server) submit(ctx context.Context, at, id string, proceed bool, params map[string]string) (reply, error) {
	switch {
	case !proceed:
		return s.post(ctx, at+"/input/"+url.PathEscape(id)+"/abort", nil, nil)
	case len(params) == 0:
		return s.post(ctx, at+"/input/"+url.PathEscape(id)+"/proceedEmpty", nil, nil)
	}
	type value struct {
		Name  string `json:"name"`
		Value any    `json:"value"`
	}
	var form struct {
		Parameter []value `json:"parameter"`
	}
	for _, name := range slices.Sorted(maps.Keys(params)) {
		form.Parameter = append(form.Parameter, value{name, params[name]})
	}
	text, err := json.Marshal(form)
	if err != nil {
		return reply{}, s.fault(Refused, job.FaultOurs, "The answer cannot be written down for Jenkins.")
	}
	return s.post(ctx, at+"/wfapi/inputSubmit", url.Values{"inputId": {id}}, url.Values{"proceed": {"Proceed"}, "json": {string(text)}})
}

// submitter is whom Jenkins names as the one to answer.
func submitter(said string) string {
	_, who, _ := strings.Cut(said, "You need to be ")
	for _, end := range []string{" to submit", " (or have", " to cancel"} {
		who, _, _ = strings.Cut(who, end)
	}
	return shown.Line(strings.Trim(who, "'"), 80)
}

// faultOf is the fault in an error of ours.
func faultOf(err error) *job.Fault {
	var f *job.Fault
	if errors.As(err, &f) {
		return f
	}
	return &job.Fault{Class: job.FaultOurs, Says: "Jenkins could not be asked.", Cause: err}
}
