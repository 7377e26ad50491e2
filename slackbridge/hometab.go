package slackbridge

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/pawl-ops/pawl/internal/board"
	"github.com/slack-go/slack"
)

// The Home tab of the app is made for each person: https://docs.slack.dev/surfaces/app-home. It is published when they open
// it and after a press in it, and for a while afterwards when something was written down that it may show. What is
// published replaces what was there, so that doing it twice is harmless and no hash is needed: one process publishes for one
// person one after the other, and the next refresh mends what two processes did at the same moment.
const (
	tabFor     = 10 * time.Minute // after it was opened or pressed: nobody looks at it for longer
	tabEvery   = 15 * time.Second // how often it is asked whether there is news,
	tabBurst   = 3                // and how many publishes for one person there are within this time at most
	noteFor    = 2 * time.Minute  // how long it is said what became of a press
	mostNotes  = 3
	mostTabs   = 5000
	homeWithin = 10 * time.Second // for one publish
)

// tabs are the Home tabs that were opened lately, by person.
type tabs struct {
	mu   sync.Mutex
	open map[string]*tab
	news int64 // what was known when the tabs were last looked after
	off  bool  // Slack said that the app has no Home tab
}

// tab is one person's.
type tab struct {
	opened    time.Time
	direct    string // our direct message with the person, as Slack has it
	shown     string // signature of what is there
	again     bool   // it shows something that passes, such as notes: looked after whether or not there is news
	notes     []note
	published []time.Time    // the last few times
	busy      bool           // somebody publishes it; then
	wanted    bool           // once more,
	urgency   board.Priority // as whoever wants it most
}

func newTabs() *tabs { return &tabs{open: map[string]*tab{}} }

// of gives the tab of a person. The lock is held.
func (t *tabs) of(id string) *tab {
	one := t.open[id]
	if one == nil {
		if len(t.open) >= mostTabs {
			clear(t.open) // whoever still looks opens it again
		}
		one = &tab{}
		t.open[id] = one
	}
	return one
}

