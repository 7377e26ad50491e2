package jenkins

import (
	"net/http"
	"slices"
	"strings"
)

// ask puts the question of a stage.
func (s *Server) ask(b *build, in *Input) {
	b.Input = &asked{ID: in.ID, Since: s.clock}
	s.logf(b, "[Pipeline] input")
	if len(in.Params) > 0 {
		s.logf(b, "%s", note("Input requested"))
		return
	}
	s.logf(b, "%s", b.expand(in.Message))
	s.logf(b, "%s or %s", note(in.OK), note("Abort"))
}

// question is the declaration of what a build asks now.
func (b *build) question(j *job) *Input {
	if !b.asking() {
		return nil
	}
	return j.Stages[len(b.Stages)-1].Input
}

func (s *Server) pendingInputs(v visit) reply {
	all := []object{}
	if in := v.build.question(v.job); in != nil {
		all = append(all, s.inputWF(v.job, v.build, in))
	}
	return exposed(all)
}

func (s *Server) nextInput(v visit) reply {
	in := v.build.question(v.job)
	if in == nil {
		return exposed(nil)
	}
	return exposed(s.inputWF(v.job, v.build, in))
}

// inputWF is a question as PendingInputActionsExt tells it. proceedUrl is inputSubmit also when there are no parameters.
func (s *Server) inputWF(j *job, b *build, in *Input) object {
	inputs := []object{}
	for _, p := range in.Params {
		kind := map[string]string{String: "String", Choice: "Choice", Boolean: "Boolean"}[p.Kind] + "ParameterDefinition"
		def := object{{"defaultVal", p.Default}}
		if p.Kind == Choice {
			def = append(def, field{"choices", p.Choices})
		}
		inputs = append(inputs, object{{"type", kind}, {"name", p.Name}, {"description", p.Description}, {"definition", def}})
	}
	at := s.link(j, b)
	return object{
		{"id", in.ID},
		{"proceedText", in.OK},
		{"message", b.expand(in.Message)},
		{"inputs", inputs},
		{"proceedUrl", at + "wfapi/inputSubmit?inputId=" + in.ID},
		{"abortUrl", at + "input/" + in.ID + "/abort"},
		{"redirectApprovalUrl", at + "input/"},
	}
}

// input is .../input/ID/proceedEmpty, /proceed, /submit and /abort. Once a question is answered there is no such page any
// more. Who answers in the very moment in which somebody else does is told that it has been given (the fault Given).
func (s *Server) input(v visit, id, deed string, f struck) reply {
	in := v.build.question(v.job)
	if in == nil || in.ID != id || !slices.Contains([]string{"proceedEmpty", "proceed", "submit", "abort"}, deed) {
		return s.missing(v)
	}
	if f.given != "" {
		s.settleInput(v.job, v.build, f.given, true)
		return failure("This input has been already given")
	}
	proceed := deed != "abort" && (deed != "submit" || v.form.Has("proceed"))
	if refused := mayAnswer(v.who, in, proceed); refused != nil {
		return *refused
	}
	if proceed && deed != "proceedEmpty" {
		if refused := takes(in, v.form.Get("json")); refused != nil {
			return *refused
		}
	}
	s.settleInput(v.job, v.build, v.who.ID, proceed)
	if deed == "submit" {
		return reply{status: http.StatusFound, header: http.Header{"Location": {s.buildURL(v.job, v.build) + "console"}}}
	}
	return reply{status: http.StatusOK}
}

// submitInput is .../wfapi/inputSubmit?inputId=ID: whatever is wrong is an exception there.
func (s *Server) submitInput(v visit, f struck) reply {
	in := v.build.question(v.job)
	if in == nil || in.ID != v.form.Get("inputId") {
		return oops() // ServletException: This Run instance does not have an Input with an ID of
	}
	if f.given != "" {
		s.settleInput(v.job, v.build, f.given, true)
		return oops() // ServletException, caused by Failure: This input has been already given
	}
	if mayAnswer(v.who, in, true) != nil || takes(in, v.form.Get("json")) != nil {
		return oops()
	}
	s.settleInput(v.job, v.build, v.who.ID, true)
	return reply{status: http.StatusOK}
}

// mayAnswer refuses who is not among the submitters. Whoever may cancel builds may abort as well.
func mayAnswer(who *Account, in *Input, proceed bool) *reply {
	if len(in.Submitters) == 0 || slices.Contains(in.Submitters, who.ID) {
		return nil
	}
	names := strings.Join(in.Submitters, ",")
	if proceed {
		a := failure("You need to be " + names + " to submit this")
		return &a
	}
	if !who.NoCancel {
		return nil
	}
	a := failure("You need to be '" + names + "' (or have Job CANCEL permissions) to cancel this.")
	return &a
}

// takes refuses a form that is not there, or that has parameters the question does not.
func takes(in *Input, text string) *reply {
	given, err := submitted(text)
	if err != nil {
		a := page(http.StatusBadRequest, "Error 400 Nothing is submitted", "Nothing is submitted")
		return &a
	}
	for _, g := range given {
		i := slices.IndexFunc(in.Params, func(p Param) bool { return p.Name == g.Name })
		if i < 0 || in.Params[i].Kind == Choice && !slices.Contains(in.Params[i].Choices, g.Value) {
			a := oops() // IllegalArgumentException: No such parameter definition
			return &a
		}
	}
	return nil
}

// settleInput answers what a build asks.
func (s *Server) settleInput(j *job, b *build, who string, proceed bool) {
	st := b.stage()
	st.Paused += s.clock.Sub(b.Input.Since)
	b.Input = nil
	s.dirty = true
	if proceed {
		s.logf(b, "Approved by %s", note(s.fullName(who)))
		s.logf(b, "[Pipeline] sh")
		st.Works = s.clock
		return
	}
	s.logf(b, "Rejected by %s", note(s.fullName(who)))
	b.Result = worse(b.Result, Aborted)
	s.logf(b, "[Pipeline] }")
	s.logf(b, "[Pipeline] // stage")
	s.finish(j, b)
	s.settle()
}
