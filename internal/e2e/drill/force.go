package drill

import (
	"context"
	"os"
	"strings"
	"sync"
	"time"

	"go.temporal.io/sdk/activity"

	"github.com/pawl-ops/pawl/activities"
	"github.com/pawl-ops/pawl/internal/failpoint"
	"github.com/pawl-ops/pawl/job"
	"github.com/pawl-ops/pawl/workflows/frame"
)

// Jobs are the jobs of the tests.
func Jobs() []frame.Definition { return []frame.Definition{Drill, Force, Hasty} }

// Force is a drill that others have to agree to. It waits for them, for its turn and for something to be well, as a
// forced restart does.
var Force = agreed("force drill", sights)

// Hasty is the same under another name, for which pawl.yaml can have a shorter deadline.
var Hasty = agreed("hasty drill", nil)

func agreed(name string, own func(frame.Setup) any) frame.Definition {
	return frame.Define(frame.Job[forceArgs, forcePlan]{
		Name:       name,
		Help:       "exercise every part of an approval",
		Examples:   []string{name + " because I say so"},
		Approval:   frame.Always,
		Doing:      "Drilling",
		Safe:       "Nothing was harmed.",
		Plan:       planForce,
		Lanes:      turnOf,
		Says:       situation,
		Run:        force,
		Activities: own,
	})
}

type forceArgs struct {
	How     string `optional:"true" help:"shifting: the situation changes; turn and a letter: one at a time"`
	Because string `type:"rest" word:"because" optional:"false" help:"why"`
}

const (
	shifting = "shifting"
	turn     = "turn"
)

type forcePlan struct {
	How, Situation string
	Count          job.Script
}

func planForce(v frame.View, a forceArgs) (forcePlan, error) {
	toy, err := frame.See(v, acts.ToyOf, v.Who)
	if err != nil {
		return forcePlan{}, err
	}
	seen, err := frame.See(v, sight.LookAround, a.How)
	if err != nil {
		return forcePlan{}, err
	}
	count := job.Script{Name: "count", Host: toy.Snapshot.Host, Body: counting, Args: map[string]string{"how": a.How}}
	return forcePlan{How: a.How, Situation: seen, Count: count}, nil
}

func turnOf(p forcePlan) []frame.Lane {
	if strings.HasPrefix(p.How, turn) {
		return []frame.Lane{{Name: "drill/" + p.How}}
	}
	return nil
}

func situation(p forcePlan) string { return p.Situation }

func force(f *frame.F, p forcePlan) error {
	err := f.Do(
		frame.Script("Count on the first host", p.Count, frame.Once),
		frame.Wait("Well again", sight.Well, p.How, 3*time.Minute),
	)
	if err == nil {
		f.Done("The drill is over", "all is well")
	}
	return err
}

var sight *Sight

func sights(frame.Setup) any { return &Sight{} }

// Sight has the looks of these jobs at the world.
type Sight struct {
	mu    sync.Mutex
	looks map[string]int
}

// MovedFile is the environment variable with the name of a file; when it is there, the situation has changed.
const MovedFile = "PAWL_DRILL_MOVED"

// LookAround says how things are.
func (s *Sight) LookAround(ctx context.Context, how string) (string, error) {
	run := activity.GetInfo(ctx).WorkflowExecution.ID
	if s.look(run) == 1 {
		failpoint.Here("in the first look", run)
	} else {
		failpoint.Here("in the second look", run)
	}
	if _, err := os.Stat(os.Getenv(MovedFile)); err == nil && how == shifting {
		return "It has moved.", nil
	}
	return "All is quiet.", nil
}

// look counts the looks of a run in this life of the program.
func (s *Sight) look(run string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.looks == nil {
		s.looks = map[string]int{}
	}
	s.looks[run]++
	return s.looks[run]
}

// Well is content when it is asked a second time.
func (s *Sight) Well(ctx context.Context, _ string) (string, error) {
	info := activity.GetInfo(ctx)
	failpoint.Here("waiting to be well", info.WorkflowExecution.ID)
	if info.Attempt == 1 {
		return "", activities.NotYet("not well yet")
	}
	return "well", nil
}
