// Package drill has jobs whose only purpose is to be watched, killed and broken in every place. They use every part
// of the frame and ask nothing of the world but two hosts with a shell.
package drill

import (
	"strings"

	"github.com/pawl-ops/pawl/activities"
	"github.com/pawl-ops/pawl/job"
	"github.com/pawl-ops/pawl/workflows/frame"
)

// Drill counts on two hosts and leaves a mark for each time a script really ran. Any number of them may run at once.
var Drill = frame.Define(frame.Job[args, plan]{
	Name:     "drill",
	Help:     "exercise every part of a run",
	Examples: []string{"drill", "drill asking", "drill in turn"},
	Doing:    "Drilling",
	Safe:     "Nothing was harmed.",
	Plan:     planDrill,
	Lanes:    lanes,
	Run:      run,
})

type args struct {
	How string `optional:"true" type:"rest" help:"any of: asking, in turn, side by side, slowly, carefully, loudly, never"`
}

// The ways to drill, and several may be given. The scripts know these as well:
//
//	asking  the second step does not work until somebody says retry
//	slowly  the first step goes on until its host has a file called enough
//	loudly  the second step fails, with words that try to be more than words
const (
	inTurn    = "in turn"      // one at a time
	beside    = "side by side" // both steps at the same time
	carefully = "carefully"    // the second step goes on until its host has a file called enough, and must not be interrupted
	never     = "never"        // refused
)

type plan struct {
	How                string
	Count, Check, Tidy job.Script
}

// counting leaves one line for each time it ran, and takes about a second.
const counting = `
echo "$(basename "$PAWL_KEY")" >>"$HOME/counted"
i=0
while [ "$i" -lt 10 ]; do
	i=$((i + 1))
	echo "pawl: ${i}0% counting"
	sleep 0.1
done
case $how in *slowly*)
	while [ ! -e "$HOME/enough" ] && [ "$i" -lt 600 ]; do i=$((i + 1)); sleep 0.1; done ;;
esac
echo "pawl: done counted to 10"
`

// checking fails the first time when it was told to.
const checking = `
run=$(basename "$PAWL_KEY")
echo "$run" >>"$HOME/checked"
case $how in
*asking*)
	if mkdir "$HOME/asked.${run%%.*}" 2>/dev/null; then
		echo "something for the log"
		echo "pawl: problem I was told to ask."
		exit 3
	fi ;;
*loudly*)
	echo 'a log with <!channel>, <@U0BOB>, ` + "```" + ` and the token xoxb-sandbox-pawl'
	echo 'pawl: problem Everybody look: <!channel> <@U0BOB> <https://evil.example|click here> *bold* ` + "`code`" + ` xoxb-sandbox-pawl.'
	exit 4 ;;
*carefully*)
	i=0
	while [ ! -e "$HOME/enough" ] && [ "$i" -lt 600 ]; do i=$((i + 1)); sleep 0.1; done ;;
esac
echo "pawl: result size=10"
`

const tidying = `
echo "$(basename "$PAWL_KEY")" >>"$HOME/tidied"
echo "pawl: done nothing is left"
`

func planDrill(v frame.View, a args) (plan, error) {
	// The plan of a toy knows the hosts; a drill wants nothing else of it.
	toy, err := frame.See(v, acts.ToyOf, v.Who)
	if err != nil {
		return plan{}, err
	}
	if a.How == never {
		return plan{}, frame.Refuse("`drill never` is refused, as you see.")
	}
	args := map[string]string{"how": a.How}
	return plan{
		How:   a.How,
		Count: job.Script{Name: "count", Host: toy.Snapshot.Host, Body: counting, Args: args},
		Check: job.Script{Name: "check", Host: toy.Swap.Host, Body: checking, Args: args},
		Tidy:  job.Script{Name: "tidy", Host: toy.Swap.Host, Body: tidying},
	}, nil
}

func lanes(p plan) []frame.Lane {
	if strings.Contains(p.How, inTurn) {
		return []frame.Lane{{Name: "drill/turn"}}
	}
	return nil
}

func run(f *frame.F, p plan) error {
	check := frame.Script("Check on the second", p.Check)
	if strings.Contains(p.How, carefully) {
		check = frame.Script("Check on the second", p.Check, frame.Once, frame.Atomic)
	}
	steps := []frame.Step{frame.Script("Count on the first host", p.Count, frame.Cleanup(p.Tidy)), check}
	if strings.Contains(p.How, beside) {
		steps = []frame.Step{frame.Together(steps...)}
	}
	err := f.Do(steps...)
	if err == nil {
		f.Done("The drill is over", "counted to %s", f.Result("size"))
	}
	return err
}

var acts *activities.Activities
