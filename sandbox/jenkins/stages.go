package jenkins

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Status of a run and of a stage in the stage view (StatusExt).
const (
	inProgress = "IN_PROGRESS"
	paused     = "PAUSED_PENDING_INPUT"
	failed     = "FAILED"
)

// The shapes of the stage view, as the plugin pipeline-rest-api has them.
type (
	href  map[string]map[string]string
	runWF struct {
		Links  href      `json:"_links"`
		ID     string    `json:"id"`
		Name   string    `json:"name"`
		Status string    `json:"status"`
		Start  int64     `json:"startTimeMillis"`
		End    int64     `json:"endTimeMillis"`
		Took   int64     `json:"durationMillis"`
		Queued int64     `json:"queueDurationMillis"`
		Paused int64     `json:"pauseDurationMillis"`
		Stages []stageWF `json:"stages"`
	}
	stageWF struct {
		Links  href     `json:"_links"`
		ID     string   `json:"id"`
		Name   string   `json:"name"`
		Node   string   `json:"execNode"`
		Status string   `json:"status"`
		Error  *errorWF `json:"error,omitempty"`
		Start  int64    `json:"startTimeMillis"`
		Took   int64    `json:"durationMillis"`
		Paused int64    `json:"pauseDurationMillis"`
		Nodes  []nodeWF `json:"stageFlowNodes,omitempty"`
	}
	nodeWF struct {
		Links   href     `json:"_links"`
		ID      string   `json:"id"`
		Name    string   `json:"name"`
		Node    string   `json:"execNode"`
		Status  string   `json:"status"`
		Error   *errorWF `json:"error,omitempty"`
		Start   int64    `json:"startTimeMillis"`
		Took    int64    `json:"durationMillis"`
		Paused  int64    `json:"pauseDurationMillis"`
		Parents []string `json:"parentNodes"`
	}
	errorWF struct {
		Message string `json:"message"`
		Type    string `json:"type"`
	}
)

func self(address string) href { return href{"self": {"href": address}} }

// stageView is the door of the plugin: only pipelines have it, and only while it is installed.
func (s *Server) stageView(v visit, f struck, do func(visit) reply) reply {
	if v.job.Kind != Pipeline || f.noStages {
		return s.missing(v)
	}
	return do(v)
}

func (s *Server) describeJob(v visit) reply {
	at := s.prefix + "/" + path(v.job.Name) + "wfapi/"
	return exposed(object{
		{"_links", href{"self": {"href": at + "describe"}, "runs": {"href": at + "runs"}}},
		{"name", spoken(v.job.Name)},
		{"runCount", len(v.job.builds)},
	})
}

// describeRuns are the newest builds: ten, or all down to the one that since= names.
func (s *Server) describeRuns(v visit) reply {
	since := v.form.Get("since")
	full := v.form.Get("fullStages") == "true"
	all := []runWF{}
	for _, b := range slices.Backward(v.job.builds) {
		if since == "" && len(all) == 10 {
			break
		}
		all = append(all, s.runWF(v.job, b, full))
		if since == "#"+strconv.Itoa(b.Number) {
			break
		}
	}
	return exposed(all)
}

func (s *Server) describeRun(v visit) reply {
	return exposed(s.runWF(v.job, v.build, v.form.Get("fullStages") == "true"))
}

func (s *Server) runWF(j *job, b *build, full bool) runWF {
	at := s.link(j, b)
	r := runWF{
		Links: self(at + "wfapi/describe"), ID: strconv.Itoa(b.Number), Name: "#" + strconv.Itoa(b.Number),
		Status: b.status(), Start: stamp(b.Started), Stages: []stageWF{},
	}
	if b.asking() {
		r.Links["pendingInputActions"] = map[string]string{"href": at + "wfapi/pendingInputActions"}
		r.Links["nextPendingInputAction"] = map[string]string{"href": at + "wfapi/nextPendingInputAction"}
	}
	end := s.clock
	if !b.building() {
		end = b.Ended
	}
	queued := end.Sub(b.Started)
	for i, st := range b.Stages {
		if i == 0 {
			queued = st.Started.Sub(b.Started)
		}
		r.Paused += s.pausedFor(b, st).Milliseconds()
		r.Stages = append(r.Stages, s.stageWF(j, b, i, full))
	}
	r.End, r.Queued = stamp(end), queued.Milliseconds()
	r.Took = max(0, r.End-r.Start-r.Queued)
	return r
}

