package config

import (
	"regexp"
	"strconv"
	"time"

	"github.com/pawl-ops/pawl/internal/access"
	"github.com/pawl-ops/pawl/internal/words"
	"github.com/pawl-ops/pawl/job"
)

// SyncSecrets are what a sync needs to be let in. They are looked up at the moment of use, and are in no plan.
type SyncSecrets struct {
	Token    job.Secret // of the source; empty when it needs none
	Database job.Secret // how to connect to the database of the table; empty for a file
}

// What a sync does when the file does not say.
const (
	defaultSyncLate = 30 * time.Minute
	defaultFewer    = 60 // percent: about half must ask, whatever was rejected or added meanwhile
)

// syncKeys is what stands under the name of a sync.
type syncKeys struct {
	Say      string         `yaml:"say,required" help:"what it is, for people who are no engineers"`
	From     sourceKeys     `yaml:"from,required" help:"where the records come from"`
	Rows     value          `yaml:"rows,required" help:"the columns, and how each is made from a record"`
	To       sinkKeys       `yaml:"to,required" help:"where the rows are written"`
	When     value          `yaml:"when" help:"its times; without them it runs when somebody says so"`
	Timezone *time.Location `yaml:"timezone" help:"the zone of its times"`
	Missed   string         `yaml:"missed" oneof:"skip once" help:"what becomes of times that were missed while Pawl was down"`
	Paused   bool           `yaml:"paused" help:"its times are held, until the file says otherwise"`
	Late     time.Duration  `yaml:"late" help:"people are told when it is not there so long after its time"`
	Channel  value          `yaml:"channel,required" help:"where people are told whether they may use the data"`
	Owner    string         `yaml:"owner,required,person" help:"one of people, who is told when it breaks"`
	Announce string         `yaml:"announce" oneof:"state each" help:"whether people are told when its state changes, or each time"`
	Fewer    value          `yaml:"fewer" help:"when no more than this part of the rows there were came, people are asked before they are replaced; 0% never asks; not with a key"`
}

// syncDefaults is a sync of which the file says nothing.
func syncDefaults(zone *time.Location) syncKeys {
	return syncKeys{Timezone: zone, Missed: job.MissedOnce, Late: defaultSyncLate, Announce: "state"}
}

// readSyncs reads `syncs:`.
func (c *Config) readSyncs(v value, parser *words.Parser) {
	r := c.reader
	c.SyncSecrets = map[string]SyncSecrets{}
	for _, e := range r.entries(v) {
		k := syncDefaults(c.Timezone)
		r.decode(e.value, &k)
		c.syncName(e, parser)
		s := job.Sync{Name: e.key, Title: k.Say, Fewer: defaultFewer}
		s.From = r.source(e, k.From)
		s.Columns = r.columns(k.Rows)
		s.To = r.sink(e, k.To, s.Columns)
		s.Told = job.Told{Owner: k.Owner, Each: k.Announce == "each", Late: k.Late}
		if k.Channel.node != nil {
			s.Told.Channel = c.channelNamed(k.Channel)
		}
		switch {
		case k.Fewer.node != nil && len(s.To.Key) > 0:
			r.at(k.Fewer.node, "%s: rows with a key are merged and none is removed, so there are never fewer; leave it out", k.Fewer.name())
		case k.Fewer.node != nil:
			s.Fewer = r.percent(k.Fewer)
		case len(s.To.Key) > 0:
			s.Fewer = 0
		}
		c.apart(e, s, k.To.Database)
		c.Syncs = append(c.Syncs, s)
		c.SyncSecrets[s.Name] = SyncSecrets{Token: k.From.Token, Database: k.To.Database}
		c.syncTimes(e, k, s)
	}
}

func (c *Config) syncName(e entry, parser *words.Parser) {
	r := c.reader
	if !regexp.MustCompile(syncNames).MatchString(e.key) || len(e.key) > maxSyncName {
		r.at(e.keyNode, "`%s` cannot be the name of a sync; use small letters, digits, - and _, at most 40 characters", e.key)
		return
	}
	if _, err := parser.Name(e.key); err != nil {
		r.at(e.keyNode, "%v", err)
	}
}

// syncTimes makes the schedule of a sync that has times.
func (c *Config) syncTimes(e entry, k syncKeys, s job.Sync) {
	if k.When.node == nil {
		for _, key := range []string{"timezone", "missed", "paused", "late"} {
			if v, _, ok := step(e.value, key); ok {
				c.reader.at(v.node, "%s says nothing without `when`", v.name())
			}
		}
		return
	}
	scheduled := job.Scheduled{
		Name: ofSync + s.Name, Run: "sync run " + s.Name, Zone: k.Timezone.String(), Overlap: job.OverlapSkip, Missed: k.Missed,
		Late: k.Late, Paused: k.Paused, Channel: s.Told.Channel, Sync: s.Name,
	}
	c.reader.times(k.When, &scheduled)
	if _, d := access.Scheduled(c.Policy, scheduled, scheduled.Run); !d.Allowed {
		c.reader.at(k.When.node, "%s: `%s` is denied by %s", k.When.name(), scheduled.Run, d.Rule)
	}
	c.Schedules = append(c.Schedules, scheduled)
}

// apart holds two syncs not to write to the same place.
func (c *Config) apart(e entry, s job.Sync, database job.Secret) {
	if s.To.File == "" && s.To.Table == "" {
		return
	}
	for _, other := range c.Syncs {
		if other.To.File == s.To.File && other.To.Table == s.To.Table && c.SyncSecrets[other.Name].Database == database {
			to, _, _ := step(e.value, "to")
			c.reader.at(to.node, "%s: `syncs.%s` writes there already; each would undo what the other does", to.name(), other.Name)
			return
		}
	}
}

// percent reads "50%".
func (r *reader) percent(v value) int {
	if node, ok := r.plain(v); !ok {
		return 0
	} else if isNumber(node) {
		r.at(v.node, "%s: %s of what? Write %s%%", v.name(), node.GetToken().Value, node.GetToken().Value)
		return 0
	}
	text, ok := r.text(v)
	if !ok {
		return 0
	}
	m := regexp.MustCompile(percents).FindStringSubmatch(text)
	if m == nil {
		r.at(v.node, "%s must be between 0%% and 100%%, such as 50%%", v.name())
		return 0
	}
	n, err := strconv.Atoi(m[1])
	if err != nil {
		return 0
	}
	return n
}

// program reads a program in jq.
func (r *reader) program(v value) string {
	if v.node == nil {
		return ""
	}
	text, ok := r.text(v)
	if !ok {
		return ""
	}
	if text == "" {
		r.at(v.node, "%s must be a program in jq, such as .results", v.name())
		return ""
	}
	if r.jq != nil {
		if err := r.jq(text); err != nil {
			r.at(v.node, "%s: %v", v.name(), err)
		}
	}
	return text
}
