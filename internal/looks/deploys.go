package looks

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/pawl-ops/pawl/internal/board"
	"github.com/pawl-ops/pawl/internal/ledger"
	"github.com/pawl-ops/pawl/internal/slots"
	"github.com/pawl-ops/pawl/internal/words"
	"github.com/pawl-ops/pawl/job"
)

// Deploys is the part of the world that deployments, releases, locks, changes and panic look at. Every function may be
// called at any time and from many goroutines; those that are nil know nothing.
type Deploys struct {
	Apps

	Ledger *ledger.Ledger
	Names  words.Names // what things are called
	Zone   string      // in which people are told of days: Europe/Prague
	// Frozen gives the freeze of an environment at a moment, NextFreeze the one that begins first after it.
	Frozen     func(app, environment string, at time.Time) (job.Freeze, bool)
	NextFreeze func(app, environment string, after time.Time) (job.Freeze, bool)
	// Brings says what a deploy would bring; version is empty for the newest. The error's text is a sentence for people.
	Brings func(ctx context.Context, app, environment, version string) (Brings, error)
	// May reports whether an actor may give a command, by its canonical text.
	May func(a job.Actor, command string) bool
	// Offer is what a button that gives a command does, for the message of this key.
	Offer func(key job.Key, typed string) (action, value string)
}

// Brings is what a deploy would bring.
type Brings struct {
	Now     string // the version that runs; empty: nobody knows
	New     string // the version that would
	Changes []job.Change
	Note    string // a sentence for people, where something is to be said of it: who cannot tell the changes
}

// OfDeploys are the looks at what runs where: deployments, releases, locks, changes and panic.
func OfDeploys(d Deploys) []Look {
	if d.Within <= 0 {
		d.Within = answerWithin
	}
	if d.Zone == "" {
		d.Zone = "UTC"
	}
	s := &deploys{Deploys: d, watch: &watch{apps: d.Apps, known: map[string]memory{}}}
	return []Look{
		{Spec: deploymentsSpec(), Answer: s.deployments},
		{Spec: releasesSpec(), Answer: s.releases},
		{Spec: locksSpec(), Answer: s.locks},
		{Spec: changesSpec(), Answer: s.changes},
		{Spec: panicSpec(), Answer: s.panic},
	}
}

func deploySpecs() []job.Spec {
	return []job.Spec{deploymentsSpec(), releasesSpec(), locksSpec(), changesSpec(), panicSpec()}
}

type deploys struct {
	Deploys

	watch *watch
}

// standsAs is an environment as it was found, with what the ledger knows of it.
type standsAs struct {
	*place

	live   []string      // the versions that serve users; empty: nobody knows
	last   []job.Release // the newest first
	lock   job.Lock
	frozen job.Freeze
	cold   bool // nobody deploys there just now
}

// lastShown is how many releases of an environment are looked at for the one that serves.
const lastShown = 5

// stand looks at environments, and asks the ledger about each. The ledger alone can fail.
func (s *deploys) stand(ctx context.Context, r Request) (picture, []standsAs, error) {
	p := s.watch.see(ctx, r, false)
	var all []standsAs
	for _, e := range p.places {
		one := standsAs{place: e, live: e.live()}
		var err error
		if one.last, err = s.Ledger.ReleasesOf(ctx, e.app, e.name, lastShown); err != nil {
			return p, nil, fmt.Errorf("looking up the releases of %s %s: %w", e.app, e.name, err)
		}
		if one.lock, err = s.Ledger.Lock(ctx, e.app, e.name); err != nil {
			return p, nil, fmt.Errorf("looking up the lock of %s %s: %w", e.app, e.name, err)
		}
		if s.Frozen != nil {
			one.frozen, one.cold = s.Frozen(e.app, e.name, r.Now)
		}
		all = append(all, one)
	}
	return p, all, nil
}

// live are the versions that serve users.
func (e *place) live() (versions []string) {
	for _, s := range e.seen {
		if serves := e.has(s) || e.traffic.Zero() && s.Serves(); serves && s.known && s.health.Version != "" && !slices.Contains(versions, s.health.Version) {
			versions = append(versions, s.health.Version)
		}
	}
	return versions
}

// title is the environment as it is typed.
func (e *place) title() string { return e.app + " " + e.name }

// current is the release that serves, as far as the ledger knows: the newest that was not taken back.
func (e standsAs) current() (job.Release, bool) {
	i := slices.IndexFunc(e.last, func(r job.Release) bool { return r.Taken == "" })
	if i < 0 {
		return job.Release{}, false
	}
	return e.last[i], true
}

// closed says why nobody, or nobody else, deploys there; empty when anybody may.
func (s *deploys) closed(e standsAs, now time.Time) (texts []string) {
	if e.lock.Held {
		texts = append(texts, s.locked(e.lock, now))
	}
	if e.cold {
		texts = append(texts, s.frozen(e.frozen, now))
	}
	return texts
}

// locked says who keeps an environment, since when and why.
func (s *deploys) locked(l job.Lock, now time.Time) string {
	text := "locked by " + shortenedTo(l.By.Display(), authorShown)
	if !l.Since.IsZero() {
		text += " since " + slots.Said(l.Since, s.Zone, now)
	}
	if l.All {
		text += ", for everybody"
	}
	if l.Because != "" {
		text += ": '" + strings.Trim(plainly(l.Because), "'") + "'"
	}
	return text
}

// frozen says how long nobody deploys, and why.
func (s *deploys) frozen(f job.Freeze, now time.Time) string {
	text := "no deploys until " + slots.Said(f.To, s.Zone, now)
	if f.Because != "" {
		text += ": " + plainly(f.Because)
	}
	return text + " (" + plainly(f.Name) + ")"
}

// authorShown is how many characters of a name are shown.
const authorShown = 40

// plainly is a text from outside within a line: short, and nothing in it that changes how the line looks.
func plainly(s string) string {
	return shortenedTo(strings.NewReplacer("*", "", "`", "'", "~", "").Replace(s), sentenceShown)
}

// fitted are the lines that a phone shows, and one that counts the others.
func fitted(lines []string, most int, more func(left int) string) []string {
	for n := len(lines); n >= 0; n-- {
		shown := slices.Clone(lines[:n])
		if left := len(lines) - n; left > 0 {
			shown = append(shown, more(left))
		}
		if rows(shown...) <= most {
			return shown
		}
	}
	return nil
}

// said is one sentence for somebody who reads only a notification.
func said(text string) string {
	text = strings.Join(strings.Fields(board.PlainText(strings.ReplaceAll(text, "*", ""))), " ")
	return strings.TrimRight(text, ".") + "."
}
