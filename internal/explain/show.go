package explain

import (
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/pawl-ops/pawl/internal/access"
	"github.com/pawl-ops/pawl/internal/board"
	"github.com/pawl-ops/pawl/internal/config"
	"github.com/pawl-ops/pawl/internal/slots"
	"github.com/pawl-ops/pawl/internal/words"
	"github.com/pawl-ops/pawl/job"
)

// Preset is what a job makes of its section of the file: the five scripts of toy, each with its host.
type Preset struct {
	Name  string
	Lines []string
}

// nextTimes is how many times of a schedule are shown.
const nextTimes = 5

// Show writes the whole file with everything filled in. Of secrets it says where they come from. defaults are the timers
// of a file that says nothing.
func (e *Explainer) Show(out io.Writer, presets []Preset, defaults job.Timers, now time.Time) {
	s := &shower{Explainer: e, out: out, now: now}
	s.head("Who", "")
	s.people()
	s.head("Who may type what", "yes: everything it takes; part: only some, as the lines below say; no: a `may not` line")
	s.matrix()
	s.rules()
	s.head("Who else must agree", "")
	s.approvals()
	s.head("Commands", "")
	s.commands(presets)
	s.head("Schedules", "")
	s.schedules()
	s.head("Syncs", "")
	s.syncs()
	s.head("Apps", "")
	s.apps()
	s.head("Hosts", "")
	for _, name := range slices.Sorted(maps.Keys(e.cfg.Hosts)) {
		s.line("%s\t%s", name, e.cfg.Hosts[name].Address)
	}
	s.head("Secrets", "where they come from")
	s.secrets()
	s.head("Timers", "* stands in the file")
	s.timers(defaults)
	s.flush()
}

// shower writes sections, each with columns of its own width.
type shower struct {
	*Explainer
	out   io.Writer
	table *tabwriter.Writer
	title string
	any   bool
	now   time.Time
}

func (s *shower) head(title, more string) {
	s.flush()
	if more != "" {
		title += " (" + more + ")"
	}
	s.title, s.any = title, false
	s.table = tabwriter.NewWriter(s.out, 0, 4, 2, ' ', 0)
}

// line writes one; the title of a section stands before its first.
func (s *shower) line(format string, args ...any) {
	if !s.any {
		fmt.Fprintf(s.out, "\n%s\n", s.title)
		s.any = true
	}
	fmt.Fprintf(s.table, "  "+format+"\n", args...)
}

func (s *shower) flush() {
	if s.table != nil {
		_ = s.table.Flush() // there is nobody to tell when the terminal is gone
	}
}

func (s *shower) people() {
	for _, name := range s.names() {
		p := s.cfg.People[name]
		if p.Group != "" {
			s.line("%s\tSlack user group %s", name, p.Group)
			continue
		}
		is := slices.Clone(p.Emails)
		if p.OS != "" {
			is = append(is, "login "+p.OS)
		}
		s.line("%s\t%s", name, strings.Join(is, ", "))
	}
}

// matrix is who may type what as a table: a row for each command somebody may give.
func (s *shower) matrix() {
	who := append([]string{access.Everyone}, s.names()...)
	s.line("\t%s", strings.Join(who, "\t"))
	for _, spec := range s.specs {
		if spec.Retired != "" {
			continue
		}
		row, some := []string{code(spec.Name)}, false
		for _, name := range who {
			cell := s.cell(name, spec.Name)
			some = some || cell == "yes" || cell == "part"
			row = append(row, cell)
		}
		if some {
			s.line("%s", strings.Join(row, "\t"))
		}
	}
}

// cell is what one name may do with a command.
func (s *shower) cell(name, command string) string {
	a := job.Actor{Kind: job.SlackUser}
	if who, err := s.Who(name); err == nil {
		a = who.Actor
	}
	commands := s.parser.CountedText(command)
	d := access.DecideAll(s.cfg.Policy, a, commands)
	part := !slices.ContainsFunc(commands, func(c string) bool { return !access.Any(s.cfg.Policy, a, c) })
	narrower := slices.ContainsFunc(s.cfg.Policy.Rules, func(r access.Rule) bool {
		return r.Deny && r.Command != command && within(r.Command, command) && (r.Who == access.Everyone || r.Who == name)
	})
	switch {
	case d.Allowed && narrower, !d.Allowed && part:
		return "part"
	case d.Allowed:
		return "yes"
	case d.Rule != "" && strings.HasPrefix(d.Rule, "may not"):
		return "no"
	}
	return "-"
}

// rules are the lines of the file, each once.
func (s *shower) rules() {
	for i, r := range s.cfg.Policy.Rules {
		same := func(o access.Rule) bool { return o.Line == r.Line && o.Who == r.Who && o.Deny == r.Deny }
		if slices.ContainsFunc(s.cfg.Policy.Rules[:i], same) {
			continue
		}
		says := "may"
		if r.Deny {
			says = "may not"
		}
		var commands []string
		for _, o := range s.cfg.Policy.Rules {
			if same(o) {
				commands = append(commands, o.Command)
			}
		}
		s.line("line %d: %s %s %s", r.Line, r.Who, says, strings.Join(commands, ", "))
	}
	if len(s.cfg.Asks.Groups) > 0 {
		s.line("answer: %s may answer what any run asks", strings.Join(s.cfg.Asks.Groups, ", "))
	}
}

