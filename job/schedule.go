package job

import "time"

// Scheduled is a command that is given again and again by itself, at the times that pawl.yaml says.
type Scheduled struct {
	Name    string        `json:"name"`            // what people type to pause it: "fresh staging"; "sync deals" for the times of a sync
	Run     string        `json:"run"`             // the command, as it is typed: "deploy staging"
	When    string        `json:"when"`            // its times in canonical words, or as a cron line: "weekdays at 5:30"
	Cron    []string      `json:"cron,omitempty"`  // the same by the clock in Zone: cron lines, of which each is enough; in each, date and weekday must both fit
	Every   time.Duration `json:"every,omitempty"` // instead of Cron: evenly, at whole multiples since 1970-01-01 0:00 UTC
	Zone    string        `json:"zone"`            // time zone, by its name in the tz database
	Overlap string        `json:"overlap"`         // what happens when its time comes while its last run goes on
	Missed  string        `json:"missed"`          // what happens to times at which Pawl was not there
	Late    time.Duration `json:"late,omitempty"`  // people are told when a run has not ended so long after its time; 0: never
	Paused  bool          `json:"paused,omitempty"`
	Channel string        `json:"channel"`        // where its runs speak: "#ops" or an id
	As      string        `json:"as,omitempty"`   // a name from `people:`: it may do what they may; empty: pawl.yaml allows it this command
	Sync    string        `json:"sync,omitempty"` // the sync whose times these are
}

// What happens when the time of a schedule comes while its last run goes on.
const (
	OverlapSkip    = "skip"    // nothing: this time is left out
	OverlapQueue   = "queue"   // one more run begins when that one has ended; further times are left out
	OverlapReplace = "replace" // that one is cancelled, and then the new one begins
	OverlapBoth    = "both"    // both go on
)

// What happens to the times of a schedule at which Pawl was not there.
const (
	MissedSkip = "skip" // they are left out
	MissedOnce = "once" // however many they were, one run begins when Pawl is back
)

// CatchUp is how late a run may still begin because Pawl was not there: long enough for a restart of Pawl, or for a
// week's outage when what was missed is made up for.
func (s Scheduled) CatchUp() time.Duration {
	if s.Missed == MissedOnce {
		return 7 * 24 * time.Hour
	}
	return 5 * time.Minute
}
