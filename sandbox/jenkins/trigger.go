package jenkins

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// buildWithParameters takes the parameters that are declared from the form, the defaults for those that are not there, and
// drops all others without a word.
func (s *Server) buildWithParameters(v visit) reply {
	if refused := s.mayBuild(v); refused != nil {
		return *refused
	}
	if len(v.job.Params) == 0 {
		return oops() // IllegalStateException: This build is not parameterized!
	}
	values := make([]Value, 0, len(v.job.Params))
	for _, p := range v.job.Params {
		given, ok := v.form[p.Name]
		value := p.Default
		if ok {
			value = given[0]
		}
		if p.Kind == Choice && !slices.Contains(p.Choices, value) {
			return oops() // IllegalArgumentException: Illegal choice for parameter
		}
		if p.Kind == Boolean {
			value = strconv.FormatBool(strings.EqualFold(value, "true") || value == "on")
		}
		values = append(values, Value{Name: p.Name, Value: value, Kind: p.Kind})
	}
	return s.trigger(v, values)
}

// buildNow is POST /build: without parameters, or with a form field json that has them.
func (s *Server) buildNow(v visit) reply {
	if refused := s.mayBuild(v); refused != nil {
		return *refused
	}
	if len(v.job.Params) == 0 {
		return s.trigger(v, nil)
	}
	text := v.form.Get("json")
	if text == "" {
		return page(http.StatusBadRequest, "Error 400 Nothing is submitted", "Nothing is submitted")
	}
	given, err := submitted(text)
	if err != nil {
		return page(http.StatusBadRequest, "Error 400 Failed to parse form data", "Failed to parse form data")
	}
	values := make([]Value, 0, len(given))
	for _, g := range given {
		i := slices.IndexFunc(v.job.Params, func(p Param) bool { return p.Name == g.Name })
		if i < 0 {
			return oops() // IllegalArgumentException: No such parameter definition
		}
		values = append(values, Value{Name: g.Name, Value: g.Value, Kind: v.job.Params[i].Kind})
	}
	return s.trigger(v, values)
}

// submitted reads {"parameter": [{"name", "value"}]}, where one alone need not be in an array.
func submitted(text string) ([]Value, error) {
	var form struct {
		Parameter json.RawMessage `json:"parameter"`
	}
	if err := json.Unmarshal([]byte(text), &form); err != nil {
		return nil, err
	}
	type given struct {
		Name  string          `json:"name"`
		Value json.RawMessage `json:"value"`
	}
	var all []given
	if len(form.Parameter) > 0 && form.Parameter[0] == '{' {
		form.Parameter = slices.Concat([]byte("["), form.Parameter, []byte("]"))
	}
	if len(form.Parameter) > 0 {
		if err := json.Unmarshal(form.Parameter, &all); err != nil {
			return nil, err
		}
	}
	values := make([]Value, 0, len(all))
	for _, g := range all {
		value := string(g.Value)
		if text := ""; json.Unmarshal(g.Value, &text) == nil {
			value = text
		}
		values = append(values, Value{Name: g.Name, Value: value})
	}
	return values, nil
}

func (s *Server) mayBuild(v visit) *reply {
	s.posts++
	switch {
	case v.who.NoBuild:
		a := denied(v.who, "Job/Build")
		return &a
	case v.job.Disabled:
		a := page(http.StatusConflict, "Error 409 Conflict", spoken(v.job.Name)+" is not buildable")
		return &a
	}
	return nil
}

// trigger puts the job into the queue: 201 for a new item, 303 for one that was there (JENKINS-66105).
func (s *Server) trigger(v visit, values []Value) reply {
	quiet, err := delay(v.form, s.opts.Quiet)
	if err != nil {
		return oops() // NumberFormatException
	}
	it, folded := s.schedule(v.job, values, v.who.ID, quiet)
	a := reply{status: http.StatusCreated, header: http.Header{"Location": {s.itemURL(it)}}}
	if folded {
		a.status = http.StatusSeeOther
	}
	return a
}

func (s *Server) itemURL(it *item) string {
	return s.opts.Root + "/queue/item/" + strconv.Itoa(it.ID) + "/"
}

// delay is the quiet period that is asked for: 0sec, 5, 10sec, 2secs.
func delay(form url.Values, otherwise time.Duration) (time.Duration, error) {
	text := form.Get("delay")
	if text == "" {
		return otherwise, nil
	}
	for _, unit := range []string{"secs", "sec"} {
		text = strings.TrimSuffix(text, unit)
	}
	n, err := strconv.Atoi(strings.TrimSpace(text))
	return time.Duration(n) * time.Second, err
}

// cancel takes an item out of the queue. One that left already is found but cannot be cancelled any more.
func (s *Server) cancel(v visit) reply {
	id, err := strconv.Atoi(v.form.Get("id"))
	if err != nil {
		return oops() // NumberFormatException
	}
	it := s.item(id)
	switch {
	case it == nil || !v.who.reads(it.Job):
		return page(http.StatusNotFound, "Error 404 Not Found", "Provided id ("+strconv.Itoa(id)+") not found")
	case v.who.NoCancel:
		return page(http.StatusUnprocessableEntity, "Error 422", "Item for id ("+strconv.Itoa(id)+") is not cancellable")
	case it.state == left:
		return page(http.StatusInternalServerError, "Error 500", "Could not cancel run for id "+strconv.Itoa(id))
	}
	s.leave(it)
	it.cancelled = true
	s.settle()
	return reply{status: http.StatusNoContent}
}

// remove deletes a build for ever.
func (s *Server) remove(v visit) reply {
	v.job.builds = slices.DeleteFunc(v.job.builds, func(b *build) bool { return b == v.build })
	s.dirty = true
	return reply{status: http.StatusFound, header: http.Header{"Location": {s.jobURL(v.job.Name)}}}
}