func (s *shower) approvals() {
	for _, a := range s.cfg.Approve {
		within := a.Within
		if within == 0 {
			within = s.cfg.Timers.AskWithin
		}
		s.line("line %d\t%s\t%d of %s\twithin %s\tasked in %s", a.Line, a.Command, a.Count(), strings.Join(a.By, ", "), config.WriteDuration(within), s.cfg.AskIn())
	}
}

// commands shows each job and look, and what is behind it.
func (s *shower) commands(presets []Preset) {
	for _, spec := range s.specs {
		kind := "job"
		switch {
		case spec.Retired != "":
			s.line("%s\tretired: %s", spec.Name, board.PlainText(spec.Retired))
			continue
		case spec.Look:
			kind = "look"
		}
		var more []string
		if spec.Single {
			more = append(more, "one at a time for each person")
		}
		if spec.Always {
			more = append(more, "always needs a second person")
		}
		if spec.CountsAs != "" {
			more = append(more, "counts as "+string(spec.CountsAs))
		}
		s.line("%s\t%s\t%s", words.Usage(spec), kind, strings.Join(more, ", "))
		for _, p := range presets {
			if p.Name == spec.Name {
				s.lines(p.Lines)
			}
		}
		for _, b := range s.cfg.Runbooks {
			if b.Spec.Name == spec.Name {
				s.lines(steps(b.Runbook))
			}
		}
		for _, a := range s.cfg.Asked {
			if a.Spec.Name == spec.Name {
				s.lines(asked(a.Asked))
			}
		}
	}
}

func (s *shower) lines(all []string) {
	for _, l := range all {
		s.line("    %s", l)
	}
}

func (s *shower) schedules() {
	for _, sc := range s.cfg.Schedules {
		gives := sc.Run
		if sc.Sync != "" {
			gives = "sync run " + sc.Sync
		}
		as := "this line allows it"
		if sc.As != "" {
			as = "as " + sc.As
		}
		s.line("%s: %s", sc.Name, gives)
		s.line("    %s, %s; %s; overlap: %s; missed: %s%s; speaks in %s", sc.When, sc.Zone, as, sc.Overlap, sc.Missed, late(sc.Late), sc.Channel)
		switch times, err := slots.Of(sc); {
		case err != nil:
			s.line("    its times cannot be read: %v", err)
		case sc.Paused:
			s.line("    paused: it does not come until somebody types `schedule resume %s`", sc.Name)
		default:
			for _, t := range times.NextN(s.now, nextTimes) {
				s.line("    %s", t.Format("Mon 2 Jan 2006 15:04:05 MST"))
			}
		}
	}
}

func late(d time.Duration) string {
	if d == 0 {
		return ""
	}
	return "; told when " + config.WriteDuration(d) + " late"
}

func (s *shower) secrets() {
	for _, n := range []struct {
		name string
		is   job.Secret
	}{{"SLACK_BOT_TOKEN", s.cfg.Slack.BotToken}, {"SLACK_APP_TOKEN", s.cfg.Slack.AppToken}, {"SLACK_SIGNING_SECRET", s.cfg.Slack.SigningSecret}} {
		state := "set"
		if n.is.Empty() {
			state = "not set"
		}
		if from := s.cfg.OwnSource(n.name); from.File != "" {
			s.line("Slack\tfile %s, named by %s_FILE\t%s", from.File, n.name, state)
			continue
		}
		s.line("Slack\tenvironment variable %s\t%s", n.name, state)
	}
	for _, from := range s.cfg.SecretSources() {
		if from.Env != "" {
			s.line("%s\tenvironment variable %s", from.Name, from.Env)
			continue
		}
		s.line("%s\tfile %s", from.Name, from.File)
	}
}

func (s *shower) timers(defaults job.Timers) {
	have, usual := timerList(s.cfg.Timers), timerList(defaults)
	for i, t := range have {
		mark := ""
		if t.d != usual[i].d {
			mark = "*"
		}
		s.line("%s\t%s%s", t.name, config.WriteDuration(t.d), mark)
	}
}

type timer struct {
	name string
	d    time.Duration
}

func timerList(t job.Timers) []timer {
	return []timer{
		{"ask_within", t.AskWithin},
		{"board_tick", t.BoardTick},
		{"heartbeat", t.Heartbeat},
		{"lane_repeat", t.LaneRepeat},
		{"lane_watch", t.LaneWatch},
		{"remote_poll", t.RemotePoll},
		{"start_within", t.StartWithin},
		{"stop_grace", t.StopGrace},
		{"sweep", t.Sweep},
		{"sync_retry", t.SyncRetry},
		{"workflow_task", t.WorkflowTask},
	}
}

// base is a file without its folder, or nothing.
func base(path string) string {
	if path == "" {
		return ""
	}
	return filepath.Base(path)
}
