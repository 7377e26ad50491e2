package jenkins

import (
	"context"
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"github.com/bndr/gojenkins"

	"github.com/pawl-ops/pawl/internal/shown"
)

// StageState is how far a stage is.
type StageState string

// The states of a stage.
const (
	StageRunning   StageState = "running"
	StageAsking    StageState = "asking" // it waits for an answer
	StageDone      StageState = "done"
	StageUnstable  StageState = "unstable" // done, and not all is well: tests failed
	StageFailed    StageState = "failed"
	StageCancelled StageState = "cancelled"
	StageSkipped   StageState = "skipped" // not executed
)

// Stage is a stage of a pipeline, in the order of their beginnings. Jenkins knows those that began, not those to come.
type Stage struct {
	Name  string
	State StageState
	Began time.Time     // by Jenkins' clock; zero when it did not
	Took  time.Duration // so far, or in all
}

// Ask is a question a pipeline waits for: the step input.
type Ask struct {
	ID      string // to be given to Answer
	Message string
	Proceed string // what the button says that goes on: "Deploy"
	Params  []AskParam
}

// AskParam is what has to be filled in with an answer.
type AskParam struct {
	Name    string
	About   string
	Default string
	Choices []string
}

// mostStages is how many stages are taken: a board has no room for more.
const mostStages = 100

func isPipeline(class string) bool { return strings.HasSuffix(class, "WorkflowRun") }

// pipeline adds what the plugin pipeline-rest-api knows: stages and questions. When it does not answer, whatever the
// reason, the state is as good as that of a freestyle build. What takes part is asked for in the next look.
func (s *Server) pipeline(ctx context.Context, st *State, path string) {
	j := &gojenkins.Job{Jenkins: s.lib, Raw: new(gojenkins.JobResponse), Base: path}
	run, err := j.GetPipelineRun(ctx, strconv.FormatInt(st.Ref.Build, 10))
	if err != nil {
		return
	}
	st.Stages = []Stage{}
	_, asks := run.URLs["pendingInputActions"]
	asks = asks || run.Status == "PAUSED_PENDING_INPUT"
	for _, node := range run.Stages[:min(len(run.Stages), mostStages)] {
		stage := Stage{Name: shown.Line(node.Name, 100), State: stageState(node.Status), Took: millis(node.Duration)}
		if node.StartTime > 0 {
			stage.Began = time.UnixMilli(node.StartTime)
		}
		if st.Phase == Ended && (stage.State == StageRunning || stage.State == StageAsking) {
			stage.State = StageCancelled // Jenkins never heard how it ended: it was killed
		}
		asks = asks || stage.State == StageAsking
		st.Stages = append(st.Stages, stage)
	}
	switch {
	case st.Phase != Running:
	case asks:
		st.Asks, _ = s.asks(ctx, st.Ref, path)
	case len(st.Stages) == 0:
		st.Why = s.inside(ctx, st.Ref)
	}
}

// inside is why a pipeline that began does nothing yet; "" when it is not known. It waits for its machine within the
// build, and only its log says for what: "Still waiting to schedule task" and, on the next line, what a queue item would
// have said (org.jenkinsci.plugins.workflow.support.steps.ExecutorStepExecution).
func (s *Server) inside(ctx context.Context, ref Ref) string {
	tail, err := s.Tail(ctx, ref, 2)
	if err != nil || len(tail) < 2 || tail[0] != "Still waiting to schedule task" {
		return ""
	}
	return why(tail[1])
}

// stageState translates those of pipeline-rest-api (com.cloudbees.workflow.rest.external.StatusExt).
func stageState(status string) StageState {
	switch status {
	case "SUCCESS":
		return StageDone
	case "UNSTABLE":
		return StageUnstable
	case "FAILED":
		return StageFailed
	case "ABORTED":
		return StageCancelled
	case "NOT_EXECUTED":
		return StageSkipped
	case "PAUSED_PENDING_INPUT":
		return StageAsking
	}
	return StageRunning
}

// pending is a question as the plugin has it. Its addresses are not used.
type pending struct {
	ID          string `json:"id"`
	Message     string `json:"message"`
	ProceedText string `json:"proceedText"`
	Inputs      []struct {
		Name        string `json:"name"`
		Description string `json:"description"`
		Definition  struct {
			Default json.RawMessage `json:"defaultVal"`
			Choices []string        `json:"choices"`
		} `json:"definition"`
	} `json:"inputs"`
}

// asks are the questions a build waits for now.
func (s *Server) asks(ctx context.Context, ref Ref, path string) ([]Ask, error) {
	var all []pending
	if _, err := s.get(ctx, buildPath(path, ref.Build)+"/wfapi/pendingInputActions", "", &all); err != nil {
		return nil, err
	}
	var asks []Ask
	for _, p := range all {
		ask := Ask{ID: p.ID, Message: shown.Line(p.Message, 1000), Proceed: shown.Line(p.ProceedText, 75)}
		for _, in := range p.Inputs {
			param := AskParam{Name: in.Name, About: shown.Line(in.Description, 200), Choices: in.Definition.Choices}
			if v := in.Definition.Default; len(v) > 0 && string(v) != "null" {
				if json.Unmarshal(v, &param.Default) != nil {
					param.Default = string(v) // a truth or a number
				}
			}
			ask.Params = append(ask.Params, param)
		}
		asks = append(asks, ask)
	}
	return asks, nil
}
