package main

import (
	"github.com/pawl-ops/pawl/activities"
	"github.com/pawl-ops/pawl/job"
	"github.com/pawl-ops/pawl/workflows/frame"
)

// Drill counts on two hosts and leaves a mark for each time a script really ran. Any number of them may run at once.
var Drill = frame.Define(frame.Job[drillArgs, drillPlan]{
	Name:     "drill",
	Help:     "exercise every part of a run",
	Examples: []string{"drill", "drill asking", "drill in turn"},
	Doing:    "Drilling",
	Safe:     "Nothing was harmed.",
	Plan:     planDrill,
	Lanes:    drillLanes,
	Run:      drill,
})

type drillArgs struct {
	How string `optional:"true" type:"rest" help:"asking: the second step fails until somebody says retry; in turn: one at a time"`
}

type drillPlan struct {
	How                string
	Count, Check, Tidy job.Script
}

// counting leaves one line for each time it ran, and takes about a second.
const counting = `
run=$(basename "$PAWL_KEY")
echo "$run" >>"$HOME/counted"
i=0
while [ "$i" -lt 10 ]; do
	i=$((i + 1))
	echo "pawl: ${i}0% counting"
	sleep 0.1
done
echo "pawl: done counted to 10"
`

// checking fails the first time when it was told to.
const checking = `
run=$(basename "$PAWL_KEY")
echo "$run" >>"$HOME/checked"
if [ "$how" = asking ] && mkdir "$HOME/asked.${run%%.*}" 2>/dev/null; then
	echo "something for the log"
	echo "pawl: problem I was told to ask."
	exit 3
fi
echo "pawl: result size=10"
`

const tidying = `
echo "$(basename "$PAWL_KEY")" >>"$HOME/tidied"
echo "pawl: done nothing is left"
`

func planDrill(v frame.View, a drillArgs) (drillPlan, error) {
	// The plan of a toy knows the hosts; a drill wants nothing else of it.
	toy, err := frame.See(v, acts.ToyOf, v.Who)
	if err != nil {
		return drillPlan{}, err
	}
	if a.How == "never" {
		return drillPlan{}, frame.Refuse("`drill never` is refused, as you see.")
	}
	args := map[string]string{"how": a.How}
	return drillPlan{
		How:   a.How,
		Count: job.Script{Name: "count", Host: toy.Snapshot.Host, Body: counting, Args: args},
		Check: job.Script{Name: "check", Host: toy.Swap.Host, Body: checking, Args: args},
		Tidy:  job.Script{Name: "tidy", Host: toy.Swap.Host, Body: tidying},
	}, nil
}

func drillLanes(p drillPlan) []frame.Lane {
	if p.How == "in turn" {
		return []frame.Lane{{Name: "drill/turn"}}
	}
	return nil
}

func drill(f *frame.F, p drillPlan) error {
	err := f.Do(
		frame.Script("Count on the first host", p.Count, frame.Cleanup(p.Tidy)),
		frame.Script("Check on the second", p.Check),
	)
	if err == nil {
		f.Done("The drill is over", "counted to %s", f.Result("size"))
	}
	return err
}

var acts *activities.Activities
