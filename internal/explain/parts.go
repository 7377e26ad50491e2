package explain

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/pawl-ops/pawl/internal/board"
	"github.com/pawl-ops/pawl/internal/config"
	"github.com/pawl-ops/pawl/job"
)

// steps are what a runbook does, a line each.
func steps(b job.Runbook) (lines []string) {
	if b.Lane != "" {
		lines = append(lines, "one at a time: "+string(b.Lane))
	}
	for i, stage := range b.Parts {
		for _, s := range stage {
			number := fmt.Sprintf("%d.", i+1)
			if len(stage) > 1 {
				number += " together:"
			}
			lines = append(lines, fmt.Sprintf("%s %s: %s%s", number, s.Name, does(s), flags(s)))
		}
	}
	if b.Safe != "" {
		lines = append(lines, "when it stops: "+b.Safe)
	}
	return lines
}

func flags(s job.RunbookStep) string {
	text := ""
	for _, f := range []struct {
		on   bool
		says string
	}{{s.Once, "once"}, {s.Atomic, "atomic"}, {s.Must, "must"}} {
		if f.on {
			text += ", " + f.says
		}
	}
	return text
}

// does is what one step is made of.
func does(s job.RunbookStep) string {
	switch {
	case s.Script != nil:
		return script(*s.Script)
	case s.HTTP != nil:
		return call(*s.HTTP)
	case s.Jenkins != nil:
		text := "builds " + s.Jenkins.Job + " in Jenkins, its run id in " + s.Jenkins.RunID
		if s.Jenkins.Branch != "" {
			text += ", branch " + string(s.Jenkins.Branch)
		}
		for _, name := range slices.Sorted(maps.Keys(s.Jenkins.Params)) {
			text += fmt.Sprintf(", %s=%s", name, s.Jenkins.Params[name])
		}
		return text
	case s.Ask != nil:
		text := "asks: " + string(s.Ask.Question)
		if len(s.Ask.By) > 0 {
			text += "; answered by " + board.Listed(s.Ask.By, "or")
		}
		if s.Ask.Within > 0 {
			text += " within " + config.WriteDuration(s.Ask.Within)
		}
		return text
	case s.Wait != nil && s.Wait.Until != nil:
		return fmt.Sprintf("waits for %d good answers in a row, at most %s: %s", max(s.Wait.Times, 1), config.WriteDuration(s.Wait.Within), call(*s.Wait.Until))
	case s.Wait != nil:
		return "waits " + config.WriteDuration(s.Wait.For)
	case s.Say != nil:
		if s.Say.Channel != "" {
			return "says in " + s.Say.Channel + ": " + string(s.Say.Text)
		}
		return "says: " + string(s.Say.Text)
	}
	return "nothing"
}

func script(s job.ScriptStep) string {
	var hosts []string
	for _, h := range s.Hosts {
		hosts = append(hosts, h.Name)
	}
	text := fmt.Sprintf("%s (%d bytes) on %s", s.File, len(s.Body), board.Listed(hosts, "and"))
	if s.Rolling > 0 {
		text += fmt.Sprintf(", %d at a time", s.Rolling)
	} else if len(hosts) > 1 {
		text += ", all at once"
	}
	if s.GoOn {
		text += ", goes on when one fails"
	}
	return text
}

// call is an HTTP call. Of headers that hold secrets it says where these come from.
func call(h job.HTTPStep) string {
	text := fmt.Sprintf("%s %s", h.Method, h.URL)
	if h.Within > 0 {
		text += ", at most " + config.WriteDuration(h.Within)
	}
	if h.Retries > 0 {
		text += fmt.Sprintf(", %d retries", h.Retries)
	}
	for _, name := range slices.Sorted(maps.Keys(h.Secrets)) {
		from := "file " + base(h.Secrets[name].File)
		if env := h.Secrets[name].Env; env != "" {
			from = "environment variable " + env
		}
		text += fmt.Sprintf(", %s from %s", name, from)
	}
	return text
}

func asked(a job.Asked) []string {
	switch {
	case a.HTTP != nil:
		return []string{call(*a.HTTP)}
	case a.Script != nil:
		return []string{script(*a.Script)}
	}
	return nil
}

// syncs shows where data comes from and goes to.
func (s *shower) syncs() {
	for _, y := range s.cfg.Syncs {
		s.line("%s: %s", y.Name, y.Title)
		s.line("    from %s, %s; records %s; pages by %s%s", y.From.Name, y.From.URL, y.From.Records, y.From.Paging.By, paging(y.From.Paging))
		var columns []string
		for _, c := range y.Columns {
			text := fmt.Sprintf("%s %s = %s", c.Name, c.Type, c.Value)
			if c.Required {
				text += ", required"
			}
			columns = append(columns, text)
		}
		s.line("    rows: %s", strings.Join(columns, "; "))
		to := "the file " + y.To.File
		if y.To.Table != "" {
			to = "the table " + y.To.Table
		}
		if len(y.To.Key) > 0 {
			to += ", merged by " + strings.Join(y.To.Key, ", ")
		} else {
			to += ", replaced as a whole"
		}
		if y.Fewer > 0 {
			to += fmt.Sprintf("; asks when no more than %d %% of the rows before are left", y.Fewer)
		}
		s.line("    to %s", to)
		s.line("    told in %s, mended by %s%s", y.Told.Channel, y.Told.Owner, late(y.Told.Late))
	}
}

func paging(p job.Paging) string {
	text := ""
	if p.Next != "" {
		text += " " + p.Next
	}
	if p.Param != "" {
		text += fmt.Sprintf(" in %s", p.Param)
	}
	if p.Size > 0 {
		text += fmt.Sprintf(", %d a page", p.Size)
	}
	return text
}

// apps shows every instance, and how its environment gets another version.
func (s *shower) apps() {
	for _, place := range s.cfg.Inventory.Environments() {
		app, environment, _ := s.cfg.Inventory.Place(place)
		s.line("%s", place)
		for _, i := range s.cfg.Inventory.Environment(app, environment) {
			role := i.Role
			if role == "" {
				role = "serves users"
			}
			restart := "nobody restarts it"
			if i.Restart != "" {
				restart = "restarted by " + base(i.Restart)
			}
			s.line("    %s on %s, %s, health %s; %s; %s", i.Name, i.Host.Name, i.URL, i.Health, role, restart)
		}
		d, ok := s.cfg.Deploys(app, environment)
		if !ok || d.Script == "" {
			s.line("    nobody deploys here: there is no `deploy` for it")
			continue
		}
		s.line("    deployed by %s; proven by %d good answers within %s; watched for %s, back above %g %% errors; drained %s",
			base(d.Script), d.Healthy, config.WriteDuration(d.Within), config.WriteDuration(d.Bake), d.Errors, config.WriteDuration(d.Drain))
		if d.Build.Jenkins != "" {
			s.line("    built by %s in Jenkins", d.Build.Jenkins)
		}
		if d.Confirm {
			s.line("    whoever asks reads first what comes, and says yes")
		}
	}
}
