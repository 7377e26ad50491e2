package jenkins

import (
	"embed"
	"html"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

//go:embed static
var static embed.FS

// policy lets the page load its own files and ask its own server. Trusted types make the browser refuse innerHTML, so that
// what stands in a log or a parameter never becomes markup.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"

// own is where the page has what no Jenkins has: its files, what it shows, and what somebody in front of it does.
const own = "/-/"

// isPage reports whether a browser asks: it says that it wants a page, and does not say who it is. Whoever opens the page is
// Options.Visitor, who is logged in.
func (s *Server) isPage(r *http.Request, rest string) bool {
	if strings.HasPrefix(rest, own) {
		return true
	}
	return r.Method == http.MethodGet && r.Header.Get("Authorization") == "" && strings.Contains(r.Header.Get("Accept"), "text/html") &&
		!strings.Contains(rest, "/api/") && !strings.Contains(rest, "/wfapi")
}

// look answers a browser.
func (s *Server) look(r *http.Request, rest string, form url.Values) reply {
	if r.Method == http.MethodPost {
		return s.deed(r, strings.TrimPrefix(rest, own), form)
	}
	switch strings.TrimPrefix(rest, own) {
	case "page.js":
		return file("page.js", "text/javascript; charset=utf-8")
	case "dom.js":
		return file("dom.js", "text/javascript; charset=utf-8")
	case "page.css":
		return file("page.css", "text/css; charset=utf-8")
	case "state":
		return exposed(s.pageState())
	case "builds":
		return s.pageBuilds(form.Get("job"))
	case "log":
		return s.pageLog(form)
	}
	v, refused := s.find(r, form, &Account{ID: s.opts.Visitor}, strings.TrimSuffix(strings.TrimSuffix(rest, "/"), "/console"))
	if refused == nil && len(v.parts) > 0 && !v.isTheInputPage() {
		refused = s.refuse(*v)
	}
	if refused != nil {
		return *refused
	}
	return s.shell()
}

// shell is the page itself, whatever it will show.
func (s *Server) shell() reply {
	a := file("page.html", "text/html; charset=utf-8")
	a.body = []byte(strings.ReplaceAll(string(a.body), "BASE", html.EscapeString(s.prefix+"/")))
	return a
}

// isTheInputPage reports whether this is .../N/input/, to which a question leads people.
func (v *visit) isTheInputPage() bool {
	return v.build != nil && slices.Equal(v.parts, []string{"input"})
}

func file(name, contentType string) reply {
	body, err := static.ReadFile("static/" + name)
	if err != nil {
		panic(err) // the file is embedded: only a typing mistake here comes this far
	}
	return reply{status: http.StatusOK, body: body, header: http.Header{
		"Content-Type": {contentType}, "Cache-Control": {"no-cache"}, "Referrer-Policy": {"no-referrer"}, "Content-Security-Policy": {policy},
	}}
}

// pageState is what the first page shows.
func (s *Server) pageState() object {
	jobs := []object{}
	for _, j := range s.jobs {
		o := object{{"name", j.Name}, {"spoken", spoken(j.Name)}, {"path", path(j.Name)}, {"color", j.color()}, {"kind", j.Kind}, {"disabled", j.Disabled}, {"params", pageParams(j.Params)}}
		if b := j.find("lastBuild"); b != nil {
			o = append(o, field{"last", s.pageBuild(j, b)})
		}
		jobs = append(jobs, o)
	}
	queue := []object{}
	for _, it := range s.queue {
		queue = append(queue, object{{"id", it.ID}, {"spoken", spoken(it.Job)}, {"why", s.because(it)}})
	}
	return object{{"visitor", s.fullName(s.opts.Visitor)}, {"quiet", s.faults.is(Quiet)}, {"jobs", jobs}, {"queue", queue}, {"now", stamp(s.clock)}}
}

func pageParams(all []Param) []object {
	params := []object{}
	for _, p := range all {
		params = append(params, object{{"name", p.Name}, {"kind", p.Kind}, {"value", p.Default}, {"choices", p.Choices}, {"about", p.Description}})
	}
	return params
}

// pageBuilds are the newest builds of a job.
func (s *Server) pageBuilds(name string) reply {
	j := s.job(name)
	if j == nil {
		return page(http.StatusNotFound, "Error 404 Not Found", "There is no such job.")
	}
	builds := []object{}
	for _, b := range slices.Backward(j.builds) {
		if len(builds) < 25 {
			builds = append(builds, s.pageBuild(j, b))
		}
	}
	return exposed(object{{"builds", builds}, {"now", stamp(s.clock)}})
}

func (s *Server) pageBuild(j *job, b *build) object {
	stages := []object{}
	for i, def := range j.Stages {
		st := object{{"name", def.Name}, {"status", ""}, {"took", 0}}
		if i < len(b.Stages) {
			w := s.stageWF(j, b, i, false)
			st = object{{"name", def.Name}, {"status", w.Status}, {"took", w.Took}}
		}
		stages = append(stages, st)
	}
	var by []string
	for _, id := range b.Causes {
		by = append(by, s.fullName(id))
	}
	o := object{
		{"number", b.Number},
		{"display", b.Display},
		{"building", b.building()},
		{"result", b.Result},
		{"by", by},
		{"params", b.Params},
		{"started", stamp(b.Started)},
		{"took", s.runWF(j, b, false).End - stamp(b.Started)},
		{"stages", stages},
	}
	if in := b.question(j); in != nil {
		o = append(o, field{"asks", object{{"id", in.ID}, {"message", b.expand(in.Message)}, {"ok", in.OK}, {"params", pageParams(in.Params)}, {"submitters", in.Submitters}}})
	}
	return o
}

// pageLog is the log as it is sent to clients, without what it costs a client to be let in.
func (s *Server) pageLog(form url.Values) reply {
	j := s.job(form.Get("job"))
	if j == nil {
		return page(http.StatusNotFound, "Error 404 Not Found", "There is no such job.")
	}
	b := j.find(form.Get("number"))
	if b == nil {
		return page(http.StatusNotFound, "Error 404 Not Found", "There is no such build.")
	}
	return progressive(b, form.Get("start"))
}

// deed is what the visitor does: build, stop, term, kill, proceed, abort. Pages of other sites may not.
func (s *Server) deed(r *http.Request, what string, form url.Values) reply {
	if err := http.NewCrossOriginProtection().Check(r); err != nil {
		return page(http.StatusForbidden, "Error 403", err.Error())
	}
	j := s.job(form.Get("job"))
	if j == nil {
		return page(http.StatusNotFound, "Error 404 Not Found", "There is no such job.")
	}
	v := visit{request: r, form: form, who: &Account{ID: s.opts.Visitor}, name: j.Name, job: j}
	if what == "build" {
		if len(j.Params) > 0 {
			return s.buildWithParameters(v)
		}
		return s.buildNow(v)
	}
	n, err := strconv.Atoi(form.Get("number"))
	if err == nil {
		v.build = j.find(strconv.Itoa(n))
	}
	if v.build == nil {
		return page(http.StatusNotFound, "Error 404 Not Found", "There is no such build.")
	}
	switch what {
	case "stop", "term", "kill":
		s.halt(j, v.build, what, v.who.ID)
		return reply{status: http.StatusNoContent}
	case "proceed", "abort":
		return s.input(v, form.Get("id"), what, struck{})
	}
	return s.missing(v)
}
