package slackbridge

import (
	"context"
	"fmt"
	"sync"

	"github.com/pawl-ops/pawl/internal/board"
	"github.com/pawl-ops/pawl/job"
	"github.com/slack-go/slack"
)

// Whisper says something only one person sees. Slack keeps it for nobody who is away, shows it in a thread only while
// the thread is open, and cannot edit it: nothing that matters later may be whispered alone.
func (p *Poster) Whisper(ctx context.Context, at job.Place, to job.Actor, m board.Message) error {
	const method = "chat.postEphemeral"
	if to.Kind != job.SlackUser || !userForm.MatchString(to.ID) {
		return fmt.Errorf("whispering to %s: %w", to.Display(), board.ErrNoPlace)
	}
	m = p.named(m)
	r := render(m, to.ID)
	for {
		options := r.options()
		if at.Thread != "" {
			options = append(options, slack.MsgOptionTS(at.Thread))
		}
		err := p.call(ctx, method, board.Ask, func() error {
			_, err := p.api.PostEphemeralContext(ctx, at.Channel, to.ID, options...)
			return err
		})
		if isUnfit(err) && len(r.blocks) > 0 {
			r = renderPlain(m)
			continue
		}
		if err != nil {
			return fmt.Errorf("whispering to %s: %w", to.Display(), err)
		}
		return nil
	}
}

// React adds an emoji to the person's message of a place. Reactions are only added, never taken away (that has a budget
// of 20 a minute); one that is there already is fine, and so is a message that takes no more.
func (p *Poster) React(ctx context.Context, at job.Place, name string) error {
	const method = "reactions.add"
	if at.Message == "" {
		return nil
	}
	err := p.call(ctx, method, board.Change, func() error {
		return p.api.AddReactionContext(ctx, name, slack.NewRefToMessage(at.Channel, at.Message))
	})
	if err != nil {
		return fmt.Errorf("reacting with %s: %w", name, err)
	}
	return nil
}

// Link gives the address of a message. Addresses never change, so that each is asked for once.
func (p *Poster) Link(ctx context.Context, at job.Posted) (string, error) {
	const method = "chat.getPermalink"
	if link, ok := p.links.get(at); ok {
		return link, nil
	}
	var link string
	err := p.call(ctx, method, board.Ask, func() (err error) {
		link, err = p.api.GetPermalinkContext(ctx, &slack.PermalinkParameters{Channel: at.Channel, Ts: at.TS})
		return err
	})
	if err != nil {
		return "", fmt.Errorf("asking for a link: %w", err)
	}
	p.links.put(at, link)
	return link, nil
}

// Delete takes a message of ours away. One that is gone already is fine.
func (p *Poster) Delete(ctx context.Context, at job.Posted) error {
	return p.delete(ctx, at, board.Change)
}

func (p *Poster) delete(ctx context.Context, at job.Posted, pr board.Priority) error {
	const method = "chat.delete"
	err := p.call(ctx, method, pr, func() error {
		_, _, err := p.api.DeleteMessageContext(ctx, at.Channel, at.TS)
		return err
	})
	if isGone(err) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("deleting a message: %w", err)
	}
	return nil
}

// call waits for the budget, calls, and waits out "too fast" as long as ctx allows.
func (p *Poster) call(ctx context.Context, method string, pr board.Priority, do func() error) error {
	for {
		if err := p.budget.take(ctx, method, "", pr); err != nil {
			return err
		}
		err := calling(method, do())
		if !p.wait(method, "", err) {
			return err
		}
	}
}

// links remembers addresses of messages.
type links struct {
	mu    sync.Mutex
	known map[job.Posted]string
}

const maxLinks = 4096

func newLinks() *links { return &links{known: map[job.Posted]string{}} }

func (l *links) get(at job.Posted) (string, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	link, ok := l.known[at]
	return link, ok
}

func (l *links) put(at job.Posted, link string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.known) >= maxLinks {
		clear(l.known)
	}
	l.known[at] = link
}
