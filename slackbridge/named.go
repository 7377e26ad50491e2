package slackbridge

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/pawl-ops/pawl/internal/board"
	"github.com/pawl-ops/pawl/job"
	"github.com/rs/zerolog"
)

// errNoDirectory says that nobody knows yet who stands behind the short names of pawl.yaml.
var errNoDirectory = errors.New("who stands behind the names of pawl.yaml was not read from slack yet")

// NewDirectory makes a directory for a process that speaks in Slack and does not listen: without a Bridge, whose own
// directory hears of every change at once, it is as old as its timer. It asks with p's token, within p's budget, and p
// mentions groups by it. Run keeps it fresh. dataDir may be shared with other processes.
func NewDirectory(p *Poster, people People, dataDir string, t Timers, log zerolog.Logger) *Directory {
	d := newDirectory(p.api, p.budget, Options{People: people, DataDir: dataDir, Timers: t.withDefaults(), Log: log})
	p.know(d)
	return d
}

// Run keeps the directory of NewDirectory fresh until ctx ends. Slack may be away: it insists.
func (d *Directory) Run(ctx context.Context) {
	wait := backoff{least: 200 * time.Millisecond, most: 30 * time.Second}
	for {
		a, err := d.api.AuthTestContext(ctx)
		if err = calling("auth.test", err); err == nil {
			d.introduce(a.TeamID, a.EnterpriseID)
			break
		}
		if ctx.Err() == nil {
			d.log.Warn().Err(err).Msg("introducing ourselves to slack")
		}
		if !pause(ctx, wait.next()) {
			return
		}
	}
	if err := d.load(); err != nil {
		d.log.Warn().Err(err).Msg("starting without a copy of the directory")
	}
	d.run(ctx)
}

// behind lists who stands behind any of these short names and may ask for something, in order. It fails as long as the
// directory was never read: nobody known is not the same as nobody there.
func (d *Directory) behind(names []string) ([]string, error) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	if d.book.At.IsZero() {
		return nil, errNoDirectory
	}
	var ids []string
	for _, p := range d.book.Users {
		if standingOf(p, d.team, d.ent) != insider {
			continue
		}
		if slices.ContainsFunc(d.groups(p), func(g string) bool { return slices.Contains(names, g) }) {
			ids = append(ids, p.ID)
		}
	}
	slices.Sort(ids)
	return ids, nil
}

// read reports whether the directory was ever read, from Slack or from the copy.
func (d *Directory) read() bool {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return !d.book.At.IsZero()
}

// know gives the poster the directory it reads short names with.
func (p *Poster) know(d *Directory) { p.people.Store(d) }

// named is the message with short names of pawl.yaml turned into mentions, as far as the directory knows them.
func (p *Poster) named(m board.Message) board.Message {
	return m.Named(func(name string) (string, bool) {
		d := p.people.Load()
		if d == nil {
			return "", false
		}
		mention, ok := d.Group(name)
		if ok {
			return mention, true
		}
		if _, first := p.unnamed.begin(job.Key(name)); first {
			p.opt.Log.Warn().Str("name", name).Msg("nobody in slack stands behind this name: shown, and notifies nobody")
		}
		return "", false
	})
}

// namable holds back a message that has to notify somebody while nobody knows whom: it is better late than unheard.
func (p *Poster) namable(m board.Message) error {
	d := p.people.Load()
	var err error
	m.Named(func(string) (string, bool) {
		if d != nil && !d.read() {
			err = errNoDirectory
		}
		return "", false
	})
	return err
}

// Sees reports whether everybody behind these short names of pawl.yaml sees what is said at a place, so that each of
// them can answer it there. A direct message is seen by its person alone. Where we cannot speak, nobody sees anything;
// and where nobody stands behind the names, nobody does.
func (p *Poster) Sees(ctx context.Context, place job.Place, groups []string) (bool, error) {
	d := p.people.Load()
	if d == nil {
		return false, errNoDirectory
	}
	who, err := d.behind(groups)
	if err != nil || len(who) == 0 {
		return false, err
	}
	if userForm.MatchString(place.Channel) {
		return len(who) == 1 && who[0] == place.Channel, nil
	}
	there, err := p.members(ctx, place.Channel)
	if errors.Is(err, board.ErrNoPlace) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	return !slices.ContainsFunc(who, func(id string) bool { return !there[id] }), nil
}
