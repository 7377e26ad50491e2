package explain

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/pawl-ops/pawl/internal/board"
	"github.com/pawl-ops/pawl/internal/slots"
	"github.com/pawl-ops/pawl/job"
)

// Warnings are what is worth a second look although the file is in order, each a sentence with what to do.
func (e *Explainer) Warnings(now time.Time) []string {
	return slices.Concat(e.nobodyMay(), e.idleApprovals(), e.tooFew(), e.neverAgain(now), e.oddSecrets())
}

// nobodyMay names the commands that nobody may give in any form.
func (e *Explainer) nobodyMay() []string {
	var jobs []string
	for _, s := range e.specs {
		if s.Retired == "" && !e.allowed(s.Name) && e.useful(s) {
			jobs = append(jobs, code(s.Name))
		}
	}
	if len(jobs) == 0 {
		return nil
	}
	return []string{fmt.Sprintf("Nobody may type %s: no line under `may` allows any form of it. If somebody should, add it there.", board.Listed(jobs, "or"))}
}

// useful reports whether a command could do anything with this file: what is about apps needs some.
func (e *Explainer) useful(s job.Spec) bool {
	about := slices.ContainsFunc(s.Params, func(p job.Param) bool {
		return p.Type == job.TypeInstance || p.Type == job.TypeEnvironment || p.Type == job.TypeThings
	})
	switch first, _, _ := strings.Cut(s.Name, " "); {
	case about:
		return len(e.cfg.Inventory.Apps()) > 0
	case first == "sync" || s.Name == "last sync":
		return len(e.cfg.Syncs) > 0
	case first == "schedule" || first == "schedules":
		return len(e.cfg.Schedules) > 0
	case first == "toy":
		return e.cfg.Has("toy")
	}
	return len(e.cfg.Inventory.Apps()) > 0 || slices.Contains([]string{"help", "runs"}, s.Name) || e.own(s.Name)
}

// own reports whether a command stands in the file itself.
func (e *Explainer) own(name string) bool {
	return slices.ContainsFunc(e.cfg.Specs(), func(s job.Spec) bool { return s.Name == name })
}

// allowed reports whether a line of `may:` is about a command, or about some form of it.
func (e *Explainer) allowed(command string) bool {
	for _, r := range e.cfg.Policy.Rules {
		if !r.Deny && (within(command, r.Command) && !slices.ContainsFunc(r.But, func(b string) bool { return within(command, b) }) || within(r.Command, command)) {
			return true
		}
	}
	return false
}

// within reports whether a command begins with the words of another.
func within(command, with string) bool {
	return strings.HasPrefix(strings.ToLower(command)+" ", strings.ToLower(with)+" ")
}

// idleApprovals names lines of `approve:` about commands nobody may give.
func (e *Explainer) idleApprovals() (all []string) {
	for _, a := range e.cfg.Approve {
		about := e.allowed(a.Command)
		for _, f := range a.Also {
			about = about || e.allowed(f.Text)
		}
		if !about {
			all = append(all, fmt.Sprintf("approve line %d is about %s, which nobody may type: add it under `may`, or remove the line.", a.Line, code(a.Command)))
		}
	}
	return all
}

// tooFew names lines of `approve:` that name fewer people than have to agree.
func (e *Explainer) tooFew() (all []string) {
	for _, a := range e.cfg.Approve {
		if left, ok := e.left(a.By, ""); ok && left < a.Count() {
			all = append(all, fmt.Sprintf("approve line %d asks for %d people and names %d: nobody could ever type %s with success. Name more under `by`.",
				a.Line, a.Count(), left, code(a.Command)))
		} else if ok && left == a.Count() {
			all = append(all, fmt.Sprintf("approve line %d names no more people than have to agree: when one of them asks for %s, nobody is left to agree.", a.Line, code(a.Command)))
		}
	}
	return all
}

// neverAgain names schedules whose times are over.
func (e *Explainer) neverAgain(now time.Time) (all []string) {
	for _, s := range e.cfg.Schedules {
		times, err := slots.Of(s)
		if err == nil && times.Next(now).IsZero() {
			all = append(all, fmt.Sprintf("The schedule %s never comes again: %s.", code(s.Name), s.When))
		}
	}
	return all
}

// oddSecrets names tokens of Slack that are missing, or look as if they were swapped. It never shows one.
func (e *Explainer) oddSecrets() (all []string) {
	bot, app := e.cfg.Slack.BotToken, e.cfg.Slack.AppToken
	var missing []string
	if bot.Empty() {
		missing = append(missing, "SLACK_BOT_TOKEN")
	}
	if app.Empty() && e.cfg.Slack.SigningSecret.Empty() {
		missing = append(missing, "SLACK_APP_TOKEN")
	}
	if len(missing) > 0 {
		all = append(all, fmt.Sprintf("Not set: %s. Without that Pawl gets nowhere in Slack. Put it into .env beside the file, or into the environment; `pawl init` says where to find it.", strings.Join(missing, " and ")))
	}
	for _, t := range []struct{ name, begins, is, text string }{
		{"SLACK_BOT_TOKEN", "xoxb-", "a bot token", bot.Reveal()}, {"SLACK_APP_TOKEN", "xapp-", "an app-level token", app.Reveal()},
	} {
		if t.text != "" && !strings.HasPrefix(t.text, t.begins) {
			all = append(all, fmt.Sprintf("%s does not begin with %s, so it is not %s: look whether another one was copied.", t.name, t.begins, t.is))
		}
	}
	return all
}
