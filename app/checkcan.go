package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/pawl-ops/pawl/internal/explain"
	"github.com/pawl-ops/pawl/job"
	"github.com/pawl-ops/pawl/slackbridge"
)

// can answers whether somebody may type something. With --live Slack is asked who they are, and in which groups.
func (c *checking) can(ctx context.Context, h *house, e *explain.Explainer, out io.Writer, typed string) error {
	who, err := e.Who(c.who)
	if c.live && (err != nil || who.Actor.Email != "" && !who.Several) {
		who, err = h.person(ctx, e, c.who, who.Actor.Email)
	}
	if err != nil {
		return fmt.Errorf("--can %s: %w", c.who, err)
	}
	return c.answer(out, e.Can(who, typed))
}

// person asks Slack who somebody is, and which names of pawl.yaml they have.
func (h *house) person(ctx context.Context, e *explain.Explainer, text, email string) (explain.Who, error) {
	ctx, cancel := context.WithTimeout(ctx, tryAllWithin)
	defer cancel()
	p := h.slackProbe()
	defer p.Close()
	if h.cfg.Slack.BotToken.Empty() {
		return explain.Who{}, errors.New("Slack cannot be asked: SLACK_BOT_TOKEN is not set; put it into .env")
	}
	me, err := p.hello()
	if err != nil {
		return explain.Who{}, mending(err)
	}
	found, err := h.find(ctx, p, me, text, email)
	if err != nil {
		return explain.Who{}, err
	}
	groups, err := p.Groups(ctx)
	if err != nil {
		return explain.Who{}, mending(err)
	}
	who := explain.Who{Actor: job.Actor{Kind: job.SlackUser, ID: found.ID, Name: found.Name, Full: found.Full, Email: found.Email}, Said: found.Name}
	if found.Full != "" {
		who.Said = found.Full + " (@" + found.Name + ")"
	}
	for name, person := range h.cfg.People {
		g := groups[strings.TrimPrefix(person.Group, "@")]
		switch {
		case person.Group != "" && !g.Disabled && slices.Contains(g.Members, found.ID), found.Email != "" && slices.Contains(person.Emails, strings.ToLower(found.Email)):
			who.Actor.Groups = append(who.Actor.Groups, name)
		}
	}
	slices.Sort(who.Actor.Groups)
	who.Note = fmt.Sprintf("In Slack they are %s.", e.Names(who.Actor.Groups))
	if found.Not != "" {
		who.Actor.Groups, who.Outsider = nil, found.Not
		who.Note = ""
	}
	return who, nil
}

// find is the one person whom a text means.
func (h *house) find(ctx context.Context, p *slackProbe, me slackbridge.ProbeHello, text, email string) (slackbridge.ProbePerson, error) {
	if email != "" {
		who, ok, err := p.ByEmail(ctx, email, me)
		if err == nil && !ok {
			err = fmt.Errorf("nobody in the workspace has the address %s", email)
		}
		return who, mending(err)
	}
	all, err := p.ByName(ctx, text, me)
	switch {
	case err != nil:
		return slackbridge.ProbePerson{}, mending(err)
	case len(all) == 0:
		return slackbridge.ProbePerson{}, fmt.Errorf("neither pawl.yaml nor Slack knows anybody called %q", text)
	case len(all) > 1:
		var names []string
		for _, a := range all {
			names = append(names, "@"+a.Name)
		}
		return slackbridge.ProbePerson{}, fmt.Errorf("Slack knows several: %s; say which, or their e-mail address", strings.Join(names, ", "))
	}
	return all[0], nil
}

// mending is an error of the probe with what to do about it.
func mending(err error) error {
	if p, ok := err.(*slackbridge.ProbeError); ok && p.Mend != "" { //nolint:errorlint // it is made here, and wrapped by nobody
		return fmt.Errorf("%w: %s", p, p.Mend)
	}
	return err
}
