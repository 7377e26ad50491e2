package app

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/pawl-ops/pawl/internal/board"
	"github.com/pawl-ops/pawl/internal/live"
	"github.com/pawl-ops/pawl/internal/manifest"
	"github.com/pawl-ops/pawl/slackbridge"
)

// slackProbe asks Slack, and asks only once who we are.
type slackProbe struct {
	*slackbridge.Probe
	hello func() (slackbridge.ProbeHello, error)
}

func (h *house) slackProbe() *slackProbe {
	p := &slackProbe{Probe: slackbridge.NewProbe(slackbridge.ProbeOptions{
		APIURL: os.Getenv("SLACK_API_URL"), BotToken: h.cfg.Slack.BotToken, AppToken: h.cfg.Slack.AppToken, Timeout: tryWithin,
	})}
	p.hello = sync.OnceValues(func() (slackbridge.ProbeHello, error) {
		ctx, cancel := context.WithTimeout(context.Background(), tryWithin)
		defer cancel()
		return p.Hello(ctx)
	})
	return p
}

// slackChecks try the tokens, and what pawl.yaml names in Slack. Where the bot token is no good, only that is told.
func (h *house) slackChecks() (checks []live.Check, done func()) {
	p := h.slackProbe()
	if h.cfg.Slack.BotToken.Empty() {
		return []live.Check{{Area: inSlack, What: "bot token", Try: func(context.Context) []live.Finding {
			return one(inSlack, "bot token", live.Mend, "SLACK_BOT_TOKEN is not set", "Your app at https://api.slack.com/apps, OAuth & Permissions: copy the Bot User OAuth Token into .env.\nNo app yet? pawl init makes one.")
		}}}, p.Close
	}
	checks = append(checks, live.Check{Area: inSlack, What: "bot token", Try: func(context.Context) []live.Finding { return p.token() }})
	checks = append(checks, live.Check{Area: inSlack, What: "way in", Try: func(ctx context.Context) []live.Finding { return h.wayIn(ctx, p) }})
	behind := func(what string, try func(ctx context.Context, me slackbridge.ProbeHello) []live.Finding) {
		checks = append(checks, live.Check{Area: inSlack, What: what, Within: tryLongWithin, Try: func(ctx context.Context) []live.Finding {
			me, err := p.hello()
			if err != nil {
				return nil // told once, with the token
			}
			return try(ctx, me)
		}})
	}
	if len(h.channels()) > 0 {
		behind("channels", func(ctx context.Context, me slackbridge.ProbeHello) []live.Finding { return h.places(ctx, p, me) })
	}
	if slices.ContainsFunc(slices.Collect(maps.Values(h.people())), func(w slackbridge.Who) bool { return w.Group != "" }) {
		behind("user groups", func(ctx context.Context, _ slackbridge.ProbeHello) []live.Finding { return h.groups(ctx, p) })
	}
	emails := h.emails()
	if len(emails) > askedOneByOne {
		behind("people", func(ctx context.Context, me slackbridge.ProbeHello) []live.Finding {
			return emailsFound(ctx, p, me, emails)
		})
		return checks, p.Close
	}
	for _, email := range emails {
		behind(email, func(ctx context.Context, me slackbridge.ProbeHello) []live.Finding {
			who, ok, err := p.ByEmail(ctx, email, me)
			return emailFound(email, who, ok, err)
		})
	}
	return checks, p.Close
}

// token says whose the bot token is, what it may do, and how far the clocks are apart.
func (p *slackProbe) token() []live.Finding {
	me, err := p.hello()
	if err != nil {
		return probed("bot token", err)
	}
	all := one(inSlack, "bot token", live.OK, fmt.Sprintf("%s, as @%s", me.Team, me.Bot), "")
	all = append(all, scopes(me.Scopes)...)
	const tolerated, late = 5 * time.Second, 2 * time.Minute
	switch ahead := me.Ahead; {
	case ahead.Abs() > late:
		all = append(all, one(inSlack, "clock", live.Mend, fmt.Sprintf("this machine is %s %s Slack", board.Span(ahead.Abs()), side(ahead)),
			"Set the clock (timedatectl set-ntp true). From five minutes on, signed requests are refused.")...)
	case ahead.Abs() > tolerated:
		all = append(all, one(inSlack, "clock", live.Note, fmt.Sprintf("this machine is %s %s Slack; Pawl allows for it", board.Span(ahead.Abs()), side(ahead)), "")...)
	default:
		all = append(all, one(inSlack, "clock", live.OK, "as Slack's", "")...)
	}
	return all
}

