package slackbridge

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/pawl-ops/pawl/internal/board"
	"github.com/pawl-ops/pawl/job"
	"github.com/slack-go/slack"
)

const (
	membersFresh = time.Minute      // how long who is in a channel is believed
	placesFresh  = 10 * time.Minute // how long the names of channels are believed
	placesRetry  = 10 * time.Second // how long it is believed that a name is not there
	placesPage   = 200              // Slack recommends no more: https://docs.slack.dev/apis/web-api/pagination
	placesPages  = 100              // pages at most
	placesWithin = 30 * time.Second // for all pages together
	maxCrowds    = 256
)

var channelForm = regexp.MustCompile(`^[CG][A-Z0-9]{6,20}$`)

// places remembers which channels we are in, and who is in them.
type places struct {
	mu      sync.Mutex
	ids     map[string]string // by name
	read    time.Time
	members map[string]crowd // by channel
}

// crowd is who was in a channel at a moment.
type crowd struct {
	who map[string]bool
	at  time.Time
}

func newPlaces() *places { return &places{members: map[string]crowd{}} }

// Place finds the channel that pawl.yaml calls "#ops". Its error says what to do when we are not in such a channel, and
// is board.ErrNoPlace then. Names are asked for once every few minutes; it never takes longer than half a minute.
func (p *Poster) Place(channelName string) (job.Place, error) {
	name := strings.ToLower(strings.TrimPrefix(strings.TrimSpace(channelName), "#"))
	ctx, cancel := context.WithTimeout(p.closing, placesWithin)
	defer cancel()
	me, err := p.self.get(ctx, p)
	if err != nil {
		return job.Place{}, fmt.Errorf("finding #%s: %w", name, err)
	}
	if id := strings.ToUpper(name); channelForm.MatchString(id) && !strings.HasPrefix(channelName, "#") {
		return job.Place{Team: me.team, Channel: id}, nil // pinned by its id
	}
	id, err := p.channelNamed(ctx, name)
	if err != nil {
		return job.Place{}, fmt.Errorf("finding #%s: %w", name, err)
	}
	if id == "" {
		return job.Place{}, fmt.Errorf("there is no channel #%s that I am in: make it, or invite me there with /invite: %w", name, board.ErrNoPlace)
	}
	return job.Place{Team: me.team, Channel: id}, nil
}

// channelNamed gives the id of a channel we are in; empty when we are in none of that name.
func (p *Poster) channelNamed(ctx context.Context, name string) (string, error) {
	p.places.mu.Lock()
	id, age := p.places.ids[name], time.Since(p.places.read)
	p.places.mu.Unlock()
	if id != "" && age < placesFresh || id == "" && age < placesRetry {
		return id, nil
	}
	ids, err := p.channels(ctx)
	if err != nil {
		if id != "" {
			return id, nil // what we knew is better than nothing
		}
		return "", err
	}
	p.places.mu.Lock()
	p.places.ids, p.places.read = ids, time.Now()
	p.places.mu.Unlock()
	return ids[name], nil
}

// channels lists the channels we are in, by name: users.conversations names those only, however many others there are.
func (p *Poster) channels(ctx context.Context) (map[string]string, error) {
	ids := map[string]string{}
	ask := &slack.GetConversationsForUserParameters{
		Types: []string{"public_channel", "private_channel"}, ExcludeArchived: true, Limit: placesPage,
	}
	err := p.everyPage(ctx, "users.conversations", func(cursor string) (string, error) {
		ask.Cursor = cursor
		all, next, err := p.api.GetConversationsForUserContext(ctx, ask)
		for _, c := range all {
			ids[strings.ToLower(c.Name)] = c.ID
		}
		return next, err
	})
	return ids, err
}

// members is who is in a conversation. board.ErrNoPlace says that we are not.
func (p *Poster) members(ctx context.Context, channel string) (map[string]bool, error) {
	p.places.mu.Lock()
	known, ok := p.places.members[channel]
	p.places.mu.Unlock()
	if ok && time.Since(known.at) < membersFresh {
		return known.who, nil
	}
	me, err := p.self.get(ctx, p)
	if err != nil {
		return nil, err
	}
	now := crowd{who: map[string]bool{}, at: time.Now()}
	ask := &slack.GetUsersInConversationParameters{ChannelID: channel, Limit: placesPage}
	err = p.everyPage(ctx, "conversations.members", func(cursor string) (string, error) {
		ask.Cursor = cursor
		ids, next, err := p.api.GetUsersInConversationContext(ctx, ask)
		for _, id := range ids {
			now.who[id] = true
		}
		return next, err
	})
	switch {
	case err != nil:
		return nil, fmt.Errorf("looking who is in a channel: %w", err)
	case !now.who[me.user]:
		return nil, fmt.Errorf("looking who is in a channel: we are not: %w", board.ErrNoPlace)
	}
	p.places.mu.Lock()
	defer p.places.mu.Unlock()
	if len(p.places.members) >= maxCrowds {
		clear(p.places.members)
	}
	p.places.members[channel] = now
	return now.who, nil
}

// everyPage calls until there is no further cursor, within the budget.
func (p *Poster) everyPage(ctx context.Context, method string, page func(cursor string) (next string, err error)) error {
	cursor := ""
	for range placesPages {
		var next string
		err := p.call(ctx, method, board.Ask, func() (err error) {
			next, err = page(cursor)
			return err
		})
		if err != nil || next == "" {
			return err
		}
		cursor = next
	}
	return errors.New("calling " + method + ": the list has no end")
}
