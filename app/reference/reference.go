// Package reference tells what a binary accepts: its pawl.yaml, as a JSON Schema for editors and as a page, and what may be
// typed, as a page. All of it is made of what the readers of pawl.yaml and help use themselves. The pages of Pawl's own
// binary are docs/reference-*.md and docs/pawl.schema.json; `make generate` writes them, and a test holds them to the code.
package reference

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pawl-ops/pawl/app/own"
	"github.com/pawl-ops/pawl/internal/config"
	"github.com/pawl-ops/pawl/internal/config/schema"
	"github.com/pawl-ops/pawl/internal/jq"
	"github.com/pawl-ops/pawl/internal/looks"
	"github.com/pawl-ops/pawl/job"
	"github.com/pawl-ops/pawl/workflows/frame"
)

// Address is where the schema of Pawl's own binary is found.
const Address = "https://raw.githubusercontent.com/pawl-ops/pawl/main/docs/pawl.schema.json"

// Known is what a binary with these jobs knows when it reads pawl.yaml. An error says which sections cannot be told apart.
func Known(jobs []frame.Definition) (config.Known, error) {
	sections := map[string]any{}
	for _, name := range config.Keys() {
		sections[name] = nil
	}
	if err := own.Sections(sections, jobs); err != nil {
		return config.Known{}, err
	}
	for _, name := range config.Keys() {
		delete(sections, name)
	}
	return config.Known{Specs: Specs(jobs, nil), Sections: sections, Timers: config.EmbeddedTimers(), JQ: jq.Check}, nil
}

// Specs are everything that can be typed, in the order in which help tells them: what people do before what they look at, a
// team's own looks (of pawl.yaml) first.
func Specs(jobs []frame.Definition, own []job.Spec) []job.Spec {
	var specs []job.Spec
	for _, d := range jobs {
		specs = append(specs, d.Spec)
	}
	specs = slices.Concat(specs, own, looks.Specs())
	slices.SortStableFunc(specs, func(a, b job.Spec) int { return looksLast(a) - looksLast(b) })
	return specs
}

func looksLast(s job.Spec) int {
	if s.Look {
		return 1
	}
	return 0
}

// Schema is the JSON Schema (2020-12) of pawl.yaml, indented. Sections of the jobs are in it.
func Schema(jobs []frame.Definition) ([]byte, error) {
	known, err := Known(jobs)
	if err != nil {
		return nil, err
	}
	return schema.JSON(schema.Title{
		ID: Address, Title: "pawl.yaml", Help: "The configuration of Pawl: who may do what, and where things are. `pawl check` tells every mistake, also those that no schema can see.",
	}, config.Describe(known)), nil
}

const (
	written    = "<!-- Written by `make generate` from the code; a test holds it to it. Edit the code. -->\n\n"
	aboutFiles = `# Everything in pawl.yaml

Every key, what stands there, and what counts when it is not there. [pawl.yaml](configuration.md) explains the whole with
examples. ` + "`pawl schema`" + ` prints the same for [editors](configuration.md#in-an-editor).

- Nothing must be there but what says so. Keys that are not here are mistakes, and so are empty values. Names in ` + "`<...>`" + ` are yours.
- A **text** that looks like a number needs quotes, and so does one that begins with ` + "`@`, `#`, `{` or `*`" + `.
- A **length of time** is written %s. A **time zone** is a name of the tz database (` + "`Europe/Prague`" + `).
- A **secret** never stands in the file: ` + "`{env: NAME}`" + ` names a variable of the environment, ` + "`{file: PATH}`" + ` a file.
- A **file** is a path beside pawl.yaml, and must exist. **Times** are [in words or cron](configuration-schedules.md#times-in-words).
  **jq** is a program for [jq](https://jqlang.org/manual/).
- Where a **list** is possible, one value alone is a list of one.

`
)

// Configuration is the reference of pawl.yaml in Markdown.
func Configuration(jobs []frame.Definition) ([]byte, error) {
	known, err := Known(jobs)
	if err != nil {
		return nil, err
	}
	var b strings.Builder
	b.WriteString(written)
	fmt.Fprintf(&b, aboutFiles, "`30s`, `15m`, `2h` or `3d`")
	b.WriteString(schema.Reference(config.Describe(known)))
	return []byte(b.String()), nil
}
