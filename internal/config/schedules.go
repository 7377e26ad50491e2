package config

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/pawl-ops/pawl/internal/access"
	"github.com/pawl-ops/pawl/internal/when"
	"github.com/pawl-ops/pawl/internal/words"
	"github.com/pawl-ops/pawl/job"
)

// ofSync begins the names of schedules that are the times of a sync.
const ofSync = "sync "

// scheduleKeys is what stands under the name of a schedule.
type scheduleKeys struct {
	Run      value          `yaml:"run,required" help:"the command, as it is typed"`
	When     value          `yaml:"when,required" help:"its times, such as weekdays at 5:30"`
	Timezone *time.Location `yaml:"timezone" help:"the zone of its times"`
	Overlap  string         `yaml:"overlap" oneof:"skip queue replace both" help:"what happens when the last run is still under way"`
	Missed   string         `yaml:"missed" oneof:"skip once" help:"what becomes of times that were missed while Pawl was down"`
	Late     time.Duration  `yaml:"late" help:"people are told when a run has not ended so long after its time; they are not when not given"`
	Paused   bool           `yaml:"paused" help:"it is held, until the file says otherwise"`
	Channel  value          `yaml:"channel" help:"where its runs speak"`
	As       value          `yaml:"as" help:"whose rules count for it; without it the line itself allows its command"`
}

// scheduleDefaults is a schedule of which the file says nothing.
func scheduleDefaults(zone *time.Location) scheduleKeys {
	return scheduleKeys{Timezone: zone, Overlap: job.OverlapSkip, Missed: job.MissedSkip}
}

// readSchedules reads `schedules:`.
func (c *Config) readSchedules(v value, parser *words.Parser, specs []job.Spec) {
	r := c.reader
	for _, e := range r.entries(v) {
		if _, mapping := pairsOf(e.value.node); !mapping {
			r.entries(e.value) // for its mistake
			continue
		}
		k := scheduleDefaults(c.Timezone)
		r.decode(e.value, &k)
		switch {
		case !regexp.MustCompile(scheduleNames).MatchString(e.key) || len(e.key) > maxScheduleName:
			r.at(e.keyNode, "`%s` cannot be the name of a schedule; use words of small letters, digits, - and _, at most 60 characters", e.key)
		case strings.HasPrefix(e.key, ofSync):
			r.at(e.keyNode, "`%s` is the name of the times of a sync; choose another", e.key)
		}
		if k.Missed == job.MissedOnce && (k.Overlap == job.OverlapQueue || k.Overlap == job.OverlapBoth) {
			missed, _, _ := step(e.value, "missed") // the scheduler would start two runs, or all of them
			r.at(missed.node, "%s: `once` goes with `overlap: skip` or `overlap: replace`; with `%s` it would be more than one", missed.name(), k.Overlap)
		}
		s := job.Scheduled{
			Name: e.key, Zone: k.Timezone.String(), Overlap: k.Overlap, Missed: k.Missed, Late: k.Late, Paused: k.Paused,
			Channel: c.Channels[askIn],
		}
		r.times(k.When, &s)
		switch {
		case k.Channel.node != nil:
			s.Channel = c.channelNamed(k.Channel)
		case s.Channel == "":
			r.at(e.keyNode, "`%s` needs `channel`: where its runs speak; or `channels: {%s: \"#ops\"}`, where those of all schedules do", e.name(), askIn)
		}
		if k.As.node != nil {
			if name, ok := r.text(k.As); ok && r.personNamed(k.As.node, name) {
				s.As = name
			}
		}
		if k.Run.node != nil {
			var commands []string
			if s.Run, commands = r.scheduledCommand(k.Run, parser, specs); len(commands) > 0 && (s.As != "" || k.As.node == nil) {
				c.mayRun(s, commands, k)
			}
		}
		c.Schedules = append(c.Schedules, s)
	}
}

// times reads `when:`.
func (r *reader) times(v value, s *job.Scheduled) {
	if v.node == nil {
		return
	}
	text, ok := r.text(v)
	if !ok {
		return
	}
	times, err := when.Parse(text)
	if err != nil {
		r.at(v.node, "%s: %v", v.name(), err)
		return
	}
	s.When, s.Cron, s.Every = times.String(), times.Cron(), times.Every()
}

// scheduledCommand reads a command that is given by itself, and gives the canonical texts by which it is held to the rules.
// It must be whole: there is nobody to ask.
func (r *reader) scheduledCommand(v value, parser *words.Parser, specs []job.Spec) (text string, commands []string) {
	text, ok := r.text(v)
	if !ok {
		return "", nil
	}
	switch meant := parser.Parse(text, words.Context{Direct: true, Raw: true}).(type) {
	case words.Command:
		i := slices.IndexFunc(specs, func(s job.Spec) bool { return s.Name == meant.Name })
		switch {
		case meant.Plan:
			r.at(v.node, "%s: a plan changes nothing, so nobody would see it; write the command itself", v.name())
		case i >= 0 && specs[i].Look:
			r.at(v.node, "%s: `%s` only looks, and answers whoever asks; a schedule is for commands that do something", v.name(), meant.Name)
		default:
			return text, parser.Counted(meant.Name, meant.Args)
		}
	case words.Decision, words.Again:
		r.at(v.node, "%s: `%s` is about a run that is there already; a schedule is for commands that begin one", v.name(), text)
	case words.Reply:
		if _, err := parser.Rule(text); err != nil {
			r.at(v.node, "%s: %v", v.name(), err)
		} else if meant.Kind == words.Which && len(meant.Suggest) > 0 {
			r.at(v.node, "%s: `%s` could mean `%s`; say which", v.name(), text, strings.Join(meant.Suggest, "` or `"))
		} else {
			r.at(v.node, "%s: `%s` is not the whole command: %s", v.name(), text, meant.Text)
		}
	default:
		r.at(v.node, "%s: `%s` is not a command", v.name(), text)
	}
	return text, nil
}

// mayRun holds a schedule to the rules. The line itself allows its command, unless it says whom it acts as; what
// everyone is denied it is denied too.
func (c *Config) mayRun(s job.Scheduled, commands []string, k scheduleKeys) {
	canonical := commands[0]
	switch _, d := access.Scheduled(c.Policy, s, commands...); {
	case d.Allowed:
	case d.Rule != "":
		c.reader.at(k.Run.node, "%s: `%s` is denied by %s", k.Run.name(), canonical, d.Rule)
	default:
		c.reader.at(k.As.node, "%s: no line under `may` lets %s type `%s`", k.As.name(), s.As, canonical)
	}
}

// channelNamed is a channel by itself, or by its name under `channels:`.
func (c *Config) channelNamed(v value) string {
	text, ok := c.reader.text(v)
	if !ok {
		return ""
	}
	if IsChannel(text) {
		return text
	}
	if channel, ok := c.Channels[text]; ok {
		return channel
	}
	c.reader.at(v.node, "%s: `%s` is neither a channel (\"#ops\", C0123456789) nor a name under `channels`%s", v.name(), text, choose(text, keys(c.Channels)))
	return ""
}
