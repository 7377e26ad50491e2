package looks

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/pawl-ops/pawl/internal/board"
	"github.com/pawl-ops/pawl/internal/changes"
	"github.com/pawl-ops/pawl/internal/slots"
	"github.com/pawl-ops/pawl/job"
)

const (
	aboutArg = "about"
	sinceArg = "since"
)

func releasesSpec() job.Spec {
	return job.Spec{
		Name: "releases", Look: true, Help: "What was released, when and by whom.",
		Examples: []string{"releases", "releases master since monday", "releases invoice"},
		Params: []job.Param{
			{Name: aboutArg, Type: "rest", Optional: true, Help: "an app or an environment, and words to look for"},
			{Name: sinceArg, Word: "since", Type: "text", Optional: true, Help: "a day: monday, yesterday, 2026-11-01; or how long ago: 3d"},
		},
	}
}

const (
	releasesShown    = 8    // on a phone
	releasesSearched = 2000 // how many are looked through
)

// releases lists what was released, the newest first: which version where, by whom, and what was new in it.
func (s *deploys) releases(ctx context.Context, r Request) (board.Message, error) {
	since, sinceText, err := s.since(r)
	if err != nil {
		text := err.Error()
		return board.Message{Sentence: said(text), Lines: []string{text}}, nil
	}
	where, search, several := s.meant(r.Command.Args[aboutArg])
	if len(several) > 0 {
		text := "Which one? " + board.Listed(codes(several), "or") + "."
		return board.Message{Sentence: said(text), Lines: []string{text}}, nil
	}
	all, err := s.Ledger.Releases(ctx, since, releasesSearched)
	if err != nil {
		return board.Message{}, fmt.Errorf("looking up releases: %w", err)
	}
	all = slices.DeleteFunc(all, func(one job.Release) bool { return !isOf(one, where) || !speaksOf(one, search) })
	about := describe(where, search, sinceText)
	if len(all) == 0 {
		text := "Nothing was released" + about + "."
		return board.Message{Sentence: said(text), Lines: []string{text}}, nil
	}
	m := board.Message{Sentence: said(fmt.Sprintf("%s%s, the last one %s to %s by %s, %s", counted(len(all), "release"), about,
		all[0].Version, all[0].App+" "+all[0].Environment, all[0].By, slots.Said(all[0].At, s.Zone, r.Now)))}
	for i, one := range all {
		next := s.release(one, r.Now)
		left := len(all) - i
		if i == releasesShown || rows(append(slices.Clone(m.Lines), next...)...) > phoneRows-1 && left > 0 && i > 0 {
			m.Lines = append(m.Lines, fmt.Sprintf("And %d more; `since` and a day, or words to look for, make it shorter.", left))
			break
		}
		m.Lines = append(m.Lines, next...)
	}
	return m, nil
}

// release is one of them: a line about it, and one about what was new.
func (s *deploys) release(one job.Release, now time.Time) []string {
	version := shortenedTo(one.Version, authorShown)
	name := bold(board.Clean(one.App + " " + one.Environment + " " + version))
	if strings.HasPrefix(one.Link, "https://") || strings.HasPrefix(one.Link, "http://") {
		name = bold(board.Clean(one.App+" "+one.Environment)) + " " + board.Link(one.Link, version)
	}
	parts := []string{name, slots.Said(one.At, s.Zone, now), shortenedTo(one.By, authorShown)}
	if one.How != job.ByDeploy {
		parts = append(parts, how(one))
	}
	switch {
	case one.Glass:
		parts = append(parts, "nobody was asked")
	case one.Forced:
		parts = append(parts, "in spite of a lock or a freeze")
	}
	if one.Taken != "" {
		parts = append(parts, bold("taken back: "+plainly(one.Taken)))
	}
	lines := []string{strings.Join(parts, " · ")}
	if headline := changes.Of(one.Changes).Headline(); headline != "" {
		lines = append(lines, board.Indent+plainly(headline))
	}
	return lines
}

