package looks

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/pawl-ops/pawl/internal/board"
	"github.com/pawl-ops/pawl/internal/slots"
	"github.com/pawl-ops/pawl/job"
)

func deploymentsSpec() job.Spec {
	return job.Spec{
		Name: "deployments", Look: true, Help: "Which version runs where, since when, and who brought it.", Examples: []string{"deployments", "deployments shop"},
		Params: []job.Param{whatParam("which app or environment; everything when it is left out")},
	}
}

// deployments says of every environment which version users have, on which instance, who brought it and when, and who
// keeps it from others.
func (s *deploys) deployments(ctx context.Context, r Request) (board.Message, error) {
	p, all, err := s.stand(ctx, r)
	if err != nil {
		return board.Message{}, err
	}
	if len(all) == 0 {
		return s.watch.nothing(), nil
	}
	m := board.Message{}
	var sentence []string
	for _, short := range []bool{false, true} { // who brought it, as long as there is room
		m.Lines, sentence = nil, nil
		for _, e := range all {
			m.Lines = append(m.Lines, s.runs(p, e))
			sentence = append(sentence, s.inWords(e))
			if by := s.brought(e, r.Now); by != "" && !short {
				m.Lines = append(m.Lines, board.Indent+by)
			}
			for _, text := range s.closed(e, r.Now) {
				m.Lines = append(m.Lines, board.Indent+bold(text))
			}
		}
		if rows(m.Lines...) <= phoneRows {
			break
		}
	}
	m.Lines = fitted(m.Lines, phoneRows, func(left int) string {
		return fmt.Sprintf("And %d lines more; name an app or an environment.", left)
	})
	m.Sentence = said(strings.Join(sentence, "; "))
	return m, nil
}

// runs is the line of an environment: what runs there, and where users are.
func (s *deploys) runs(p picture, e standsAs) string {
	parts, of := []string{bold(board.Clean(e.title())), versions(e)}, ""
	if text := s.watch.confusion(e.place); text != "" {
		return strings.Join(append(parts, bold(text)), " · ")
	}
	for _, i := range e.seen {
		if !e.has(i) {
			continue
		}
		of = icon(i.Instance)
		parts = append(parts, "users are on "+board.Clean(i.Name))
		if text := i.trouble(p); text != "" {
			parts = append(parts, bold(text))
		}
	}
	if e.traffic.Zero() {
		for _, i := range e.seen {
			if text := i.trouble(p); text != "" && i.Serves() {
				parts = append(parts, bold(board.Clean(i.Name)+": "+text))
			}
		}
	}
	return of + strings.Join(parts, " · ")
}

// versions are those users have: what the instances say, or else what was released last.
func versions(e standsAs) string {
	if len(e.live) > 0 {
		list := make([]string, len(e.live))
		for i, v := range e.live {
			list[i] = shortenedTo(v, authorShown)
		}
		return board.Listed(list, "and")
	}
	if r, ok := e.current(); ok {
		return shortenedTo(r.Version, authorShown) + " as of its last release"
	}
	return "version unknown"
}

// brought says who brought the version and when, or what became of the last one.
func (s *deploys) brought(e standsAs, now time.Time) string {
	var parts []string
	if len(e.last) > 0 && e.last[0].Taken != "" {
		parts = append(parts, fmt.Sprintf("%s was taken back %s: %s", shortenedTo(e.last[0].Version, authorShown), slots.Said(e.last[0].At.Add(e.last[0].Took), s.Zone, now), plainly(e.last[0].Taken)))
	}
	r, ok := e.current()
	if !ok {
		return strings.Join(parts, " · ")
	}
	by := fmt.Sprintf("%s by %s %s, %s", how(r), shortenedTo(r.By, authorShown), slots.Said(r.At, s.Zone, now), age(now.Sub(r.At)))
	if len(e.live) == 1 && e.live[0] != r.Version {
		by = fmt.Sprintf("the last release was %s, %s", shortenedTo(r.Version, authorShown), by)
	}
	return strings.Join(append([]string{by}, parts...), " · ")
}

// how a release came.
func how(r job.Release) string {
	switch r.How {
	case job.ByPromote:
		return "promoted"
	case job.ByRollback:
		return "brought back"
	}
	return "deployed"
}

// inWords is an environment for somebody who reads only a notification.
func (s *deploys) inWords(e standsAs) string {
	text := e.title() + ": " + versions(e)
	if e.lock.Held {
		text += ", locked by " + e.lock.By.Display()
	}
	return board.Clean(text)
}