func side(ahead time.Duration) string {
	if ahead > 0 {
		return "ahead of"
	}
	return "behind"
}

// scopes holds what was granted against what Pawl uses.
func scopes(granted []string) (all []live.Finding) {
	if granted == nil {
		return one(inSlack, "scopes", live.Note, "Slack does not say which were granted", "")
	}
	missing, more := manifest.Lacking(granted)
	for _, m := range missing {
		all = append(all, one(inSlack, "scopes", live.Mend, fmt.Sprintf("%s is missing: without it Pawl never %s", m.Name, strings.ReplaceAll(m.Why, "`", "")), "")...)
	}
	if len(missing) > 0 {
		all[len(all)-1].Mend = "Your app at https://api.slack.com/apps, App Manifest: paste slack-app.yaml (pawl init writes it), save.\nThen Install App, Reinstall to Workspace."
	} else {
		all = one(inSlack, "scopes", live.OK, fmt.Sprintf("all %d", len(manifest.Scopes())), "")
	}
	if len(more) > 0 {
		all = append(all, one(inSlack, "scopes", live.Note, "granted and never used by Pawl: "+strings.Join(more, ", "), "")...)
	}
	return all
}

// wayIn says how Slack reaches Pawl.
func (h *house) wayIn(ctx context.Context, p *slackProbe) []live.Finding {
	s := h.cfg.Slack
	switch {
	case s.AppToken.Empty() && s.SigningSecret.Empty():
		return one(inSlack, "app token", live.Mend, "SLACK_APP_TOKEN is not set", "Your app, Basic Information, App-Level Tokens: one with the scope "+manifest.AppScope+", copied into .env.")
	case s.AppToken.Empty():
		return one(inSlack, "way in", live.Note, "signed requests: pawl up needs --slack-http, and Slack its address", "")
	}
	if err := p.Sockets(ctx); err != nil {
		return probed("app token", err)
	}
	return one(inSlack, "app token", live.OK, "may open sockets", "")
}

