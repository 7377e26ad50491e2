package main

import (
	"context"
	"os"

	"github.com/pawl-ops/pawl/job"
	"github.com/pawl-ops/pawl/workflows/frame"
)

// Bench is the smallest job there can be: one step that does nothing. `bench script` counts on a host for minutes
// instead, and of `bench wait` only one at a time does; the others wait for their turn.
var Bench = frame.Define(frame.Job[args, plan]{
	Name:       "bench",
	Help:       "do nothing, and be measured at it",
	Examples:   []string{"bench", "bench script", "bench wait"},
	Doing:      "Being measured",
	Safe:       "Nothing was touched.",
	Plan:       look,
	Lanes:      lanes,
	Run:        run,
	Activities: measured,
})

type args struct {
	How string `optional:"true" type:"rest" help:"script: count on a host for minutes; wait: the same, one at a time"`
}

type plan struct {
	How   string
	Count job.Script
}

// counting says something new ten times a second, for ten minutes at most.
const counting = `
i=0
while [ "$i" -lt 6000 ]; do
	i=$((i + 1))
	echo "pawl: $((i / 60))% number $i"
	sleep 0.1
done
`

func look(v frame.View, a args) (plan, error) {
	if a.How == "" {
		return plan{}, nil
	}
	host, err := frame.See(v, acts.Host, "")
	return plan{How: a.How, Count: job.Script{Name: "count", Host: host, Body: counting}}, err
}

func lanes(p plan) []frame.Lane {
	if p.How == "wait" {
		return []frame.Lane{{Name: "bench/wait"}}
	}
	return nil
}

func run(f *frame.F, p plan) error {
	if p.How != "" {
		return f.Do(frame.Script("Count", p.Count))
	}
	return f.Do(frame.Do("Nothing", acts.Nothing, ""))
}

var acts *activities

func measured(frame.Setup) any { return &activities{} }

type activities struct{}

// Nothing is an activity that costs what an activity costs.
func (*activities) Nothing(context.Context, string) (string, error) { return "", nil }

// Host is where scripts run: the benchmark says so.
func (*activities) Host(context.Context, string) (job.Host, error) {
	return job.Host{Name: "db-master", Address: os.Getenv("PAWL_BENCH_HOST")}, nil
}