// lately lists whose tab is worth looking after, and forgets the others.
func (t *tabs) lately(now time.Time, all bool) (ids []string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for id, one := range t.open {
		switch {
		case now.Sub(one.opened) > tabFor && !one.busy:
			delete(t.open, id)
		case all || one.again:
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids
}

// lately are the notes that are still said; the others are forgotten. The lock is held.
func (t *tab) lately(now time.Time, within time.Duration) []note {
	t.notes = slices.DeleteFunc(t.notes, func(n note) bool { return now.Sub(n.at) > within })
	return slices.Clone(t.notes)
}

// rest is how long until one more publish is due for somebody; it counts as made.
func (t *tab) rest(now time.Time, window time.Duration) time.Duration {
	wait := time.Duration(0)
	if len(t.published) >= tabBurst {
		wait = max(0, window-now.Sub(t.published[len(t.published)-tabBurst]))
	}
	t.published = append(t.published, now.Add(wait))
	t.published = t.published[max(0, len(t.published)-tabBurst):]
	return wait
}

// homeOpened is the event app_home_opened (https://docs.slack.dev/reference/events/app_home_opened). It also comes for the
// Messages tab, which is none of ours. It asks for nothing that could be lost, so that it is acknowledged at once.
func (b *Bridge) homeOpened(e envelope, m opened) {
	b.ack(e, nil)
	if m.Tab != "home" || !userForm.MatchString(m.User) || b.opt.Home == nil {
		return
	}
	b.tabs.mu.Lock()
	one := b.tabs.of(m.User)
	one.opened, one.shown, one.direct = time.Now(), "", m.Channel // said anew, as of now
	b.tabs.off = false                                            // it was opened, so there is one
	b.tabs.mu.Unlock()
	b.showHome(m.User, board.Change)
}

// opened is what the event app_home_opened holds, as far as we read it.
type opened struct {
	User    string `json:"user"`
	Channel string `json:"channel"`
	Tab     string `json:"tab"`
}

// noted says something at the top of somebody's Home tab, and shows it.
func (b *Bridge) noted(id, text string) {
	if b.opt.Home == nil {
		return
	}
	now := time.Now()
	b.tabs.mu.Lock()
	one := b.tabs.of(id)
	one.opened = now
	if len(one.notes) > 0 && one.notes[0].text == text {
		one.notes = one.notes[1:] // said once, as of now
	}
	if text != "" {
		one.notes = append([]note{{at: now, text: text}}, one.notes...)
		one.notes = one.notes[:min(len(one.notes), mostNotes)]
	}
	b.tabs.mu.Unlock()
	b.showHome(id, board.First)
}

// showHome publishes somebody's Home tab soon, beside everything else; asked for meanwhile, once more.
func (b *Bridge) showHome(id string, pr board.Priority) {
	b.tabs.mu.Lock()
	defer b.tabs.mu.Unlock()
	one := b.tabs.of(id)
	if one.busy {
		one.wanted, one.urgency = true, min(one.urgency, pr)
		return
	}
	if b.leisure.Err() != nil && pr != board.First {
		return // what became of a press is told all the same
	}
	one.busy, one.urgency = true, board.Tail
	b.errand(func(ctx context.Context) {
		for more := true; more; {
			b.publishHome(ctx, id, pr)
			b.tabs.mu.Lock()
			more, pr = one.wanted, one.urgency
			one.busy, one.wanted, one.urgency = more, false, board.Tail
			b.tabs.mu.Unlock()
		}
	})
}

// publishHome publishes it, unless it says already what it would say.
func (b *Bridge) publishHome(ctx context.Context, id string, pr board.Priority) {
	defer func() {
		if p := recover(); p != nil {
			b.opt.Log.Error().Interface("panic", p).Msg("making a home tab")
		}
	}()
	page, passing, ok := b.home(ctx, id)
	if !ok {
		return
	}
	now := time.Now()
	b.tabs.mu.Lock()
	one := b.tabs.of(id)
	notes := one.lately(now, b.opt.Timers.Note)
	says := signature(page, notes)
	if one.shown == says && says != "" {
		one.again = passing || len(notes) > 0
		b.tabs.mu.Unlock()
		return
	}
	rest := one.rest(now, b.opt.Timers.Home)
	b.tabs.mu.Unlock()
	if rest > 0 { // what waited is never stale, and what became of a press is told even when the bridge ends
		if !pause(b.leisure, rest) && pr != board.First {
			return
		}
		if page, passing, ok = b.home(ctx, id); !ok {
			return
		}
		b.tabs.mu.Lock()
		notes = one.lately(time.Now(), b.opt.Timers.Note)
		b.tabs.mu.Unlock()
		says = signature(page, notes)
	}
	err := b.poster.publish(ctx, id, pr, homeView(page, notes, time.Now()))
	if isRefusal(err) && !b.homeOff(err) {
		err = b.poster.publish(ctx, id, pr, homeView(unshownHome(), nil, time.Now()))
	}
	b.tabs.mu.Lock()
	defer b.tabs.mu.Unlock()
	switch {
	case err == nil:
		one.shown, one.again = says, passing || len(notes) > 0
	case b.homeOff(err):
		if !b.tabs.off {
			b.opt.Log.Warn().Msg("the Slack app has no Home tab: switch it on under App Home, and subscribe to app_home_opened")
		}
		b.tabs.off, one.again = true, false
	case ctx.Err() == nil:
		one.again = true
		b.opt.Log.Info().Err(err).Msg("publishing a home tab")
	}
}

// homeOff reports whether Slack refused because the app has no Home tab.
func (b *Bridge) homeOff(err error) bool {
	var call *CallError
	return errors.As(err, &call) && call.Code == "not_enabled"
}

// home is what somebody's Home tab shows now. It passes when it shows why there is nothing to see. Bots have none.
func (b *Bridge) home(ctx context.Context, id string) (p board.Page, passing, ok bool) {
	actor, s := b.people.who(id, "")
	switch s {
	case insider:
	case machine:
		return board.Page{}, false, false
	default:
		return turnedAwayHome(s), s == unknown || s == outdated, true
	}
	ctx, cancel := context.WithTimeout(ctx, b.opt.Timers.HTTP)
	defer cancel()
	p, err := b.opt.Home(ctx, actor)
	if err != nil {
		b.opt.Log.Warn().Err(err).Msg("making a home tab")
		return troubledHome(), true, true
	}
	for _, section := range p.Sections {
		for i, m := range section.Items {
			section.Items[i] = b.poster.named(m)
		}
	}
	return p, false, true
}

// refreshHomes looks after the Home tabs that were opened lately, until ctx ends. It asks first whether anything was
// written down since: mostly nothing was.
func (b *Bridge) refreshHomes(ctx context.Context) {
	if b.opt.Home == nil || b.opt.News == nil {
		return
	}
	tick := time.NewTicker(b.opt.Timers.Home)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if len(b.tabs.lately(time.Now(), true)) == 0 {
			continue
		}
		asking, cancel := context.WithTimeout(ctx, b.opt.Timers.HTTP)
		news, err := b.opt.News(asking)
		cancel()
		b.tabs.mu.Lock()
		fresh := err == nil && news != b.tabs.news
		if err == nil {
			b.tabs.news = news
		}
		b.tabs.mu.Unlock()
		for _, id := range b.tabs.lately(time.Now(), fresh) {
			b.showHome(id, board.Tail)
		}
	}
}

// publish makes one person's Home tab say something else. It is idempotent: an answer that got lost is asked for again.
func (p *Poster) publish(ctx context.Context, id string, pr board.Priority, v slack.HomeTabViewRequest) error {
	ctx, cancel := context.WithTimeout(ctx, homeWithin)
	defer cancel()
	for tries := 0; ; tries++ {
		err := p.call(ctx, "views.publish", pr, func() error {
			_, err := p.api.PublishViewContext(ctx, slack.PublishViewContextRequest{UserID: id, View: v})
			return err
		})
		var unclear *board.AmbiguousError
		if tries == 2 || !errors.As(err, &unclear) {
			return err
		}
	}
}
