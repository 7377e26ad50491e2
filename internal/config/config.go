// Package config reads pawl.yaml, strictly: every key must be known, every name that is used must exist, every rule must
// name a command, and all mistakes of the file are reported at once, each with its line, its column and what would have
// been accepted.
//
// The tour: Load (config.go) parses the file into a syntax tree and hands each top-level key to its reader: people.go,
// hosts.go, runbooks.go, asked.go, jenkins.go, apps.go, rules.go, schedules.go, syncs.go, timers.go. A runbook is taken
// apart by commands.go (what people type), arguments.go, stages.go and steps.go; http.go and its neighbours read calls.
// Describe (describe.go) tells what all of them accept, for editors and for the reference.
// What belongs to a job or an adapter is a section: its owner declares a struct, and decode.go walks the tree against it.
// The walk is our own because a YAML library's strict mode stops at the first mistake. Secrets (secret.go) are never
// values, only {env: NAME} or {file: PATH}.
//
// # Sections
//
// A section is decoded into what its owner passes to job.Section.Decode, usually a pointer to a struct. A field takes
// the key in its `yaml:"name"` tag (or, without one, in its json tag; or its own name in lower case); after the name
// may follow
//
//	required   the key must be there
//	file       the text is a path, relative to pawl.yaml; the file must exist; the field gets the full path
//	person     the text is a name from `people:`
//
// and `oneof:"app cron"` lists the accepted words. `help:"..."` says what the key is, and is shown when it is missing.
// Fields may be strings, booleans, numbers, time.Duration ("15m"), *time.Location, job.Secret, job.Host (the name of one
// of `hosts:`), anything with UnmarshalText, and structs, slices, pointers and maps with text keys of these. Where a
// list is expected, one plain value is a list of one.
package config

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/pawl-ops/pawl/internal/access"
	"github.com/pawl-ops/pawl/internal/freezes"
	"github.com/pawl-ops/pawl/internal/inventory"
	"github.com/pawl-ops/pawl/internal/words"
	"github.com/pawl-ops/pawl/job"
)

// MaxSize is the size in bytes of the largest pawl.yaml that is read.
const MaxSize = 1 << 20

// Known is what the program around the file knows: a name that is nowhere in here is a mistake in the file.
type Known struct {
	Specs    []job.Spec                  // the commands that rules may name
	Sections map[string]any              // the top-level keys that jobs own, each with its type: a value with the defaults in it, or a pointer to one
	Timers   job.Timers                  // what `timers:` starts from; zero: EmbeddedTimers
	Env      func(string) (string, bool) // looks up the environment; nil: os.LookupEnv
	JQ       func(program string) error  // says what is wrong with a program in jq, as a sentence; nil: they are not looked at
}

// Config is a pawl.yaml that was read. It does not change.
type Config struct {
	Path      string               // the file, absolute
	Timezone  *time.Location       // UTC when the file says nothing
	People    map[string]Person    // by the short name that rules use
	Channels  map[string]string    // by purpose: "alerts" -> "#ops-alerts", or an id
	Hosts     map[string]job.Host  // by name
	SSH       SSH                  // `ssh:`
	Inventory *inventory.Inventory // `apps:`; never nil, but may have none
	Freezes   freezes.All          // `freezes:`, in the order of the file
	Policy    access.Policy        // `may:` and `may not:`
	Approve   []access.Approval    // `approve:`, in the order of the file
	Asks      job.AskRules         // `answer:`
	Timers    job.Timers           // the defaults, with `timers:` laid over them
	Slack     Slack                // from the environment; the file has no line for them
	Warnings  []string             // sentences about what works and should be otherwise

	Syncs       []job.Sync             // `syncs:`, in the order of the file
	SyncSecrets map[string]SyncSecrets // by the names of the syncs
	Schedules   []job.Scheduled        // the times of the syncs that have some, and then `schedules:`, in the order of the file

	Jenkins  *Jenkins  // `jenkins:`; nil when the file has none
	Runbooks []Runbook // `runbooks:`, in the order of the file
	Asked    []Asked   // `looks:`, in the order of the file
	Replies  []Replies // `replies:`, in the order of the file

	deploys  map[string]job.Deploys // by job.EnvironmentKey
	hash     string
	sections map[string]section
	reader   *reader
}

// Slack holds the secrets of the Slack app, from SLACK_BOT_TOKEN, SLACK_APP_TOKEN and SLACK_SIGNING_SECRET, or the files
// that SLACK_BOT_TOKEN_FILE and so on name (see package secrets). They are empty when not set: whether that is a mistake
// depends on what is going to be done.
type Slack struct {
	BotToken      job.Secret
	AppToken      job.Secret
	SigningSecret job.Secret // of requests by HTTP, the other way in
}

