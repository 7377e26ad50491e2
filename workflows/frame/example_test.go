package frame_test

import (
	"context"
	"fmt"
	"time"

	"github.com/pawl-ops/pawl/job"
	"github.com/pawl-ops/pawl/workflows/frame"
)

// Restore is the plan of the example: all that a run needs, by value.
type Restore struct {
	Customer string     `json:"customer"`
	Script   job.Script `json:"script"`
}

// Restoring is what may follow "restore customer".
type Restoring struct {
	Customer string `help:"whose data"`
	Because  string `type:"rest" word:"because" help:"why"`
}

// Backups are the example's own activities; jobs only name them.
type Backups struct{ hosts map[string]job.Host }

var backups *Backups

func newBackups(s frame.Setup) any { return &Backups{hosts: s.Hosts} }

// Newest finds what would be restored.
func (b *Backups) Newest(_ context.Context, customer string) (Restore, error) {
	return Restore{Customer: customer, Script: job.Script{Name: "restore", Host: b.hosts["db"], Body: "restore-customer", Args: map[string]string{"customer": customer}}}, nil
}

// Complete is content when nothing is missing any more.
func (b *Backups) Complete(context.Context, Restore) (string, error) {
	return "all rows are there", nil
}

func planRestore(v frame.View, a Restoring) (Restore, error) {
	return frame.See(v, backups.Newest, a.Customer)
}

func restoreLanes(r Restore) []frame.Lane { return []frame.Lane{{Name: "customer/" + r.Customer}} }

func restore(f *frame.F, r Restore) error {
	err := f.Do(
		frame.Script("Restore "+r.Customer, r.Script, frame.Once, frame.Atomic),
		frame.Wait("Nothing is missing", backups.Complete, r, 10*time.Minute),
	)
	if err == nil {
		f.Done(r.Customer+" has their data back", "after %s", f.Took())
	}
	return err
}

// A whole job: what may be typed, what it looks at, what it does. All functions have names, so that jobcheck sees them.
func ExampleDefine() {
	definition := frame.Define(frame.Job[Restoring, Restore]{
		Name:       "restore customer",
		Help:       "bring back the data of one customer",
		Examples:   []string{"restore customer globex because they deleted it"},
		Doing:      "Restoring a customer",
		Safe:       "Nothing was restored.",
		Approval:   frame.Always,
		Activities: newBackups,
		Plan:       planRestore,
		Lanes:      restoreLanes,
		Run:        restore,
	})
	fmt.Println(definition.Spec.Name)
	for _, p := range definition.Spec.Params {
		fmt.Printf("  %s, optional: %t\n", p.Name, p.Optional)
	}
	// Output:
	// restore customer
	//   customer, optional: false
	//   because, optional: true
}
