package workflows

import (
	"fmt"
	"strings"
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/pawl-ops/pawl/activities"
	"github.com/pawl-ops/pawl/job"
	"github.com/pawl-ops/pawl/workflows/frame"
)

// Runbook carries out every job that pawl.yaml describes: what it does travels in the request of its run. It is typed by
// the names of those jobs and by no name of its own.
var Runbook = frame.Define(frame.Job[frame.Nothing, RunbookPlan]{
	Name:  job.RunbookWorkflow,
	Help:  "carry out a runbook of pawl.yaml",
	Doing: "Carrying out a runbook",
	What:  whatRunbook,
	Plan:  planRunbook,
	Lanes: runbookLanes,
	Run:   carryOut,
})

// RunbookPlan is what there is to know before a runbook begins.
type RunbookPlan struct {
	What string            `json:"what,omitempty"` // its arguments, as they would be typed
	Args map[string]string `json:"args,omitempty"`
	Lane string            `json:"lane,omitempty"`
}

func whatRunbook(p RunbookPlan) string { return p.What }

func planRunbook(v frame.View, _ frame.Nothing) (RunbookPlan, error) {
	if v.Runbook == nil {
		return RunbookPlan{}, frame.Refuse("This run does not say which runbook it is of.")
	}
	args := v.Runbook.Given(v.Args)
	p := RunbookPlan{Args: args, Lane: v.Runbook.Lane.Fill(args, laneWord)}
	var said []string
	for _, name := range v.Runbook.Takes {
		if value := args[name]; value != "" {
			said = append(said, value)
		}
	}
	p.What = strings.Join(said, " ")
	_, err := frame.See(v, acts.CheckRunbook, activities.RunbookInput{Runbook: *v.Runbook, Args: args})
	return p, err
}

// laneWord makes an argument fit for the name of a lane, which has two segments.
func laneWord(value string) string {
	return strings.NewReplacer("/", "_", " ", "_").Replace(strings.ToLower(value))
}

func runbookLanes(p RunbookPlan) []frame.Lane {
	if p.Lane == "" {
		return nil
	}
	return []frame.Lane{{Name: p.Lane}}
}

func carryOut(f *frame.F, p RunbookPlan) error {
	runbook := f.Runbook()
	var steps []frame.Step
	for _, stage := range runbook.Parts {
		together := make([]frame.Step, len(stage))
		for i, s := range stage {
			together[i] = runbookStep(f, s, p.Args)
		}
		if len(together) == 1 {
			steps = append(steps, together[0])
		} else {
			steps = append(steps, frame.Together(together...))
		}
	}
	err := f.Do(steps...)
	if err == nil {
		f.Done("Done: "+strings.TrimSpace(runbook.Name+" "+p.What), "")
	}
	return err
}

// runbookStep is a step of a runbook as the frame knows it.
func runbookStep(f *frame.F, s job.RunbookStep, args map[string]string) frame.Step {
	options := []frame.Option{frame.About(aboutStep(s, args))}
	if s.Once {
		options = append(options, frame.Once)
	}
	if s.Atomic {
		options = append(options, frame.Atomic)
	}
	if s.Must {
		options = append(options, frame.Must)
	} else if s.Ask == nil {
		options = append(options, frame.Skippable)
	}
	switch {
	case s.Script != nil:
		scripts := runbookScripts(*s.Script, args)
		if len(scripts) == 1 {
			return frame.Script(s.Name, scripts[0], options...)
		}
		return frame.Across(s.Name, scripts, s.Script.Rolling, s.Script.GoOn, options...)
	case s.HTTP != nil:
		options = append(options, frame.Again(s.HTTP.Retries, s.HTTP.Within+5*time.Second))
		return frame.Do(s.Name, acts.Call, activities.CallInput{Run: f.Ref(), Step: s.Name, Call: *s.HTTP, Args: args}, options...)
	case s.Jenkins != nil:
		return frame.Build(s.Name, runbookBuild(*s.Jenkins, args), options...)
	case s.Ask != nil:
		return frame.Ask(s.Name, s.Ask.Question.Fill(args, nil), s.Ask.By, s.Ask.Within, s.Ask.Go, options...)
	case s.Wait != nil && s.Wait.Until == nil:
		return frame.Pause(s.Name, s.Wait.For, options...)
	case s.Wait != nil:
		in := activities.CallInput{Run: f.Ref(), Step: s.Name, Call: *s.Wait.Until, Args: args, Times: max(s.Wait.Times, 1)}
		return frame.Wait(s.Name, acts.Answers, in, s.Wait.Within, options...)
	default:
		in := activities.SayInput{Run: f.Ref(), Step: s.Name, Text: s.Say.Text.Fill(args, nil), Channel: s.Say.Channel}
		return frame.Tell(s.Name, in, options...)
	}
}

// runbookScripts are a step's script for each of its hosts. Arguments reach it as environment variables, never as text of it.
func runbookScripts(s job.ScriptStep, args map[string]string) []job.Script {
	env := map[string]string{} // as s.Variables(args) makes it, in an order a replay can follow
	for _, name := range workflow.DeterministicKeys(args) {
		env[job.Variable(name)] = args[name]
	}
	for _, name := range workflow.DeterministicKeys(s.Args) {
		env[name] = s.Args[name].Fill(args, nil)
	}
	name := s.File[strings.LastIndexByte(s.File, '/')+1:]
	scripts := make([]job.Script, len(s.Hosts))
	for i, h := range s.Hosts {
		scripts[i] = job.Script{Name: name, Host: h, Body: s.Body, Args: env}
	}
	return scripts
}

func runbookBuild(s job.JenkinsStep, args map[string]string) activities.BuildInput {
	in := activities.BuildInput{Job: s.Job, RunID: s.RunID, Accept: s.Accept, Within: s.Within, Branch: s.Branch.Fill(args, nil), Params: map[string]string{}}
	for _, name := range workflow.DeterministicKeys(s.Params) {
		in.Params[name] = s.Params[name].Fill(args, nil)
	}
	return in
}

// aboutStep is what a plan says of a step.
func aboutStep(s job.RunbookStep, args map[string]string) string {
	var about string
	switch {
	case s.Script != nil:
		hosts := make([]string, len(s.Script.Hosts))
		for i, h := range s.Script.Hosts {
			hosts[i] = h.Name
		}
		about = fmt.Sprintf("%s on %s", s.Script.File, strings.Join(hosts, ", "))
		if n := s.Script.Rolling; n > 0 && n < len(hosts) {
			about += fmt.Sprintf(", %d at a time", n)
		}
	case s.HTTP != nil:
		about = s.HTTP.Method + " " + s.HTTP.URL.Fill(args, nil)
	case s.Jenkins != nil:
		about = "the Jenkins job " + s.Jenkins.Job
		if s.Jenkins.Branch != "" {
			about += ", branch " + s.Jenkins.Branch.Fill(args, nil)
		}
	case s.Ask != nil:
		about = s.Ask.Question.Fill(args, nil)
	case s.Wait != nil && s.Wait.Until != nil:
		about = "until " + s.Wait.Until.URL.Fill(args, nil) + " answers"
	case s.Say != nil:
		about = s.Say.Text.Fill(args, nil)
	}
	return about
}
