package looks

import (
	"context"
	"fmt"

	"github.com/pawl-ops/pawl/internal/board"
	"github.com/pawl-ops/pawl/internal/changes"
	"github.com/pawl-ops/pawl/job"
)

const (
	environmentArg = "environment"
	versionArg     = "version"
)

func changesSpec() job.Spec {
	return job.Spec{
		Name: "changes", Look: true, Help: "What a deploy would bring.", Examples: []string{"changes master", "changes master 2024.51"},
		Params: []job.Param{
			{Name: environmentArg, Type: job.TypeEnvironment, Help: "which environment: master"},
			{Name: versionArg, Type: "text", Optional: true, Help: "which version; the newest when it is left out"},
		},
	}
}

// bringsWithin is how long finding out what is new may take: builds and repositories are far away.
const bringsWithin = 8 // times the wait of other looks

// changes says what a deploy would bring.
func (s *deploys) changes(ctx context.Context, r Request) (board.Message, error) {
	where := r.Command.Args[environmentArg]
	if s.Names == nil || s.Brings == nil {
		return noBrings(where), nil
	}
	app, environment, ok := s.Names.Place(where)
	if !ok {
		return noBrings(where), nil
	}
	ctx, cancel := context.WithTimeout(ctx, bringsWithin*s.Within)
	defer cancel()
	b, err := s.Brings(ctx, app, environment, r.Command.Args[versionArg])
	if err != nil {
		text := "I cannot tell what a deploy to " + board.Clean(where) + " would bring: " + plainly(err.Error())
		return board.Message{Sentence: said(text), Lines: []string{text}}, nil
	}
	g := changes.Of(b.Changes)
	m := board.Message{Head: "A deploy to " + board.Clean(where) + ": " + counted(g.Count(), "change")}
	switch {
	case b.New != "" && b.New == b.Now:
		m.Head = board.Clean(where) + " has " + shortenedTo(b.New, authorShown) + " already"
	case g.Count() == 0:
		m.Head = "A deploy to " + board.Clean(where) + ": nothing is known to be new"
	}
	m.Sentence = said(m.Head + ", from " + known(b.Now) + " to " + known(b.New))
	m.Lines = append(m.Lines, fmt.Sprintf("Now: %s. New: %s.", known(b.Now), known(b.New)))
	if headline := g.Headline(); headline != "" {
		m.Lines = append(m.Lines, plainly(headline))
	}
	if b.Note != "" {
		m.Lines = append(m.Lines, plainly(b.Note))
	}
	foot := "Deploy them with " + code(deployed(where, r.Command.Args[versionArg])) + "."
	for most := phoneRows; most > 0; most-- {
		lines := append(append([]string(nil), m.Lines...), g.Lines(most)...)
		if g.Count() > 0 {
			lines = append(lines, foot)
		}
		if rows(append(lines, m.Head)...) <= phoneRows || most == 1 {
			m.Lines = lines
			break
		}
	}
	return m, nil
}

func noBrings(where string) board.Message {
	text := "I cannot tell what a deploy to " + code(where) + " would bring: nothing says where its versions come from."
	return board.Message{Sentence: said(text), Lines: []string{text}}
}

// deployed is the command that would bring them.
func deployed(where, version string) string {
	if version == "" {
		return "deploy " + where
	}
	return "deploy " + where + " " + version
}

func known(version string) string {
	if version == "" {
		return "not known"
	}
	return shortenedTo(version, authorShown)
}
