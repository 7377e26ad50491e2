package jenkins

import (
	"slices"
	"strconv"
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
		if since == b.displayName() {
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
		Links: self(at + "wfapi/describe"), ID: strconv.Itoa(b.Number), Name: b.displayName(),
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