// status is how the stage view says how a build does.
func (b *build) status() string {
	switch {
	case b.asking():
		return paused
	case b.building():
		return inProgress
	case b.Result == Failure:
		return failed
	}
	return b.Result
}

// node is the id of the flow node a stage begins with: stages have others in between.
func node(i int) int { return 6 + 5*i }

func (s *Server) stageWF(j *job, b *build, i int, full bool) stageWF {
	st, def := b.Stages[i], j.Stages[i]
	at := s.link(j, b) + "execution/node/"
	w := stageWF{
		Links: self(at + strconv.Itoa(node(i)) + "/wfapi/describe"), ID: strconv.Itoa(node(i)), Name: def.Name,
		Start: stamp(st.Started), Took: s.took(st).Milliseconds(), Paused: s.pausedFor(b, st).Milliseconds(),
	}
	w.Status = st.Result
	if i == len(b.Stages)-1 {
		w.Status = b.status() // the last stage has the status of the run
	}
	if w.Status == Failure {
		w.Status = failed
	}
	if w.Status == failed {
		w.Error = &errorWF{Message: "script returned exit code 1", Type: "hudson.AbortException"}
	}
	if full {
		w.Nodes = []nodeWF{s.nodeWF(b, w, at, node(i)+1)}
	}
	return w
}

// nodeWF is the step in a stage.
func (s *Server) nodeWF(b *build, w stageWF, at string, id int) nodeWF {
	n := nodeWF{
		Links: self(at + strconv.Itoa(id) + "/wfapi/describe"), ID: strconv.Itoa(id), Name: "Shell Script", Status: w.Status, Error: w.Error,
		Start: w.Start, Took: w.Took, Paused: w.Paused, Parents: []string{w.ID},
	}
	if b.asking() && w.Status == paused {
		n.Name = "Wait for interactive input"
	}
	n.Links["log"] = map[string]string{"href": at + strconv.Itoa(id) + "/wfapi/log"}
	return n
}

func (s *Server) took(st *stage) time.Duration {
	if st.Ended.IsZero() {
		return s.clock.Sub(st.Started)
	}
	return st.Ended.Sub(st.Started)
}

// pausedFor is how long a stage waited for people.
func (s *Server) pausedFor(b *build, st *stage) time.Duration {
	if b.asking() && st == b.stage() {
		return st.Paused + s.clock.Sub(b.Input.Since)
	}
	return st.Paused
}

// describeNode is .../execution/node/N/wfapi/describe and /log, for stages and for the step in them.
func (s *Server) describeNode(v visit) reply {
	id, err := strconv.Atoi(v.parts[2])
	rest := strings.Join(v.parts[3:], "/")
	i := (id - 6) / 5
	if err != nil || id < 6 || i >= len(v.build.Stages) || (id-6)%5 > 1 {
		return s.missing(v)
	}
	w := s.stageWF(v.job, v.build, i, true)
	isStage := id == node(i)
	switch {
	case rest == "wfapi" || rest == "wfapi/describe":
		if isStage {
			return exposed(w)
		}
		return exposed(w.Nodes[0])
	case rest == "wfapi/log" && !isStage:
		lines := v.build.linesOf(v.job, i)
		at := s.link(v.job, v.build) + "execution/node/"
		return exposed(object{
			{"nodeId", strconv.Itoa(id)},
			{"nodeStatus", w.Status},
			{"length", len(lines)},
			{"hasMore", w.Status == inProgress},
			{"text", lines},
			{"consoleUrl", at + strconv.Itoa(id) + "/log"},
		})
	}
	return reply{status: http.StatusNotFound, header: http.Header{"Content-Type": {"text/html;charset=utf-8"}}}
}

// linesOf is what a stage wrote so far.
func (b *build) linesOf(j *job, i int) string {
	var text strings.Builder
	for n := range min(b.Stages[i].Lines, len(j.Stages[i].Log)) {
		text.WriteString(b.expand(j.Stages[i].Log[n]) + "\n")
	}
	return text.String()
}