// Load reads the file. When there are mistakes in it the error is a *Problems with all of them; unless the file cannot
// be parsed at all, the Config is returned beside it, so that the owners of the sections can add what they find (see
// Err). Any other error means that the file could not be read.
func Load(path string, known Known) (*Config, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("finding %s: %w", path, err)
	}
	content, err := readFile(path, MaxSize)
	if err != nil {
		return nil, fmt.Errorf("reading the configuration: %w", err)
	}
	if known.Env == nil {
		known.Env = os.LookupEnv
	}
	r := &reader{problems: &Problems{File: filepath.Base(path)}, dir: filepath.Dir(path), env: known.Env, jq: known.JQ}
	top, ok := r.parse(content)
	if !ok {
		return nil, r.problems
	}
	sum := sha256.Sum256(content)
	c := &Config{
		Path:     path,
		hash:     hex.EncodeToString(sum[:]),
		reader:   r,
		sections: map[string]section{},
	}
	c.Slack = Slack{BotToken: c.own("SLACK_BOT_TOKEN"), AppToken: c.own("SLACK_APP_TOKEN"), SigningSecret: c.own("SLACK_SIGNING_SECRET")}
	c.read(top, known)
	return c, c.Err()
}

// read goes through the top-level keys: first the names that others refer to, then everything else.
func (c *Config) read(top value, known Known) {
	r := c.reader
	c.Inventory, _ = inventory.New(nil)
	specs, parser := known.Specs, words.New(known.Specs, words.With(c.Inventory))
	present := map[string]value{}
	own := []struct {
		key  string
		read func(value)
	}{
		{"people", func(v value) { c.People = r.people(v) }},
		{"hosts", func(v value) { c.Hosts = r.readHosts(v) }},
		{"ssh", func(v value) { r.decode(v, &c.SSH) }},
		{"timezone", func(v value) { r.decode(v, &c.Timezone) }},
		{"channels", func(v value) { c.Channels = r.channels(v) }},
		{"jenkins", func(v value) { c.Jenkins = r.jenkins(v) }},
		{"looks", func(v value) { c.readLooks(v, known.Specs) }},
		{"runbooks", func(v value) { c.readRunbooks(v, known.Specs) }},
		{"", func(value) { // from here on everything may name the commands of the file
			specs = slices.Concat(known.Specs, c.Specs())
			parser = words.New(specs, words.With(c.Inventory))
			c.typed(parser, present)
		}},
		{"apps", func(v value) {
			c.Inventory = r.apps(v, words.New(specs), c)
			parser = words.New(specs, words.With(c.Inventory))
		}},
		{"freezes", func(v value) { c.readFreezes(v) }},
		{"may", func(v value) { c.Policy.Rules = append(c.Policy.Rules, r.rules(v, parser, false)...) }},
		{"may not", func(v value) { c.Policy.Rules = append(c.Policy.Rules, r.rules(v, parser, true)...) }},
		{"approve", func(v value) { c.Approve = r.approvals(v, parser) }},
		{"answer", func(v value) { c.Asks = r.answers(v) }},
		{"syncs", func(v value) { c.readSyncs(v, parser) }},
		{"schedules", func(v value) { c.readSchedules(v, parser, specs) }},
		{"replies", func(v value) { c.readReplies(v, parser) }},
		{"timers", func(v value) { r.timers(v, &c.Timers) }},
	}
	c.Timezone, c.Timers = time.UTC, known.Timers
	if c.Timers == (job.Timers{}) {
		c.Timers = EmbeddedTimers()
	}
	accepted := slices.Collect(maps.Keys(known.Sections))
	for _, o := range own {
		if o.key != "" {
			accepted = append(accepted, o.key)
		}
		if _, taken := known.Sections[o.key]; taken {
			r.at(nil, "`%s` is a section of Pawl itself: a job whose name begins with that word cannot have one", o.key)
		}
	}
	for _, e := range r.entries(top) {
		if slices.Contains(accepted, e.key) {
			present[e.key] = e.value
		} else {
			r.unknown(e, accepted)
		}
	}
	approve := present["approve"]
	for _, o := range own {
		if v, ok := present[o.key]; ok || o.key == "" {
			o.read(v)
		}
	}
	for _, o := range own {
		delete(present, o.key)
	}
	r.agreed(specs, c, approve)
	r.agreedTwice(specs, c, approve, parser)
	for name, v := range present {
		c.sections[name] = section{reader: r, name: name, value: v, present: true}
		if into := newOf(known.Sections[name]); into != nil {
			r.decode(v, into) // for its mistakes only: the owner decodes it again, into its own
		}
	}
}

// Section is the part of the file under a top-level key, for its owner. What the owner finds wrong with it is collected
// and comes out of Err. Sections are decoded one after the other, while the program starts.
func (c *Config) Section(name string) job.Section {
	if s, ok := c.sections[name]; ok {
		return s
	}
	return section{reader: c.reader, name: name}
}

// Err is everything found wrong so far as a *Problems, or nil.
func (c *Config) Err() error { return c.reader.problems.err() }

// Hash identifies the content of the file, in hex: the audit says by which rules something was decided.
func (c *Config) Hash() string { return c.hash }

// File is the full path of a file that is named relative to pawl.yaml.
func (c *Config) File(path string) string { return c.reader.path(path) }

func secretFromEnv(env func(string) (string, bool), name string) job.Secret {
	text, _ := env(name)
	return job.NewSecret(strings.TrimSpace(text))
}
