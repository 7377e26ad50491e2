package activities_test

import (
	"context"
	"errors"
	"fmt"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"

	"github.com/pawl-ops/pawl/activities"
	"github.com/pawl-ops/pawl/job"
)

// Tickets are a company's own activities.
type Tickets struct{ seen map[string]int }

// Open opens a ticket once, however often it is called for the same step: the other side knows the key.
func (t *Tickets) Open(ctx context.Context, title string) (string, error) {
	if title == "" {
		return "", activities.Faulty(job.Fault{Class: job.FaultOurs, Undone: true, Says: "A ticket needs a title."})
	}
	key := activities.Key(ctx)
	if t.seen[key] == 0 {
		t.seen[key] = 41 + len(t.seen)
	}
	return fmt.Sprintf("ticket %d", t.seen[key]), nil
}

// Two attempts at one step have the same key, so the second finds what the first one did.
func ExampleKey() {
	tickets := &Tickets{seen: map[string]int{}}
	attempts := func(ctx context.Context, title string) ([]string, error) {
		first, _ := tickets.Open(ctx, title)
		second, err := tickets.Open(ctx, title)
		return []string{first, second}, err
	}
	var suite testsuite.WorkflowTestSuite
	env := suite.NewTestActivityEnvironment()
	env.RegisterActivity(attempts)
	value, err := env.ExecuteActivity(attempts, "Disk is full")
	if err != nil {
		fmt.Println(err)
		return
	}
	var opened []string
	fmt.Println(value.Get(&opened), opened)
	// Output: <nil> [ticket 41 ticket 41]
}

// What only a person can mend is put to the person at once, in these words.
func ExampleFaulty() {
	_, err := (&Tickets{}).Open(context.Background(), "")
	var app *temporal.ApplicationError
	fmt.Println(errors.As(err, &app), app.Message(), app.NonRetryable())
	// Output: true A ticket needs a title true
}
