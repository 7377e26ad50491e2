package looks

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/pawl-ops/pawl/internal/board"
	"github.com/pawl-ops/pawl/internal/ledger"
	"github.com/pawl-ops/pawl/job"
)

func panicSpec() job.Spec {
	return job.Spec{Name: "panic", Look: true, Help: "Everything at a glance when something is wrong, and what to do.", Examples: []string{"panic"}}
}

const (
	panicRuns     = 4              // of what is going on
	panicReleases = 4              // of what was released
	lately        = 24 * time.Hour // what was released since then may be the reason
	panicRows     = 2 * phoneRows  // this one may be scrolled
	mostDeeds     = 3              // buttons: as many as a person chooses from in a hurry
)

// panic is everything somebody needs who is woken at night: what is ill and where users are, what is going on, what came
// lately, who keeps what, and the deeds that may help, as buttons.
func (s *deploys) panic(ctx context.Context, r Request) (board.Message, error) {
	p, all, err := s.stand(ctx, r)
	if err != nil {
		return board.Message{}, err
	}
	open, err := s.Ledger.OpenRuns(ctx)
	if err != nil {
		return board.Message{}, fmt.Errorf("looking up what is going on: %w", err)
	}
	came, err := s.Ledger.Releases(ctx, r.Now.Add(-lately), releasesSearched)
	if err != nil {
		return board.Message{}, fmt.Errorf("looking up releases: %w", err)
	}
	ill, well := s.ill(p, all)
	m := board.Message{Head: "Nothing looks ill"}
	if len(ill) > 0 {
		m.Head = counted(len(ill), "environment") + " not well"
	}
	m.Lines = slices.Concat(ill, well, s.goingOn(open, r.Now), s.cameLately(came, r.Now), s.allClosed(all, r.Now))
	m.Lines = fitted(m.Lines, panicRows, func(left int) string { return fmt.Sprintf("And %d lines more.", left) })
	m.Sentence = said(m.Head + ", " + counted(len(open), "run") + " going on, " + counted(len(came), "release") + " in the last day")
	if len(ill) > 0 {
		m.Sentence = said(m.Sentence + " " + strings.Join(plain(ill), "; "))
	}
	s.deeds(&m, p, all, r)
	return m, nil
}

// ill is a line for every environment that is not well, with where users are, and one for all others.
func (s *deploys) ill(p picture, all []standsAs) (ill, well []string) {
	var fine []string
	for _, e := range all {
		troubles := s.watch.troubles(p, []*place{e.place})
		if len(troubles) == 0 {
			fine = append(fine, board.Clean(e.title())+" ("+versions(e)+s.where(e)+")")
			continue
		}
		line := bold(board.Clean(e.title())) + " · " + versions(e) + s.where(e)
		if text := s.watch.confusion(e.place); text != "" {
			line += " · " + bold(text)
		}
		for _, i := range e.seen {
			if text := i.trouble(p); text != "" {
				line += " · " + bold(board.Clean(i.Name)+": "+text)
			}
		}
		ill = append(ill, line)
	}
	if len(fine) > 0 {
		well = []string{"Well: " + board.Listed(fine, "and") + "."}
	}
	return ill, well
}

// where says where users are; empty when nobody decides or nobody knows.
func (s *deploys) where(e standsAs) string {
	for _, i := range e.seen {
		if e.has(i) {
			return ", users are on " + board.Clean(i.Name)
		}
	}
	return ""
}

func (s *deploys) goingOn(open []ledger.Run, now time.Time) []string {
	if len(open) == 0 {
		return []string{"Nothing is going on."}
	}
	lines := []string{"*Going on now*"}
	for _, run := range open[:min(len(open), panicRuns)] {
		lines = append(lines, fmt.Sprintf("%s · %s · %s · for %s", code(run.ID), code(shortenedTo(run.Text, sentenceShown)), shortenedTo(run.Actor.Display(), authorShown), board.Rough(now.Sub(run.Started))))
	}
	if left := len(open) - panicRuns; left > 0 {
		lines = append(lines, fmt.Sprintf("And %d more; see %s.", left, code(runsSpec().Name)))
	}
	return lines
}

func (s *deploys) cameLately(came []job.Release, now time.Time) []string {
	if len(came) == 0 {
		return []string{"Nothing was released in the last day."}
	}
	lines := []string{"*Released in the last day*"}
	for _, one := range came[:min(len(came), panicReleases)] {
		lines = append(lines, s.release(one, now)...)
	}
	if left := len(came) - panicReleases; left > 0 {
		lines = append(lines, fmt.Sprintf("And %d more; see %s.", left, code("releases since yesterday")))
	}
	return lines
}

func (s *deploys) allClosed(all []standsAs, now time.Time) (lines []string) {
	for _, e := range all {
		for _, text := range s.closed(e, now) {
			lines = append(lines, bold(board.Clean(e.title()))+" · "+text)
		}
	}
	return lines
}

// deed is a command that may help.
type deed struct{ label, command string }

// deeds are buttons for what may help, as far as whoever asks may do it: to bring back what was before, to keep others
// from deploying, to restart what is ill and has no users.
func (s *deploys) deeds(m *board.Message, p picture, all []standsAs, r Request) {
	if s.May == nil || s.Offer == nil {
		return
	}
	var back, keep, restart []deed
	for _, e := range all {
		sick := false
		for _, i := range e.seen {
			ill := i.trouble(p) != "" && i.known
			has := e.has(i) || e.traffic.Zero() && i.Serves()
			sick = sick || ill && has
			if ill && i.Serves() && !has && !e.traffic.Zero() && e.usersKnown && e.users.err == nil {
				restart = append(restart, deed{"Restart " + i.String(), "restart " + i.String()})
			}
		}
		came, ok := e.current()
		fresh := ok && r.Now.Sub(came.At) < lately
		if ok && (sick || fresh) {
			back = append(back, deed{"Roll back " + e.title(), "rollback " + e.title()})
		}
		if (sick || fresh) && !e.lock.Held {
			keep = append(keep, deed{"Lock " + e.title(), "lock " + e.title()})
		}
	}
	var typed []string
	for _, d := range slices.Concat(back, keep, restart) {
		if len(m.Buttons) == mostDeeds || !s.May(r.Command.Actor, d.command) {
			continue
		}
		action, value := s.Offer(r.Command.Key, d.command)
		m.Buttons = append(m.Buttons, board.Button{Label: shortenedTo(d.label, labelShown), Says: "Run the command " + board.Clean(d.command), Action: action, Value: value})
		typed = append(typed, d.command)
	}
	if len(typed) > 0 {
		m.Hint = "Or type " + board.OneOf(typed) + "."
	}
}

// labelShown is how many characters a button has room for.
const labelShown = 75

// plain are lines as a sentence has them.
func plain(lines []string) []string {
	out := make([]string, len(lines))
	for i, l := range lines {
		out[i] = strings.ReplaceAll(board.PlainText(l), "*", "")
	}
	return out
}
