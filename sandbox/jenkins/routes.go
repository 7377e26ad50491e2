package jenkins

import (
	"net/http"
	"strings"
)

// about does what is wanted.
func (s *Server) about(v visit, f struck) reply {
	path := strings.Join(v.parts, "/")
	if v.request.Method == http.MethodGet && !v.api && (path == "" || path == "console" && v.build != nil) {
		return s.shell() // clients that follow the answer to a POST come here
	}
	switch {
	case v.build != nil:
		return s.aboutBuild(v, path, f)
	case v.job != nil:
		return s.aboutJob(v, path, f)
	case v.name != "":
		if path == "" && v.api {
			return s.expose(v, s.folderBean(v.name, v.who))
		}
		return s.missing(v)
	}
	switch path {
	case "":
		if v.api {
			return s.expose(v, s.rootBean(v.who))
		}
	case "queue":
		if v.api {
			return s.expose(v, s.queueBean(v.who))
		}
	case "crumbIssuer":
		if v.api {
			return s.crumb(v)
		}
	case "queue/cancelItem":
		return posted(v, s.cancel)
	}
	if id, ok := strings.CutPrefix(path, "queue/item/"); ok {
		return s.aboutItem(v, id)
	}
	return s.missing(v)
}

func (s *Server) aboutJob(v visit, path string, f struck) reply {
	switch path {
	case "":
		if v.api {
			return s.expose(v, s.jobBean(v.job))
		}
	case "build":
		return posted(v, s.buildNow)
	case "buildWithParameters":
		return posted(v, s.buildWithParameters)
	case "wfapi", "wfapi/describe":
		return s.stageView(v, f, s.describeJob)
	case "wfapi/runs":
		return s.stageView(v, f, s.describeRuns)
	}
	return s.missing(v)
}

func (s *Server) aboutBuild(v visit, path string, f struck) reply {
	switch path {
	case "":
		if v.api {
			return s.expose(v, s.runBean(v.job, v.build))
		}
	case "logText/progressiveText":
		return progressive(v.build, v.form.Get("start"))
	case "consoleText":
		return consoleText(v.build)
	case "stop", "term", "kill":
		return posted(v, func(v visit) reply { return s.stop(v, path) })
	case "doDelete":
		return posted(v, s.remove)
	case "wfapi", "wfapi/describe":
		return s.stageView(v, f, s.describeRun)
	case "wfapi/pendingInputActions":
		return s.stageView(v, f, s.pendingInputs)
	case "wfapi/nextPendingInputAction":
		return s.stageView(v, f, s.nextInput)
	case "wfapi/inputSubmit":
		return posted(v, func(v visit) reply {
			return s.stageView(v, f, func(v visit) reply { return s.submitInput(v, f) })
		})
	}
	if len(v.parts) == 3 && v.parts[0] == "input" {
		return posted(v, func(v visit) reply { return s.input(v, v.parts[1], v.parts[2], f) })
	}
	if len(v.parts) >= 3 && v.parts[0] == "execution" && v.parts[1] == "node" {
		return s.stageView(v, f, s.describeNode)
	}
	return s.missing(v)
}

// posted refuses what changes something and is not asked for with POST.
func posted(v visit, do func(visit) reply) reply {
	if v.request.Method != http.MethodPost {
		a := page(http.StatusMethodNotAllowed, "Error 405 Method Not Allowed", "Form post required. This URL requires POST.")
		a.header.Set("Allow", http.MethodPost)
		return a
	}
	return do(v)
}

// missing is a page that is not there.
func (s *Server) missing(v visit) reply {
	return page(http.StatusNotFound, "Error 404 Not Found", "HTTP ERROR 404 Not Found: "+v.request.URL.EscapedPath())
}