// channels are those that pawl.yaml names anywhere, each with where.
func (h *house) channels() map[string][]string {
	all := map[string][]string{}
	add := func(channel, where string) {
		if named, ok := h.cfg.Channels[channel]; ok {
			channel = named
		}
		if channel != "" && !slices.Contains(all[channel], where) {
			all[channel] = append(all[channel], where)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(h.cfg.Channels)) {
		add(h.cfg.Channels[name], "channels."+name)
	}
	for _, r := range h.cfg.Replies {
		add(r.Channel, "replies")
	}
	for _, s := range h.cfg.Syncs {
		add(s.Told.Channel, "syncs."+s.Name)
	}
	for _, s := range h.cfg.Schedules {
		if s.Sync == "" { // those of syncs are told with the sync
			add(s.Channel, "schedules."+s.Name)
		}
	}
	for _, b := range h.cfg.Runbooks {
		for _, stage := range b.Runbook.Parts {
			for _, step := range stage {
				if step.Say != nil {
					add(step.Say.Channel, "runbooks."+b.Spec.Name)
				}
			}
		}
	}
	for _, place := range h.cfg.Inventory.Environments() {
		app, environment, _ := h.cfg.Inventory.Place(place)
		if d, ok := h.cfg.Deploys(app, environment); ok {
			add(d.Channel, "apps."+app)
		}
	}
	return all
}

// places says of each channel whether Pawl is in it.
func (h *house) places(ctx context.Context, p *slackProbe, me slackbridge.ProbeHello) (all []live.Finding) {
	named := h.channels()
	wanted := slices.Sorted(maps.Keys(named))
	found, err := p.Places(ctx, wanted)
	if err != nil {
		return probed("channels", err)
	}
	for _, w := range wanted {
		c, ok := found[w]
		title := w
		if ok && !strings.HasPrefix(w, "#") {
			title = "#" + c.Name
		}
		where := strings.Join(named[w], ", ")
		switch {
		case !ok:
			all = append(all, one(inSlack, title, live.Mend, "there is none that Pawl can see ("+where+" in pawl.yaml)",
				fmt.Sprintf("Is it written like this? A private channel cannot be seen from outside: in it, /invite @%s.", me.Bot))...)
		case c.Archived:
			all = append(all, one(inSlack, title, live.Mend, "it is archived ("+where+" in pawl.yaml)", "Unarchive it in Slack, or name another channel.")...)
		case !c.Member:
			all = append(all, one(inSlack, title, live.Mend, "Pawl is not in it ("+where+" in pawl.yaml)", fmt.Sprintf("In Slack, in %s: /invite @%s", title, me.Bot))...)
		default:
			all = append(all, one(inSlack, title, live.OK, "Pawl is in it", "")...)
		}
	}
	return all
}

// groups says of each user group that it is there, and how many people are in it.
func (h *house) groups(ctx context.Context, p *slackProbe) (all []live.Finding) {
	groups, err := p.Groups(ctx)
	if err != nil {
		return probed("user groups", err)
	}
	for _, name := range slices.Sorted(maps.Keys(h.cfg.People)) {
		handle := h.cfg.People[name].Group
		if handle == "" {
			continue
		}
		g, ok := groups[strings.TrimPrefix(handle, "@")]
		switch where := "people." + name + " in pawl.yaml"; {
		case !ok:
			all = append(all, one(inSlack, handle, live.Mend, "Slack has no such user group ("+where+"): nobody is in it",
				"Make it in Slack (More, People, User groups), or name another, or people by e-mail.")...)
		case g.Disabled:
			all = append(all, one(inSlack, handle, live.Mend, "the user group is switched off ("+where+"): nobody is in it", "Switch it on in Slack (More, People, User groups), or name another.")...)
		case len(g.Members) == 0:
			all = append(all, one(inSlack, handle, live.Note, "nobody is in it ("+where+")", "")...)
		default:
			all = append(all, one(inSlack, handle, live.OK, people(len(g.Members)), "")...)
		}
	}
	return all
}

func people(n int) string {
	if n == 1 {
		return "1 person"
	}
	return fmt.Sprintf("%d people", n)
}

// emails are all addresses of pawl.yaml, each once.
func (h *house) emails() (all []string) {
	for _, p := range h.cfg.People {
		all = append(all, p.Emails...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// askedOneByOne is for how many people Slack is asked one by one: it takes some 50 such questions a minute, of everything
// that has the token (https://docs.slack.dev/reference/methods/users.lookupByEmail). More are looked for among all.
const askedOneByOne = 20

func emailsFound(ctx context.Context, p *slackProbe, me slackbridge.ProbeHello, emails []string) (all []live.Finding) {
	found, err := p.ByEmails(ctx, emails, me)
	if err != nil {
		return probed("people", err)
	}
	for _, email := range emails {
		who, ok := found[email]
		all = append(all, emailFound(email, who, ok, nil)...)
	}
	return all
}

func emailFound(email string, who slackbridge.ProbePerson, ok bool, err error) []live.Finding {
	switch {
	case err != nil:
		return probed(email, err)
	case !ok:
		return one(inSlack, email, live.Mend, "nobody in the workspace has this address", "Look at their profile in Slack for the one they have there, and write that into pawl.yaml.")
	case who.Not != "":
		return one(inSlack, email, live.Mend, "is "+who.Not+": Pawl does nothing for them", "Take the address out of pawl.yaml, or make them a full member.")
	}
	return one(inSlack, email, live.OK, "@"+who.Name, "")
}

// one is a finding alone.
func one(area, what string, state live.State, says, mend string) []live.Finding {
	return []live.Finding{{Area: area, What: what, State: state, Says: says, Mend: mend}}
}

// probed is what Slack's refusal means.
func probed(what string, err error) []live.Finding {
	var p *slackbridge.ProbeError
	if errors.As(err, &p) {
		return one(inSlack, what, live.Mend, p.Says, p.Mend)
	}
	return one(inSlack, what, live.Mend, err.Error(), "")
}
