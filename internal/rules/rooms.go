package rules

import "strings"

// kind is what the rules know a package as.
type kind int

const (
	unknown    kind = iota
	root            // main.go
	vocabulary      // job: what everybody shares
	adapter         // one system of the outside world
	tool            // what several adapters need and is no system: jq, what of others may be shown
	jobs            // workflows: one file, one job
	frame           // what every job gets
	engine          // the Temporal server inside
	temporal        // speaks to Temporal through its SDK
	slack           // speaks to Slack
	plain           // knows neither
	trial           // tests from outside, and the program they run: the real one with a job more
)

// rooms says where everything lives. The longest entry that holds a folder
// counts, so a room's inner folders need no line of their own. A folder under
// none of them is a finding: whoever makes a package says here what it is.
func rooms() map[string]kind {
	return map[string]kind{
		".":                  root,
		"app":                temporal, // wiring; it alone may know everybody
		"job":                vocabulary,
		"workflows":          jobs,
		"workflows/frame":    frame,
		"activities":         temporal,
		"worker":             temporal,
		"pawltest":           trial, // a company's own transcripts
		"starter":            temporal,
		"slackbridge":        slack,
		"sandbox":            slack,
		"scripts":            plain,
		"build":              plain,
		"internal/access":    plain,
		"internal/board":     plain,
		"internal/backup":    plain,
		"internal/config":    plain,
		"internal/ledger":    plain,
		"internal/freezes":   plain, // when nobody deploys
		"internal/changes":   plain, // what is new in a version, for people
		"internal/inventory": plain, // what things are called
		"internal/manifest":  plain, // the Slack app, as Slack takes it
		"internal/dotenv":    plain, // .env beside pawl.yaml
		"internal/explain":   plain, // what a pawl.yaml means
		"internal/setup":     plain, // the first pawl.yaml of a team
		"internal/near":      plain, // what a mistyped word was meant to be
		"internal/looks":     plain,
		"internal/live":      plain, // the checks of check --live, run and shown
		"internal/syncs":     plain, // how what is fetched stands
		"internal/terminal":  plain, // the door for people at a terminal
		"internal/console":   plain, // what they sit before
		"internal/turns":     plain, // one after the other
		"internal/words":     plain,
		"internal/when":      plain, // the times of a schedule
		"internal/slots":     plain, // which of them came, and which were lost
		"internal/bench":     trial,
		"internal/crowd":     plain, // users who ask while they are moved, for tests and benchmarks
		"internal/e2e":       trial,
		"internal/outsider":  trial, // a company with a module of its own
		"internal/scenes":    trial, // plays transcripts
		"internal/engine":    engine,
		"internal/files":     adapter,
		"internal/instances": adapter,
		"internal/calls":     adapter, // HTTP calls of runbooks and looks
		"internal/jenkins":   adapter,
		"internal/mapping":   adapter, // records into rows
		"internal/pages":     adapter, // what a third party gives, page by page
		"internal/sheets":    adapter,
		"internal/sshrun":    adapter,
		"internal/tables":    adapter,
		"internal/traffic":   adapter,

		"internal/bench/gobench": plain, // what go test -bench says

		"internal/jq":        tool,
		"internal/shown":     tool,
		"internal/failpoint": plain, // where a test build may be killed
		"internal/hosttools": plain, // our binary under the names of small programs
		"internal/leakcheck": plain, // looks for secrets in what was printed
		"internal/lives":     plain, // which processes of a data directory are alive
		"internal/pgtest":    plain, // a real PostgreSQL for tests
		"internal/rules":     plain,
		"internal/secrets":   plain, // what Pawl itself is let in with
		"internal/testneed":  plain,
		"internal/variables": plain, // the variables of the environment that Pawl reads
	}
}

// roomOf gives the kind of a folder.
func roomOf(dir string) kind {
	table := rooms()
	for at := dir; ; {
		if k, ok := table[at]; ok {
			return k
		}
		i := strings.LastIndexByte(at, '/')
		if i < 0 {
			return unknown
		}
		at = at[:i]
	}
}
