package job_test

import (
	"fmt"

	"github.com/pawl-ops/pawl/job"
)

// A plan pins a script by value. What a person typed is an argument, which reaches it as a variable.
func ExampleScript() {
	s := job.Script{
		Name: "show", Host: job.Host{Name: "app-1", Address: "ops@app-1.acme.test"},
		Body:   `printf '%s\n' "$text" >maintenance.html`,
		Args:   map[string]string{"text": "Back soon."},
		Target: "maintenance", // no two of these at once on the host
	}
	fmt.Println(s.Name, "on", s.Host.Name)
	// Output: show on app-1
}

// What a script says to people begins with "pawl:"; anything else is its log.
func ExampleProgress_Merge() {
	var p job.Progress
	for _, line := range []string{"pg_restore: creating TABLE orders", "pawl: 62% table orders", "pawl: result size=1.6GB"} {
		p.Merge(line)
	}
	fmt.Println(p.Percent, p.Note, p.Result["size"])
	// Output: 62 table orders 1.6GB
}

// A secret does not get into a log by accident.
func ExampleSecret() {
	token := job.NewSecret("xoxb-1")
	fmt.Printf("%v %+v %q\n", token, struct{ Token job.Secret }{token}, token)
	fmt.Println(token.Reveal())
	// Output:
	// <secret> {Token:<secret>} <secret>
	// xoxb-1
}

// The short name people type for a run comes from what makes it the same request.
func ExampleID() {
	key := job.Key("T0ACME:D0ALICE:1795370503.790811")
	fmt.Println(job.ID("toy", key, job.IDLength))
	// Output: toy-vsn15q
}
