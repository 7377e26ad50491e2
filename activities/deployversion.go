package activities

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/pawl-ops/pawl/internal/board"
	"github.com/pawl-ops/pawl/job"
)

// Built is a build of a Jenkins job.
type Built struct {
	Number  int64             `json:"number"`
	Name    string            `json:"name,omitempty"` // its display name
	Good    bool              `json:"good"`           // it has ended, and well
	Params  map[string]string `json:"params,omitempty"`
	Changes []job.Change      `json:"changes,omitempty"` // the newest first
}

// mostBuilds is how many builds are looked through for a version.
const mostBuilds = 100

// choose finds out which version is meant, and how it comes about.
func (a *Activities) choose(ctx context.Context, d *Deployment, in DeployInput) error {
	said := 0
	for _, name := range []string{in.Version, in.Branch, in.PR} {
		if name != "" {
			said++
		}
		if len([]rune(name)) > mostVersion || strings.ContainsFunc(name, odd) {
			return Refuse(fmt.Sprintf("A version, a branch and a pull request are called by one word of at most %d characters.", mostVersion))
		}
	}
	switch {
	case said > 1:
		return Refuse("Which one? Say a version, a branch or a pull request, and not several of them.")
	case in.From != "":
		return a.chooseFrom(ctx, d, in.From)
	case in.Branch != "":
		return order(d, "branch", in.Branch, "branch "+in.Branch)
	case in.PR != "":
		return order(d, "pr", strings.TrimPrefix(in.PR, "#"), "pull request "+strings.TrimPrefix(in.PR, "#"))
	}
	d.Version = in.Version
	if d.Build.Jenkins == "" || a.Deploys.Builds == nil {
		if in.Version == "" {
			return Refuse(fmt.Sprintf("Which version? Nothing tells me the newest one: pawl.yaml names no `build` for %s. Say `deploy %s <version>`.", d.App, d.Environment))
		}
		return nil // whether it is there is the script's business
	}
	builds, err := a.Deploys.Builds(ctx, d.Build.Jenkins, mostBuilds)
	if err != nil {
		return fmt.Errorf("asking Jenkins for the builds of %s: %w", d.Build.Jenkins, err)
	}
	for _, b := range builds {
		version := versionOf(d.Build, b)
		if b.Good && version != "" && (version == in.Version || in.Version == "" && plain(d.Build, b)) {
			d.Version, d.Built = version, b.Number
			return nil
		}
	}
	if in.Version == "" {
		return Refuse(fmt.Sprintf("No build of %s has succeeded lately, so there is no newest version. Name one to have it built: `deploy %s <version>`.", d.Build.Jenkins, d.Environment))
	}
	return order(d, "version", in.Version, in.Version)
}

// odd reports whether a character has no place in a name: what cannot be seen, and what means something in a message.
func odd(r rune) bool {
	return !unicode.IsGraphic(r) || unicode.IsSpace(r) || unicode.Is(unicode.Co, r) || strings.ContainsRune("`*<>", r)
}

// order has a version built that is not there.
func order(d *Deployment, name, value, source string) error {
	asks := func(t job.Text) bool { return slices.Contains(t.Names(), name) }
	found := false
	params := map[string]string{}
	for key, text := range d.Build.Params {
		found = found || asks(text)
		args := map[string]string{"version": "", "branch": "", "pr": "", name: value}
		if filled := text.Fill(args, nil); filled != "" {
			params[key] = filled
		}
	}
	switch {
	case d.Build.Jenkins == "":
		return Refuse(fmt.Sprintf("I cannot build %s: pawl.yaml names no Jenkins job under `build` of %s.", board.Clean(source), d.App))
	case !found:
		return Refuse(fmt.Sprintf("I cannot build %s: no parameter under `build` of %s in pawl.yaml has `{%s}` in it.", board.Clean(source), d.App, name))
	}
	d.Source, d.Order = board.Clean(source), &BuildInput{Job: d.Build.Jenkins, RunID: d.Build.RunID, Params: params, Makes: &d.Build}
	return nil
}

// chooseFrom takes the version that users of another environment have.
func (a *Activities) chooseFrom(ctx context.Context, d *Deployment, environment string) error {
	from, err := a.rollout(ctx, environment)
	switch {
	case err != nil:
		return err
	case from.App != d.App:
		return Refuse(fmt.Sprintf("%s and %s are different apps; a version of one is none of the other.", from, d))
	case from.Environment == d.Environment:
		return Refuse(fmt.Sprintf("%s has that version already: it is the same environment.", d))
	case from.Was == "":
		return Refuse(fmt.Sprintf("I don't know which version %s runs: it does not say.", from))
	}
	d.How, d.Version = job.ByPromote, from.Was
	return nil
}

// versionOf is the version a build made; empty when it has none.
func versionOf(b job.Builds, built Built) string {
	name := built.Name
	if b.Version != "" {
		name = built.Params[b.Version]
	}
	name = strings.TrimSpace(board.Clean(name))
	if strings.HasPrefix(name, "#") || len([]rune(name)) > mostVersion {
		return "" // nobody has given it a name
	}
	return name
}

// plain reports whether a build is one of the main line: neither of a branch nor of a pull request.
func plain(b job.Builds, built Built) bool {
	for key, text := range b.Params {
		names := text.Names()
		if (slices.Contains(names, "branch") || slices.Contains(names, "pr")) && built.Params[key] != "" {
			return false
		}
	}
	return true
}

// mostChanges is how many changes a plan keeps.
const mostChanges = 200

// changed finds out what comes with a version. Not knowing is no reason not to deploy.
func (a *Activities) changed(ctx context.Context, d *Deployment) {
	switch {
	case d.Version == "" || d.Was == "":
		return
	case d.Build.Changes != nil && a.Deploys.Changes != nil:
		d.Changes, _ = a.Deploys.Changes(ctx, *d.Build.Changes, d.Was, d.Version)
	case d.Build.Jenkins != "" && a.Deploys.Builds != nil:
		builds, err := a.Deploys.Builds(ctx, d.Build.Jenkins, mostBuilds)
		if err != nil {
			return
		}
		d.changedIn(builds)
	}
	d.Changes = d.Changes[:min(len(d.Changes), mostChanges)]
}

// changedIn takes the changes from the builds after the one that users have, up to the one that is deployed.
func (d *Deployment) changedIn(builds []Built) {
	is := func(version string) func(Built) bool {
		return func(b Built) bool { return b.Good && versionOf(d.Build, b) == version }
	}
	newer, older := slices.IndexFunc(builds, is(d.Version)), slices.IndexFunc(builds, is(d.Was))
	if newer < 0 || older < 0 {
		return
	}
	if newer > older {
		d.Older = true
		return
	}
	for n, b := range builds[newer:older] {
		if n == 0 || plain(d.Build, b) {
			d.Changes = append(d.Changes, b.Changes...)
		}
	}
}
