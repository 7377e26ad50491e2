package jenkins

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

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
