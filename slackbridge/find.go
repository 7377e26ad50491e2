package slackbridge

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sort"
	"strings"
	"sync"
	"time"

	"github.com/pawl-ops/pawl/internal/board"
	"github.com/pawl-ops/pawl/job"
	"github.com/slack-go/slack"
)

// eventType marks the messages that can be found again. Slack returns the payload of metadata only when asked for it
// with include_all_metadata; the type needs no registration (https://github.com/slackapi/python-slack-sdk/issues/1501).
const eventType = "pawl"

const (
	searchPages = 10              // of searchLimit messages each: a thread or an hour of a busy channel
	searchLimit = 200             // messages a page
	searchSlack = 2 * time.Minute // how far our clock and Slack's may be apart
)

// metadata is what a message carries so that it can be found again. Every member of the workspace can read it.
func metadata(post board.Post) slack.SlackMetadata {
	payload := map[string]any{"key": post.Key}
	if run := runOf(post); run != "" {
		payload["run"] = run
	}
	return slack.SlackMetadata{EventType: eventType, EventPayload: payload}
}

// runOf is the id of the run a message belongs to; empty for answers that belong to none.
func runOf(post board.Post) string {
	if post.Message.ID != "" {
		return post.Message.ID
	}
	if id, _, ok := strings.Cut(post.Key, "/"); ok && job.LooksLikeID(id) {
		return id
	}
	return ""
}

// settle finds what an earlier attempt left: the oldest message with the key, its duplicates removed.
func (p *Poster) settle(ctx context.Context, post board.Post) (job.Posted, error) {
	found, err := p.find(ctx, post)
	if err != nil {
		return job.Posted{}, fmt.Errorf("looking for %s: %w", post.Key, err)
	}
	if len(found) == 0 {
		return job.Posted{}, nil
	}
	return p.keep(ctx, post, found, found[0])
}

// sweep removes the duplicates of a message posted while in doubt, and returns the one that stays. An attempt that was
// still on its way can land even later: one more look is taken in the background.
func (p *Poster) sweep(ctx context.Context, post board.Post, posted job.Posted) (job.Posted, error) {
	kept := posted
	if found, err := p.find(ctx, post); err == nil && len(found) > 0 {
		kept, err = p.keep(ctx, post, found, found[0])
		if err != nil {
			return job.Posted{}, err
		}
	}
	p.late.Go(func() { p.sweepLate(post, kept) })
	return kept, nil
}

// sweepLate looks once more, and keeps the message everybody knows by now.
func (p *Poster) sweepLate(post board.Post, kept job.Posted) {
	select {
	case <-time.After(p.opt.LateSweep):
	case <-p.closing.Done():
		return
	}
	ctx, cancel := context.WithTimeout(p.closing, time.Minute)
	defer cancel()
	found, err := p.find(ctx, post)
	if err == nil {
		_, err = p.keep(ctx, post, found, kept)
	}
	if err != nil && p.closing.Err() == nil {
		p.opt.Log.Warn().Str("run", runOf(post)).Str("key", post.Key).Err(err).Msg("looking for a late duplicate")
	}
}

// keep deletes every found message but one. A duplicate that cannot be deleted is reported, so that the caller comes
// back and tries again.
func (p *Poster) keep(ctx context.Context, post board.Post, found []job.Posted, kept job.Posted) (job.Posted, error) {
	for _, d := range found {
		if d == kept {
			continue
		}
		p.opt.Log.Info().Str("run", runOf(post)).Str("key", post.Key).Str("ts", d.TS).Msg("removing a duplicate")
		if err := p.delete(ctx, d, post.Priority); err != nil {
			return job.Posted{}, fmt.Errorf("removing a duplicate of %s: %w", post.Key, err)
		}
	}
	return kept, nil
}

