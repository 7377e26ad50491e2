package slackbridge

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"sort"
	"strings"
	"sync"
	"time"

	"github.com/pawl-ops/pawl/internal/board"
	"github.com/pawl-ops/pawl/job"
	"github.com/rs/zerolog"
	"github.com/slack-go/slack"
)

// People are the short names of pawl.yaml and who they stand for.
type People map[string]Who

// Who is a Slack user group, people by e-mail, or both.
type Who struct {
	Group  string   // handle of a user group, with or without "@"
	Emails []string // in any case
}

// Directory knows who somebody is without asking Slack: the hot path reads memory. It is kept fresh by events and a slow
// timer, and its last good copy lies on disk. Group handles are pinned to the ids they first stood for, since whoever may
// edit user groups could otherwise give a handle of pawl.yaml to a group of their own.
type Directory struct {
	api    *slack.Client
	budget *budget
	people People
	path   string // file of the last good copy; empty: none is kept
	maxAge time.Duration
	every  time.Duration
	log    zerolog.Logger
	nudges chan nudge
	asked  *recent // unknown people looked up lately: each is asked for once

	mu   sync.RWMutex
	team string // our workspace
	ent  string // our organisation, when there is one
	book book
	err  error // why the last refresh did not go well

	reading   bool          // a refresh is under way
	meanwhile []func(*book) // what events changed since it began
}

// nudge asks for something to be looked up again: a group, a person, or with neither everything.
type nudge struct{ group, user string }

func newDirectory(api *slack.Client, b *budget, o Options) *Directory {
	d := &Directory{
		api: api, budget: b, people: o.People, maxAge: o.Timers.MaxAge, every: o.Timers.Refresh,
		log: o.Log, nudges: make(chan nudge, 64), asked: newRecent(10 * time.Second), book: newBook(),
	}
	if o.DataDir != "" {
		d.path = filepath.Join(o.DataDir, "slack-directory.json")
	}
	return d
}

// introduce says whose directory it is.
func (d *Directory) introduce(team, enterprise string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.team, d.ent = team, enterprise
}

// Age is how long ago the whole directory was last read from Slack; it is huge before that ever happened.
func (d *Directory) Age() time.Duration {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return time.Since(d.book.At)
}

// Ready says why the directory cannot be relied on just now, or nil. A copy older than the limit is as good as none:
// somebody may have left since.
func (d *Directory) Ready() error {
	d.mu.RLock()
	defer d.mu.RUnlock()
	switch age := time.Since(d.book.At); {
	case d.book.At.IsZero() && d.err != nil:
		return fmt.Errorf("reading who is who from slack: %w", d.err)
	case d.book.At.IsZero():
		return fmt.Errorf("reading who is who from slack: under way")
	case age > d.maxAge && d.err != nil:
		return fmt.Errorf("the directory of people is %s old: %w", age.Round(time.Second), d.err)
	case age > d.maxAge:
		return fmt.Errorf("the directory of people is %s old", age.Round(time.Second))
	}
	return nil
}

// Actor gives the person with a Slack user id as the directory knows them now, with their groups.
func (d *Directory) Actor(id string) (job.Actor, bool) {
	a, s := d.who(id, "")
	return a, s == insider
}

// Group gives the mention that notifies everybody behind a short name of pawl.yaml.
func (d *Directory) Group(name string) (mention string, ok bool) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	who, ok := d.people[name]
	if !ok {
		return "", false
	}
	var mentions []string
	if handle := bare(who.Group); handle != "" {
		if id := d.book.Pins[handle]; id != "" {
			mentions = append(mentions, board.Group(id, handle))
		}
	}
	for _, email := range who.Emails {
		for _, p := range d.book.Users {
			if strings.EqualFold(p.Email, email) && standingOf(p, d.team, d.ent) == insider {
				mentions = append(mentions, board.Mention(p.actor(nil)))
			}
		}
	}
	return strings.Join(mentions, " "), len(mentions) > 0
}

// who gives a person and their standing. team is what the event said of the person's workspace; empty when it did not.
func (d *Directory) who(id, team string) (job.Actor, standing) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	p, known := d.book.Users[id]
	switch {
	case !known && team != "" && team != d.team:
		return job.Actor{Kind: job.SlackUser, ID: id}, stranger
	case !known:
		if _, first := d.asked.begin(job.Key(id)); first {
			d.nudge(nudge{user: id})
		}
		return job.Actor{Kind: job.SlackUser, ID: id}, unknown
	case time.Since(d.book.At) > d.maxAge:
		return p.actor(nil), outdated
	}
	s := standingOf(p, d.team, d.ent)
	if s == insider && team != "" && team != d.team && team != p.Team {
		s = stranger
	}
	if s != insider {
		return p.actor(nil), s
	}
	return p.actor(d.groups(p)), s
}

// groups lists the short names a person stands behind, in order. The lock is held.
func (d *Directory) groups(p person) []string {
	var names []string
	for name, who := range d.people {
		g, grouped := d.book.Groups[d.book.Pins[bare(who.Group)]]
		byMail := p.Email != "" && slices.ContainsFunc(who.Emails, func(e string) bool { return strings.EqualFold(e, p.Email) })
		if byMail || grouped && slices.Contains(g.Members, p.ID) {
			names = append(names, name)
		}
	}
	sort.Strings(names)
	return names
}

// nudge asks for a look-up soon. When too many wait, the slow timer does it.
func (d *Directory) nudge(n nudge) {
	select {
	case d.nudges <- n:
	default:
	}
}

// run keeps the directory fresh until ctx ends. The copy on disk was read before.
func (d *Directory) run(ctx context.Context) {
	b := backoff{least: 200 * time.Millisecond, most: 30 * time.Second}
	wait := time.Duration(0)
	if d.Ready() == nil {
		wait = time.Second // the copy is good enough: the sockets go first
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case n := <-d.nudges:
			if n != (nudge{}) {
				d.lookUp(ctx, n)
				continue
			}
		case <-timer.C:
		}
		err := d.refresh(ctx)
		d.mu.Lock()
		d.err = err
		d.mu.Unlock()
		if err != nil && ctx.Err() == nil {
			d.log.Warn().Err(err).Dur("age", d.Age()).Msg("reading who is who from slack")
			timer.Reset(b.next())
			continue
		}
		b.reset()
		timer.Reset(jitter(d.every))
	}
}

func bare(handle string) string {
	return strings.ToLower(strings.TrimPrefix(strings.TrimSpace(handle), "@"))
}