// meant takes what was typed apart: what of the inventory it names, and the words to look for.
func (s *deploys) meant(text string) (where string, search []string, several []string) {
	var own []string
	for _, w := range strings.Fields(strings.ReplaceAll(text, `"`, " ")) {
		if s.Names != nil {
			if part, _ := s.Names.Word(w); part {
				own = append(own, w)
				continue
			}
		}
		search = append(search, strings.ToLower(w))
	}
	if len(own) == 0 {
		return "", search, nil
	}
	read := s.Names.Read(job.TypeThings, strings.Join(own, " "))
	switch {
	case read.Found:
		return read.Text, search, nil
	case len(read.Several) > 0:
		for _, one := range read.Several {
			several = append(several, strings.TrimSpace("releases "+one+" "+strings.Join(search, " ")))
		}
		return "", search, several
	}
	for _, w := range own { // they name nothing together: words like others
		search = append(search, strings.ToLower(w))
	}
	return "", search, nil
}

// isOf reports whether a release is of a part of the inventory.
func isOf(r job.Release, where string) bool {
	of := strings.Join([]string{r.App, r.Environment, r.Instance}, " ")
	return where == "" || strings.HasPrefix(of+" ", where+" ")
}

// speaksOf reports whether all words are somewhere in a release.
func speaksOf(r job.Release, search []string) bool {
	if len(search) == 0 {
		return true
	}
	texts := []string{r.App, r.Environment, r.Version, r.Instance, r.By, r.Because, r.Run, r.Taken, how(r)}
	texts = append(texts, r.Agreed...)
	for _, c := range r.Changes {
		texts = append(texts, c.ID, c.Author, c.Title)
		if c.PR > 0 {
			texts = append(texts, fmt.Sprintf("#%d", c.PR))
		}
	}
	all := strings.ToLower(strings.Join(texts, "\n"))
	return !slices.ContainsFunc(search, func(w string) bool { return !strings.Contains(all, w) })
}

// since reads from when on releases are wanted. Days are those of the zone.
func (s *deploys) since(r Request) (t time.Time, text string, err error) {
	said := strings.ToLower(strings.TrimSpace(r.Command.Args[sinceArg]))
	if said == "" {
		return time.Time{}, "", nil
	}
	zone, err := time.LoadLocation(s.Zone)
	if err != nil {
		zone = time.UTC
	}
	now := r.Now.In(zone)
	year, month, day := now.Date()
	midnight := func(back int) time.Time { return time.Date(year, month, day-back, 0, 0, 0, 0, zone) }
	switch said {
	case "today":
		return midnight(0), " since today", nil
	case "yesterday":
		return midnight(1), " since yesterday", nil
	}
	for back := range 7 {
		if of := midnight(back); said == strings.ToLower(of.Weekday().String()) {
			return of, " since " + of.Weekday().String(), nil
		}
	}
	if t, err = time.ParseInLocation("2006-1-2", said, zone); err == nil {
		return t, " since " + t.Format("Mon 2 Jan 2006"), nil
	}
	var n int
	var unit string
	if read, scanErr := fmt.Sscanf(said, "%d%s", &n, &unit); scanErr == nil && read == 2 && n > 0 && n < 10_000 {
		switch unit {
		case "h":
			return now.Add(-time.Duration(n) * time.Hour), " in the last " + counted(n, "hour"), nil
		case "d":
			return now.AddDate(0, 0, -n), " in the last " + counted(n, "day"), nil
		case "w":
			return now.AddDate(0, 0, -7*n), " in the last " + counted(n, "week"), nil
		}
	}
	return time.Time{}, "", fmt.Errorf("I don't know when %s was. Say a day, such as `since monday`, `since yesterday` or `since 2026-11-01`, or how long ago, such as `since 3d`.", code(shortenedTo(said, authorShown))) //nolint:revive,staticcheck // a sentence for people
}

// describe says what of all releases was asked for.
func describe(where string, search []string, since string) string {
	text := ""
	if where != "" {
		text = " to " + board.Clean(where)
	}
	if len(search) > 0 {
		text += " with " + code(shortenedTo(strings.Join(search, " "), authorShown))
	}
	return text + since
}

func counted(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
