package app

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/pawl-ops/pawl/app/reference"
	"github.com/pawl-ops/pawl/internal/manifest"
	"github.com/pawl-ops/pawl/internal/setup"
	"github.com/pawl-ops/pawl/workflows/frame"
)

func newInit(jobs []frame.Definition) *cobra.Command {
	i := initial{jobs: jobs, given: map[string]*string{}}
	cmd := &cobra.Command{
		Use:   "init",
		Short: "Ask six questions and write the first pawl.yaml, .env and Slack app",
		Long: `Ask six questions and write what a first Pawl in a real workspace needs:

  pawl.yaml         who may do what, and where things are
  .env              the names of the tokens, to be filled in; nobody else may read it
  slack-app.yaml    the manifest of the Slack app, each scope with its reason
  pawl.schema.json  what editors know pawl.yaml by, as pawl schema prints it; its first line names it

Then it says what to click and what to type, in order. A file that is there is kept as
it is. Nothing is written before the last answer, and nothing is sent to anybody.

Each answer may be given by a flag; what is given is not asked. With --yes the rest is
what would have been proposed.`,
		Example: `  pawl init
  pawl init --yes --people @engineering
  pawl init --name Ops --people jana@acme.test,jan@acme.test --ops '#ops' --toy-from later`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return i.run(cmd) },
	}
	f := cmd.Flags()
	f.StringVar(&i.config, "config", "pawl.yaml", "the configuration to write; the other files lie beside it")
	f.BoolVar(&i.yes, "yes", false, "take what is proposed instead of asking")
	for _, q := range setup.Questions(setup.Guesses{}) {
		i.given[q.Flag] = f.String(q.Flag, "", q.Help)
	}
	f.StringVar(&i.command, "command", "", "the slash command; /pawl for a bot called Pawl")
	f.StringVar(&i.url, "slack-url", "", "where Slack sends signed requests, https, instead of Socket Mode; see docs/slack.md")
	f.StringVar(&i.zone, "timezone", "", "the time zone of all times in pawl.yaml; that of this machine when not given")
	return cmd
}

// initial is one `pawl init`.
type initial struct {
	jobs               []frame.Definition
	config             string
	yes                bool
	given              map[string]*string // answers, by flag
	command, url, zone string
}

func (i *initial) run(cmd *cobra.Command) error {
	out := cmd.OutOrStdout()
	guessed := setup.Guess(cmd.Context())
	answers, err := i.outright(guessed)
	if err != nil {
		return &usageError{err}
	}
	questions, given := setup.Questions(guessed), map[string]string{}
	for name, text := range i.given {
		if cmd.Flags().Changed(name) {
			given[name] = *text
		}
	}
	if !slices.ContainsFunc(i.jobs, func(d frame.Definition) bool { return d.Spec.Name == "toy" }) {
		questions = slices.DeleteFunc(questions, func(q setup.Question) bool { return strings.HasPrefix(q.Flag, "toy-") })
	}
	there, err := i.kept()
	if err != nil {
		return err
	}
	if there != nil {
		fmt.Fprintf(out, "%s is there and is kept as it is; here come the files beside it.\n", i.config)
		questions = slices.DeleteFunc(questions, func(q setup.Question) bool { return q.Flag != "name" && q.Flag != "ops" })
		if idle := without(given, questions); len(idle) > 0 {
			fmt.Fprintf(out, "Nothing comes of %s: that would stand in it.\n", strings.Join(idle, " and "))
		}
	}
	if there == nil || setup.SchemaOf(there) == setup.SchemaFile {
		if answers.Schema, err = reference.Schema(i.jobs); err != nil {
			return err
		}
	}
	if i.yes || !onTerminal(cmd.InOrStdin()) {
		if err := setup.Fill(questions, given, i.yes, &answers); err != nil {
			return &usageError{err}
		}
	} else if err := (setup.Asker{In: cmd.InOrStdin(), Out: out}).Ask(cmd.Context(), questions, given, &answers); err != nil {
		return err
	}
	return i.write(cmd, answers)
}

// kept is the pawl.yaml that is there; nil when there is none.
func (i *initial) kept() ([]byte, error) {
	if _, err := os.Lstat(i.config); errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	} else if err != nil {
		return nil, fmt.Errorf("looking for %s: %w", i.config, err)
	}
	text, _ := os.ReadFile(i.config) // one that cannot be read is kept as well
	return append([]byte{}, text...), nil
}

// without are the flags that were given and answer none of the questions.
func without(given map[string]string, questions []setup.Question) (idle []string) {
	for _, name := range slices.Sorted(maps.Keys(given)) {
		if !slices.ContainsFunc(questions, func(q setup.Question) bool { return q.Flag == name }) {
			idle = append(idle, "--"+name)
		}
	}
	return idle
}

// outright are the answers that are never asked for.
func (i *initial) outright(g setup.Guesses) (setup.Answers, error) {
	a := setup.Answers{App: manifest.App{Command: i.command, RequestURL: i.url}, Zone: cmp.Or(i.zone, g.Zone, "UTC")}
	var errs []error
	if i.command != "" {
		errs = append(errs, named("--command", manifest.CheckCommand(i.command)))
	}
	if i.url != "" {
		errs = append(errs, named("--slack-url", manifest.CheckURL(i.url)))
	}
	return a, errors.Join(append(errs, named("--timezone", setup.CheckZone(a.Zone)))...)
}

func named(flag string, err error) error {
	if err != nil {
		return fmt.Errorf("%s: %w", flag, err)
	}
	return nil
}

// write writes the files, and says what comes next.
func (i *initial) write(cmd *cobra.Command, a setup.Answers) error {
	out := cmd.OutOrStdout()
	files, err := a.Files(i.config)
	if err != nil {
		return err
	}
	if err := cmd.Context().Err(); err != nil {
		return setup.ErrLeft
	}
	fates, err := setup.Write(files)
	if err != nil {
		return fmt.Errorf("%w; nothing was left behind", err)
	}
	ignored, err := setup.Ignored(filepath.Dir(i.config))
	if err != nil {
		fmt.Fprintf(cmd.ErrOrStderr(), "%v; add .env to it, so that no token gets into git\n", err)
	}
	fmt.Fprintf(out, "\n%s\nNow:\n\n%s", setup.Said(files, fates, ignored), a.Next(i.config))
	if fates[0] != setup.Written {
		return nil
	}
	_, err = newHouse(Options{Config: i.config}, i.jobs).read()
	return err // what init writes is read; if not, it says where
}

// onTerminal reports whether somebody can be asked.
func onTerminal(in any) bool {
	f, ok := in.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0 && !isNull(info)
}

// isNull reports whether this is /dev/null, which is a character device, too.
func isNull(info fs.FileInfo) bool {
	null, err := os.Stat(os.DevNull)
	return err == nil && os.SameFile(info, null)
}
