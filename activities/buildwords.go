package activities

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/pawl-ops/pawl/internal/board"
	"github.com/pawl-ops/pawl/internal/jenkins"
	"github.com/pawl-ops/pawl/job"
)

// buildName is a build as people call it, leading to its page: "#41".
func buildName(st jenkins.State) string {
	name := fmt.Sprintf("#%d", st.Ref.Build)
	if st.Link == "" {
		return name
	}
	return board.Link(st.Link, name)
}

// resultWords are the results of Jenkins in words.
func resultWords(result string) string {
	switch result {
	case jenkins.Success:
		return "fine"
	case jenkins.Unstable:
		return "unstable"
	case jenkins.Failure:
		return "failed"
	case jenkins.Aborted:
		return "aborted"
	case jenkins.NotBuilt:
		return "not built"
	default:
		return "without a result"
	}
}

// resultSays is the same as the end of a sentence, with the stage it ended in.
func resultSays(result, stage string) string {
	in := ""
	if stage != "" {
		in = fmt.Sprintf(" in the stage %q", board.Clean(stage))
	}
	switch result {
	case jenkins.Unstable:
		return "is unstable: it ran to its end, and some of its tests failed" + in
	case jenkins.Failure:
		return "failed" + in
	case jenkins.Aborted:
		return "was stopped" + in
	case jenkins.NotBuilt:
		return "was not built"
	default:
		return "has no result: Jenkins itself was killed meanwhile"
	}
}

// failedStage is the stage in which a build went wrong.
func failedStage(stages []jenkins.Stage) string {
	for _, s := range stages {
		switch s.State {
		case jenkins.StageFailed, jenkins.StageCancelled, jenkins.StageUnstable:
			return s.Name
		}
	}
	return ""
}

// stageParts are the stages of a build as parts of its step.
func stageParts(stages []jenkins.Stage) []job.Part {
	var parts []job.Part
	for _, s := range stages {
		p := job.Part{Name: board.Clean(s.Name), Took: s.Took}
		switch s.State {
		case jenkins.StageDone:
			p.State = job.PartDone
		case jenkins.StageUnstable:
			p.State, p.Detail = job.PartDone, "unstable"
		case jenkins.StageFailed:
			p.State = job.PartFailed
		case jenkins.StageCancelled:
			p.State = job.PartCancelled
		case jenkins.StageSkipped:
			p.State = job.PartNotDone
		case jenkins.StageAsking:
			p.State = job.PartAsking
		default:
			p.State = job.PartRunning
		}
		parts = append(parts, p)
	}
	return parts
}

// progressOf is a build for the board, with the line it printed last.
func progressOf(st jenkins.State, last string) job.Progress {
	p := job.Progress{Percent: max(st.Percent, 0), Parts: stageParts(st.Stages)}
	switch {
	case st.Trouble != "":
		p.Note = fullStop(board.Clean(st.Trouble)) + " Trying again."
	case st.Phase == jenkins.Waiting && st.Why != "":
		p.Note = board.Clean(st.Why)
	case st.Phase == jenkins.Running:
		p.Note = buildName(st)
		if last != "" {
			p.Note += "  `" + strings.ReplaceAll(board.Clean(last), "`", "'") + "`"
		}
	}
	return p
}

// tailing reads the log of a build while it grows.
type tailing struct {
	mark jenkins.Mark
	last string
}

// longestTail is how many bytes of a line a board shows.
const longestTail = 100

// read gives the last line there is. What cannot be read is left out: the build is looked at all the same.
func (t *tailing) read(ctx context.Context, s *jenkins.Server, st jenkins.State) string {
	if st.Phase != jenkins.Running || st.Trouble != "" {
		return t.last
	}
	log, err := s.Log(ctx, st.Ref, t.mark)
	if err != nil {
		return t.last
	}
	t.mark = log.Next
	for _, line := range slices.Backward(log.Lines) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "[Pipeline]") {
			t.last = board.Cut(line, longestTail)
			break
		}
	}
	return t.last
}

func contains(list []string, s string) bool {
	return slices.ContainsFunc(list, func(one string) bool { return strings.EqualFold(one, s) })
}

func fullStop(s string) string { return strings.TrimSuffix(s, ".") + "." }
