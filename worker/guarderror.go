package worker

import (
	"fmt"
	"strings"
)

// GuardError says which runs under way this program could not carry on. Its
// text is for the person who is starting the program.
type GuardError struct {
	Checked int         // open runs that were looked at
	Broken  []BrokenRun // in the order of their ids
}

// BrokenRun is a run that a program does not fit.
type BrokenRun struct {
	ID  string
	Job string // the name of its workflow
	Err error  // what replaying it said
}

// listed is how many runs the text names: it is read on a terminal.
const listed = 10

func (e *GuardError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "this version of pawl cannot carry on %d of the %d runs under way:\n", len(e.Broken), e.Checked)
	for i, run := range e.Broken {
		if i == listed {
			fmt.Fprintf(&b, "  and %d more\n", len(e.Broken)-listed)
			break
		}
		fmt.Fprintf(&b, "  %s (%s): %s\n", run.ID, run.Job, brief(run.Err))
	}
	b.WriteString("Nothing was started and nothing is lost.\n")
	b.WriteString("To go back: start the version that ran before. To go on: let these runs end there, or cancel them there, and then start this version.")
	return b.String()
}

// Unwrap gives errors.As the errors of the single runs.
func (e *GuardError) Unwrap() []error {
	errs := make([]error, len(e.Broken))
	for i, run := range e.Broken {
		errs[i] = run.Err
	}
	return errs
}

// brief keeps the first line: the rest is a stack of the SDK.
func brief(err error) string {
	const most = 300
	line, _, _ := strings.Cut(err.Error(), "\n")
	if r := []rune(line); len(r) > most {
		return string(r[:most]) + "..."
	}
	return line
}