// find lists our messages with the post's key, the oldest first: in its thread, and in the conversation when the thread
// is not there any more.
func (p *Poster) find(ctx context.Context, post board.Post) ([]job.Posted, error) {
	me, err := p.self.get(ctx, p)
	if err != nil {
		return nil, err
	}
	var found []job.Posted
	parent := post.Place.Thread == ""
	collect := func(messages []slack.Message) {
		for _, m := range messages {
			parent = parent || m.Timestamp == post.Place.Thread && m.SubType != "tombstone"
			if m.Metadata.EventType == eventType && m.Metadata.EventPayload["key"] == post.Key && me.wrote(m) {
				found = append(found, job.Posted{Channel: post.Place.Channel, TS: m.Timestamp})
			}
		}
	}
	if post.Place.Thread != "" {
		err := p.replies(ctx, post, collect)
		if err != nil && !errors.Is(err, errNoThread) {
			return nil, err
		}
	}
	if post.Place.Thread == "" || !parent {
		var open []slack.Message
		err := p.history(ctx, post, func(messages []slack.Message) {
			collect(messages)
			open = append(open, messages...)
		})
		if err != nil {
			return nil, err
		}
		if run := runOf(post); run != "" && post.Place.Thread != "" {
			if home := homeOf(run, me, open); home != "" {
				p.homes.moved(post.Place, run, home)
				moved := post
				moved.Place.Thread = home
				if err := p.replies(ctx, moved, collectReplies(home, collect)); err != nil && !errors.Is(err, errNoThread) {
					return nil, err
				}
			}
		}
	}
	sort.Slice(found, func(i, j int) bool { return timeOf(found[i].TS).Before(timeOf(found[j].TS)) })
	return found, nil
}

// collectReplies leaves out the message the thread hangs under, which was seen before.
func collectReplies(parent string, collect func([]slack.Message)) func([]slack.Message) {
	return func(messages []slack.Message) {
		collect(slices.DeleteFunc(messages, func(m slack.Message) bool { return m.Timestamp == parent }))
	}
}

func (p *Poster) replies(ctx context.Context, post board.Post, collect func([]slack.Message)) error {
	const method = "conversations.replies"
	ask := &slack.GetConversationRepliesParameters{
		ChannelID: post.Place.Channel, Timestamp: post.Place.Thread,
		Oldest: oldest(post), Limit: searchLimit, IncludeAllMetadata: true,
	}
	return p.pages(ctx, method, post.Priority, func(cursor string) (string, error) {
		ask.Cursor = cursor
		messages, _, next, err := p.api.GetConversationRepliesContext(ctx, ask)
		collect(messages)
		return next, err
	})
}

func (p *Poster) history(ctx context.Context, post board.Post, collect func([]slack.Message)) error {
	const method = "conversations.history"
	ask := &slack.GetConversationHistoryParameters{
		ChannelID: post.Place.Channel,
		Oldest:    oldest(post), Limit: searchLimit, IncludeAllMetadata: true,
	}
	return p.pages(ctx, method, post.Priority, func(cursor string) (string, error) {
		ask.Cursor = cursor
		answer, err := p.api.GetConversationHistoryContext(ctx, ask)
		if err != nil {
			return "", err
		}
		collect(answer.Messages)
		return answer.ResponseMetaData.NextCursor, nil
	})
}

// pages calls until there is no further cursor. A search that would have to look through more than searchPages fails:
// posting on the strength of half a search would make a second message.
func (p *Poster) pages(ctx context.Context, method string, pr board.Priority, call func(string) (string, error)) error {
	cursor := ""
	for page := 0; page < searchPages; {
		if err := p.budget.take(ctx, method, "", pr); err != nil {
			return err
		}
		next, err := call(cursor)
		err = calling(method, err)
		if p.wait(method, "", err) {
			continue
		}
		if err != nil {
			return err
		}
		if next == "" {
			return nil
		}
		cursor = next
		page++
	}
	return fmt.Errorf("calling %s: more than %d messages since the first attempt", method, searchPages*searchLimit)
}

// oldest bounds a search from below.
func oldest(post board.Post) string {
	since := post.Since
	if since.IsZero() {
		since = time.Now().Add(-24 * time.Hour)
	}
	return tsOf(since.Add(-searchSlack))
}

// identity is who we are, asked once: a message is ours only when we wrote it, whatever its metadata claims.
type identity struct {
	mu    sync.Mutex
	known *self
}

type self struct{ team, user, bot, app string }

func (s *self) wrote(m slack.Message) bool {
	return m.User == s.user && s.user != "" || m.BotID == s.bot && s.bot != ""
}

func (i *identity) get(ctx context.Context, p *Poster) (*self, error) {
	const method = "auth.test"
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.known != nil {
		return i.known, nil
	}
	a, err := p.api.AuthTestContext(ctx)
	if err := calling(method, err); err != nil {
		return nil, err
	}
	i.known = &self{team: a.TeamID, user: a.UserID, bot: a.BotID}
	return i.known, nil
}

func (i *identity) set(s self) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.known = &s
}
