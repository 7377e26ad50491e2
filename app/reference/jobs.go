package reference

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pawl-ops/pawl/internal/looks"
	"github.com/pawl-ops/pawl/internal/words"
	"github.com/pawl-ops/pawl/job"
	"github.com/pawl-ops/pawl/workflows/frame"
)

const aboutJobs = `# Everything you can type

What people type in Slack, from a terminal, and what stands under ` + "`may`, `approve` and `schedules`" + ` in pawl.yaml. ` + "`help`" + `
says what of it you may do, ` + "`help <command>`" + ` what stands here. Commands of your own come from
[runbooks and looks](configuration-runbooks.md).

- ` + "`<...>`" + ` must be there, ` + "`[...]`" + ` may be left out, ` + "`...`" + ` is everything that follows. Words come in any order.
- ` + "`plan`" + ` before a command only shows what it would do; nothing is changed.
- What **does** something is a run, with a message that is kept up to date, and may be cancelled. What only **looks** answers at once, also
  while the engine is stopped.

`

// Jobs is the list of everything that may be typed, in Markdown.
func Jobs(jobs []frame.Definition) []byte {
	var b strings.Builder
	b.WriteString(written + aboutJobs)
	specs := Specs(jobs, nil)
	b.WriteString("| command | what it does | a second person |\n|---|---|---|\n")
	for _, s := range specs {
		if s.Retired == "" {
			fmt.Fprintf(&b, "| [`%s`](#%s) | %s | %s |\n", s.Name, strings.ReplaceAll(s.Name, " ", "-"), cell(looks.Explained(s)), second(s))
		}
	}
	look := false
	b.WriteString("\n## What does something\n")
	for _, s := range specs {
		if s.Look && !look {
			look = true
			b.WriteString("\n## What only looks\n")
		}
		b.WriteString(one(s, jobs))
	}
	b.WriteString("\n## Words that go with a run\n\nIn a run's thread the word alone is enough; elsewhere the run's id follows: `retry toy-k4m7q2`. They need no line under\n`may`: runs know who may answer them.\n\n| word | what it does |\n|---|---|\n")
	for _, word := range looks.Decisions() {
		fmt.Fprintf(&b, "| `%s` | %s |\n", word.Name, cell(word.Help))
	}
	return []byte(b.String())
}

// one is all about one command.
func one(s job.Spec, jobs []frame.Definition) string {
	var b strings.Builder
	fmt.Fprintf(&b, "\n### %s\n\n", s.Name)
	if s.Retired != "" {
		fmt.Fprintf(&b, "Retired: %s\n", s.Retired)
		return b.String()
	}
	fmt.Fprintf(&b, "%s\n\n    %s\n\n", looks.Explained(s), words.Usage(s))
	for _, p := range s.Params {
		what := looks.Argument(p)
		if what == "" {
			what = kind(p)
		} else if k := kind(p); k != "" && !strings.Contains(what, k) {
			what += " (" + k + ")"
		}
		fmt.Fprintf(&b, "- `%s`%s: %s\n", p.Name, optional(p), what)
	}
	if len(s.Params) > 0 {
		b.WriteString("\n")
	}
	if len(s.Examples) > 0 {
		b.WriteString("For example `" + strings.Join(s.Examples, "`, `") + "`.\n")
	}
	if facts := facts(s, jobs); len(facts) > 0 {
		b.WriteString("\n" + strings.Join(facts, " ") + "\n")
	}
	return b.String()
}

// facts are what the declaration of a command says beside its words.
func facts(s job.Spec, jobs []frame.Definition) (all []string) {
	if s.Always {
		all = append(all, "**A second person always has to agree**; a line under `approve` says who.")
	}
	if s.CountsAs != "" {
		all = append(all, fmt.Sprintf("It also counts as `%s`: whoever may not give that may not give this, and who has to agree to that has to agree to this.", s.CountsAs))
	}
	if s.Single {
		all = append(all, "One a person at a time: the second command is answered with a link to the first.")
	}
	if i := slices.IndexFunc(jobs, func(d frame.Definition) bool { return d.Spec.Name == s.Name && d.Section != "" }); i >= 0 {
		all = append(all, fmt.Sprintf("It needs the section [`%s`](reference-configuration.md#%[1]s) of pawl.yaml.", jobs[i].Section))
	}
	return all
}

func second(s job.Spec) string {
	if s.Always {
		return "always"
	}
	return ""
}

func optional(p job.Param) string {
	if p.Optional {
		return ", may be left out"
	}
	return ""
}

// kind says what an argument is.
func kind(p job.Param) string {
	switch p.Type {
	case "rest":
		return "everything that follows"
	case "run":
		return "the id of a run"
	case job.TypeInstance:
		return "an instance of an app"
	case job.TypeEnvironment:
		return "an environment of an app"
	case job.TypeThings:
		return "an app, an environment, an instance, or all of them"
	case job.TypeChoice, job.TypeNumber:
		return "" // help says which
	}
	return "one word, or several in quotes"
}

// cell is a text that stands in a table.
func cell(text string) string { return strings.ReplaceAll(text, "|", `\|`) }
